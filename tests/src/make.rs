//! Owns short ways to make what the services take. Never an expectation.

use creatorscope_proto::{
    common::v1::{Platform, Source},
    discovery::v1::Creator,
    metrics::v1::{
        AccountCounts, IngestObservationsRequest, IngestPostsRequest, IngestPostsResponse, Observation, Post,
        PostCounts, PostRecord, observation,
    },
};
use creatorscope_proto::{
    discovery::v1::{IngestCreatorsRequest, IngestCreatorsResponse},
    metrics::v1::IngestObservationsResponse,
};
use prost_types::Timestamp;
use tokio_stream::iter;
use tonic::Status;

use crate::Suite;

/// 2026-01-01T00:00:00Z and so many days.
pub fn day(days: i64) -> Timestamp {
    Timestamp { seconds: 1_767_225_600 + days * 86_400, nanos: 0 }
}

/// A TikTok creator's name.
pub fn creator_name(id: &str) -> String {
    format!("creators/tiktok:{id}")
}

/// A profile as read on day 100.
pub fn creator(id: &str) -> Creator {
    Creator {
        name: creator_name(id),
        display_name: format!("The {id}"),
        handle: id.to_owned(),
        source: Source::Given.into(),
        observe_time: Some(day(100)),
        ..Creator::default()
    }
}

/// A post of a TikTok creator, published and observed on days, with views, likes and comments.
pub fn post(creator: &str, number: u32, published: i64, observed: i64, counts: [i64; 3]) -> PostRecord {
    PostRecord {
        post: Some(Post {
            name: format!("creators/tiktok:{creator}/posts/{:018}", 700_000_000_000_000_000_u64 + u64::from(number)),
            publish_time: Some(day(published)),
            ..Post::default()
        }),
        observe_time: Some(day(observed)),
        counts: Some(PostCounts {
            views: Some(counts[0]),
            likes: Some(counts[1]),
            comments: Some(counts[2]),
            ..PostCounts::default()
        }),
        source: Source::Given.into(),
    }
}

/// Followers of an account on a day.
pub fn followers(creator: &str, observed: i64, followers: i64) -> Observation {
    Observation {
        subject: creator_name(creator),
        observe_time: Some(day(observed)),
        counts: Some(observation::Counts::Account(AccountCounts {
            followers: Some(followers),
            ..AccountCounts::default()
        })),
        source: Source::Given.into(),
    }
}

/// The platform of everything here.
pub const PLATFORM: Platform = Platform::Tiktok;

impl Suite {
    /// Ingests posts, one message a batch, and answers with the responses.
    pub async fn ingest_posts(&self, batches: Vec<Vec<PostRecord>>) -> Result<Vec<IngestPostsResponse>, Status> {
        let requests: Vec<_> = batches.into_iter().map(|records| IngestPostsRequest { records }).collect();
        let mut answers = self.metrics().ingest_posts(iter(requests)).await?.into_inner();
        let mut all = Vec::new();
        while let Some(answer) = answers.message().await? {
            all.push(answer);
        }
        Ok(all)
    }

    /// Ingests observations in one message.
    pub async fn ingest_observations(
        &self,
        observations: Vec<Observation>,
    ) -> Result<IngestObservationsResponse, Status> {
        let requests = vec![IngestObservationsRequest { observations }];
        let mut answers = self.metrics().ingest_observations(iter(requests)).await?.into_inner();
        answers.message().await?.ok_or_else(|| Status::internal("no answer"))
    }

    /// Ingests profiles in one message.
    pub async fn ingest_creators(&self, creators: Vec<Creator>) -> Result<IngestCreatorsResponse, Status> {
        let requests = vec![IngestCreatorsRequest { creators }];
        let mut answers = self.discovery().ingest_creators(iter(requests)).await?.into_inner();
        answers.message().await?.ok_or_else(|| Status::internal("no answer"))
    }
}

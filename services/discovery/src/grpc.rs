//! Owns the face of the service on the wire: each RPC reads, asks the service, answers. Never a rule.

pub(crate) mod peer;
mod people;
pub(crate) mod scoring;
mod watch;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use creatorscope_domain::{CreatorId, Platform};
use creatorscope_kit::{
    fault::{Violations, status},
    mask::Mask,
    watch as streams,
};
use creatorscope_proto::{
    discovery::v1::{self as pb, discovery_service_server::DiscoveryService},
    scoring::v1::EraseScoresResponse,
};
use futures::{StreamExt, stream::BoxStream};
use prost_types::FieldMask;
use tonic::{Request, Response, Status, Streaming};

use self::{peer::Metrics, scoring::Scoring, watch::Creators};
use crate::{
    cache::{DistributionKey, Distributions},
    convert,
    model::CreatorRecord,
    progress::SERVICE,
    service::{PostsRequest, SearchRequest, Service, ServiceError},
};

const CREATOR: &str = "creatorscope.discovery.v1.Creator";

type Answer<T> = Result<Response<T>, Status>;

/// The generated server's implementation.
pub(crate) struct Grpc {
    service: Arc<Service>,
    metrics: Metrics,
    scoring: Scoring,
}

impl Grpc {
    pub(crate) fn new(service: Service, metrics: Metrics, scoring: Scoring) -> Self {
        Self { service: Arc::new(service), metrics, scoring }
    }

    /// Removes what the scoring service knows of a creator; none when it is away and is told later.
    async fn erase_scores(&self, id: &CreatorId) -> Result<Option<EraseScoresResponse>, Status> {
        match self.scoring.erase(id.name()).await {
            Ok(erased) => Ok(Some(erased)),
            Err(error) if error.is_away() => {
                let owed = self.service.store().owe_erasure(id).await;
                owed.map_err(|error| refuse(error.into())).map(|()| None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn refuse(error: ServiceError) -> Status {
    status(&error)
}

/// Reads a mask; notes what is wrong with it.
fn mask(paths: Option<&FieldMask>, problems: &mut Violations) -> Option<Mask> {
    problems.take(Mask::parse(paths, CREATOR))
}

fn masked(record: CreatorRecord, mask: Option<&Mask>) -> pb::Creator {
    let with_metrics = mask.is_none_or(|mask| mask.keeps("metrics"));
    let mut creator = convert::creator(record, with_metrics);
    if let Some(mask) = mask {
        mask.apply(&mut creator);
    }
    creator
}

async fn ingest(
    service: Arc<Service>,
    sequence: i64,
    request: Result<pb::IngestCreatorsRequest, Status>,
) -> Result<pb::IngestCreatorsResponse, Status> {
    let drafts = request?.creators.into_iter().map(convert::draft).collect();
    let answer = service.ingest(drafts).await.map_err(refuse)?;
    let results = answer.items.into_iter().map(|(name, outcome)| convert::outcome(name, outcome)).collect();
    Ok(pb::IngestCreatorsResponse { sequence, results, change_token: answer.token.to_string() })
}

#[tonic::async_trait]
impl DiscoveryService for Grpc {
    type IngestCreatorsStream = BoxStream<'static, Result<pb::IngestCreatorsResponse, Status>>;
    type WatchCreatorsStream = BoxStream<'static, Result<pb::WatchCreatorsResponse, Status>>;

    async fn ingest_creators(
        &self,
        request: Request<Streaming<pb::IngestCreatorsRequest>>,
    ) -> Answer<Self::IngestCreatorsStream> {
        let service = self.service.clone();
        let numbered = request.into_inner().zip(futures::stream::iter(1..));
        let answers = numbered.then(move |(message, sequence)| ingest(service.clone(), sequence, message));
        Ok(Response::new(answers.boxed()))
    }

    async fn get_creator(&self, request: Request<pb::GetCreatorRequest>) -> Answer<pb::GetCreatorResponse> {
        let request = request.into_inner();
        let mut problems = Violations::default();
        let mask = mask(request.read_mask.as_ref(), &mut problems);
        let record = self.service.creator(&request.name, problems).await.map_err(refuse)?;
        Ok(Response::new(pb::GetCreatorResponse { creator: Some(masked(record, mask.as_ref())) }))
    }

    async fn batch_get_creators(
        &self,
        request: Request<pb::BatchGetCreatorsRequest>,
    ) -> Answer<pb::BatchGetCreatorsResponse> {
        let request = request.into_inner();
        let mut problems = Violations::default();
        let mask = mask(request.read_mask.as_ref(), &mut problems);
        let found = self.service.creators(&request.names, problems).await.map_err(refuse)?;
        let entries = request.names.into_iter().zip(found).map(|(name, record)| {
            let creator = record.map(|record| masked(record, mask.as_ref()));
            pb::batch_get_creators_response::Entry { name, creator }
        });
        Ok(Response::new(pb::BatchGetCreatorsResponse { entries: entries.collect() }))
    }

    async fn search_creators(&self, request: Request<pb::SearchCreatorsRequest>) -> Answer<pb::SearchCreatorsResponse> {
        let request = request.into_inner();
        let mut problems = Violations::default();
        let mask = mask(request.read_mask.as_ref(), &mut problems);
        let request = SearchRequest {
            query: request.query,
            exact: request.exact,
            filter: request.filter,
            order_by: request.order_by,
            page_size: request.page_size,
            page_token: request.page_token,
            facets: request.facets,
            explain: request.explain,
            explain_creator: request.explain_creator,
            read_after: request.read_after,
            skip_total: request.skip_total,
            semantic: request.semantic,
        };
        let answer = self.service.search(request, problems).await.map_err(refuse)?;
        let explanation = answer
            .explained
            .map(|explained| convert::explanation(&explained.filter, &explained.effects, explained.about.as_ref()));
        Ok(Response::new(pb::SearchCreatorsResponse {
            creators: answer.creators.into_iter().map(|record| masked(record, mask.as_ref())).collect(),
            next_page_token: answer.next_page_token,
            total_size: answer.total.map(|total| total as i64),
            facets: answer.facets.into_iter().map(convert::facet).collect(),
            explanation,
            notes: answer.notes,
        }))
    }

    async fn get_distribution(
        &self,
        request: Request<pb::GetDistributionRequest>,
    ) -> Answer<pb::GetDistributionResponse> {
        let request = request.into_inner();
        let (position, fields) = self.service.shown(&request.read_after).await.map_err(refuse)?;
        let per_decade = request.buckets_per_decade;
        let key = DistributionKey { position, fields, filter: request.filter.clone(), per_decade };
        let counted = async {
            let (distribution, buckets) = self.service.distribution(&request.filter, per_decade).await?;
            Ok::<_, ServiceError>(convert::distribution(&distribution, &buckets))
        };
        let answer = self.service.cache().get_or_load::<Distributions, _>(&key, counted).await;
        answer.map(Response::new).map_err(|error| status(&*error))
    }

    async fn delete_creator(&self, request: Request<pb::DeleteCreatorRequest>) -> Answer<pb::DeleteCreatorResponse> {
        let request = request.into_inner();
        let removable = self.service.removable(&request.name, &request.etag, request.allow_missing);
        let id = removable.await.map_err(refuse)?;
        let erased = self.metrics.erase(&id).await?;
        let scores = self.erase_scores(&id).await?;
        let (removal, token) = self.service.remove(&id).await.map_err(refuse)?;
        Ok(Response::new(pb::DeleteCreatorResponse {
            profile_count: removal.had_profile.into(),
            post_count: erased.post_count,
            observation_count: erased.observation_count,
            change_token: token.to_string(),
            contact_count: removal.had_contact.into(),
            person_link_count: removal.had_person_link.into(),
            change_count: removal.changes as i64
                + erased.change_count
                + scores.as_ref().map_or(0, |scores| scores.change_count),
            computed_count: erased.computed_count,
            comment_count: scores.as_ref().map_or(0, |scores| scores.comment_count),
            scoring_profile_count: scores.as_ref().map_or(0, |scores| scores.profile_count),
            scoring_pending: scores.is_none(),
        }))
    }

    async fn watch_creators(&self, request: Request<pb::WatchCreatorsRequest>) -> Answer<Self::WatchCreatorsStream> {
        let request = request.into_inner();
        let mut problems = Violations::default();
        let options =
            streams::options(SERVICE, &request.resume_token, request.skip_snapshot, request.heartbeat_interval);
        let options = problems.take(options).map(|options| options.telling_progress(request.tell_progress));
        let mask = mask(request.read_mask.as_ref(), &mut problems);
        let ids = Service::watched(&request.creators, &mut problems);
        let platforms = platforms(&request.platforms, &mut problems);
        let (Some(options), Some(mask), true) = (options, mask, problems.is_empty()) else {
            return Err(status(&problems));
        };
        let source = Creators::new(self.service.store().clone(), ids, platforms, mask)
            .without_metrics_alone(request.profile_changes_only);
        let log = self.service.store().log().clone();
        Ok(Response::new(streams::stream(Arc::new(source), log, self.service.clock().clone(), options)))
    }

    async fn suggest_creators(
        &self,
        request: Request<pb::SuggestCreatorsRequest>,
    ) -> Answer<pb::SuggestCreatorsResponse> {
        let request = request.into_inner();
        let found = self.service.suggest(&request.prefix, &request.filter, request.page_size).await.map_err(refuse)?;
        Ok(Response::new(pb::SuggestCreatorsResponse {
            suggestions: found.into_iter().map(convert::suggestion).collect(),
        }))
    }

    async fn find_similar_creators(
        &self,
        request: Request<pb::FindSimilarCreatorsRequest>,
    ) -> Answer<pb::FindSimilarCreatorsResponse> {
        let request = request.into_inner();
        let found = self.service.similar(&request.name, &request.filter, request.page_size, Violations::default());
        let matches = found.await.map_err(refuse)?.into_iter().map(convert::similar).collect();
        Ok(Response::new(pb::FindSimilarCreatorsResponse { matches }))
    }

    async fn compare_creators(
        &self,
        request: Request<pb::CompareCreatorsRequest>,
    ) -> Answer<pb::CompareCreatorsResponse> {
        let request = request.into_inner();
        let records = self.service.compared(&request.names).await.map_err(refuse)?;
        let metrics = self.metrics.with_standing(request.names, request.definitions).await?;
        let columns = records.into_iter().zip(metrics).map(|(record, metrics)| convert::column(record, metrics));
        Ok(Response::new(pb::CompareCreatorsResponse { columns: columns.collect() }))
    }

    async fn search_posts(&self, request: Request<pb::SearchPostsRequest>) -> Answer<pb::SearchPostsResponse> {
        let request = request.into_inner();
        let request = PostsRequest {
            query: request.query,
            filter: request.filter,
            creator_filter: request.creator_filter,
            order_by: request.order_by,
            page_size: request.page_size,
            page_token: request.page_token,
            facets: request.facets,
            read_after: request.read_after,
        };
        let answer = self.service.search_posts(request).await.map_err(refuse)?;
        Ok(Response::new(convert::posts::found(answer)))
    }

    async fn get_contact(&self, request: Request<pb::GetContactRequest>) -> Answer<pb::GetContactResponse> {
        people::get_contact(&self.service, request.into_inner()).await
    }

    async fn update_contact(&self, request: Request<pb::UpdateContactRequest>) -> Answer<pb::UpdateContactResponse> {
        people::update_contact(&self.service, request.into_inner()).await
    }

    async fn delete_contact(&self, request: Request<pb::DeleteContactRequest>) -> Answer<pb::DeleteContactResponse> {
        people::delete_contact(&self.service, request.into_inner()).await
    }

    async fn get_person(&self, request: Request<pb::GetPersonRequest>) -> Answer<pb::GetPersonResponse> {
        people::get_person(&self.service, request.into_inner()).await
    }

    async fn propose_person_links(
        &self,
        request: Request<pb::ProposePersonLinksRequest>,
    ) -> Answer<pb::ProposePersonLinksResponse> {
        people::propose_person_links(&self.service, request.into_inner()).await
    }

    async fn link_person(&self, request: Request<pb::LinkPersonRequest>) -> Answer<pb::LinkPersonResponse> {
        people::link_person(&self.service, request.into_inner()).await
    }

    async fn unlink_person(&self, request: Request<pb::UnlinkPersonRequest>) -> Answer<pb::UnlinkPersonResponse> {
        people::unlink_person(&self.service, request.into_inner()).await
    }
}

fn platforms(numbers: &[i32], problems: &mut Violations) -> Vec<Platform> {
    let read = numbers.iter().enumerate().map(|(place, number)| {
        let platform = Platform::from_number(*number);
        if platform.is_none() {
            let found = format!("{number} is not the number of a platform");
            problems.add(format!("platforms[{place}]"), "UNKNOWN_VALUE", found);
        }
        platform
    });
    read.flatten().collect()
}

//! Owns what a watcher of scores sees of the tables. Never the order of a stream.

use std::sync::Arc;

use creatorscope_domain::{CreatorId, Platform};
use creatorscope_kit::{
    changes::Change,
    fault::{Violations, status},
    watch::{self, Event, Page, WatchOptions, WatchSource, keys},
};
use creatorscope_proto::scoring::v1::{self as pb, watch_sentiment_response as wire};
use futures::stream::BoxStream;
use tonic::Status;

use crate::{SERVICE, convert::to_wire_time, error::ScoringError, service::Shared, store::CreatorFilter};

/// Creators of one filter.
const MAX_WATCHED: usize = 1_000;

/// One watcher's view: its filter over the service.
struct ScoresWatch {
    service: Shared,
    filter: CreatorFilter,
}

pub(super) async fn watch_sentiment(
    service: &Shared,
    request: pb::WatchSentimentRequest,
) -> Result<BoxStream<'static, Result<pb::WatchSentimentResponse, Status>>, Status> {
    let (filter, options) = read(&request).map_err(|problems| status(&problems))?;
    let (log, clock) = (service.store.log().clone(), service.clock.clone());
    let source = Arc::new(ScoresWatch { service: service.clone(), filter });
    Ok(watch::stream(source, log, clock, options))
}

fn read(request: &pb::WatchSentimentRequest) -> Result<(CreatorFilter, WatchOptions), Violations> {
    let mut problems = Violations::default();
    if request.creators.len() > MAX_WATCHED {
        let found = format!("{} names; up to {MAX_WATCHED} are accepted", request.creators.len());
        problems.add("creators", "TOO_MANY", found);
    }
    let mut filter = CreatorFilter::default();
    for (place, name) in request.creators.iter().take(MAX_WATCHED).enumerate() {
        match CreatorId::parse_name(name) {
            Ok(creator) => filter.creators.push(creator),
            Err(problem) => problems.add(format!("creators[{place}]"), problem.reason(), problem.to_string()),
        }
    }
    for (place, number) in request.platforms.iter().enumerate() {
        match Platform::from_number(*number) {
            Some(platform) => filter.platforms.push(platform),
            None => {
                let found = format!("{number} is not a value of this list");
                problems.add(format!("platforms[{place}]"), "UNKNOWN_VALUE", found);
            }
        }
    }
    let options = watch::options(SERVICE, &request.resume_token, request.skip_snapshot, request.heartbeat_interval);
    match problems.take(options) {
        Some(options) if problems.is_empty() => Ok((filter, options.telling_progress(request.tell_progress))),
        _ => Err(problems),
    }
}

impl WatchSource for ScoresWatch {
    type Message = pb::CreatorScores;
    type Response = pb::WatchSentimentResponse;

    async fn snapshot(&self, after_key: Option<String>, limit: usize) -> Result<Page<pb::CreatorScores>, Status> {
        let refuse = |fault: ScoringError| status(&fault);
        let found = self.service.store.creators_after(after_key.as_deref(), limit, &self.filter).await;
        let found = found.map_err(|error| refuse(error.into()))?;
        let last_key = found.last().filter(|_| found.len() == limit).map(|state| state.creator.as_str().to_owned());
        let mut states = Vec::with_capacity(found.len());
        for state in found {
            if let Some(scores) = self.service.scores(&state.creator).await.map_err(refuse)? {
                states.push((state.creator.into(), scores));
            }
        }
        Ok(Page { states, last_key })
    }

    async fn current(
        &self,
        changes: &[Arc<Change>],
        _: Option<String>,
        _: i64,
    ) -> Result<Page<Option<pb::CreatorScores>>, Status> {
        let mut states = Vec::new();
        for key in keys(changes) {
            let Some(creator) = CreatorId::parse(key).ok().filter(|creator| self.filter.holds(creator)) else {
                continue;
            };
            // What is read now has every change that is told.
            let scores = self.service.scores(&creator).await.map_err(|fault| status(&fault))?;
            states.push((key.to_owned(), scores));
        }
        Ok(Page { states, last_key: None })
    }

    fn event(&self, event: Event<pb::CreatorScores>, resume_token: String) -> pb::WatchSentimentResponse {
        let event = match event {
            Event::State(_, scores) => wire::Event::Scores(scores),
            Event::Removed(key) => wire::Event::Removed(format!("creators/{key}")),
            Event::SnapshotEnd(creator_count) => wire::Event::SnapshotEnd(wire::SnapshotEnd { creator_count }),
            Event::Heartbeat(time) => wire::Event::Heartbeat(wire::Heartbeat { time: Some(to_wire_time(time)) }),
        };
        pb::WatchSentimentResponse { event: Some(event), resume_token }
    }
}

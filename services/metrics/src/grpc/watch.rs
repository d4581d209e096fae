//! Owns what a watcher of metrics sees of the tables. Never the order of a stream.

use creatorscope_domain::CreatorId;
use creatorscope_kit::{
    changes::Change,
    watch::{Event, Page, WatchSource, keys},
};
use creatorscope_proto::metrics::v1::{self as pb, watch_metrics_response as wire};
use tonic::Status;

use super::refuse;
use crate::{convert::to_wire_time, error::MetricsError, query::WatchQuery, service::Shared};

/// One watcher's view: its filter and its selection over the service.
pub(super) struct MetricsWatch {
    service: Shared,
    query: WatchQuery,
}

impl MetricsWatch {
    pub(super) fn new(service: Shared, query: WatchQuery) -> Self {
        Self { service, query }
    }

    async fn load(&self, creators: &[CreatorId]) -> Result<Vec<(String, pb::CreatorMetrics)>, Status> {
        let found =
            self.service.of_creators(creators, &self.query.selection, None).await.map_err(|fault| refuse(&fault))?;
        Ok(found.into_iter().map(|metrics| (key_of(&metrics.creator), metrics)).collect())
    }
}

impl WatchSource for MetricsWatch {
    type Message = pb::CreatorMetrics;
    type Response = pb::WatchMetricsResponse;

    async fn snapshot(&self, after_key: Option<String>, limit: usize) -> Result<Page<pb::CreatorMetrics>, Status> {
        let states = self.service.store().creators_after(after_key.as_deref(), limit, &self.query.filter).await;
        let states = states.map_err(|error| refuse(&MetricsError::from(error)))?;
        let last_key = states.last().filter(|_| states.len() == limit).map(|state| state.creator.as_str().to_owned());
        let creators: Vec<CreatorId> = states.into_iter().map(|state| state.creator).collect();
        Ok(Page { states: self.load(&creators).await?, last_key })
    }

    async fn current(&self, changes: &[Change], _: Option<String>) -> Result<Page<Option<pb::CreatorMetrics>>, Status> {
        let filter = &self.query.filter;
        let read = keys(changes).filter_map(|key| CreatorId::parse(key).ok());
        let mut asked: Vec<CreatorId> = read.filter(|creator| filter.may_hold(creator)).collect();
        asked.sort_unstable_by(|left, right| left.as_str().cmp(right.as_str()));
        let states = self.service.store().creator_states(&asked).await;
        let states = states.map_err(|error| refuse(&MetricsError::from(error)))?;
        let held = states.into_iter().filter(|state| filter.holds_followers(state.followers));
        let held: Vec<CreatorId> = held.map(|state| state.creator).collect();
        let mut loaded = self.load(&held).await?.into_iter().peekable();
        // Both are in the order of ids. Who is asked for and not loaded was erased, or is not of the tiers: nobody remembers
        // whether it ever was, so its absence is told.
        let mut current = Vec::with_capacity(asked.len());
        for creator in asked {
            let metrics = loaded.next_if(|(key, _)| key == creator.as_str()).map(|(_, metrics)| metrics);
            current.push((creator.as_str().to_owned(), metrics));
        }
        Ok(Page { states: current, last_key: None })
    }

    fn event(&self, event: Event<pb::CreatorMetrics>, resume_token: String) -> pb::WatchMetricsResponse {
        let event = match event {
            Event::State(_, metrics) => wire::Event::Metrics(metrics),
            Event::Removed(key) => wire::Event::Removed(format!("creators/{key}")),
            Event::SnapshotEnd(creator_count) => wire::Event::SnapshotEnd(wire::SnapshotEnd { creator_count }),
            Event::Heartbeat(time) => wire::Event::Heartbeat(wire::Heartbeat { time: Some(to_wire_time(time)) }),
        };
        pb::WatchMetricsResponse { event: Some(event), resume_token }
    }
}

/// The key of a creator's name.
fn key_of(name: &str) -> String {
    name.strip_prefix("creators/").unwrap_or(name).to_owned()
}

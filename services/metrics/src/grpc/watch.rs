//! Owns what a watcher of metrics sees of the tables. Never the order of a stream.

use std::{collections::BTreeMap, sync::Arc};

use creatorscope_domain::CreatorId;
use creatorscope_kit::{
    changes::Change,
    watch::{Event, Page, WatchSource},
};
use creatorscope_proto::metrics::v1::{self as pb, watch_metrics_response as wire};
use tonic::Status;

use super::refuse;
use crate::{
    convert::to_wire_time,
    error::MetricsError,
    query::WatchQuery,
    service::{Shared, Watched},
};

/// One watcher's view: its filter and its selection over the service.
pub(super) struct MetricsWatch {
    service: Shared,
    query: WatchQuery,
    /// The selection's key, under which its states are shared.
    key: Arc<str>,
}

impl MetricsWatch {
    pub(super) fn new(service: Shared, query: WatchQuery) -> Self {
        let key = query.selection.key().into();
        Self { service, query, key }
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
        let found = self.service.of_creators(&creators, &self.query.selection, None).await;
        let found = found.map_err(|fault| refuse(&fault))?;
        Ok(Page { states: found.into_iter().map(|metrics| (key_of(&metrics.creator), metrics)).collect(), last_key })
    }

    async fn current(
        &self,
        changes: &[Arc<Change>],
        _: Option<String>,
        floor: i64,
    ) -> Result<Page<Option<pb::CreatorMetrics>>, Status> {
        let filter = &self.query.filter;
        let mut asked: BTreeMap<&str, i64> = BTreeMap::new();
        for change in changes {
            asked.insert(&change.key, change.position.max(floor));
        }
        let asked = asked.into_iter().filter_map(|(key, position)| Some((CreatorId::parse(key).ok()?, position)));
        let asked: Vec<(CreatorId, i64)> = asked.filter(|(creator, _)| filter.may_hold(creator)).collect();
        let found = self.service.watched(&asked, &self.query.selection, &self.key).await;
        let found = found.map_err(|fault| refuse(&fault))?;
        // Who is asked for and not found was erased, or is not of the tiers: nobody remembers whether it ever was, so its
        // absence is told.
        let state = |((creator, _), found): ((CreatorId, i64), Arc<Option<Watched>>)| {
            let held = Option::as_ref(&found).filter(|watched| filter.holds_followers(watched.followers));
            (creator.into(), held.map(|watched| watched.metrics.clone()))
        };
        Ok(Page { states: asked.into_iter().zip(found).map(state).collect(), last_key: None })
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

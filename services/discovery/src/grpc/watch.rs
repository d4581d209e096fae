//! Owns what a watcher of creators is shown. Never when.

use std::{collections::HashMap, sync::Arc};

use creatorscope_domain::{CreatorId, Platform};
use creatorscope_kit::{
    changes::Change,
    fault::status,
    mask::Mask,
    watch::{Event, Page, WatchSource, keys},
};
use creatorscope_proto::discovery::v1::{
    self as pb,
    watch_creators_response::{Event as Wire, Heartbeat, SnapshotEnd},
};
use tonic::Status;

use super::masked;
use crate::{
    convert,
    model::CreatorRecord,
    service::ServiceError,
    store::{METRICS_CHANGED, Store, StoreError},
};

/// The creators that one watcher asked for.
pub(super) struct Creators {
    store: Store,
    /// Ids in their order; empty for all.
    ids: Vec<String>,
    platforms: Vec<Platform>,
    mask: Mask,
    /// Whether changes of metrics alone are left out.
    profiles_only: bool,
}

impl Creators {
    pub(super) fn new(store: Store, ids: Vec<CreatorId>, platforms: Vec<Platform>, mask: Mask) -> Self {
        let mut ids: Vec<String> = ids.into_iter().map(String::from).collect();
        ids.sort();
        ids.dedup();
        Self { store, ids, platforms, mask, profiles_only: false }
    }

    /// The same, with or without changes of metrics alone.
    pub(super) fn without_metrics_alone(mut self, profiles_only: bool) -> Self {
        self.profiles_only = profiles_only;
        self
    }

    fn wants(&self, id: &str) -> bool {
        let named = self.ids.is_empty() || self.ids.binary_search_by(|known| known.as_str().cmp(id)).is_ok();
        let platform = || self.platforms.iter().any(|platform| id.split(':').next() == Some(platform.slug()));
        named && (self.platforms.is_empty() || platform())
    }

    fn state(&self, record: CreatorRecord) -> (String, pb::Creator) {
        (record.creator.id.as_str().to_owned(), masked(record, Some(&self.mask)))
    }

    async fn page(&self, after: &str, limit: usize) -> Result<Page<pb::Creator>, StoreError> {
        if self.ids.is_empty() {
            let records = self.store.creators_after(after, limit).await?;
            let last_key = records.last().map(|record| record.creator.id.as_str().to_owned());
            let wanted = records
                .into_iter()
                .filter(|record| self.wants(record.creator.id.as_str()) && !self.store.is_expired(record));
            return Ok(Page { states: wanted.map(|record| self.state(record)).collect(), last_key });
        }
        let start = self.ids.partition_point(|id| id.as_str() <= after);
        let part: Vec<&str> = self.ids[start..].iter().map(String::as_str).take(limit).collect();
        let mut records = self.store.creators(part.iter().copied().filter(|id| self.wants(id))).await?;
        records.sort_by(|left, right| left.creator.id.as_str().cmp(right.creator.id.as_str()));
        let last_key = part.last().map(|id| (*id).to_owned());
        Ok(Page { states: records.into_iter().map(|record| self.state(record)).collect(), last_key })
    }
}

fn refuse(error: StoreError) -> Status {
    status(&ServiceError::from(error))
}

impl WatchSource for Creators {
    type Message = pb::Creator;
    type Response = pb::WatchCreatorsResponse;

    async fn snapshot(&self, after_key: Option<String>, limit: usize) -> Result<Page<pb::Creator>, Status> {
        self.page(after_key.as_deref().unwrap_or_default(), limit).await.map_err(refuse)
    }

    async fn current(
        &self,
        changes: &[Arc<Change>],
        _: Option<String>,
        _: i64,
    ) -> Result<Page<Option<pb::Creator>>, Status> {
        let is_told = |change: &&Arc<Change>| !(self.profiles_only && change.kind == METRICS_CHANGED);
        let told: Vec<Arc<Change>> = changes.iter().filter(is_told).cloned().collect();
        let wanted: Vec<&str> = keys(&told).filter(|key| self.wants(key)).collect();
        if wanted.is_empty() {
            return Ok(Page { states: Vec::new(), last_key: None });
        }
        let records = self.store.creators(wanted.iter().copied()).await.map_err(refuse)?;
        let mut states: HashMap<String, pb::Creator> = records.into_iter().map(|record| self.state(record)).collect();
        let current = wanted.into_iter().map(|key| (key.to_owned(), states.remove(key)));
        Ok(Page { states: current.collect(), last_key: None })
    }

    fn event(&self, event: Event<pb::Creator>, resume_token: String) -> pb::WatchCreatorsResponse {
        let event = match event {
            Event::State(_, creator) => Wire::Creator(creator),
            Event::Removed(id) => Wire::Removed(format!("creators/{id}")),
            Event::SnapshotEnd(creator_count) => Wire::SnapshotEnd(SnapshotEnd { creator_count }),
            Event::Heartbeat(time) => Wire::Heartbeat(Heartbeat { time: Some(convert::time(time)) }),
        };
        pb::WatchCreatorsResponse { event: Some(event), resume_token }
    }
}

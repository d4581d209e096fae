//! Owns keeping the tables as they should be: profiles of older programs are derived anew, contacts are sealed under the first
//! key, what has expired is removed. Never how each is done.

use std::{collections::HashSet, time::Duration};

use creatorscope_kit::{fault::causes, role::BoxError, runs};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::store::{Store, StoreError};

/// Profiles that are removed at once.
const BATCH: usize = 500;

/// Looks after the tables.
pub(crate) struct Keeper {
    store: Store,
    every: Duration,
    /// Keys of which it was told what became of them.
    told: HashSet<String>,
}

impl Keeper {
    pub(crate) fn new(store: Store, every: Duration) -> Self {
        Self { store, every, told: HashSet::new() }
    }

    /// Runs until it is stopped. What fails is told and done the next time.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> Result<(), BoxError> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                kept = runs::run(self.keep()) => if let Err(error) = kept {
                    warn!(error = %causes(&error), "the tables of creators are looked after the next time");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(self.every) => {}
            }
        }
    }

    async fn keep(&mut self) -> Result<(), StoreError> {
        let mut derived = 0;
        loop {
            match self.store.derive_again().await? {
                0 => break,
                count => derived += count,
            }
        }
        if derived > 0 {
            info!(profiles = derived, "profiles of an older program were brought up to date");
        }
        let mut removed = 0;
        loop {
            match self.store.remove_expired(BATCH).await? {
                0 => break,
                count => removed += count,
            }
        }
        if removed > 0 {
            info!(removed, "profiles and contacts that had expired were removed");
        }
        self.seal_again().await
    }

    /// Seals contacts of older keys under the first one, and tells which keys are needed.
    async fn seal_again(&mut self) -> Result<(), StoreError> {
        let Some(ring) = self.store.keys().cloned() else { return Ok(()) };
        let ids: HashSet<&str> = ring.ids().collect();
        let mut used: HashSet<String> = HashSet::new();
        for key in self.store.key_uses().await? {
            if !ids.contains(key.key_id.as_str()) && self.told.insert(key.key_id.clone()) {
                warn!(key = key.key_id, contacts = key.count, "contacts are sealed under a key that is not there");
            }
            used.insert(key.key_id);
        }
        let older: Vec<&str> = ring.ids().filter(|id| *id != ring.sealing_id()).collect();
        if older.iter().any(|id| used.contains(*id)) {
            let (mut after, mut count) = (String::new(), 0);
            while let Some((end, sealed)) = self.store.seal_again(&after).await? {
                (after, count) = (end, count + sealed);
            }
            info!(contacts = count, key = ring.sealing_id(), "contacts were sealed under the first key");
            used = self.store.key_uses().await?.into_iter().map(|key| key.key_id).collect();
        }
        for id in older.into_iter().filter(|id| !used.contains(*id)) {
            if self.told.insert(id.to_owned()) {
                info!(key = id, "no contact is sealed under this key any more; its line may be removed");
            }
        }
        Ok(())
    }
}

//! Owns whether a key is accepted now, remembered for some seconds. Never what its holder may do.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use creatorscope_kit::{clock::Clock, db::DbError};
use jiff::{SignedDuration, Timestamp};
use tracing::debug;

use crate::{
    key::{ApiKey, Environment},
    store::{KeyStore, Stored},
};

/// Most keys that are remembered.
const MAX_REMEMBERED: usize = 10_000;
/// What unknown keys are compared with, so that they take the time of known ones.
const NOBODY: [u8; 32] = [0; 32];

/// What was found of an id, and when it was looked up.
type Found = (Option<Arc<Stored>>, Timestamp);

/// The keys as the gateway sees them.
pub(crate) struct Keys {
    store: KeyStore,
    environment: Environment,
    clock: Clock,
    remembered: Mutex<HashMap<String, Found>>,
    remember: SignedDuration,
}

/// Why a key is not accepted.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It is for another environment than this.
    OtherEnvironment(Environment),
    /// Unknown, another secret, expired or revoked: a caller is not told which.
    NotAccepted,
    /// Nobody can tell now.
    Unavailable(DbError),
}

impl Keys {
    pub(crate) fn new(store: KeyStore, environment: Environment, clock: Clock, remember: SignedDuration) -> Self {
        Self { store, environment, clock, remembered: Mutex::default(), remember }
    }

    /// The key as it is kept, when it is accepted.
    pub(crate) async fn accept(&self, key: &ApiKey) -> Result<Arc<Stored>, Refused> {
        if key.environment() != self.environment {
            return Err(Refused::OtherEnvironment(self.environment));
        }
        let found = self.find(key.id()).await.map_err(Refused::Unavailable)?;
        let is_it = key.is(found.as_ref().map_or(&NOBODY, |stored| &stored.hash));
        let Some(stored) = found.filter(|_| is_it) else {
            debug!(key = key.id(), "a key that was never made here is refused");
            return Err(Refused::NotAccepted);
        };
        match stored.state(self.clock.now()) {
            "active" => Ok(stored),
            state => {
                debug!(key = key.id(), state, "a key that has ended is refused");
                Err(Refused::NotAccepted)
            }
        }
    }

    async fn find(&self, id: &str) -> Result<Option<Arc<Stored>>, DbError> {
        let now = self.clock.now();
        let is_fresh = |at: Timestamp| now.duration_since(at).abs() < self.remember;
        if let Some((found, _)) = self.remembered().get(id).filter(|(_, at)| is_fresh(*at)) {
            return Ok(found.clone());
        }
        let found = self.store.find(id).await?.map(Arc::new);
        let mut remembered = self.remembered();
        if remembered.len() >= MAX_REMEMBERED {
            remembered.retain(|_, (_, at)| is_fresh(*at));
        }
        // Ids that were made up must not push known keys out.
        if remembered.len() < MAX_REMEMBERED {
            remembered.insert(id.to_owned(), (found.clone(), now));
        }
        Ok(found)
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<String, Found>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;

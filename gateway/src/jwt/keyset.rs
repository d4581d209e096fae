//! Owns the issuer's keys as they are known here: fetched ahead of need, kept while the issuer is away, bounded in how often they
//! are asked for. Never what a token says.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use creatorscope_kit::{clock::Clock, role::BoxError, task};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    config::Oidc,
    fetch::Source,
    signature::{Algorithm, PublicKey},
};

/// A key that nobody knows makes the keys be fetched again, but not more often than this: names of keys can be made up.
const UNKNOWN: SignedDuration = SignedDuration::from_secs(30);
/// Without keys they are fetched again after so long.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// The least time that keys are used, whatever the issuer says.
const LEAST: SignedDuration = SignedDuration::from_secs(60);

/// Why there is no key for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The issuer has none of this name that fits.
    Unknown,
    /// The issuer's keys are not known now.
    Unavailable,
}

/// The keys of one issuer.
pub(super) struct KeySet {
    source: Source,
    clock: Clock,
    refresh: SignedDuration,
    stale: SignedDuration,
    state: Mutex<State>,
    /// One fetch at a time.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    keys: Arc<[PublicKey]>,
    /// Raised when the keys change.
    generation: u64,
    /// When they were fetched last, and until when they are fresh.
    fetched: Option<(Timestamp, Timestamp)>,
    tried: Option<Timestamp>,
}

impl KeySet {
    pub(super) fn new(settings: &Oidc, clock: Clock) -> Self {
        Self {
            source: Source::new(&settings.issuer, &settings.jwks_url),
            clock,
            refresh: settings.refresh(),
            stale: settings.stale(),
            state: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The keys of this name that fit the algorithm, and which generation of keys they are of. A token without a name is taken
    /// when one key alone fits. Errors: none is there, also after a look at the issuer.
    pub(super) async fn find(
        self: &Arc<Self>,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<(Vec<PublicKey>, u64), NoKey> {
        if let Ok(found) = self.look(kid, algorithm) {
            return Ok(found);
        }
        // In a task of its own, so that a caller that goes away does not end it for the others.
        let (this, least) = (Arc::clone(self), if self.keys().is_some() { UNKNOWN } else { AGAIN });
        _ = task::spawn("jwks", async move { this.fetch(least).await }).await;
        self.look(kid, algorithm)
    }

    /// Which keys are known now.
    pub(super) fn generation(&self) -> Option<u64> {
        self.keys().map(|(_, generation)| generation)
    }

    fn look(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<(Vec<PublicKey>, u64), NoKey> {
        let (keys, generation) = self.keys().ok_or(NoKey::Unavailable)?;
        let fitting = keys.iter().filter(|key| key.fits(algorithm));
        let found: Vec<PublicKey> = match kid {
            Some(kid) => fitting.filter(|key| key.kid.as_deref() == Some(kid)).cloned().collect(),
            None => fitting.cloned().collect(),
        };
        if found.is_empty() || (kid.is_none() && found.len() > 1) {
            Err(NoKey::Unknown)
        } else {
            Ok((found, generation))
        }
    }

    /// The keys, unless they are too old.
    fn keys(&self) -> Option<(Arc<[PublicKey]>, u64)> {
        let state = self.state();
        let (_, fresh) = state.fetched?;
        let end = fresh.saturating_add(self.stale).unwrap_or(Timestamp::MAX);
        (self.clock.now() < end).then(|| (Arc::clone(&state.keys), state.generation))
    }

    /// Fetches the keys, unless that was tried less than `least` ago. What was known stays when it fails.
    pub(super) async fn fetch(&self, least: SignedDuration) {
        let _turn = self.turn.lock().await;
        let now = self.clock.now();
        if self.state().tried.is_some_and(|tried| now.duration_since(tried).abs() < least) {
            return;
        }
        self.state().tried = Some(now);
        match self.source.fetch().await {
            Ok((keys, max_age)) => {
                let fresh = max_age.unwrap_or(self.refresh).min(self.refresh).max(LEAST);
                let mut state = self.state();
                if *state.keys != keys[..] {
                    info!(keys = keys.len(), "the issuer of tokens has other keys than before");
                    state.keys = keys.into();
                    state.generation += 1;
                }
                state.fetched = Some((now, now.saturating_add(fresh).unwrap_or(Timestamp::MAX)));
            }
            Err(why) => {
                let since = self.state().fetched.map(|(at, _)| at.to_string());
                warn!(
                    why,
                    known_since = since.as_deref().unwrap_or("never"),
                    "the keys of the issuer of tokens cannot be fetched"
                );
            }
        }
    }

    /// Fetches the keys at the start and before they are no longer fresh, until it is stopped.
    pub(super) async fn keep(self: Arc<Self>, stop: CancellationToken) -> Result<(), BoxError> {
        let mut failed = 0_i32;
        loop {
            self.fetch(SignedDuration::ZERO).await;
            let now = self.clock.now();
            let left = self.state().fetched.map(|(_, fresh)| fresh.duration_since(now)).filter(|left| *left > AGAIN);
            // A minute at most while the issuer is away: callers make it be asked sooner.
            failed = if left.is_some() { 0 } else { failed.saturating_add(1).min(12) };
            let wait = left.unwrap_or_else(|| (AGAIN * failed).min(LEAST));
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(Duration::try_from(wait).unwrap_or(Duration::from_secs(60))) => {}
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

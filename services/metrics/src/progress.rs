//! Owns how far this service has come: with its stored values behind its own log, and with profiles behind discovery's. Never
//! the work itself.

use std::time::Duration;

use creatorscope_kit::{reached::Reached, token::Token};
use tokio::time::timeout;

use crate::{SERVICE, error::MetricsError};

/// The name of the discovery service in tokens.
pub const DISCOVERY: &str = "discovery";

/// Positions that jobs publish and calls wait for. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Progress {
    /// In this service's log: stored values show everything up to here.
    pub computed: Reached,
    /// In discovery's log: traits show everything up to here.
    pub followed: Reached,
}

/// A place in both logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Positions {
    /// In this service's log.
    pub computed: i64,
    /// In discovery's log.
    pub followed: i64,
}

impl Positions {
    /// The newest places of tokens.
    pub fn of(tokens: &[Token]) -> Self {
        let newest = |service| {
            let named = tokens.iter().filter(|token| token.service == service);
            named.map(|token| token.position).max().unwrap_or(0)
        };
        Self { computed: newest(SERVICE), followed: newest(DISCOVERY) }
    }

    /// Whether what was computed here shows everything of another place.
    pub fn shows(self, other: Self) -> bool {
        self.computed >= other.computed && self.followed >= other.followed
    }
}

impl Progress {
    /// Begins at no place.
    pub fn new() -> Self {
        Self { computed: Reached::new(0), followed: Reached::new(0) }
    }

    /// Where both are now.
    pub fn now(&self) -> Positions {
        Positions { computed: self.computed.now(), followed: self.followed.now() }
    }

    /// Waits until both have come to a place, at most `patience`. Errors: [`MetricsError::NotReached`].
    pub async fn reach(&self, place: Positions, patience: Duration) -> Result<(), MetricsError> {
        let both = async {
            self.computed.wait_for(place.computed).await;
            self.followed.wait_for(place.followed).await;
        };
        timeout(patience, both).await.map_err(|_| MetricsError::NotReached(patience))
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

//! Owns how far this service has come: with its index behind its own log, and behind the logs of the metrics and the scoring
//! service. Never the work itself.

use std::{sync::Arc, time::Duration};

use creatorscope_kit::{changes::ChangeLog, db::DbError, reached::Reached, token::Token};
use thiserror::Error;
use tokio::{sync::watch, time::timeout};

/// The name of this service in tokens.
pub const SERVICE: &str = "discovery";
/// The name of the metrics service in tokens.
pub const METRICS: &str = "metrics";
/// The name of the scoring service in tokens.
pub const SCORING: &str = "scoring";

/// Why a call does not show what it should.
#[derive(Debug, Error)]
pub enum WaitError {
    /// The time is up.
    #[error("the changes of `read_after` are not here after {} s", .0.as_secs())]
    NotReached(Duration),
    /// The log.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Positions that jobs publish and calls wait for. Cheap to clone.
#[derive(Clone)]
pub struct Progress(Arc<Positions>);

struct Positions {
    indexed: Reached,
    followed: Reached,
    scored: Reached,
    /// The metrics that there are.
    wanted: watch::Receiver<Vec<String>>,
    /// The metrics that the index has.
    shown: watch::Sender<Vec<String>>,
}

impl Progress {
    /// Begins at these positions of the own log and of the metrics service's, with an index of the metrics that are wanted
    /// now.
    pub fn new(indexed: i64, followed: i64, wanted: watch::Receiver<Vec<String>>) -> Self {
        let shown = watch::channel(wanted.borrow().clone()).0;
        let (indexed, followed) = (Reached::new(indexed), Reached::new(followed));
        Self(Arc::new(Positions { indexed, followed, scored: Reached::new(0), wanted, shown }))
    }

    /// The index has these metrics.
    pub fn shown(&self, metrics: &[String]) {
        self.0.shown.send_replace(metrics.to_vec());
    }

    /// The index shows all changes up to this position of the own log.
    pub fn indexed(&self, position: i64) {
        self.0.indexed.publish(position);
    }

    /// The tables show all changes up to this position of the metrics service's log.
    pub fn followed(&self, position: i64) {
        self.0.followed.publish(position);
    }

    /// The tables show all changes up to this position of the scoring service's log.
    pub fn scored(&self, position: i64) {
        self.0.scored.publish(position);
    }

    /// The position of the own log that the index shows.
    pub fn indexed_now(&self) -> i64 {
        self.0.indexed.now()
    }

    /// The position of the metrics service's log that the tables show.
    pub fn followed_now(&self) -> i64 {
        self.0.followed.now()
    }

    /// The position of the scoring service's log that the tables show.
    pub fn scored_now(&self) -> i64 {
        self.0.scored.now()
    }

    /// Waits until the index shows the changes of all tokens, at most `patience`. Tokens are of this service, of the
    /// metrics service or of the scoring service. Errors: [`WaitError`].
    pub async fn reach(&self, tokens: &[Token], log: &ChangeLog, patience: Duration) -> Result<(), WaitError> {
        if tokens.is_empty() {
            return Ok(());
        }
        let reached = timeout(patience, self.reach_all(tokens, log)).await;
        reached.unwrap_or(Err(WaitError::NotReached(patience)))
    }

    async fn reach_all(&self, tokens: &[Token], log: &ChangeLog) -> Result<(), WaitError> {
        let newest =
            |service: &str| tokens.iter().filter(|token| token.service == service).map(|token| token.position).max();
        let mut own = newest(SERVICE).unwrap_or(0);
        if let Some(position) = newest(METRICS) {
            self.0.followed.wait_for(position).await;
            // What was followed may be of metrics that the index is still being built for.
            let wanted = self.0.wanted.borrow().clone();
            _ = self.0.shown.subscribe().wait_for(|shown| *shown == wanted).await;
            own = own.max(log.head().await?);
        }
        if let Some(position) = newest(SCORING) {
            self.0.scored.wait_for(position).await;
            own = own.max(log.head().await?);
        }
        self.0.indexed.wait_for(own).await;
        Ok(())
    }
}

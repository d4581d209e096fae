//! Owns a place in a log that a job publishes and calls wait for. Never which log.

use std::sync::Arc;

use tokio::sync::watch;

/// How far a job has come in a log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reached(Arc<watch::Sender<i64>>);

impl Reached {
    /// Begins at a position.
    pub fn new(position: i64) -> Self {
        Self(Arc::new(watch::channel(position).0))
    }

    /// The job has come to this position, which may also be an earlier one.
    pub fn publish(&self, position: i64) {
        self.0.send_replace(position);
    }

    /// The position now.
    pub fn now(&self) -> i64 {
        *self.0.borrow()
    }

    /// Waits until the job has come to the position, for ever if it never does.
    pub async fn wait_for(&self, position: i64) {
        // The sender lives as long as this borrow, so the wait cannot end otherwise.
        _ = self.0.subscribe().wait_for(|reached| *reached >= position).await;
    }
}

//! Owns the starting of tasks, so that each has a name and none is forgotten. Never what a task does.

use std::{future::Future, time::Duration};

use tokio::task::JoinHandle;
use tracing::{Instrument, info_span};

/// Starts a task that others wait for or stop.
#[allow(clippy::disallowed_methods, reason = "this is the one place that starts tasks")]
pub fn spawn<T: Send + 'static>(name: &'static str, future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(future.instrument(info_span!("task", name)))
}

/// Runs work that blocks, e.g. on files or on a long computation. Errors: the work panicked or the runtime is going down.
#[allow(clippy::disallowed_methods, reason = "this is the one place that starts blocking work")]
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, BlockingError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| BlockingError(error.to_string()))
}

/// Blocking work did not end well.
#[derive(Debug, thiserror::Error)]
#[error("blocking work ended without a result: {0}")]
pub struct BlockingError(String);

/// A random delay between nothing and `least * 2^attempt`, at most `most` ("full jitter").
pub fn backoff(attempt: u32, least: Duration, most: Duration) -> Duration {
    let bound = least.saturating_mul(2u32.saturating_pow(attempt.min(16))).min(most);
    bound.mul_f64(fastrand::f64())
}

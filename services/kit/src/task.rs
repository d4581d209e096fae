//! Owns the starting of tasks, so that each has a name and none is forgotten. Never what a task does.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, StreamExt, stream};
use tokio::{sync::mpsc, task::JoinHandle};
use tracing::{Instrument, info_span};

use crate::onward::Onward;

/// Starts a task that others wait for or stop. It belongs to the call that starts it, but not to its deadline.
#[allow(clippy::disallowed_methods, reason = "this is the one place that starts tasks")]
pub fn spawn<T: Send + 'static>(name: &'static str, future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let named = future.instrument(info_span!("task", name));
    match Onward::current() {
        Some(onward) => tokio::spawn(onward.without_end().scope(named)),
        None => tokio::spawn(named),
    }
}

/// A task that ends with its owner: dropping this stops it. Awaiting it gives its result; none when it panicked.
#[derive(Debug)]
pub struct Owned<T>(JoinHandle<T>);

impl<T: Send + 'static> Owned<T> {
    /// Starts the task.
    pub fn spawn(name: &'static str, future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(spawn(name, future))
    }
}

impl<T> Future for Owned<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut self.0).poll(cx).map(Result::ok)
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Reads a stream in a task of its own, up to `depth` items ahead of who takes them. Dropping the answer stops the task.
pub fn ahead<S>(name: &'static str, depth: usize, stream: S) -> impl Stream<Item = S::Item> + Send + Unpin
where
    S: Stream<Item: Send> + Send + 'static,
{
    let (sender, mut receiver) = mpsc::channel(depth);
    // Who reads ends with the call, so its deadline holds here too.
    let onward = Onward::current().unwrap_or_default();
    let reading = Owned::spawn(
        name,
        onward.scope(async move {
            let mut stream = std::pin::pin!(stream);
            while let Some(item) = stream.next().await {
                if sender.send(item).await.is_err() {
                    return;
                }
            }
        }),
    );
    stream::poll_fn(move |cx| {
        let _owned = &reading;
        receiver.poll_recv(cx)
    })
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

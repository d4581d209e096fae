//! Owns working off recomputations, on all cores, also those that an earlier process began. Never what a value is.

use std::{sync::Arc, thread, time::Duration};

use creatorscope_kit::{clock::Clock, role::BoxError, runs, task};
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    compute::{CHUNK, Extent, differing},
    error::MetricsError,
    store::{CreatorFilter, CreatorState, Operation, OperationState, Store},
};

/// How often is looked for operations that another process has begun.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Chunks behind which is noted how far it is.
const NOTE_EVERY: usize = 16;
/// Chunks of reads at once at most, so that connections are left for calls.
const MOST_AT_ONCE: usize = 8;

/// Works off recomputations.
#[derive(Clone)]
pub struct Recomputer {
    /// Where everything is stored.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Wakes the job up when one was begun.
    pub begun: Arc<Notify>,
}

impl Recomputer {
    /// Runs until it is stopped. An operation that cannot be done is noted as failed; a database that is away for a while is
    /// asked again.
    pub async fn run(self, stop: CancellationToken) -> Result<(), BoxError> {
        loop {
            let found = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                worked = self.next() => worked,
            };
            match found {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => warn!(%error, "a recomputation waits for the database"),
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.begun.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Works off the oldest operation. Answers whether there was one. Errors: the database is away.
    async fn next(&self) -> Result<bool, MetricsError> {
        let Some(mut operation) = self.store.running_operation().await? else { return Ok(false) };
        operation.state = match runs::run(self.work(&mut operation)).await {
            Ok(true) => OperationState::Succeeded,
            Ok(false) => return Ok(true),
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                warn!(%error, operation = operation.id, "a recomputation failed");
                operation.error = error.to_string();
                OperationState::Failed
            }
        };
        operation.end_time = Some(self.clock.now());
        self.store.note_operation(&operation).await?;
        info!(operation = operation.id, done = operation.done, changed = operation.changed, "a recomputation ended");
        Ok(true)
    }

    /// Computes from where the operation is. Answers whether it came to the end; otherwise it was cancelled. Errors: the
    /// database's, a computation's.
    async fn work(&self, operation: &mut Operation) -> Result<bool, MetricsError> {
        let filter = operation.scope.filter();
        let cores = thread::available_parallelism().map_or(1, usize::from).min(MOST_AT_ONCE);
        let pages = pages(self.store.clone(), filter, operation.after_creator.clone());
        let mut computed =
            pages
                .map_ok(|states| {
                    let store = self.store.clone();
                    async move {
                        let (count, last) = (states.len(), states.last().map(|state| state.creator.clone()));
                        let fresh = task::Owned::spawn("recompute chunk", async move {
                            differing(&store, states, Extent::All).await
                        });
                        Ok((count, last, fresh.await.ok_or(MetricsError::Aborted)??))
                    }
                })
                .try_buffered(cores);
        let mut chunks = 0;
        while let Some((count, last, fresh)) = computed.try_next().await? {
            operation.changed += self.store.keep_computed(fresh, None).await? as i64;
            operation.done += count as i64;
            if let Some(last) = last {
                last.as_str().clone_into(&mut operation.after_creator);
            }
            chunks += 1;
            if chunks % NOTE_EVERY == 0 && !self.store.note_operation(operation).await? {
                return Ok(false);
            }
        }
        // Who came or went since it was counted.
        operation.total = operation.done;
        Ok(true)
    }
}

/// The creators of a filter behind a key, in parts.
fn pages(
    store: Store,
    filter: CreatorFilter,
    after: String,
) -> BoxStream<'static, Result<Vec<CreatorState>, MetricsError>> {
    stream::try_unfold((store, filter, after), |(store, filter, after)| async move {
        let states = store.creators_after(Some(&after), CHUNK, &filter).await?;
        let Some(last) = states.last() else { return Ok(None) };
        let after = last.creator.as_str().to_owned();
        Ok(Some((states, (store, filter, after))))
    })
    .boxed()
}

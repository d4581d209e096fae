//! Owns when what was counted and noted is written: every second, and at the end once the last call has ended. Never what is.

use std::{sync::Arc, time::Duration};

use creatorscope_kit::{clock::Clock, fault::causes, role::BoxError, runs};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    audit::{self, AuditConfig, Writer},
    fair::usage::Usage,
};

/// How often it is written: a crash loses as much.
const EVERY: Duration = Duration::from_secs(1);
/// How often what is too old is removed.
const PURGE_EVERY: Duration = Duration::from_secs(3_600);
/// More calls than can be open.
const MANY: u32 = u32::MAX >> 4;

/// The calls that are open.
#[derive(Clone)]
pub(crate) struct Open(Arc<Semaphore>);

/// One of them.
pub(crate) type OpenCall = Option<tokio::sync::OwnedSemaphorePermit>;

impl Open {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MANY as usize)))
    }

    /// A call more, until the answer is dropped.
    pub(crate) fn one(&self) -> OpenCall {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }

    /// Waits until none is open.
    async fn none(&self) {
        _ = self.0.acquire_many(MANY).await;
    }
}

/// Writes until `stop`, and then until the last call has ended or `grace` is over.
pub(crate) async fn write(
    mut writer: Writer,
    usage: Arc<Usage>,
    open: Open,
    grace: Duration,
    stop: CancellationToken,
) -> Result<(), BoxError> {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut end = std::pin::pin!(async {
        stop.cancelled().await;
        _ = tokio::time::timeout(grace, open.none()).await;
    });
    loop {
        let goes_on = tokio::select! {
            () = &mut end => false,
            () = writer.filled() => {
                writer.write().await;
                continue;
            }
            _ = tick.tick() => true,
        };
        writer.write().await;
        if let Err(error) = usage.write().await {
            warn!(cause = causes(&error), "what was used cannot be written; it is tried again");
        }
        if !goes_on {
            return Ok(());
        }
    }
}

/// Removes lines of the audit log that are too old until `stop`.
pub(crate) async fn purge(
    lines: audit::Store,
    config: AuditConfig,
    clock: Clock,
    stop: CancellationToken,
) -> Result<(), BoxError> {
    let mut tick = tokio::time::interval(PURGE_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = tick.tick() => {}
        }
        match runs::run(audit::purge(&lines, &config, &clock)).await {
            Ok(0) => {}
            Ok(removed) => info!(removed, "lines of the audit log were too old and are removed"),
            Err(error) => warn!(cause = causes(&error), "the audit log cannot be purged; it is tried again"),
        }
    }
}

//! Owns what runs in the background of this role. Never a request.

pub mod compute;
pub mod profiles;
pub mod recompute;

use std::time::Duration;

use creatorscope_kit::{clock::Clock, db::DbError, role::BoxError, runs};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::store::{Purged, Store};

/// How often old changes are looked for.
const TRIM_EVERY: Duration = Duration::from_secs(600);

/// Removes changes from the log that are older than `kept`, until the role stops. A database that is away for a while is
/// asked again the next time.
pub async fn trim_changes(
    store: Store,
    clock: Clock,
    kept: SignedDuration,
    stop: CancellationToken,
) -> Result<(), BoxError> {
    loop {
        let before = clock.now().checked_sub(kept)?;
        match runs::run(store.trim_changes(before)).await {
            Ok(0) => {}
            Ok(removed) => info!(removed, "old changes were removed from the log"),
            Err(error) => warn!(%error, "old changes stay in the log until the next look"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(TRIM_EVERY) => {}
        }
    }
}

/// Removes what expired, one batch of creators a transaction, until nothing is left to remove; then again after `every`, until
/// the role stops. A database that is away for a while is asked again the next time.
pub async fn purge_expired(
    store: Store,
    clock: Clock,
    every: Duration,
    stop: CancellationToken,
) -> Result<(), BoxError> {
    loop {
        match runs::run(purge(&store, &clock, &stop)).await {
            Ok(Purged { creators: 0, posts: 0, .. }) => {}
            Ok(Purged { observations, cleared, posts, creators, removed }) => {
                info!(observations, cleared, posts, creators, removed, "what expired was removed");
            }
            Err(error) => warn!(%error, "what expired is not shown, and stays stored until the next look"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(every) => {}
        }
    }
}

/// Removes what expired until now. Errors: the database's; what was removed before stays removed.
pub async fn purge(store: &Store, clock: &Clock, stop: &CancellationToken) -> Result<Purged, DbError> {
    let now = clock.now();
    let mut all = Purged::default();
    while !stop.is_cancelled() {
        let purged = store.purge_some(now).await?;
        if purged == Purged::default() {
            break;
        }
        all += purged;
    }
    Ok(all)
}

//! Owns what runs in the background of this role. Never a request.

pub mod learn;
pub mod look;
pub mod posts;
pub mod sentiment;

use std::time::Duration;

use creatorscope_kit::{clock::Clock, db::DbError, role::BoxError, runs};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::store::Store;

/// How often old changes and calls are looked for.
const TRIM_EVERY: Duration = Duration::from_secs(600);
/// How long a `request_id` is known, as the contract tells.
const REQUESTS_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Removes changes from the log that are older than `kept`, and calls that are older than a day, until the role stops. A database that
/// is away for a while is asked again the next time.
pub async fn trim(store: Store, clock: Clock, kept: SignedDuration, stop: CancellationToken) -> Result<(), BoxError> {
    loop {
        let now = clock.now();
        match runs::run(trim_once(&store, now.checked_sub(kept)?, now.checked_sub(REQUESTS_KEPT)?)).await {
            Ok(0) => {}
            Ok(removed) => info!(removed, "old changes and calls were removed"),
            Err(error) => warn!(%error, "old changes and calls stay until the next look"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(TRIM_EVERY) => {}
        }
    }
}

/// Removes readings whose source no longer allows them, then again after `every`, until the role stops. A database that is away is asked
/// again the next time.
pub async fn purge(store: Store, every: Duration, stop: CancellationToken) -> Result<(), BoxError> {
    loop {
        match runs::run(store.purge_readings()).await {
            Ok(0) => {}
            Ok(removed) => info!(removed, "readings that expired were removed"),
            Err(error) => warn!(%error, "what expired is not shown, and stays stored until the next look"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(every) => {}
        }
    }
}

async fn trim_once(store: &Store, changes: Timestamp, requests: Timestamp) -> Result<u64, DbError> {
    Ok(store.log().trim(changes).await? + store.forget_requests(requests).await?)
}

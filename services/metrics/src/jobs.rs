//! Owns what runs in the background of this role. Never a request.

pub mod compute;
pub mod profiles;
pub mod recompute;

use std::time::Duration;

use creatorscope_kit::{clock::Clock, role::BoxError};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::store::Store;

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
        match store.trim_changes(before).await {
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

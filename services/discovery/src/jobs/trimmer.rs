//! Owns removing old changes from the log. Never how long they are kept.

use std::time::Duration;

use creatorscope_kit::{role::BoxError, runs};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::store::Store;

/// How often old changes are looked for.
const TRIM_EVERY: Duration = Duration::from_secs(600);

/// Removes changes from the log that are older than `kept`, until it is stopped. A database that is away for a while is
/// asked again the next time. Errors: `kept` reaches behind the beginning of time.
pub(crate) async fn trim_changes(store: Store, kept: SignedDuration, stop: CancellationToken) -> Result<(), BoxError> {
    loop {
        let before = store.now().checked_sub(kept)?;
        match runs::run(store.log().trim(before)).await {
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

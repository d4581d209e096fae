//! Owns what runs in the background of this role. Never a request.

pub mod learn;
pub mod look;
pub mod posts;
pub mod sentiment;

use std::time::Duration;

use creatorscope_kit::{clock::Clock, db::DbError, reached::Reached, role::BoxError, runs, token::Token};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::store::Store;

/// How often old changes and calls are looked for.
const TRIM_EVERY: Duration = Duration::from_secs(600);
/// How often is looked how far another replica has come.
const LOOK: Duration = Duration::from_millis(500);
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

/// Tells how far a service is followed while another replica follows it, until it is stopped.
pub async fn look_on(
    store: Store,
    source: &'static str,
    reached: Reached,
    stop: CancellationToken,
) -> Result<(), BoxError> {
    let look = async {
        loop {
            let token = store.followed(source).await.ok();
            if let Some(token) = token.and_then(|token| Token::parse(&token, "resume_token").ok()) {
                reached.publish(token.position);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    stop.run_until_cancelled(look).await;
    Ok(())
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

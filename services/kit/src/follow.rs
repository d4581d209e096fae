//! Owns going on following another service: sessions that end and begin again, with growing pauses. Never what is followed.

use std::{future::Future, time::Duration};

use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{peer::PeerError, role::BoxError, task};

const RETRY_LEAST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(10);

/// Why a session ended.
#[derive(Debug)]
pub enum Ended {
    /// The service answered with an error, or is away.
    Peer(PeerError),
    /// The service ended the stream.
    Stream,
    /// Something here cannot take what comes now; trying again may help.
    Waiting(BoxError),
    /// Something here cannot take what comes; trying again will not help.
    Broken(BoxError),
}

impl From<PeerError> for Ended {
    fn from(error: PeerError) -> Self {
        Self::Peer(error)
    }
}

/// How a session begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// Where the last one ended.
    GoOn,
    /// From a snapshot: the service's log does not reach back.
    Anew,
}

/// Runs sessions with a service until it is stopped; the service may come and go. A session answers why it ended and whether anything was
/// taken. Errors: [`Ended::Broken`].
pub async fn follow<F>(
    service: &'static str,
    stop: CancellationToken,
    mut session: impl FnMut(Begin) -> F,
) -> Result<(), BoxError>
where
    F: Future<Output = (Ended, bool)>,
{
    let (mut attempt, mut begin) = (0, Begin::GoOn);
    loop {
        let (ended, moved) = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            outcome = session(begin) => outcome,
        };
        if moved {
            attempt = 0;
        }
        begin = match &ended {
            Ended::Peer(error) if error.is_expired() => Begin::Anew,
            _ => Begin::GoOn,
        };
        match ended {
            Ended::Broken(error) => return Err(error),
            Ended::Waiting(error) => warn!(%error, service, "following waits"),
            Ended::Peer(_) if begin == Begin::Anew => {
                info!(service, "the log does not reach back; everything is read anew");
            }
            Ended::Peer(error) if attempt > 0 && !error.is_away() => warn!(%error, service, "cannot be followed"),
            away if attempt == 0 => info!(reason = ?away, service, "is away; waiting for it"),
            away => debug!(reason = ?away, attempt, service, "is away"),
        }
        let delay = task::backoff(attempt, RETRY_LEAST, RETRY_MOST);
        attempt += 1;
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(delay) => {}
        }
    }
}

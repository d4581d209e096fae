//! Owns following the scoring service: what it must still be told, a snapshot, then deltas, and going on after breaks. Never
//! how scores are stored.
//!
//! The scoring service may be away for ever: then creators have no scores, and nobody is warned.

use std::time::Duration;

use creatorscope_kit::{role::BoxError, runs, task};
use futures::StreamExt;
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    convert::scores::{ScoresEvent, ScoresTold},
    grpc::{peer::PeerError, scoring::Scoring},
    progress::Progress,
    store::{ScoresBatch, Store, StoreError},
};

/// The most messages that are written at once.
const BATCH: usize = 500;
/// How often is looked how far another replica has come.
const LOOK: Duration = Duration::from_millis(500);
const RETRY_LEAST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(10);

/// Lets the tables follow the scoring service.
#[derive(Clone)]
pub(crate) struct ScoreFollower {
    pub(crate) store: Store,
    pub(crate) peer: Scoring,
    pub(crate) progress: Progress,
}

/// Why a session with the scoring service ended.
#[derive(Debug, Error)]
enum Break {
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error("the scoring service ended the stream")]
    End,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ScoreFollower {
    /// Runs until it is stopped; the peer may come and go. Errors: the tables cannot be used, and trying again will not help.
    pub(crate) async fn run(self, stop: CancellationToken) -> Result<(), BoxError> {
        let mut attempt = 0;
        let mut anew = false;
        loop {
            let mut moved = false;
            let ended = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                ended = self.follow(anew, &mut moved) => ended.err().unwrap_or(Break::End),
            };
            if moved {
                attempt = 0;
            }
            anew = matches!(&ended, Break::Peer(error) if error.is_expired());
            match ended {
                Break::Store(StoreError::Db(error)) if error.is_transient() => {
                    warn!(%error, "following the scoring service waits for the database");
                }
                Break::Store(error) => return Err(error.into()),
                Break::Peer(_) if anew => {
                    info!("the scoring service's log does not reach back; everything is read anew");
                }
                Break::Peer(error) if attempt > 0 && !error.is_away() => {
                    info!(%error, "the scoring service cannot be followed");
                }
                away if attempt == 0 => {
                    info!(reason = %away, "the scoring service is away; creators are found without");
                }
                away => debug!(reason = %away, attempt, "the scoring service is away"),
            }
            let delay = task::backoff(attempt, RETRY_LEAST, RETRY_MOST);
            attempt += 1;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(delay) => {}
            }
        }
    }

    /// Tells how far the tables are while another replica lets them follow, until it is stopped.
    pub(crate) async fn look_on(self, stop: CancellationToken) -> Result<(), BoxError> {
        let look = async {
            loop {
                if let Ok(followed) = self.store.scored().await {
                    self.progress.scored(followed.unwrap_or_default().position);
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        stop.run_until_cancelled(look).await;
        Ok(())
    }

    /// One connection, `anew` from a snapshot on. `moved` becomes true when anything was taken.
    async fn follow(&self, anew: bool, moved: &mut bool) -> Result<(), Break> {
        self.settle().await?;
        let mut resume_token = self.store.scored().await?.unwrap_or_default().resume_token;
        if anew {
            resume_token.clear();
        }
        let stream = self.peer.watch(&resume_token).await?;
        if resume_token.is_empty() {
            self.store.begin_scores().await?;
            self.progress.scored(0);
        }
        let mut batches = stream.ready_chunks(BATCH);
        while let Some(messages) = batches.next().await {
            let mut batch = ScoresBatch::default();
            let mut broken = None;
            for message in messages {
                let told = match message {
                    Ok(told) => told,
                    Err(error) => {
                        broken = Some(error);
                        break;
                    }
                };
                let ends_snapshot = matches!(told.event, ScoresEvent::SnapshotEnd);
                add(&mut batch, told);
                if ends_snapshot {
                    // What was not in the snapshot goes before anything newer comes.
                    batch.ends_snapshot = true;
                    self.take(std::mem::take(&mut batch)).await?;
                }
            }
            self.take(batch).await?;
            *moved |= broken.is_none();
            if let Some(error) = broken {
                return Err(error.into());
            }
            self.settle().await?;
        }
        Ok(())
    }

    /// Tells of removals that happened while nobody was there to be told.
    async fn settle(&self) -> Result<(), Break> {
        for id in self.store.owed_erasures().await? {
            self.peer.erase(format!("creators/{id}")).await?;
            self.store.settle_erasure(&id).await?;
        }
        Ok(())
    }

    async fn take(&self, batch: ScoresBatch) -> Result<(), Break> {
        if batch.states.is_empty() && batch.followed.is_none() && !batch.ends_snapshot {
            return Ok(());
        }
        let position = batch.followed.as_ref().map(|followed| followed.position);
        runs::run(self.store.take_scores(batch)).await?;
        if let Some(position) = position {
            self.progress.scored(position);
        }
        Ok(())
    }
}

fn add(batch: &mut ScoresBatch, told: ScoresTold) {
    match told.event {
        ScoresEvent::State(id, state) => _ = batch.states.insert(id, state),
        ScoresEvent::SnapshotEnd | ScoresEvent::Heartbeat => {}
        ScoresEvent::Strange(error) => info!(%error, "news of something that is no creator are left out"),
    }
    if told.followed.is_some() {
        batch.followed = told.followed;
    }
}

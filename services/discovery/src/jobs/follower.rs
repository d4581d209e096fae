//! Owns following the metrics service: its definitions, a snapshot, then deltas, and going on after breaks. Never how metrics
//! are stored.

use std::time::Duration;

use creatorscope_kit::{role::BoxError, runs, task};
use futures::StreamExt;
use thiserror::Error;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    convert::{Event, Told},
    grpc::peer::{Metrics, PeerError},
    progress::Progress,
    store::{MetricsBatch, Store, StoreError},
};

/// The most messages that are written at once.
const BATCH: usize = 500;
/// How often is looked how far another replica has come.
const LOOK: Duration = Duration::from_millis(500);
const RETRY_LEAST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(10);

/// Lets the tables follow the metrics service.
#[derive(Clone)]
pub(crate) struct Follower {
    pub(crate) store: Store,
    pub(crate) peer: Metrics,
    pub(crate) progress: Progress,
    /// Tells which metrics there are.
    pub(crate) metrics: watch::Sender<Vec<String>>,
}

/// Why a session with the metrics service ended.
#[derive(Debug, Error)]
enum Break {
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error("the metrics service ended the stream")]
    End,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Follower {
    /// Runs until it is stopped; the peer may come and go. Errors: the tables cannot be used, and trying again will not help.
    pub(crate) async fn run(self, stop: CancellationToken) -> Result<(), BoxError> {
        let mut attempt = 0;
        let mut anew = false;
        loop {
            let mut moved = false;
            let ended = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                ended = self.session(anew, &mut moved) => ended,
            };
            if moved {
                attempt = 0;
            }
            anew = matches!(&ended, Break::Peer(error) if error.is_expired());
            match ended {
                Break::Store(StoreError::Db(error)) if error.is_transient() => {
                    warn!(%error, "following the metrics service waits for the database");
                }
                Break::Store(error) => return Err(error.into()),
                Break::Peer(_) if anew => {
                    info!("the metrics service's log does not reach back; everything is read anew");
                }
                Break::Peer(error) if attempt > 0 && !error.is_away() => {
                    warn!(%error, "the metrics service cannot be followed");
                }
                away if attempt == 0 => info!(reason = %away, "the metrics service is away; waiting for it"),
                away => debug!(reason = %away, attempt, "the metrics service is away"),
            }
            let delay = task::backoff(attempt, RETRY_LEAST, RETRY_MOST);
            attempt += 1;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(delay) => {}
            }
        }
    }

    /// Tells how far the tables are, and which metrics there are, while another replica lets them follow, until it is stopped.
    pub(crate) async fn look_on(self, stop: CancellationToken) -> Result<(), BoxError> {
        let look = async {
            loop {
                if let Ok(followed) = self.store.followed().await {
                    self.progress.followed(followed.unwrap_or_default().position);
                }
                if let Ok(fields) = self.store.metric_fields().await {
                    self.tell(&fields);
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        stop.run_until_cancelled(look).await;
        Ok(())
    }

    /// One connection, `anew` from a snapshot on. `moved` becomes true when anything was taken.
    async fn session(&self, anew: bool, moved: &mut bool) -> Break {
        match self.follow(anew, moved).await {
            Ok(()) => Break::End,
            Err(ended) => ended,
        }
    }

    async fn follow(&self, anew: bool, moved: &mut bool) -> Result<(), Break> {
        let definitions = self.peer.definitions().await?;
        let known = self.store.metric_fields().await?;
        let mut resume_token = self.store.followed().await?.unwrap_or_default().resume_token;
        // What was followed so far lacks the values of fields that are new.
        if anew || (!known.is_empty() && known != definitions.fields) {
            resume_token.clear();
        }
        if resume_token.is_empty() {
            self.store.begin_snapshot().await?;
            self.progress.followed(0);
        }
        self.learn(&known, &definitions.fields).await?;
        let stream = self.peer.watch(&resume_token, definitions).await?;
        let mut batches = stream.ready_chunks(BATCH);
        while let Some(messages) = batches.next().await {
            let mut batch = MetricsBatch::default();
            let mut broken = None;
            for message in messages {
                let told = match message {
                    Ok(told) => told,
                    Err(error) => {
                        broken = Some(error);
                        break;
                    }
                };
                let ends_snapshot = matches!(told.event, Event::SnapshotEnd);
                add(&mut batch, told);
                if ends_snapshot {
                    // What was not in the snapshot goes before anything newer comes.
                    batch.ends_snapshot = true;
                    self.take(std::mem::take(&mut batch)).await?;
                }
            }
            self.take(batch).await?;
            *moved = true;
            if let Some(error) = broken {
                return Err(error.into());
            }
        }
        Ok(())
    }

    async fn learn(&self, known: &[String], fields: &[String]) -> Result<(), Break> {
        if known != fields {
            self.store.set_metric_fields(fields).await?;
        }
        self.tell(fields);
        Ok(())
    }

    fn tell(&self, fields: &[String]) {
        self.metrics.send_if_modified(|known| {
            let differs = known != fields;
            fields.clone_into(known);
            differs
        });
    }

    async fn take(&self, batch: MetricsBatch) -> Result<(), Break> {
        if batch.states.is_empty() && batch.followed.is_none() && !batch.ends_snapshot {
            return Ok(());
        }
        let position = batch.followed.as_ref().map(|followed| followed.position);
        runs::run(self.store.take_metrics(batch)).await?;
        if let Some(position) = position {
            self.progress.followed(position);
        }
        Ok(())
    }
}

fn add(batch: &mut MetricsBatch, told: Told) {
    match told.event {
        Event::Metrics(id, snapshot) => _ = batch.states.insert(id, Some(snapshot)),
        Event::Removed(id) => _ = batch.states.insert(id, None),
        Event::SnapshotEnd | Event::Heartbeat => {}
        Event::Strange(error) => warn!(%error, "news of something that is no creator are left out"),
    }
    if told.followed.is_some() {
        batch.followed = told.followed;
    }
}

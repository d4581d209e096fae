//! Owns following discovery's profiles: a snapshot, then deltas, and going on after breaks. Never what a cohort is.

use std::{collections::BTreeMap, time::Duration};

use creatorscope_kit::{reached::Reached, role::BoxError, runs, task, token::Token};
use futures::StreamExt;
use thiserror::Error;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    cohort::Traits,
    error::MetricsError,
    grpc::peer::{Discovery, PeerError, Told},
    store::{Place, Store, TraitsRow},
};

/// The name of the job's place; its position is the number of the last snapshot, its detail the resume token.
pub const JOB: &str = "profiles";
/// The most messages that are written at once.
const BATCH: usize = 500;
/// How often the resume token is stored when no profile differs; what comes twice changes nothing.
const NOTE_EVERY: Duration = Duration::from_secs(5);
/// How often is looked how far another replica has come.
const LOOK: Duration = Duration::from_millis(500);
const RETRY_LEAST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(10);

/// Lets the traits of creators follow the discovery service.
#[derive(Clone)]
pub struct Follower {
    /// Where everything is stored.
    pub store: Store,
    /// The discovery service.
    pub peer: Discovery,
    /// How far the traits are, in discovery's log.
    pub reached: Reached,
}

/// Why a session ended.
#[derive(Debug, Error)]
enum Break {
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error("the discovery service ended the stream")]
    End,
    #[error(transparent)]
    Store(#[from] MetricsError),
}

impl From<creatorscope_kit::db::DbError> for Break {
    fn from(error: creatorscope_kit::db::DbError) -> Self {
        Self::Store(error.into())
    }
}

/// What was told and is not stored yet.
#[derive(Default)]
struct Batch {
    rows: BTreeMap<String, Option<Traits>>,
    token: Option<String>,
}

/// Tells how far the traits are while another replica lets them follow, until it is stopped.
pub async fn look_on(store: Store, reached: Reached, stop: CancellationToken) -> Result<(), BoxError> {
    let look = async {
        loop {
            if let Ok(place) = store.place(JOB).await {
                reached.publish(place.map_or(0, |place| position(&place.detail)));
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    stop.run_until_cancelled(look).await;
    Ok(())
}

impl Follower {
    /// Runs until it is stopped; the peer may come and go. Errors: the tables cannot be used, and trying again will not help.
    pub async fn run(self, stop: CancellationToken) -> Result<(), BoxError> {
        let mut attempt = 0;
        let mut anew = false;
        loop {
            let mut moved = false;
            let ended = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                ended = self.session(anew, &mut moved) => ended,
            };
            if stop.is_cancelled() {
                return Ok(());
            }
            if moved {
                attempt = 0;
            }
            anew = matches!(&ended, Break::Peer(error) if error.is_expired());
            match ended {
                Break::Store(error) if error.is_transient() => {
                    warn!(%error, "following the discovery service waits for the database");
                }
                Break::Store(error) => return Err(error.into()),
                Break::Peer(_) if anew => {
                    info!("the discovery service's log does not reach back; everything is read anew");
                }
                Break::Peer(error) if attempt > 0 && !error.is_away() => {
                    warn!(%error, "the discovery service cannot be followed");
                }
                away if attempt == 0 => info!(reason = %away, "the discovery service is away; waiting for it"),
                away => debug!(reason = %away, attempt, "the discovery service is away"),
            }
            let delay = task::backoff(attempt, RETRY_LEAST, RETRY_MOST);
            attempt += 1;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(delay) => {}
            }
        }
    }

    /// One connection, `anew` from a snapshot on. `moved` becomes true when anything was taken.
    async fn session(&self, anew: bool, moved: &mut bool) -> Break {
        match self.follow(anew, moved).await {
            Ok(()) => Break::End,
            Err(ended) => ended,
        }
    }

    async fn follow(&self, anew: bool, moved: &mut bool) -> Result<(), Break> {
        let mut place = self.store.place(JOB).await?.unwrap_or_default();
        if anew || place.detail.is_empty() {
            place = Place { position: place.position + 1, detail: String::new() };
            self.reached.publish(0);
        } else {
            self.reached.publish(position(&place.detail));
        }
        let mut batches = self.peer.watch(&place.detail).await?.ready_chunks(BATCH);
        let mut noted = Instant::now();
        while let Some(messages) = batches.next().await {
            let mut batch = Batch::default();
            let mut broken = None;
            for message in messages {
                match message {
                    Ok((Told::Creator(id, traits), token)) => batch.add(id, Some(traits), token),
                    Ok((Told::Removed(id), token)) => batch.add(id, None, token),
                    Ok((Told::Heartbeat, token)) => batch.pass(token),
                    Ok((Told::SnapshotEnd, token)) => {
                        // Who was not in the snapshot goes before anything newer comes.
                        batch.pass(token);
                        self.take(std::mem::take(&mut batch), &mut place, true).await?;
                    }
                    Err(error) => {
                        broken = Some(error);
                        break;
                    }
                }
            }
            if !batch.rows.is_empty() || (batch.token.is_some() && noted.elapsed() > NOTE_EVERY) {
                self.take(batch, &mut place, false).await?;
                noted = Instant::now();
            } else if let Some(token) = batch.token {
                self.reached.publish(position(&token));
            }
            *moved = true;
            if let Some(error) = broken {
                return Err(error.into());
            }
        }
        Ok(())
    }

    async fn take(&self, batch: Batch, place: &mut Place, ends_snapshot: bool) -> Result<(), Break> {
        if let Some(token) = batch.token {
            place.detail = token;
        }
        let rows = batch.rows.into_iter().map(|(creator_id, traits)| TraitsRow { creator_id, traits }).collect();
        runs::run(self.store.keep_traits(rows, JOB, place, ends_snapshot)).await?;
        if !place.detail.is_empty() {
            self.reached.publish(position(&place.detail));
        }
        Ok(())
    }
}

impl Batch {
    fn add(&mut self, id: String, traits: Option<Traits>, token: String) {
        self.rows.insert(id, traits);
        self.pass(token);
    }

    fn pass(&mut self, token: String) {
        if !token.is_empty() {
            self.token = Some(token);
        }
    }
}

/// The position in discovery's log; 0 of a token that is none.
fn position(token: &str) -> i64 {
    Token::parse(token, "resume_token").map_or(0, |token| token.position)
}

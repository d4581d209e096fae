//! Owns keeping a vector for the text of each creator, as the scoring service makes them. Never what vectors are used for.
//!
//! The job follows the log of this service by itself, so the index never waits for it. With another model all vectors are
//! made anew; until then creators without one are found by their words alone.

use std::time::Duration;

use creatorscope_kit::{changes::ReadError, reached::Reached, role::BoxError, runs, task};
use thiserror::Error;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    grpc::{
        peer::PeerError,
        scoring::{MAX_TEXTS, Scoring},
    },
    meaning::{Vectors, quantised, text},
    model::CreatorRecord,
    store::{Store, StoreError, StoredVector},
};

/// Vectors that are loaded at once.
const PAGE: usize = 1_000;
/// How often it is asked which model answers.
const LOOK: Duration = Duration::from_secs(60);
const RETRY_LEAST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(30);
/// What is asked to learn the model.
const PROBE: &str = "music";

/// Keeps vectors.
pub(crate) struct Embedder {
    pub(crate) store: Store,
    pub(crate) peer: Scoring,
    pub(crate) vectors: Vectors,
    /// How far they are, in this service's log.
    pub(crate) reached: Reached,
}

/// Why a session ended.
#[derive(Debug, Error)]
enum Break {
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error("the scoring service answered with {0} vectors for {1} texts")]
    Count(usize, usize),
    #[error("the scoring service thinks in no model")]
    NoModel,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ReadError> for Break {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Db(error) => Self::Store(error.into()),
            // The caller looks at all creators anew instead.
            ReadError::Expired { .. } => Self::NoModel,
        }
    }
}

impl Embedder {
    /// Runs until it is stopped; the peer may come and go. Errors: the tables cannot be used, and trying again will not help.
    pub(crate) async fn run(self, stop: CancellationToken) -> Result<(), BoxError> {
        let mut attempt = 0;
        let mut is_loaded = false;
        loop {
            let mut moved = false;
            let ended = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                ended = self.session(&mut is_loaded, &mut moved) => ended,
            };
            if moved {
                attempt = 0;
            }
            match ended {
                Ok(()) => attempt = 0,
                Err(Break::Store(StoreError::Db(error))) if error.is_transient() => {
                    warn!(%error, "vectors wait for the database");
                }
                Err(Break::Store(error)) => return Err(error.into()),
                Err(away) if attempt == 0 => info!(reason = %away, "creators are given no meaning for now"),
                Err(away) => debug!(reason = %away, attempt, "creators are given no meaning"),
            }
            let delay = task::backoff(attempt, RETRY_LEAST, RETRY_MOST);
            attempt += 1;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(delay) => {}
            }
        }
    }

    /// Follows the log until it is time to ask for the model again.
    async fn session(&self, is_loaded: &mut bool, moved: &mut bool) -> Result<(), Break> {
        if !*is_loaded {
            self.load().await?;
            *is_loaded = true;
        }
        let probe = self.peer.embed(vec![PROBE.to_owned()]).await?;
        let model = probe.into_iter().next().map(|answer| answer.model).filter(|model| !model.is_empty());
        let model = model.ok_or(Break::NoModel)?;
        *moved = true;
        if self.vectors.model() != model {
            info!(model, "creators are given a meaning by another model");
            self.vectors.begin(&model);
            self.store.set_vectors_followed(&model, 0).await?;
        }
        let mut cursor = self.store.vectors_followed().await?.map_or(0, |(_, position)| position);
        let began = Instant::now();
        while began.elapsed() < LOOK {
            let read = if cursor > 0 { Some(self.store.log().read(cursor, MAX_TEXTS).await) } else { None };
            let changes = match read {
                None | Some(Err(ReadError::Expired { .. })) => {
                    cursor = runs::run(self.look_at_all(&model)).await?;
                    self.store.set_vectors_followed(&model, cursor).await?;
                    continue;
                }
                Some(changes) => changes?,
            };
            self.reached.publish(cursor);
            let Some(last) = changes.last().map(|change| change.position) else {
                let left = LOOK.saturating_sub(began.elapsed());
                _ = tokio::time::timeout(left, self.store.log().wait_beyond(cursor)).await;
                continue;
            };
            let mut ids: Vec<&str> = changes.iter().map(|change| change.key.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            let records = self.store.creators(ids.iter().copied()).await?;
            let is_known = |id: &&str| records.iter().any(|record| record.creator.id.as_str() == *id);
            let none: &[u8] = &[];
            self.vectors.set(&model, ids.iter().copied().filter(|id| !is_known(id)).map(|id| (id, none)));
            runs::run(self.embed(&model, &records)).await?;
            cursor = last;
            self.store.set_vectors_followed(&model, cursor).await?;
        }
        Ok(())
    }

    /// Reads the vectors that were made before.
    async fn load(&self) -> Result<(), StoreError> {
        let Some((model, _)) = self.store.vectors_followed().await? else { return Ok(()) };
        self.vectors.begin(&model);
        let mut after = String::new();
        loop {
            let page = self.store.vectors_after(&after, PAGE).await?;
            let Some(last) = page.last() else { break };
            last.creator.clone_into(&mut after);
            let own = page.iter().filter(|vector| vector.model == model);
            self.keep(&model, own);
        }
        debug!(model, creators = self.vectors.len(), "vectors are loaded");
        Ok(())
    }

    /// Answers with the position in the log from which on it must follow.
    async fn look_at_all(&self, model: &str) -> Result<i64, Break> {
        // The place is taken before the tables are read: what changes meanwhile is looked at again afterwards. A log without
        // changes is at 0, which stands for creators that were not looked at.
        let head = self.store.log().head().await.map_err(StoreError::from)?;
        let mut after = String::new();
        loop {
            let records = self.store.creators_after(&after, MAX_TEXTS).await?;
            let Some(last) = records.last() else { break };
            last.creator.id.as_str().clone_into(&mut after);
            self.embed(model, &records).await?;
        }
        if head == 0 {
            self.store.log().wait_beyond(0).await;
        }
        Ok(head)
    }

    /// Gives creators their vectors, at most [`MAX_TEXTS`] at once. Those whose text is as it was keep theirs.
    async fn embed(&self, model: &str, records: &[CreatorRecord]) -> Result<(), Break> {
        let known = self.store.vectors(records.iter().map(|record| record.creator.id.as_str())).await?;
        let mut kept = Vec::new();
        let (mut fresh, mut texts) = (Vec::new(), Vec::new());
        for record in records {
            let creator = record.creator.id.as_str().to_owned();
            let text = text(&record.creator);
            let text_hash = blake3::hash(text.as_bytes()).to_hex().to_string();
            match known.get(&creator).filter(|vector| vector.model == model && vector.text_hash == text_hash) {
                Some(vector) => kept.push(vector.clone()),
                None => {
                    let model = model.to_owned();
                    fresh.push((StoredVector { creator, model, text_hash, components: Vec::new() }, !text.is_empty()));
                    texts.extend(Some(text).filter(|text| !text.is_empty()));
                }
            }
        }
        let asked = texts.len();
        let answers = if texts.is_empty() { Vec::new() } else { self.peer.embed(texts).await? };
        if answers.len() != asked {
            return Err(Break::Count(answers.len(), asked));
        }
        if answers.iter().any(|answer| answer.model != model) {
            // It changed just now; the next session begins anew with it.
            return Err(Break::NoModel);
        }
        let mut answers = answers.into_iter();
        let mut vectors = Vec::with_capacity(fresh.len());
        for (mut vector, has_text) in fresh {
            let answer = if has_text { answers.next() } else { None };
            vector.components = answer.and_then(|answer| quantised(&answer.components)).unwrap_or_default();
            vectors.push(vector);
        }
        if !vectors.is_empty() {
            self.store.set_vectors(&vectors).await?;
        }
        self.keep(model, kept.iter().chain(&vectors));
        Ok(())
    }

    fn keep<'a>(&self, model: &str, vectors: impl Iterator<Item = &'a StoredVector>) {
        let without_room =
            self.vectors.set(model, vectors.map(|vector| (vector.creator.as_str(), vector.components.as_slice())));
        if without_room > 0 {
            debug!(creators = without_room, "there is no room for vectors: discovery.vectors_megabytes");
        }
    }
}

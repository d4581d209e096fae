//! Owns the use case of taking comments: reading them on a thread of its own, storing them to the end. Never the stream.

use std::sync::Arc;

use creatorscope_kit::{fault::Violations, figures, task};
use creatorscope_proto::{common::v1::ItemRejection, scoring::v1 as pb};
use tracing::warn;

use super::Service;
use crate::{
    convert::ingest::{Batch, Desk, batch},
    error::ScoringError,
    model::unknown_number,
    reading::with_scratch,
    second::{self, SecondReader},
    store::Landed,
};

/// What the items are, for who counts them.
const COMMENTS: &str = "comments";

/// What came of a message; durable.
#[derive(Debug, Default)]
pub struct Receipt {
    /// Comments that were not known.
    pub accepted: i32,
    /// Comments that were known from an earlier reading.
    pub updated: i32,
    /// Comments that were known already.
    pub duplicates: i32,
    /// What was not taken.
    pub rejections: Vec<ItemRejection>,
    /// The place in the change log.
    pub position: i64,
    /// Accepted comments without a sentiment: no text, language unknown, language not supported.
    pub unknown: [i64; 3],
}

impl Service {
    /// Checks and reads the comments of a message. Errors: the database's, violations of the message.
    pub async fn read_comments(&self, comments: Vec<pb::Comment>) -> Result<Batch, ScoringError> {
        let desk = Desk {
            keys: self.store.keys().await?,
            retention: *self.store.retention(),
            now: self.clock.now(),
            keeps_excerpts: self.config.keep_excerpts(),
            sample_size: if self.encoders.is_some() { self.config.encoder_sample() } else { 0 },
        };
        let read = move || with_scratch(|scratch| batch(comments, &desk, scratch));
        let read: Result<Batch, Violations> = task::blocking(read).await?;
        let mut batch = read?;
        if let Some(encoders) = &self.encoders
            && let Err(error) = self.read_sample(encoders, &mut batch).await
        {
            warn!(%error, "the encoders have no part in a message of comments; the built-in model read it");
        }
        Ok(batch)
    }

    /// Has the encoders read the comments of a message that come into their creator's sample. Messages take turns, and nobody who
    /// writes waits for it. Errors: the database's, a reader that broke off; then no comment of the message has a part in a sample.
    async fn read_sample(&self, encoders: &Arc<dyn SecondReader>, batch: &mut Batch) -> Result<(), ScoringError> {
        let candidates = std::mem::take(&mut batch.candidates);
        if candidates.creators().next().is_none() {
            return Ok(());
        }
        let known = self.store.sampled(candidates.creators()).await?;
        let chosen = candidates.choose(&known, second::MOST_OF_MESSAGE);
        let turn = Arc::clone(&self.encoders_turn).acquire_owned().await.map_err(|_| ScoringError::Stopped)?;
        let reader = Arc::clone(encoders);
        let read = move || {
            let _turn = turn;
            let texts: Vec<&str> = chosen.texts.iter().map(|(_, text)| text.as_str()).collect();
            let readings = with_scratch(|scratch| reader.read(&texts, scratch));
            (chosen, readings)
        };
        let (chosen, readings) = task::blocking(read).await?;
        second::note(&mut batch.comments, encoders.model(), &chosen, readings);
        Ok(())
    }

    /// Stores a message that was read, to its end even when nobody waits for it any more: a caller that stalls must not hold the
    /// writer's place. Errors: the database's; then nothing is stored.
    pub async fn keep_comments(&self, batch: Batch) -> Result<Receipt, ScoringError> {
        let reasons: Vec<_> = batch.comments.iter().map(|comment| comment.score.sentiment.err()).collect();
        let (store, comments) = (self.store.clone(), batch.comments);
        let storing = task::spawn("ingest comments", async move { store.ingest(comments).await });
        let ingested = storing.await.map_err(|_| ScoringError::Stopped)??;
        let mut receipt = Receipt { rejections: batch.rejections, position: ingested.position, ..Receipt::default() };
        for (landed, reason) in ingested.landed.into_iter().zip(reasons) {
            match landed {
                Landed::Accepted => {
                    receipt.accepted += 1;
                    if let Some(reason) = reason {
                        // The numbers of reasons are 1 to 3.
                        receipt.unknown[unknown_number(reason) as usize - 1] += 1;
                    }
                }
                Landed::Updated => receipt.updated += 1,
                Landed::Duplicate => receipt.duplicates += 1,
            }
        }
        let items = |count: i32| usize::try_from(count).unwrap_or(0);
        figures::taken(COMMENTS, "accepted", items(receipt.accepted));
        figures::taken(COMMENTS, "updated", items(receipt.updated));
        figures::taken(COMMENTS, "duplicate", items(receipt.duplicates));
        for rejection in &receipt.rejections {
            figures::refused(COMMENTS, rejection.violations.first().map(|violation| violation.reason.as_str()));
        }
        Ok(receipt)
    }
}

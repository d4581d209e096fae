//! Owns keeping the index behind the log of this service, and building it anew when it does not fit. Never how a document
//! is made.

use std::{collections::HashSet, path::PathBuf, sync::Arc, time::Duration};

use creatorscope_kit::{changes::ReadError, fault::causes, role::BoxError, runs, task};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    filter::Fields,
    index::{Generation, Index, Memory},
    model::CreatorRecord,
    progress::Progress,
    service::ServiceError,
    store::Store,
};

/// Changes that are read at once, and creators that a rebuild loads at once.
const PAGE: usize = 1_000;
const RETRY_LEAST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(5);

/// Lets the index follow the log.
pub(crate) struct Indexer {
    pub(crate) store: Store,
    pub(crate) index: Index,
    pub(crate) folder: PathBuf,
    /// What the indexes may hold in memory.
    pub(crate) memory: Memory,
    pub(crate) progress: Progress,
    /// The metrics that creators are to be indexed by.
    pub(crate) metrics: watch::Receiver<Vec<String>>,
    /// While changes flow, the index shows them after so long at the latest.
    pub(crate) delay: Duration,
    /// Changes up to this position are written; none when the index must be filled.
    pub(crate) cursor: Option<i64>,
}

impl Indexer {
    /// Runs until it is stopped. Errors: the index or the tables cannot be used, and trying again will not help.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> Result<(), BoxError> {
        let mut attempt = 0;
        loop {
            let worked = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                worked = self.follow() => worked,
            };
            match worked {
                Ok(()) => attempt = 0,
                Err(error) if error.is_transient() => {
                    warn!(error = %causes(&error), "the index waits for the database");
                    tokio::time::sleep(task::backoff(attempt, RETRY_LEAST, RETRY_MOST)).await;
                    attempt += 1;
                }
                Err(ServiceError::Index(error)) if error.is_of_disk() => {
                    warn!(error = %causes(&error), "the index waits for the disk");
                    tokio::time::sleep(task::backoff(attempt, RETRY_LEAST, RETRY_MOST)).await;
                    attempt += 1;
                    let generation = self.index.current();
                    task::blocking(move || generation.roll_back()).await??;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Follows until other metrics are to be indexed or something goes wrong. What was written and not committed is written
    /// again after a stop.
    async fn follow(&mut self) -> Result<(), ServiceError> {
        let metrics = self.metrics.borrow_and_update().clone();
        let wanted = Fields::new(metrics.clone());
        if wanted != *self.index.current().fields() {
            self.change_generation(wanted).await?;
        }
        self.progress.shown(&metrics);
        let Some(start) = self.cursor else {
            let generation = self.index.current();
            let head = runs::run(self.fill(&generation)).await?;
            self.cursor = Some(head);
            self.progress.indexed(head);
            return Ok(());
        };
        let mut cursor = start;
        let mut uncommitted: Option<Instant> = None;
        loop {
            if self.metrics.has_changed().unwrap_or(false) {
                return Ok(());
            }
            let changes = match self.store.log().read(cursor, PAGE).await {
                Ok(changes) => changes,
                Err(ReadError::Expired { oldest, newest }) => {
                    info!(cursor, oldest, newest, "the log does not reach back to the index, which is built anew");
                    self.cursor = None;
                    return Ok(());
                }
                Err(ReadError::Db(error)) => return Err(crate::store::StoreError::from(error).into()),
            };
            if let Some(last) = changes.last().map(|change| change.position) {
                let keys: HashSet<String> = changes.into_iter().map(|change| change.key).collect();
                runs::run(self.write(keys)).await?;
                cursor = last;
                let since = *uncommitted.get_or_insert_with(Instant::now);
                if since.elapsed() < self.delay {
                    continue;
                }
            }
            if uncommitted.take().is_some() {
                self.commit(cursor).await?;
                continue;
            }
            tokio::select! {
                () = self.store.log().wait_beyond(cursor) => {}
                Ok(()) = self.metrics.changed() => return Ok(()),
            }
        }
    }

    async fn write(&self, ids: HashSet<String>) -> Result<(), ServiceError> {
        let records = self.store.creators(ids.iter().map(String::as_str)).await?;
        let known: HashSet<&str> = records.iter().map(|record| record.creator.id.as_str()).collect();
        let gone = ids.iter().filter(|id| !known.contains(id.as_str())).map(|id| (format!("creators/{id}"), None));
        let mut states: Vec<(String, Option<CreatorRecord>)> = gone.collect();
        states.extend(records.into_iter().map(|record| (record.creator.id.name(), Some(record))));
        let generation = self.index.current();
        task::blocking(move || generation.write(&states)).await??;
        Ok(())
    }

    async fn commit(&mut self, cursor: i64) -> Result<(), ServiceError> {
        let generation = self.index.current();
        task::blocking(move || generation.commit(cursor)).await??;
        self.cursor = Some(cursor);
        self.progress.indexed(cursor);
        Ok(())
    }

    /// Lets an index for other metrics answer, as soon as it is filled.
    async fn change_generation(&mut self, fields: Fields) -> Result<(), ServiceError> {
        info!(metrics = fields.metrics().len(), "the index is built for another list of metrics");
        let (folder, memory) = (self.folder.clone(), self.memory.clone());
        let (generation, cursor) = task::blocking(move || Generation::open(&folder, fields, &memory)).await??;
        let generation = Arc::new(generation);
        let cursor = match cursor {
            Some(cursor) => cursor,
            None => self.fill(&generation).await?,
        };
        // Between these lines neither index may seem to show what only the other does.
        self.progress.indexed(cursor.min(self.progress.indexed_now()));
        self.index.replace(generation.clone());
        self.cursor = Some(cursor);
        self.progress.indexed(cursor);
        let folder = self.folder.clone();
        task::blocking(move || generation.remove_others(&folder)).await??;
        Ok(())
    }

    /// Writes all creators into an index and answers with the position from which on it must follow.
    async fn fill(&self, generation: &Arc<Generation>) -> Result<i64, ServiceError> {
        // The place is taken before the tables are read: what changes meanwhile is written again afterwards.
        let head = self.store.log().head().await.map_err(crate::store::StoreError::from)?;
        let empty = generation.clone();
        task::blocking(move || empty.clear()).await??;
        let mut after = String::new();
        let mut count = 0;
        loop {
            let records = self.store.creators_after(&after, PAGE).await?;
            let Some(last) = records.last() else { break };
            last.creator.id.as_str().clone_into(&mut after);
            count += records.len();
            let states: Vec<_> = records.into_iter().map(|record| (record.creator.id.name(), Some(record))).collect();
            let filled = generation.clone();
            task::blocking(move || filled.write(&states)).await??;
        }
        let filled = generation.clone();
        task::blocking(move || filled.commit(head)).await??;
        info!(creators = count, "the index is built");
        Ok(head)
    }
}

//! Owns the newest changes in memory, read once for all who follow the log. Never the log's truth: who is further behind reads
//! the database.
//!
//! One task reads the log while anybody follows it, when a change was published and otherwise once a second. It keeps a
//! bounded number of changes; a follower that stalls costs nothing and finds itself behind them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use super::{Change, POLL, ReadError, read};
use crate::{
    db::{Db, DbError},
    task,
};

/// Changes that are kept, about 100 bytes each.
const KEPT: usize = 8_192;
/// Changes that are read at once.
const PART: usize = 2_048;

/// The newest changes of one log.
#[derive(Debug)]
pub(super) struct Tail {
    ring: Mutex<Ring>,
    told: watch::Sender<Told>,
}

#[derive(Debug, Default)]
struct Ring {
    /// Whether the task runs.
    runs: bool,
    /// All changes behind `start` up to `end`, in their order; none when nothing was read yet.
    span: Option<(i64, i64)>,
    changes: VecDeque<Arc<Change>>,
}

/// What the task last found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Told {
    end: i64,
    failures: u64,
}

/// Follows a log; while there is one, the newest changes are read.
#[derive(Debug)]
pub struct Follower {
    tail: Arc<Tail>,
    told: watch::Receiver<Told>,
    failures: u64,
}

/// The log could not be read for its followers.
#[derive(Debug, thiserror::Error)]
#[error("the change log could not be read for those who follow it")]
pub struct Unread;

impl Tail {
    pub(super) fn new() -> Self {
        Self { ring: Mutex::default(), told: watch::channel(Told::default()).0 }
    }

    pub(super) fn follow(self: &Arc<Self>, db: &Db, published: &watch::Sender<i64>) -> Follower {
        // Counted as a follower before the look whether the task runs: it ends only under the lock and without followers.
        let told = self.told.subscribe();
        let failures = told.borrow().failures;
        let mut ring = self.lock();
        if !ring.runs {
            *ring = Ring { runs: true, ..Ring::default() };
            task::spawn("follow the change log", run(Arc::clone(self), db.clone(), published.clone()));
        }
        drop(ring);
        Follower { tail: Arc::clone(self), told, failures }
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        // Nobody panics while holding it; and what is in it is right after every statement.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody follows any more; then the task has to end.
    fn is_left(&self) -> bool {
        let mut ring = self.lock();
        let left = self.told.receiver_count() == 0;
        if left {
            *ring = Ring::default();
        }
        left
    }

    /// Takes what was read behind `end`.
    fn extend(&self, changes: Vec<Change>) {
        let mut ring = self.lock();
        let (Some((mut start, _)), Some(last)) = (ring.span, changes.last().map(|change| change.position)) else {
            return;
        };
        ring.changes.extend(changes.into_iter().map(Arc::new));
        while ring.changes.len() > KEPT {
            start = ring.changes.pop_front().map_or(start, |change| change.position);
        }
        ring.span = Some((start, last));
    }

    fn begin(&self, head: i64) {
        let mut ring = self.lock();
        ring.changes.clear();
        ring.span = Some((head, head));
    }
}

impl Follower {
    /// Up to `limit` changes behind a position when they are at hand; none when the database has to be asked.
    pub fn at_hand(&self, after: i64, limit: usize) -> Option<Vec<Arc<Change>>> {
        let ring = self.tail.lock();
        let (start, end) = ring.span?;
        if !(start..=end).contains(&after) {
            return None;
        }
        let first = ring.changes.partition_point(|change| change.position <= after);
        Some(ring.changes.iter().skip(first).take(limit).cloned().collect())
    }

    /// Ends when there is a change behind `after`. Errors: the log could not be read; asking the database tells why.
    pub async fn beyond(&mut self, after: i64) -> Result<(), Unread> {
        let known = self.failures;
        let told = self.told.wait_for(|told| told.end > after || told.failures != known).await;
        self.failures = told.map_or(known, |told| told.failures);
        if self.failures == known { Ok(()) } else { Err(Unread) }
    }
}

async fn run(tail: Arc<Tail>, db: Db, published: watch::Sender<i64>) {
    let mut end = None;
    let mut news = published.subscribe();
    while !tail.is_left() {
        match fill(&tail, &db, &published, end).await {
            Ok(last) => {
                end = Some(last);
                tail.told.send_if_modified(|told| {
                    let rises = last > told.end;
                    told.end = last;
                    rises
                });
                // An error means that the log is gone; a timeout that another process may have written.
                _ = tokio::time::timeout(POLL, news.wait_for(|newest| *newest > last)).await;
            }
            Err(_) => {
                // Told to the followers, who ask the database themselves and answer with what it says.
                end = None;
                tail.told.send_modify(|told| told.failures += 1);
                tokio::time::sleep(FAILED).await;
            }
        }
    }
}

/// How long the log is left alone after it could not be read.
const FAILED: Duration = POLL;

/// Reads what came behind `end`; without one it begins at the newest. Answers with the new end.
async fn fill(tail: &Tail, db: &Db, published: &watch::Sender<i64>, end: Option<i64>) -> Result<i64, DbError> {
    let Some(mut end) = end else { return begin(tail, db).await };
    loop {
        match read(db, published, end, PART).await {
            Ok(changes) => {
                let count = changes.len();
                end = changes.last().map_or(end, |change| change.position);
                tail.extend(changes);
                if count < PART {
                    return Ok(end);
                }
            }
            // Trimmed faster than read, or another database: who was there is told so by the database.
            Err(ReadError::Expired { .. }) => return begin(tail, db).await,
            Err(ReadError::Db(error)) => return Err(error),
        }
    }
}

async fn begin(tail: &Tail, db: &Db) -> Result<i64, DbError> {
    let head = super::bounds(db).await?.0;
    tail.begin(head);
    Ok(head)
}

//! Owns the change log: what happened, in the order in which it became visible. Never what a change means.
//!
//! A change is written in the transaction of what it tells about. Positions are handed out from one row, whose lock is held
//! until the commit: so they become visible in their order, without gaps, on both databases, and a reader that has seen a
//! position has seen everything before it.

mod bell;
mod tail;

use std::{future::Future, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    db::{Arg, Conflict, Db, DbError, Tx, column, timestamp},
    role::BoxError,
};

pub use self::bell::Bell;
pub use self::tail::{Follower, Unread};
use self::{bell::Rope, tail::Tail};

/// Readers look again after so long even when nobody woke them: another process may have written.
const POLL: Duration = Duration::from_secs(1);

const COLUMNS: [crate::db::Column; 4] =
    [column::int("position"), column::text("key"), column::int("kind"), column::int("at")];

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place, from 1, rising by one.
    pub position: i64,
    /// What changed.
    pub key: String,
    /// How it changed, in the service's own numbers.
    pub kind: i64,
    /// When.
    pub at: Timestamp,
}

/// Why the log cannot be read from a place.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The log no longer, or never, reached to the place.
    #[error("the log holds changes {oldest} to {newest} only")]
    Expired {
        /// The first position that it holds.
        oldest: i64,
        /// The last.
        newest: i64,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// One service's change log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ChangeLog {
    db: Db,
    clock: Clock,
    published: watch::Sender<i64>,
    rope: Option<Rope>,
    /// Watchers are to end.
    closed: CancellationToken,
    tail: Arc<Tail>,
}

impl ChangeLog {
    /// The log in the service's database.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            published: watch::channel(0).0,
            rope: None,
            closed: CancellationToken::new(),
            tail: Arc::new(Tail::new()),
        }
    }

    /// The same log, which wakes the readers of the service's other replicas up too, and is woken up by them.
    pub fn rung_by(mut self, bell: &Bell, service: &'static str) -> Self {
        self.rope = bell.hang(service, &self.published);
        self
    }

    /// Writes changes, in order, and answers with the position of the last. Call it last in a transaction: on Postgres other
    /// writers of the log wait for the commit. Errors: the database's.
    pub async fn append(&self, tx: &mut Tx, changes: &[(&str, i64)]) -> Result<i64, DbError> {
        const TAKE: &str = "UPDATE change_head SET position = position + $1 WHERE id = 1 RETURNING position";
        let count = changes.len() as i64;
        let taken: Option<(i64,)> = tx.fetch_optional(TAKE, vec![Arg::from(count)]).await?;
        let last = taken.map_or(0, |(position,)| position);
        let at = self.clock.now();
        let rows = changes.iter().enumerate().map(|(place, (key, kind))| {
            vec![Arg::from(last - count + 1 + place as i64), Arg::from(*key), Arg::from(*kind), Arg::from(at)]
        });
        tx.insert("changes", &COLUMNS, rows.collect(), Conflict::Fail).await?;
        Ok(last)
    }

    /// Wakes readers up after the commit of a position, in this process at once and in others soon. It waits for nobody.
    pub fn published(&self, position: i64) {
        if raise(&self.published, position)
            && let Some(rope) = &self.rope
        {
            rope.ring(position);
        }
    }

    /// The newest position that was told of, here or by another replica; 0 before the first. The log may be further.
    pub fn told(&self) -> i64 {
        *self.published.borrow()
    }

    /// Reads up to `limit` changes behind a position. Errors: [`ReadError`].
    pub async fn read(&self, after: i64, limit: usize) -> Result<Vec<Change>, ReadError> {
        read(&self.db, &self.published, after, limit).await
    }

    /// Follows the log from memory, together with all others who do.
    pub fn follow(&self) -> Follower {
        self.tail.follow(&self.db, &self.published)
    }

    /// The position of the newest change; 0 when there never was one. Errors: the database's.
    pub async fn head(&self) -> Result<i64, DbError> {
        Ok(bounds(&self.db).await?.0)
    }

    /// The same for who only looks: none when the database does not answer.
    pub async fn newest(self) -> Option<i64> {
        self.head().await.ok()
    }

    /// Ends when a change behind `after` was published, or after a second.
    pub fn wait_beyond(&self, after: i64) -> impl Future<Output = ()> + Send + use<> {
        let mut published = self.published.subscribe();
        async move {
            // An error means that the log is gone; a timeout that another process may have written. Both are looked into.
            _ = tokio::time::timeout(POLL, published.wait_for(|newest| *newest > after)).await;
        }
    }

    /// A role's job: when the role stops, watchers end instead of keeping its server open. It answers nobody and never fails.
    pub async fn end_watches(self, stop: CancellationToken) -> Result<(), BoxError> {
        stop.cancelled().await;
        self.closed.cancel();
        Ok(())
    }

    /// Whether watchers are to end.
    pub fn is_closed(&self) -> bool {
        self.closed.is_cancelled()
    }

    /// Waits until watchers are to end.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        self.closed.clone().cancelled_owned()
    }

    /// Removes the changes of a key, for its erasure. Errors: the database's.
    pub async fn forget(&self, tx: &mut Tx, key: &str) -> Result<u64, DbError> {
        tx.execute("DELETE FROM changes WHERE key = $1", vec![key.into()]).await
    }

    /// Removes changes older than a time; tokens that point before them expire. Errors: the database's.
    pub async fn trim(&self, before: Timestamp) -> Result<u64, DbError> {
        const LAST: &str = "SELECT COALESCE(MAX(position), 0) FROM changes WHERE at < $1";
        const MARK: &str = "UPDATE change_head SET trimmed = $1 WHERE id = 1 AND trimmed < $1";
        let last: Option<(i64,)> = self.db.fetch_optional(LAST, vec![before.into()]).await?;
        let Some((last,)) = last.filter(|(last,)| *last > 0) else { return Ok(0) };
        let mut tx = self.db.begin().await?;
        tx.execute(MARK, vec![last.into()]).await?;
        let removed = tx.execute("DELETE FROM changes WHERE position <= $1", vec![last.into()]).await?;
        tx.commit().await?;
        Ok(removed)
    }
}

/// Notes a position that became visible; false when it was known.
fn raise(published: &watch::Sender<i64>, position: i64) -> bool {
    published.send_if_modified(|newest| {
        let rises = position > *newest;
        *newest = position.max(*newest);
        rises
    })
}

async fn read(db: &Db, published: &watch::Sender<i64>, after: i64, limit: usize) -> Result<Vec<Change>, ReadError> {
    let told = *published.borrow();
    const READ: &str = "SELECT position, key, kind, at FROM changes WHERE position > $1 ORDER BY position LIMIT $2";
    let rows: Vec<(i64, String, i64, i64)> = db.fetch(READ, vec![after.into(), (limit as i64).into()]).await?;
    // The bounds are read after the rows: what was trimmed in between is noticed here.
    let (newest, trimmed) = bounds(db).await?;
    if told > newest {
        // Somebody told of what is not there, e.g. of another database; nobody must wake up for it again and again.
        published.send_if_modified(|known| {
            *known = if *known == told { newest } else { *known };
            false
        });
    }
    if after < trimmed || after > newest {
        return Err(ReadError::Expired { oldest: trimmed + 1, newest });
    }
    let changes = rows.into_iter();
    Ok(changes.map(|(position, key, kind, at)| Change { position, key, kind, at: timestamp(at) }).collect())
}

/// The newest position, and the last that was trimmed.
async fn bounds(db: &Db) -> Result<(i64, i64), DbError> {
    const BOUNDS: &str = "SELECT position, trimmed FROM change_head WHERE id = 1";
    Ok(db.fetch_optional(BOUNDS, vec![]).await?.unwrap_or((0, 0)))
}

//! Owns the metrics tables: what is read and written, and in which transaction. Never a rule about numbers.

mod computed;
mod entry;
mod export;
mod ingest;
mod known;
mod load;
mod operations;
mod packed;
mod posts;
mod purge;
mod rows;
mod traits;

#[cfg(test)]
mod computed_contract;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod purge_contract;

use creatorscope_domain::{CreatorId, Retention, Source};
use creatorscope_kit::{
    changes::ChangeLog,
    clock::Clock,
    db::{Arg, Db, DbError, Engine, Migrations, Tx},
};
use jiff::Timestamp;

pub use self::{
    computed::{Computed, ComputedRow, Fresh, Known, Place},
    entry::Entry,
    export::{ExportCursor, RecordPart},
    ingest::{Difference, Ingested, Item, Landed},
    load::{CreatorFilter, CreatorState},
    operations::{Operation, OperationState, Scope},
    posts::{ListPlace, PostKey},
    purge::Purged,
    traits::TraitsRow,
};

/// The tables of this service.
pub const MIGRATIONS: Migrations = Migrations {
    sqlite: &[
        ("0001_init", include_str!("migrations/sqlite/0001_init.sql")),
        ("0002_computed", include_str!("migrations/sqlite/0002_computed.sql")),
        ("0003_truth", include_str!("migrations/sqlite/0003_truth.sql")),
        ("0004_post_versions", include_str!("migrations/sqlite/0004_post_versions.sql")),
    ],
    postgres: &[
        ("0001_init", include_str!("migrations/postgres/0001_init.sql")),
        ("0002_computed", include_str!("migrations/postgres/0002_computed.sql")),
        ("0003_truth", include_str!("migrations/postgres/0003_truth.sql")),
        ("0004_post_versions", include_str!("migrations/postgres/0004_post_versions.sql")),
    ],
};

/// The metrics tables with their change log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    log: ChangeLog,
    clock: Clock,
    retention: Retention,
}

/// What an erasure removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Posts, described or only counted.
    pub posts: i64,
    /// Readings of posts and of the account.
    pub observations: i64,
    /// The version that the creator had.
    pub version: i64,
    /// The place of the removal in the change log.
    pub position: i64,
    /// Sets of computed values.
    pub computed: i64,
    /// Entries of the change log.
    pub changes: i64,
}

impl Store {
    /// A store over tables that [`MIGRATIONS`] made.
    pub fn new(db: Db, log: ChangeLog) -> Self {
        Self { db, log, clock: Clock::system(), retention: Retention::unlimited() }
    }

    /// The same store that shows nothing longer than it may be kept.
    #[must_use]
    pub fn kept(self, retention: Retention, clock: Clock) -> Self {
        Self { clock, retention, ..self }
    }

    /// How long what is stored may be kept.
    pub fn retention(&self) -> &Retention {
        &self.retention
    }

    /// Whether what was read at a time may no longer be shown.
    fn is_expired(&self, source: Source, time: Timestamp) -> bool {
        self.retention.is_expired(source, time, self.clock.now())
    }

    /// The change log of these tables; keys are creator ids.
    pub fn log(&self) -> &ChangeLog {
        &self.log
    }

    /// Removes everything of a creator, its changes in the log included, and logs the removal. None when nothing is known.
    /// Errors: the database's.
    pub async fn erase(&self, creator: &CreatorId) -> Result<Option<Erased>, DbError> {
        const POSTS: &str = "SELECT COUNT(*) FROM (SELECT post_id FROM posts WHERE creator_id = $1 \
             UNION SELECT post_id FROM post_counts WHERE creator_id = $1) AS known";
        let key = || vec![Arg::from(creator.as_str())];
        let mut tx = self.db.begin().await?;
        let lock = format!("SELECT version FROM creators WHERE creator_id = $1{}", for_update(&tx));
        let Some((version,)) = tx.fetch_optional::<(i64,)>(lock, key()).await? else { return Ok(None) };
        let posts = tx.fetch_optional::<(i64,)>(POSTS, key()).await?.map_or(0, |(count,)| count);
        tx.execute("DELETE FROM posts WHERE creator_id = $1", key()).await?;
        let mut observations = tx.execute("DELETE FROM post_counts WHERE creator_id = $1", key()).await?;
        observations += tx.execute("DELETE FROM account_counts WHERE creator_id = $1", key()).await?;
        tx.execute("DELETE FROM purged_posts WHERE creator_id = $1", key()).await?;
        tx.execute("DELETE FROM creators WHERE creator_id = $1", key()).await?;
        let computed = computed::forget(&mut tx, creator.as_str()).await?.cast_signed();
        let changes = self.log.forget(&mut tx, creator.as_str()).await?.cast_signed();
        let position = self.log.append(&mut tx, &[(creator.as_str(), Entry::Removed.kind())]).await?;
        tx.commit().await?;
        self.log.published(position);
        Ok(Some(Erased { posts, observations: observations.cast_signed(), version, position, computed, changes }))
    }

    /// Removes changes older than a time from the log, and what was remembered of purged posts for their readers. Errors:
    /// the database's.
    pub async fn trim_changes(&self, before: Timestamp) -> Result<u64, DbError> {
        let removed = self.log.trim(before).await?;
        self.forget_purged(before).await?;
        Ok(removed)
    }
}

/// What makes a reading statement hold its rows until the end of the transaction. On SQLite the transaction is the only one
/// that writes.
fn for_update(tx: &Tx) -> &'static str {
    match tx.engine() {
        Engine::Sqlite => "",
        Engine::Postgres => " FOR UPDATE",
    }
}

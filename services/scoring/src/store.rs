//! Owns the scoring tables: what is read and written, and in which transaction. Never a rule about scores.

mod cells;
mod commenters;
mod creators;
mod erase;
mod evidence;
mod ingest;
mod keys;
mod rows;
mod second;

#[cfg(test)]
mod contract;

use creatorscope_domain::Retention;
use creatorscope_kit::{
    changes::ChangeLog,
    clock::Clock,
    db::{Db, Engine, Migrations, Tx, micros},
};

pub use self::{
    cells::{Grouping, Scope, Span},
    creators::{CreatorFilter, CreatorState},
    erase::Erased,
    ingest::{Ingested, Landed},
    keys::HashKeys,
    second::Sampling,
};

/// Entries of the change log: what is kept of a creator changed.
const CHANGED: i64 = 1;
/// Nothing is kept of a creator any more.
const REMOVED: i64 = 2;

/// The tables of this service.
pub const MIGRATIONS: Migrations = Migrations {
    sqlite: &[("0001_init", include_str!("migrations/sqlite/0001_init.sql"))],
    postgres: &[("0001_init", include_str!("migrations/postgres/0001_init.sql"))],
};

/// The scoring tables with their change log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    log: ChangeLog,
    clock: Clock,
    retention: Retention,
    sampling: Option<Sampling>,
}

impl Store {
    /// A store over tables that [`MIGRATIONS`] made, which shows nothing longer than it may be kept.
    pub fn new(db: Db, log: ChangeLog, clock: Clock, retention: Retention) -> Self {
        Self { db, log, clock, retention, sampling: None }
    }

    /// The change log of these tables; keys are creator ids.
    pub fn log(&self) -> &ChangeLog {
        &self.log
    }

    /// How long what is stored may be kept.
    pub fn retention(&self) -> &Retention {
        &self.retention
    }

    /// The condition on a comment that may still be shown.
    fn live(&self) -> String {
        let horizons = self.retention.horizons(self.clock.now());
        let each = horizons
            .into_iter()
            .map(|(source, last)| format!("(source <> {} OR observe_time > {})", source.number(), micros(last)));
        let each: Vec<String> = each.collect();
        if each.is_empty() { "1 = 1".to_owned() } else { each.join(" AND ") }
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

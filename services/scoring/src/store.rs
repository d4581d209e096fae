//! Owns the scoring tables: what is read and written, and in which transaction. Never a rule about scores.

use creatorscope_domain::Retention;
use creatorscope_kit::{
    changes::ChangeLog,
    clock::Clock,
    db::{Db, Migrations},
};

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
}

impl Store {
    /// A store over tables that [`MIGRATIONS`] made, which shows nothing longer than it may be kept.
    pub fn new(db: Db, log: ChangeLog, clock: Clock, retention: Retention) -> Self {
        Self { db, log, clock, retention }
    }

    /// The change log of these tables; keys are creator ids.
    pub fn log(&self) -> &ChangeLog {
        &self.log
    }
}

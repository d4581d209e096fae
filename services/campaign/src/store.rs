//! Owns the campaign tables: what is read and written, and in which transaction. Never a rule about campaigns.

mod alerts;
#[cfg(test)]
mod contract;
mod conversions;
mod events;
mod posts;
mod readings;
mod requests;
mod resources;
mod work;

use creatorscope_domain::Retention;
use creatorscope_kit::{
    changes::ChangeLog,
    clock::Clock,
    db::{Db, Engine, Migrations, Tx},
};

pub use self::{
    alerts::AlertListing,
    conversions::{Conversion, Converted, Recorded},
    events::Event,
    posts::{Tracked, sample_rank},
    readings::{Counts, Feeling, PostReadings},
    requests::Repeat,
    resources::Listing,
    work::{Entry, Work},
};

/// Entries of the change log: something about a campaign changed.
pub(crate) const CHANGED: i64 = 1;
/// The campaign is gone.
pub(crate) const REMOVED: i64 = 2;

/// The tables of this service.
pub const MIGRATIONS: Migrations = Migrations {
    sqlite: &[("0001_init", include_str!("migrations/sqlite/0001_init.sql"))],
    postgres: &[("0001_init", include_str!("migrations/postgres/0001_init.sql"))],
};

/// The campaign tables with their change log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    log: ChangeLog,
    clock: Clock,
    retention: Retention,
}

impl Store {
    /// A store over tables that [`MIGRATIONS`] made.
    pub fn new(db: Db, log: ChangeLog, clock: Clock, retention: Retention) -> Self {
        Self { db, log, clock, retention }
    }

    /// The change log of these tables; keys are those of [`log_key`].
    pub fn log(&self) -> &ChangeLog {
        &self.log
    }

    /// How long what other services told may be kept.
    pub fn retention(&self) -> &Retention {
        &self.retention
    }
}

/// The key of a campaign in the change log: tenant and name.
pub fn log_key(tenant: &str, campaign: &str) -> String {
    format!("{tenant}|{campaign}")
}

/// Tenant and name of a key of the change log.
pub fn read_log_key(key: &str) -> Option<(&str, &str)> {
    key.split_once('|')
}

/// What makes a reading statement hold its rows until the end of the transaction. On SQLite the transaction is the only one
/// that writes.
fn for_update(tx: &Tx) -> &'static str {
    match tx.engine() {
        Engine::Sqlite => "",
        Engine::Postgres => " FOR UPDATE",
    }
}

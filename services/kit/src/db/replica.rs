//! Owns reads at a replica of Postgres, which may be a little behind, and doing without it. Never a write, and never which reads may be
//! old.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use metrics::Counter;
use sqlx::postgres::PgConnectOptions;
use tokio::time::Instant;
use tracing::info;

use super::{
    DbError, PostgresConfig,
    session::{Session, Sessions},
};
use crate::fault::causes;

/// How long a read waits for a connection to the replica before it goes to the primary.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long a read waits for its answer there: what is read at a replica is read in parts that take a fraction of it.
pub(super) const ANSWER: Duration = Duration::from_secs(3);
/// A replica that does not do as asked is left alone for so long.
const REST: Duration = Duration::from_secs(5);

/// The replica of a service's database.
#[derive(Debug)]
pub(super) struct Replica {
    sessions: Sessions,
    rests: Mutex<Option<Instant>>,
    failures: Counter,
}

impl Replica {
    /// Connects when it is first asked. Errors: the address is none.
    pub(super) fn new(config: &PostgresConfig, url: &str, schema: &'static str) -> Result<Self, DbError> {
        let options: PgConnectOptions = url.parse().map_err(|_| {
            DbError::Setting(
                "the read_url of the database is not one of the form postgres://user:password@host/database".into(),
            )
        })?;
        let config = PostgresConfig { acquire: PATIENCE, ..config.clone() };
        let sessions = Sessions::lazy(&config, options, schema, "replica");
        let failures = metrics::counter!("db_replica_failures_total", "schema" => schema);
        Ok(Self { sessions, rests: Mutex::default(), failures })
    }

    /// A session to read with; none while the replica does not answer.
    pub(super) async fn reading(&self) -> Option<Session> {
        if self.rests.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let reading = tokio::time::timeout(PATIENCE, self.sessions.reading()).await;
        match reading.unwrap_or(Err(DbError::Deadline)) {
            Ok(session) => Some(session),
            Err(error) => {
                self.failed(&error);
                None
            }
        }
    }

    /// The replica did not do as asked; the primary is asked instead.
    pub(super) fn failed(&self, error: &DbError) {
        self.failures.increment(1);
        let cause = causes(error);
        info!(cause, "the replica of the database is not asked for some seconds; the primary is");
        *self.rests.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + REST);
    }

    pub(super) async fn close(&self) {
        self.sessions.close().await;
    }
}

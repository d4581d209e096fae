//! Owns connections to Postgres: how long one is waited for, how long its statements may take, and that nothing goes on in the
//! database for a call that nobody waits for any more. Never a statement of a service.
//!
//! A statement that is given up takes its connection with it: Postgres looks every [`LOOKS`] whether who asked is still there.
//! So a deadline costs nothing until it passes, and what a killed process was doing ends too.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use log::LevelFilter;
use metrics::{Counter, Gauge, Histogram};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::{Instant, timeout_at};

use super::{DbError, PostgresConfig, SLOW};
use crate::{onward::Onward, task::spawn};

/// How often Postgres looks, while it works, whether the client is there. Postgres 14 and later.
const LOOKS: &str = "500ms";
/// How long a transaction may hold its locks while nobody sends a statement: a machine that is cut off would keep them else, and
/// all writers would wait for it. Between statements a transaction takes milliseconds.
const IDLE_IN_TRANSACTION: &str = "10s";
/// A connection that was not used for so long is asked whether it still is one before it is used.
const FRESH: Duration = Duration::from_secs(1);

/// The connections of a service.
#[derive(Debug)]
pub(super) struct Sessions {
    pool: PgPool,
    acquire: Duration,
    statement: Duration,
    job_statement: Duration,
    seen: Seen,
}

/// For whom something is done, and until when.
#[derive(Debug, Clone, Copy)]
enum Whose {
    /// A call, with the end of its deadline.
    Call(Option<Instant>),
    Job,
}

impl Whose {
    fn current() -> Self {
        Onward::current().map_or(Self::Job, |onward| Self::Call(onward.end))
    }
}

impl Sessions {
    /// Opens a pool in which every session uses the schema. Errors: the database's.
    pub(super) async fn open(
        config: &PostgresConfig,
        options: PgConnectOptions,
        schema: &'static str,
    ) -> Result<Self, DbError> {
        let sessions = Self::lazy(config, options, schema, "primary");
        drop(sessions.pool.acquire().await?);
        Ok(sessions)
    }

    /// The same, connected when it is first used.
    pub(super) fn lazy(
        config: &PostgresConfig,
        options: PgConnectOptions,
        schema: &'static str,
        kind: &'static str,
    ) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(config.connections)
            .acquire_timeout(PostgresConfig::PATIENCE)
            .test_before_acquire(false)
            .before_acquire(|connection, about| {
                Box::pin(async move {
                    if about.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(
                options
                    .log_slow_statements(LevelFilter::Warn, SLOW)
                    .options(bounds(config))
                    .options([("search_path", schema)])
                    .application_name(schema),
            );
        let seen = Seen::new(schema, kind);
        seen.most.set(config.connections);
        let PostgresConfig { acquire, statement, job_statement, .. } = *config;
        Self { pool, acquire, statement, job_statement, seen }
    }

    /// A session to read with: one statement by itself, or several outside of a call, whose time is another.
    pub(super) async fn reading(&self) -> Result<Session, DbError> {
        let whose = Whose::current();
        let mut session = self.acquire(whose).await?;
        if matches!(whose, Whose::Job) && self.job_statement != self.statement {
            session.begin(&format!("BEGIN READ ONLY; {}", bound(self.job_statement))).await?;
        }
        Ok(session)
    }

    /// A session in a transaction. What bounds its statements goes with the message that begins it.
    pub(super) async fn begin(&self) -> Result<Session, DbError> {
        let whose = Whose::current();
        let mut session = self.acquire(whose).await?;
        let sql = match whose {
            Whose::Call(Some(end)) => {
                let left = end.saturating_duration_since(Instant::now());
                let time = if self.statement.is_zero() { left } else { left.min(self.statement) };
                format!("BEGIN; {}", bound(time.max(Duration::from_millis(1))))
            }
            Whose::Call(None) => "BEGIN".to_owned(),
            Whose::Job => format!("BEGIN; {}", bound(self.job_statement)),
        };
        session.begin(&sql).await?;
        Ok(session)
    }

    /// A session in a transaction that sees everything as it is at one moment, for as long as it takes. It holds up nobody.
    pub(super) async fn snapshot(&self) -> Result<Session, DbError> {
        let mut session = self.acquire(Whose::current()).await?;
        let sql = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}; SET LOCAL idle_in_transaction_session_timeout = 0",
            bound(Duration::ZERO)
        );
        session.begin(&sql).await?;
        Ok(session)
    }

    /// A connection of its own, outside of the pool and without a bound for its statements. Errors: the database's.
    pub(super) async fn alone(&self) -> Result<PgConnection, DbError> {
        let mut connection = PgConnection::connect_with(&self.pool.connect_options()).await?;
        sqlx::raw_sql("SET statement_timeout = 0").execute(&mut connection).await?;
        Ok(connection)
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    async fn acquire(&self, whose: Whose) -> Result<Session, DbError> {
        let begun = Instant::now();
        let (last, deadline) = match whose {
            Whose::Job => (begun + PostgresConfig::PATIENCE, None),
            Whose::Call(end) => (begun + self.acquire, end),
        };
        let _waiting = Counted::one(&self.seen.waiting);
        let acquired = match timeout_at(deadline.map_or(last, |end| end.min(last)), self.pool.acquire()).await {
            Ok(acquired) => acquired,
            Err(_) if deadline.is_some_and(|end| end <= last) => return Err(DbError::Deadline),
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        };
        self.seen.acquire.record(begun.elapsed().as_secs_f64());
        if matches!(acquired, Err(sqlx::Error::PoolTimedOut)) {
            self.seen.timeouts.increment(1);
        }
        let connection = acquired?;
        let _used = Counted::one(&self.seen.used);
        self.seen.idle.set(self.pool.num_idle() as f64);
        Ok(Session {
            connection: Some(connection),
            busy: false,
            open: false,
            abandoned: self.seen.abandoned.clone(),
            _used,
        })
    }
}

/// What holds for every session: a bound for statements of calls, and what ends the work of a client that is gone.
fn bounds(config: &PostgresConfig) -> [(&'static str, String); 6] {
    [
        ("statement_timeout", config.statement.as_millis().to_string()),
        ("client_connection_check_interval", LOOKS.to_owned()),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION.to_owned()),
        ("tcp_keepalives_idle", "30".to_owned()),
        ("tcp_keepalives_interval", "10".to_owned()),
        ("tcp_keepalives_count", "3".to_owned()),
    ]
}

/// The statement that bounds those after it in a transaction; zero for no bound.
fn bound(time: Duration) -> String {
    format!("SET LOCAL statement_timeout = {}", time.as_millis().min(i32::MAX as u128))
}

/// A connection that is in use. Dropped in the middle of a statement it is closed, dropped in a transaction it is rolled back.
#[derive(Debug)]
pub(super) struct Session {
    connection: Option<PoolConnection<Postgres>>,
    busy: bool,
    open: bool,
    abandoned: Counter,
    _used: Counted,
}

/// Why the connection is there: only dropping the session takes it.
const THERE: &str = "a session has its connection until it is dropped";

impl Session {
    /// The connection, for one statement; [`rest`](Self::rest) when it has ended.
    pub(super) fn busy(&mut self) -> &mut PgConnection {
        self.busy = true;
        self
    }

    /// The statement has ended, well or not.
    pub(super) fn rest(&mut self) {
        self.busy = false;
    }

    async fn begin(&mut self, sql: &str) -> Result<(), DbError> {
        let begun = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(self.busy()).await;
        self.rest();
        self.open = true;
        begun?;
        Ok(())
    }

    /// Makes everything durable. Errors: the database's.
    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        let committed = sqlx::raw_sql("COMMIT").execute(self.busy()).await;
        self.rest();
        self.open = committed.is_err();
        committed.map(drop)
    }
}

impl Deref for Session {
    type Target = PgConnection;

    #[allow(clippy::expect_used, reason = "see THERE")]
    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect(THERE)
    }
}

impl DerefMut for Session {
    #[allow(clippy::expect_used, reason = "see THERE")]
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect(THERE)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if self.busy {
            self.abandoned.increment(1);
            drop(connection.detach());
        } else if self.open {
            // One that cannot be rolled back is found out when it is returned, which asks it whether it lives.
            spawn("rollback", async move { _ = sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await });
        }
    }
}

/// What is seen of a pool.
pub(super) struct Seen {
    most: Gauge,
    used: Gauge,
    idle: Gauge,
    waiting: Gauge,
    pub(super) acquire: Histogram,
    timeouts: Counter,
    abandoned: Counter,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seen")
    }
}

impl Seen {
    pub(super) fn new(schema: &'static str, pool: &'static str) -> Self {
        let state = |state: &'static str| metrics::gauge!("db_connections", "schema" => schema, "pool" => pool, "state" => state);
        Self {
            most: metrics::gauge!("db_connections_most", "schema" => schema, "pool" => pool),
            used: state("used"),
            idle: state("idle"),
            waiting: metrics::gauge!("db_waiting", "schema" => schema, "pool" => pool),
            acquire: metrics::histogram!("db_acquire_seconds", "schema" => schema, "pool" => pool),
            timeouts: metrics::counter!("db_acquire_timeouts_total", "schema" => schema, "pool" => pool),
            abandoned: metrics::counter!("db_statements_abandoned_total", "schema" => schema, "pool" => pool),
        }
    }
}

/// One more of something as long as this is there.
struct Counted(Gauge);

impl Counted {
    fn one(gauge: &Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counted")
    }
}

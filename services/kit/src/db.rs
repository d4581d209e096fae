//! Owns the two databases behind one face: the same SQL text, arguments and rows on SQLite and on Postgres. Never a table
//! of a service.
//!
//! SQL is written with `$1 … $n` and portable types only: TEXT, BIGINT, DOUBLE PRECISION, bytes. Bulk inserts go through
//! [`Tx::insert`], which uses what is fastest on each engine.

mod arg;
mod config;
mod copy;
mod engine;
mod error;
mod insert;
mod migrate;
mod months;
mod passing;
mod replica;
mod session;
mod writer;

use std::{
    borrow::Cow,
    future::Future,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use log::LevelFilter;
use sqlx::{
    AssertSqlSafe, ConnectOptions, FromRow, Sqlite, SqlitePool, Transaction,
    postgres::{PgConnectOptions, PgRow},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};

use self::{
    arg::{bind_postgres, bind_sqlite},
    replica::Replica,
    session::{Seen, Session, Sessions},
};
use tempfile::TempDir;
use tracing::{Instrument, Span};

pub use self::{
    arg::{Arg, json_texts},
    config::{DbConfig, PostgresConfig, Secret},
    copy::{Snapshot, Table},
    engine::Engine,
    error::DbError,
    insert::{Column, ColumnType, Conflict, column},
    migrate::Migrations,
};
use crate::telemetry;

/// A statement that takes longer is a warning: somebody should look at it.
const SLOW: Duration = Duration::from_secs(10);
/// How long a statement waits for another writer of a SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a caller waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// One service's database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db(Pool, Reads);

/// Where reads go that are no part of a transaction.
#[derive(Debug, Clone)]
enum Reads {
    Here,
    /// To the replica, if there is one.
    Aside,
}

#[derive(Debug, Clone)]
enum Pool {
    /// SQLite has one writer at a time: its own pool of one connection makes writers queue here instead of in the file.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
        seen: Arc<Seen>,
        /// Removed with the last clone.
        _folder: Option<Arc<TempDir>>,
    },
    Postgres(Arc<Sessions>, Option<Arc<Replica>>),
}

/// A row that both engines can give; `#[derive(sqlx::FromRow)]` makes one of a struct.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl Db {
    /// Opens the service's database and brings it up to date. Errors: the database cannot be reached, or does not fit.
    pub async fn open(config: &DbConfig, service: &'static str, migrations: &Migrations) -> Result<Self, DbError> {
        let db = match config {
            // An acknowledged write must survive the machine, not only the process.
            DbConfig::File(path) => Self::open_file(path.clone(), SqliteSynchronous::Full, service).await?,
            DbConfig::Postgres(config) => Self::open_postgres(config, service).await?,
        };
        migrate::run(&db, migrations).await?;
        Ok(db)
    }

    /// A SQLite file in a temporary folder that goes with the last clone, for tests and trials. It is opened as every other
    /// file, but does not wait for the disk.
    pub async fn temporary(migrations: &Migrations) -> Result<Self, DbError> {
        let folder = tempfile::tempdir()?;
        let Self(pool, reads) =
            Self::open_file(folder.path().join("temporary.db"), SqliteSynchronous::Off, "temporary").await?;
        let Pool::Sqlite { readers, writer, seen, .. } = pool else { return Ok(Self(pool, reads)) };
        let db = Self(Pool::Sqlite { readers, writer, seen, _folder: Some(folder.into()) }, reads);
        migrate::run(&db, migrations).await?;
        Ok(db)
    }

    async fn open_file(path: PathBuf, synchronous: SqliteSynchronous, service: &'static str) -> Result<Self, DbError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            // What is erased must not stay in the file.
            .pragma("secure_delete", "ON")
            .pragma("cache_size", "-65536")
            .pragma("mmap_size", "268435456")
            // 32 MB of pages, so that bulk ingest does not move every batch into the file by itself.
            .pragma("wal_autocheckpoint", "8000")
            .pragma("temp_store", "memory")
            .log_slow_statements(LevelFilter::Warn, SLOW);
        let writer = writer::open(options.clone(), ACQUIRE_TIMEOUT).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options.read_only(false).pragma("query_only", "1"))
            .await?;
        let seen = Seen::new(service, "writer").into();
        Ok(Self(Pool::Sqlite { readers, writer, seen, _folder: None }, Reads::Here))
    }

    async fn open_postgres(config: &PostgresConfig, service: &'static str) -> Result<Self, DbError> {
        let options: PgConnectOptions = config.url.reveal().parse().map_err(|_| {
            DbError::Setting("the database url is not one of the form postgres://user:password@host/database".into())
        })?;
        migrate::make_schema(&options, service).await?;
        let sessions = Sessions::open(config, options, service).await?;
        let url = config.read_url.as_ref().map(Secret::reveal);
        let replica = url.map(|url| Replica::new(config, url, service)).transpose()?.map(Arc::new);
        Ok(Self(Pool::Postgres(sessions.into(), replica), Reads::Here))
    }

    /// The same database for reads that may be a little old and are many: they go to the replica, where there is one that answers. Never
    /// for what is cached or decides about a write, nor for what must be as new as somebody asked for.
    #[must_use]
    pub fn aside(&self) -> Self {
        Self(self.0.clone(), Reads::Aside)
    }

    /// The replica, for reads that may go there.
    fn replica(&self) -> Option<&Replica> {
        match (&self.0, &self.1) {
            (Pool::Postgres(_, replica), Reads::Aside) => replica.as_deref(),
            _ => None,
        }
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        match &self.0 {
            Pool::Sqlite { .. } => Engine::Sqlite,
            Pool::Postgres(..) => Engine::Postgres,
        }
    }

    /// Reads rows. Errors: the database's.
    pub async fn fetch<T: Row>(&self, sql: impl Into<Cow<'static, str>>, args: Vec<Arg>) -> Result<Vec<T>, DbError> {
        let sql = sql.into();
        let span = telemetry::statement(self.engine().name(), &sql);
        let sql = AssertSqlSafe(sql.into_owned());
        let work = async {
            match &self.0 {
                Pool::Sqlite { readers, .. } => {
                    Ok(sqlx::query_as_with(sql, bind_sqlite(args)).fetch_all(readers).await?)
                }
                Pool::Postgres(sessions, _) => {
                    if let Some(rows) = self.fetch_aside(&sql, &args).await {
                        return Ok(rows);
                    }
                    let mut session = Box::pin(sessions.reading()).await?;
                    let rows = sqlx::query_as_with(sql, bind_postgres(args)).fetch_all(session.busy()).await;
                    session.rest();
                    Ok(rows?)
                }
            }
        };
        seen(span, work).await
    }

    /// Reads at the replica; none when the primary must be asked.
    async fn fetch_aside<T: Row>(&self, sql: &AssertSqlSafe<String>, args: &[Arg]) -> Option<Vec<T>> {
        let replica = self.replica()?;
        let mut session = Box::pin(replica.reading()).await?;
        let reading = sqlx::query_as_with(AssertSqlSafe(sql.0.clone()), bind_postgres(args.to_vec()));
        let read = tokio::time::timeout(replica::ANSWER, reading.fetch_all(session.busy())).await;
        // Who does not answer keeps the connection busy, and it is closed.
        let rows = read.map_err(|_| DbError::Deadline).and_then(|rows| {
            session.rest();
            Ok(rows?)
        });
        rows.map_err(|error| replica.failed(&error)).ok()
    }

    /// Reads one row or none. Errors: the database's.
    pub async fn fetch_optional<T: Row>(
        &self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Arg>,
    ) -> Result<Option<T>, DbError> {
        Ok(self.fetch(sql, args).await?.into_iter().next())
    }

    /// Begins to write. On SQLite the writer's place is taken at once, so that a read that decides about a write is never
    /// overtaken. Dropping the transaction rolls it back. Errors: the database's.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Ok(Tx(match &self.0 {
            Pool::Sqlite { writer, seen, .. } => {
                let begun = Instant::now();
                let tx = writer.begin_with("BEGIN IMMEDIATE").await?;
                seen.acquire.record(begun.elapsed().as_secs_f64());
                Work::Sqlite(tx)
            }
            Pool::Postgres(sessions, _) => Work::Postgres(Box::pin(sessions.begin()).await?),
        }))
    }

    /// Begins to read everything as it is at one moment, while others write on. Errors: the database's.
    pub async fn snapshot(&self) -> Result<Snapshot, DbError> {
        Ok(Snapshot(match &self.0 {
            Pool::Sqlite { readers, .. } => Work::Sqlite(readers.begin().await?),
            Pool::Postgres(sessions, _) => Work::Postgres(Box::pin(sessions.snapshot()).await?),
        }))
    }

    /// Lets what was deleted go from the disk, as far as this process can: on SQLite, whose pages overwrite deleted content,
    /// what the file still keeps in its journal is written back and the journal emptied. False when readers were in the way;
    /// try again. Postgres reuses the place in its own time. Errors: the database's.
    pub async fn scrub(&self) -> Result<bool, DbError> {
        match &self.0 {
            Pool::Sqlite { writer, .. } => {
                let told: (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(writer).await?;
                Ok(told.0 == 0)
            }
            Pool::Postgres(..) => Ok(true),
        }
    }

    /// Waits for what is running and closes all connections.
    pub async fn close(&self) {
        match &self.0 {
            Pool::Sqlite { readers, writer, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pool::Postgres(sessions, replica) => {
                if let Some(replica) = replica {
                    replica.close().await;
                }
                sessions.close().await;
            }
        }
    }
}

/// A transaction that writes.
#[derive(Debug)]
pub struct Tx(Work);

#[derive(Debug)]
enum Work {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Session),
}

impl Tx {
    /// Which database this is.
    pub fn engine(&self) -> Engine {
        match &self.0 {
            Work::Sqlite(_) => Engine::Sqlite,
            Work::Postgres(_) => Engine::Postgres,
        }
    }

    /// Reads rows. Errors: the database's.
    pub async fn fetch<T: Row>(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Arg>,
    ) -> Result<Vec<T>, DbError> {
        let sql = sql.into();
        let span = telemetry::statement(self.engine().name(), &sql);
        let sql = AssertSqlSafe(sql.into_owned());
        let work = async {
            match &mut self.0 {
                Work::Sqlite(tx) => Ok(sqlx::query_as_with(sql, bind_sqlite(args)).fetch_all(&mut **tx).await?),
                Work::Postgres(session) => {
                    let rows = sqlx::query_as_with(sql, bind_postgres(args)).fetch_all(session.busy()).await;
                    session.rest();
                    Ok(rows?)
                }
            }
        };
        seen(span, work).await
    }

    /// Reads one row or none. Errors: the database's.
    pub async fn fetch_optional<T: Row>(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Arg>,
    ) -> Result<Option<T>, DbError> {
        Ok(self.fetch(sql, args).await?.into_iter().next())
    }

    /// Runs a statement and answers with how many rows it touched. Errors: the database's.
    pub async fn execute(&mut self, sql: impl Into<Cow<'static, str>>, args: Vec<Arg>) -> Result<u64, DbError> {
        let sql = sql.into();
        let span = telemetry::statement(self.engine().name(), &sql);
        let sql = AssertSqlSafe(sql.into_owned());
        let work = async {
            Ok(match &mut self.0 {
                Work::Sqlite(tx) => sqlx::query_with(sql, bind_sqlite(args)).execute(&mut **tx).await?.rows_affected(),
                Work::Postgres(session) => {
                    let done = sqlx::query_with(sql, bind_postgres(args)).execute(session.busy()).await;
                    session.rest();
                    done?.rows_affected()
                }
            })
        };
        seen(span, work).await
    }

    /// Inserts rows, as fast as the engine can, and answers with how many were written. Each row has one argument a column.
    /// Errors: the database's, also for a key that exists when `conflict` is [`Conflict::Fail`].
    pub async fn insert(
        &mut self,
        table: &str,
        columns: &[Column<'_>],
        rows: Vec<Vec<Arg>>,
        conflict: Conflict,
    ) -> Result<u64, DbError> {
        if rows.is_empty() {
            return Ok(0);
        }
        let span = telemetry::statement(self.engine().name(), &format!("INSERT INTO {table}"));
        let work = async {
            match &mut self.0 {
                Work::Sqlite(tx) => Ok(insert::sqlite(tx, table, columns, rows, &conflict).await?),
                Work::Postgres(session) => {
                    let written = insert::postgres(session.busy(), table, columns, rows, &conflict).await;
                    session.rest();
                    Ok(written?)
                }
            }
        };
        seen(span, work).await
    }

    /// Makes everything durable. Errors: the database's; then nothing is written.
    pub async fn commit(self) -> Result<(), DbError> {
        let span = telemetry::statement(self.engine().name(), "COMMIT");
        let work = async {
            match self.0 {
                Work::Sqlite(tx) => Ok(tx.commit().await?),
                Work::Postgres(session) => Ok(session.commit().await?),
            }
        };
        seen(span, work).await
    }
}

/// Runs a statement within its span.
async fn seen<T>(span: Span, work: impl Future<Output = Result<T, DbError>>) -> Result<T, DbError> {
    let outcome = work.instrument(span.clone()).await;
    if outcome.is_err() {
        telemetry::failed(&span);
    }
    outcome
}

/// A time as columns hold it: microseconds since the epoch.
pub fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// The time that a column holds; times beyond the calendar's end become its end.
pub fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

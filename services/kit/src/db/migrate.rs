//! Owns bringing a database up to date. Never a service's tables.

mod deferred;

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, postgres::PgConnectOptions};
use tracing::info;

use super::{Arg, Db, DbError, Pool, Tx, Work};
use crate::task::backoff;

/// A service's migrations: the same names for both engines, in order, never changed once released.
///
/// The name says what it is, after its number:
/// * `0007_things`: applied before the role serves. The program before this one must be able to work with what it makes, because
///   both run while replicas are exchanged: tables and columns are added, never taken away, renamed or narrowed.
/// * `0008_breaking_things`: older programs refuse the database from then on. All of them are stopped first.
/// * `0009_deferred_things`: applied while the role serves, see [`Db::finish_migrating`]. The program works without it too.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// Name and text for SQLite.
    pub sqlite: &'static [(&'static str, &'static str)],
    /// Name and text for Postgres.
    pub postgres: &'static [(&'static str, &'static str)],
}

/// What every service has: which migrations were applied, its change log, its keys.
const HOUSE_SQLITE: &str = "
CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, checksum TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS changes (position BIGINT PRIMARY KEY, key TEXT NOT NULL, kind BIGINT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS changes_key ON changes (key);
CREATE TABLE IF NOT EXISTS change_head (id BIGINT PRIMARY KEY, position BIGINT NOT NULL, trimmed BIGINT NOT NULL);
INSERT INTO change_head (id, position, trimmed) VALUES (1, 0, 0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, beat BIGINT NOT NULL);
";
const HOUSE_POSTGRES: &str = "
CREATE TABLE IF NOT EXISTS migrations (name TEXT COLLATE \"C\" PRIMARY KEY, checksum TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS secrets (name TEXT COLLATE \"C\" PRIMARY KEY, value BYTEA NOT NULL);
CREATE TABLE IF NOT EXISTS changes (position BIGINT PRIMARY KEY, key TEXT COLLATE \"C\" NOT NULL, kind BIGINT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS changes_key ON changes (key);
CREATE TABLE IF NOT EXISTS change_head (id BIGINT PRIMARY KEY, position BIGINT NOT NULL, trimmed BIGINT NOT NULL);
INSERT INTO change_head (id, position, trimmed) VALUES (1, 0, 0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS leases (name TEXT COLLATE \"C\" PRIMARY KEY, holder TEXT NOT NULL, beat BIGINT NOT NULL);
";

/// Whether everything of the house is there. Its statements would find so too, but lock what other replicas write to at that moment,
/// until one of both is ended as a deadlock.
const HOUSE_STANDS: &str = "SELECT COUNT(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace
    AND relname IN ('migrations', 'secrets', 'changes', 'changes_key', 'change_head', 'leases') HAVING COUNT(*) = 6";
/// How often the whole is tried, when others' writes are in the way.
const TRIES: u32 = 5;
const LEAST: Duration = Duration::from_millis(50);
const MOST: Duration = Duration::from_secs(1);

/// Makes the schema of a service. Of two replicas that make it at the same moment one would fail, although the statement says IF NOT
/// EXISTS, so one waits for the other. Errors: the database's.
pub(super) async fn make_schema(options: &PgConnectOptions, service: &str) -> Result<(), DbError> {
    let mut connection = sqlx::PgConnection::connect_with(options).await?;
    let alone = format!("SELECT pg_advisory_xact_lock(hashtext('schema {service}'))");
    let make = format!("BEGIN; {alone}; CREATE SCHEMA IF NOT EXISTS {service}; COMMIT");
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Applies what is missing, in one transaction: of several replicas that start together one does the work and the others
/// find it done. What the writes of others have ended is tried again.
pub(super) async fn run(db: &Db, migrations: &Migrations) -> Result<(), DbError> {
    let mut tries = 1;
    loop {
        match apply(db, migrations).await {
            Err(error) if error.is_transient() && tries < TRIES => {
                let cause = crate::fault::causes(&error);
                info!(cause, "what the database must have for this program is looked at again");
                tokio::time::sleep(backoff(tries, LEAST, MOST)).await;
                tries += 1;
            }
            done => return done,
        }
    }
}

async fn apply(db: &Db, migrations: &Migrations) -> Result<(), DbError> {
    let (house, own) = match &db.0 {
        Pool::Sqlite { .. } => (HOUSE_SQLITE, migrations.sqlite),
        Pool::Postgres(..) => (HOUSE_POSTGRES, migrations.postgres),
    };
    let mut tx = db.begin().await?;
    if let Work::Postgres(_) = tx.0 {
        // Another replica may have much to do.
        tx.execute("SET LOCAL statement_timeout = 0", vec![]).await?;
        tx.execute("SELECT pg_advisory_xact_lock(hashtext('migrate ' || current_schema()))", vec![]).await?;
    }
    let stands = match tx.0 {
        Work::Postgres(_) => tx.fetch_optional::<(i64,)>(HOUSE_STANDS, vec![]).await?.is_some(),
        Work::Sqlite(_) => false,
    };
    if !stands {
        run_script(&mut tx, house).await?;
    }
    let applied: Vec<(String, String)> =
        tx.fetch("SELECT name, checksum FROM migrations ORDER BY name", vec![]).await?;
    for (name, _) in applied.iter().filter(|(name, _)| own.iter().all(|(known, _)| known != name)) {
        if is_kind(name, "breaking") {
            return Err(DbError::NewerDatabase { name: name.clone() });
        }
        info!(name, "the database was migrated by a newer program, which this one can work beside");
    }
    for (name, text) in own {
        let checksum = checksum(text);
        match applied.iter().find(|(known, _)| known == name) {
            Some((_, known)) if *known == checksum => {}
            Some(_) => return Err(DbError::ChangedMigration { name: (*name).to_owned() }),
            None if is_kind(name, "deferred") => {}
            None => {
                run_script(&mut tx, text).await?;
                note(&mut tx, name, checksum).await?;
            }
        }
    }
    tx.commit().await
}

/// Whether the name of a migration says so behind its number.
pub(super) fn is_kind(name: &str, kind: &str) -> bool {
    let named = name.split_once('_').and_then(|(_, name)| name.strip_prefix(kind));
    named.is_some_and(|rest| rest.starts_with('_'))
}

fn checksum(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Notes that a migration was applied.
async fn note(tx: &mut Tx, name: &str, checksum: String) -> Result<(), DbError> {
    let row = vec![Arg::from(name), Arg::from(checksum)];
    tx.execute("INSERT INTO migrations (name, checksum) VALUES ($1, $2)", row).await?;
    Ok(())
}

async fn run_script(tx: &mut Tx, text: &str) -> Result<(), DbError> {
    let script = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
    match &mut tx.0 {
        Work::Sqlite(tx) => _ = script.execute(&mut **tx).await?,
        Work::Postgres(session) => {
            let done = script.execute(session.busy()).await;
            session.rest();
            done?;
        }
    }
    Ok(())
}

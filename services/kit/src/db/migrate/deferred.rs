//! Owns migrations that are applied while the role serves. Never one that the program needs.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{DbError, Migrations, checksum, is_kind, note, run_script};
use crate::{
    db::{Db, Pool, session::Sessions},
    role::BoxError,
};

/// What stands between the steps of a deferred migration on Postgres.
const STEP: &str = "\n-- step\n";
/// Another replica is asked for so often whether it is done.
const AGAIN: Duration = Duration::from_secs(5);
/// One that went wrong is tried again after this.
const LATER: Duration = Duration::from_secs(60);
// Replicas that wait in a statement would hold a snapshot that CREATE INDEX CONCURRENTLY waits for, so nobody waits.
const LOCK: &str = "SELECT pg_try_advisory_lock(hashtext('deferred ' || current_schema()))";
/// What a build that was cut off leaves.
const INVALID: &str = "SELECT relname::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE NOT indisvalid AND relkind = 'i' AND relnamespace = current_schema()::regnamespace";

impl Db {
    /// A role's job: applies the migrations that are deferred, one replica at a time, and tries again what went wrong. Errors:
    /// none; it ends when the role stops.
    pub async fn finish_migrating(self, migrations: Migrations, stop: CancellationToken) -> Result<(), BoxError> {
        loop {
            let delay = match stop.run_until_cancelled(self.apply_deferred(&migrations)).await {
                None => return Ok(()),
                Some(Ok(true)) => {
                    stop.cancelled().await;
                    return Ok(());
                }
                Some(Ok(false)) => AGAIN,
                Some(Err(error)) => {
                    let cause = crate::fault::causes(&error);
                    warn!(cause, "a deferred migration was not applied; it is tried again in a minute");
                    LATER
                }
            };
            if stop.run_until_cancelled(tokio::time::sleep(delay)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Applies the deferred migrations that are missing. False when another replica is at it. On Postgres each step is sent by
    /// itself and is one transaction, unless it is a single statement that refuses to be in one; the last is noted in its
    /// transaction; an index that an earlier try left invalid is dropped before its step. Errors: the database's; what was applied
    /// before stays.
    pub async fn apply_deferred(&self, migrations: &Migrations) -> Result<bool, DbError> {
        match &self.0 {
            Pool::Sqlite { .. } => self.apply_deferred_in_file(migrations.sqlite).await.map(|()| true),
            Pool::Postgres(sessions, _) => apply(sessions, migrations.postgres).await,
        }
    }

    async fn apply_deferred_in_file(&self, migrations: &[(&str, &str)]) -> Result<(), DbError> {
        for (name, text) in migrations.iter().filter(|(name, _)| is_kind(name, "deferred")) {
            let mut tx = self.begin().await?;
            let applied: Option<(String,)> =
                tx.fetch_optional("SELECT checksum FROM migrations WHERE name = $1", vec![(*name).into()]).await?;
            if applied.is_none() {
                run_script(&mut tx, text).await?;
                note(&mut tx, name, checksum(text)).await?;
                tx.commit().await?;
                info!(name, "a deferred migration was applied");
            }
        }
        Ok(())
    }
}

async fn apply(sessions: &Sessions, migrations: &[(&str, &str)]) -> Result<bool, DbError> {
    let mut connection = sessions.alone().await?;
    let (locked,): (bool,) = sqlx::query_as(LOCK).fetch_one(&mut connection).await?;
    if locked {
        for (name, text) in migrations.iter().filter(|(name, _)| is_kind(name, "deferred")) {
            apply_one(&mut connection, name, text).await?;
        }
    }
    // The lock goes with the connection.
    connection.close().await?;
    Ok(locked)
}

async fn apply_one(connection: &mut PgConnection, name: &str, text: &str) -> Result<(), DbError> {
    let applied = sqlx::query("SELECT 1 FROM migrations WHERE name = $1").bind(name);
    if applied.fetch_optional(&mut *connection).await?.is_some() {
        return Ok(());
    }
    let mut steps = text.split(STEP).peekable();
    while let Some(step) = steps.next() {
        let invalid: Vec<(String,)> = sqlx::query_as(INVALID).fetch_all(&mut *connection).await?;
        for (index,) in invalid.iter().filter(|(index,)| names(step, index)) {
            let sql = format!("DROP INDEX CONCURRENTLY IF EXISTS {index}");
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await?;
        }
        if steps.peek().is_some() || step.contains("CONCURRENTLY") {
            sqlx::raw_sql(AssertSqlSafe(step.to_owned())).execute(&mut *connection).await?;
        }
        if steps.peek().is_none() {
            let mut tx = connection.begin().await?;
            if !step.contains("CONCURRENTLY") {
                sqlx::raw_sql(AssertSqlSafe(step.to_owned())).execute(&mut *tx).await?;
            }
            let noted = "INSERT INTO migrations (name, checksum) VALUES ($1, $2)";
            sqlx::query(noted).bind(name).bind(checksum(text)).execute(&mut *tx).await?;
            tx.commit().await?;
        }
    }
    info!(name, "a deferred migration was applied");
    Ok(())
}

/// Whether a step speaks of a thing by its whole name.
fn names(step: &str, thing: &str) -> bool {
    step.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == thing)
}

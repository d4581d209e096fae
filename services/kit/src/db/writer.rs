//! Owns the one connection by which a SQLite file is written. Never what is written.

use std::time::Duration;

use sqlx::{
    Connection as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

/// SQLite ends a transaction by itself when the disk is full or does not do as asked; sqlx does not notice, and its connection refuses to
/// begin for ever. Such a connection is closed instead of lent again, and another one is made. Errors: the file's.
pub(super) async fn open(options: SqliteConnectOptions, longest_wait: Duration) -> Result<SqlitePool, sqlx::Error> {
    SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(longest_wait)
        .before_acquire(|connection, _| Box::pin(std::future::ready(Ok(!connection.is_in_transaction()))))
        .connect_with(options)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Room for some pages alone: what a full disk is for SQLite.
    const SMALL: &str = "CREATE TABLE IF NOT EXISTS kept (text TEXT); PRAGMA max_page_count = 8";
    const LARGE: &str = "INSERT INTO kept (text) SELECT hex(randomblob(100000))";

    /// Tries to write more than there is room for.
    async fn fill(writer: &SqlitePool) {
        let mut full = writer.begin_with("BEGIN IMMEDIATE").await.expect("no writer meets what another one left");
        sqlx::raw_sql(SMALL).execute(&mut *full).await.expect("made");
        sqlx::query(LARGE).execute(&mut *full).await.expect_err("there is no room");
        // As SQLite does by itself where the file system is full.
        _ = sqlx::raw_sql("ROLLBACK").execute(&mut *full).await;
    }

    #[tokio::test]
    async fn writing_goes_on_after_the_disk_was_full_for_many_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SqliteConnectOptions::new().filename(folder.path().join("full.db")).create_if_missing(true);
        let writer = open(options, Duration::from_secs(30)).await.expect("a file");
        futures::future::join_all((0..20).map(|_| fill(&writer))).await;
        let mut again = writer.begin_with("BEGIN IMMEDIATE").await.expect("begun again");
        sqlx::raw_sql(SMALL).execute(&mut *again).await.expect("made");
        sqlx::query("INSERT INTO kept (text) VALUES ('small')").execute(&mut *again).await.expect("written");
        again.commit().await.expect("kept");
    }
}

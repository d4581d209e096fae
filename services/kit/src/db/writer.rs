//! Owns the beginning of a write to a SQLite file. Never what is written.

use sqlx::{Sqlite, SqlitePool, Transaction};

/// Takes the writer's place at once. SQLite ends a transaction by itself when the disk is full or does not do as asked; sqlx does not
/// notice, and its connection refuses to begin for ever. Such a connection is closed and another one taken. Errors: the database's.
pub(super) async fn begin(writer: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    match writer.begin_with("BEGIN IMMEDIATE").await {
        Err(sqlx::Error::InvalidSavePointStatement) => {
            writer.acquire().await?.close().await?;
            writer.begin_with("BEGIN IMMEDIATE").await
        }
        begun => begun,
    }
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

    use super::*;

    /// One connection, as the writer has.
    async fn writer(folder: &tempfile::TempDir) -> SqlitePool {
        let options = SqliteConnectOptions::new().filename(folder.path().join("full.db")).create_if_missing(true);
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("a file");
        // Room for some pages alone: what a full disk is for SQLite.
        sqlx::raw_sql("CREATE TABLE kept (text TEXT); PRAGMA max_page_count = 8").execute(&writer).await.expect("made");
        writer
    }

    #[tokio::test]
    async fn writing_goes_on_after_the_disk_was_full() {
        let folder = tempfile::tempdir().expect("a folder");
        let writer = writer(&folder).await;
        let mut full = begin(&writer).await.expect("begun");
        let insert = "INSERT INTO kept (text) SELECT hex(randomblob(100000))";
        sqlx::query(insert).execute(&mut *full).await.expect_err("there is no room");
        // As SQLite does by itself where the file system is full.
        _ = sqlx::raw_sql("ROLLBACK").execute(&mut *full).await;
        drop(full);
        let mut again = begin(&writer).await.expect("begun again");
        sqlx::query("INSERT INTO kept (text) VALUES ('small')").execute(&mut *again).await.expect("written");
        again.commit().await.expect("kept");
    }
}

//! Owns the rivals of ingest: the same rows, put straight into a table. Never the suite.

use std::{
    io::Write,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use creatorscope_proto::metrics::v1::PostRecord;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

/// The same columns on both databases.
const TABLE: &str = "CREATE TABLE plain (creator TEXT NOT NULL, post TEXT NOT NULL, observed BIGINT NOT NULL, published BIGINT, title TEXT, \
    caption TEXT, hashtags TEXT, format BIGINT, seconds BIGINT, language TEXT, views BIGINT, likes BIGINT, dislikes BIGINT, comments BIGINT, \
    shares BIGINT, saves BIGINT, source BIGINT, PRIMARY KEY (creator, post, observed))";
const COLUMNS: usize = 17;
/// Rows of a statement; SQLite's best.
const ROWS: usize = 500;
/// Rows of a transaction, as many as the suite's batches have.
const COMMIT: usize = 2_500;

/// Plain batched inserts by sqlx into a SQLite file that is as durable as ours.
pub(crate) async fn sqlite(folder: &Path, records: &[PostRecord]) -> Duration {
    let file = folder.join(format!("plain-{}.db", uuid::Uuid::new_v4()));
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection: SqliteConnection = options.connect().await.expect("a file");
    sqlx::raw_sql(TABLE).execute(&mut connection).await.expect("a table");
    let begun = Instant::now();
    for transaction in records.chunks(COMMIT) {
        let mut tx = connection.begin().await.expect("begins");
        for rows in transaction.chunks(ROWS) {
            let place = format!("({})", vec!["?"; COLUMNS].join(","));
            let sql = format!("INSERT INTO plain VALUES {}", vec![place; rows.len()].join(","));
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for record in rows {
                let (post, counts) = parts(record);
                let (creator, id) = post.name.split_once("/posts/").expect("a name");
                query = query
                    .bind(creator)
                    .bind(id)
                    .bind(seconds(record.observe_time))
                    .bind(post.publish_time.map(|time| time.seconds));
                query = query.bind(&post.title).bind(&post.caption).bind(post.hashtags.join(" ")).bind(post.format);
                query = query.bind(post.duration.map(|length| length.seconds)).bind(&post.language);
                query = query.bind(counts.views).bind(counts.likes).bind(counts.dislikes).bind(counts.comments);
                query = query.bind(counts.shares).bind(counts.saves).bind(record.source);
            }
            query.execute(&mut *tx).await.expect("inserted");
        }
        tx.commit().await.expect("committed");
    }
    begun.elapsed()
}

/// `\copy` by psql from standard input.
pub(crate) async fn psql(url: &str, records: &[PostRecord]) -> Duration {
    let mut connection = PgConnection::connect(url).await.expect("Postgres is there");
    sqlx::raw_sql("DROP TABLE IF EXISTS plain").execute(&mut connection).await.expect("dropped");
    sqlx::raw_sql(TABLE).execute(&mut connection).await.expect("a table");
    let mut lines = Vec::new();
    for record in records {
        let (post, counts) = parts(record);
        let (creator, id) = post.name.split_once("/posts/").expect("a name");
        let number = |count: Option<i64>| count.map_or("\\N".to_owned(), |count| count.to_string());
        let text = |text: &str| text.replace('\\', "\\\\").replace('\t', " ").replace(['\n', '\r'], " ");
        let fields = [
            creator.to_owned(),
            id.to_owned(),
            seconds(record.observe_time).to_string(),
            number(post.publish_time.map(|time| time.seconds)),
            text(&post.title),
            text(&post.caption),
            text(&post.hashtags.join(" ")),
            post.format.to_string(),
            number(post.duration.map(|length| length.seconds)),
            text(&post.language),
            number(counts.views),
            number(counts.likes),
            number(counts.dislikes),
            number(counts.comments),
            number(counts.shares),
            number(counts.saves),
            record.source.to_string(),
        ];
        writeln!(lines, "{}", fields.join("\t")).expect("in memory");
    }
    let begun = Instant::now();
    let mut child = std::process::Command::new("psql")
        .args([url, "-q", "-c", "COPY plain FROM STDIN"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("psql is there");
    child.stdin.take().expect("piped").write_all(&lines).expect("sent");
    assert!(child.wait().expect("ends").success());
    begun.elapsed()
}

fn parts(record: &PostRecord) -> (&creatorscope_proto::metrics::v1::Post, creatorscope_proto::metrics::v1::PostCounts) {
    (record.post.as_ref().expect("a post"), record.counts.clone().unwrap_or_default())
}

fn seconds(time: Option<prost_types::Timestamp>) -> i64 {
    time.map_or(0, |time| time.seconds)
}

//! Owns how fast posts come in, against the same rows put straight into a table. Never how a service stores.

use std::time::{Duration, Instant};

use creatorscope::demo::population::{END, Population};
use creatorscope_proto::metrics::v1::{IngestPostsRequest, PostRecord};
use creatorscope_tests::{Mode, Suite, postgres_is_there};

use crate::{ROUNDS, compare, rival};

/// Creators whose posts are ingested; about 45 posts each.
const CREATORS: usize = 5_000;
/// Posts of one message.
const BATCH: usize = 2_500;

fn records() -> Vec<PostRecord> {
    Population::new(7, CREATORS, END).flat_map(|member| member.posts).collect()
}

/// Into SQLite, against sqlx's multi-row inserts into a SQLite file that is as durable.
pub(crate) async fn sqlite() {
    let records = records();
    let folder = tempfile::tempdir().expect("a folder");
    let (mut alone, mut whole, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(ingest(Suite::start_metrics_alone(Mode::Embedded).await, &records).await);
        whole.push(ingest(Suite::start(Mode::Embedded).await, &records).await);
        theirs.push(rival::sqlite(folder.path(), &records).await);
    }
    tell("SQLite", records.len(), [alone, whole], "sqlx batched inserts", theirs);
}

/// Into Postgres, against COPY by psql.
pub(crate) async fn postgres() {
    if !postgres_is_there() {
        return;
    }
    let records = records();
    let url = std::env::var("CREATORSCOPE_TEST_POSTGRES").expect("asked before");
    let (mut alone, mut whole, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(ingest(Suite::start_metrics_alone(Mode::Distributed).await, &records).await);
        whole.push(ingest(Suite::start(Mode::Distributed).await, &records).await);
        theirs.push(rival::psql(&url, &records).await);
    }
    tell("Postgres", records.len(), [alone, whole], "COPY by psql", theirs);
}

fn tell(database: &str, count: usize, [alone, whole]: [Vec<Duration>; 2], rival: &str, theirs: Vec<Duration>) {
    let what = |how: &str| format!("ingest of {count} posts, {database}, {how}");
    compare(&what("the metrics role alone"), count, alone, rival, theirs.clone());
    compare(&what("whole suite: gateway before, discovery following and indexing"), count, whole, rival, theirs);
}

/// The time from the first message to the last acknowledgement.
async fn ingest(suite: Suite, records: &[PostRecord]) -> Duration {
    let requests: Vec<_> = records.chunks(BATCH).map(|batch| IngestPostsRequest { records: batch.to_vec() }).collect();
    let begun = Instant::now();
    let mut answers = suite.metrics().ingest_posts(tokio_stream::iter(requests)).await.expect("open").into_inner();
    let mut accepted = 0;
    while let Some(answer) = answers.message().await.expect("good") {
        accepted += answer.accepted_count as usize;
    }
    let time = begun.elapsed();
    assert_eq!(accepted, records.len());
    suite.stop().await;
    time
}

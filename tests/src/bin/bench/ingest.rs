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

/// Through the gateway of an embedded suite, against sqlx's multi-row inserts into a SQLite file.
pub(crate) async fn sqlite() {
    let records = records();
    let folder = tempfile::tempdir().expect("a folder");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(ingest(Mode::Embedded, &records).await);
        theirs.push(rival::sqlite(folder.path(), &records).await);
    }
    compare(&format!("ingest of {} posts, SQLite", records.len()), records.len(), ours, "sqlx batched inserts", theirs);
}

/// Through the gateway of a distributed suite, against COPY by psql.
pub(crate) async fn postgres() {
    if !postgres_is_there() {
        return;
    }
    let records = records();
    let url = std::env::var("CREATORSCOPE_TEST_POSTGRES").expect("asked before");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(ingest(Mode::Distributed, &records).await);
        theirs.push(rival::psql(&url, &records).await);
    }
    compare(&format!("ingest of {} posts, Postgres", records.len()), records.len(), ours, "COPY by psql", theirs);
}

/// The time from the first message to the last acknowledgement.
async fn ingest(mode: Mode, records: &[PostRecord]) -> Duration {
    let suite = Suite::start(mode).await;
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

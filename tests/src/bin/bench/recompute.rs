//! Owns how fast stored values are computed again, against DuckDB summing up the same counts. Never what a value is.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use creatorscope::demo::population::{END, Population};
use creatorscope_proto::{
    common::v1::{Platform, Tier},
    metrics::v1::{
        Cohort, GetBenchmarkRequest, GetRecomputeOperationRequest, IngestObservationsRequest, IngestPostsRequest,
        PostRecord, RecomputeMetricsRequest, recompute_operation::State,
    },
};
use creatorscope_tests::{Mode, Suite};

use crate::{ROUNDS, median, per_second};

/// Creators whose values are computed; about 45 posts each.
const CREATORS: usize = 10_000;
/// Posts of one message.
const BATCH: usize = 2_500;
/// How often is looked whether it is done.
const LOOK: Duration = Duration::from_millis(10);

pub(crate) async fn run() {
    let members: Vec<_> = Population::new(7, CREATORS, END).collect();
    let records: Vec<PostRecord> = members.iter().flat_map(|member| member.posts.clone()).collect();
    let suite = Suite::start_metrics_alone(Mode::Embedded).await;
    let posts = records.chunks(BATCH).map(|records| IngestPostsRequest { records: records.to_vec() });
    let mut answers =
        suite.metrics().ingest_posts(tokio_stream::iter(posts.collect::<Vec<_>>())).await.expect("open").into_inner();
    while answers.message().await.expect("good").is_some() {}
    let observations: Vec<_> = members.into_iter().flat_map(|member| member.observations).collect();
    let accounts = observations.chunks(BATCH).map(|part| IngestObservationsRequest { observations: part.to_vec() });
    let mut answers = suite
        .metrics()
        .ingest_observations(tokio_stream::iter(accounts.collect::<Vec<_>>()))
        .await
        .expect("open")
        .into_inner();
    let mut token = String::new();
    while let Some(answer) = answers.message().await.expect("good") {
        token = answer.change_token;
    }
    let cohort = Cohort { platform: Platform::Tiktok.into(), tier: Tier::Micro.into(), ..Cohort::default() };
    let settled =
        GetBenchmarkRequest { cohort: Some(cohort), read_after: vec![token], ..GetBenchmarkRequest::default() };
    while suite.metrics().get_benchmark(settled.clone()).await.is_err() {}

    let (mut times, mut computing) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (begun, before) = (Instant::now(), suite.processor_time());
        recompute(&suite).await;
        times.push(begun.elapsed());
        computing.push(suite.processor_time() - before);
    }
    println!(
        "recomputing {} posts of {CREATORS} creators: {:.0} posts/s in all, {:.0} posts/s a core",
        records.len(),
        per_second(records.len(), median(times)),
        per_second(records.len(), median(computing)),
    );
    duckdb(suite.folder(), &records);
    suite.stop().await;
}

async fn recompute(suite: &Suite) {
    let begun =
        suite.metrics().recompute_metrics(RecomputeMetricsRequest::default()).await.expect("begun").into_inner();
    let name = begun.operation.expect("set").name;
    loop {
        let request = GetRecomputeOperationRequest { name: name.clone() };
        let operation = suite.metrics().get_recompute_operation(request).await.expect("known").into_inner().operation;
        match operation.expect("set").state() {
            State::Running => tokio::time::sleep(LOOK).await,
            state => return assert_eq!(state, State::Succeeded),
        }
    }
}

/// DuckDB on one thread: sums, medians and quantiles of the counts a creator, read from a table of its own.
fn duckdb(folder: &Path, records: &[PostRecord]) {
    let file = folder.join("posts.csv");
    let mut lines = String::from("creator,published,views,likes,comments,shares\n");
    for record in records {
        let (post, counts) = (record.post.as_ref().expect("a post"), record.counts.clone().unwrap_or_default());
        let creator = post.name.split("/posts/").next().unwrap_or_default();
        let published = post.publish_time.map_or(0, |time| time.seconds);
        let number = |count: Option<i64>| count.map(|count| count.to_string()).unwrap_or_default();
        let counts = [counts.views, counts.likes, counts.comments, counts.shares].map(number).join(",");
        lines += &format!("{creator},{published},{counts}\n");
    }
    std::fs::write(&file, lines).expect("written");
    let script = format!(
        "SET threads = 1; CREATE TABLE posts AS SELECT * FROM read_csv('{}');\n.timer on\n\
         SELECT COUNT(*) FROM (SELECT creator, SUM(likes + comments + shares) / SUM(views), AVG(views), AVG(likes), \
         AVG(comments), AVG(shares), MEDIAN(views), MEDIAN(likes / views), QUANTILE_CONT(views, [0.25, 0.75]), \
         STDDEV_POP(views) / AVG(views), COUNT(*) FROM posts GROUP BY creator);\n",
        file.display()
    );
    let spawned = Command::new("duckdb").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        println!("no DuckDB is installed here; the rival is left out");
        return;
    };
    child.stdin.take().expect("piped").write_all(script.as_bytes()).expect("sent");
    let told = child.wait_with_output().expect("ends").stdout;
    println!("DuckDB on one thread over {} posts:\n{}", records.len(), String::from_utf8_lossy(&told));
}

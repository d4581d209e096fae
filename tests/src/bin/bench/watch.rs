//! Owns how long watchers wait for what was ingested: from the sending of a count to the delta. Never what is watched.

use std::time::{Duration, Instant};

use creatorscope_kit::transport::Transport;
use creatorscope_proto::common::v1::Window;
use creatorscope_proto::metrics::v1::{
    MetricSelection, WatchMetricsRequest, WatchMetricsResponse, metrics_service_client::MetricsServiceClient,
    watch_metrics_response::Event,
};
use creatorscope_tests::{
    Mode, Suite,
    make::{creator_name, followers},
};
use tokio::{sync::mpsc, task::JoinSet};
use tonic::Streaming;

/// Streams of one connection where several share one.
const STREAMS: usize = 50;

/// How many watch, over how many connections, and how many counts are sent one after the other, each waited for by all.
struct Case {
    watchers: usize,
    connections: usize,
    changes: i64,
    /// Whether one more watcher opens a stream and never reads it.
    with_stalled: bool,
}

pub(crate) async fn run() {
    for (watchers, connections, changes, with_stalled) in [
        (1, 1, 200, false),
        (100, 2, 200, false),
        (100, 100, 200, false),
        (100, 2, 200, true),
        (1_000, 1_000 / STREAMS, 50, false),
        (1_000, 1_000 / STREAMS, 50, true),
    ] {
        measure(Case { watchers, connections, changes, with_stalled }).await;
    }
}

async fn measure(case: Case) {
    let suite = Suite::start(Mode::Embedded).await;
    let clients: Vec<MetricsServiceClient<Transport>> = (0..case.connections).map(|_| suite.metrics()).collect();
    let (arrived, mut arrivals) = mpsc::channel(case.watchers);
    let mut streams = JoinSet::new();
    for watcher in 0..case.watchers {
        let mut stream = watch(clients[watcher % clients.len()].clone(), &followers_alone()).await;
        let arrived = arrived.clone();
        streams.spawn(async move {
            while let Ok(Some(message)) = stream.message().await {
                if matches!(message.event, Some(Event::Metrics(_))) && arrived.send(Instant::now()).await.is_err() {
                    break;
                }
            }
        });
    }
    // Some 10 kB a message fill what the client's window takes long before the end.
    let stalled = if case.with_stalled { Some(watch(suite.metrics(), &all_windows()).await) } else { None };
    let mut delays = Vec::new();
    let begin = Instant::now();
    for change in 0..case.changes {
        let sent = Instant::now();
        suite.ingest_observations(vec![followers("watched", change, 1_000 + change)]).await.expect("taken");
        for _ in 0..case.watchers {
            let arrival = arrivals.recv().await.expect("watchers live");
            delays.push(arrival.saturating_duration_since(sent));
        }
    }
    let rate = delays.len() as f64 / begin.elapsed().as_secs_f64();
    let memory = suite.resident_kilobytes() / 1_024;
    streams.abort_all();
    drop(stalled);
    delays.sort();
    let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{} watchers on {} connections{}: ingest to delta, median {:.1} ms, 99th percentile {:.1} ms; {rate:.0} messages/s; \
         node {memory} MB",
        case.watchers,
        case.connections,
        if case.with_stalled { " and one that never reads" } else { "" },
        at(0.5),
        at(0.99)
    );
    drop((arrivals, clients));
    tokio::time::timeout(Duration::from_secs(30), suite.stop()).await.expect("stops");
}

fn followers_alone() -> MetricSelection {
    MetricSelection { definitions: vec!["followers".into()], ..MetricSelection::default() }
}

fn all_windows() -> MetricSelection {
    let windows = [Window::Window7d, Window::Window30d, Window::Window90d, Window::Window365d, Window::Lifetime];
    MetricSelection { windows: windows.map(Into::into).to_vec(), ..MetricSelection::default() }
}

/// A stream about one creator that has begun.
async fn watch(
    mut client: MetricsServiceClient<Transport>,
    selection: &MetricSelection,
) -> Streaming<WatchMetricsResponse> {
    let (creators, selection) = (vec![creator_name("watched")], Some(selection.clone()));
    let request = WatchMetricsRequest { creators, selection, skip_snapshot: true, ..Default::default() };
    let mut stream = client.watch_metrics(request).await.expect("watching").into_inner();
    let first = stream.message().await.expect("alive").expect("one");
    assert!(matches!(first.event, Some(Event::Heartbeat(_))));
    stream
}

//! Owns how long a watcher waits for what was ingested: from the sending of a count to the delta. Never what is watched.

use std::time::{Duration, Instant};

use creatorscope_proto::metrics::v1::{MetricSelection, WatchMetricsRequest, watch_metrics_response::Event};
use creatorscope_tests::{
    Mode, Suite,
    make::{creator_name, followers},
};
use tokio::{sync::mpsc, task::JoinSet};

/// Counts that are sent one after the other; each is waited for by every watcher.
const CHANGES: i64 = 200;

pub(crate) async fn run() {
    for watchers in [1, 100] {
        measure(watchers).await;
    }
}

async fn measure(watchers: usize) {
    let suite = Suite::start(Mode::Embedded).await;
    let (arrived, mut arrivals) = mpsc::channel(watchers);
    let mut streams = JoinSet::new();
    for _ in 0..watchers {
        let selection = Some(MetricSelection { definitions: vec!["followers".into()], ..Default::default() });
        let creators = vec![creator_name("watched")];
        let request = WatchMetricsRequest { creators, selection, skip_snapshot: true, ..Default::default() };
        let mut stream = suite.metrics().watch_metrics(request).await.expect("watching").into_inner();
        let first = stream.message().await.expect("alive").expect("one");
        assert!(matches!(first.event, Some(Event::Heartbeat(_))));
        let arrived = arrived.clone();
        streams.spawn(async move {
            while let Ok(Some(message)) = stream.message().await {
                if matches!(message.event, Some(Event::Metrics(_))) && arrived.send(Instant::now()).await.is_err() {
                    break;
                }
            }
        });
    }
    let mut delays = Vec::new();
    for change in 0..CHANGES {
        let sent = Instant::now();
        suite.ingest_observations(vec![followers("watched", change, 1_000 + change)]).await.expect("taken");
        for _ in 0..watchers {
            let arrival = arrivals.recv().await.expect("watchers live");
            delays.push(arrival.saturating_duration_since(sent));
        }
    }
    streams.abort_all();
    delays.sort();
    let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("{watchers} watchers: ingest to delta, median {:.1} ms, 99th percentile {:.1} ms", at(0.5), at(0.99));
    drop(arrivals);
    tokio::time::timeout(Duration::from_secs(30), suite.stop()).await.expect("stops");
}

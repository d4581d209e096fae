//! Owns the agreement of jobs over stops and starts. Never the index or the tables by themselves.

mod erasure;

use std::{path::Path, time::Duration};

use creatorscope_kit::{
    changes::ChangeLog,
    clock::Clock,
    db::{Db, DbConfig},
    role::BoxError,
    task,
    token::Token,
};
use jiff::Timestamp;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::Indexer;
use crate::{
    MIGRATIONS,
    filter::{Fields, Filter},
    index::{Generation, Index, Memory, Search},
    order::Order,
    progress::{Progress, SERVICE},
    store::Store,
};

const PATIENCE: Duration = Duration::from_secs(60);

async fn store(folder: &Path) -> Store {
    let config = DbConfig::File(folder.join("discovery.db"));
    let db = Db::open(&config, SERVICE, &MIGRATIONS).await.expect("a database");
    let clock = Clock::fixed(Timestamp::from_second(100_000).expect("in range"));
    Store::new(db.clone(), ChangeLog::new(db, clock.clone()), clock)
}

struct Running {
    index: Index,
    progress: Progress,
    metrics: watch::Sender<Vec<String>>,
    stop: CancellationToken,
    job: JoinHandle<Result<(), BoxError>>,
}

impl Running {
    fn start(store: &Store, folder: &Path) -> Self {
        let memory = Memory::new(1 << 24);
        let (generation, cursor) = Generation::open(folder, Fields::new(Vec::new()), &memory).expect("opened");
        let index = Index::new(generation.into());
        let (metrics, wanted) = watch::channel(Vec::new());
        let progress = Progress::new(cursor.unwrap_or(0), 0, wanted.clone());
        let indexer = Indexer {
            store: store.clone(),
            index: index.clone(),
            folder: folder.to_owned(),
            memory,
            progress: progress.clone(),
            metrics: wanted,
            delay: Duration::from_millis(100),
            cursor,
        };
        let stop = CancellationToken::new();
        let job = task::spawn("indexer", indexer.run(stop.clone()));
        Self { index, progress, metrics, stop, job }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.job.await.expect("no panic").expect("no error");
    }

    /// How many creators there are after everything that was written before.
    async fn total(&self, store: &Store) -> u64 {
        let head = store.log().head().await.expect("readable");
        self.progress.reach(&[Token::new(SERVICE, head)], store.log(), PATIENCE).await.expect("reached");
        let search = Search {
            query: String::new(),
            exact: false,
            filter: Filter::default(),
            order: Order::parse("", false, &Fields::new(Vec::new())).expect("valid"),
            after: None,
            limit: 1,
            facets: Vec::new(),
            skip_total: false,
        };
        self.index.current().search(&search).expect("searched").total.expect("asked for")
    }
}

async fn ingest(store: &Store, ids: std::ops::Range<usize>) {
    let profiles: Vec<_> = ids.map(|id| crate::store::sample_profile(&format!("c{id}"), "", 1)).collect();
    store.ingest(&profiles).await.expect("taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_follows_stops_and_goes_on() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let store = store(data.path()).await;
    let folder = data.path().join("index");
    ingest(&store, 0..10).await;
    let running = Running::start(&store, &folder);
    assert_eq!(running.total(&store).await, 10);
    ingest(&store, 10..2_500).await;
    assert_eq!(running.total(&store).await, 2_500);
    running.stop().await;
    ingest(&store, 2_500..2_600).await;
    let id = crate::store::sample_profile("c0", "", 1).id;
    store.remove(&id).await.expect("removed");
    let again = Running::start(&store, &folder);
    assert_eq!(again.total(&store).await, 2_599);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_trimmed_makes_the_index_anew() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let store = store(data.path()).await;
    let folder = data.path().join("index");
    ingest(&store, 0..10).await;
    let running = Running::start(&store, &folder);
    assert_eq!(running.total(&store).await, 10);
    running.stop().await;
    let id = crate::store::sample_profile("c0", "", 1).id;
    store.remove(&id).await.expect("removed");
    ingest(&store, 10..15).await;
    store.log().trim(Timestamp::from_second(200_000).expect("in range")).await.expect("trimmed");
    let again = Running::start(&store, &folder);
    assert_eq!(again.total(&store).await, 14);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_metrics_become_fields_without_a_pause() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let store = store(data.path()).await;
    let folder = data.path().join("index");
    ingest(&store, 0..10).await;
    let running = Running::start(&store, &folder);
    assert_eq!(running.total(&store).await, 10);
    running.metrics.send_replace(vec!["er.views".to_owned()]);
    ingest(&store, 10..11).await;
    assert_eq!(running.total(&store).await, 11);
    while running.index.current().fields().find("er.views").is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(running.total(&store).await, 11);
    running.stop().await;
}

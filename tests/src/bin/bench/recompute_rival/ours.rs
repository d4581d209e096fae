//! Owns our side: rows poured into the metrics store, then every default number of every creator. Never a formula.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use creatorscope_domain::{CreatorId, PostName, Source};
use creatorscope_kit::{
    changes::ChangeLog,
    clock::Clock,
    db::{Db, DbConfig},
};
use creatorscope_metrics::{
    MIGRATIONS,
    definitions::DEFINITIONS,
    evaluate::{View, values},
    model::{AccountCounts, CreatorHistory, Description, Observation, PostCounts, PostRecord, Reading},
    selection::Pick,
    store::{Item, Store},
};
use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};

use super::{
    Numbers, Options,
    readings::{self, Account},
};

/// What the rival computes.
const STATEMENT: &str = include_str!("../../../../bench/recompute.sql");
/// Creators whose rows go into one transaction.
const LOADED: u64 = 100;
/// Creators that are read at once.
const READ: usize = 500;

/// What came of it; times in seconds.
pub(super) struct Ours {
    pub(super) loading: f64,
    pub(super) reading: f64,
    pub(super) evaluating: f64,
    /// Time of processors of this process, for reading and evaluating.
    pub(super) cpu: f64,
    /// By the number of the creator.
    pub(super) numbers: Vec<Numbers>,
}

pub(super) fn run(options: &Options, folder: &Path) -> Ours {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let file = folder.join("metrics.db");
    let (store, loading) = runtime.block_on(load(options, &file));
    let ids: Vec<CreatorId> =
        (0..options.creators).map(|index| CreatorId::parse(&readings::account(index, 0).id).expect("an id")).collect();
    let mut ours = recompute(&runtime, &store, &ids);
    ours.loading = loading.as_secs_f64();
    drop(store);
    fs::remove_file(file).expect("removed");
    ours
}

/// Computes what the rival computes, as the recomputation of the service does: histories in chunks, values alone.
fn recompute(runtime: &Runtime, store: &Store, ids: &[CreatorId]) -> Ours {
    let picks = picks();
    let (mut reading, mut evaluating) = (Duration::ZERO, Duration::ZERO);
    let mut numbers = Vec::with_capacity(ids.len());
    let cpu = processor_seconds();
    for chunk in ids.chunks(READ) {
        let begun = Instant::now();
        let histories = runtime.block_on(store.histories(chunk)).expect("read");
        reading += begun.elapsed();
        let begun = Instant::now();
        let mut found: Vec<(CreatorId, Numbers)> =
            histories.iter().map(|history| (history.creator.clone(), evaluate(history, &picks))).collect();
        evaluating += begun.elapsed();
        assert_eq!(found.len(), chunk.len(), "creators that are known");
        // The store answers in the order of ids, the numbers stand in the order of creation.
        found.sort_by_cached_key(|(id, _)| chunk.iter().position(|other| other == id));
        numbers.extend(found.into_iter().map(|(_, numbers)| numbers));
    }
    let cpu = processor_seconds() - cpu;
    Ours { loading: 0.0, reading: reading.as_secs_f64(), evaluating: evaluating.as_secs_f64(), cpu, numbers }
}

/// The first version of every definition that the rival's statement names.
fn picks() -> Vec<Pick> {
    let named: Vec<&str> = STATEMENT.split('"').skip(1).step_by(2).collect();
    let wanted = DEFINITIONS.iter().filter(|definition| definition.version == 1 && named.contains(&definition.id));
    wanted.map(|definition| Pick { definition, window: definition.default_window(), format: None }).collect()
}

fn evaluate(history: &CreatorHistory, picks: &[Pick]) -> Numbers {
    let view = View::at(history, None).expect("something was read");
    let mut row = Vec::with_capacity(picks.len());
    values(&view, picks, &mut row);
    let known = picks.iter().zip(row).filter(|(_, value)| !value.is_nan());
    known.map(|(pick, value)| (pick.definition.id.to_owned(), value)).collect()
}

async fn load(options: &Options, file: &Path) -> (Store, Duration) {
    let db = Db::open(&DbConfig::File(file.to_owned()), "metrics", &MIGRATIONS).await.expect("a new file");
    let store = Store::new(db.clone(), ChangeLog::new(db, Clock::system()));
    let mut spent = Duration::ZERO;
    let mut next = 0;
    while next < options.creators {
        let end = (next + LOADED).min(options.creators);
        let batch: Vec<Item> = (next..end).flat_map(|index| items(&readings::account(index, options.posts))).collect();
        let count = batch.len();
        let begun = Instant::now();
        let landed = store.ingest(vec![batch]).await.expect("written");
        spent += begun.elapsed();
        assert_eq!(landed.messages[0].accepted, count, "rows that are new");
        next = end;
    }
    (store, spent)
}

fn items(account: &Account) -> Vec<Item> {
    let time = |seconds: i64| Timestamp::from_second(seconds).expect("in range");
    let creator = CreatorId::parse(&account.id).expect("an id");
    let source = Source::File;
    let readings = account.readings.iter().map(|reading| {
        let values = [Some(reading.followers), None, Some(reading.total_views), None, None, None];
        let reading_of = Reading::Account(creator.clone(), AccountCounts::stored(values, 0));
        Item::Observation(Box::new(Observation { reading: reading_of, observe_time: time(reading.time), source }))
    });
    let posts = account.posts.iter().map(|post| {
        let values = [Some(post.views), post.likes, None, post.comments, post.shares, None];
        Item::Post(Box::new(PostRecord {
            name: PostName::parse(&format!("creators/{}/posts/{}", account.id, post.id)).expect("a name"),
            description: Description {
                publish_time: Some(time(post.published)),
                sponsored: post.sponsored,
                ..Description::default()
            },
            observe_time: time(post.time),
            counts: Some(PostCounts::stored(values, 0)),
            source,
        }))
    });
    posts.chain(readings).collect()
}

/// Seconds that all threads of this process have run, in steps of a hundredth.
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, fields) = stat.rsplit_once(") ").expect("a name in parentheses");
    let ticks: u64 = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    ticks as f64 / 100.0
}

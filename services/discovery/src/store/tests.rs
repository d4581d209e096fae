//! Owns the contract of the store: on SQLite always, on Postgres when `CREATORSCOPE_TEST_POSTGRES` names one. Never a mock.

use std::io::Write as _;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};

use creatorscope_domain::{Platform, Source};
use creatorscope_kit::db::{DbConfig, Secret};

use super::*;

mod people;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

#[allow(clippy::disallowed_methods, reason = "only tests are told of a Postgres in this way")]
pub(super) async fn stores() -> Vec<Store> {
    static SCHEMAS: AtomicU32 = AtomicU32::new(0);
    let mut databases = vec![Db::temporary(&MIGRATIONS).await.expect("a database")];
    match std::env::var("CREATORSCOPE_TEST_POSTGRES") {
        Ok(url) => {
            let schema = format!("discovery_test_{}_{}", std::process::id(), SCHEMAS.fetch_add(1, Ordering::SeqCst));
            let config = DbConfig::postgres(Secret::new(url), 8);
            databases.push(Db::open(&config, schema.leak(), &MIGRATIONS).await.expect("the Postgres that was named"));
        }
        Err(_) => _ = writeln!(std::io::stderr(), "SKIPPED on Postgres: CREATORSCOPE_TEST_POSTGRES is not set"),
    }
    let clock = Clock::fixed(at(1_000));
    databases.into_iter().map(|db| Store::new(db.clone(), ChangeLog::new(db, clock.clone()), clock.clone())).collect()
}

pub(crate) fn profile(id: &str, bio: &str, read: i64) -> Creator {
    Creator {
        region: String::new(),
        city: String::new(),
        account_type: None,
        mentions: Vec::new(),
        audience: None,
        id: CreatorId::new(Platform::Tiktok, id).expect("valid"),
        display_name: "Ana \u{0} \t\\ \"quoted\"".into(),
        handle: String::new(),
        bio: bio.into(),
        country: String::new(),
        languages: vec!["pt-BR".into()],
        niches: Vec::new(),
        topics: Vec::new(),
        hashtags: Vec::new(),
        recent_titles: Vec::new(),
        verified: Some(true),
        account_create_time: Some(at(5)),
        links: Vec::new(),
        person: String::new(),
        synthetic: false,
        source: Source::File,
        observe_time: at(read),
    }
}

fn metrics(followers: i64) -> Option<MetricSnapshot> {
    Some(MetricSnapshot {
        measures: BTreeMap::from([("followers".to_owned(), followers as f64), ("er.views".to_owned(), 0.1 + 0.2)]),
        followers: Some(followers),
        as_of: Some(at(7)),
        encoded: followers.to_le_bytes().to_vec(),
    })
}

fn told(states: &[(&str, Option<MetricSnapshot>)], position: i64) -> MetricsBatch {
    let id = |id: &str| CreatorId::new(Platform::Tiktok, id).expect("valid");
    MetricsBatch {
        states: states.iter().map(|(name, state)| (id(name), state.clone())).collect(),
        followed: Some(Followed { resume_token: format!("token {position}"), position }),
        ends_snapshot: false,
    }
}

async fn keys(store: &Store, after: i64) -> Vec<(String, i64)> {
    let changes = store.log().read(after, 100).await.expect("readable");
    changes.into_iter().map(|change| (change.key, change.kind)).collect()
}

async fn one(store: &Store, id: &str) -> Option<CreatorRecord> {
    store.creators([format!("tiktok:{id}").as_str()]).await.expect("readable").pop()
}

#[tokio::test]
async fn the_profile_that_was_read_later_stays() {
    for store in stores().await {
        let ingest = async |creator: Creator| store.ingest(&[creator]).await.expect("taken").0[0];
        assert_eq!(ingest(profile("a", "first", 10)).await, Outcome::Created);
        assert_eq!(ingest(profile("a", "first", 10)).await, Outcome::Unchanged);
        assert_eq!(ingest(profile("a", "older", 9)).await, Outcome::Stale);
        assert_eq!(ingest(profile("a", "same time", 10)).await, Outcome::Updated);
        assert_eq!(ingest(profile("a", "newer", 11)).await, Outcome::Updated);
        let record = one(&store, "a").await.expect("known");
        assert_eq!(record.creator, profile("a", "newer", 11));
        assert_eq!((record.version, record.create_time), (3, at(1_000)));
        assert_eq!(keys(&store, 0).await.len(), 3, "only what was written is a change");
    }
}

#[tokio::test]
async fn a_creator_that_stands_twice_in_a_batch_changes_once() {
    for store in stores().await {
        let batch = [profile("a", "first", 1), profile("b", "", 1), profile("a", "second", 2), profile("a", "late", 1)];
        let (outcomes, position) = store.ingest(&batch).await.expect("taken");
        assert_eq!(outcomes, [Outcome::Created, Outcome::Created, Outcome::Updated, Outcome::Stale]);
        assert_eq!(position, 2);
        assert_eq!(keys(&store, 0).await, [("tiktok:a".to_owned(), CHANGED), ("tiktok:b".to_owned(), CHANGED)]);
        assert_eq!(one(&store, "a").await.expect("known").creator.bio, "second");
    }
}

#[tokio::test]
async fn creators_are_read_in_the_order_of_ids() {
    for store in stores().await {
        let batch: Vec<Creator> = ["b", "A", "a", "_", "Z"].iter().map(|id| profile(id, "", 1)).collect();
        store.ingest(&batch).await.expect("taken");
        let mut ids = Vec::new();
        let mut after = String::new();
        loop {
            let page = store.creators_after(&after, 2).await.expect("readable");
            let Some(last) = page.last() else { break };
            after = last.creator.id.as_str().to_owned();
            ids.extend(page.iter().map(|record| record.creator.id.platform_id().to_owned()));
        }
        assert_eq!(ids, ["A", "Z", "_", "a", "b"]);
    }
}

#[tokio::test]
async fn a_removed_creator_leaves_nothing_but_its_removal() {
    for store in stores().await {
        store.ingest(&[profile("a", "", 1), profile("b", "", 1)]).await.expect("taken");
        store.take_metrics(told(&[("a", metrics(5))], 1)).await.expect("taken");
        let id = CreatorId::new(Platform::Tiktok, "a").expect("valid");
        let removal = store.remove(&id).await.expect("removed");
        assert!(removal.had_profile);
        assert_eq!(one(&store, "a").await, None);
        assert_eq!(keys(&store, 0).await, [("tiktok:b".to_owned(), CHANGED), ("tiktok:a".to_owned(), REMOVED)]);
        assert!(!store.remove(&id).await.expect("nothing to remove").had_profile);
        store.ingest(&[profile("a", "", 1)]).await.expect("taken");
        assert_eq!(one(&store, "a").await.expect("known again").metrics, None);
    }
}

#[tokio::test]
async fn metrics_that_come_before_the_profile_wait_for_it() {
    for store in stores().await {
        store.begin_snapshot().await.expect("begun");
        store.take_metrics(told(&[("a", metrics(12_345))], 7)).await.expect("taken");
        assert!(keys(&store, 0).await.is_empty(), "nobody is told of a creator that is not known");
        store.ingest(&[profile("a", "", 1)]).await.expect("taken");
        let record = one(&store, "a").await.expect("known");
        assert_eq!(record.metrics, metrics(12_345));
        let followed = store.followed().await.expect("readable");
        assert_eq!(followed, Some(Followed { resume_token: "token 7".into(), position: 7 }));
    }
}

#[tokio::test]
async fn metrics_that_are_the_same_change_nothing() {
    for store in stores().await {
        store.begin_snapshot().await.expect("begun");
        store.ingest(&[profile("a", "", 1)]).await.expect("taken");
        for position in 1..3 {
            store.take_metrics(told(&[("a", metrics(1))], position)).await.expect("taken");
        }
        assert_eq!(keys(&store, 0).await.len(), 2);
        assert_eq!(one(&store, "a").await.expect("known").version, 2);
        store.take_metrics(told(&[("a", None)], 3)).await.expect("taken");
        assert_eq!(one(&store, "a").await.expect("known").metrics, None);
        assert_eq!(keys(&store, 0).await.len(), 3);
    }
}

#[tokio::test]
async fn creators_that_a_snapshot_lacks_lose_their_metrics_at_its_end() {
    for store in stores().await {
        store.ingest(&[profile("a", "", 1), profile("b", "", 1)]).await.expect("taken");
        store.begin_snapshot().await.expect("begun");
        store.take_metrics(told(&[("a", metrics(1)), ("b", metrics(2))], 1)).await.expect("taken");
        store.begin_snapshot().await.expect("begun");
        assert_eq!(store.followed().await.expect("readable"), Some(Followed::default()));
        let mut snapshot = told(&[("b", metrics(2))], 9);
        snapshot.ends_snapshot = true;
        store.take_metrics(snapshot).await.expect("taken");
        assert_eq!(one(&store, "a").await.expect("known").metrics, None);
        assert_eq!(one(&store, "b").await.expect("known").metrics, metrics(2));
        let last = keys(&store, 4).await;
        assert_eq!(last, [("tiktok:a".to_owned(), METRICS_CHANGED)], "only a changed at the end");
    }
}

#[tokio::test]
async fn the_list_of_metrics_is_replaced() {
    for store in stores().await {
        for ids in [vec!["b".to_owned(), "a".to_owned()], vec!["c".to_owned()]] {
            store.set_metric_fields(&ids).await.expect("stored");
            let mut sorted = ids;
            sorted.sort();
            assert_eq!(store.metric_fields().await.expect("readable"), sorted);
        }
    }
}

#[tokio::test]
async fn of_profiles_that_come_at_once_the_one_read_last_stays() {
    for store in stores().await {
        let writers = (0..20).map(|read| {
            let store = store.clone();
            async move { store.ingest(&[profile("a", &format!("read {read}"), read)]).await.expect("taken") }
        });
        futures::future::join_all(writers).await;
        assert_eq!(one(&store, "a").await.expect("known").creator.bio, "read 19");
    }
}

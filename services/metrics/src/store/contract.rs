//! Owns what every database must do for this store: one suite, on SQLite always and on Postgres when
//! `CREATORSCOPE_TEST_POSTGRES` is a URL.

use creatorscope_domain::{Platform, PostFormat, PostName, Source, Tier};
use creatorscope_kit::{
    clock::Clock,
    db::{DbConfig, Secret},
    task,
};
use futures::future::join_all;
use proptest::prelude::*;
use std::io::Write as _;

use super::*;
use crate::{
    model::{AccountCounts, CreatorHistory, Description, Observation, PostCounts, PostRecord, Reading},
    testing::{account, counts, day},
};

/// Makes each named test of this module a test on each database.
macro_rules! contract {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::store::contract::sqlite().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                if let Some(store) = $crate::store::contract::postgres(stringify!($test)).await {
                    super::$test(store).await;
                }
            })+
        }
    };
}

pub(super) use contract;

contract! {
    the_same_items_again_change_nothing,
    other_counts_under_a_known_key_are_told_and_the_first_kept,
    messages_of_one_transaction_are_counted_as_if_alone,
    observations_out_of_order_give_the_same_history,
    a_description_is_replaced_by_a_newer_one_only,
    texts_are_kept_as_they_are,
    erasure_leaves_nothing_but_its_change,
    an_erased_creator_may_come_back_under_another_version,
    creators_are_paged_and_filtered_by_their_followers,
    posts_that_changed_since_a_version_are_found_with_those_that_were_purged,
    eight_writers_of_one_creator_lose_and_double_nothing,
    eight_writers_of_many_creators_do_not_block_one_another_for_ever,
}

pub(super) async fn sqlite() -> Store {
    store(Db::temporary(&MIGRATIONS).await.expect("opens"))
}

#[allow(clippy::disallowed_methods, reason = "tests are told by their environment where a Postgres is")]
pub(super) async fn postgres(test: &str) -> Option<Store> {
    let Ok(url) = std::env::var("CREATORSCOPE_TEST_POSTGRES") else {
        _ = writeln!(std::io::stderr(), "SKIPPED on Postgres: {test}; CREATORSCOPE_TEST_POSTGRES is not set");
        return None;
    };
    let mut schema = format!("m{}_{test}", Clock::system().now().as_microsecond());
    schema.truncate(60);
    let config = DbConfig::postgres(Secret::new(url), 10);
    Some(store(Db::open(&config, Box::leak(schema.into_boxed_str()), &MIGRATIONS).await.expect("opens")))
}

fn store(db: Db) -> Store {
    let log = ChangeLog::new(db.clone(), Clock::fixed(day(100.0)));
    Store::new(db, log)
}

fn name(creator: &str, post: i64) -> PostName {
    PostName::parse(&format!("creators/tiktok:{creator}/posts/{post:015}")).expect("valid")
}

pub(super) fn record(creator: &str, post: i64, read: f64, values: [i64; 5]) -> Item {
    Item::Post(Box::new(PostRecord {
        name: name(creator, post),
        description: Description {
            publish_time: Some(day(0.0)),
            title: format!("title of {read}"),
            format: Some(PostFormat::Short),
            ..Description::default()
        },
        observe_time: day(read),
        counts: Some(counts(values)).filter(|counts| !counts.is_empty()),
        source: Source::File,
    }))
}

pub(super) fn recount(creator: &str, post: i64, read: f64, values: [i64; 5]) -> Item {
    let reading = Reading::Post(name(creator, post), counts(values));
    Item::Observation(Box::new(Observation { reading, observe_time: day(read), source: Source::File }))
}

pub(super) fn followers(creator: &str, read: f64, count: i64) -> Item {
    let creator = CreatorId::parse(&format!("tiktok:{creator}")).expect("valid");
    let reading = Reading::Account(creator, account(read, count, -1).counts);
    Item::Observation(Box::new(Observation { reading, observe_time: day(read), source: Source::File }))
}

pub(super) fn id(creator: &str) -> CreatorId {
    CreatorId::parse(&format!("tiktok:{creator}")).expect("valid")
}

pub(super) async fn put(store: &Store, items: Vec<Item>) -> Landed {
    store.ingest(vec![items]).await.expect("stores").messages.remove(0)
}

/// The history of a creator without its version.
async fn history(store: &Store, creator: &str) -> Option<CreatorHistory> {
    let found = store.histories(&[id(creator)]).await.expect("reads").pop();
    found.map(|history| CreatorHistory { version: 0, ..history })
}

fn landed(landed: &Landed) -> (usize, usize, usize) {
    (landed.accepted, landed.duplicates, landed.conflicts.len())
}

async fn the_same_items_again_change_nothing(store: Store) {
    let items = || {
        vec![record("a", 1, 5.0, [9, 1, -1, 1, -1]), followers("a", 5.0, 10), recount("a", 1, 6.0, [9, 2, -1, 1, -1])]
    };
    let first = store.ingest(vec![items()]).await.expect("stores");
    let before = history(&store, "a").await;
    let again = store.ingest(vec![items()]).await.expect("stores");
    assert_eq!(landed(&first.messages[0]), (3, 0, 0));
    assert_eq!(landed(&again.messages[0]), (0, 3, 0));
    assert_eq!(again.position, first.position);
    assert_eq!(history(&store, "a").await, before);
    assert_eq!(store.log().read(0, 10).await.expect("reads").len(), 1);
}

async fn other_counts_under_a_known_key_are_told_and_the_first_kept(store: Store) {
    put(&store, vec![record("a", 1, 5.0, [9, 1, -1, 1, -1]), followers("a", 5.0, 10)]).await;
    let told = put(
        &store,
        vec![
            record("a", 2, 5.0, [1, -1, -1, -1, -1]),
            recount("a", 1, 5.0, [8, 1, -2, 1, -1]),
            followers("a", 5.0, -2),
            recount("a", 2, 5.0, [2, -1, -1, -1, -1]),
        ],
    )
    .await;
    assert_eq!(landed(&told), (1, 3, 3));
    let terms: Vec<(usize, Vec<&str>)> =
        told.conflicts.iter().map(|found| (found.place, found.terms.clone())).collect();
    assert_eq!(terms, [(1, vec!["views", "dislikes"]), (2, vec!["followers"]), (3, vec!["views"])]);
    let kept = history(&store, "a").await.expect("known");
    assert_eq!(kept.posts[0].observations[0].counts, counts([9, 1, -1, 1, -1]));
    assert_eq!(kept.account[0].counts, account(5.0, 10, -1).counts);
}

async fn messages_of_one_transaction_are_counted_as_if_alone(store: Store) {
    let message = || vec![record("a", 1, 5.0, [9, 1, -1, 1, -1]), record("b", 1, 5.0, [9, 1, -1, 1, -1])];
    let ingested = store.ingest(vec![message(), vec![], message()]).await.expect("stores");
    let counted: Vec<_> = ingested.messages.iter().map(landed).collect();
    assert_eq!(counted, [(2, 0, 0), (0, 0, 0), (0, 2, 0)]);
}

async fn observations_out_of_order_give_the_same_history(store: Store) {
    let items = |creator: &'static str| {
        let posts = (0..6).map(move |read| record(creator, read % 2, 5.0 + read as f64, [read, read, -1, -1, -2]));
        posts
            .chain((0..3).map(move |read| followers(creator, f64::from(read), 1_000 * i64::from(read))))
            .collect::<Vec<_>>()
    };
    put(&store, items("a")).await;
    for item in items("b").into_iter().rev() {
        put(&store, vec![item]).await;
    }
    let (first, second) = (history(&store, "a").await.expect("known"), history(&store, "b").await.expect("known"));
    assert_eq!((first.posts, first.account), (second.posts, second.account));
    let states = store.creator_states(&[id("a"), id("b")]).await.expect("reads");
    assert_eq!(states.iter().map(|state| state.followers).collect::<Vec<_>>(), [Some(2_000), Some(2_000)]);
}

async fn titles(store: &Store) -> Vec<(String, String)> {
    store.db.fetch("SELECT title, hashtags FROM posts ORDER BY creator_id, post_id", vec![]).await.expect("reads")
}

async fn a_description_is_replaced_by_a_newer_one_only(store: Store) {
    let blank = [-1; 5];
    put(&store, vec![record("a", 1, 5.0, blank)]).await;
    assert_eq!(landed(&put(&store, vec![record("a", 1, 4.0, blank), record("a", 1, 5.0, blank)]).await), (0, 2, 0));
    assert_eq!(titles(&store).await[0].0, "title of 5");
    assert_eq!(landed(&put(&store, vec![record("a", 1, 7.0, blank), record("a", 1, 6.0, blank)]).await), (1, 1, 0));
    assert_eq!(titles(&store).await[0].0, "title of 7");
    let described_only = history(&store, "a").await.expect("known");
    assert!(described_only.posts[0].observations.is_empty());
}

async fn texts_are_kept_as_they_are(store: Store) {
    let text = "tab\t \"quoted\" 'single' back\\slash \\N \r\n 日本 🎉";
    let mut item = record("a.b-c~%2F@x", 1, 5.0, [1, -1, -1, -1, -1]);
    if let Item::Post(record) = &mut item {
        record.description.title = text.into();
        record.description.hashtags = vec![text.into(), String::new()];
    }
    put(&store, vec![item.clone()]).await;
    let read = titles(&store).await.remove(0);
    assert_eq!(read.0, text);
    assert_eq!(serde_json::from_str::<Vec<String>>(&read.1).expect("JSON"), [text, ""]);
    assert_eq!(landed(&put(&store, vec![item]).await), (0, 1, 0));
}

async fn erasure_leaves_nothing_but_its_change(store: Store) {
    let items =
        vec![record("a", 1, 5.0, [9, 1, -1, 1, -1]), recount("a", 2, 5.0, [9, 1, -1, 1, -1]), followers("a", 5.0, 10)];
    put(&store, items).await;
    put(&store, vec![record("b", 1, 5.0, [9, 1, -1, 1, -1])]).await;
    let erased = store.erase(&id("a")).await.expect("erases").expect("was known");
    assert_eq!((erased.posts, erased.observations), (2, 3));
    assert_eq!(store.erase(&id("a")).await.expect("erases"), None);
    assert_eq!(history(&store, "a").await, None);
    assert!(history(&store, "b").await.is_some());
    let changes = store.log().read(0, 10).await.expect("reads");
    let told: Vec<(&str, i64)> = changes.iter().map(|change| (change.key.as_str(), change.kind)).collect();
    assert_eq!(told, [("tiktok:b", Entry::Posts { since: 0 }.kind()), ("tiktok:a", Entry::Removed.kind())]);
    for table in ["creators", "posts", "post_counts", "account_counts"] {
        let left: Vec<(i64,)> = store
            .db
            .fetch(format!("SELECT COUNT(*) FROM {table} WHERE creator_id = 'tiktok:a'"), vec![])
            .await
            .expect("reads");
        assert_eq!(left, [(0,)], "{table}");
    }
}

async fn an_erased_creator_may_come_back_under_another_version(store: Store) {
    let item = || vec![record("a", 1, 5.0, [9, 1, -1, 1, -1])];
    put(&store, item()).await;
    let erased = store.erase(&id("a")).await.expect("erases").expect("was known");
    assert_eq!(landed(&put(&store, item()).await), (1, 0, 0));
    let back = store.creator_states(&[id("a")]).await.expect("reads");
    assert!(back[0].version > erased.version);
}

async fn creators_are_paged_and_filtered_by_their_followers(store: Store) {
    let edges = [("a", 999), ("b", 1_000), ("c", 9_999), ("d", 10_000), ("e", -2), ("f", 1_000_000)];
    put(&store, edges.iter().map(|(creator, count)| followers(creator, 5.0, *count)).collect()).await;
    put(&store, vec![record("g", 1, 5.0, [1, -1, -1, -1, -1])]).await;
    let listed = async |after: Option<&str>, limit, filter: CreatorFilter| {
        let found = store.creators_after(after, limit, &filter).await.expect("reads");
        found.into_iter().map(|state| state.creator.platform_id().to_owned()).collect::<Vec<_>>().join("")
    };
    let tiers = |tiers: &[Tier]| CreatorFilter { tiers: tiers.to_vec(), ..CreatorFilter::default() };
    assert_eq!(listed(None, 3, CreatorFilter::default()).await, "abc");
    assert_eq!(listed(Some("tiktok:c"), 9, CreatorFilter::default()).await, "defg");
    assert_eq!(listed(None, 9, tiers(&[Tier::Nano])).await, "bc");
    assert_eq!(listed(None, 9, tiers(&[Tier::None, Tier::Mega])).await, "af");
    let platform = CreatorFilter { platforms: vec![Platform::Youtube], ..CreatorFilter::default() };
    assert_eq!(listed(None, 9, platform).await, "");
    let named = CreatorFilter { creators: vec![id("f"), id("b"), id("z")], ..tiers(&[Tier::Mega]) };
    assert_eq!(listed(None, 9, named).await, "f");
}

async fn posts_that_changed_since_a_version_are_found_with_those_that_were_purged(store: Store) {
    let counted = |post, read| recount("a", post, read, [1, -1, -1, -1, -1]);
    put(&store, vec![record("a", 1, 5.0, [9, 1, -1, 1, -1]), counted(2, 5.0), counted(3, 5.0)]).await;
    put(&store, vec![followers("a", 5.0, 10)]).await;
    put(&store, vec![counted(2, 6.0)]).await;
    put(&store, vec![record("a", 1, 7.0, [-1; 5])]).await;
    let entries = store.log().read(0, 10).await.expect("reads");
    let since: Vec<i64> = entries
        .iter()
        .map(|change| match Entry::of_kind(change.kind) {
            Entry::Posts { since } => since,
            other => panic!("{other:?}"),
        })
        .collect();
    let changed = async |since: i64, limit: usize| {
        let first = (String::new(), String::new());
        let keys = store.changed_posts(&[("tiktok:a", since)], &first, limit).await.expect("reads");
        keys.into_iter().map(|(_, post)| post.parse::<i64>().expect("a number")).collect::<Vec<i64>>()
    };
    assert_eq!(changed(since[0], 9).await, [1, 2, 3]);
    assert_eq!(changed(since[0], 2).await, [1, 2]);
    assert_eq!(changed(since[1], 9).await, [1, 2]);
    assert_eq!(changed(since[3], 9).await, [1]);
    let version = store.creator_states(&[id("a")]).await.expect("reads")[0].version;
    assert_eq!(changed(version, 9).await, Vec::<i64>::new());
    let mut tx = store.db.begin().await.expect("begins");
    store.note_purged(&mut tx, id("a").as_str(), version, ["000000000000003"], day(50.0)).await.expect("writes");
    tx.commit().await.expect("commits");
    assert_eq!(changed(version, 9).await, [3]);
    store.trim_changes(day(51.0)).await.expect("trims");
    assert_eq!(changed(version, 9).await, Vec::<i64>::new());
}

async fn eight_writers_of_one_creator_lose_and_double_nothing(store: Store) {
    let write = |writer: i64| {
        let store = store.clone();
        task::spawn("writer", async move {
            let mut accepted = 0;
            for batch in 0..10 {
                // Each batch overlaps with those of the neighbours.
                let items = (0..40).map(|place| {
                    let number = (writer * 5 + batch * 20 + place) % 230;
                    if number % 5 == 0 {
                        followers("a", number as f64 / 8.0, number)
                    } else {
                        record("a", number, 5.0, [number, 1, -1, 1, -1])
                    }
                });
                accepted += put(&store, items.collect()).await.accepted;
            }
            accepted
        })
    };
    let accepted: usize = join_all((0..8).map(write)).await.into_iter().map(|done| done.expect("ends")).sum();
    let found = history(&store, "a").await.expect("known");
    assert_eq!((found.posts.len(), found.account.len(), accepted), (184, 46, 230));
    assert!(found.posts.iter().all(|post| post.observations.len() == 1 && post.facts.is_some()));
    let changes = store.log().read(0, 1_000).await.expect("reads");
    let version = store.creator_states(&[id("a")]).await.expect("reads")[0].version;
    assert_eq!(changes.last().map(|change| change.position), Some(version));
    assert_eq!(store.creator_states(&[id("a")]).await.expect("reads")[0].followers, Some(225));
}

async fn eight_writers_of_many_creators_do_not_block_one_another_for_ever(store: Store) {
    let write = |writer: i64| {
        let store = store.clone();
        task::spawn("writer", async move {
            let mut accepted = 0;
            for batch in 0..10 {
                let creators = (0..20).map(|place| (writer * 7 + batch * 11 + place * 3) % 50);
                let items = creators.map(|creator| record(&format!("c{creator}"), 1, 5.0, [1, 1, -1, 1, -1]));
                accepted += put(&store, items.rev().collect()).await.accepted;
            }
            accepted
        })
    };
    let accepted: usize = join_all((0..8).map(write)).await.into_iter().map(|done| done.expect("ends")).sum();
    let known = store.creators_after(None, 100, &CreatorFilter::default()).await.expect("reads").len();
    assert_eq!((accepted, known), (50, 50));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn however_items_are_ordered_and_grouped_the_history_is_the_same(
        made in prop::collection::vec((0..3_i64, 0..6_i64, 0..3_i64), 1..25),
        order in prop::collection::vec(any::<prop::sample::Index>(), 25),
        group in 1..6_usize,
    ) {
        // The counts depend on the key alone, so that nothing conflicts.
        let items: Vec<Item> = made.iter().map(|(post, read, kind)| match kind {
            0 => record("a", *post, 5.0 + *read as f64, [post * 10 + read, 1, -1, 1, -1]),
            1 => recount("a", *post, 5.0 + *read as f64, [post * 10 + read, 1, -1, 1, -1]),
            _ => followers("a", *read as f64, *read),
        }).collect();
        let mut other = items.clone();
        for (place, index) in order.iter().enumerate().take(other.len()) {
            other.swap(place, index.index(items.len()));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("starts");
        let (once, grouped) = runtime.block_on(async {
            let (first, second) = (sqlite().await, sqlite().await);
            put(&first, items).await;
            for part in other.chunks(group) {
                put(&second, part.to_vec()).await;
                put(&second, part.to_vec()).await;
            }
            (history(&first, "a").await, history(&second, "a").await)
        });
        prop_assert_eq!(once, grouped);
    }
}

#[test]
fn counts_of_both_kinds_keep_their_hidden_terms() {
    let hidden = PostCounts::stored([None; 6], 0b10_0001);
    assert_eq!(PostCounts::stored([None; 6], hidden.hidden_bits()), hidden);
    let hidden = AccountCounts::stored([None; 6], 0b1_0001);
    assert_eq!(AccountCounts::stored([None; 6], hidden.hidden_bits()), hidden);
}

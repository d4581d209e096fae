//! Owns what a purge must do on every database. Never how long something is kept.

use creatorscope_domain::Source;

use super::{
    contract::{followers, id, postgres, record, recount, sqlite},
    *,
};
use crate::{
    model::{CreatorHistory, Expired},
    sponsorship::Verdict,
    testing::day,
};

macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        $(mod $test {
            #[tokio::test]
            async fn on_sqlite() {
                super::of::$test(super::sqlite().await).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(store) = super::postgres(stringify!($test)).await {
                    super::of::$test(store).await;
                }
            }
        })+
    };
}

on_both! {
    nothing_is_shown_or_kept_longer_than_allowed,
    a_purge_tells_followers_what_changed_and_who_is_gone,
    a_description_goes_with_the_last_counts_of_its_post,
    a_file_is_kept_and_purged_where_the_operator_says_so,
    more_creators_than_one_batch_are_purged_in_several,
}

const BLANK: [i64; 5] = [-1; 5];
const VIEWS: [i64; 5] = [9, 1, -1, 1, -1];

/// The store with 30 days for YouTube's API and the clock at a day.
fn kept(store: Store, clock: &Clock) -> Store {
    store.kept(Retention::unlimited().with(Source::YoutubeApi, 30), clock.clone())
}

fn from_api(mut item: Item) -> Item {
    match &mut item {
        Item::Post(record) => record.source = Source::YoutubeApi,
        Item::Observation(observation) => observation.source = Source::YoutubeApi,
    }
    item
}

async fn put(store: &Store, items: Vec<Item>) {
    store.ingest(vec![items]).await.expect("stores");
}

async fn purge(store: &Store, clock: &Clock) -> Purged {
    let stop = tokio_util::sync::CancellationToken::new();
    crate::jobs::purge(store, clock, &stop).await.expect("purges")
}

async fn history(store: &Store, creator: &str) -> Option<CreatorHistory> {
    store.histories(&[id(creator)]).await.expect("reads").pop()
}

async fn count(store: &Store, table: &str) -> i64 {
    let found: Vec<(i64,)> = store.db.fetch(format!("SELECT COUNT(*) FROM {table}"), vec![]).await.expect("counts");
    found[0].0
}

mod of {
    use super::*;

    pub(super) async fn nothing_is_shown_or_kept_longer_than_allowed(store: Store) {
        let clock = Clock::fixed(day(20.0));
        let store = kept(store, &clock);
        let items = vec![
            record("a", 1, 5.0, VIEWS),
            recount("a", 1, 15.0, VIEWS),
            followers("a", 5.0, 10),
            followers("a", 6.0, 20),
        ];
        put(&store, items.into_iter().map(from_api).collect()).await;
        assert_eq!(history(&store, "a").await.expect("known").account.len(), 2);
        assert_eq!(purge(&store, &clock).await, Purged::default());

        clock.set(day(35.5));
        let shown = history(&store, "a").await.expect("known");
        assert_eq!((shown.account.len(), shown.posts[0].observations.len()), (1, 1), "before the purge");
        assert_eq!(shown.expired, Expired { posts: Some(day(5.0)), account: Some(day(5.0)) });
        let purged = purge(&store, &clock).await;
        assert_eq!(purged, Purged { observations: 2, cleared: 1, posts: 0, creators: 1, removed: 0 });
        let after = history(&store, "a").await.expect("known");
        assert_eq!((&after.posts, &after.account, after.expired), (&shown.posts, &shown.account, shown.expired));
        assert!(after.version > shown.version);
        assert_eq!(purge(&store, &clock).await, Purged::default(), "it is done once");

        clock.set(day(36.5));
        purge(&store, &clock).await;
        let states = store.creator_states(&[id("a")]).await.expect("reads");
        assert_eq!(states[0].followers, None, "the followers that stood beside the creator are gone, too");
    }

    pub(super) async fn a_purge_tells_followers_what_changed_and_who_is_gone(store: Store) {
        let clock = Clock::fixed(day(20.0));
        let store = kept(store, &clock);
        put(
            &store,
            vec![from_api(record("a", 1, 5.0, VIEWS)), from_api(followers("b", 5.0, 10)), followers("b", 5.5, 11)],
        )
        .await;
        let before = store.log().head().await.expect("reads");
        clock.set(day(40.0));
        let purged = purge(&store, &clock).await;
        assert_eq!((purged.creators, purged.removed), (2, 1));
        let changes = store.log().read(before, 10).await.expect("reads");
        let mut told: Vec<(&str, i64)> = changes.iter().map(|change| (change.key.as_str(), change.kind)).collect();
        told.sort_unstable();
        let told: Vec<(&str, bool)> =
            told.iter().map(|(key, kind)| (*key, Entry::of_kind(*kind) == Entry::Removed)).collect();
        assert_eq!(told, [("tiktok:a", true), ("tiktok:b", false)]);
        assert!(history(&store, "a").await.is_none());
        assert_eq!((count(&store, "creators").await, count(&store, "posts").await), (1, 0));
    }

    pub(super) async fn a_description_goes_with_the_last_counts_of_its_post(store: Store) {
        let clock = Clock::fixed(day(20.0));
        let store = kept(store, &clock);
        put(&store, vec![from_api(record("a", 1, 5.0, BLANK)), from_api(recount("a", 1, 15.0, VIEWS))]).await;
        put(&store, vec![from_api(record("a", 2, 5.0, BLANK)), followers("a", 5.0, 10)]).await;
        clock.set(day(36.0));
        let purged = purge(&store, &clock).await;
        assert_eq!((purged.cleared, purged.posts, purged.observations), (1, 1, 0));
        let texts: Vec<(String, Option<i64>)> =
            store.db.fetch("SELECT title, publish_time FROM posts", vec![]).await.expect("reads");
        assert_eq!(texts, [(String::new(), Some(creatorscope_kit::db::micros(day(0.0))))]);
        let shown = history(&store, "a").await.expect("known");
        assert_eq!(shown.posts[0].facts.as_ref().map(|facts| facts.verdict), Some(Verdict::default()));
        clock.set(day(46.0));
        let purged = purge(&store, &clock).await;
        assert_eq!((purged.cleared, purged.posts, purged.observations), (0, 1, 1));
        assert_eq!(count(&store, "posts").await, 0);

        // Described anew it is whole again.
        put(&store, vec![from_api(record("a", 1, 45.0, BLANK))]).await;
        assert_eq!(history(&store, "a").await.expect("known").posts.len(), 1);
    }

    pub(super) async fn a_file_is_kept_and_purged_where_the_operator_says_so(store: Store) {
        let clock = Clock::fixed(day(10_000.0));
        let store = kept(store, &clock);
        put(&store, vec![record("a", 1, 5.0, VIEWS)]).await;
        assert_eq!(purge(&store, &clock).await, Purged::default());
        let short = store.kept(Retention::unlimited().with(Source::File, 10), clock.clone());
        assert_eq!(
            purge(&short, &clock).await,
            Purged { observations: 1, cleared: 0, posts: 1, creators: 1, removed: 1 }
        );
    }

    pub(super) async fn more_creators_than_one_batch_are_purged_in_several(store: Store) {
        let clock = Clock::fixed(day(20.0));
        let store = kept(store, &clock);
        put(&store, (0..250).map(|number| from_api(followers(&format!("c{number}"), 5.0, number))).collect()).await;
        clock.set(day(40.0));
        let once = store.purge_some(clock.now()).await.expect("purges");
        assert_eq!((once.creators, count(&store, "creators").await), (100, 150));
        assert_eq!(purge(&store, &clock).await.removed, 150);
        assert_eq!(count(&store, "creators").await, 0);
    }
}

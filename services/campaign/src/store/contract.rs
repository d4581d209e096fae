//! Owns what every database must do for this store: one suite, on SQLite always and on Postgres when
//! `CREATORSCOPE_TEST_POSTGRES` is a URL.

use std::io::Write as _;

use creatorscope_domain::{CreatorId, Platform, PostName};
use creatorscope_kit::{
    clock::to_wire_time,
    db::{DbConfig, Secret},
};
use creatorscope_proto::{
    campaign::v1 as pb,
    metrics::v1::{Post, PostCounts, PostState},
};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::model::Resource;

const TENANT: &str = "tenant";
const SPRING: &str = "campaigns/spring";

fn hour(hours: i64) -> Timestamp {
    let origin: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    origin.checked_add(SignedDuration::from_hours(hours)).expect("in range")
}

fn store(db: Db) -> Store {
    let clock = Clock::fixed(hour(1_000));
    Store::new(db.clone(), ChangeLog::new(db, clock.clone()), clock, Retention::default())
}

fn did(action: &'static str) -> Entry {
    Entry { actor: "ana".to_owned(), action, ..Entry::default() }
}

fn campaign(name: &str) -> pb::Campaign {
    let mut campaign =
        pb::Campaign { brand: "brands/lumo".to_owned(), display_name: name.to_owned(), ..Default::default() };
    campaign.set_state(pb::CampaignState::Active);
    campaign
}

async fn add<M: Resource>(store: &Store, name: &str, made: M) -> M {
    let mut work = store.begin(TENANT).await.expect("begins");
    let made = work.add(name, made, &did("Create")).await.expect("writes");
    work.commit().await.expect("commits");
    made
}

fn post_name(number: u64) -> PostName {
    PostName::parse(&format!("creators/tiktok:maya/posts/{}", 700_000_000_000_000_000 + number)).expect("valid")
}

/// A reading of a post at an hour.
fn reading(number: u64, at: i64, views: i64) -> PostState {
    PostState {
        post: Some(Post {
            name: post_name(number).to_string(),
            publish_time: Some(to_wire_time(hour(900))),
            ..Post::default()
        }),
        counts: Some(PostCounts { views: Some(views), likes: Some(1), ..PostCounts::default() }),
        observe_time: Some(to_wire_time(hour(at))),
        ..PostState::default()
    }
}

async fn take(store: &Store, readings: &[(u64, i64, i64)]) {
    let mut work = store.begin("").await.expect("begins");
    for (number, at, views) in readings {
        work.take_post(&post_name(*number), &reading(*number, *at, *views)).await.expect("writes");
    }
    work.commit().await.expect("commits");
}

async fn track(store: &Store, deliverable: &str, number: u64) {
    let mut work = store.begin(TENANT).await.expect("begins");
    work.track(SPRING, &format!("{SPRING}/deliverables/{deliverable}"), &post_name(number)).await.expect("writes");
    work.commit().await.expect("commits");
}

async fn resources_are_kept_by_tenant_version_and_state(store: Store) {
    for name in ["b", "a", "c"] {
        add(&store, &format!("campaigns/{name}"), campaign(name)).await;
    }
    let all = |listing: Listing, limit: usize| {
        let store = store.clone();
        async move {
            let found: Vec<pb::Campaign> = store.list(TENANT, &listing, limit).await.expect("reads");
            found.into_iter().map(|one| one.display_name).collect::<Vec<_>>()
        }
    };
    assert_eq!(all(Listing::default(), 2).await, ["a", "b"]);
    assert_eq!(all(Listing { after: "campaigns/b".to_owned(), ..Listing::default() }, 2).await, ["c"]);
    let of = |brand: &str| Listing { parent: Some(brand.to_owned()), ..Listing::default() };
    assert_eq!((all(of("brands/lumo"), 9).await.len(), all(of("brands/other"), 9).await.len()), (3, 0));
    assert!(store.get::<pb::Campaign>("another", "campaigns/a").await.expect("reads").is_none());
    assert!(store.get::<pb::Brand>(TENANT, "campaigns/a").await.expect("reads").is_none(), "of another kind");

    store.clock.set(hour(1_001));
    let before: pb::Campaign = store.get(TENANT, "campaigns/a").await.expect("reads").expect("there");
    let mut after = before.clone();
    after.set_state(pb::CampaignState::Paused);
    let mut work = store.begin(TENANT).await.expect("begins");
    assert_eq!(work.lock::<pb::Campaign>("campaigns/a").await.expect("reads").as_ref(), Some(&before));
    let after = work.replace(&before, after, &did("PauseCampaign")).await.expect("writes");
    work.commit().await.expect("commits");
    assert_ne!(after.etag, before.etag);
    assert_eq!((after.create_time, after.update_time), (before.create_time, Some(to_wire_time(hour(1_001)))));
    assert_eq!(store.get::<pb::Campaign>(TENANT, "campaigns/a").await.expect("reads"), Some(after));
    let paused = Listing { states: vec![pb::CampaignState::Paused.into()], ..Listing::default() };
    assert_eq!(all(paused, 9).await, ["a"]);
    let active = store.campaigns_in(&[pb::CampaignState::Active.into()]).await.expect("reads");
    assert_eq!(active.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["campaigns/b", "campaigns/c"]);
    assert_eq!(store.campaign_names(TENANT, "campaigns/a", 1).await.expect("reads"), ["campaigns/b"]);
}

async fn deliverables_are_listed_by_participant_and_go_with_their_campaign(store: Store) {
    let spring = add(&store, SPRING, campaign("spring")).await;
    for (name, participant) in [("one", "maya"), ("two", "noa"), ("three", "maya")] {
        let participant = format!("{SPRING}/participants/{participant}");
        let name = format!("{SPRING}/deliverables/{name}");
        add(&store, &name, pb::Deliverable { name: name.clone(), participant, ..Default::default() }).await;
    }
    let participant = format!("{SPRING}/participants/maya");
    let theirs = Listing { parent: Some(SPRING.to_owned()), participant, ..Listing::default() };
    let found: Vec<pb::Deliverable> = store.list(TENANT, &theirs, 9).await.expect("reads");
    let names: Vec<&str> = found.iter().map(|one| one.name.rsplit('/').next().expect("a name")).collect();
    assert_eq!(names, ["one", "three"]);
    track(&store, "one", 1).await;
    let mut work = store.begin(TENANT).await.expect("begins");
    work.remove(&spring).await.expect("removes");
    work.commit().await.expect("commits");
    let left: Vec<pb::Deliverable> = store.all_of(TENANT, SPRING).await.expect("reads");
    assert!(left.is_empty() && store.tracked(&post_name(1)).await.expect("reads").is_empty());
    assert!(store.events(TENANT, SPRING, "", 0, 9).await.expect("reads").is_empty());
}

async fn events_are_numbered_without_gaps_and_what_is_not_committed_leaves_nothing(store: Store) {
    let made = add(&store, SPRING, campaign("spring")).await;
    {
        let mut work = store.begin(TENANT).await.expect("begins");
        work.replace(&made, campaign("lost"), &did("UpdateCampaign")).await.expect("writes");
        work.note(SPRING, "campaigns/spring/alerts/1", &did("RaiseAlert")).await.expect("writes");
        work.repeat("request", b"hash", SPRING).await.expect("writes");
    }
    assert_eq!(store.get::<pb::Campaign>(TENANT, SPRING).await.expect("reads"), Some(made.clone()));
    for number in 0..3 {
        let mut work = store.begin(TENANT).await.expect("begins");
        let entry = did("RaiseAlert").because(&format!("reason {number}"));
        work.note(SPRING, "campaigns/spring/alerts/1", &entry).await.expect("writes");
        work.commit().await.expect("commits");
    }
    let all = store.events(TENANT, SPRING, "", 0, 9).await.expect("reads");
    assert_eq!(all.iter().map(|event| event.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!((all[0].before.as_deref(), all[0].after.clone()), (None, Some(prost::Message::encode_to_vec(&made))));
    assert_eq!((all[0].state_before.as_str(), all[0].state_after.as_str()), ("", "CAMPAIGN_STATE_ACTIVE"));
    let page = store.events(TENANT, SPRING, "campaigns/spring/alerts/1", 2, 1).await.expect("reads");
    assert_eq!(page.iter().map(|event| (event.number, event.note.as_str())).collect::<Vec<_>>(), [(3, "reason 1")]);
    assert_eq!(store.last_event(TENANT, SPRING).await.expect("reads").expect("some").note, "reason 2");
}

async fn a_call_is_known_by_its_id_until_it_is_forgotten(store: Store) {
    let ask = async |tenant: &str, id: &str, hash: &[u8]| {
        let mut work = store.begin(tenant).await.expect("begins");
        let found = work.repeat(id, hash, SPRING).await.expect("asks");
        work.commit().await.expect("commits");
        found
    };
    assert_eq!(ask(TENANT, "one", b"hash").await, Repeat::New);
    assert_eq!(ask(TENANT, "one", b"hash").await, Repeat::Same(SPRING.to_owned()));
    assert_eq!(ask(TENANT, "one", b"other").await, Repeat::Other);
    assert_eq!(ask("another", "one", b"other").await, Repeat::New, "ids are a tenant's own");
    assert_eq!((ask(TENANT, "", b"hash").await, ask(TENANT, "", b"hash").await), (Repeat::New, Repeat::New));
    assert_eq!(store.forget_requests(hour(999)).await.expect("forgets"), 0);
    assert_eq!(store.forget_requests(hour(1_001)).await.expect("forgets"), 2);
    assert_eq!(ask(TENANT, "one", b"other").await, Repeat::New);
}

async fn readings_are_kept_once_a_time_and_told_as_of_a_time(store: Store) {
    add(&store, SPRING, campaign("spring")).await;
    track(&store, "one", 1).await;
    take(&store, &[(1, 910, 100), (1, 920, 200), (1, 910, 999), (2, 910, 5)]).await;
    let deliverable = format!("{SPRING}/deliverables/one");
    let views = async |as_of: i64| {
        let found = store.campaign_posts(TENANT, SPRING, hour(as_of)).await.expect("reads");
        found.get(&deliverable).map(|one| one.counts.iter().map(|counts| counts.views).collect::<Vec<_>>())
    };
    assert_eq!(views(1_000).await, Some(vec![Some(100), Some(200)]), "the first of a time stays");
    store.clock.set(hour(1_002));
    take(&store, &[(1, 930, 300)]).await;
    assert_eq!(views(1_001).await, Some(vec![Some(100), Some(200)]), "what came later was not known");
    assert_eq!(views(1_002).await, Some(vec![Some(100), Some(200), Some(300)]));

    let mut work = store.begin("").await.expect("begins");
    work.take_feeling(&post_name(1), 40, 0.5).await.expect("writes");
    work.take_feeling(&post_name(1), 50, 0.25).await.expect("writes");
    work.commit().await.expect("commits");
    let feelings = store.feelings(TENANT, SPRING, hour(1_002)).await.expect("reads");
    assert_eq!(feelings[&deliverable], [Feeling { at: hour(1_002), sample_size: 50, net: 0.25 }]);
    assert!(store.feelings(TENANT, SPRING, hour(1_001)).await.expect("reads").is_empty());

    let owners = store.tracked(&post_name(1)).await.expect("reads");
    assert_eq!(owners.iter().map(|owner| owner.deliverable.as_str()).collect::<Vec<_>>(), [deliverable.as_str()]);
    let creator = post_name(1).creator;
    let of_creator = store.tracked_of(&creator).await.expect("reads");
    assert_eq!((of_creator.len(), of_creator[0].0.clone(), of_creator[0].1.clone()), (1, post_name(1), owners));

    forget(&store, &creator, Some(post_name(2).post.as_str())).await;
    assert_eq!(views(1_002).await.map(|found| found.len()), Some(3), "another post's were forgotten");
    forget(&store, &creator, None).await;
    assert_eq!(views(1_002).await, None);
    assert!(store.feelings(TENANT, SPRING, hour(1_002)).await.expect("reads").is_empty());
    assert_eq!(store.tracked(&post_name(1)).await.expect("reads").len(), 1, "the deliverable still has its post");
}

async fn forget(store: &Store, creator: &CreatorId, post: Option<&str>) {
    let mut work = store.begin("").await.expect("begins");
    work.forget_readings(creator, post).await.expect("forgets");
    work.commit().await.expect("commits");
}

async fn a_sample_is_shrunk_to_its_smallest_ranks_and_keeps_what_is_tracked(store: Store) {
    let platform = Platform::Tiktok.number();
    add(&store, SPRING, campaign("spring")).await;
    let mut numbers: Vec<u64> = (0..10).collect();
    numbers.sort_by_key(|number| sample_rank(&post_name(*number)));
    let readings: Vec<(u64, i64, i64)> = numbers.iter().map(|number| (*number, 910, 5)).collect();
    take(&store, &readings).await;
    track(&store, "last", numbers[9]).await;
    assert_eq!(store.sample_edge(platform, 10).await.expect("reads"), None, "there is room");
    let edge = store.sample_edge(platform, 4).await.expect("reads").expect("it is full");
    assert_eq!(edge, sample_rank(&post_name(numbers[4])), "the first that is out");
    let mut work = store.begin("").await.expect("begins");
    work.shrink_sample(platform, edge).await.expect("shrinks");
    work.commit().await.expect("commits");
    let posts = async |limit: u32| {
        let found = store.sample(platform, limit, hour(1_000)).await.expect("reads");
        found.into_iter().map(|one| one.post.to_string()).collect::<std::collections::BTreeSet<_>>()
    };
    let expected = |wanted: &[u64]| wanted.iter().map(|number| post_name(*number).to_string()).collect();
    assert_eq!(posts(100).await, expected(&[numbers[0], numbers[1], numbers[2], numbers[3], numbers[9]]));
    assert_eq!(posts(2).await, expected(&numbers[..2]));
    assert!(store.sample(platform, 100, hour(909)).await.expect("reads").is_empty(), "not read yet");
    assert!(store.sample(Platform::Youtube.number(), 100, hour(1_000)).await.expect("reads").is_empty());
}

async fn a_conversion_counts_once_and_its_first_content_stays(store: Store) {
    let one = Conversion {
        record_id: "order-1".to_owned(),
        participant: format!("{SPRING}/participants/maya"),
        code: "MAYA10".to_owned(),
        at: hour(990),
        clicks: None,
        conversions: Some(2),
        revenue_minor: Some(i64::from(i32::MAX)),
    };
    let other = Conversion { conversions: Some(3), ..one.clone() };
    let another = Conversion { record_id: "order-2".to_owned(), clicks: Some(7), at: hour(995), ..one.clone() };
    let record = async |conversion: &Conversion| {
        let mut work = store.begin(TENANT).await.expect("begins");
        let recorded = work.record(SPRING, conversion).await.expect("writes");
        work.commit().await.expect("commits");
        recorded
    };
    assert_eq!(record(&one).await, Recorded::New);
    assert_eq!((record(&one).await, record(&other).await), (Recorded::Same, Recorded::Other));
    assert_eq!(record(&another).await, Recorded::New);
    let sums = async |as_of: i64| store.converted(TENANT, SPRING, hour(as_of)).await.expect("reads");
    let all = sums(1_000).await;
    assert_eq!((all.len(), all[0].records, all[0].clicks, all[0].conversions), (1, 2, Some(7), Some(4)));
    assert_eq!(all[0].revenue_minor, Some(2 * i64::from(i32::MAX)));
    assert!(sums(999).await.is_empty(), "recorded later");
}

async fn an_alert_is_raised_cleared_and_listed_newest_first(store: Store) {
    add(&store, SPRING, campaign("spring")).await;
    let raise = async |campaign: &str, subject: &str, at: i64| {
        store.clock.set(hour(at));
        let mut work = store.begin(TENANT).await.expect("begins");
        let alert =
            pb::Alert { message: subject.to_owned(), raise_time: Some(to_wire_time(hour(at))), ..Default::default() };
        let raised = work.raise(campaign, subject, alert).await.expect("writes");
        work.commit().await.expect("commits");
        raised.name
    };
    assert_eq!(raise(SPRING, "a", 1).await, "campaigns/spring/alerts/1");
    assert_eq!(raise(SPRING, "b", 2).await, "campaigns/spring/alerts/2");
    assert_eq!(raise("campaigns/autumn", "a", 2).await, "campaigns/autumn/alerts/1");
    let clear = async |subject: &str| {
        let mut work = store.begin(TENANT).await.expect("begins");
        let cleared = work.clear(SPRING, subject).await.expect("writes");
        work.commit().await.expect("commits");
        cleared
    };
    assert_eq!(clear("c").await, None, "it was never raised");
    let cleared = clear("a").await.expect("it was open");
    assert_eq!((cleared.name.as_str(), cleared.clear_time), ("campaigns/spring/alerts/1", Some(to_wire_time(hour(2)))));
    assert_eq!(clear("a").await, None, "it is cleared already");
    let list = async |campaign: &str, open_only: bool, behind: Option<(i64, String, i64)>, limit: usize| {
        let listing = AlertListing { campaign: campaign.to_owned(), open_only, behind };
        let found = store.alerts(TENANT, &listing, limit).await.expect("reads");
        found.into_iter().map(|alert| alert.name.trim_start_matches("campaigns/").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list("", false, None, 9).await, ["autumn/alerts/1", "spring/alerts/2", "spring/alerts/1"]);
    assert_eq!(list("", true, None, 9).await, ["autumn/alerts/1", "spring/alerts/2"]);
    assert_eq!(list(SPRING, false, None, 1).await, ["spring/alerts/2"]);
    let behind = Some((hour(2).as_microsecond(), "campaigns/autumn".to_owned(), 1));
    assert_eq!(list("", false, behind, 9).await, ["spring/alerts/2", "spring/alerts/1"]);

    let remember = async |body: &str| {
        let mut work = store.begin(TENANT).await.expect("begins");
        work.remember(SPRING, "a", body).await.expect("writes");
        work.commit().await.expect("commits");
    };
    remember("{}").await;
    remember("{\"raised\":true}").await;
    let memories = store.memories(TENANT, SPRING).await.expect("reads");
    assert_eq!(memories, [("a".to_owned(), "{\"raised\":true}".to_owned())]);
}

async fn how_far_others_were_followed_is_kept(store: Store) {
    assert_eq!(store.followed("metrics").await.expect("reads"), "");
    for token in ["one", "two"] {
        let mut work = store.begin("").await.expect("begins");
        work.follow("metrics", token).await.expect("writes");
        work.commit().await.expect("commits");
    }
    assert_eq!(store.followed("metrics").await.expect("reads"), "two");
    assert_eq!(store.followed("scoring").await.expect("reads"), "");
}

#[allow(clippy::disallowed_methods, reason = "tests are told by their environment where a Postgres is")]
async fn postgres(test: &str) -> Option<Store> {
    let Ok(url) = std::env::var("CREATORSCOPE_TEST_POSTGRES") else {
        _ = writeln!(std::io::stderr(), "SKIPPED on Postgres: {test}; CREATORSCOPE_TEST_POSTGRES is not set");
        return None;
    };
    let mut schema = format!("c{}_{test}", Clock::system().now().as_microsecond());
    schema.truncate(60);
    let config = DbConfig::postgres(Secret::new(url), 4);
    Some(store(Db::open(&config, Box::leak(schema.into_boxed_str()), &MIGRATIONS).await.expect("opens")))
}

macro_rules! contract {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::store(super::Db::temporary(&super::MIGRATIONS).await.expect("opens"))).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                if let Some(store) = super::postgres(stringify!($test)).await {
                    super::$test(store).await;
                }
            })+
        }
    };
}

contract! {
    resources_are_kept_by_tenant_version_and_state,
    deliverables_are_listed_by_participant_and_go_with_their_campaign,
    events_are_numbered_without_gaps_and_what_is_not_committed_leaves_nothing,
    a_call_is_known_by_its_id_until_it_is_forgotten,
    readings_are_kept_once_a_time_and_told_as_of_a_time,
    a_sample_is_shrunk_to_its_smallest_ranks_and_keeps_what_is_tracked,
    a_conversion_counts_once_and_its_first_content_stays,
    an_alert_is_raised_cleared_and_listed_newest_first,
    how_far_others_were_followed_is_kept,
}

//! Owns what every database must do for computed values, traits and recomputations, as `contract` does for posts.

use creatorscope_domain::{Platform, Tier};

use super::{
    contract::{contract, followers, id, put, record},
    *,
};
use crate::{
    cohort::Traits,
    compute::{Extent, differing},
    testing::day,
};

contract! {
    values_are_stored_once_and_a_wrong_one_is_repaired_and_told,
    values_of_a_creator_that_changed_meanwhile_are_not_stored,
    erasure_counts_and_removes_values_and_changes,
    values_are_scanned_by_platform_in_the_order_of_ids,
    traits_are_replaced_removed_and_left_out_after_a_snapshot,
    a_request_id_begins_one_operation,
    an_operation_is_noted_while_it_runs_only,
    operations_are_listed_newest_first,
}

async fn states(store: &Store, creators: &[&str]) -> Vec<CreatorState> {
    let ids: Vec<CreatorId> = creators.iter().map(|creator| id(creator)).collect();
    store.creator_states(&ids).await.expect("reads")
}

async fn refresh(store: &Store, creators: &[&str], extent: Extent) -> (usize, usize) {
    let fresh = differing(store, states(store, creators).await, extent).await.expect("computes");
    let count = fresh.len();
    (count, store.keep_computed(fresh, None).await.expect("stores"))
}

async fn values_are_stored_once_and_a_wrong_one_is_repaired_and_told(store: Store) {
    put(&store, vec![record("a", 1, 10.0, [100, 10, -1, 1, -1]), followers("a", 10.0, 20_000)]).await;
    put(&store, vec![record("b", 2, 10.0, [100, 10, -1, 1, -1])]).await;
    assert_eq!(refresh(&store, &["a", "b"], Extent::Stale).await, (2, 0));
    assert_eq!(refresh(&store, &["a", "b"], Extent::Stale).await, (0, 0));
    assert_eq!(refresh(&store, &["a", "b"], Extent::All).await, (0, 0));
    let head = store.log().head().await.expect("reads");
    let mut known = store.with_computed(states(&store, &["a"]).await).await.expect("reads").remove(0);
    let right = known.computed.take().expect("computed");
    let wrong = Fresh { state: known.state, layout: right.layout, numbers: vec![0; right.numbers.len()], told: false };
    store.keep_computed(vec![wrong], None).await.expect("stores");
    assert_eq!(refresh(&store, &["a", "b"], Extent::Stale).await, (0, 0), "nothing of the creators changed");
    assert_eq!(refresh(&store, &["a", "b"], Extent::All).await, (1, 1));
    let told = store.log().read(head, 10).await.expect("reads");
    assert_eq!(
        told.iter().map(|change| (change.key.as_str(), change.kind)).collect::<Vec<_>>(),
        [("tiktok:a", Entry::Numbers.kind())]
    );
    let state = states(&store, &["a"]).await.remove(0);
    assert_eq!(state.version, told[0].position, "a new version, so that readers see a difference");
    let repaired = store.with_computed(vec![state]).await.expect("reads").remove(0).computed.expect("computed");
    assert_eq!((repaired.numbers, repaired.version), (right.numbers, told[0].position));
}

async fn values_of_a_creator_that_changed_meanwhile_are_not_stored(store: Store) {
    put(&store, vec![record("a", 1, 10.0, [100, 10, -1, 1, -1])]).await;
    let fresh = differing(&store, states(&store, &["a"]).await, Extent::Stale).await.expect("computes");
    put(&store, vec![record("a", 2, 11.0, [300, 10, -1, 1, -1])]).await;
    store.keep_computed(fresh, None).await.expect("does not store");
    let known = store.with_computed(states(&store, &["a"]).await).await.expect("reads").remove(0);
    assert_eq!(known.computed, None);
}

async fn erasure_counts_and_removes_values_and_changes(store: Store) {
    put(&store, vec![record("a", 1, 10.0, [100, 10, -1, 1, -1])]).await;
    put(&store, vec![followers("a", 11.0, 5)]).await;
    refresh(&store, &["a"], Extent::Stale).await;
    let erased = store.erase(&id("a")).await.expect("erases").expect("was known");
    assert_eq!((erased.computed, erased.changes), (1, 2));
    assert!(store.computed_after(Platform::Tiktok, None, 10).await.expect("reads").is_empty());
}

async fn values_are_scanned_by_platform_in_the_order_of_ids(store: Store) {
    for creator in ["c", "a", "b"] {
        put(&store, vec![followers(creator, 10.0, 20_000)]).await;
    }
    refresh(&store, &["a", "b", "c"], Extent::Stale).await;
    let first = store.computed_after(Platform::Tiktok, None, 2).await.expect("reads");
    assert_eq!(first.iter().map(|row| row.creator_id.as_str()).collect::<Vec<_>>(), ["tiktok:a", "tiktok:b"]);
    let rest = store.computed_after(Platform::Tiktok, Some("tiktok:b"), 2).await.expect("reads");
    assert_eq!(rest.iter().map(|row| row.followers).collect::<Vec<_>>(), [Some(20_000)]);
    assert!(store.computed_after(Platform::Youtube, None, 2).await.expect("reads").is_empty());
}

async fn traits_are_replaced_removed_and_left_out_after_a_snapshot(store: Store) {
    let row = |id: &str, country: &str| TraitsRow {
        creator_id: id.into(),
        traits: Some(Traits {
            country: country.into(),
            niches: vec!["beauty".into()],
            languages: vec!["pt-BR".into()],
        }),
    };
    let place = |position: i64, detail: &str| Place { position, detail: detail.into() };
    let rows = vec![row("tiktok:a", "BR"), row("tiktok:b", "PT"), row("tiktok:c", "PT")];
    store.keep_traits(rows, "profiles", &place(1, "one"), true).await.expect("stores");
    let gone = TraitsRow { creator_id: "tiktok:b".into(), traits: None };
    store.keep_traits(vec![gone, row("tiktok:a", "DE")], "profiles", &place(1, "two"), false).await.expect("stores");
    assert_eq!(store.place("profiles").await.expect("reads"), Some(place(1, "two")));
    let countries = async || -> Vec<(String, String)> {
        let found = store.traits_between("tiktok:a", "tiktok:c").await.expect("reads");
        found.into_iter().map(|(id, traits)| (id, traits.country)).collect()
    };
    assert_eq!(countries().await, [("tiktok:a".into(), "DE".into()), ("tiktok:c".into(), "PT".into())]);
    store.keep_traits(vec![row("tiktok:a", "DE")], "profiles", &place(2, "three"), true).await.expect("stores");
    assert_eq!(countries().await, [("tiktok:a".to_owned(), "DE".to_owned())]);
    let kept = store.traits_between("tiktok:a", "tiktok:a").await.expect("reads").remove(0).1;
    assert_eq!((kept.niches, kept.languages), (vec!["beauty".to_owned()], vec!["pt-BR".to_owned()]));
}

async fn a_request_id_begins_one_operation(store: Store) {
    put(&store, vec![followers("a", 10.0, 20_000), followers("b", 10.0, 500)]).await;
    let scope = Scope { tiers: vec![Tier::Micro], ..Scope::default() };
    let first = store.begin_operation("id-1".into(), "mine", &scope, day(1.0)).await.expect("begins");
    let again = store.begin_operation("id-2".into(), "mine", &Scope::default(), day(2.0)).await.expect("is known");
    let other = store.begin_operation("id-3".into(), "", &scope, day(3.0)).await.expect("begins");
    assert_eq!((first.id.as_str(), first.total, first.state), ("id-1", 1, OperationState::Running));
    assert_eq!(again, first);
    assert_eq!(other.id, "id-3");
    assert_eq!(store.running_operation().await.expect("reads").map(|found| found.id), Some("id-1".into()));
}

async fn an_operation_is_noted_while_it_runs_only(store: Store) {
    let scope = Scope { creators: vec!["tiktok:a".into()], ..Scope::default() };
    let mut operation = store.begin_operation("id-1".into(), "", &scope, day(1.0)).await.expect("begins");
    operation.done = 7;
    operation.after_creator = "tiktok:a".into();
    assert!(store.note_operation(&operation).await.expect("notes"));
    assert_eq!(store.operation("id-1").await.expect("reads"), Some(operation.clone()));
    store.cancel_operation("id-1", day(2.0)).await.expect("cancels");
    assert!(!store.note_operation(&operation).await.expect("reads"), "it was stopped");
    let found = store.operation("id-1").await.expect("reads").expect("known");
    assert_eq!((found.state, found.end_time, found.done), (OperationState::Cancelled, Some(day(2.0)), 7));
    assert_eq!((found.scope, found.after_creator), (Scope::default(), String::new()), "whose it was is not kept");
    store.cancel_operation("id-1", day(3.0)).await.expect("changes nothing");
    assert_eq!(store.operation("id-1").await.expect("reads").and_then(|found| found.end_time), Some(day(2.0)));
    assert_eq!(store.running_operation().await.expect("reads"), None);
}

async fn operations_are_listed_newest_first(store: Store) {
    for number in 1..=3 {
        let id = format!("id-{number}");
        store.begin_operation(id, "", &Scope::default(), day(f64::from(number))).await.expect("begins");
    }
    let ids = async |before: Option<&str>| -> Vec<String> {
        let found = store.operations_before(before, 2).await.expect("reads");
        found.into_iter().map(|operation| operation.id).collect()
    };
    assert_eq!(ids(None).await, ["id-3", "id-2"]);
    assert_eq!(ids(Some("id-2")).await, ["id-1"]);
}

//! Owns the agreement of the tables about contacts, persons and expiry, on both databases. Never a real address.

use std::collections::HashMap;

use creatorscope_kit::seal::new_line;

use super::*;
use crate::{contact::Contact, store::derived::take_addresses};

fn id(name: &str) -> CreatorId {
    CreatorId::new(Platform::Tiktok, name).expect("valid")
}

fn ring(lines: &[&str]) -> KeyRing {
    KeyRing::parse(&lines.concat()).expect("valid")
}

fn contact(emails: &[&str], read: i64) -> Contact {
    Contact {
        emails: emails.iter().map(|email| (*email).to_owned()).collect(),
        agency: "Agency".into(),
        links: Vec::new(),
        source: Source::Given,
        observe_time: at(read),
    }
}

/// Takes a profile as the service does.
async fn ingest(store: &Store, mut creator: Creator) {
    let found = HashMap::from([(0, take_addresses(&mut creator))]);
    store.ingest_with(&[creator], &found).await.expect("taken");
}

#[tokio::test]
async fn what_was_given_stays_beside_what_profiles_show() {
    let key = new_line("k1").expect("random");
    for store in stores().await {
        let store = store.keeping(Retention::unlimited(), Some(ring(&[&key])));
        assert!(!store.set_contact(&id("a"), &contact(&["given@example.com"], 1)).await.expect("answered"));
        ingest(&store, profile("a", "mail first@example.com", 1)).await;
        let record = one(&store, "a").await.expect("known");
        assert_eq!(record.creator.bio, "mail [e-mail]");
        assert!(record.has_contact());
        let kept = store.contact(&id("a")).await.expect("readable");
        assert_eq!((kept.given, kept.found.expect("shown").emails), (None, vec!["first@example.com".to_owned()]));
        assert!(store.set_contact(&id("a"), &contact(&["given@example.com"], 2)).await.expect("kept"));
        assert_eq!(store.contact(&id("a")).await.expect("readable").found, None, "a call replaces everything");
        ingest(&store, profile("a", "now second@example.com", 3)).await;
        let kept = store.contact(&id("a")).await.expect("readable");
        assert_eq!(kept.given, Some(contact(&["given@example.com"], 2)));
        assert_eq!(kept.found.expect("shown").emails, ["second@example.com"]);
        ingest(&store, profile("a", "none any more", 4)).await;
        let kept = store.contact(&id("a")).await.expect("readable");
        assert_eq!((kept.given.is_some(), kept.found), (true, None));
        assert!(store.remove_contact(&id("a")).await.expect("removed"));
        assert!(!store.remove_contact(&id("a")).await.expect("nothing left"));
        assert!(!one(&store, "a").await.expect("known").has_contact());
    }
}

#[tokio::test]
async fn contacts_are_sealed_anew_under_the_first_key() {
    let (old, new) = (new_line("old").expect("random"), new_line("new").expect("random"));
    for store in stores().await {
        let before = store.clone().keeping(Retention::unlimited(), Some(ring(&[&old])));
        let profiles: Vec<Creator> = (0..450).map(|place| profile(&format!("c{place:03}"), "", 1)).collect();
        before.ingest(&profiles).await.expect("taken");
        for creator in &profiles[..250] {
            before.set_contact(&creator.id, &contact(&["ana@example.com"], 1)).await.expect("kept");
        }
        ingest(&before, profile("c000", "ana@example.com", 2)).await;
        let without = store.clone().keeping(Retention::unlimited(), Some(ring(&[&new])));
        let error = without.contact(&id("c001")).await.expect_err("no such key");
        assert!(
            matches!(&error, StoreError::Seal { cause: SealError::UnknownKey(key), .. } if key == "old"),
            "{error}"
        );
        assert!(matches!(store.contact(&id("c001")).await, Err(StoreError::NoKeys)));
        let after = store.keeping(Retention::unlimited(), Some(ring(&[&new, &old])));
        let (mut place, mut count) = (String::new(), 0);
        while let Some((end, sealed)) = after.seal_again(&place).await.expect("sealed") {
            assert!(end > place);
            (place, count) = (end, count + sealed);
        }
        assert_eq!(count, 251);
        let uses = after.key_uses().await.expect("readable");
        assert_eq!(uses, [KeyUse { key_id: "new".into(), count: 251 }]);
        let kept = without.contact(&id("c000")).await.expect("opens");
        assert!(kept.given.is_some() && kept.found.is_some());
    }
}

#[tokio::test]
async fn a_link_by_a_call_goes_before_the_profile_and_survives_it() {
    let of_person = |name: &str, person: &str, read| Creator { person: person.into(), ..profile(name, "", read) };
    for store in stores().await {
        store.ingest(&[of_person("a", "persons/p", 1), of_person("b", "persons/p", 1)]).await.expect("taken");
        let accounts = async |person: &str| {
            let found = store.person(person).await.expect("readable");
            found.into_iter().map(|account| (account.creator, account.by_call)).collect::<Vec<_>>()
        };
        assert_eq!(accounts("persons/p").await, [("tiktok:a".to_owned(), false), ("tiktok:b".to_owned(), false)]);
        assert!(matches!(store.link("persons/q", &[id("a"), id("x")]).await, Err(PersonError::Missing(_))));
        assert!(accounts("persons/q").await.is_empty(), "nothing is linked when one is not known");
        store.link("persons/q", &[id("a")]).await.expect("linked");
        let position = store.link("persons/q", &[id("a")]).await.expect("linked");
        assert_eq!(keys(&store, 2).await.len(), 1, "linking twice changes nothing: {position}");
        store.ingest(&[of_person("a", "persons/r", 2)]).await.expect("taken");
        assert_eq!(accounts("persons/q").await, [("tiktok:a".to_owned(), true)]);
        assert_eq!(accounts("persons/p").await, [("tiktok:b".to_owned(), false)]);
        assert_eq!(one(&store, "a").await.expect("known").person(), "persons/q");
        assert!(matches!(store.unlink("persons/p", &[id("b")]).await, Err(PersonError::Missing(_))));
        store.unlink("persons/q", &[id("a")]).await.expect("undone");
        assert_eq!(accounts("persons/r").await, [("tiktok:a".to_owned(), false)]);
    }
}

#[tokio::test]
async fn links_are_traced_both_ways_and_forgotten_with_the_profile() {
    let with_links = |name: &str, links: &[&str], read| Creator {
        links: links.iter().map(|link| (*link).to_owned()).collect(),
        ..profile(name, "", read)
    };
    for store in stores().await {
        let own = "https://linktr.ee/ana";
        let batch = [
            with_links("a", &["tiktok.com/@b", own], 1),
            with_links("b", &["https://www.tiktok.com/@A?x=1"], 1),
            with_links("c", &["linktr.ee/Ana/"], 1),
        ];
        store.ingest(&batch).await.expect("taken");
        let sign = |other: &str, shown_by: &str, link: &str| Sign {
            other: format!("tiktok:{other}"),
            shown_by: format!("tiktok:{shown_by}"),
            link: link.into(),
        };
        let traces = store.traces(&id("a")).await.expect("readable");
        assert_eq!(traces.outgoing, [sign("b", "a", "tiktok.com/@b")]);
        assert_eq!(traces.incoming, [sign("b", "b", "https://www.tiktok.com/@A?x=1")]);
        assert_eq!(traces.shared, [sign("c", "a", own), sign("c", "c", "linktr.ee/Ana/")]);
        store.ingest(&[with_links("a", &[], 2)]).await.expect("taken");
        assert_eq!(store.traces(&id("a")).await.expect("readable").outgoing, []);
        // A page that many show is nobody's own.
        let many: Vec<Creator> = (0..12).map(|place| with_links(&format!("m{place}"), &[own], 1)).collect();
        store.ingest(&many).await.expect("taken");
        assert_eq!(store.traces(&id("c")).await.expect("readable"), Traces::default());
    }
}

#[tokio::test]
async fn profiles_and_contacts_expire_by_their_source() {
    let key = new_line("k1").expect("random");
    let day = 86_400;
    for store in stores().await {
        let clock = Clock::fixed(at(10 * day));
        let limits = Retention::unlimited().with(Source::YoutubeApi, 1).with(Source::Given, 2);
        let store = Store { clock: clock.clone(), ..store }.keeping(limits, Some(ring(&[&key])));
        let of_api = |name: &str, read| Creator { source: Source::YoutubeApi, ..profile(name, "", read) };
        store.ingest(&[of_api("a", 9 * day + 1), of_api("b", 9 * day + 2), profile("c", "", 1)]).await.expect("taken");
        store.set_contact(&id("c"), &contact(&["ana@example.com"], 9 * day)).await.expect("kept");
        assert_eq!(one(&store, "a").await.expect("known").standing.expire_time, Some(at(10 * day + 1)));
        assert_eq!(store.remove_expired(10).await.expect("looked"), 0);
        clock.set(at(10 * day + 1));
        assert_eq!(one(&store, "a").await, None, "it is not shown, even before it is removed");
        let before = store.log().head().await.expect("readable");
        assert_eq!(store.remove_expired(10).await.expect("removed"), 1);
        assert_eq!(keys(&store, before).await, [("tiktok:a".to_owned(), REMOVED)]);
        clock.set(at(11 * day));
        assert_eq!(store.contact(&id("c")).await.expect("readable"), Kept::default());
        while store.remove_expired(1).await.expect("removed") > 0 {}
        assert!(store.key_uses().await.expect("readable").is_empty());
        assert!(!one(&store, "c").await.expect("stays").has_contact());
        assert!(store.creators_after("", 10).await.expect("readable").len() == 1);
    }
}

#[tokio::test]
async fn profiles_of_an_older_program_are_derived_anew() {
    let key = new_line("k1").expect("random");
    for store in stores().await {
        let store = store.keeping(Retention::unlimited(), Some(ring(&[&key])));
        let old = Creator { person: "persons/p".into(), ..profile("a", "old@example.com", 1) };
        store.ingest(&[old, profile("b", "", 1)]).await.expect("taken");
        // As the first migration leaves them.
        let mut tx = store.begin().await.expect("begun");
        tx.execute("UPDATE creators SET derived = 0, person = '', source = 0, observe_time = 0", vec![])
            .await
            .expect("written");
        tx.execute("DELETE FROM account_keys", vec![]).await.expect("written");
        tx.commit().await.expect("committed");
        let before = store.log().head().await.expect("readable");
        assert_eq!(store.derive_again().await.expect("derived"), 2);
        assert_eq!(store.derive_again().await.expect("derived"), 0);
        let record = one(&store, "a").await.expect("known");
        assert_eq!((record.creator.bio.as_str(), record.has_contact()), ("[e-mail]", true));
        assert_eq!(store.person("persons/p").await.expect("readable").len(), 1);
        assert_eq!(keys(&store, before).await, [("tiktok:a".to_owned(), CHANGED)]);
    }
}

#[tokio::test]
async fn metrics_alone_are_another_kind_of_change_and_erasure_counts_what_goes() {
    let key = new_line("k1").expect("random");
    for store in stores().await {
        let store = store.keeping(Retention::unlimited(), Some(ring(&[&key])));
        store.ingest(&[profile("a", "", 1)]).await.expect("taken");
        store.take_metrics(told(&[("a", metrics(5))], 1)).await.expect("taken");
        assert_eq!(keys(&store, 1).await, [("tiktok:a".to_owned(), METRICS_CHANGED)]);
        store.set_contact(&id("a"), &contact(&["ana@example.com"], 1)).await.expect("kept");
        store.link("persons/p", &[id("a")]).await.expect("linked");
        let removal = store.remove(&id("a")).await.expect("removed");
        assert!(removal.had_profile && removal.had_contact && removal.had_person_link);
        assert_eq!((removal.changes, removal.position), (4, 5));
        assert_eq!(store.erased().await.expect("readable"), 5);
        let none = Removal { position: 5, ..Removal::default() };
        assert_eq!(Removal { changes: 0, ..store.remove(&id("a")).await.expect("nothing") }, none);
    }
}

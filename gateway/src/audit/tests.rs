//! Owns the tests of the queue and the table. Never a call.

use super::*;
use crate::{MIGRATIONS, policy};

fn event(clock: &Clock, key: &str, code: &str) -> Event {
    Event {
        id: clock.unique_id(),
        ended_at: clock.now(),
        duration: 1_500,
        tenant: "lumo".to_owned(),
        key: key.to_owned(),
        method: "a.v1.A/Do".to_owned(),
        code: code.to_owned(),
        reason: String::new(),
        units: 5,
        request_id: "r-1".to_owned(),
        peer_address: "127.0.0.1".to_owned(),
    }
}

fn clock() -> Clock {
    Clock::fixed(Timestamp::from_second(1_800_000_000).expect("a time"))
}

fn config(text: &str) -> AuditConfig {
    serde_json::from_str(text).expect("settings")
}

async fn db() -> Db {
    Db::temporary(&MIGRATIONS).await.expect("a database")
}

#[tokio::test]
async fn lines_are_told_the_newest_first_until_they_are_too_old() {
    let (db, clock) = (db().await, clock());
    let (audit, mut writer) = open(&AuditConfig::default(), &db);
    let first = clock.now();
    for key in ["one", "two", "one"] {
        audit.leave(event(&clock, key, "OK"));
        clock.set(clock.now() + SignedDuration::from_hours(1));
    }
    writer.write().await;
    let store = Store::new(db);
    let all = Asked { count: 2, ..Asked::default() };
    let page = store.list(&all).await.expect("read");
    assert_eq!(page.iter().map(|event| event.key.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    let next = store.list(&Asked { before: page[1].id.clone(), ..all.clone() }).await.expect("read");
    assert_eq!((next.len(), next[0].ended_at), (1, first));
    let of_one = Asked { key: "one".to_owned(), begin: Some(clock.now() - SignedDuration::from_hours(2)), ..all };
    assert_eq!(store.list(&of_one).await.expect("read").len(), 1);
    clock.set(first + SignedDuration::from_hours(24 * 90) + SignedDuration::from_mins(61));
    assert_eq!(purge(&store, &AuditConfig::default(), &clock).await.expect("purged"), 2);
}

#[tokio::test]
async fn a_full_queue_drops_lines_and_holds_nobody_up() {
    let (db, clock) = (db().await, clock());
    let (audit, mut writer) = open(&AuditConfig::default(), &db);
    let line = event(&clock, "one", "OK");
    for number in 0..QUEUE + 7 {
        audit.leave(Event { id: format!("{number:06}"), ..line.clone() });
    }
    assert_eq!(audit.dropped.load(Ordering::Relaxed), 7);
    writer.write().await;
    assert_eq!(audit.dropped.load(Ordering::Relaxed), 0, "they were told");
    let kept = Store::new(db).list(&Asked { count: QUEUE * 2, ..Asked::default() }).await.expect("read");
    assert_eq!(kept.len(), QUEUE);
}

#[tokio::test]
async fn what_the_contract_says_and_refusals_are_written_without_sampling() {
    let services = ["creatorscope.discovery.v1.DiscoveryService"];
    let methods = policy::read(creatorscope_proto::pool(), &services).expect("all can be exposed");
    let of = |name: &str| methods.iter().find(|method| method.path.ends_with(name)).expect("it is there");
    let db = db().await;
    let (audit, _writer) = open(&config(r#"{"sample": 0.0}"#), &db);
    assert!(!audit.wants(Some(of("/GetCreator")), Code::Ok));
    assert!(!audit.wants(Some(of("/GetCreator")), Code::ResourceExhausted), "a flood of them must not fill the table");
    assert!(audit.wants(Some(of("/GetContact")), Code::Ok));
    assert!(audit.wants(Some(of("/GetCreator")), Code::PermissionDenied));
    assert!(audit.wants(None, Code::Unauthenticated));
    let (off, _writer) = open(&config(r#"{"table": false}"#), &db);
    assert!(!off.wants(Some(of("/GetContact")), Code::Ok));
}

#[test]
fn a_line_of_json_has_no_more_than_the_table() {
    let line = event(&clock(), "one", "OK").to_line();
    let told: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert!(line.ends_with("}\n") && line.lines().count() == 1);
    assert_eq!((told["millis"].as_f64(), told["code"].as_str()), (Some(1.5), Some("OK")));
    assert_eq!(told.as_object().expect("an object").len(), 11);
}

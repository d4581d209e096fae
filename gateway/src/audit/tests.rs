//! Owns the tests of the queue and the table. Never a call.

use creatorscope_kit::db::{DbConfig, Secret};

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

/// Postgres, when `CREATORSCOPE_TEST_POSTGRES` names one.
#[allow(clippy::disallowed_methods, reason = "tests are told by their environment where a Postgres is")]
async fn postgres() -> Option<Db> {
    let Ok(url) = std::env::var("CREATORSCOPE_TEST_POSTGRES") else {
        _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            b"SKIPPED on Postgres: CREATORSCOPE_TEST_POSTGRES is not set\n",
        );
        return None;
    };
    let schema = format!("g{}_audit", Clock::system().now().as_microsecond());
    let config = DbConfig::postgres(Secret::new(url), 3);
    Some(Db::open(&config, Box::leak(schema.into_boxed_str()), &MIGRATIONS).await.expect("opens"))
}

#[tokio::test]
async fn lines_from_before_the_log_had_parts_stay_and_go_as_one_part() {
    const PARTS: &str = "SELECT COUNT(*) FROM pg_inherits WHERE inhparent = 'audit'::regclass";
    let Some(db) = postgres().await else { return };
    // What is there becomes a part that ends with the month of the machine's time.
    let clock = Clock::fixed(Clock::system().now());
    let (store, config) = (Store::new(db.clone()), AuditConfig::default());
    let keys = |events: Vec<Event>| events.into_iter().map(|event| event.key).collect::<Vec<_>>();
    let all = Asked { count: 100, ..Asked::default() };
    let day = SignedDuration::from_hours(24);
    store.add(&[event(&clock, "one", "OK")]).await.expect("added");
    clock.set(clock.now() + SignedDuration::from_secs(1));
    assert!(db.apply_deferred(&MIGRATIONS).await.expect("applied"));
    let two = event(&clock, "two", "OK");
    store.add(std::slice::from_ref(&two)).await.expect("added");
    store.add(std::slice::from_ref(&two)).await.expect("one that is there stays");
    assert_eq!(keys(store.list(&all).await.expect("read")), ["two", "one"]);

    // A line of a month without a part is kept, and moved when the month gets one.
    clock.set(clock.now() + day * 40);
    store.add(&[event(&clock, "three", "OK")]).await.expect("added");
    assert_eq!(purge(&store, &config, &clock).await.expect("purged"), 0);
    let rest = "SELECT COUNT(*) FROM audit_rest";
    assert_eq!(db.fetch::<(i64,)>(rest, vec![]).await.expect("read"), [(0,)]);
    // Two months, what was there before, and the rest.
    assert_eq!(db.fetch::<(i64,)>(PARTS, vec![]).await.expect("read"), [(4,)]);
    assert_eq!(keys(store.list(&all).await.expect("read")), ["three", "two", "one"]);

    // 125 days on what was before is too old by a whole month.
    clock.set(clock.now() + day * 85);
    assert_eq!(purge(&store, &config, &clock).await.expect("purged"), 2);
    assert_eq!(keys(store.list(&all).await.expect("read")), ["three"]);
    let before = "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('audit_before')";
    assert_eq!(db.fetch::<(i64,)>(before, vec![]).await.expect("read"), [(0,)], "dropped, not emptied");
    clock.set(clock.now() + day * 30);
    assert_eq!(purge(&store, &config, &clock).await.expect("purged"), 1);
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

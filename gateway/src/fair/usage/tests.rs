//! Owns the tests of counting over the table. Never a call.

use super::*;
use crate::MIGRATIONS;

struct Desk {
    clock: Clock,
    db: Db,
    usage: Usage,
}

async fn desk(time: &str) -> Desk {
    let clock = Clock::fixed(time.parse().expect("a time"));
    let db = Db::temporary(&MIGRATIONS).await.expect("a database");
    Desk { usage: Usage::new(db.clone(), clock.clone()), clock, db }
}

fn call(key: &str, units: i64) -> Use {
    Use { key: key.to_owned(), tenant: "lumo".to_owned(), method: "a.v1.A/Do".into(), units }
}

fn key(name: &str) -> Subject {
    Subject::Key(name.to_owned())
}

#[tokio::test]
async fn a_call_counts_from_when_it_is_let_in_and_once() {
    let desk = desk("2026-11-23T10:00:00Z").await;
    let (one, tenant) = (call("one", 5), Subject::Tenant("lumo".to_owned()));
    assert_eq!((desk.usage.used(&key("one")).await, desk.usage.used(&tenant).await), (0, 0));
    desk.usage.begin(&one);
    assert_eq!((desk.usage.used(&key("one")).await, desk.usage.used(&tenant).await), (5, 5), "while it is open");
    desk.usage.end(&one, true);
    desk.usage.add(&one, 2);
    for _ in 0..7 {
        desk.usage.write().await.expect("written");
        assert_eq!(desk.usage.used(&key("one")).await, 7);
    }
    let refused = call("one", 90);
    desk.usage.begin(&refused);
    desk.usage.end(&refused, false);
    assert_eq!(desk.usage.used(&key("one")).await, 7, "what nobody answered costs nothing");
    let asked = Asked { begin: 0, end: i64::MAX, ..Asked::default() };
    let rows = desk.usage.told(&asked).await.expect("read").rows;
    assert_eq!(rows.iter().map(|row| (row.calls, row.units)).collect::<Vec<_>>(), [(2, 7)]);
    assert_eq!(date_of(rows[0].day).to_string(), "2026-11-23");
}

#[tokio::test]
async fn another_gateway_and_another_day_add_up_and_another_month_begins_anew() {
    let desk = desk("2026-11-29T10:00:00Z").await;
    let other = Usage::new(desk.db.clone(), desk.clock.clone());
    desk.usage.used(&key("one")).await;
    for _ in 0..2 {
        for gateway in [&desk.usage, &other] {
            gateway.begin(&call("one", 10));
            gateway.end(&call("one", 10), true);
            gateway.write().await.expect("written");
        }
        desk.clock.set("2026-11-30T10:00:00Z".parse().expect("a time"));
    }
    assert_eq!(other.used(&key("one")).await, 40, "read when it is first asked for");
    for _ in 0..READ_EVERY {
        desk.usage.add(&call("one", 0), 0);
        desk.usage.write().await.expect("written");
    }
    assert_eq!(desk.usage.used(&key("one")).await, 40, "read again");
    desk.clock.set("2026-12-01T00:00:00Z".parse().expect("a time"));
    assert_eq!(desk.usage.used(&key("one")).await, 0);
    let asked = Asked { key: "one".to_owned(), begin: 0, end: i64::MAX, ..Asked::default() };
    assert_eq!(other.told(&asked).await.expect("read").rows.len(), 2, "a day each");
    let nobody = Asked { tenant: "nova".to_owned(), ..asked };
    let told = other.told(&nobody).await.expect("read");
    assert_eq!((told.rows.len(), told.calls, told.units), (0, 0, 0));
}

#[tokio::test]
async fn what_cannot_be_written_is_kept() {
    let desk = desk("2026-11-23T10:00:00Z").await;
    desk.usage.used(&key("one")).await;
    desk.usage.begin(&call("one", 5));
    desk.usage.end(&call("one", 5), true);
    let mut tx = desk.db.begin().await.expect("begun");
    tx.execute("ALTER TABLE usage RENAME TO elsewhere", vec![]).await.expect("gone");
    tx.commit().await.expect("done");
    desk.usage.write().await.expect_err("no table");
    assert_eq!(desk.usage.used(&key("one")).await, 5);
    let mut tx = desk.db.begin().await.expect("begun");
    tx.execute("ALTER TABLE elsewhere RENAME TO usage", vec![]).await.expect("back");
    tx.commit().await.expect("done");
    let asked = Asked { begin: 0, end: i64::MAX, ..Asked::default() };
    assert_eq!(desk.usage.told(&asked).await.expect("read").calls, 1);
    assert_eq!(desk.usage.used(&key("one")).await, 5);
}

#[test]
fn months_begin_with_their_first_day() {
    let (first, next) = month_of("2026-12-31T23:59:59Z".parse().expect("a time"));
    assert_eq!((date_of(first).to_string(), date_of(next).to_string()), ("2026-12-01".into(), "2027-01-01".into()));
    assert_eq!(begin_of(next).to_string(), "2027-01-01T00:00:00Z");
}

//! Owns the tests of buckets over both places that they lie in. Never the arithmetic.
#![allow(clippy::disallowed_methods, reason = "a test asks the environment for a Redis")]

use std::io::Write as _;

use creatorscope_kit::{RedisConfig, db::Secret};
use jiff::{SignedDuration, Timestamp};

use super::*;

fn caller(tenant: &str, key: &str) -> Caller {
    Caller { tenant: tenant.to_owned(), key: key.to_owned(), scopes: vec![], request_id: String::new() }
}

fn clock() -> Clock {
    Clock::fixed(Timestamp::from_second(1_800_000_000).expect("a time"))
}

async fn taken(buckets: &Buckets, caller: &Caller, cost: u32, times: u32) -> u32 {
    let mut taken = 0;
    for _ in 0..times {
        taken += u32::from(buckets.take(caller, cost).await.is_ok());
    }
    taken
}

#[tokio::test]
async fn a_key_has_its_own_bucket_and_shares_that_of_its_tenant() {
    let clock = clock();
    let buckets = Buckets::new(Rate::new(1, 30), Rate::new(1, 40), None, clock.clone());
    let (one, two, other) = (caller("lumo", "one"), caller("lumo", "two"), caller("nova", "three"));
    assert_eq!(taken(&buckets, &one, 5, 10).await, 6, "the key's");
    assert_eq!(taken(&buckets, &two, 5, 10).await, 2, "what is left of the tenant's");
    assert_eq!(taken(&buckets, &other, 5, 10).await, 6, "another tenant's");
    let wait = buckets.take(&one, 5).await.expect_err("empty");
    assert_eq!((wait.delay, wait.left.remaining), (Duration::from_secs(5), 0));
    clock.set(clock.now() + SignedDuration::from_secs(4));
    assert!(buckets.take(&one, 5).await.is_err(), "a second too early");
    clock.set(clock.now() + SignedDuration::from_secs(1));
    let left = buckets.take(&one, 5).await.expect("after the wait that was told").expect("limited");
    assert_eq!((left.limit, left.remaining, left.full_in), (30, 0, Duration::from_secs(30)));
}

#[tokio::test]
async fn what_the_tenant_refuses_is_not_taken_from_the_key() {
    let buckets = Buckets::new(Rate::new(1, 30), Rate::new(1, 10), None, clock());
    let one = caller("lumo", "one");
    assert_eq!(taken(&buckets, &one, 10, 5).await, 1);
    assert_eq!(buckets.local.lock().expect("whole").len(), 2);
    let now = buckets.clock.now().as_microsecond() as f64;
    let full_at = buckets.local.lock().expect("whole")["creatorscope:bucket:{lumo}:one"];
    assert!((full_at - now - 1e7).abs() < 1.0, "ten units of the key were taken");
}

#[tokio::test]
async fn without_limits_nothing_is_kept() {
    let buckets = Buckets::new(None, None, None, clock());
    assert_eq!(buckets.take(&caller("lumo", "one"), 1_000).await, Ok(None));
    assert!(buckets.local.lock().expect("whole").is_empty());
}

#[tokio::test]
async fn buckets_that_are_full_are_forgotten() {
    let clock = clock();
    let buckets = Buckets::new(Rate::new(100, 100), None, None, clock.clone());
    for number in 0..MANY {
        buckets.take(&caller("lumo", &number.to_string()), 1).await.expect("there");
    }
    clock.set(clock.now() + SignedDuration::from_secs(2));
    buckets.take(&caller("lumo", "one"), 1).await.expect("there");
    assert_eq!(buckets.local.lock().expect("whole").len(), 1);
}

/// A Redis of the tests that is connected, or none.
async fn redis() -> Option<Redis> {
    let Ok(url) = std::env::var("CREATORSCOPE_TEST_REDIS") else {
        _ = writeln!(std::io::stderr(), "SKIPPED: buckets in Redis need CREATORSCOPE_TEST_REDIS; tests/run sets it");
        return None;
    };
    let redis = RedisConfig::new(Secret::new(url)).open().expect("a url").expect("one");
    let script = Script::new("return {1}");
    let connected = async {
        while redis.run(&script, &[], &[]).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), connected).await.expect("it answers");
    Some(redis)
}

#[tokio::test]
async fn two_gateways_share_the_buckets_in_redis() {
    let Some(redis) = redis().await else { return };
    let gateway = || {
        let (key, tenant) = (Rate { per_second: 1, burst: 30 }, Rate { per_second: 1, burst: 40 });
        Buckets::new(Some(key), Some(tenant), Some(redis.clone()), clock())
    };
    let (first, second) = (gateway(), gateway());
    // Nobody else's buckets.
    let tenant = Clock::system().unique_id();
    let (one, two) = (caller(&tenant, "one"), caller(&tenant, "two"));
    let left = first.take(&one, 20).await.expect("there").expect("limited");
    assert_eq!((left.limit, left.remaining), (30, 10));
    assert!(left.full_in <= Duration::from_secs(20) && left.full_in > Duration::from_secs(10), "{left:?}");
    assert!(second.take(&one, 20).await.is_err(), "the other gateway knows");
    let left = second.take(&two, 10).await.expect("there").expect("limited");
    assert!((10..=12).contains(&left.remaining), "the tenant has less: {left:?}");
    let wait = first.take(&two, 20).await.expect_err("the tenant has less than that");
    assert!(wait.delay > Duration::from_secs(5) && wait.delay <= Duration::from_secs(10), "{wait:?}");
    assert!(first.local.lock().expect("whole").is_empty(), "nothing was kept here");
}

#[tokio::test]
async fn without_an_answer_of_redis_each_gateway_counts_by_itself() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr()).expect("a port").port();
    let url = Secret::new(format!("redis://127.0.0.1:{port}"));
    let redis = RedisConfig::new(url).open().expect("a url");
    let buckets = Buckets::new(Rate::new(1, 10), None, redis, clock());
    assert_eq!(taken(&buckets, &caller("lumo", "one"), 5, 4).await, 2);
}

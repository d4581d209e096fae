//! Owns the tests of the cache in this process, and with a Redis that is away. Never a Redis that is there: see `tests/redis.rs`.

use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::join_all;

use super::*;
use crate::{RedisConfig, db::Secret};

struct Greeting;
impl Cached for Greeting {
    const KIND: &'static str = "test:greeting";
    const VERSION: u32 = 1;
    const TTL: Duration = Duration::from_secs(60);
    type Key = u32;
    type Value = String;
}

#[tokio::test]
async fn a_value_is_loaded_once_until_it_is_invalidated() {
    let loads = AtomicU32::new(0);
    let load = || async {
        loads.fetch_add(1, Ordering::SeqCst);
        Ok::<_, std::io::Error>("hello".to_owned())
    };
    let cache = Cache::memory(1 << 20);
    for _ in 0..3 {
        assert_eq!(cache.get_or_load::<Greeting, _>(&7, load()).await.expect("loads"), "hello");
    }
    assert_eq!(loads.load(Ordering::SeqCst), 1);
    cache.invalidate::<Greeting>(&7).await;
    cache.get_or_load::<Greeting, _>(&7, load()).await.expect("loads");
    assert_eq!(loads.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn without_a_cache_every_call_loads() {
    let cache = Cache::off();
    let value = cache.get_or_load::<Greeting, std::io::Error>(&7, async { Ok("a".to_owned()) }).await;
    assert_eq!(value.expect("loads"), "a");
    let value = cache.get_or_load::<Greeting, std::io::Error>(&7, async { Ok("b".to_owned()) }).await;
    assert_eq!(value.expect("loads"), "b");
}

#[tokio::test]
async fn while_redis_is_away_the_process_keeps_what_it_loads() {
    // Nobody listens on the port of a listener that is gone.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr()).expect("a port").port();
    let url = Secret::new(format!("redis://127.0.0.1:{port}"));
    let redis = RedisConfig::new(url).open().expect("a url").expect("one");
    let cache = Cache::redis(redis, 1 << 20);
    let loads = AtomicU32::new(0);
    let load = || async {
        loads.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        Ok::<_, std::io::Error>("hello".to_owned())
    };
    let answers = join_all((0..100).map(|_| cache.get_or_load::<Greeting, _>(&7, load()))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|value| value == "hello")));
    assert_eq!(loads.load(Ordering::SeqCst), 1);
    cache.get_or_load::<Greeting, _>(&7, load()).await.expect("is kept");
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}

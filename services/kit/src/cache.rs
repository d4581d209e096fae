//! Owns the cache: typed keys, a bound in bytes, one load at a time per key. Never the truth: what is not cached is loaded.

pub mod bounded;
pub mod latest;
#[cfg(test)]
mod tests;

use std::{
    fmt::Display,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use moka::future::Cache as Moka;
use prost::Message;

use crate::{Redis, onward::without_end};

/// What is longer stays in the process also where there is a Redis, in bytes: to fetch it for each call would take longer than to keep it,
/// and everybody else's calls wait behind it.
const LONGEST: usize = 256 << 10;

/// What Redis did not take stays in the process for so long at most: what is dear to load must not be loaded for each call because Redis is
/// away.
const INSTEAD: Duration = Duration::from_secs(30);

/// Something that may be cached: its key, its form and how long it may be kept.
pub trait Cached {
    /// The service and kind, e.g. `metrics:creator`.
    const KIND: &'static str;
    /// Raised when the meaning of the bytes changes.
    const VERSION: u32;
    /// How long it may be kept.
    const TTL: Duration;
    /// What it is found by. Programs of two versions may share a Redis, so whatever the value depends on is in it.
    type Key: Display + Sync;
    /// What is kept, as protobuf bytes.
    type Value: Message + Default;
}

/// A cache in this process or in Redis, or none. Cheap to clone.
///
/// It counts by kind: `cache_hits_total`, `cache_misses_total` and, of Redis, `cache_failures_total`, each of which is a miss too.
#[derive(Clone)]
pub struct Cache(Option<Places>);

#[derive(Clone)]
struct Places {
    /// In this process: everything without Redis; with it what it did not take. Who asks for a key that is being loaded waits here.
    near: Moka<String, Entry>,
    far: Option<Redis>,
}

#[derive(Clone)]
struct Entry {
    bytes: Arc<[u8]>,
    /// How long it stays in this process; zero for what is kept elsewhere.
    ttl: Duration,
}

/// Each entry lives as long as its kind says.
struct Lifetime;

impl moka::Expiry<String, Entry> for Lifetime {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: std::time::Instant) -> Option<Duration> {
        Some(entry.ttl)
    }
}

/// Up to a tenth less, so that what was loaded together does not expire together.
fn spread(ttl: Duration) -> Duration {
    ttl.mul_f64(1.0 - 0.1 * fastrand::f64())
}

impl Cache {
    /// Keeps up to so many bytes of keys and values in this process.
    pub fn memory(bytes: u64) -> Self {
        Self(Some(Places { near: near(bytes), far: None }))
    }

    /// Keeps values in Redis, for all replicas; up to so many bytes in this process, of values that are too long for it, and while it is
    /// away. A value that was not removed because Redis was away for a moment is found until its time is over.
    pub fn redis(redis: Redis, bytes: u64) -> Self {
        Self(Some(Places { near: near(bytes), far: Some(redis) }))
    }

    /// Keeps nothing.
    pub fn off() -> Self {
        Self(None)
    }

    /// Answers from the cache or loads. Callers in this process that ask for one key at a time share one load. Errors: the load's; they
    /// are not kept.
    pub async fn get_or_load<C: Cached, E: Send + Sync + 'static>(
        &self,
        key: &C::Key,
        load: impl Future<Output = Result<C::Value, E>> + Send,
    ) -> Result<C::Value, Arc<E>> {
        let Some(places) = &self.0 else { return load.await.map_err(Arc::new) };
        let (name, loaded) = (name::<C>(key), AtomicBool::new(false));
        let fill = async {
            if let Some(bytes) = places.fetch::<C>(&name).await {
                return Ok(Entry { bytes: bytes.into(), ttl: Duration::ZERO });
            }
            loaded.store(true, Ordering::Relaxed);
            let bytes = load.await?.encode_to_vec();
            let ttl = places.send::<C>(&name, &bytes, C::TTL).await;
            Ok(Entry { bytes: bytes.into(), ttl })
        };
        let entry = places.near.try_get_with(name.clone(), without_end(fill)).await?;
        count::<C>(!loaded.into_inner());
        // The name carries the version, so the bytes are of this type.
        Ok(C::Value::decode(&*entry.bytes).unwrap_or_default())
    }

    /// What is kept under a key.
    pub async fn get<C: Cached>(&self, key: &C::Key) -> Option<C::Value> {
        let places = self.0.as_ref()?;
        let name = name::<C>(key);
        let found = match places.near.get(&name).await {
            Some(entry) => C::Value::decode(&*entry.bytes).ok(),
            None => places.fetch::<C>(&name).await.and_then(|bytes| C::Value::decode(&*bytes).ok()),
        };
        count::<C>(found.is_some());
        found
    }

    /// Keeps a value in place of what was kept, for so long instead of the kind's lifetime; 0 keeps nothing.
    pub async fn put<C: Cached>(&self, key: &C::Key, value: &C::Value, ttl: Duration) {
        let Some(places) = &self.0 else { return };
        let name = name::<C>(key);
        places.near.invalidate(&name).await;
        if ttl.is_zero() {
            return places.forget::<C>(&name).await;
        }
        let bytes = value.encode_to_vec();
        let ttl = places.send::<C>(&name, &bytes, ttl).await;
        if !ttl.is_zero() {
            places.near.insert(name, Entry { bytes: bytes.into(), ttl }).await;
        }
    }

    /// Removes what is kept under a key, here and in Redis; in other processes it stays until its time is over.
    pub async fn invalidate<C: Cached>(&self, key: &C::Key) {
        if let Some(places) = &self.0 {
            let name = name::<C>(key);
            places.near.invalidate(&name).await;
            places.forget::<C>(&name).await;
        }
    }
}

impl Places {
    fn far_name(redis: &Redis, name: &str) -> String {
        format!("{}:{name}", redis.prefix())
    }

    async fn fetch<C: Cached>(&self, name: &str) -> Option<Vec<u8>> {
        let redis = self.far.as_ref()?;
        let found = redis.get(&Self::far_name(redis, name)).await;
        found.unwrap_or_else(|_| failed::<C, _>())
    }

    /// Sends a value to where it is kept, and answers how long it is to be kept in this process.
    async fn send<C: Cached>(&self, name: &str, bytes: &[u8], ttl: Duration) -> Duration {
        let ttl = spread(ttl);
        let Some(redis) = &self.far else { return ttl };
        if bytes.len() > LONGEST {
            self.forget::<C>(name).await;
            return ttl;
        }
        match redis.set(&Self::far_name(redis, name), bytes, ttl).await {
            Ok(()) => Duration::ZERO,
            Err(_) => {
                failed::<C, ()>();
                ttl.min(INSTEAD)
            }
        }
    }

    async fn forget<C: Cached>(&self, name: &str) {
        if let Some(redis) = &self.far {
            redis.remove(&Self::far_name(redis, name)).await.unwrap_or_else(|_| failed::<C, _>());
        }
    }
}

fn near(bytes: u64) -> Moka<String, Entry> {
    let weigh = |key: &String, entry: &Entry| u32::try_from(key.len() + entry.bytes.len() + 64).unwrap_or(u32::MAX);
    Moka::builder().max_capacity(bytes).weigher(weigh).expire_after(Lifetime).build()
}

fn name<C: Cached>(key: &C::Key) -> String {
    format!("v{}:{}:{key}", C::VERSION, C::KIND)
}

fn count<C: Cached>(hit: bool) {
    let name = if hit { "cache_hits_total" } else { "cache_misses_total" };
    metrics::counter!(name, "kind" => C::KIND).increment(1);
}

fn failed<C: Cached, T: Default>() -> T {
    metrics::counter!("cache_failures_total", "kind" => C::KIND).increment(1);
    T::default()
}

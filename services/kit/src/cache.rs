//! Owns the cache: typed keys, a bound in bytes, one load at a time per key. Never the truth: what is not cached is loaded.

pub mod bounded;
pub mod latest;

use std::{fmt::Display, future::Future, sync::Arc, time::Duration};

use moka::future::Cache as Moka;
use prost::Message;

use crate::onward::without_end;

/// Something that may be cached: its key, its form and how long it may be kept.
pub trait Cached {
    /// The service and kind, e.g. `metrics:creator`.
    const KIND: &'static str;
    /// Raised when the meaning of the bytes changes.
    const VERSION: u32;
    /// How long it may be kept.
    const TTL: Duration;
    /// What it is found by.
    type Key: Display + Sync;
    /// What is kept, as protobuf bytes.
    type Value: Message + Default;
}

/// A cache in this process, or none. Cheap to clone.
#[derive(Clone)]
pub struct Cache(Option<Moka<String, Entry>>);

#[derive(Clone)]
struct Entry {
    bytes: Arc<[u8]>,
    ttl: Duration,
}

/// Each entry lives as long as its kind says.
struct Lifetime;

impl moka::Expiry<String, Entry> for Lifetime {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: std::time::Instant) -> Option<Duration> {
        // Up to a tenth less, so that what was loaded together does not expire together.
        Some(entry.ttl.mul_f64(1.0 - 0.1 * fastrand::f64()))
    }
}

impl Cache {
    /// Keeps up to so many bytes of keys and values in this process.
    pub fn memory(bytes: u64) -> Self {
        let weigh = |key: &String, entry: &Entry| u32::try_from(key.len() + entry.bytes.len() + 64).unwrap_or(u32::MAX);
        Self(Some(Moka::builder().max_capacity(bytes).weigher(weigh).expire_after(Lifetime).build()))
    }

    /// Keeps nothing.
    pub fn off() -> Self {
        Self(None)
    }

    /// Answers from the cache or loads. Callers that ask for one key at a time share one load. Errors: the load's; they are
    /// not kept.
    pub async fn get_or_load<C: Cached, E: Send + Sync + 'static>(
        &self,
        key: &C::Key,
        load: impl Future<Output = Result<C::Value, E>> + Send,
    ) -> Result<C::Value, Arc<E>> {
        let Some(cache) = &self.0 else { return load.await.map_err(Arc::new) };
        let fill = async { load.await.map(|value| Entry { bytes: value.encode_to_vec().into(), ttl: C::TTL }) };
        let entry = cache.try_get_with(name::<C>(key), without_end(fill)).await?;
        // The name carries the version, so the bytes are of this type.
        Ok(C::Value::decode(&*entry.bytes).unwrap_or_default())
    }

    /// What is kept under a key.
    pub async fn get<C: Cached>(&self, key: &C::Key) -> Option<C::Value> {
        let entry = self.0.as_ref()?.get(&name::<C>(key)).await?;
        C::Value::decode(&*entry.bytes).ok()
    }

    /// Keeps a value in place of what was kept, for so long instead of the kind's lifetime; 0 keeps nothing.
    pub async fn put<C: Cached>(&self, key: &C::Key, value: &C::Value, ttl: Duration) {
        self.invalidate::<C>(key).await;
        if let Some(cache) = self.0.as_ref().filter(|_| !ttl.is_zero()) {
            cache.insert(name::<C>(key), Entry { bytes: value.encode_to_vec().into(), ttl }).await;
        }
    }

    /// Removes what is kept under a key.
    pub async fn invalidate<C: Cached>(&self, key: &C::Key) {
        if let Some(cache) = &self.0 {
            cache.invalidate(&name::<C>(key)).await;
        }
    }
}

fn name<C: Cached>(key: &C::Key) -> String {
    format!("creatorscope:v{}:{}:{key}", C::VERSION, C::KIND)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

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
}

//! Owns what is kept under keys of any kind, bounded in bytes, each for a time of its own, loaded by one for all who ask. Never a
//! value that nobody loaded.

use std::{future::Future, hash::Hash, sync::Arc, time::Duration};

use moka::future::Cache;

/// What is kept says of itself how much and how long.
pub trait Kept: Clone + Send + Sync + 'static {
    /// Bytes that it takes, without its key.
    fn bytes(&self) -> usize;
    /// How long it may be kept.
    fn lifetime(&self) -> Duration;
}

/// Up to so many bytes of values. Cheap to clone.
pub struct Bounded<K, V>(Cache<K, V>);

impl<K, V> Clone for Bounded<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct Lifetime;

impl<K, V: Kept> moka::Expiry<K, V> for Lifetime {
    fn expire_after_create(&self, _: &K, value: &V, _: std::time::Instant) -> Option<Duration> {
        Some(value.lifetime())
    }

    fn expire_after_update(&self, _: &K, value: &V, _: std::time::Instant, _: Option<Duration>) -> Option<Duration> {
        Some(value.lifetime())
    }
}

impl<K, V> Bounded<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Kept,
{
    /// Keeps up to so many bytes of keys and values; `key_bytes` says how many a key takes.
    pub fn new(bytes: u64, key_bytes: fn(&K) -> usize) -> Self {
        let weigh = move |key: &K, value: &V| u32::try_from(key_bytes(key) + value.bytes() + 64).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(bytes).weigher(weigh).expire_after(Lifetime).build())
    }

    /// What is kept under a key.
    pub async fn get(&self, key: &K) -> Option<V> {
        self.0.get(key).await
    }

    /// Answers with what is kept or loads it; who asks meanwhile waits for the one load. Errors: the load's; nothing is kept then.
    pub async fn get_or_load<E: Send + Sync + 'static>(
        &self,
        key: K,
        load: impl Future<Output = Result<V, E>> + Send,
    ) -> Result<V, Arc<E>> {
        self.0.try_get_with(key, load).await
    }

    /// Keeps a value in place of what was kept.
    pub async fn put(&self, key: K, value: V) {
        self.0.insert(key, value).await;
    }

    /// Removes what is kept under a key.
    pub async fn remove(&self, key: &K) {
        self.0.invalidate(key).await;
    }

    /// Removes everything that is kept.
    pub fn clear(&self) {
        self.0.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::future::join_all;

    use super::*;

    #[derive(Clone)]
    struct Page(Vec<u8>);

    impl Kept for Page {
        fn bytes(&self) -> usize {
            self.0.len()
        }
        fn lifetime(&self) -> Duration {
            Duration::from_secs(60)
        }
    }

    #[tokio::test]
    async fn many_who_ask_at_once_share_one_load_and_a_failed_one_is_not_kept() {
        let cache = Bounded::new(1 << 20, String::len);
        let loads = AtomicU32::new(0);
        let load = |good: bool| {
            let loads = &loads;
            async move {
                loads.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                if good { Ok(Page(vec![7])) } else { Err("no") }
            }
        };
        assert!(cache.get_or_load("a".to_owned(), load(false)).await.is_err());
        let answers = join_all((0..100).map(|_| cache.get_or_load("a".to_owned(), load(true)))).await;
        assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|page| page.0 == [7])));
        assert_eq!(loads.load(Ordering::SeqCst), 2);
        cache.clear();
        assert!(cache.get(&"a".to_owned()).await.is_none());
    }

    #[tokio::test]
    async fn no_more_than_the_bound_is_kept() {
        let cache = Bounded::new(10_000, |key: &u32| size_of_val(key));
        for key in 0..100 {
            cache.put(key, Page(vec![0; 1_000])).await;
        }
        cache.0.run_pending_tasks().await;
        assert!(cache.0.weighted_size() <= 10_000 && cache.0.entry_count() > 0);
    }
}

//! Owns the newest state of keys that many ask for at once: loaded by one, shared by all. Never a state older than asked for.
//!
//! States of a key are loaded one after the other, so who asks twice never gets an older one the second time. What is evicted
//! is loaded again.

use std::{future::Future, hash::Hash, sync::Arc, time::Duration};

use moka::future::Cache;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};

/// How long a state is kept that nobody asks for.
const IDLE: Duration = Duration::from_secs(30);

/// The newest states that are known of keys, bounded in number. Cheap to clone.
pub struct Latest<K, V>(Cache<K, Slot<V>>);

/// The state of one key: none before it is first loaded.
type Slot<V> = Arc<RwLock<Option<Held<V>>>>;

#[derive(Debug)]
struct Held<V> {
    /// Every change up to here is in it.
    position: i64,
    state: Arc<V>,
}

impl<K, V> Clone for Latest<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Latest<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// Keeps the states of up to so many keys.
    pub fn new(keys: u64) -> Self {
        Self(Cache::builder().max_capacity(keys).time_to_idle(IDLE).build())
    }

    /// The states of keys without repetition, in their order, each with every change up to the position that stands with its
    /// key. `load` gets the places of the keys that are missing, and answers with a position that was visible before it
    /// read, and with one state a place. Errors: those of `load`; nothing is kept then.
    pub async fn get<E, F>(&self, wanted: &[(K, i64)], load: impl Fn(Vec<usize>) -> F + Send) -> Result<Vec<Arc<V>>, E>
    where
        F: Future<Output = Result<(i64, Vec<V>), E>> + Send,
    {
        let mut slots: Vec<Slot<V>> = Vec::with_capacity(wanted.len());
        for (key, _) in wanted {
            slots.push(self.0.get_with_by_ref(key, async { Arc::new(RwLock::new(None)) }).await);
        }
        let mut found: Vec<Option<Arc<V>>> = vec![None; wanted.len()];
        loop {
            // Nothing is held while others are waited for, so nobody waits in a circle.
            for (place, slot) in
                slots.iter().enumerate().filter(|(place, _)| found[*place].is_none()).collect::<Vec<_>>()
            {
                found[place] = fresh(&*slot.read().await, wanted[place].1);
            }
            if found.iter().all(Option::is_some) {
                return Ok(found.into_iter().flatten().collect());
            }
            let mut places = Vec::new();
            let mut guards: Vec<OwnedRwLockWriteGuard<Option<Held<V>>>> = Vec::new();
            for (place, slot) in slots.iter().enumerate().filter(|(place, _)| found[*place].is_none()) {
                if let Ok(guard) = Arc::clone(slot).try_write_owned() {
                    places.push(place);
                    guards.push(guard);
                }
            }
            // Others may have loaded between the look and the lock.
            let stale = |(place, guard): &(usize, OwnedRwLockWriteGuard<Option<Held<V>>>)| {
                fresh(guard, wanted[*place].1).is_none()
            };
            let (places, mut guards): (Vec<usize>, Vec<_>) = places.into_iter().zip(guards).filter(stale).unzip();
            if places.is_empty() {
                tokio::task::yield_now().await;
                continue;
            }
            let (position, states) = load(places.clone()).await?;
            for ((place, guard), state) in places.into_iter().zip(&mut guards).zip(states) {
                let state = Arc::new(state);
                **guard = Some(Held { position, state: Arc::clone(&state) });
                found[place] = Some(state);
            }
        }
    }
}

fn fresh<V>(held: &Option<Held<V>>, at_least: i64) -> Option<Arc<V>> {
    held.as_ref().filter(|held| held.position >= at_least).map(|held| Arc::clone(&held.state))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use futures::future::join_all;

    use super::*;

    /// Loads give the position at which they began, which rises with every load.
    struct Source(AtomicI64);

    impl Source {
        async fn load(&self, places: Vec<usize>) -> Result<(i64, Vec<i64>), String> {
            let position = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::task::yield_now().await;
            if position == 13 {
                return Err("unlucky".to_owned());
            }
            Ok((position, vec![position; places.len()]))
        }
    }

    #[tokio::test]
    async fn a_thousand_who_ask_at_once_share_one_load() {
        let (latest, source) = (Latest::new(100), Source(AtomicI64::new(0)));
        let ask = || latest.get(&[("a", 1), ("b", 1)], |places| source.load(places));
        let answers = join_all((0..1_000).map(|_| ask())).await;
        assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|states| states.len() == 2 && *states[0] == 1)));
        assert_eq!(source.0.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_state_that_is_too_old_is_loaded_again_and_only_that() {
        let (latest, source) = (Latest::new(100), Source(AtomicI64::new(0)));
        let ask = async |wanted: &[(&'static str, i64)]| {
            let states = latest.get(wanted, |places| source.load(places)).await.expect("loads");
            states.iter().map(|state| **state).collect::<Vec<i64>>()
        };
        assert_eq!(ask(&[("a", 1), ("b", 1)]).await, [1, 1]);
        assert_eq!(ask(&[("a", 1), ("b", 2), ("c", 2)]).await, [1, 2, 2]);
        assert_eq!(ask(&[("a", 1), ("b", 1), ("c", 1)]).await, [1, 2, 2]);
    }

    #[tokio::test]
    async fn who_loads_in_vain_leaves_the_load_to_the_next() {
        let (latest, source) = (Latest::new(100), Source(AtomicI64::new(12)));
        let ask = || latest.get(&[("a", 1)], |places| source.load(places));
        assert_eq!(ask().await, Err("unlucky".to_owned()));
        assert_eq!(ask().await, Ok(vec![Arc::new(14)]));
    }
}

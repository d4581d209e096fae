//! Owns from which addresses no connection is taken for a while, after one from there was cut off. Never why it was.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Most addresses that are shunned at once; beyond it the newest is not.
const MOST: usize = 10_000;

/// Addresses and until when each is shunned.
pub(super) struct Shunned {
    places: Mutex<HashMap<IpAddr, Instant>>,
    time: Duration,
}

impl Shunned {
    /// Shuns each address for so long; zero for not at all.
    pub(super) fn new(time: Duration) -> Self {
        Self { places: Mutex::default(), time }
    }

    pub(super) fn add(&self, from: IpAddr, now: Instant) {
        if self.time.is_zero() {
            return;
        }
        let mut places = self.places();
        if places.len() >= MOST {
            places.retain(|_, until| *until > now);
        }
        if places.len() < MOST {
            places.insert(from, now + self.time);
        }
    }

    pub(super) fn has(&self, from: IpAddr, now: Instant) -> bool {
        !self.time.is_zero() && self.places().get(&from).is_some_and(|until| *until > now)
    }

    fn places(&self) -> MutexGuard<'_, HashMap<IpAddr, Instant>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shunned_for_its_time_and_others_are_not() {
        let (bad, good) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let (time, now) = (Duration::from_secs(10), Instant::now());
        let shunned = Shunned::new(time);
        shunned.add(bad, now);
        assert!(shunned.has(bad, now) && !shunned.has(good, now));
        assert!(!shunned.has(bad, now + time));
        let nobody = Shunned::new(Duration::ZERO);
        nobody.add(bad, now);
        assert!(!nobody.has(bad, now));
    }
}

//! Owns how many streams each key has open. Never what flows in them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The open streams of all keys.
pub(crate) struct Streams {
    most: u32,
    open: Mutex<HashMap<String, u32>>,
}

/// A stream that is open; dropping it closes it.
pub(crate) struct Place {
    streams: Arc<Streams>,
    key: String,
}

impl Streams {
    /// At most so many of each key; 0 for no limit.
    pub(crate) fn new(most: u32) -> Self {
        Self { most, open: Mutex::default() }
    }

    /// A place for one more; none when the key has as many as it may.
    pub(crate) fn enter(streams: &Arc<Self>, key: &str) -> Option<Place> {
        let mut open = streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(key.to_owned()).or_default();
        if streams.most > 0 && *count >= streams.most {
            return None;
        }
        *count += 1;
        Some(Place { streams: Arc::clone(streams), key: key.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_places_and_gets_them_back() {
        let streams = Arc::new(Streams::new(2));
        let (first, _second) = (Streams::enter(&streams, "one"), Streams::enter(&streams, "one"));
        assert!(Streams::enter(&streams, "one").is_none());
        let other = Streams::enter(&streams, "two");
        assert!(other.is_some());
        drop((first, other));
        assert!(Streams::enter(&streams, "one").is_some());
        assert_eq!(streams.open.lock().expect("whole").len(), 1, "who has none open is forgotten");
    }
}

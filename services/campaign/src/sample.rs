//! Owns which posts belong to the sample that curves are learned from: those of the smallest ranks of each platform, a rank being a hash of
//! the name, so that it is random with respect to everything else. Never their readings.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

use creatorscope_domain::Platform;

/// Ranks up to which posts of each platform are kept. Everything is kept until a sample is full.
#[derive(Debug)]
pub struct Sample {
    size: u32,
    edges: RwLock<BTreeMap<Platform, i64>>,
}

impl Sample {
    /// A sample of so many posts of each platform; 0 keeps none.
    pub fn new(size: u32) -> Self {
        Self { size, edges: RwLock::default() }
    }

    /// How many posts of each platform it has at most.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Whether a post of this rank belongs to it.
    pub fn holds(&self, platform: Platform, rank: i64) -> bool {
        let edges = self.edges.read().unwrap_or_else(PoisonError::into_inner);
        self.size > 0 && edges.get(&platform).is_none_or(|edge| rank < *edge)
    }

    /// Takes note that only smaller ranks belong to it from now on.
    pub fn close(&self, platform: Platform, edge: i64) {
        let mut edges = self.edges.write().unwrap_or_else(PoisonError::into_inner);
        let known = edges.entry(platform).or_insert(edge);
        *known = edge.min(*known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_takes_everything_until_it_is_closed_and_never_widens() {
        let sample = Sample::new(10);
        assert!(sample.holds(Platform::Youtube, i64::MAX));
        sample.close(Platform::Youtube, 100);
        sample.close(Platform::Youtube, 200);
        assert!(sample.holds(Platform::Youtube, 99) && !sample.holds(Platform::Youtube, 100));
        assert!(sample.holds(Platform::Tiktok, 100));
    }

    #[test]
    fn a_sample_of_none_holds_nothing() {
        assert!(!Sample::new(0).holds(Platform::Tiktok, 0));
    }
}

//! Owns logarithmic buckets of followers and what is counted in them. Never where the numbers come from.

use std::collections::BTreeMap;

use creatorscope_domain::{Platform, Tier};

/// The most buckets for each factor of ten.
pub const MAX_BUCKETS_PER_DECADE: usize = 20;
/// Buckets reach up to 10^13 followers, more than there are people and bots together.
const DECADES: usize = 13;

/// The edges of buckets: 0, 1, and then `round(10^(i/n))`, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    edges: Vec<i64>,
}

impl Buckets {
    /// Buckets with `per_decade` edges for each factor of ten, 1 to 20.
    pub fn new(per_decade: usize) -> Self {
        let exponent = |step: usize| step as f64 / per_decade as f64;
        let powers = (0..=DECADES * per_decade).map(|step| 10f64.powf(exponent(step)).round() as i64);
        let mut edges: Vec<i64> = std::iter::once(0).chain(powers).collect();
        edges.dedup();
        Self { edges }
    }

    /// How many buckets there are.
    pub fn len(&self) -> usize {
        self.edges.len() - 1
    }

    /// Whether there are none; there are always some.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bucket of a number of followers, 0 and more. What is beyond the last edge is in the last bucket.
    pub fn of(&self, followers: i64) -> usize {
        self.edges.partition_point(|edge| *edge <= followers).saturating_sub(1).min(self.len() - 1)
    }

    /// The least followers of a bucket and the least of the next.
    pub fn edges(&self, bucket: usize) -> (i64, i64) {
        (self.edges[bucket], self.edges[bucket + 1])
    }
}

/// The creators of one platform by followers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Creators per bucket that has any.
    pub buckets: BTreeMap<usize, u64>,
    /// Creators per tier that has any.
    pub tiers: BTreeMap<Tier, u64>,
    /// Creators whose followers are not known.
    pub unknown: u64,
}

impl Counts {
    /// Counts a creator.
    pub fn add(&mut self, buckets: &Buckets, followers: Option<i64>) {
        self.add_many(buckets, followers, 1);
    }

    /// Counts creators that have as many followers, or that are of the same bucket and tier.
    pub fn add_many(&mut self, buckets: &Buckets, followers: Option<i64>, creators: u64) {
        let Some(followers) = followers else {
            self.unknown += creators;
            return;
        };
        *self.buckets.entry(buckets.of(followers)).or_default() += creators;
        *self.tiers.entry(Tier::of(followers)).or_default() += creators;
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: Self) {
        for (bucket, count) in other.buckets {
            *self.buckets.entry(bucket).or_default() += count;
        }
        for (tier, count) in other.tiers {
            *self.tiers.entry(tier).or_default() += count;
        }
        self.unknown += other.unknown;
    }

    /// Creators whose followers are known.
    pub fn sample_size(&self) -> u64 {
        self.buckets.values().sum()
    }

    /// The buckets from the first to the last that has creators, without gaps: low, high, creators.
    pub fn without_gaps(&self, buckets: &Buckets) -> Vec<(i64, i64, u64)> {
        let (Some((first, _)), Some((last, _))) = (self.buckets.first_key_value(), self.buckets.last_key_value())
        else {
            return Vec::new();
        };
        let mut rows = Vec::with_capacity(last - first + 1);
        for bucket in *first..=*last {
            let (low, high) = buckets.edges(bucket);
            rows.push((low, high, self.buckets.get(&bucket).copied().unwrap_or(0)));
        }
        rows
    }
}

/// The counts of each platform that has creators.
pub type Distribution = BTreeMap<Platform, Counts>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_buckets_a_decade_meet_at_the_tiers() {
        let buckets = Buckets::new(2);
        assert_eq!(buckets.edges(buckets.of(0)), (0, 1));
        assert_eq!(buckets.edges(buckets.of(999)), (316, 1_000));
        assert_eq!(buckets.edges(buckets.of(1_000)), (1_000, 3_162));
    }

    #[test]
    fn empty_buckets_between_full_ones_are_shown() {
        let buckets = Buckets::new(1);
        let mut counts = Counts::default();
        for followers in [Some(5), Some(50_000), None] {
            counts.add(&buckets, followers);
        }
        let rows = counts.without_gaps(&buckets);
        assert_eq!(rows.first(), Some(&(1, 10, 1)));
        assert_eq!(rows.last(), Some(&(10_000, 100_000, 1)));
        assert_eq!(rows.len(), 5);
        assert_eq!((counts.sample_size(), counts.unknown), (2, 1));
    }

    proptest! {
        #[test]
        fn every_number_of_followers_lies_in_its_bucket(per_decade in 1usize..=20, followers in 0i64..10_000_000_000) {
            let buckets = Buckets::new(per_decade);
            let (low, high) = buckets.edges(buckets.of(followers));
            prop_assert!(low <= followers && followers < high);
        }
    }
}

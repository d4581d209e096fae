//! Owns the distribution of creators by followers as the service answered it. Never a count of its own.

use creatorscope_domain::{Platform, Tier};
use creatorscope_proto::discovery::v1::get_distribution_response::Distribution;
use serde::Serialize;

/// The creators of one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct PlatformDistribution {
    /// The platform; none when the answer names one that is not known here.
    pub(super) platform: Option<Platform>,
    /// From the fewest followers to the most.
    pub(super) buckets: Vec<Bucket>,
    /// Creators per tier.
    pub(super) tiers: Vec<(Tier, i64)>,
    /// Creators with known followers.
    pub(super) sample_size: i64,
    /// Creators whose followers are not known.
    pub(super) unknown: i64,
}

/// Creators with followers from `low` to below `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Bucket {
    pub(super) low: i64,
    pub(super) high: i64,
    pub(super) count: i64,
}

impl PlatformDistribution {
    /// Reads the answer.
    pub(super) fn read(answer: &Distribution) -> Self {
        let bucket = |bucket: &creatorscope_proto::discovery::v1::get_distribution_response::Bucket| Bucket {
            low: bucket.low,
            high: bucket.high,
            count: bucket.count,
        };
        Self {
            platform: Platform::from_number(answer.platform),
            buckets: answer.buckets.iter().map(bucket).collect(),
            tiers: answer.tiers.iter().filter_map(|tier| Some((Tier::from_number(tier.tier)?, tier.count))).collect(),
            sample_size: answer.sample_size,
            unknown: answer.unknown_count,
        }
    }
}

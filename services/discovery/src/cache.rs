//! Owns what of this service is cached. Never how.

use std::{fmt, time::Duration};

use creatorscope_kit::cache::Cached;
use creatorscope_proto::discovery::v1 as pb;

/// Answers of `GetDistribution`. The state of the index is a part of the key, so an answer is never older than the index.
pub(crate) enum Distributions {}

/// Which distribution.
pub(crate) struct DistributionKey {
    /// Changes up to this position are in the index.
    pub(crate) position: i64,
    /// Tells apart which fields filters may name.
    pub(crate) fields: u64,
    /// The filter as written.
    pub(crate) filter: String,
    /// Buckets for each factor of ten, as asked for.
    pub(crate) per_decade: i32,
}

impl fmt::Display for DistributionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filter = blake3::hash(self.filter.as_bytes()).to_hex();
        write!(f, "{}-{}-{}-{filter}", self.position, self.fields, self.per_decade)
    }
}

impl Cached for Distributions {
    const KIND: &'static str = "discovery:distribution";
    const VERSION: u32 = 1;
    const TTL: Duration = Duration::from_secs(300);
    type Key = DistributionKey;
    type Value = pb::GetDistributionResponse;
}

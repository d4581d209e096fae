//! Owns what of this service may be cached, and under which key. Never the cache itself.

use std::{fmt, time::Duration};

use creatorscope_domain::CreatorId;
use creatorscope_kit::cache::Cached;
use creatorscope_proto::metrics::v1 as pb;

/// A creator's metrics in the default selection, as of its last observation.
#[derive(Debug)]
pub struct DefaultMetrics;

/// A creator at one version: what is kept under it never becomes wrong.
#[derive(Debug, Clone)]
pub struct CreatorVersion {
    /// Which creator.
    pub creator: CreatorId,
    /// The version of what is known.
    pub version: i64,
}

impl fmt::Display for CreatorVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.creator, self.version)
    }
}

impl Cached for DefaultMetrics {
    const KIND: &'static str = "metrics:default";
    const VERSION: u32 = 1;
    /// Short, because an erased creator's earlier versions stay so long.
    const TTL: Duration = Duration::from_secs(60);
    type Key = CreatorVersion;
    type Value = pb::CreatorMetrics;
}

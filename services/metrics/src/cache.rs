//! Owns what of this service may be cached, and under which key. Never the cache itself.

use std::{fmt, time::Duration};

use creatorscope_domain::CreatorId;
use creatorscope_kit::cache::Cached;
use creatorscope_proto::metrics::v1 as pb;

use crate::{cohort::Cohort, computed::LAYOUT, selection::Pick};

/// A creator's metrics in the default selection, as of its last observation.
#[derive(Debug)]
pub struct DefaultMetrics;

/// A creator at one version, and how this program computes: what is kept under it never becomes wrong.
#[derive(Debug, Clone)]
pub struct CreatorVersion {
    /// Which creator.
    pub creator: CreatorId,
    /// The version of what is known.
    pub version: i64,
}

impl fmt::Display for CreatorVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{} {:x}", self.creator, self.version, *LAYOUT)
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

/// The benchmarks of a cohort.
#[derive(Debug)]
pub struct Benchmarks;

/// The values of a cohort that creators are measured by.
#[derive(Debug)]
pub struct Ladders;

/// A cohort, which numbers, and how this program computes.
#[derive(Debug, Clone)]
pub struct CohortKey(String);

impl CohortKey {
    /// The key of a cohort and the numbers picked.
    pub fn new(cohort: &Cohort, picks: &[Pick]) -> Self {
        let mut key = format!("{cohort:?} {:x}", *LAYOUT);
        for pick in picks {
            key += &format!(" {}/{}/{:?}", pick.definition.name(), pick.window, pick.format);
        }
        Self(key)
    }
}

impl fmt::Display for CohortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Benchmarks and what they show. How long they are kept is a setting.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Summaries {
    /// In this service's log: changes up to here.
    #[prost(int64, tag = "1")]
    pub computed: i64,
    /// In discovery's log: changes up to here.
    #[prost(int64, tag = "2")]
    pub followed: i64,
    /// One a definition.
    #[prost(message, repeated, tag = "3")]
    pub benchmarks: Vec<pb::Benchmark>,
}

/// One ladder a definition, in the order of the registry.
#[derive(Clone, PartialEq, prost::Message)]
pub struct LadderSet {
    /// The ladders.
    #[prost(message, repeated, tag = "1")]
    pub ladders: Vec<Ladder>,
}

/// The values that one definition is measured by.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Ladder {
    /// The cohort that was used, e.g. `tiktok/micro`.
    #[prost(string, tag = "1")]
    pub cohort: String,
    /// Whether it is another than the one asked for.
    #[prost(bool, tag = "2")]
    pub widened: bool,
    /// Creators with a value.
    #[prost(int32, tag = "3")]
    pub size: i32,
    /// In rising order; see [`crate::benchmark::ladder`].
    #[prost(double, repeated, tag = "4")]
    pub values: Vec<f64>,
}

impl Cached for Benchmarks {
    const KIND: &'static str = "metrics:benchmark";
    const VERSION: u32 = 1;
    const TTL: Duration = Duration::from_secs(300);
    type Key = CohortKey;
    type Value = Summaries;
}

impl Cached for Ladders {
    const KIND: &'static str = "metrics:ladders";
    const VERSION: u32 = 1;
    const TTL: Duration = Duration::from_secs(300);
    type Key = CohortKey;
    type Value = LadderSet;
}

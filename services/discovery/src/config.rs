//! Owns the settings of the discovery role. Never where they are read from.

use std::time::Duration;

use creatorscope_kit::config::Problems;
use jiff::SignedDuration;
use serde::Deserialize;

/// `[discovery]`. The address to listen on is the node's.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Config {
    changes_kept_hours: u32,
    read_after_seconds: u32,
    index_delay_millis: u32,
    columns_megabytes: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { changes_kept_hours: 7 * 24, read_after_seconds: 30, index_delay_millis: 100, columns_megabytes: 2_048 }
    }
}

impl Config {
    /// Tells every setting that is out of its range.
    pub fn check(&self, problems: &mut Problems) {
        problems.range("discovery.changes_kept_hours", self.changes_kept_hours, 1..=87_600);
        problems.range("discovery.read_after_seconds", self.read_after_seconds, 1..=300);
        problems.range("discovery.index_delay_millis", self.index_delay_millis, 10..=60_000);
        problems.range("discovery.columns_megabytes", self.columns_megabytes, 16..=1_048_576);
    }

    /// How long changes are kept for watchers that resume; 1 hour to 10 years.
    pub fn changes_kept(&self) -> SignedDuration {
        SignedDuration::from_hours(self.changes_kept_hours.into())
    }

    /// The longest time that a call waits for `read_after`; 1 to 300 s.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.read_after_seconds.into())
    }

    /// While changes flow, the index shows them after so long at the latest; 10 ms to 60 s.
    pub fn index_delay(&self) -> Duration {
        Duration::from_millis(self.index_delay_millis.into())
    }

    /// How much the index holds in memory beside the engine's files, in bytes; 16 MiB to 1 TiB.
    pub fn columns_bytes(&self) -> usize {
        (self.columns_megabytes as usize) << 20
    }
}

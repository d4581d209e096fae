//! Owns the settings of this role. Never where they come from.

use std::time::Duration;

use creatorscope_kit::config::Problems;
use jiff::SignedDuration;
use serde::Deserialize;

/// `[metrics]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Config {
    changes_kept_hours: u32,
    benchmark_seconds: u32,
    read_after_seconds: u32,
    purge_seconds: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { changes_kept_hours: 7 * 24, benchmark_seconds: 300, read_after_seconds: 30, purge_seconds: 600 }
    }
}

impl Config {
    /// Tells every setting that is out of its range.
    pub fn check(&self, problems: &mut Problems) {
        problems.range("metrics.changes_kept_hours", self.changes_kept_hours, 1..=87_600);
        problems.range("metrics.benchmark_seconds", self.benchmark_seconds, 0..=86_400);
        problems.range("metrics.read_after_seconds", self.read_after_seconds, 1..=300);
        problems.range("metrics.purge_seconds", self.purge_seconds, 1..=86_400);
    }

    /// How long changes are kept for watchers that resume; 1 hour to 10 years.
    pub fn changes_kept(&self) -> SignedDuration {
        SignedDuration::from_hours(self.changes_kept_hours.into())
    }

    /// How long benchmarks are kept; 0 s (not at all) to 24 hours.
    pub fn benchmark_lifetime(&self) -> Duration {
        Duration::from_secs(self.benchmark_seconds.into())
    }

    /// The longest time that a call waits for `read_after`; 1 to 300 s.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.read_after_seconds.into())
    }

    /// How often what expired is looked for; 1 s to a day.
    pub fn purge_every(&self) -> Duration {
        Duration::from_secs(self.purge_seconds.into())
    }
}

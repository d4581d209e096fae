//! Owns the settings of this role. Never where they come from.

use creatorscope_kit::config::Problems;
use jiff::SignedDuration;
use serde::Deserialize;

/// `[metrics]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Config {
    changes_kept_hours: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { changes_kept_hours: 7 * 24 }
    }
}

impl Config {
    /// Tells every setting that is out of its range.
    pub fn check(&self, problems: &mut Problems) {
        problems.range("metrics.changes_kept_hours", self.changes_kept_hours, 1..=87_600);
    }

    /// How long changes are kept for watchers that resume; 1 hour to 10 years.
    pub fn changes_kept(&self) -> SignedDuration {
        SignedDuration::from_hours(self.changes_kept_hours.into())
    }
}

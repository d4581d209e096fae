//! Owns the settings of this role. Never where they come from.

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
    /// How long changes are kept for watchers that resume; 1 hour and more.
    pub fn changes_kept(&self) -> SignedDuration {
        SignedDuration::from_hours(self.changes_kept_hours.max(1).into())
    }
}

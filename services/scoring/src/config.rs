//! Owns the settings of this role. Never where they come from.

use std::{path::PathBuf, time::Duration};

use creatorscope_kit::config::Problems;
use jiff::SignedDuration;
use serde::Deserialize;

/// `[scoring]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Config {
    changes_kept_hours: u32,
    read_after_seconds: u32,
    purge_seconds: u32,
    models_dir: PathBuf,
    keep_excerpts: bool,
    encoder_sample: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            changes_kept_hours: 7 * 24,
            read_after_seconds: 30,
            purge_seconds: 600,
            models_dir: PathBuf::new(),
            keep_excerpts: false,
            encoder_sample: 50,
        }
    }
}

impl Config {
    /// Tells every setting that is out of its range.
    pub fn check(&self, problems: &mut Problems) {
        problems.range("scoring.changes_kept_hours", self.changes_kept_hours, 1..=87_600);
        problems.range("scoring.read_after_seconds", self.read_after_seconds, 1..=300);
        problems.range("scoring.purge_seconds", self.purge_seconds, 1..=86_400);
        problems.range("scoring.encoder_sample", self.encoder_sample, 0..=1_000);
    }

    /// How long changes are kept for watchers that resume; 1 hour to 10 years.
    pub fn changes_kept(&self) -> SignedDuration {
        SignedDuration::from_hours(self.changes_kept_hours.into())
    }

    /// The longest time that a call waits for `read_after`; 1 to 300 s.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.read_after_seconds.into())
    }

    /// How often what expired is looked for; 1 s to a day.
    pub fn purge_every(&self) -> Duration {
        Duration::from_secs(self.purge_seconds.into())
    }

    /// The folder of imported models; none when it is the default one in the data folder.
    pub fn models_dir(&self) -> Option<&PathBuf> {
        Some(&self.models_dir).filter(|folder| !folder.as_os_str().is_empty())
    }

    /// How many comments of each creator imported encoders read too, 0 (none) to 1 000.
    pub fn encoder_sample(&self) -> usize {
        self.encoder_sample as usize
    }

    /// Whether the beginnings of comments are kept as evidence, as long as their source allows.
    pub fn keep_excerpts(&self) -> bool {
        self.keep_excerpts
    }
}

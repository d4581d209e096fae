//! Owns the settings of this role. Never where they come from.

use std::{path::PathBuf, time::Duration};

use creatorscope_kit::config::Problems;
use jiff::SignedDuration;
use serde::Deserialize;

/// `[campaign]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Config {
    changes_kept_hours: u32,
    read_after_seconds: u32,
    purge_seconds: u32,
    disclosure_rules: PathBuf,
    look_seconds: u32,
    curve_posts: u32,
    curve_seconds: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            changes_kept_hours: 7 * 24,
            read_after_seconds: 30,
            purge_seconds: 600,
            disclosure_rules: PathBuf::new(),
            look_seconds: 60,
            curve_posts: 20_000,
            curve_seconds: 3_600,
        }
    }
}

impl Config {
    /// Tells every setting that is out of its range.
    pub fn check(&self, problems: &mut Problems) {
        problems.range("campaign.changes_kept_hours", self.changes_kept_hours, 1..=87_600);
        problems.range("campaign.read_after_seconds", self.read_after_seconds, 1..=300);
        problems.range("campaign.purge_seconds", self.purge_seconds, 1..=86_400);
        problems.range("campaign.look_seconds", self.look_seconds, 1..=86_400);
        problems.range("campaign.curve_posts", self.curve_posts, 0..=1_000_000);
        problems.range("campaign.curve_seconds", self.curve_seconds, 1..=604_800);
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

    /// The file of disclosure rules; none for the built-in ones.
    pub fn disclosure_rules(&self) -> Option<&PathBuf> {
        Some(&self.disclosure_rules).filter(|file| !file.as_os_str().is_empty())
    }

    /// How often running campaigns are looked at although nothing was read; 1 s to a day.
    pub fn look_every(&self) -> Duration {
        Duration::from_secs(self.look_seconds.into())
    }

    /// How many posts of each platform are kept to learn how views grow; 0 (only those of campaigns) to a million.
    pub fn curve_posts(&self) -> u32 {
        self.curve_posts
    }

    /// How often the curves are learned anew; 1 s to a week.
    pub fn curve_every(&self) -> Duration {
        Duration::from_secs(self.curve_seconds.into())
    }
}

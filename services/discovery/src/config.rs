//! Owns the settings of the discovery role. Never where they are read from.

use std::{path::Path, time::Duration};

use creatorscope_kit::{
    config::Problems,
    db::Secret,
    seal::{KeyRing, SealError},
};
use jiff::SignedDuration;
use serde::Deserialize;

/// The id of a key that is made.
const FIRST_KEY: &str = "first";

/// `[discovery]`. The address to listen on is the node's.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Config {
    changes_kept_hours: u32,
    read_after_seconds: u32,
    index_delay_millis: u32,
    contact_keys_file: String,
    contact_keys_secret: Secret,
    purge_interval_minutes: u32,
    erased_from_disk_seconds: u32,
    posts_index: bool,
    columns_megabytes: u32,
    vectors_megabytes: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            changes_kept_hours: 7 * 24,
            columns_megabytes: 2_048,
            vectors_megabytes: 512,
            read_after_seconds: 30,
            index_delay_millis: 100,
            contact_keys_file: String::new(),
            contact_keys_secret: Secret::new(""),
            purge_interval_minutes: 10,
            erased_from_disk_seconds: 60,
            posts_index: true,
        }
    }
}

impl Config {
    /// Tells every setting that is out of its range.
    pub fn check(&self, problems: &mut Problems) {
        problems.range("discovery.changes_kept_hours", self.changes_kept_hours, 1..=87_600);
        problems.range("discovery.read_after_seconds", self.read_after_seconds, 1..=300);
        problems.range("discovery.index_delay_millis", self.index_delay_millis, 10..=60_000);
        problems.range("discovery.purge_interval_minutes", self.purge_interval_minutes, 1..=1_440);
        problems.range("discovery.erased_from_disk_seconds", self.erased_from_disk_seconds, 1..=86_400);
        if !self.contact_keys_secret.reveal().is_empty() {
            if !self.contact_keys_file.is_empty() {
                problems.add("discovery.contact_keys_file: must be empty when discovery.contact_keys_secret is set");
            }
            if let Err(error) = KeyRing::parse(self.contact_keys_secret.reveal()) {
                problems.add(format!("discovery.contact_keys_secret: {error}"));
            }
        }
        problems.range("discovery.columns_megabytes", self.columns_megabytes, 16..=1_048_576);
        problems.range("discovery.vectors_megabytes", self.vectors_megabytes, 1..=1_048_576);
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

    /// The keys for contacts: those of the setting, or of the file, `default` when none is named. A missing file is made when
    /// the service is embedded, `makes`; otherwise there are no keys then, because replicas would make different ones.
    /// Errors: keys that cannot be read.
    pub fn contact_keys(&self, default: &Path, makes: bool) -> Result<Option<KeyRing>, SealError> {
        if !self.contact_keys_secret.reveal().is_empty() {
            return KeyRing::parse(self.contact_keys_secret.reveal()).map(Some);
        }
        let named = Path::new(&self.contact_keys_file);
        let path = if self.contact_keys_file.is_empty() { default } else { named };
        if makes { KeyRing::read_or_make(path, FIRST_KEY).map(Some) } else { KeyRing::read(path) }
    }

    /// Whether posts are indexed.
    pub fn posts_index(&self) -> bool {
        self.posts_index
    }

    /// How often expired profiles are looked for; 1 minute to 1 day.
    pub fn purge_interval(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.purge_interval_minutes))
    }

    /// How often what was erased is removed from files; 1 s to 1 day.
    pub fn erased_from_disk(&self) -> Duration {
        Duration::from_secs(self.erased_from_disk_seconds.into())
    }

    /// How much the index holds in memory beside the engine's files, in bytes; 16 MiB to 1 TiB.
    pub fn columns_bytes(&self) -> usize {
        (self.columns_megabytes as usize) << 20
    }

    /// How much the vectors of creators' texts take in memory, in bytes; 1 MiB to 1 TiB.
    pub fn vectors_bytes(&self) -> usize {
        (self.vectors_megabytes as usize) << 20
    }
}

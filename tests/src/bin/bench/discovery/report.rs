//! Owns what one engine tells of its run, as it goes between processes. Never a judgement.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What one engine answered and how long it took.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) engine: String,
    /// How it was set up, for the reader of the table.
    pub(crate) how: String,
    /// From the first row to the state that is asked, indexes and statistics included; making the rows is left out.
    pub(crate) load_seconds: f64,
    /// Resident memory after the questions beyond what the process had before loading; none when it cannot be read.
    pub(crate) resident: Option<Resident>,
    /// Files, in bytes.
    pub(crate) disk_bytes: u64,
    /// By the word of the kind; kinds that the engine does not have are left out.
    pub(crate) kinds: BTreeMap<String, Timed>,
    /// Updates that became visible per second while the questions were asked; none when the engine takes none.
    pub(crate) updates_per_second: Option<f64>,
}

/// Resident memory in bytes.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Resident {
    /// What the process or the server holds itself, shared buffers included.
    pub(crate) own: u64,
    /// Mapped pages of files, which the kernel may take back.
    pub(crate) files: u64,
}

/// The questions of one kind.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Timed {
    /// One entry a question, in microseconds.
    pub(crate) micros: Vec<f64>,
    /// In the order of the questions; empty when answers are not compared.
    pub(crate) answers: Vec<Answer>,
}

/// One answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// How many match, when asked.
    pub(crate) total: Option<u64>,
    /// Ids or names, in order.
    pub(crate) first: Vec<String>,
    /// Counts by value, by the name of the field.
    #[serde(default)]
    pub(crate) facets: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Timed {
    /// The time that a share of the questions stay below, in microseconds; nearest rank.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.micros.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }
}

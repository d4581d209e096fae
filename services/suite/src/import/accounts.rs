//! Owns which counts of accounts a file has told already. Never sends them.

use std::collections::HashMap;

use creatorscope_proto::metrics::v1::{Observation, observation};

use super::profiles::short_hash;

/// The counts of accounts by account and time, both as hashes: a row of a post often repeats its account's counts.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    known: HashMap<u64, u64>,
}

/// Whether an account's counts were told before for the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// They are new.
    Not,
    /// They are the same.
    Equal,
    /// They were others; the first ones stay.
    Other,
}

impl Accounts {
    /// Remembers the counts unless others are known for the same time.
    pub(super) fn remember(&mut self, observation: &Observation) -> Known {
        let time = observation.observe_time.unwrap_or_default();
        let key = short_hash(&format!("{} {} {}", observation.subject, time.seconds, time.nanos));
        let counts = match &observation.counts {
            Some(observation::Counts::Account(counts)) => short_hash(&format!("{counts:?}")),
            _ => 0,
        };
        match self.known.get(&key) {
            Some(known) if *known == counts => Known::Equal,
            Some(_) => Known::Other,
            None => {
                self.known.insert(key, counts);
                Known::Not
            }
        }
    }
}

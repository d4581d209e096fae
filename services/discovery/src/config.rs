//! Owns the settings of the discovery role. Never where they are read from.

use serde::Deserialize;

/// `[discovery]`. The address to listen on is the node's.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The longest time that a call waits for `read_after`, in seconds, 1 to 300.
    pub read_after_seconds: u64,
    /// While changes flow, the index shows them after so many milliseconds at the latest, 10 to 60 000.
    pub index_delay_millis: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { read_after_seconds: 30, index_delay_millis: 100 }
    }
}

impl Config {
    /// Everything that is wrong with the settings: key and problem.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if !(1..=300).contains(&self.read_after_seconds) {
            problems.push(("read_after_seconds", format!("{} is not 1 to 300", self.read_after_seconds)));
        }
        if !(10..=60_000).contains(&self.index_delay_millis) {
            problems.push(("index_delay_millis", format!("{} is not 10 to 60000", self.index_delay_millis)));
        }
        problems
    }
}

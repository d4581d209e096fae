//! Owns how many units of the API are spent in a day, over several runs of the program. Never what they are spent on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use creatorscope_kit::clock::Clock;
use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Serialize};

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Spent {
    day: String,
    units: u32,
}

/// The quota of a day.
#[derive(Debug)]
pub(super) struct Quota {
    path: PathBuf,
    spent: Spent,
    limit: u32,
    clock: Clock,
}

/// The day that quota counts in. The API's day ends at midnight Pacific time; this takes the winter time all year, so that in
/// summer the new day begins an hour late, never early.
fn day(now: Timestamp) -> String {
    Offset::constant(-8).to_datetime(now).date().to_string()
}

impl Quota {
    /// Reads what earlier runs spent. Errors: the file cannot be read.
    pub(super) fn open(folder: &Path, limit: u32, clock: &Clock) -> anyhow::Result<Self> {
        let path = folder.join("quota.json");
        let spent = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| format!("the file {}", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Spent::default(),
            Err(error) => return Err(error).with_context(|| format!("the file {}", path.display())),
        };
        Ok(Self { path, spent, limit, clock: clock.clone() })
    }

    /// Most units of a day.
    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    /// Takes units of today. Answers false when there are not so many left. Errors: it cannot be written down.
    pub(super) fn spend(&mut self, units: u32) -> anyhow::Result<bool> {
        let today = day(self.clock.now());
        if self.spent.day != today {
            self.spent = Spent { day: today, units: 0 };
        }
        if self.spent.units.saturating_add(units) > self.limit {
            return Ok(false);
        }
        self.spent.units += units;
        self.save()?;
        Ok(true)
    }

    /// Notes that the API has no more units today. Errors: it cannot be written down.
    pub(super) fn is_spent(&mut self) -> anyhow::Result<()> {
        self.spent.units = self.spent.units.max(self.limit);
        self.save()
    }

    fn save(&self) -> anyhow::Result<()> {
        let text = serde_json::to_vec(&self.spent).context("the quota")?;
        super::plan::replace(&self.path, &text)
    }
}

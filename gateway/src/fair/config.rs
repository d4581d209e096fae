//! Owns the settings of fair use. Never where they come from.

use std::time::Duration;

use creatorscope_kit::config::Problems;
use serde::Deserialize;

use super::bucket::Rate;
use crate::shed::Room;

/// `[fair_use]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct FairUse {
    key_rate: u32,
    key_burst: u32,
    tenant_rate: u32,
    tenant_burst: u32,
    key_monthly_quota: u32,
    tenant_monthly_quota: u32,
    key_streams: u32,
    role_calls: u32,
    role_streams: u32,
    role_queue: u32,
    role_queue_millis: u32,
}

impl Default for FairUse {
    fn default() -> Self {
        Self {
            key_rate: 10_000,
            key_burst: 100_000,
            tenant_rate: 20_000,
            tenant_burst: 200_000,
            key_monthly_quota: 0,
            tenant_monthly_quota: 0,
            key_streams: 1_000,
            role_calls: 2_000,
            role_streams: 10_000,
            role_queue: 2_000,
            role_queue_millis: 500,
        }
    }
}

impl FairUse {
    /// Tells every setting that is out of its range.
    pub fn check(&self, problems: &mut Problems) {
        for (name, rate) in [("fair_use.key_rate", self.key_rate), ("fair_use.tenant_rate", self.tenant_rate)] {
            problems.range(name, rate, 0..=100_000);
        }
        for (name, burst) in [("fair_use.key_burst", self.key_burst), ("fair_use.tenant_burst", self.tenant_burst)] {
            problems.range(name, burst, 1..=100_000_000);
        }
        for (name, quota) in [
            ("fair_use.key_monthly_quota", self.key_monthly_quota),
            ("fair_use.tenant_monthly_quota", self.tenant_monthly_quota),
        ] {
            problems.range(name, quota, 0..=4_000_000_000);
        }
        problems.range("fair_use.key_streams", self.key_streams, 0..=1_000_000);
        problems.range("fair_use.role_calls", self.role_calls, 1..=1_000_000);
        problems.range("fair_use.role_streams", self.role_streams, 1..=1_000_000);
        problems.range("fair_use.role_queue", self.role_queue, 0..=1_000_000);
        problems.range("fair_use.role_queue_millis", self.role_queue_millis, 0..=60_000);
    }

    pub(crate) fn key_bucket(&self) -> Option<Rate> {
        Rate::new(self.key_rate, self.key_burst)
    }

    pub(crate) fn tenant_bucket(&self) -> Option<Rate> {
        Rate::new(self.tenant_rate, self.tenant_burst)
    }

    /// Of keys without one of their own; 0 for no limit.
    pub(crate) fn key_monthly_quota(&self) -> i64 {
        self.key_monthly_quota.into()
    }

    /// 0 for no limit.
    pub(crate) fn tenant_monthly_quota(&self) -> i64 {
        self.tenant_monthly_quota.into()
    }

    /// 0 for no limit.
    pub(crate) fn key_streams(&self) -> u32 {
        self.key_streams
    }

    /// How much goes to a role at once.
    pub(crate) fn room(&self) -> Room {
        Room {
            calls: self.role_calls as usize,
            streams: self.role_streams as usize,
            queue: self.role_queue as usize,
            patience: Duration::from_millis(self.role_queue_millis.into()),
        }
    }
}

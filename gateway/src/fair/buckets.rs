//! Owns the buckets of keys and tenants: in Redis when there is one that answers, in this process otherwise. Never why somebody calls.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use creatorscope_kit::{Redis, Script, caller::Caller, clock::Clock};

use super::bucket::{Rate, span};

/// From so many buckets on, those that are full are forgotten.
const MANY: usize = 10_000;

/// The buckets of all callers.
pub(crate) struct Buckets {
    key: Option<Rate>,
    tenant: Option<Rate>,
    local: Mutex<HashMap<String, f64>>,
    redis: Option<(Redis, Script)>,
    clock: Clock,
}

/// What is left in the one of a caller's buckets that has less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    /// What it holds when it is full, in units.
    pub(crate) limit: u32,
    /// What is there, in units.
    pub(crate) remaining: u32,
    /// When it is full again.
    pub(crate) full_in: Duration,
}

/// Too little is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    /// After so long there is enough, if nobody else takes of it.
    pub(crate) delay: Duration,
    pub(crate) left: Left,
}

/// What came of a try: how long to wait (0 when it was taken), and in how many microseconds each bucket is full.
struct Levels {
    wait: f64,
    key: f64,
    tenant: f64,
}

impl Buckets {
    pub(crate) fn new(key: Option<Rate>, tenant: Option<Rate>, redis: Option<Redis>, clock: Clock) -> Self {
        let redis = redis.map(|redis| (redis, Script::new(include_str!("take.lua"))));
        Self { key, tenant, local: Mutex::default(), redis, clock }
    }

    /// The most that can be taken at once.
    pub(crate) fn most(&self) -> u32 {
        [self.key, self.tenant].into_iter().flatten().map(|rate| rate.burst).min().unwrap_or(u32::MAX)
    }

    /// Takes `cost` units from the buckets of the caller's key and tenant, or from neither; 0 looks only. None where nothing
    /// is limited. Errors: there is too little in one of them.
    pub(crate) async fn take(&self, caller: &Caller, cost: u32) -> Result<Option<Left>, Wait> {
        if self.key.is_none() && self.tenant.is_none() {
            return Ok(None);
        }
        // Braces: in a cluster both lie on one node.
        let prefix = self.redis.as_ref().map_or("creatorscope", |(redis, _)| redis.prefix());
        let tenant = format!("{prefix}:bucket:{{{}}}", caller.tenant);
        let key = format!("{tenant}:{}", caller.key);
        let levels = match self.shared(&key, &tenant, cost).await {
            Some(levels) => levels,
            None => self.own(key, tenant, cost),
        };
        let Some(left) = self.left(&levels) else { return Ok(None) };
        if levels.wait > 0.0 { Err(Wait { delay: span(levels.wait), left }) } else { Ok(Some(left)) }
    }

    async fn shared(&self, key: &str, tenant: &str, cost: u32) -> Option<Levels> {
        let (redis, script) = self.redis.as_ref()?;
        let of = |rate: Option<Rate>| rate.map_or((0, 0), |rate| (i64::from(rate.per_second), i64::from(rate.burst)));
        let ((key_rate, key_burst), (tenant_rate, tenant_burst)) = (of(self.key), of(self.tenant));
        let arguments = [i64::from(cost), key_rate, key_burst, tenant_rate, tenant_burst];
        match redis.run(script, &[key, tenant], &arguments).await.ok()?.as_slice() {
            [_, wait, key, tenant] => Some(Levels { wait: *wait as f64, key: *key as f64, tenant: *tenant as f64 }),
            _ => None,
        }
    }

    fn own(&self, key: String, tenant: String, cost: u32) -> Levels {
        let now = self.clock.now().as_microsecond() as f64;
        let mut local = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        let before = [&key, &tenant].map(|name| local.get(name).copied().unwrap_or(now));
        let tried = [self.key, self.tenant].into_iter().zip(before);
        let tried = tried.map(|(rate, full_at)| rate.map_or(Ok(now), |rate| rate.take(full_at, now, cost)));
        let tried: Vec<Result<f64, f64>> = tried.collect();
        let wait = tried.iter().filter_map(|one| one.as_ref().err()).fold(0.0, |most: f64, wait| most.max(*wait));
        if wait > 0.0 {
            return Levels { wait, key: before[0] - now, tenant: before[1] - now };
        }
        let after: Vec<f64> = tried.into_iter().filter_map(Result::ok).collect();
        if local.len() >= MANY {
            local.retain(|_, full_at| *full_at > now);
        }
        for (name, full_at) in [key, tenant].into_iter().zip(&after).filter(|(_, full_at)| **full_at > now) {
            local.insert(name, *full_at);
        }
        Levels { wait: 0.0, key: after[0] - now, tenant: after[1] - now }
    }

    /// Of the bucket with less.
    fn left(&self, levels: &Levels) -> Option<Left> {
        let of = |rate: Option<Rate>, full_in: f64| {
            let rate = rate?;
            Some(Left { limit: rate.burst, remaining: rate.left(full_in, 0.0), full_in: span(full_in) })
        };
        let both = [of(self.key, levels.key), of(self.tenant, levels.tenant)];
        both.into_iter().flatten().min_by_key(|left| left.remaining)
    }
}

#[cfg(test)]
mod tests;

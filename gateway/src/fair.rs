//! Owns fair use: what a caller may take of the whole, and what is told of it. Never who the caller is.
//!
//! | file | owns |
//! |---|---|
//! | `bucket.rs`, `take.lua` | the arithmetic of a token bucket, here and in Redis |
//! | `buckets.rs` | the buckets of keys and tenants |
//! | `usage.rs` | what was used, a day and a month |
//! | `streams.rs` | how many streams a key has open |
//! | `config.rs` | the settings |

mod bucket;
mod buckets;
mod config;
mod streams;
pub(crate) mod usage;

use std::{sync::Arc, time::Duration};

use creatorscope_kit::{Redis, caller::Caller, clock::Clock, db::Db, fault::Fault};
use http::{HeaderMap, HeaderValue};
use thiserror::Error;
use tonic::Code;

pub use self::config::FairUse;
pub(crate) use self::streams::Place;
use self::{
    buckets::{Buckets, Left, Wait},
    streams::Streams,
    usage::{Subject, Usage, begin_of, month_of},
};
use crate::{door::Known, policy::Method};

/// Why a caller has to wait.
#[derive(Debug, Error)]
pub(crate) enum Unfair {
    #[error("too many calls at once: this one costs {cost} units and {} of {} are there; wait {} ms", .wait.left.remaining, .wait.left.limit, .wait.delay.as_millis())]
    Rate { cost: u32, wait: Wait },
    #[error(
        "the monthly quota of the {of} is used up: {used} of {limit} units, and this call costs {cost}; it begins anew on {until}"
    )]
    Quota { of: &'static str, cost: u32, used: i64, limit: i64, until: String, delay: Duration },
    #[error("the key has {limit} streams open and may have no more; close one")]
    Streams { limit: u32 },
}

impl Fault for Unfair {
    fn code(&self) -> Code {
        Code::ResourceExhausted
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Rate { .. } => "RATE_LIMITED",
            Self::Quota { .. } => "QUOTA_EXHAUSTED",
            Self::Streams { .. } => "TOO_MANY_STREAMS",
        }
    }

    fn metadata(&self) -> Vec<(String, String)> {
        let pairs = match self {
            Self::Rate { cost, wait } => vec![("cost", cost.to_string()), ("limit", wait.left.limit.to_string())],
            Self::Quota { of, cost, used, limit, .. } => vec![
                ("of", (*of).to_owned()),
                ("cost", cost.to_string()),
                ("used", used.to_string()),
                ("limit", limit.to_string()),
            ],
            Self::Streams { limit } => vec![("limit", limit.to_string())],
        };
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Rate { wait, .. } => Some(wait.delay),
            Self::Quota { delay, .. } => Some(*delay),
            Self::Streams { .. } => None,
        }
    }
}

impl Unfair {
    /// What the answer says of what is left.
    pub(crate) fn told(&self) -> Told {
        match self {
            Self::Rate { wait, .. } => Told { left: Some(wait.left), quota: None },
            Self::Quota { limit, used, delay, .. } => {
                Told { left: None, quota: Some(QuotaLeft { limit: *limit, used: *used, reset: *delay }) }
            }
            Self::Streams { .. } => Told::default(),
        }
    }
}

/// A quota and what is used of it, in units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QuotaLeft {
    pub(crate) limit: i64,
    pub(crate) used: i64,
    /// When the count begins anew.
    pub(crate) reset: Duration,
}

/// What answers say of what is left.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Told {
    /// Of the bucket with less.
    pub(crate) left: Option<Left>,
    /// Of the quota with less.
    pub(crate) quota: Option<QuotaLeft>,
}

impl Told {
    /// Puts it among the headers of an answer.
    pub(crate) fn mark(&self, headers: &mut HeaderMap) {
        let mut set = |name: &'static str, value: u64| headers.insert(name, HeaderValue::from(value));
        // Up to the next second, so that who waits so long has waited long enough.
        let seconds = |time: Duration| time.as_secs() + u64::from(time.subsec_nanos() > 0);
        if let Some(left) = self.left {
            set("x-ratelimit-limit", left.limit.into());
            set("x-ratelimit-remaining", left.remaining.into());
            set("x-ratelimit-reset", seconds(left.full_in));
        }
        if let Some(quota) = self.quota {
            set("x-quota-limit", quota.limit.max(0).cast_unsigned());
            set("x-quota-remaining", (quota.limit - quota.used).max(0).cast_unsigned());
            set("x-quota-reset", seconds(quota.reset));
        }
    }
}

/// What all callers share.
pub(crate) struct Fair {
    pub(crate) buckets: Buckets,
    pub(crate) usage: Arc<Usage>,
    streams: Arc<Streams>,
    config: FairUse,
    clock: Clock,
}

impl Fair {
    /// Errors: a bucket holds less than the dearest method costs, so that it could never be called.
    pub(crate) fn new(
        config: FairUse,
        methods: &[Arc<Method>],
        redis: Option<Redis>,
        db: Db,
        clock: Clock,
    ) -> Result<Self, String> {
        let buckets = Buckets::new(config.key_bucket(), config.tenant_bucket(), redis, clock.clone());
        if let Some(method) = methods.iter().find(|method| method.quota_cost > buckets.most()) {
            let (path, cost) = (&method.path, method.quota_cost);
            return Err(format!("fair_use: a burst of {} is less than {path} costs ({cost})", buckets.most()));
        }
        let streams = Arc::new(Streams::new(config.key_streams()));
        Ok(Self { buckets, usage: Arc::new(Usage::new(db, clock.clone())), streams, config, clock })
    }

    /// Takes `cost` units for a caller, from quotas first and then from buckets; 0 looks only. Errors: too little is left.
    pub(crate) async fn take(&self, known: &Known, cost: u32) -> Result<Told, Unfair> {
        let quota = self.quota(known, cost).await?;
        match self.buckets.take(&known.caller, cost).await {
            Ok(left) => Ok(Told { left, quota }),
            Err(wait) => Err(Unfair::Rate { cost, wait }),
        }
    }

    /// The quota with less left, with this call's cost in it.
    async fn quota(&self, known: &Known, cost: u32) -> Result<Option<QuotaLeft>, Unfair> {
        let mut least: Option<QuotaLeft> = None;
        for (of, limit, subject) in self.quotas(&known.caller, known.monthly_quota) {
            let used = self.usage.used(&subject).await;
            let now = self.clock.now();
            let until = begin_of(month_of(now).1);
            let delay = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            if cost > 0 && used + i64::from(cost) > limit {
                let until = until.to_string();
                return Err(Unfair::Quota { of, cost, used, limit, until, delay });
            }
            let quota = QuotaLeft { limit, used: used + i64::from(cost), reset: delay };
            if least.is_none_or(|least| quota.limit - quota.used < least.limit - least.used) {
                least = Some(quota);
            }
        }
        Ok(least)
    }

    /// The quotas that hold for a caller.
    fn quotas(&self, caller: &Caller, own: Option<i64>) -> impl Iterator<Item = (&'static str, i64, Subject)> + use<> {
        let key = self.key_quota(own).map(|limit| ("key", limit, Subject::Key(caller.key.clone())));
        let tenant = self.tenant_quota().map(|limit| ("tenant", limit, Subject::Tenant(caller.tenant.clone())));
        key.into_iter().chain(tenant)
    }

    /// The monthly quota of a key with this one of its own; none without a limit.
    pub(crate) fn key_quota(&self, own: Option<i64>) -> Option<i64> {
        Some(own.unwrap_or(self.config.key_monthly_quota())).filter(|limit| *limit > 0)
    }

    /// The monthly quota of every tenant; none without a limit.
    pub(crate) fn tenant_quota(&self) -> Option<i64> {
        Some(self.config.tenant_monthly_quota()).filter(|limit| *limit > 0)
    }

    /// A place for a stream of this key.
    pub(crate) fn stream(&self, key: &str) -> Result<Place, Unfair> {
        Streams::enter(&self.streams, key).ok_or(Unfair::Streams { limit: self.config.key_streams() })
    }
}

//! Owns the settings of a node: their types and what must hold among them. Never where a value came from.

mod database;
mod listeners;
mod peers;

use std::{path::PathBuf, time::Duration};

use creatorscope_domain::{Retention, Source, retention};
use creatorscope_gateway::Auth;
use creatorscope_kit::{
    Redis, RedisConfig,
    cache::Cache,
    caller::{Identity, NoRandomness},
    clock::Clock,
    config::{Problems, Settings},
    db::Secret,
    server::Limits,
    telemetry::{LogFormat, TelemetryConfig},
};
use serde::Deserialize;

use self::listeners::is_loopback;
pub use self::{
    database::Database,
    listeners::{AdminConfig, DoorConfig},
    peers::{Peers, RoleTls},
};
use crate::compose::RoleName;

/// The commented default file.
pub const DEFAULTS: &str = include_str!("default.toml");

/// Everything that a node is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// The node itself.
    pub node: Node,
    /// Its log.
    pub log: Log,
    /// Where its spans go.
    pub telemetry: TelemetryConfig,
    /// Where each role listens; empty for not at all.
    pub listen: Listen,
    /// Where roles run that are not in this process; empty for nowhere.
    pub peers: Peers,
    /// The database.
    pub database: Database,
    /// The cache.
    pub cache: CacheConfig,
    /// The metrics role.
    pub metrics: creatorscope_metrics::Config,
    /// The discovery role.
    pub discovery: creatorscope_discovery::Config,
    /// The scoring role.
    pub scoring: creatorscope_scoring::Config,
    /// The campaign role.
    pub campaign: creatorscope_campaign::Config,
    /// The gateway.
    pub gateway: creatorscope_gateway::Config,
    /// What callers may take.
    pub fair_use: creatorscope_gateway::FairUse,
    /// What is written of calls.
    pub audit: creatorscope_gateway::AuditConfig,
    /// What replicas share besides the database.
    pub redis: RedisConfig,
    /// The gateway's listener.
    pub door: DoorConfig,
    /// How much each listener takes.
    pub limits: Limits,
    /// Whose tokens the gateway takes.
    pub oidc: creatorscope_gateway::Oidc,
    /// How roles know one another.
    pub identity: IdentityConfig,
    /// How roles prove to one another on the wire that they are roles.
    pub role_tls: RoleTls,
    /// How long what the sources told is kept.
    pub retention: Retention,
    /// The pages for who runs the node.
    pub admin: AdminConfig,
    /// All settings with the source of each, without secrets.
    pub shown: String,
}

/// `[identity]`
#[derive(Debug, Clone, Deserialize)]
pub struct IdentityConfig {
    secret: Secret,
}

impl IdentityConfig {
    /// What signs and checks who calls: with the secret of the settings, or one that only this process knows. Errors: the machine
    /// gives no randomness.
    pub fn open(&self, clock: Clock) -> Result<Identity, NoRandomness> {
        if self.secret.reveal().is_empty() {
            return Identity::generated(clock);
        }
        Ok(Identity::new(&self.secret, clock))
    }
}

/// `[node]`
#[derive(Debug, Clone, Deserialize)]
pub struct Node {
    /// The folder of everything that is kept.
    pub data_dir: PathBuf,
    grace_seconds: u32,
    drain_seconds: u32,
}

impl Node {
    /// How long open calls may go on after a stop.
    pub fn grace(&self) -> Duration {
        Duration::from_secs(self.grace_seconds.into())
    }

    /// How long the node says that it is stopping before it takes no more calls.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds.into())
    }
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
pub struct Log {
    /// The form.
    pub format: LogFormat,
    /// The level or filter.
    pub filter: String,
}

/// The addresses of the roles.
#[derive(Debug, Clone)]
pub struct Listen {
    gateway: String,
    discovery: String,
    metrics: String,
    scoring: String,
    campaign: String,
}

impl Listen {
    /// The address of a role.
    pub fn of(&self, role: RoleName) -> &str {
        match role {
            RoleName::Gateway => &self.gateway,
            RoleName::Discovery => &self.discovery,
            RoleName::Metrics => &self.metrics,
            RoleName::Scoring => &self.scoring,
            RoleName::Campaign => &self.campaign,
        }
    }
}

/// `[cache]`
#[derive(Debug, Clone, Deserialize)]
pub struct CacheConfig {
    backend: CacheBackend,
    megabytes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CacheBackend {
    Memory,
    Redis,
    Off,
}

impl CacheConfig {
    /// The cache; without a Redis where it needs one, none.
    pub fn open(&self, redis: Option<&Redis>) -> Cache {
        let bytes = u64::from(self.megabytes) << 20;
        match (self.backend, redis) {
            (CacheBackend::Memory, _) => Cache::memory(bytes),
            (CacheBackend::Redis, Some(redis)) => Cache::redis(redis.clone(), bytes),
            (CacheBackend::Redis, None) | (CacheBackend::Off, _) => Cache::off(),
        }
    }
}

#[derive(Deserialize)]
struct Address {
    listen: String,
}

impl Config {
    /// Reads the settings for a node with these roles. Errors: everything that does not hold, together.
    pub fn read(settings: &Settings, roles: &[RoleName]) -> Result<Self, Problems> {
        let listen = Listen {
            gateway: settings.section::<Address>("gateway")?.listen,
            discovery: settings.section::<Address>("discovery")?.listen,
            metrics: settings.section::<Address>("metrics")?.listen,
            scoring: settings.section::<Address>("scoring")?.listen,
            campaign: settings.section::<Address>("campaign")?.listen,
        };
        let config = Self {
            node: settings.section("node")?,
            log: settings.section("log")?,
            telemetry: settings.section("telemetry")?,
            listen,
            peers: settings.section("peers")?,
            database: settings.section("database")?,
            cache: settings.section("cache")?,
            metrics: settings.section("metrics")?,
            discovery: settings.section("discovery")?,
            scoring: settings.section("scoring")?,
            campaign: settings.section("campaign")?,
            gateway: settings.section("gateway")?,
            fair_use: settings.section("fair_use")?,
            audit: settings.section("audit")?,
            redis: settings.section("redis")?,
            door: settings.section("gateway")?,
            limits: settings.section("limits")?,
            oidc: settings.section("oidc")?,
            identity: settings.section("identity")?,
            role_tls: settings.section("role_tls")?,
            retention: settings.section("retention")?,
            admin: settings.section("admin")?,
            shown: settings.to_string(),
        };
        config.check(roles).check()?;
        Ok(config)
    }

    fn check(&self, roles: &[RoleName]) -> Problems {
        let mut problems = Problems::default();
        let fronted = roles.contains(&RoleName::Gateway);
        for role in roles {
            if *role != RoleName::Gateway && self.listen.of(*role).is_empty() && !fronted {
                problems.add(format!(
                    "{role}.listen: must be set, because this process has no gateway that reaches {role}"
                ));
            }
        }
        let gateway = self.listen.of(RoleName::Gateway);
        if fronted && gateway.is_empty() {
            problems.add("gateway.listen: must be set, e.g. 127.0.0.1:8642");
        } else if fronted && self.gateway.auth() == Auth::Off && !is_loopback(gateway) {
            problems.add(format!(
                "gateway.auth: is off, and gateway.listen `{gateway}` can be reached from other machines; accepted are \
                 gateway.auth=keys, or loopback addresses such as 127.0.0.1:8642"
            ));
        }
        if self.identity.secret.reveal().is_empty() {
            let apart = RoleName::ALL.iter().any(|role| !roles.contains(role));
            let outside = roles.iter().find(|role| **role != RoleName::Gateway && !self.listen.of(**role).is_empty());
            if !roles.is_empty() && (apart || outside.is_some()) {
                problems.add(
                    "identity.secret: must be set, the same for all roles, when roles are apart or have addresses of their own; \
                     make one with `openssl rand -hex 32`",
                );
            }
        } else {
            Identity::check(&self.identity.secret, &mut problems);
        }
        for role in needed(roles) {
            if !roles.contains(&role) && self.peers.of(role).is_empty() {
                problems.add(format!("peers.{role}: must be set, because {role} does not run in this process"));
            }
        }
        self.database.check(&mut problems);
        problems.range("node.grace_seconds", self.node.grace_seconds, 1..=3_600);
        problems.range("node.drain_seconds", self.node.drain_seconds, 0..=3_600);
        problems.range("peers.resolve_seconds", self.peers.resolve_seconds, 1..=3_600);
        problems.range("peers.connections", self.peers.connections, 1..=16);
        problems.range("cache.megabytes", self.cache.megabytes, 1..=1_000_000);
        self.telemetry.check(&mut problems);
        self.metrics.check(&mut problems);
        self.discovery.check(&mut problems);
        self.scoring.check(&mut problems);
        self.campaign.check(&mut problems);
        self.gateway.check(&mut problems);
        self.fair_use.check(&mut problems);
        self.audit.check(&mut problems);
        self.redis.check(&mut problems);
        if self.cache.backend == CacheBackend::Redis && !self.redis.is_set() {
            problems.add("cache.backend: redis needs redis.url");
        }
        self.role_tls.check(&self.peers, &mut problems);
        self.limits.check(&mut problems);
        if fronted {
            self.door.check(gateway, &mut problems);
        }
        self.oidc.check(self.gateway.auth(), &mut problems);
        for source in Source::ALL {
            let days = self.retention.days(*source).unwrap_or_default();
            problems.range(Retention::setting(*source), days, 0..=retention::MAX_DAYS);
        }
        problems
    }
}

/// The roles that these roles call.
fn needed(roles: &[RoleName]) -> Vec<RoleName> {
    let mut needed = Vec::new();
    if roles.contains(&RoleName::Gateway) {
        needed.extend([RoleName::Metrics, RoleName::Discovery, RoleName::Scoring, RoleName::Campaign]);
    } else if roles.contains(&RoleName::Campaign) {
        needed.extend([RoleName::Metrics, RoleName::Discovery, RoleName::Scoring]);
    } else if roles.contains(&RoleName::Scoring) {
        needed.extend([RoleName::Metrics, RoleName::Discovery]);
    } else if roles.contains(&RoleName::Discovery) {
        needed.push(RoleName::Metrics);
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str], roles: &[RoleName]) -> Result<Config, String> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let settings = Settings::load(DEFAULTS, None, &arguments).map_err(|problems| problems.to_string())?;
        Config::read(&settings, roles).map_err(|problems| problems.to_string())
    }

    #[test]
    fn the_defaults_hold_for_all_roles_in_one_process() {
        assert!(read(&[], RoleName::ALL).is_ok());
    }

    #[test]
    fn the_gateway_is_not_opened_to_other_machines_without_keys() {
        let problems = read(&["gateway.listen=0.0.0.0:8642"], RoleName::ALL).expect_err("not loopback");
        assert!(problems.contains("gateway.auth"), "{problems}");
    }

    #[test]
    fn keys_do_not_go_over_the_network_in_the_open() {
        let open = ["gateway.listen=0.0.0.0:8642", "gateway.auth=keys"];
        let with = |more: &[&'static str]| read(&[&open, more].concat(), RoleName::ALL).err().unwrap_or_default();
        assert!(with(&[]).contains("gateway.tls_certificate"), "{}", with(&[]));
        assert!(with(&["gateway.tls_key=a.key"]).contains("together"));
        assert_eq!(with(&["gateway.tls_certificate=a.pem", "gateway.tls_key=a.key"]), "");
        assert_eq!(with(&["gateway.tls_by_proxy=true"]), "");
    }

    #[test]
    fn the_limits_of_the_default_file_are_those_of_the_code() {
        assert_eq!(read(&[], RoleName::ALL).expect("valid").limits, Limits::default());
    }

    #[test]
    fn roles_that_are_apart_need_a_secret_in_common() {
        let apart = &[RoleName::Metrics];
        let address = "metrics.listen=127.0.0.1:0";
        let told = |arguments: &[&str], roles: &[RoleName]| read(arguments, roles).err().unwrap_or_default();
        assert!(told(&[address], apart).contains("identity.secret"));
        assert!(told(&[address], RoleName::ALL).contains("identity.secret"));
        assert!(told(&[address, "identity.secret=short"], apart).contains("identity.secret"));
        let secret = "identity.secret=a secret of at least 32 characters";
        assert_eq!(told(&[address, secret], apart), "");
    }

    #[test]
    fn files_of_role_tls_are_set_together_and_no_peer_is_called_without_tls_then() {
        let problems = read(&["role_tls.ca=ca.pem"], RoleName::ALL).expect_err("two are missing");
        assert!(problems.contains("role_tls"), "{problems}");
        let all = ["role_tls.ca=ca.pem", "role_tls.certificate=role.pem", "role_tls.key=role.key"];
        assert!(read(&all, RoleName::ALL).is_ok_and(|config| config.role_tls.is_on()));
        let plain = [&all[..], &["peers.metrics=https://a:1, dns:///b:2"]].concat();
        let problems = read(&plain, &[RoleName::Campaign]).expect_err("one of two is without TLS");
        assert!(problems.contains("peers.metrics: dns:///b:2"), "{problems}");
    }

    #[test]
    fn a_number_out_of_its_range_is_refused() {
        let problems = read(&["metrics.changes_kept_hours=0", "discovery.read_after_seconds=301"], RoleName::ALL);
        let told = problems.expect_err("two problems");
        assert!(
            told.contains("metrics.changes_kept_hours: 0") && told.contains("discovery.read_after_seconds: 301"),
            "{told}"
        );
    }

    #[test]
    fn a_role_alone_needs_an_address_and_its_peers() {
        let problems = read(&[], &[RoleName::Discovery]).expect_err("two problems");
        assert!(problems.contains("discovery.listen") && problems.contains("peers.metrics"), "{problems}");
    }
}

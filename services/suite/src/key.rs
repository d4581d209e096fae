//! Owns the command `key`: keys of callers, made, listed, ended and replaced in the tables of the gateway, with or without a
//! running suite. Never whether a key is accepted.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use creatorscope_gateway::{Grant, KeyStore, MIGRATIONS, Stored, is_tenant, key::ApiKey, scope, scopes};
use creatorscope_kit::{clock::Clock, db::Db};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{command::SettingsArgs, compose::RoleName, config::Config};

/// Longest name of a key, in characters.
const MAX_NAME: usize = 100;

/// Makes, lists, ends and replaces the keys of callers.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  creatorscope key create --name reports --scopes discovery.read,metrics.* --expires 90d
  CREATORSCOPE_KEY=$(creatorscope key create --name import --scopes '*') creatorscope import youtube videos.json
  creatorscope key list
  creatorscope key limit k3f09xz2m1qa --monthly-quota 100000
  creatorscope key rotate k3f09xz2m1qa --overlap 24h
  creatorscope key revoke k3f09xz2m1qa

The commands work on the tables of the gateway, so they need its settings: --data-dir, or --config with [database]. A key is
shown once, on standard output; what is kept is its hash. Scopes are area.verb, area.* or *; `key create --scopes ?` names them.")]
pub struct KeyArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a key and show it, once
    Create {
        /// What people call it
        #[arg(long)]
        name: String,
        /// What its holder may do
        #[arg(long, value_delimiter = ',', required = true, value_name = "SCOPE,…")]
        scopes: Vec<String>,
        /// Whose brands and campaigns its holder sees
        #[arg(long, default_value = "default")]
        tenant: String,
        /// How long it holds: 90d, 12h, 30m or never
        #[arg(long, default_value = "90d", value_name = "TIME", value_parser = lifetime)]
        expires: Lifetime,
        /// What it may cost a month, in quota units: a number, or none for no limit [default: fair_use.key_monthly_quota]
        #[arg(long, value_name = "UNITS", value_parser = quota)]
        monthly_quota: Option<i64>,
        #[command(flatten)]
        how: How,
    },
    /// List the keys, the newest first
    List {
        #[command(flatten)]
        how: How,
    },
    /// End a key; a running gateway refuses it after gateway.key_cache_seconds at the latest
    Revoke {
        /// The id of the key, or the key itself
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        how: How,
    },
    /// Change what a key may cost a month
    Limit {
        /// The id of the key, or the key itself
        #[arg(value_name = "ID")]
        id: String,
        /// In quota units: a number, or none for no limit [default: fair_use.key_monthly_quota]
        #[arg(long, value_name = "UNITS", value_parser = quota)]
        monthly_quota: Option<i64>,
        #[command(flatten)]
        how: How,
    },
    /// Make a key in the place of another and show it, once; what the old one used this month is not counted for the new one
    Rotate {
        /// The id of the key, or the key itself
        #[arg(value_name = "ID")]
        id: String,
        /// How long the old key still holds: 24h, 30m, 0m for not at all
        #[arg(long, default_value = "24h", value_name = "TIME", value_parser = lifetime)]
        overlap: Lifetime,
        /// How long the new one holds [default: as long as the old one was made for]
        #[arg(long, value_name = "TIME", value_parser = lifetime)]
        expires: Option<Lifetime>,
        #[command(flatten)]
        how: How,
    },
}

#[derive(Debug, Args)]
struct How {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How long something holds; none for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lifetime(Option<SignedDuration>);

/// Does what the arguments say. Answers with the exit code. Errors: what kept it from being done.
pub async fn run(args: KeyArgs) -> anyhow::Result<u8> {
    let clock = Clock::system();
    let now = clock.now();
    match args.action {
        Action::Create { name, scopes, tenant, expires, monthly_quota, how } => {
            let (name, scopes) = (checked_name(&name)?, checked_scopes(&scopes)?);
            let grant = Grant { name, tenant, scopes, lifetime: expires.0, monthly_quota };
            if !is_tenant(&grant.tenant) {
                bail!("--tenant `{}`: accepted are 1 to 40 of a-z 0-9 -", grant.tenant);
            }
            let (config, store) = open(&how, clock).await?;
            let key = ApiKey::generate(config.gateway.environment())?;
            let stored = store.add(&key, &grant).await?;
            show(&key, &stored, now, how.json);
        }
        Action::List { how } => {
            let (_, store) = open(&how, clock).await?;
            list(&store.list().await?, now, how.json);
        }
        Action::Revoke { id, how } => {
            let (config, store) = open(&how, clock).await?;
            let stored = store.revoke(&id_of(&id)).await?;
            let after = config.gateway.key_cache().as_secs();
            tell(
                &stored,
                &format!("{} is revoked; a running gateway refuses it within {after} s", stored.id),
                stored.revoked_at.unwrap_or(now),
                how.json,
            );
        }
        Action::Limit { id, monthly_quota, how } => {
            let (config, store) = open(&how, clock).await?;
            let stored = store.limit(&id_of(&id), monthly_quota).await?;
            let (quota, after) = (quota_of(&stored), config.gateway.key_cache().as_secs());
            tell(&stored, &format!("{}: monthly quota {quota}, within {after} s", stored.id), now, how.json);
        }
        Action::Rotate { id, overlap, expires, how } => {
            let Some(overlap) = overlap.0 else { bail!("--overlap never: accepted are times such as 24h") };
            let (config, store) = open(&how, clock).await?;
            let key = ApiKey::generate(config.gateway.environment())?;
            let stored = store.rotate(&id_of(&id), &key, overlap, expires.map(|Lifetime(time)| time)).await?;
            show(&key, &stored, now, how.json);
        }
    }
    Ok(0)
}

async fn open(how: &How, clock: Clock) -> anyhow::Result<(Config, KeyStore)> {
    let config = Config::read(&how.settings.load()?, &[])?;
    let database = config.database.of(RoleName::Gateway, &config.node);
    let db = Db::open(&database, "gateway", &MIGRATIONS).await.context("the tables of the gateway")?;
    Ok((config, KeyStore::new(db, clock)))
}

fn checked_name(name: &str) -> anyhow::Result<String> {
    let name = name.trim();
    let count = name.chars().count();
    if count == 0 || count > MAX_NAME || name.chars().any(char::is_control) {
        bail!("--name: accepted are 1 to {MAX_NAME} characters");
    }
    Ok(name.to_owned())
}

fn checked_scopes(wanted: &[String]) -> anyhow::Result<Vec<String>> {
    let services: Vec<&str> = RoleName::ALL.iter().flat_map(|role| role.services()).collect();
    let known = scopes(&services).map_err(anyhow::Error::from_boxed)?;
    scope::read(wanted, &known).context("--scopes")
}

/// The id of a key that was given in place of its id.
fn id_of(text: &str) -> String {
    ApiKey::parse(text.trim()).map_or_else(|_| text.trim().to_owned(), |key| key.id().to_owned())
}

/// `90d`, `12h`, `30m`, `never`.
fn lifetime(text: &str) -> Result<Lifetime, String> {
    if text == "never" {
        return Ok(Lifetime(None));
    }
    let wrong = || format!("`{text}` is not a time; accepted are 90d, 12h, 30m, up to 3650d, and never");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: i64 = number.parse().ok().filter(|number| (0..=10_000_000).contains(number)).ok_or_else(wrong)?;
    let minutes = match unit {
        "d" => number * 24 * 60,
        "h" => number * 60,
        "m" => number,
        _ => return Err(wrong()),
    };
    if minutes > 3_650 * 24 * 60 { Err(wrong()) } else { Ok(Lifetime(Some(SignedDuration::from_mins(minutes)))) }
}

/// Quota units of a month; 0 stands for no limit.
fn quota(text: &str) -> Result<i64, String> {
    if text == "none" {
        return Ok(0);
    }
    let units: Option<i64> = text.parse().ok().filter(|units| (1..=1_000_000_000_000).contains(units));
    units.ok_or_else(|| format!("`{text}` is not a quota; accepted are 1 to 1000000000000, and none"))
}

fn quota_of(stored: &Stored) -> String {
    match stored.monthly_quota {
        None => "as in the settings".to_owned(),
        Some(0) => "none".to_owned(),
        Some(units) => units.to_string(),
    }
}

fn until(stored: &Stored) -> String {
    stored.expires_at.map_or_else(|| "never".to_owned(), |at| at.to_string())
}

fn as_json(stored: &Stored, now: Timestamp) -> Value {
    json!({
        "id": stored.id, "name": stored.name, "state": stored.state(now), "environment": stored.environment,
        "tenant": stored.tenant, "scopes": stored.scopes, "created_at": stored.created_at.to_string(),
        "expires_at": stored.expires_at.map(|at| at.to_string()), "revoked_at": stored.revoked_at.map(|at| at.to_string()),
        "replaces": stored.replaces, "monthly_quota": stored.monthly_quota,
    })
}

#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the key is what this command answers; the rest is for people"
)]
fn show(key: &ApiKey, stored: &Stored, now: Timestamp, json: bool) {
    if json {
        let mut told = as_json(stored, now);
        told["key"] = key.reveal().into();
        println!("{told:#}");
        return;
    }
    println!("{}", key.reveal());
    eprintln!(
        "id {}, tenant {}, scopes {}, expires {}. The key is shown this once: keep it where secrets are kept.",
        stored.id,
        stored.tenant,
        stored.scopes.join(","),
        until(stored)
    );
    if stored.expires_at.is_some_and(|at| at <= now) {
        eprintln!("It has expired already.");
    }
}

#[allow(clippy::print_stdout, reason = "this is what the command answers")]
fn tell(stored: &Stored, text: &str, now: Timestamp, json: bool) {
    if json {
        println!("{:#}", as_json(stored, now));
    } else {
        println!("{text}");
    }
}

#[allow(clippy::print_stdout, reason = "the list is what the command answers")]
fn list(keys: &[Stored], now: Timestamp, json: bool) {
    if json {
        let keys: Vec<Value> = keys.iter().map(|key| as_json(key, now)).collect();
        println!("{:#}", Value::from(keys));
        return;
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header([
        "id",
        "name",
        "state",
        "environment",
        "tenant",
        "scopes",
        "created",
        "expires",
        "monthly quota",
    ]);
    for key in keys {
        let (scopes, created) = (key.scopes.join(","), key.created_at.to_string());
        let (ends, quota) = (until(key), quota_of(key));
        let cells =
            [&key.id, &key.name, key.state(now), &key.environment, &key.tenant, &scopes, &created, &ends, &quota]
                .map(str::to_owned);
        table.add_row(cells);
    }
    println!("{table}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_read_with_their_unit() {
        let read = |text| lifetime(text).map(|Lifetime(time)| time.map(|time| time.as_secs()));
        assert_eq!(read("90d"), Ok(Some(90 * 86_400)));
        assert_eq!(read("12h"), Ok(Some(43_200)));
        assert_eq!(read("0m"), Ok(Some(0)));
        assert_eq!(read("never"), Ok(None));
        for wrong in ["", "d", "90", "-1d", "1y", "4000d", "é", "99999999999999999999d"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn quotas_are_units_or_none() {
        assert_eq!((quota("100000"), quota("none")), (Ok(100_000), Ok(0)));
        for wrong in ["", "0", "-5", "1e6", "1000000000001"] {
            assert!(quota(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_scope_that_no_method_asks_for_is_told_with_those_that_are() {
        assert!(checked_scopes(&["metrics.*".to_owned(), "discovery.read".to_owned()]).is_ok());
        let told = format!("{:#}", checked_scopes(&["metrics.raed".to_owned()]).expect_err("unknown"));
        assert!(told.contains("metrics.raed") && told.contains("campaign.write"), "{told}");
    }

    #[test]
    fn a_key_stands_for_its_id() {
        let key = ApiKey::generate(creatorscope_gateway::key::Environment::Live).expect("randomness");
        assert_eq!(id_of(key.reveal()), key.id());
        assert_eq!(id_of("abc"), "abc");
    }
}

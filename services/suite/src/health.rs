//! Owns the command `health`: whether a node takes calls, as an exit code for probes. Never why not.

use anyhow::Context;
use clap::Args;

use crate::{command::SettingsArgs, config::AdminConfig, page};

/// Asks a running node whether it takes calls.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  creatorscope health --config /etc/creatorscope/role.toml
  creatorscope health --admin http://127.0.0.1:8643

The exit code is 0 when the node is ready, else 1. The node must have an admin port: admin.listen.")]
pub struct HealthArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// The node's admin port [default: admin.listen of the settings, on this machine]
    #[arg(long, value_name = "URL")]
    admin: Option<String>,
}

/// Asks. Answers with the exit code. Errors: nobody answers, or it is not known whom to ask.
#[allow(clippy::print_stdout, reason = "what the node says is the command's output")]
pub async fn run(args: HealthArgs) -> anyhow::Result<u8> {
    let admin = match args.admin {
        Some(admin) => admin,
        None => {
            let config: AdminConfig = args.settings.load()?.section("admin")?;
            page::of_setting(&config.listen).context("admin.listen is empty: set it, or say --admin URL")?
        }
    };
    let (status, told) = page::get(&admin, "/readyz").await.with_context(|| format!("nobody answers at {admin}"))?;
    print!("{told}");
    Ok(u8::from(status != 200))
}

//! Owns the arguments of the program and what each command does first to last. Never a rule of a service.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use creatorscope_gateway::Auth;
use creatorscope_kit::{clock::Clock, config::Settings, server::Signals, telemetry, transport};
use rustix::process::{Resource, getrlimit, setrlimit};
use tracing::info;

use crate::{
    archive,
    compose::{Listeners, RoleName, Suite, bind},
    config::{Config, DEFAULTS},
    demo, doctor, dossier, export, health, import, key, models,
    run::Running,
};

/// Creator intelligence as gRPC services, self-hosted.
#[derive(Debug, Parser)]
#[command(name = "creatorscope", version, about, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  creatorscope demo
  creatorscope serve --data-dir /var/lib/creatorscope --set gateway.listen=127.0.0.1:9000
  creatorscope import youtube channels.json videos.json
  creatorscope import tiktok research-pages/
  creatorscope import csv --mapping deploy/mappings/tiktok_famous.toml posts.csv
  creatorscope dossier youtube:UC_x5XG1OV2P6uZZ5FSM9Ttw -o dossier.html
  creatorscope key create --name reports --scopes discovery.read,metrics.* --expires 90d
  creatorscope config print";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the suite, or some of its roles.
    Serve(ServeArgs),
    /// Run the suite with a synthetic population, print what it answers, stay up.
    Demo(DemoArgs),
    /// Read files into a running suite.
    Import(import::ImportArgs),
    /// Write what a running suite knows into files.
    Export(export::ExportArgs),
    /// Write all tables into one file.
    Backup(archive::BackupArgs),
    /// Read the file of a backup into the tables of either database.
    Restore(archive::RestoreArgs),
    /// Write everything about one creator into a file.
    Dossier(dossier::DossierArgs),
    /// Make, list, end and replace the keys of callers.
    Key(key::KeyArgs),
    /// Bring better models for reading comments, or list them.
    Models(models::ModelsArgs),
    /// Say what is running, what is wrong and what to do.
    Doctor(doctor::DoctorArgs),
    /// Say by the exit code whether a node takes calls.
    Health(health::HealthArgs),
    /// Show or check the settings.
    Config(ConfigArgs),
}

/// Where settings come from.
#[derive(Debug, Clone, Args)]
pub struct SettingsArgs {
    /// A settings file; `creatorscope config print` shows its form.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, e.g. `gateway.listen=127.0.0.1:0`; may stand several times.
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
    /// The folder of everything that is kept; the same as `--set node.data_dir=…`.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

impl SettingsArgs {
    pub(crate) fn load(&self) -> anyhow::Result<Settings> {
        let mut settings = Settings::load(DEFAULTS, self.config.as_deref(), &self.set)?;
        if let Some(folder) = &self.data_dir {
            settings.overrule("node.data_dir", folder.display().to_string());
        }
        Ok(settings)
    }
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// The roles of this process; all of them when left out.
    #[arg(long, value_delimiter = ',', value_name = "ROLE,…")]
    roles: Vec<RoleName>,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// How many creators are generated.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    creators: u32,
    /// The same seed gives the same creators.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print the tables as JSON.
    #[arg(long)]
    json: bool,
    /// End after the tables instead of staying up.
    #[arg(long)]
    once: bool,
}

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    action: ConfigAction,
}

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Print every setting and where its value came from.
    Print(SettingsArgs),
    /// Say whether a node with all roles could be started with the settings.
    Check(SettingsArgs),
    /// Print the commented default file.
    Default,
}

/// Does what the arguments say. Answers with the exit code. Errors: what kept the command from being done.
pub async fn run(cli: Cli) -> anyhow::Result<u8> {
    match cli.command {
        Command::Serve(args) => serve(args).await,
        Command::Demo(args) => show(args).await,
        Command::Import(args) => import::run(args).await.map(|outcome| outcome.exit_code()),
        Command::Export(args) => export::run(args).await,
        Command::Backup(args) => archive::backup(args).await,
        Command::Restore(args) => archive::restore(args).await,
        Command::Dossier(args) => dossier::run(args).await,
        Command::Key(args) => key::run(args).await,
        Command::Models(args) => models::run(args),
        Command::Doctor(args) => doctor::run(args).await,
        Command::Health(args) => health::run(args).await,
        Command::Config(args) => configure(&args.action),
    }
}

async fn serve(args: ServeArgs) -> anyhow::Result<u8> {
    let roles = if args.roles.is_empty() { RoleName::ALL.to_vec() } else { args.roles };
    let config = Config::read(&args.settings.load()?, &roles)?;
    let telemetry = telemetry::start(config.log.format, &config.log.filter, &config.telemetry)?;
    let mut signals = Signals::install()?;
    raise_open_files();
    let listeners = bind(&config, &roles).await?;
    let running = Suite::start(&config, &roles, listeners, Clock::system()).await?;
    announce(&running, &config);
    let code = finish(running, &mut signals).await;
    telemetry.stop().await;
    code
}

/// Takes as many file descriptors as the system lets this process have: each connection needs one, and shells often begin with
/// 1024.
fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        info!(%error, "the number of open files stays as it is");
    }
}

async fn show(args: DemoArgs) -> anyhow::Result<u8> {
    let roles = RoleName::ALL;
    let config = Config::read(&args.settings.load()?, roles)?;
    if config.gateway.auth() == Auth::Keys {
        anyhow::bail!("gateway.auth: the demo loads its population without a key; accepted is off");
    }
    if config.door.tls_files().is_some() {
        anyhow::bail!("gateway.tls_certificate: the demo loads its population without TLS; accepted is none");
    }
    let telemetry = telemetry::start(config.log.format, &config.log.filter, &config.telemetry)?;
    let mut signals = Signals::install()?;
    let listeners: Listeners = bind(&config, roles).await?;
    let running = Suite::start(&config, roles, listeners, Clock::system()).await?;
    announce(&running, &config);
    let Some(address) = running.addresses.get(&RoleName::Gateway) else {
        anyhow::bail!("the gateway has no listener");
    };
    let options = demo::Options {
        creators: args.creators as usize,
        seed: args.seed,
        json: args.json,
        address: address.to_string(),
    };
    let told = tokio::select! {
        told = demo::run(transport::remote(&format!("http://{address}"))?, &options) => told.map(|()| !args.once),
        _ = running.wait(&mut signals) => Ok(false),
    };
    let code = match told {
        Ok(true) => finish(running, &mut signals).await,
        Ok(false) => {
            running.stop().await;
            Ok(0)
        }
        Err(error) => {
            running.stop().await;
            Err(error)
        }
    };
    telemetry.stop().await;
    code
}

async fn finish(running: Running, signals: &mut Signals) -> anyhow::Result<u8> {
    let asked = running.wait(signals).await;
    running.stop().await;
    Ok(if asked { 0 } else { 1 })
}

#[allow(clippy::print_stdout, reason = "the addresses are what this command answers, for people and for programs")]
fn announce(running: &Running, config: &Config) {
    let open = config.gateway.auth() == Auth::Off && running.addresses.contains_key(&RoleName::Gateway);
    if open {
        println!(
            "NO KEYS ARE ASKED FOR: whoever can reach this machine's loopback may do everything (gateway.auth = \"off\")"
        );
        info!("no keys are asked for: gateway.auth is off, which is for development");
    }
    if let Some(address) = running.admin {
        println!("admin is listening on {address}");
    }
    for (role, address) in &running.addresses {
        println!("{role} is listening on {address}");
    }
}

#[allow(clippy::print_stdout, reason = "the settings are what this command answers")]
fn configure(action: &ConfigAction) -> anyhow::Result<u8> {
    match action {
        ConfigAction::Print(settings) => print!("{}", settings.load()?),
        ConfigAction::Check(settings) => {
            Config::read(&settings.load()?, RoleName::ALL)?;
            println!("the settings hold");
        }
        ConfigAction::Default => print!("{DEFAULTS}"),
    }
    Ok(0)
}

//! Owns the command `doctor`: what is running, what is wrong, what to do. Never a repair.

mod figures;
mod folder;
mod suite;

use clap::Args;
use comfy_table::{Table, presets};
use creatorscope_kit::clock::Clock;
use serde::Serialize;

use crate::{command::SettingsArgs, compose::RoleName, config::Config, page};

/// Looks at the settings, the data folder, a running suite and the figures of its nodes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  creatorscope doctor
  creatorscope doctor --config creatorscope.toml --endpoint http://10.0.0.7:8642 --json
  creatorscope doctor --admin http://metrics:8643,http://discovery:8643 --admin http://gateway:8643

Figures are looked at twice, two seconds apart.

The exit code is 1 when something is wrong, else 0.")]
pub struct DoctorArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// The running suite [default: the gateway of the settings]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Admin ports of nodes, whose figures are looked at [default: admin.listen of the settings, on this machine]
    #[arg(long, value_name = "URL,…", value_delimiter = ',')]
    admin: Vec<String>,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it should be.
    Good,
    /// It works; somebody should look at it.
    Attention,
    /// It does not work.
    Wrong,
}

/// What was found about one part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    part: String,
    state: State,
    found: String,
    /// What to do; empty when nothing.
    advice: String,
}

impl Finding {
    fn good(part: impl Into<String>, found: impl Into<String>) -> Self {
        Self { part: part.into(), state: State::Good, found: found.into(), advice: String::new() }
    }

    fn attention(part: impl Into<String>, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { part: part.into(), state: State::Attention, found: found.into(), advice: advice.into() }
    }

    fn wrong(part: impl Into<String>, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { part: part.into(), state: State::Wrong, found: found.into(), advice: advice.into() }
    }
}

/// Examines and prints. Answers with the exit code. Errors: the findings cannot be printed.
pub async fn run(args: DoctorArgs) -> anyhow::Result<u8> {
    let clock = Clock::system();
    let mut findings = Vec::new();
    let config = args.settings.load().and_then(|settings| Config::read(&settings, RoleName::ALL).map_err(Into::into));
    match &config {
        Ok(_) => findings.push(Finding::good("settings", "they hold")),
        Err(error) => {
            let advice = "mend what is named; `creatorscope config default` explains each setting";
            findings.push(Finding::wrong("settings", format!("{error:#}"), advice));
        }
    }
    if let Ok(config) = &config {
        findings.extend(folder::examine(&config.node.data_dir, clock.now()));
    }
    let admin = config.as_ref().ok().and_then(|config| page::of_setting(&config.admin.listen));
    let admins = if args.admin.is_empty() { Vec::from_iter(admin) } else { args.admin };
    if admins.is_empty() {
        findings
            .push(Finding::good("figures", "they are not looked at: admin.listen is empty, and --admin names no node"));
    }
    // All at once: the two looks of each take their time.
    let now = || clock.now().as_microsecond() as f64 / 1e6;
    let looks = admins.iter().map(|admin| figures::examine(admin, now));
    findings.extend(futures::future::join_all(looks).await.into_iter().flatten());
    let endpoint = args.endpoint.or_else(|| Some(format!("http://{}", config.ok()?.listen.of(RoleName::Gateway))));
    if let Some(endpoint) = endpoint {
        findings.extend(suite::examine(&endpoint, &clock).await);
    }
    print(&findings, args.json)?;
    Ok(u8::from(findings.iter().any(|finding| finding.state == State::Wrong)))
}

#[allow(clippy::print_stdout, reason = "the findings are the command's output")]
fn print(findings: &[Finding], json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(findings)?);
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["", "part", "found", "what to do"]);
    for finding in findings {
        let sign = match finding.state {
            State::Good => "ok",
            State::Attention => "look",
            State::Wrong => "WRONG",
        };
        table.add_row([sign, &finding.part, &finding.found, &finding.advice]);
    }
    println!("{table}");
    Ok(())
}

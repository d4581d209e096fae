//! Owns the demo: a generated population through a running suite, and what the suite then answers about it. Never the suite
//! itself.

mod console;
mod load;
pub mod population;
mod report;

use creatorscope_kit::transport::Transport;

use self::population::{END, Population};

/// How the demo is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How many creators are generated, 1 and more.
    pub creators: usize,
    /// The seed; the same one gives the same creators.
    pub seed: u64,
    /// Whether the report is written as JSON instead of tables.
    pub json: bool,
    /// Host and port of the suite, for the commands to copy.
    pub address: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { creators: 20_000, seed: 7, json: false, address: "127.0.0.1:8642".to_owned() }
    }
}

/// Sends the population through the suite behind `transport` and writes the report to standard output, progress to standard
/// error. A second run changes nothing. Errors: a service that cannot be reached or does not take what it is sent.
pub async fn run(transport: Transport, options: &Options) -> anyhow::Result<()> {
    let tokens = load::load(transport.clone(), Population::new(options.seed, options.creators, END)).await?;
    let faces = Population::new(options.seed, options.creators.min(3), END).map(|member| member.creator.name).collect();
    let report = report::ask(transport, &options.address, tokens, faces).await?;
    let text = if options.json { serde_json::to_string_pretty(&report)? } else { report::text(&report) };
    console::print(&text);
    Ok(())
}

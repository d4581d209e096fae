//! Owns the command `import`: its options, and what it does from the first file to the exit code. Never how a row is read or sent.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use creatorscope_kit::clock::Clock;
use jiff::Timestamp;

mod accounts;
mod batch;
mod dates;
mod draft;
mod encoding;
mod files;
mod items;
mod journal;
mod lists;
mod mapping;
mod numbers;
mod pipeline;
mod print;
mod problem;
mod profiles;
mod records;
mod rejects;
mod report;
mod rows;
mod scan;
mod send;
mod table;
mod youtube;

pub use problem::{Problem, Refusal};
pub use report::{AccountTally, CreatorTally, Example, FileReport, Report, Tally};

use files::Plan;
use print::Bar;
use send::Remote;

/// Reads creators, posts and counts from files and sends them to a running suite.
#[derive(Debug, Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Format {
    /// Native JSON of the YouTube Data API v3: responses of channels.list and videos.list, or single channels and videos
    Youtube(Options),
    /// CSV through a mapping file that says which column is what
    #[command(after_help = "Mapping files are described in deploy/mappings/README.md; examples lie beside it.")]
    Csv {
        /// The mapping file (TOML)
        #[arg(long, value_name = "FILE")]
        mapping: PathBuf,
        #[command(flatten)]
        options: Options,
    },
}

#[derive(Debug, Args)]
struct Options {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The running suite
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8642")]
    endpoint: String,
    /// When the numbers were read, RFC 3339 [default: what the rows say, else when the file was last changed; remembered with its
    /// content]
    #[arg(long, value_name = "TIME")]
    observed_at: Option<Timestamp>,
    /// Where the journal is kept, under imports/
    #[arg(long, value_name = "DIR", default_value = "./creatorscope-data")]
    data_dir: PathBuf,
    /// A file or folder for rejected rows [default: beside the journal]
    #[arg(long, value_name = "PATH")]
    rejects: Option<PathBuf>,
    /// Print the report as JSON, without a progress bar
    #[arg(long)]
    json: bool,
    /// Send everything again, also what an interrupted import had settled
    #[arg(long)]
    restart: bool,
}

/// How an import ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every row was imported or known.
    Complete,
    /// Some rows or files were rejected; the report says which and why.
    Partial,
}

impl Outcome {
    /// The exit code of the command: 0 or 3. Failures are 1.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Partial => 3,
        }
    }
}

/// Imports files and prints the report. Errors: a mapping that cannot be used, a time in the future,
/// nobody at the endpoint, or a service that breaks off; what was acknowledged until then is kept, and the same command goes on
/// from there.
pub async fn run(args: ImportArgs) -> anyhow::Result<Outcome> {
    let now = Clock::system().now();
    let (mapping, options) = match args.format {
        Format::Youtube(options) => (None, options),
        Format::Csv { mapping, options } => (Some(read_mapping(&mapping)?), options),
    };
    if let Some(late) = options.observed_at.filter(|time| *time > now) {
        bail!("--observed-at {late} is in the future");
    }
    let mut sink = Remote::connect(&options.endpoint).await?;
    let plan = Plan {
        mapping,
        observed_at: options.observed_at,
        journal: options.data_dir.join("imports"),
        rejects: options.rejects,
        restart: options.restart,
        endpoint: options.endpoint,
        now,
    };
    let bar = Bar::new(&options.files, options.json);
    let mut report = Box::pin(pipeline::import(&plan, &options.files, &mut sink, &bar)).await;
    report.seconds = bar.elapsed().as_secs_f64();
    report.rows_per_second = report.total.rows as f64 / report.seconds.max(0.001);
    bar.clear();
    if options.json {
        print::json(&report)?;
    } else {
        print::table(&report);
    }
    match report.interrupted {
        Some(why) => {
            bail!("the import broke off: {why}; what was acknowledged is kept, the same command goes on from there")
        }
        None if report.is_complete() => Ok(Outcome::Complete),
        None => Ok(Outcome::Partial),
    }
}

fn read_mapping(path: &std::path::Path) -> anyhow::Result<(mapping::Mapping, String)> {
    let text = fs::read_to_string(path).with_context(|| format!("the mapping {}", path.display()))?;
    let mapping = mapping::read(&text).map_err(|problems| {
        anyhow::anyhow!("the mapping {} cannot be used:\n  {}", path.display(), problems.join("\n  "))
    })?;
    Ok((mapping, blake3::hash(text.as_bytes()).to_hex().to_string()))
}

#[cfg(test)]
mod real;

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        import: ImportArgs,
    }

    #[test]
    fn the_options_are_read_as_documented() {
        let line =
            ["x", "csv", "--mapping", "m.toml", "--observed-at", "2024-01-01T00:00:00Z", "--json", "a.csv", "b.csv"];
        let Format::Csv { mapping, options } = Program::parse_from(line).import.format else {
            panic!("csv was asked for")
        };
        assert_eq!((mapping, options.files.len()), (PathBuf::from("m.toml"), 2));
        assert_eq!((options.endpoint.as_str(), options.json, options.restart), ("http://127.0.0.1:8642", true, false));
        assert!(Program::try_parse_from(["x", "csv", "a.csv"]).is_err(), "a table needs a mapping");
        assert!(Program::try_parse_from(["x", "youtube"]).is_err(), "an import needs files");
    }
}

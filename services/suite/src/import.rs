//! Owns the command `import`: its options, and what it does from the first file to the exit code. Never how a row is read or sent.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use creatorscope_domain::{CreatorId, Platform};
use creatorscope_kit::clock::Clock;
use jiff::Timestamp;

mod accounts;
mod batch;
mod comment_ids;
mod containers;
mod dates;
mod documents;
mod draft;
mod encoding;
mod files;
mod html;
mod items;
mod journal;
mod kept;
mod lists;
mod literal;
mod mapping;
mod numbers;
mod parquet;
mod pipeline;
mod print;
mod problem;
mod profiles;
mod reading;
mod records;
mod rejects;
mod report;
mod rows;
mod scan;
mod send;
mod shapes;
mod source;
mod table;
mod values;

pub use problem::{Problem, Refusal};
pub use report::{AccountTally, CommentTally, CreatorTally, Example, FileReport, KeptTally, Report, Tally};

use crate::fetch::{self, LiveArgs};
use files::Plan;
use kept::Kept;
use print::Bar;
use send::{Remote, Sink};

/// Reads creators, posts and counts from files and sends them to a running suite.
#[derive(Debug, Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Format {
    /// JSON of the YouTube Data API v3: responses of channels.list, videos.list, commentThreads.list and comments.list, or their items
    #[command(after_help = YOUTUBE_EXAMPLES)]
    Youtube(YoutubeArgs),
    /// JSON of TikTok: Research and Display API, exports of its site and app, the copy of one's own data
    #[command(after_help = NATIVE_EXAMPLES)]
    Tiktok(NativeArgs),
    /// JSON of Instagram: Graph API with business_discovery, exports of its site and app
    #[command(after_help = NATIVE_EXAMPLES)]
    Instagram(NativeArgs),
    /// JSON of any of these platforms: each document is recognised by what is in it
    #[command(after_help = NATIVE_EXAMPLES)]
    Auto(NativeArgs),
    /// CSV, JSON, JSON by lines or Parquet through a mapping file that says which column is what
    #[command(visible_aliases = ["table", "jsonl", "parquet"], after_help = MAPPING_EXAMPLES)]
    Csv {
        /// The mapping file (TOML)
        #[arg(long, value_name = "FILE")]
        mapping: PathBuf,
        #[command(flatten)]
        options: Options,
    },
    /// Send the comments that were kept while the scoring service was away
    Kept {
        /// The running suite
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8642")]
        endpoint: String,
        /// Where the import keeps them, under kept/
        #[arg(long, value_name = "DIR", default_value = "./creatorscope-data")]
        data_dir: PathBuf,
    },
    /// Remove the kept comments on a creator's posts and by the creator
    Forget {
        /// The creator, e.g. youtube:UC_x5XG1OV2P6uZZ5FSM9Ttw
        creator: String,
        /// Where the import keeps them, under kept/
        #[arg(long, value_name = "DIR", default_value = "./creatorscope-data")]
        data_dir: PathBuf,
    },
}

const NATIVE_EXAMPLES: &str = "Examples:
  creatorscope import youtube channels.json videos.json comments.json.gz
  creatorscope import tiktok research-pages/           all files of a folder that fit; the others are listed
  creatorscope import instagram --creator nasa media.jsonl
  creatorscope import auto export.zip
  curl -s https://…/videos | creatorscope import youtube -
Files may be packed with gzip or lie in a zip archive. JSON may be one document, a list, or a document a line.
Comments go to the scoring service; while it is away they are kept under kept/ in the data folder, without their authors' names,
and sent at the next import or by `creatorscope import kept`.";

const YOUTUBE_EXAMPLES: &str = "Examples:
  creatorscope import youtube channels.json videos.json comments.json.gz
  creatorscope import youtube --api-key-file key.txt --channel @nasa --channel UC_x5XG1OV2P6uZZ5FSM9Ttw --videos 500
  curl -s https://…/videos | creatorscope import youtube -
With a key the live API is read within its quota of a day; when it is spent, the same command goes on the next day.
Files may be packed with gzip or lie in a zip archive. JSON may be one document, a list, or a document a line.
Comments go to the scoring service; while it is away they are kept under kept/ in the data folder, without their authors' names,
and sent at the next import or by `creatorscope import kept`.";

const MAPPING_EXAMPLES: &str = "Examples:
  creatorscope import csv --mapping deploy/mappings/tiktok_famous.toml posts.csv more/ old.csv.gz
  creatorscope import csv --mapping posts.toml posts.parquet posts.jsonl archive.zip
  zcat posts.csv.gz | creatorscope import csv --mapping posts.toml -
Mapping files are described in deploy/mappings/README.md; examples lie beside it.";

/// Arguments of YouTube's JSON.
#[derive(Debug, Args)]
struct YoutubeArgs {
    #[command(flatten)]
    native: NativeArgs,
    #[command(flatten)]
    live: LiveArgs,
}

/// Arguments of the platforms' own JSON.
#[derive(Debug, Args)]
struct NativeArgs {
    /// Whose documents are that do not say it, e.g. pages of TikTok's Display API without share_url [the name on the platform]
    #[arg(long, value_name = "NAME")]
    creator: Option<String>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
struct Options {
    /// Files, folders, or `-` for standard input
    #[arg(value_name = "PATH")]
    files: Vec<PathBuf>,
    /// The running suite
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8642")]
    endpoint: String,
    /// When the numbers were read, RFC 3339 [default: what the rows say, else when the file was last changed; remembered with its
    /// content]
    #[arg(long, value_name = "TIME")]
    observed_at: Option<Timestamp>,
    /// Where the journal is kept, under imports/, and comments while the scoring service is away, under kept/
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
    let clock = Clock::system();
    let mut live = None;
    let (mapping, platform, native) = match args.format {
        Format::Forget { creator, data_dir } => return forget(&creator, &data_dir, clock.now()),
        Format::Kept { endpoint, data_dir } => return send_kept(&endpoint, &data_dir, clock.now()).await,
        Format::Csv { mapping, options } => {
            (Some(read_mapping(&mapping)?), None, NativeArgs { creator: None, options })
        }
        Format::Youtube(args) => {
            live = Some(args.live).filter(LiveArgs::is_wanted);
            (None, Some(Platform::Youtube), args.native)
        }
        Format::Tiktok(args) => (None, Some(Platform::Tiktok), args),
        Format::Instagram(args) => (None, Some(Platform::Instagram), args),
        Format::Auto(args) => (None, None, args),
    };
    let NativeArgs { creator, mut options } = native;
    if options.files.is_empty() && live.is_none() {
        bail!(
            "an import needs files, folders or `-` for standard input{}",
            if platform == Some(Platform::Youtube) { ", or --api-key-file" } else { "" }
        );
    }
    let creator = creator.map(|creator| creator.trim_start_matches('@').to_owned());
    if let Some(late) = options.observed_at.filter(|time| *time > clock.now()) {
        bail!("--observed-at {late} is in the future");
    }
    let mut fetched = None;
    if let Some(live) = live {
        let pages = fetch::fetch(&live, &options.data_dir, &clock).await?;
        options.files.extend(pages.files.iter().cloned());
        fetched = Some(pages);
    }
    let now = clock.now();
    let mut sink = Remote::connect(&options.endpoint).await?;
    let plan = Plan {
        mapping,
        platform,
        creator,
        observed_at: options.observed_at,
        journal: options.data_dir.join("imports"),
        kept: options.data_dir.join("kept"),
        rejects: options.rejects,
        restart: options.restart,
        endpoint: options.endpoint,
        now,
    };
    let bar = Bar::new(options.json);
    let mut report = Box::pin(pipeline::import(&plan, &options.files, &mut sink, &bar)).await;
    report.seconds = bar.elapsed().as_secs_f64();
    report.rows_per_second = report.total.rows as f64 / report.seconds.max(0.001);
    bar.clear();
    if options.json {
        print::json(&report)?;
    } else {
        print::table(&report);
    }
    let stopped = fetched.as_ref().and_then(|pages| pages.stopped.clone());
    if let Some(pages) = fetched {
        print::live(&pages);
        if report.interrupted.is_none() {
            pages.discard()?;
        }
    }
    match report.interrupted {
        Some(why) => {
            bail!("the import broke off: {why}; what was acknowledged is kept, the same command goes on from there")
        }
        None if report.is_complete() && stopped.is_none() => Ok(Outcome::Complete),
        None => Ok(Outcome::Partial),
    }
}

async fn send_kept(endpoint: &str, folder: &Path, now: Timestamp) -> anyhow::Result<Outcome> {
    let kept = Kept::new(&folder.join("kept"), now).context("the kept comments")?;
    let mut sink = Remote::connect(endpoint).await?;
    if !sink.takes_comments().await? {
        bail!("the scoring service is away at {endpoint}; the kept comments stay");
    }
    let mut tally = KeptTally::default();
    let sent = pipeline::comments::send_kept(&mut sink, &kept, &mut tally).await;
    print::kept_alone(&tally, kept.removed);
    sent?;
    Ok(if tally.rejected == 0 { Outcome::Complete } else { Outcome::Partial })
}

fn forget(creator: &str, folder: &Path, now: Timestamp) -> anyhow::Result<Outcome> {
    let creator = CreatorId::parse(creator.strip_prefix("creators/").unwrap_or(creator))?;
    let mut kept = Kept::new(&folder.join("kept"), now).context("the kept comments")?;
    print::forgotten(&creator, kept.forget(&creator).context("the kept comments")?);
    Ok(Outcome::Complete)
}

fn read_mapping(path: &Path) -> anyhow::Result<(mapping::Mapping, String)> {
    let text = fs::read_to_string(path).with_context(|| format!("the mapping {}", path.display()))?;
    let mapping = mapping::read(&text).map_err(|problems| {
        anyhow::anyhow!("the mapping {} cannot be used:\n  {}", path.display(), problems.join("\n  "))
    })?;
    Ok((mapping, blake3::hash(text.as_bytes()).to_hex().to_string()))
}

#[cfg(test)]
mod dirt;
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
        assert!(Program::try_parse_from(["x", "youtube", "--api-key", "k"]).is_err(), "a key needs channels");
        let Format::Youtube(args) =
            Program::parse_from(["x", "youtube", "--api-key", "k", "--channel", "@nasa"]).import.format
        else {
            panic!("youtube was asked for")
        };
        assert!(args.live.is_wanted() && args.native.options.files.is_empty());
    }

    #[tokio::test]
    async fn an_import_without_files_and_key_says_what_it_needs() {
        for format in ["youtube", "tiktok", "auto"] {
            let error = run(Program::parse_from(["x", format]).import).await.expect_err("nothing to import");
            assert!(error.to_string().contains("needs files"), "{error}");
        }
    }
}

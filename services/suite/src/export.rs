//! Owns the command `export`: everything that a running suite knows, as JSON lines or Parquet. Never how a row is written.

mod columns;
mod lines;
mod parquet;
mod tables;
#[cfg(test)]
mod tests;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use creatorscope_kit::transport::Transport;
use creatorscope_proto::{
    discovery::v1::{
        Creator, SearchCreatorsRequest, WatchCreatorsRequest, discovery_service_client::DiscoveryServiceClient,
        watch_creators_response,
    },
    metrics::v1::{
        ExportRecordsRequest, ListMetricDefinitionsRequest, Observation, PostRecord,
        metrics_service_client::MetricsServiceClient,
    },
};
use serde::Serialize;
use tonic::Status;

use self::{lines::Lines, parquet::Table};
use crate::access;

/// Creators of a page, and of one request for their records.
const PAGE: i32 = 1_000;
/// The largest message that is read.
const MAX_MESSAGE: usize = 64 << 20;
/// Rows that Parquet files hold together in a row group.
const ROW_GROUP: usize = 50_000;

/// Writes what a running suite knows into files.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  creatorscope export --out backup
  creatorscope export --out beauty --format parquet --filter 'niche:beauty AND followers > 10000'
  creatorscope export --out profiles --only creators

creators.jsonl, posts.jsonl and observations.jsonl hold the messages Creator, PostRecord and Observation of the contracts, one a line:
they can be ingested again. Parquet files hold the same as columns.")]
pub struct ExportArgs {
    /// The folder to write into; made when it is not there
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// The form of the files
    #[arg(long, value_enum, default_value_t = Form::Jsonl)]
    format: Form,
    /// Only creators that this filter keeps; the language of SearchCreators
    #[arg(long, value_name = "FILTER", default_value = "")]
    filter: String,
    /// Only these; everything when left out
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND,…")]
    only: Vec<Kind>,
    /// The running suite
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8642")]
    endpoint: String,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// The form of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// JSON, one message a line
    Jsonl,
    /// Parquet, Zstandard-compressed
    Parquet,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Profiles with their metrics
    Creators,
    /// Posts with their first counts
    Posts,
    /// All other counts of posts and accounts
    Observations,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Creators, Self::Posts, Self::Observations];

    fn word(self) -> &'static str {
        match self {
            Self::Creators => "creators",
            Self::Posts => "posts",
            Self::Observations => "observations",
        }
    }
}

/// What was written.
#[derive(Debug, Default, Serialize)]
struct Report {
    creators: u64,
    posts: u64,
    observations: u64,
    files: Vec<PathBuf>,
}

/// Exports and prints the report. Errors: nobody at the endpoint, a bad filter, a folder that cannot be written; files are complete
/// or not there.
pub async fn run(args: ExportArgs) -> anyhow::Result<u8> {
    let suite = access::connect(&args.endpoint).await?;
    let report = write(suite, &args).await?;
    print(&report, args.json)?;
    Ok(0)
}

#[allow(clippy::print_stdout, reason = "the report is the command's output")]
fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
        return Ok(());
    }
    println!("{} creators, {} posts, {} further observations", report.creators, report.posts, report.observations);
    for file in &report.files {
        println!("  {}", file.display());
    }
    Ok(())
}

/// Where rows of one kind go.
enum File {
    Lines(Lines),
    Table(Box<Table>),
}

impl File {
    fn finish(self) -> anyhow::Result<PathBuf> {
        match self {
            Self::Lines(lines) => lines.finish(),
            Self::Table(table) => table.finish(),
        }
    }
}

struct Writer {
    creators: Option<File>,
    posts: Option<File>,
    observations: Option<File>,
    report: Report,
}

async fn write(suite: Transport, args: &ExportArgs) -> anyhow::Result<Report> {
    let mut discovery = DiscoveryServiceClient::new(suite.clone()).max_decoding_message_size(MAX_MESSAGE);
    let mut metrics = MetricsServiceClient::new(suite).max_decoding_message_size(MAX_MESSAGE);
    fs::create_dir_all(&args.out).with_context(|| format!("the folder {}", args.out.display()))?;
    let definitions = definitions(&mut metrics).await?;
    let mut writer = Writer::open(args, &definitions)?;
    if args.filter.trim().is_empty() {
        writer.all_creators(&mut discovery).await?;
        writer.records(&mut metrics, Vec::new()).await?;
    } else {
        writer.found_creators(&mut discovery, &mut metrics, &args.filter).await?;
    }
    writer.finish()
}

async fn definitions(metrics: &mut MetricsServiceClient<Transport>) -> anyhow::Result<Vec<String>> {
    let listed = metrics.list_metric_definitions(ListMetricDefinitionsRequest::default()).await;
    let listed = listed.map_err(|status| refused(&status))?.into_inner().metric_definitions;
    Ok(listed.into_iter().map(|definition| format!("{}@{}", definition.id, definition.version)).collect())
}

impl Writer {
    fn open(args: &ExportArgs, definitions: &[String]) -> anyhow::Result<Self> {
        let open = |kind: Kind| -> anyhow::Result<Option<File>> {
            if !args.only.is_empty() && !args.only.contains(&kind) {
                return Ok(None);
            }
            let path = |extension: &str| args.out.join(format!("{}.{extension}", kind.word()));
            Ok(Some(match args.format {
                Form::Jsonl => File::Lines(Lines::create(&path("jsonl"))?),
                Form::Parquet => {
                    File::Table(Box::new(Table::create(&path("parquet"), tables::columns(kind, definitions))?))
                }
            }))
        };
        let [creators, posts, observations] = Kind::ALL.map(open);
        Ok(Self { creators: creators?, posts: posts?, observations: observations?, report: Report::default() })
    }

    /// Every creator, from discovery's tables; what changes meanwhile may be told as it was or as it is.
    async fn all_creators(&mut self, discovery: &mut DiscoveryServiceClient<Transport>) -> anyhow::Result<()> {
        if self.creators.is_none() {
            return Ok(());
        }
        let mut stream = discovery
            .watch_creators(WatchCreatorsRequest::default())
            .await
            .map_err(|status| refused(&status))?
            .into_inner();
        while let Some(message) = stream.message().await.map_err(|status| refused(&status))? {
            match message.event {
                Some(watch_creators_response::Event::Creator(creator)) => self.creator(&creator)?,
                Some(watch_creators_response::Event::SnapshotEnd(_)) => return Ok(()),
                _ => {}
            }
        }
        bail!("the service closed the stream of creators early")
    }

    /// Creators that a filter keeps, page by page, and the records of each page.
    async fn found_creators(
        &mut self,
        discovery: &mut DiscoveryServiceClient<Transport>,
        metrics: &mut MetricsServiceClient<Transport>,
        filter: &str,
    ) -> anyhow::Result<()> {
        let mut page_token = String::new();
        loop {
            let request = SearchCreatorsRequest {
                filter: filter.to_owned(),
                page_size: PAGE,
                page_token,
                skip_total: true,
                ..SearchCreatorsRequest::default()
            };
            let page = discovery.search_creators(request).await.map_err(|status| refused(&status))?.into_inner();
            let mut names = Vec::with_capacity(page.creators.len());
            for creator in page.creators {
                self.creator(&creator)?;
                names.push(creator.name);
            }
            if !names.is_empty() {
                self.records(metrics, names).await?;
            }
            if page.next_page_token.is_empty() {
                return Ok(());
            }
            page_token = page.next_page_token;
        }
    }

    /// Posts and observations of creators; of all when none is named.
    async fn records(
        &mut self,
        metrics: &mut MetricsServiceClient<Transport>,
        creators: Vec<String>,
    ) -> anyhow::Result<()> {
        if self.posts.is_none() && self.observations.is_none() {
            return Ok(());
        }
        let request = ExportRecordsRequest { creators, ..ExportRecordsRequest::default() };
        let mut stream = metrics.export_records(request).await.map_err(|status| refused(&status))?.into_inner();
        while let Some(part) = stream.message().await.map_err(|status| refused(&status))? {
            for post in &part.posts {
                self.post(post)?;
            }
            for observation in &part.observations {
                self.observation(observation)?;
            }
        }
        Ok(())
    }

    fn creator(&mut self, creator: &Creator) -> anyhow::Result<()> {
        match &mut self.creators {
            Some(File::Lines(lines)) => lines.write(creator, "creatorscope.discovery.v1.Creator")?,
            Some(File::Table(table)) => table.push(|row| tables::creator(creator, row))?,
            None => return Ok(()),
        }
        self.report.creators += 1;
        Ok(())
    }

    fn post(&mut self, post: &PostRecord) -> anyhow::Result<()> {
        match &mut self.posts {
            Some(File::Lines(lines)) => lines.write(post, "creatorscope.metrics.v1.PostRecord")?,
            Some(File::Table(table)) => table.push(|row| tables::post(post, row))?,
            None => return Ok(()),
        }
        self.report.posts += 1;
        Ok(())
    }

    fn observation(&mut self, observation: &Observation) -> anyhow::Result<()> {
        match &mut self.observations {
            Some(File::Lines(lines)) => lines.write(observation, "creatorscope.metrics.v1.Observation")?,
            Some(File::Table(table)) => table.push(|row| tables::observation(observation, row))?,
            None => return Ok(()),
        }
        self.report.observations += 1;
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<Report> {
        for file in [self.creators, self.posts, self.observations].into_iter().flatten() {
            self.report.files.push(file.finish()?);
        }
        Ok(self.report)
    }
}

fn refused(status: &Status) -> anyhow::Error {
    anyhow::anyhow!("the service answered {:?}: {}", status.code(), status.message())
}

/// The name under which a file is written until it is complete.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    path.with_file_name(name)
}

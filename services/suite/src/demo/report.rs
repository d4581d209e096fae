//! Owns what the demo asks the running service, and the report made of the answers. Never the generator's figures.

mod averages;
mod commands;
mod distribution;
mod tables;

use std::time::Duration;

use anyhow::{Context, bail};
use creatorscope_domain::{Platform, Tier};
use creatorscope_kit::{fault::Code, transport::Transport};
use creatorscope_proto::discovery::v1::{
    GetDistributionRequest, GetDistributionResponse, SearchCreatorsRequest,
    discovery_service_client::DiscoveryServiceClient,
};
use serde::Serialize;

use self::{averages::Average, distribution::PlatformDistribution};
use super::console;

pub(super) use self::tables::text;

/// How long one call waits for the index before a note says so.
const WAIT: Duration = Duration::from_secs(15);
/// After how many such waits the demo gives up: 15 minutes.
const WAITS: u32 = 60;

/// The definitions of the table of averages.
const MEASURES: [&str; 4] = ["posts_per_week", "er.views", "views.mean", "followers"];

/// Everything that the demo reports.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Creators by followers.
    distributions: Vec<PlatformDistribution>,
    /// Averages per platform, tier and definition.
    averages: Vec<Average>,
    /// Commands to copy, each with what it shows.
    commands: Vec<commands::Command>,
}

/// Asks the service behind `transport`, whose address for people is `address`. The answers show all changes behind `tokens`;
/// `faces` are the creators that are loved, hated and quarrelled about.
pub(super) async fn ask(
    transport: Transport,
    address: &str,
    tokens: Vec<String>,
    faces: Vec<String>,
) -> anyhow::Result<Report> {
    let mut client = DiscoveryServiceClient::new(transport.clone());
    let answer = ask_distribution(&mut client, tokens.clone()).await?;
    let mut cohorts: Vec<(Platform, Tier)> = Platform::ALL.iter().map(|platform| (*platform, Tier::Micro)).collect();
    cohorts.push((Platform::Tiktok, Tier::Nano));
    let mut averages = averages::ask(transport, &cohorts, &MEASURES, tokens.clone(), WAITS).await?;
    // Of nano only its pace is shown, beside micro's.
    averages.retain(|average| average.tier == Tier::Micro || average.definition == MEASURES[0]);
    let example = example(&mut client, tokens).await?;
    Ok(Report {
        distributions: answer.distributions.iter().map(PlatformDistribution::read).collect(),
        averages,
        commands: commands::all(address, &example, &faces),
    })
}

/// The name of one of the TikTok micro creators, for the commands to copy.
async fn example(client: &mut DiscoveryServiceClient<Transport>, read_after: Vec<String>) -> anyhow::Result<String> {
    let request = SearchCreatorsRequest {
        filter: format!("platform = {} AND tier = {} AND synthetic = true", Platform::Tiktok, Tier::Micro),
        page_size: 1,
        read_mask: Some(prost_types::FieldMask { paths: vec!["name".to_owned()] }),
        read_after,
        ..SearchCreatorsRequest::default()
    };
    let page = client.search_creators(request).await.context("asking for an example")?.into_inner();
    let name = page.creators.into_iter().next().map(|creator| creator.name);
    Ok(name.unwrap_or_else(|| "creators/tiktok:demo".to_owned()))
}

/// Waits until the index shows what was sent, and says so while it does.
async fn ask_distribution(
    client: &mut DiscoveryServiceClient<Transport>,
    read_after: Vec<String>,
) -> anyhow::Result<GetDistributionResponse> {
    let request = GetDistributionRequest { filter: "synthetic = true".to_owned(), buckets_per_decade: 2, read_after };
    for _ in 0..WAITS {
        match tokio::time::timeout(WAIT, client.get_distribution(request.clone())).await {
            Ok(Ok(answer)) => return Ok(answer.into_inner()),
            Ok(Err(status)) if status.code() != Code::DeadlineExceeded => {
                return Err(status).context("asking for the distribution");
            }
            Ok(Err(_)) | Err(_) => console::note("computing the metrics and building the index …"),
        }
    }
    bail!("the index did not show the demo's creators within {} minutes", WAIT.as_secs() * u64::from(WAITS) / 60)
}

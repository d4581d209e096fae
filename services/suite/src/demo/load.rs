//! Owns how the population enters the running suite: batches over the same calls that every client uses. Never what is in it.
//!
//! A thread generates and fills four short channels, one for each stream; it waits while the services are busy, so that
//! memory is bounded by a few batches.

use std::{mem, sync::Arc};

use anyhow::{Context, bail};
use creatorscope_kit::{task, transport::Transport};
use creatorscope_proto::{
    common::v1::{FieldViolation, ItemRejection},
    discovery::v1::{
        IngestCreatorsRequest, discovery_service_client::DiscoveryServiceClient, ingest_creators_response::Outcome,
    },
    metrics::v1::{IngestObservationsRequest, IngestPostsRequest, metrics_service_client::MetricsServiceClient},
    scoring::v1::{IngestCommentsRequest, scoring_service_client::ScoringServiceClient},
};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use super::{console::Progress, population::Population};

/// Batches that may wait for a service.
const WAITING: usize = 2;
/// Profiles in a batch.
const CREATORS: usize = 500;
/// Posts or observations from which a batch is sent. A creator's items stay together, so that its metrics change once, and
/// none has so many that a batch passes the limit of 5 000.
const RECORDS: usize = 2_500;

/// Sends the population and answers with the change tokens behind which everything of it is seen.
pub(super) async fn load(transport: Transport, population: Population) -> anyhow::Result<Vec<String>> {
    let progress = Arc::new(Progress::start(population.len() as u64));
    let (creators, creator_batches) = channel(WAITING);
    let (posts, post_batches) = channel(WAITING);
    let (observations, observation_batches) = channel(WAITING);
    let (comments, comment_batches) = channel(WAITING);
    let generated = Arc::clone(&progress);
    let channels = Channels { creators, posts, observations, comments };
    let generating = task::blocking(move || generate(population, &channels, &generated));
    let (profiles, counts, accounts, (), ()) = tokio::try_join!(
        send_creators(transport.clone(), creator_batches),
        send_posts(transport.clone(), post_batches, &progress),
        send_observations(transport.clone(), observation_batches, &progress),
        send_comments(transport, comment_batches, &progress),
        async { generating.await.context("generating the population") },
    )?;
    progress.finish();
    Ok([profiles, counts, accounts].into_iter().filter(|token| !token.is_empty()).collect())
}

/// Where batches go.
struct Channels {
    creators: Sender<IngestCreatorsRequest>,
    posts: Sender<IngestPostsRequest>,
    observations: Sender<IngestObservationsRequest>,
    comments: Sender<IngestCommentsRequest>,
}

/// Fills the channels until the population ends or a service no longer takes anything; that service's stream tells why.
fn generate(population: Population, channels: &Channels, progress: &Progress) {
    let Channels { creators, posts, observations, comments } = channels;
    let (mut profiles, mut records, mut counts, mut remarks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut left = population.len();
    for member in population {
        profiles.push(member.creator);
        records.extend(member.posts);
        counts.extend(member.observations);
        remarks.extend(member.comments);
        left -= 1;
        let least = |least| if left == 0 { 1 } else { least };
        let open = hand_over(&mut profiles, least(CREATORS), creators, |creators| IngestCreatorsRequest { creators })
            && hand_over(&mut records, least(RECORDS), posts, |records| IngestPostsRequest { records })
            && hand_over(&mut counts, least(RECORDS), observations, |observations| IngestObservationsRequest {
                observations,
            })
            && hand_over(&mut remarks, least(RECORDS), comments, |comments| IngestCommentsRequest { comments });
        if !open {
            return;
        }
        progress.creator();
    }
}

/// Sends the items when there are enough. Answers whether the service still takes any.
fn hand_over<T, R>(items: &mut Vec<T>, least: usize, channel: &Sender<R>, request: impl Fn(Vec<T>) -> R) -> bool {
    if items.len() < least {
        return !channel.is_closed();
    }
    channel.blocking_send(request(mem::take(items))).is_ok()
}

async fn send_creators(transport: Transport, batches: Receiver<IngestCreatorsRequest>) -> anyhow::Result<String> {
    let mut client = DiscoveryServiceClient::new(transport);
    let mut answers =
        client.ingest_creators(ReceiverStream::new(batches)).await.context("sending profiles")?.into_inner();
    let mut token = String::new();
    while let Some(answer) = answers.message().await.context("sending profiles")? {
        for result in &answer.results {
            if result.outcome() == Outcome::Rejected {
                bail!("{}", refusal(&result.name, &result.violations));
            }
        }
        keep_last(&mut token, answer.change_token);
    }
    Ok(token)
}

async fn send_posts(
    transport: Transport,
    batches: Receiver<IngestPostsRequest>,
    progress: &Progress,
) -> anyhow::Result<String> {
    let mut client = MetricsServiceClient::new(transport);
    let mut answers = client.ingest_posts(ReceiverStream::new(batches)).await.context("sending posts")?.into_inner();
    let mut token = String::new();
    while let Some(answer) = answers.message().await.context("sending posts")? {
        refuse_rejections(&answer.rejections)?;
        progress.posts(taken(answer.accepted_count, answer.duplicate_count));
        keep_last(&mut token, answer.change_token);
    }
    Ok(token)
}

async fn send_observations(
    transport: Transport,
    batches: Receiver<IngestObservationsRequest>,
    progress: &Progress,
) -> anyhow::Result<String> {
    let mut client = MetricsServiceClient::new(transport);
    let requests = ReceiverStream::new(batches);
    let mut answers = client.ingest_observations(requests).await.context("sending observations")?.into_inner();
    let mut token = String::new();
    while let Some(answer) = answers.message().await.context("sending observations")? {
        refuse_rejections(&answer.rejections)?;
        progress.observations(taken(answer.accepted_count, answer.duplicate_count));
        keep_last(&mut token, answer.change_token);
    }
    Ok(token)
}

/// Searches do not wait for what comes of comments, so there is no token to answer with.
async fn send_comments(
    transport: Transport,
    batches: Receiver<IngestCommentsRequest>,
    progress: &Progress,
) -> anyhow::Result<()> {
    let mut client = ScoringServiceClient::new(transport);
    let requests = ReceiverStream::new(batches);
    let mut answers = client.ingest_comments(requests).await.context("sending comments")?.into_inner();
    while let Some(answer) = answers.message().await.context("sending comments")? {
        refuse_rejections(&answer.rejections)?;
        progress.comments(taken(answer.accepted_count, answer.duplicate_count) + taken(answer.updated_count, 0));
    }
    Ok(())
}

fn taken(accepted: i32, duplicate: i32) -> u64 {
    u64::try_from(accepted).unwrap_or(0) + u64::try_from(duplicate).unwrap_or(0)
}

fn keep_last(token: &mut String, newer: String) {
    if !newer.is_empty() {
        *token = newer;
    }
}

fn refuse_rejections(rejections: &[ItemRejection]) -> anyhow::Result<()> {
    match rejections.first() {
        Some(first) => bail!("{}", refusal(&first.name, &first.violations)),
        None => Ok(()),
    }
}

fn refusal(name: &str, violations: &[FieldViolation]) -> String {
    let reasons: Vec<String> =
        violations.iter().map(|violation| format!("{}: {}", violation.field, violation.description)).collect();
    format!("{name} was not taken: {} (is the clock of this machine right?)", reasons.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::population::END;

    #[test]
    fn batches_hold_everything_and_stay_below_the_limit() {
        let creators = 300;
        let (creator_sender, mut creator_batches) = channel(1_000);
        let (post_sender, mut post_batches) = channel(1_000);
        let (observation_sender, mut observation_batches) = channel(1_000);
        let (comment_sender, mut comment_batches) = channel(1_000);
        let progress = Progress::start(creators as u64);
        let channels = Channels {
            creators: creator_sender,
            posts: post_sender,
            observations: observation_sender,
            comments: comment_sender,
        };
        generate(Population::new(7, creators, END), &channels, &progress);
        drop(channels);
        let (mut profiles, mut posts, mut observations, mut comments) = (0, 0, 0, 0);
        while let Some(batch) = comment_batches.blocking_recv() {
            assert!((1..=5_000).contains(&batch.comments.len()));
            comments += batch.comments.len();
        }
        while let Some(batch) = creator_batches.blocking_recv() {
            profiles += batch.creators.len();
        }
        while let Some(batch) = post_batches.blocking_recv() {
            assert!(batch.records.len() <= 5_000);
            posts += batch.records.len();
        }
        while let Some(batch) = observation_batches.blocking_recv() {
            assert!(batch.observations.len() <= 5_000);
            observations += batch.observations.len();
        }
        let expected: Vec<(usize, usize)> =
            Population::new(7, creators, END).map(|member| (member.posts.len(), member.observations.len())).collect();
        assert_eq!(profiles, creators);
        let said = Population::new(7, creators, END).map(|member| member.comments.len());
        assert_eq!(comments, said.sum::<usize>());
        assert_eq!(posts, expected.iter().map(|(posts, _)| posts).sum::<usize>());
        assert_eq!(observations, expected.iter().map(|(_, observations)| observations).sum::<usize>());
    }

    #[test]
    fn generating_ends_when_a_service_takes_nothing_more() {
        let (creator_sender, creator_batches) = channel(1);
        let (post_sender, _post_batches) = channel(1_000);
        let (observation_sender, _observation_batches) = channel(1_000);
        let (comment_sender, _comment_batches) = channel(1_000);
        let channels = Channels {
            creators: creator_sender,
            posts: post_sender,
            observations: observation_sender,
            comments: comment_sender,
        };
        drop(creator_batches);
        let progress = Progress::start(1_000_000);
        generate(Population::new(7, 1_000_000, END), &channels, &progress);
    }
}

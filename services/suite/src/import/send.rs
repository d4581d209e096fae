//! Owns the streams to the services and what their answers say. Never which rows are behind an answer.

use std::time::Duration;

use anyhow::{Context, bail};
use creatorscope_kit::transport::Transport;
use creatorscope_proto::common::v1::{FieldViolation, ItemConflict, ItemRejection};
use creatorscope_proto::discovery::v1::ingest_creators_response::Outcome;
use creatorscope_proto::discovery::v1::{
    Contact, Creator, IngestCreatorsRequest, IngestCreatorsResponse, UpdateContactRequest,
    discovery_service_client::DiscoveryServiceClient,
};
use creatorscope_proto::metrics::v1::{
    IngestObservationsRequest, IngestObservationsResponse, IngestPostsRequest, IngestPostsResponse, Observation,
    PostRecord, metrics_service_client::MetricsServiceClient,
};
use creatorscope_proto::scoring::v1::{
    Comment, IngestCommentsRequest, IngestCommentsResponse, scoring_service_client::ScoringServiceClient,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use super::problem::Problem;
use crate::access;

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(120);
/// Most messages of one stream that wait for their answer.
pub(super) const IN_FLIGHT: usize = 16;

/// What one message carries; answers come in the order of the messages of one kind.
#[derive(Debug)]
pub(super) enum Message {
    Posts(Vec<PostRecord>),
    Observations(Vec<Observation>),
    Creators(Vec<Creator>),
    Comments(Vec<Comment>),
}

/// Which stream an answer is wanted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Posts,
    Observations,
    Creators,
    Comments,
}

/// What came of the items of one message.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Items that brought something new.
    pub(super) imported: u64,
    /// Items that were known.
    pub(super) duplicate: u64,
    /// Of these, known with other counts.
    pub(super) conflicting: u64,
    /// Items that were not taken, by their place in the message.
    pub(super) rejected: Vec<(usize, Vec<Problem>)>,
    /// What was done with each profile; empty for other messages.
    pub(super) outcomes: Vec<Outcome>,
    /// Which message of the stream it answers, from 1.
    sequence: i64,
}

/// Where messages go.
pub(super) trait Sink {
    /// Sends a message without waiting for its answer; at most [`IN_FLIGHT`] of a stream may wait.
    async fn send(&mut self, message: Message) -> anyhow::Result<()>;
    /// Waits for the next answer of a stream.
    async fn answer(&mut self, stream: Stream) -> anyhow::Result<Answer>;
    /// Whether somebody is there who takes comments.
    async fn takes_comments(&mut self) -> anyhow::Result<bool>;
    /// Replaces the ways to reach a creator that is known. The inner error is what the service has against them.
    async fn contact(&mut self, contact: Contact) -> anyhow::Result<Result<(), String>>;
}

/// A running suite.
pub(super) struct Remote {
    metrics: MetricsServiceClient<Transport>,
    discovery: DiscoveryServiceClient<Transport>,
    scoring: ScoringServiceClient<Transport>,
    posts: Option<Lane<IngestPostsRequest, IngestPostsResponse>>,
    observations: Option<Lane<IngestObservationsRequest, IngestObservationsResponse>>,
    creators: Option<Lane<IngestCreatorsRequest, IngestCreatorsResponse>>,
    comments: Option<Lane<IngestCommentsRequest, IngestCommentsResponse>>,
}

/// One open stream.
struct Lane<Q, A> {
    messages: mpsc::Sender<Q>,
    answers: Streaming<A>,
    answered: i64,
}

impl Remote {
    /// Connects to the suite. Errors: an endpoint that is no address, or nobody there.
    pub(super) async fn connect(endpoint: &str) -> anyhow::Result<Self> {
        let suite = access::connect(endpoint).await?;
        let (metrics, discovery) =
            (MetricsServiceClient::new(suite.clone()), DiscoveryServiceClient::new(suite.clone()));
        let scoring = ScoringServiceClient::new(suite);
        Ok(Self { metrics, discovery, scoring, posts: None, observations: None, creators: None, comments: None })
    }
}

impl Sink for Remote {
    async fn send(&mut self, message: Message) -> anyhow::Result<()> {
        match message {
            Message::Posts(records) => {
                let (client, request) = (&mut self.metrics, IngestPostsRequest { records });
                send(&mut self.posts, request, |requests| async { client.ingest_posts(requests).await }).await
            }
            Message::Observations(observations) => {
                let (client, request) = (&mut self.metrics, IngestObservationsRequest { observations });
                send(&mut self.observations, request, |requests| async { client.ingest_observations(requests).await })
                    .await
            }
            Message::Creators(creators) => {
                let (client, request) = (&mut self.discovery, IngestCreatorsRequest { creators });
                send(&mut self.creators, request, |requests| async { client.ingest_creators(requests).await }).await
            }
            Message::Comments(comments) => {
                let (client, request) = (&mut self.scoring, IngestCommentsRequest { comments });
                send(&mut self.comments, request, |requests| async { client.ingest_comments(requests).await }).await
            }
        }
    }

    async fn answer(&mut self, stream: Stream) -> anyhow::Result<Answer> {
        match stream {
            Stream::Posts => answer(&mut self.posts).await,
            Stream::Observations => answer(&mut self.observations).await,
            Stream::Creators => answer(&mut self.creators).await,
            Stream::Comments => answer(&mut self.comments).await,
        }
    }

    /// Asks with an empty stream: a service that is away or does not have the method says so at once.
    async fn takes_comments(&mut self) -> anyhow::Result<bool> {
        let ask = async {
            let mut answers = self.scoring.ingest_comments(tokio_stream::empty()).await?.into_inner();
            answers.message().await
        };
        match timeout(DEADLINE, ask).await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(status)) if matches!(status.code(), Code::Unimplemented | Code::Unavailable) => Ok(false),
            Ok(Err(status)) => Err(refused(&status)),
            Err(_) => Ok(false),
        }
    }

    async fn contact(&mut self, contact: Contact) -> anyhow::Result<Result<(), String>> {
        let request = UpdateContactRequest { contact: Some(contact) };
        let answer = timeout(DEADLINE, self.discovery.update_contact(request)).await;
        match answer.with_context(|| format!("the service did not answer for {} s", DEADLINE.as_secs()))? {
            Ok(_) => Ok(Ok(())),
            Err(status) if matches!(status.code(), Code::InvalidArgument | Code::FailedPrecondition) => {
                Ok(Err(status.message().to_owned()))
            }
            Err(status) => Err(refused(&status)),
        }
    }
}

/// Sends over a lane; the first message opens it.
async fn send<Q, A, F, R>(lane: &mut Option<Lane<Q, A>>, message: Q, open: F) -> anyhow::Result<()>
where
    F: FnOnce(ReceiverStream<Q>) -> R,
    R: Future<Output = Result<tonic::Response<Streaming<A>>, Status>>,
{
    if let Some(lane) = lane {
        return match timeout(DEADLINE, lane.messages.send(message)).await {
            Ok(Ok(())) => Ok(()),
            // The service has closed the stream: its reason is its next answer.
            Ok(Err(_)) => match lane.answers.message().await {
                Err(status) => Err(refused(&status)),
                Ok(_) => bail!("the service closed the stream"),
            },
            Err(_) => bail!("the service took no message for {} s", DEADLINE.as_secs()),
        };
    }
    let (messages, queue) = mpsc::channel(IN_FLIGHT + 1);
    messages.send(message).await.map_err(|_| anyhow::anyhow!("the stream was closed before it was opened"))?;
    let opened = timeout(DEADLINE, open(ReceiverStream::new(queue))).await;
    let Ok(opened) = opened else { bail!("the service did not open a stream within {} s", DEADLINE.as_secs()) };
    let answers = opened.map_err(|status| refused(&status))?.into_inner();
    *lane = Some(Lane { messages, answers, answered: 0 });
    Ok(())
}

async fn answer<Q, A>(lane: &mut Option<Lane<Q, A>>) -> anyhow::Result<Answer>
where
    Answer: From<A>,
{
    let Some(lane) = lane else { bail!("no message was sent that could be answered") };
    let Ok(received) = timeout(DEADLINE, lane.answers.message()).await else {
        bail!("the service did not answer within {} s", DEADLINE.as_secs());
    };
    let Some(received) = received.map_err(|status| refused(&status))? else {
        bail!("the service closed the stream early")
    };
    let answer = Answer::from(received);
    lane.answered += 1;
    if answer.sequence != lane.answered {
        bail!("the service answered message {} where {} was due", answer.sequence, lane.answered);
    }
    Ok(answer)
}

fn refused(status: &Status) -> anyhow::Error {
    anyhow::anyhow!("the service answered {:?}: {}", status.code(), status.message())
}

impl From<IngestPostsResponse> for Answer {
    fn from(response: IngestPostsResponse) -> Self {
        let counts = (response.accepted_count, response.duplicate_count);
        of_counts(response.sequence, counts, &response.conflicts, response.rejections)
    }
}

impl From<IngestObservationsResponse> for Answer {
    fn from(response: IngestObservationsResponse) -> Self {
        let counts = (response.accepted_count, response.duplicate_count);
        of_counts(response.sequence, counts, &response.conflicts, response.rejections)
    }
}

impl From<IngestCreatorsResponse> for Answer {
    fn from(response: IngestCreatorsResponse) -> Self {
        let mut answer = Self { sequence: response.sequence, ..Self::default() };
        for (place, result) in response.results.into_iter().enumerate() {
            let outcome = result.outcome();
            match outcome {
                Outcome::Created | Outcome::Updated => answer.imported += 1,
                Outcome::Unchanged | Outcome::Stale => answer.duplicate += 1,
                Outcome::Rejected | Outcome::Unspecified => answer.rejected.push((place, problems(result.violations))),
            }
            answer.outcomes.push(outcome);
        }
        answer
    }
}

impl From<IngestCommentsResponse> for Answer {
    fn from(response: IngestCommentsResponse) -> Self {
        let new = response.accepted_count.saturating_add(response.updated_count);
        of_counts(response.sequence, (new, response.duplicate_count), &[], response.rejections)
    }
}

fn of_counts(sequence: i64, counts: (i32, i32), conflicts: &[ItemConflict], rejections: Vec<ItemRejection>) -> Answer {
    let rejected = rejections
        .into_iter()
        .map(|item| (usize::try_from(item.index).unwrap_or(usize::MAX), problems(item.violations)));
    Answer {
        imported: u64::try_from(counts.0).unwrap_or_default(),
        duplicate: u64::try_from(counts.1).unwrap_or_default(),
        conflicting: conflicts.len() as u64,
        rejected: rejected.collect(),
        outcomes: Vec::new(),
        sequence,
    }
}

fn problems(violations: Vec<FieldViolation>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = violations
        .into_iter()
        .map(|violation| {
            let mut problem = Problem::of_field(&violation.field, "", "", violation.description);
            problem.reason = violation.reason.into();
            problem
        })
        .collect();
    if problems.is_empty() {
        problems.push(Problem::of_row("REJECTED", "", "the service gave no reason"));
    }
    problems
}

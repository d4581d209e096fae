//! Owns calls to the metrics service, and what other services answer in place of what they were asked for. Never what becomes of the answers.

use creatorscope_domain::CreatorId;
use creatorscope_kit::{fault::Code, token::Token, transport::Transport};
use creatorscope_proto::{
    common::v1::MetricValue,
    metrics::v1::{self as pb, EraseCreatorMetricsResponse, metrics_service_client::MetricsServiceClient},
};
use futures::{StreamExt, stream::BoxStream};
use thiserror::Error;
use tonic::Status;

use crate::{
    convert::{self, Definitions, Told, posts::PostsTold},
    progress::METRICS,
};

/// Longest message that is taken, in bytes: the metrics of a creator, or the whole registry.
const MAX_MESSAGE: usize = 64 << 20;

/// What another service answered in place of what it was asked for.
#[derive(Debug, Error)]
#[error("the other service answered {}: {}", .0.code(), .0.message())]
pub(crate) struct PeerError(Box<Status>);

impl PeerError {
    /// Whether its log no longer reaches back to the token.
    pub(crate) fn is_expired(&self) -> bool {
        self.0.code() == Code::OutOfRange
    }

    /// Whether it cannot be reached now, or is too old to know what it is asked.
    pub(crate) fn is_away(&self) -> bool {
        matches!(self.0.code(), Code::Unavailable | Code::Unimplemented)
    }
}

impl From<Status> for PeerError {
    fn from(status: Status) -> Self {
        Self(Box::new(status))
    }
}

impl From<PeerError> for Status {
    fn from(error: PeerError) -> Self {
        *error.0
    }
}

/// What the metrics service tells, in order.
pub(crate) type Tidings = BoxStream<'static, Result<Told, PeerError>>;

/// The metrics service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Metrics(MetricsServiceClient<Transport>);

impl Metrics {
    pub(crate) fn new(transport: Transport) -> Self {
        Self(MetricsServiceClient::new(transport).max_decoding_message_size(MAX_MESSAGE))
    }

    /// All definitions.
    pub(crate) async fn definitions(&self) -> Result<Definitions, PeerError> {
        let mut definitions = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListMetricDefinitionsRequest { page_size: 0, page_token };
            let page = self.0.clone().list_metric_definitions(request).await?.into_inner();
            definitions.extend(page.metric_definitions);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(Definitions::of(definitions));
            }
        }
    }

    /// Where the metrics service's log is now; none when it does not answer.
    pub(crate) async fn head(mut self) -> Option<i64> {
        let request = pb::WatchMetricsRequest { skip_snapshot: true, ..Default::default() };
        let message = self.0.watch_metrics(request).await.ok()?.into_inner().message().await.ok()??;
        Token::parse(&message.resume_token, "resume_token").ok().map(|token| token.position)
    }

    /// All metrics in their default windows, growth in all: from the token on, or from a snapshot on when it is empty.
    pub(crate) async fn watch(&self, resume_token: &str, definitions: Definitions) -> Result<Tidings, PeerError> {
        let request = pb::WatchMetricsRequest {
            resume_token: resume_token.to_owned(),
            additional_selections: definitions.additional_selections(),
            ..Default::default()
        };
        let messages = self.0.clone().watch_metrics(request).await?.into_inner();
        Ok(messages.map(move |message| Ok(convert::told(message?, &definitions))).boxed())
    }

    /// The metrics of creators with their standing in their cohorts, in the order asked for; empty for all definitions.
    pub(crate) async fn with_standing(
        &self,
        names: Vec<String>,
        definitions: Vec<String>,
    ) -> Result<Vec<Vec<MetricValue>>, PeerError> {
        let selection = pb::MetricSelection { definitions, ..Default::default() };
        let request = pb::BatchGetCreatorMetricsRequest {
            names,
            selection: Some(selection),
            with_standing: true,
            ..Default::default()
        };
        let answer = self.0.clone().batch_get_creator_metrics(request).await?.into_inner();
        Ok(answer.entries.into_iter().map(|entry| entry.metrics.unwrap_or_default().values).collect())
    }

    /// All posts: from the position on, or from a snapshot on when there is none.
    pub(crate) async fn watch_posts(
        &self,
        after: Option<i64>,
    ) -> Result<BoxStream<'static, Result<PostsTold, PeerError>>, PeerError> {
        let resume_token = after.map(|position| Token::new(METRICS, position).to_string()).unwrap_or_default();
        let request = pb::WatchPostsRequest { resume_token, tell_progress: true, ..Default::default() };
        let messages = self.0.clone().watch_posts(request).await?.into_inner();
        Ok(messages.map(|message| Ok(convert::posts::told(message?))).boxed())
    }

    /// Removes everything about a creator's posts and counts.
    pub(crate) async fn erase(&self, id: &CreatorId) -> Result<EraseCreatorMetricsResponse, PeerError> {
        let request = pb::EraseCreatorMetricsRequest { name: id.name() };
        Ok(self.0.clone().erase_creator_metrics(request).await?.into_inner())
    }
}

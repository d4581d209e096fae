//! Owns calls to the metrics service. Never what becomes of the answers.

use creatorscope_domain::{Platform, PostName, Tier};
use creatorscope_kit::{token::Token, transport::Transport};
use creatorscope_proto::metrics::v1::{
    self as pb, CreatorMetrics, PostState, WatchPostsResponse, metrics_service_client::MetricsServiceClient,
    observation::Counts,
};
use futures::{Stream, StreamExt};
use tonic::Status;

use super::PeerError;

/// Readings of one post that are taken from its past.
const MOST_READINGS: usize = 10_000;
/// Creators that one call asks for.
const BATCH: usize = 500;

/// The metrics service. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(MetricsServiceClient<Transport>);

fn failed(status: Status) -> PeerError {
    PeerError::new("metrics", status)
}

impl Metrics {
    /// A client over a transport.
    pub fn new(transport: Transport) -> Self {
        Self(MetricsServiceClient::new(transport).max_decoding_message_size(64 << 20))
    }

    /// Where the metrics service's log is now; none when it does not answer.
    pub async fn head(mut self) -> Option<i64> {
        let request = pb::WatchMetricsRequest { skip_snapshot: true, ..Default::default() };
        let message = self.0.watch_metrics(request).await.ok()?.into_inner().message().await.ok()??;
        Token::parse(&message.resume_token, "resume_token").ok().map(|token| token.position)
    }

    /// One post; none when it is not known.
    pub async fn post(&self, name: &str) -> Result<Option<PostState>, PeerError> {
        match self.0.clone().get_post(pb::GetPostRequest { name: name.to_owned() }).await.map_err(failed) {
            Ok(answer) => Ok(answer.into_inner().post),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What was counted of a post before: all readings that are stored, up to 10 000, oldest first.
    pub async fn history(&self, post: &PostName) -> Result<Vec<PostState>, PeerError> {
        let request = pb::ExportRecordsRequest { creators: vec![post.creator.name()], ..Default::default() };
        let mut parts = self.0.clone().export_records(request).await.map_err(failed)?.into_inner();
        let (wanted, mut found) = (post.to_string(), Vec::new());
        while let Some(part) = parts.message().await.map_err(failed)? {
            for one in part.observations.into_iter().filter(|one| one.subject == wanted) {
                if let Some(Counts::Post(counts)) = one.counts {
                    let (observe_time, source) = (one.observe_time, one.source);
                    found.push(PostState { counts: Some(counts), observe_time, source, ..Default::default() });
                }
            }
            if found.len() >= MOST_READINGS {
                break;
            }
        }
        found.truncate(MOST_READINGS);
        Ok(found)
    }

    /// The metrics of creators with their standing, in the order of the names; none for those of whom nothing was observed.
    pub async fn creators(
        &self,
        names: &[String],
        definitions: &[&str],
    ) -> Result<Vec<Option<CreatorMetrics>>, PeerError> {
        let mut found = Vec::with_capacity(names.len());
        for batch in names.chunks(BATCH) {
            let definitions = definitions.iter().map(|&definition| definition.to_owned()).collect();
            let request = pb::BatchGetCreatorMetricsRequest {
                names: batch.to_vec(),
                selection: Some(pb::MetricSelection { definitions, ..Default::default() }),
                with_standing: true,
                ..Default::default()
            };
            let answer = self.0.clone().batch_get_creator_metrics(request).await.map_err(failed)?.into_inner();
            found.extend(answer.entries.into_iter().map(|entry| entry.metrics));
        }
        // Fewer entries than names would shift every answer behind them.
        found.resize(names.len(), None);
        Ok(found)
    }

    /// How definitions are distributed among the creators of a platform and tier; wider where these are too few.
    pub async fn benchmark(
        &self,
        platform: Platform,
        tier: Tier,
        definitions: &[&str],
    ) -> Result<Vec<pb::Benchmark>, PeerError> {
        let cohort = pb::Cohort { platform: platform.number(), tier: tier.number(), ..Default::default() };
        let definitions = definitions.iter().map(|&definition| definition.to_owned()).collect();
        let request = pb::GetBenchmarkRequest { cohort: Some(cohort), definitions, ..Default::default() };
        Ok(self.0.clone().get_benchmark(request).await.map_err(failed)?.into_inner().benchmarks)
    }

    /// All posts as they are and as they change, from behind a resume token on; from a snapshot on when that is empty.
    pub async fn watch_posts(
        &self,
        resume_token: &str,
    ) -> Result<impl Stream<Item = Result<WatchPostsResponse, PeerError>> + Send + use<>, PeerError> {
        let request =
            pb::WatchPostsRequest { resume_token: resume_token.to_owned(), tell_progress: true, ..Default::default() };
        let stream = self.0.clone().watch_posts(request).await.map_err(failed)?.into_inner();
        Ok(stream.map(|message| message.map_err(failed)))
    }
}

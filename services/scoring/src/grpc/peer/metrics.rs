//! Owns calls to the metrics service. Never what becomes of the answers.

use creatorscope_domain::CreatorId;
use creatorscope_kit::transport::Transport;
use creatorscope_proto::metrics::v1::{self as pb, metrics_service_client::MetricsServiceClient};
use tonic::Status;

use super::PeerError;

/// Creators that one call asks for.
const BATCH: usize = 500;

/// The metrics service. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(pub(crate) MetricsServiceClient<Transport>);

fn failed(status: Status) -> PeerError {
    PeerError::new("metrics", status)
}

impl Metrics {
    /// A client over a transport.
    pub fn new(transport: Transport) -> Self {
        Self(MetricsServiceClient::new(transport).max_decoding_message_size(64 << 20))
    }

    /// The newest posts of a creator, up to `limit` (1 to 1 000); none of a creator that is not known.
    pub async fn posts(&self, creator: &CreatorId, limit: usize) -> Result<Vec<pb::PostState>, PeerError> {
        let page_size = i32::try_from(limit.clamp(1, 1_000)).unwrap_or(1_000);
        let request = pb::ListPostsRequest { parent: creator.name(), page_size, page_token: String::new() };
        match self.0.clone().list_posts(request).await.map_err(failed) {
            Ok(answer) => Ok(answer.into_inner().posts),
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Metrics of creators in their default windows, in their order; none for those that were never observed. All
    /// definitions when none are named.
    pub async fn creator_metrics(
        &self,
        creators: &[CreatorId],
        definitions: &[&str],
        with_standing: bool,
    ) -> Result<Vec<Option<pb::CreatorMetrics>>, PeerError> {
        let mut found = Vec::with_capacity(creators.len());
        for batch in creators.chunks(BATCH) {
            let definitions = definitions.iter().map(|&definition| definition.to_owned()).collect();
            let request = pb::BatchGetCreatorMetricsRequest {
                names: batch.iter().map(CreatorId::name).collect(),
                selection: Some(pb::MetricSelection { definitions, ..Default::default() }),
                with_standing,
                ..Default::default()
            };
            let answer = self.0.clone().batch_get_creator_metrics(request).await.map_err(failed)?.into_inner();
            found.extend(answer.entries.into_iter().map(|entry| entry.metrics));
        }
        found.resize(creators.len(), None);
        Ok(found)
    }
}

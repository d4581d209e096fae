//! Owns calls to the metrics service. Never what becomes of the answers.

use creatorscope_domain::{CreatorId, Platform, Tier, Window};
use creatorscope_kit::transport::Transport;
use creatorscope_proto::{
    common::v1::{MetricValue, metric_value},
    metrics::v1::{self as pb, CreatorMetrics, PostState, metrics_service_client::MetricsServiceClient},
};
use tonic::Status;

use super::{METRICS, PeerError};

/// Creators that one call asks for.
const BATCH: usize = 500;
/// Posts and values of one page.
const PAGE: usize = 1_000;

/// The metrics service. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(pub(crate) MetricsServiceClient<Transport>);

fn failed(status: Status) -> PeerError {
    PeerError::new(METRICS, status)
}

/// The value of one definition, when there is one; `definition` is without its version.
pub fn value_of<'a>(values: &'a [MetricValue], definition: &str) -> Option<(f64, &'a MetricValue)> {
    values.iter().find_map(|value| match value.result {
        Some(metric_value::Result::Value(number)) if value.definition.split('@').next() == Some(definition) => {
            Some((number, value))
        }
        _ => None,
    })
}

impl Metrics {
    /// A client over a transport.
    pub fn new(transport: Transport) -> Self {
        Self(MetricsServiceClient::new(transport).max_decoding_message_size(64 << 20))
    }

    /// The newest posts of a creator, up to `limit`; none when it is not known.
    pub async fn posts(&self, creator: &CreatorId, limit: usize) -> Result<Vec<PostState>, PeerError> {
        let (mut posts, mut page_token) = (Vec::new(), String::new());
        while posts.len() < limit {
            let page_size = i32::try_from((limit - posts.len()).min(PAGE)).unwrap_or(i32::MAX);
            let request = pb::ListPostsRequest { parent: creator.name(), page_size, page_token };
            let page = match self.0.clone().list_posts(request).await.map_err(failed) {
                Ok(page) => page.into_inner(),
                Err(error) if error.is_not_found() => break,
                Err(error) => return Err(error),
            };
            posts.extend(page.posts);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        posts.truncate(limit);
        Ok(posts)
    }

    /// The metrics of creators in these windows (in each definition's default one, when there are none), in their order; none for those
    /// of whom nothing was observed. Definitions are ids with or without version, all when there are none.
    pub async fn creator_metrics(
        &self,
        ids: &[CreatorId],
        definitions: &[&str],
        windows: &[Window],
        with_standing: bool,
    ) -> Result<Vec<Option<CreatorMetrics>>, PeerError> {
        let windows: Vec<i32> = windows.iter().map(|window| window.number()).collect();
        let mut found = Vec::with_capacity(ids.len());
        for batch in ids.chunks(BATCH) {
            let definitions = definitions.iter().map(|&definition| definition.to_owned()).collect();
            let request = pb::BatchGetCreatorMetricsRequest {
                names: batch.iter().map(CreatorId::name).collect(),
                selection: Some(pb::MetricSelection { definitions, windows: windows.clone(), ..Default::default() }),
                with_standing,
                ..Default::default()
            };
            let answer = self.0.clone().batch_get_creator_metrics(request).await.map_err(failed)?.into_inner();
            found.extend(answer.entries.into_iter().map(|entry| entry.metrics));
        }
        // Fewer entries than names would shift every answer behind them.
        found.resize(ids.len(), None);
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

    /// The values of a definition on the days on which the creator was observed, newest first, up to 1 000; none when it is not known.
    pub async fn history(&self, creator: &CreatorId, definition: &str) -> Result<Vec<MetricValue>, PeerError> {
        let request = pb::ListMetricHistoryRequest {
            parent: creator.name(),
            definition: definition.to_owned(),
            page_size: i32::try_from(PAGE).unwrap_or(i32::MAX),
            ..Default::default()
        };
        match self.0.clone().list_metric_history(request).await.map_err(failed) {
            Ok(page) => Ok(page.into_inner().values),
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

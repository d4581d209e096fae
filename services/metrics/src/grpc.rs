//! Owns the RPCs: each reads its request, calls the use case and writes the answer. Never a rule.

mod export;
mod ingest;
pub mod peer;
mod posts;
mod watch;

use std::sync::Arc;

use async_trait::async_trait;
use creatorscope_kit::{fault::status, token::Token, watch as stream};
use creatorscope_proto::metrics::v1::{self as pb, metrics_service_server::MetricsService};
use futures::stream::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use self::{posts::PostsWatch, watch::MetricsWatch};
use crate::{
    SERVICE,
    convert::{self, request},
    error::MetricsError,
    service::Shared,
};

/// The service behind its contract.
#[derive(Clone)]
pub struct MetricsGrpc(Shared);

impl MetricsGrpc {
    /// Puts the use cases behind the contract.
    pub fn new(service: Shared) -> Self {
        Self(service)
    }
}

fn refuse(fault: &MetricsError) -> Status {
    status(fault)
}

fn change_token(position: i64) -> String {
    Token::new(SERVICE, position).to_string()
}

#[async_trait]
impl MetricsService for MetricsGrpc {
    type IngestPostsStream = BoxStream<'static, Result<pb::IngestPostsResponse, Status>>;
    type IngestObservationsStream = BoxStream<'static, Result<pb::IngestObservationsResponse, Status>>;
    type WatchPostsStream = BoxStream<'static, Result<pb::WatchPostsResponse, Status>>;
    type ExportRecordsStream = BoxStream<'static, Result<pb::ExportRecordsResponse, Status>>;
    type WatchMetricsStream = BoxStream<'static, Result<pb::WatchMetricsResponse, Status>>;

    async fn ingest_posts(
        &self,
        request: Request<Streaming<pb::IngestPostsRequest>>,
    ) -> Result<Response<Self::IngestPostsStream>, Status> {
        let messages = request.into_inner();
        Ok(Response::new(ingest::answers(Arc::clone(&self.0), messages, "posts", convert::ingest::read_posts)))
    }

    async fn ingest_observations(
        &self,
        request: Request<Streaming<pb::IngestObservationsRequest>>,
    ) -> Result<Response<Self::IngestObservationsStream>, Status> {
        let messages = request.into_inner();
        Ok(Response::new(ingest::answers(
            Arc::clone(&self.0),
            messages,
            "observations",
            convert::ingest::read_observations,
        )))
    }

    async fn get_creator_metrics(
        &self,
        request: Request<pb::GetCreatorMetricsRequest>,
    ) -> Result<Response<pb::GetCreatorMetricsResponse>, Status> {
        let query = request::get(request.get_ref()).map_err(|fault| refuse(&fault))?;
        let creator = query.creators.first().cloned();
        let found = self.0.metrics(query).await.map_err(|fault| refuse(&fault))?.into_iter().flatten().next();
        match (found, creator) {
            (None, Some(creator)) => Err(refuse(&MetricsError::NotObserved(creator))),
            (metrics, _) => Ok(Response::new(pb::GetCreatorMetricsResponse { metrics })),
        }
    }

    async fn batch_get_creator_metrics(
        &self,
        request: Request<pb::BatchGetCreatorMetricsRequest>,
    ) -> Result<Response<pb::BatchGetCreatorMetricsResponse>, Status> {
        let query = request::batch_get(request.get_ref()).map_err(|fault| refuse(&fault))?;
        let found = self.0.metrics(query).await.map_err(|fault| refuse(&fault))?;
        let entry = |(name, metrics)| pb::batch_get_creator_metrics_response::Entry { name, metrics };
        let entries = request.into_inner().names.into_iter().zip(found).map(entry).collect();
        Ok(Response::new(pb::BatchGetCreatorMetricsResponse { entries }))
    }

    async fn list_metric_history(
        &self,
        request: Request<pb::ListMetricHistoryRequest>,
    ) -> Result<Response<pb::ListMetricHistoryResponse>, Status> {
        let query = request::list_history(request.into_inner()).map_err(|fault| refuse(&fault))?;
        let (values, next_page_token) = self.0.history(query).await.map_err(|fault| refuse(&fault))?;
        let values = values.into_iter().map(convert::metric::metric_value).collect();
        Ok(Response::new(pb::ListMetricHistoryResponse { values, next_page_token }))
    }

    async fn get_benchmark(
        &self,
        request: Request<pb::GetBenchmarkRequest>,
    ) -> Result<Response<pb::GetBenchmarkResponse>, Status> {
        let query = convert::cohort::get_benchmark(request.get_ref()).map_err(|fault| refuse(&fault))?;
        let answers = self.0.cohorts().compare(&query).await.map_err(|fault| refuse(&fault))?;
        let benchmarks = answers.into_iter().flatten().collect();
        Ok(Response::new(pb::GetBenchmarkResponse { benchmarks }))
    }

    async fn list_metric_definitions(
        &self,
        request: Request<pb::ListMetricDefinitionsRequest>,
    ) -> Result<Response<pb::ListMetricDefinitionsResponse>, Status> {
        let page_size = request::list_definitions(request.get_ref()).map_err(|fault| refuse(&fault))?;
        let page = self.0.definitions(page_size, &request.get_ref().page_token);
        let (definitions, next_page_token) = page.map_err(|fault| refuse(&fault))?;
        Ok(Response::new(pb::ListMetricDefinitionsResponse {
            metric_definitions: definitions.iter().map(convert::registry::definition).collect(),
            next_page_token,
            changepoints: convert::registry::changepoints(),
        }))
    }

    async fn watch_metrics(
        &self,
        request: Request<pb::WatchMetricsRequest>,
    ) -> Result<Response<Self::WatchMetricsStream>, Status> {
        let (query, options) = request::watch(request.get_ref()).map_err(|fault| refuse(&fault))?;
        let (log, clock) = (self.0.store().log().clone(), self.0.clock().clone());
        let source = Arc::new(MetricsWatch::new(Arc::clone(&self.0), query));
        Ok(Response::new(stream::stream(source, log, clock, options)))
    }

    async fn recompute_metrics(
        &self,
        request: Request<pb::RecomputeMetricsRequest>,
    ) -> Result<Response<pb::RecomputeMetricsResponse>, Status> {
        let (id, scope) = convert::cohort::recompute(request.get_ref()).map_err(|fault| refuse(&fault))?;
        let operation = self.0.recompute(&id, &scope).await.map_err(|fault| refuse(&fault))?;
        Ok(Response::new(pb::RecomputeMetricsResponse { operation: Some(convert::cohort::operation(operation)) }))
    }

    async fn compare_cohorts(
        &self,
        request: Request<pb::CompareCohortsRequest>,
    ) -> Result<Response<pb::CompareCohortsResponse>, Status> {
        let query = convert::cohort::compare(request.get_ref()).map_err(|fault| refuse(&fault))?;
        let answers = self.0.cohorts().compare(&query).await.map_err(|fault| refuse(&fault))?;
        let entry = |(cohort, benchmarks)| pb::compare_cohorts_response::Entry { cohort: Some(cohort), benchmarks };
        let entries = request.into_inner().cohorts.into_iter().zip(answers).map(entry).collect();
        Ok(Response::new(pb::CompareCohortsResponse { entries }))
    }

    async fn get_post(&self, request: Request<pb::GetPostRequest>) -> Result<Response<pb::GetPostResponse>, Status> {
        let name = request::posts::get(request.get_ref()).map_err(|fault| refuse(&fault))?;
        let state = self.0.post(name).await.map_err(|fault| refuse(&fault))?;
        Ok(Response::new(pb::GetPostResponse { post: Some(convert::post::post_state(state)) }))
    }

    async fn list_posts(
        &self,
        request: Request<pb::ListPostsRequest>,
    ) -> Result<Response<pb::ListPostsResponse>, Status> {
        let query = request::posts::list(request.into_inner()).map_err(|fault| refuse(&fault))?;
        let (posts, next_page_token) = self.0.posts(query).await.map_err(|fault| refuse(&fault))?;
        let posts = posts.into_iter().map(convert::post::post_state).collect();
        Ok(Response::new(pb::ListPostsResponse { posts, next_page_token }))
    }

    async fn watch_posts(
        &self,
        request: Request<pb::WatchPostsRequest>,
    ) -> Result<Response<Self::WatchPostsStream>, Status> {
        let (filter, options) = request::posts::watch(request.get_ref()).map_err(|fault| refuse(&fault))?;
        let (log, clock) = (self.0.store().log().clone(), self.0.clock().clone());
        let source = Arc::new(PostsWatch::new(Arc::clone(&self.0), filter));
        Ok(Response::new(stream::stream(source, log, clock, options)))
    }

    async fn export_records(
        &self,
        request: Request<pb::ExportRecordsRequest>,
    ) -> Result<Response<Self::ExportRecordsStream>, Status> {
        let query = request::posts::export(request.get_ref()).map_err(|fault| refuse(&fault))?;
        Ok(Response::new(export::parts(Arc::clone(&self.0), query)))
    }

    async fn get_recompute_operation(
        &self,
        request: Request<pb::GetRecomputeOperationRequest>,
    ) -> Result<Response<pb::GetRecomputeOperationResponse>, Status> {
        let id = convert::cohort::operation_id(&request.get_ref().name).map_err(|fault| refuse(&fault))?;
        let operation = self.0.operation(&id).await.map_err(|fault| refuse(&fault))?;
        Ok(Response::new(pb::GetRecomputeOperationResponse { operation: Some(convert::cohort::operation(operation)) }))
    }

    async fn list_recompute_operations(
        &self,
        request: Request<pb::ListRecomputeOperationsRequest>,
    ) -> Result<Response<pb::ListRecomputeOperationsResponse>, Status> {
        let page_size = convert::cohort::list_operations(request.get_ref()).map_err(|fault| refuse(&fault))?;
        let page = self.0.operations(page_size, &request.get_ref().page_token).await;
        let (operations, next_page_token) = page.map_err(|fault| refuse(&fault))?;
        let operations = operations.into_iter().map(convert::cohort::operation).collect();
        Ok(Response::new(pb::ListRecomputeOperationsResponse { operations, next_page_token }))
    }

    async fn cancel_recompute_operation(
        &self,
        request: Request<pb::CancelRecomputeOperationRequest>,
    ) -> Result<Response<pb::CancelRecomputeOperationResponse>, Status> {
        let id = convert::cohort::operation_id(&request.get_ref().name).map_err(|fault| refuse(&fault))?;
        let operation = self.0.cancel_operation(&id).await.map_err(|fault| refuse(&fault))?;
        let operation = Some(convert::cohort::operation(operation));
        Ok(Response::new(pb::CancelRecomputeOperationResponse { operation }))
    }

    async fn erase_creator_metrics(
        &self,
        request: Request<pb::EraseCreatorMetricsRequest>,
    ) -> Result<Response<pb::EraseCreatorMetricsResponse>, Status> {
        let creator = request::erase(request.get_ref()).map_err(|fault| refuse(&fault))?;
        let erased = self.0.erase(creator).await.map_err(|fault| refuse(&fault))?;
        let told = erased.map(|erased| pb::EraseCreatorMetricsResponse {
            post_count: erased.posts,
            observation_count: erased.observations,
            change_token: change_token(erased.position),
            computed_count: erased.computed,
            change_count: erased.changes,
        });
        Ok(Response::new(told.unwrap_or_default()))
    }
}

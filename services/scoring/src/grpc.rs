//! Owns the RPCs: each is one line that names the file that answers it. Never a rule.

mod audience;
mod authenticity;
mod definitions;
mod dossier;
mod erase;
mod fit;
mod ingest;
pub mod peer;
mod portfolio;
mod read;
mod reception;
mod sentiment;
mod watch;

use async_trait::async_trait;
use creatorscope_proto::scoring::v1::{self as pb, scoring_service_server::ScoringService};
use futures::stream::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use crate::service::Shared;

/// The service behind its contract.
#[derive(Clone)]
pub struct ScoringGrpc(Shared);

impl ScoringGrpc {
    /// Puts the use cases behind the contract.
    pub fn new(service: Shared) -> Self {
        Self(service)
    }
}

#[async_trait]
impl ScoringService for ScoringGrpc {
    type AnalyzeStreamStream = BoxStream<'static, Result<pb::AnalyzeStreamResponse, Status>>;
    type IngestCommentsStream = BoxStream<'static, Result<pb::IngestCommentsResponse, Status>>;
    type WatchSentimentStream = BoxStream<'static, Result<pb::WatchSentimentResponse, Status>>;

    async fn analyze_text(
        &self,
        request: Request<pb::AnalyzeTextRequest>,
    ) -> Result<Response<pb::AnalyzeTextResponse>, Status> {
        read::analyze_text(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn analyze_stream(
        &self,
        request: Request<Streaming<pb::AnalyzeStreamRequest>>,
    ) -> Result<Response<Self::AnalyzeStreamStream>, Status> {
        read::analyze_stream(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn embed_text(
        &self,
        request: Request<pb::EmbedTextRequest>,
    ) -> Result<Response<pb::EmbedTextResponse>, Status> {
        read::embed_text(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn ingest_comments(
        &self,
        request: Request<Streaming<pb::IngestCommentsRequest>>,
    ) -> Result<Response<Self::IngestCommentsStream>, Status> {
        ingest::ingest_comments(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn get_creator_sentiment(
        &self,
        request: Request<pb::GetCreatorSentimentRequest>,
    ) -> Result<Response<pb::GetCreatorSentimentResponse>, Status> {
        sentiment::get_creator_sentiment(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn get_post_sentiment(
        &self,
        request: Request<pb::GetPostSentimentRequest>,
    ) -> Result<Response<pb::GetPostSentimentResponse>, Status> {
        sentiment::get_post_sentiment(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn watch_sentiment(
        &self,
        request: Request<pb::WatchSentimentRequest>,
    ) -> Result<Response<Self::WatchSentimentStream>, Status> {
        watch::watch_sentiment(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn get_reception(
        &self,
        request: Request<pb::GetReceptionRequest>,
    ) -> Result<Response<pb::GetReceptionResponse>, Status> {
        reception::get_reception(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn get_audience(
        &self,
        request: Request<pb::GetAudienceRequest>,
    ) -> Result<Response<pb::GetAudienceResponse>, Status> {
        audience::get_audience(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn get_audience_overlap(
        &self,
        request: Request<pb::GetAudienceOverlapRequest>,
    ) -> Result<Response<pb::GetAudienceOverlapResponse>, Status> {
        audience::get_audience_overlap(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn get_authenticity(
        &self,
        request: Request<pb::GetAuthenticityRequest>,
    ) -> Result<Response<pb::GetAuthenticityResponse>, Status> {
        authenticity::get_authenticity(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn score_fit(&self, request: Request<pb::ScoreFitRequest>) -> Result<Response<pb::ScoreFitResponse>, Status> {
        fit::score_fit(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn rank_creators(
        &self,
        request: Request<pb::RankCreatorsRequest>,
    ) -> Result<Response<pb::RankCreatorsResponse>, Status> {
        fit::rank_creators(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn plan_portfolio(
        &self,
        request: Request<pb::PlanPortfolioRequest>,
    ) -> Result<Response<pb::PlanPortfolioResponse>, Status> {
        portfolio::plan_portfolio(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn export_dossier(
        &self,
        request: Request<pb::ExportDossierRequest>,
    ) -> Result<Response<pb::ExportDossierResponse>, Status> {
        dossier::export_dossier(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn list_score_definitions(
        &self,
        request: Request<pb::ListScoreDefinitionsRequest>,
    ) -> Result<Response<pb::ListScoreDefinitionsResponse>, Status> {
        definitions::list_score_definitions(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn list_models(
        &self,
        request: Request<pb::ListModelsRequest>,
    ) -> Result<Response<pb::ListModelsResponse>, Status> {
        read::list_models(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn erase_scores(
        &self,
        request: Request<pb::EraseScoresRequest>,
    ) -> Result<Response<pb::EraseScoresResponse>, Status> {
        erase::erase_scores(&self.0, request.into_inner()).await.map(Response::new)
    }
}

//! Owns the wire side of read. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use futures::stream::BoxStream;
use tonic::{Status, Streaming};

use crate::service::Shared;

pub(super) async fn analyze_text(
    _service: &Shared,
    _request: pb::AnalyzeTextRequest,
) -> Result<pb::AnalyzeTextResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

pub(super) async fn analyze_stream(
    _service: &Shared,
    _request: Streaming<pb::AnalyzeStreamRequest>,
) -> Result<BoxStream<'static, Result<pb::AnalyzeStreamResponse, Status>>, Status> {
    Err(Status::unimplemented("not there yet"))
}

pub(super) async fn embed_text(
    _service: &Shared,
    _request: pb::EmbedTextRequest,
) -> Result<pb::EmbedTextResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

pub(super) async fn list_models(
    _service: &Shared,
    _request: pb::ListModelsRequest,
) -> Result<pb::ListModelsResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

//! Owns the wire side of ingest. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use futures::stream::BoxStream;
use tonic::{Status, Streaming};

use crate::service::Shared;

pub(super) async fn ingest_comments(
    _service: &Shared,
    _request: Streaming<pb::IngestCommentsRequest>,
) -> Result<BoxStream<'static, Result<pb::IngestCommentsResponse, Status>>, Status> {
    Err(Status::unimplemented("not there yet"))
}

//! Owns the wire side of watch. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use futures::stream::BoxStream;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn watch_sentiment(
    _service: &Shared,
    _request: pb::WatchSentimentRequest,
) -> Result<BoxStream<'static, Result<pb::WatchSentimentResponse, Status>>, Status> {
    Err(Status::unimplemented("not there yet"))
}

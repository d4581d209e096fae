//! Owns the wire side of sentiment. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn get_creator_sentiment(
    _service: &Shared,
    _request: pb::GetCreatorSentimentRequest,
) -> Result<pb::GetCreatorSentimentResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

pub(super) async fn get_post_sentiment(
    _service: &Shared,
    _request: pb::GetPostSentimentRequest,
) -> Result<pb::GetPostSentimentResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

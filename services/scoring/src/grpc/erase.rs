//! Owns the wire side of erase. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn erase_scores(
    _service: &Shared,
    _request: pb::EraseScoresRequest,
) -> Result<pb::EraseScoresResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

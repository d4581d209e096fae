//! Owns the wire side of authenticity. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn get_authenticity(
    _service: &Shared,
    _request: pb::GetAuthenticityRequest,
) -> Result<pb::GetAuthenticityResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

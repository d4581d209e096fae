//! Owns the wire side of reception. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn get_reception(
    _service: &Shared,
    _request: pb::GetReceptionRequest,
) -> Result<pb::GetReceptionResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

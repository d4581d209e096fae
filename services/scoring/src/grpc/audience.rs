//! Owns the wire side of audience. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn get_audience(
    _service: &Shared,
    _request: pb::GetAudienceRequest,
) -> Result<pb::GetAudienceResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

pub(super) async fn get_audience_overlap(
    _service: &Shared,
    _request: pb::GetAudienceOverlapRequest,
) -> Result<pb::GetAudienceOverlapResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

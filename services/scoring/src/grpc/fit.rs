//! Owns the wire side of fit. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn score_fit(
    _service: &Shared,
    _request: pb::ScoreFitRequest,
) -> Result<pb::ScoreFitResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

pub(super) async fn rank_creators(
    _service: &Shared,
    _request: pb::RankCreatorsRequest,
) -> Result<pb::RankCreatorsResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

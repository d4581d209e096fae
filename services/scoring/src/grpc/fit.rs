//! Owns the wire side of fit. Never a rule.

use creatorscope_kit::fault::status;
use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn score_fit(service: &Shared, request: pb::ScoreFitRequest) -> Result<pb::ScoreFitResponse, Status> {
    service.score_fit(&request).await.map_err(|error| status(&error))
}

pub(super) async fn rank_creators(
    service: &Shared,
    request: pb::RankCreatorsRequest,
) -> Result<pb::RankCreatorsResponse, Status> {
    service.rank(&request).await.map_err(|error| status(&error))
}

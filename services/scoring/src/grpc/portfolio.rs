//! Owns the wire side of portfolio. Never a rule.

use creatorscope_kit::fault::status;
use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn plan_portfolio(
    service: &Shared,
    request: pb::PlanPortfolioRequest,
) -> Result<pb::PlanPortfolioResponse, Status> {
    service.plan_portfolio(&request).await.map_err(|error| status(&error))
}

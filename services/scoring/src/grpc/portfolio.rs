//! Owns the wire side of portfolio. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn plan_portfolio(
    _service: &Shared,
    _request: pb::PlanPortfolioRequest,
) -> Result<pb::PlanPortfolioResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}

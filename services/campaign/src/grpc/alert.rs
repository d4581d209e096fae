//! Owns the wire side of alerts. Never a rule.

use creatorscope_proto::campaign::v1 as pb;

use super::{Caller, CampaignError, Shared};
use crate::service::PageRequest;

pub(super) async fn list_alerts(
    service: &Shared,
    caller: &Caller,
    request: pb::ListAlertsRequest,
) -> Result<pb::ListAlertsResponse, CampaignError> {
    let page = PageRequest { size: request.page_size, token: request.page_token };
    let (alerts, next_page_token) = service.alerts(caller, &request.parent, request.open_only, &page).await?;
    Ok(pb::ListAlertsResponse { alerts, next_page_token })
}

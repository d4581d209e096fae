//! Owns the wire side of a campaign's log. Never a rule.

use creatorscope_proto::campaign::v1 as pb;

use super::{Caller, CampaignError, Shared};
use crate::service::PageRequest;

pub(super) async fn list_campaign_events(
    service: &Shared,
    caller: &Caller,
    request: pb::ListCampaignEventsRequest,
) -> Result<pb::ListCampaignEventsResponse, CampaignError> {
    let page = PageRequest { size: request.page_size, token: request.page_token };
    let (events, next_page_token) = service.events(caller, &request.parent, &request.resource, &page).await?;
    Ok(pb::ListCampaignEventsResponse { events, next_page_token })
}

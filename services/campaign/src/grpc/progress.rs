//! Owns the wire side of progress. Never a number.

use creatorscope_kit::page;
use creatorscope_proto::campaign::v1 as pb;

use super::{Caller, CampaignError, Shared};
use crate::tracking;

pub(super) async fn get_campaign_progress(
    service: &Shared,
    caller: &Caller,
    request: pb::GetCampaignProgressRequest,
) -> Result<pb::GetCampaignProgressResponse, CampaignError> {
    let progress = service.progress(caller, &request.name, request.as_of, &request.read_after).await?;
    Ok(pb::GetCampaignProgressResponse { progress: Some(progress) })
}

pub(super) async fn list_tracking_definitions(
    service: &Shared,
    _: &Caller,
    request: pb::ListTrackingDefinitionsRequest,
) -> Result<pb::ListTrackingDefinitionsResponse, CampaignError> {
    let size = page::size(request.page_size, 1_000, 1_000)?;
    let all = tracking::definitions();
    let (definitions, next_page_token) =
        service.page_of(all, |one| one.id.as_str(), size, &request.page_token, "tracking definitions")?;
    Ok(pb::ListTrackingDefinitionsResponse { definitions, next_page_token })
}

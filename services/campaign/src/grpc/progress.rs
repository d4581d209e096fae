//! Owns the wire side of progress. Never a number.

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
    _: &Shared,
    _: &Caller,
    _: pb::ListTrackingDefinitionsRequest,
) -> Result<pb::ListTrackingDefinitionsResponse, CampaignError> {
    Ok(pb::ListTrackingDefinitionsResponse { definitions: tracking::definitions() })
}

//! Owns the wire side of campaigns. Never a rule.

use creatorscope_kit::fault::Violations;
use creatorscope_proto::campaign::v1 as pb;

use super::{Caller, CampaignError, Shared};
use crate::{
    machine::CampaignAction,
    service::{Creation, Mutation, PageRequest, check_states},
    store::Listing,
    validate,
};

pub(super) async fn create_campaign(
    service: &Shared,
    caller: &Caller,
    request: pb::CreateCampaignRequest,
) -> Result<pb::CreateCampaignResponse, CampaignError> {
    let creation = Creation::new("CreateCampaign", &request, &request.campaign_id, &request.request_id, &request.actor);
    let campaign = request.campaign.unwrap_or_default();
    let campaign = service.create_campaign(caller, campaign, &creation).await?;
    Ok(pb::CreateCampaignResponse { campaign: Some(campaign) })
}

pub(super) async fn get_campaign(
    service: &Shared,
    caller: &Caller,
    request: pb::GetCampaignRequest,
) -> Result<pb::GetCampaignResponse, CampaignError> {
    Ok(pb::GetCampaignResponse { campaign: Some(service.get(caller, &request.name).await?) })
}

pub(super) async fn list_campaigns(
    service: &Shared,
    caller: &Caller,
    request: pb::ListCampaignsRequest,
) -> Result<pb::ListCampaignsResponse, CampaignError> {
    let page = PageRequest { size: request.page_size, token: request.page_token };
    check_states(&request.states, |number| pb::CampaignState::try_from(number).is_ok())?;
    let mut problems = Violations::default();
    if !request.brand.is_empty() {
        problems.take(validate::name::brand("brand", &request.brand));
    }
    problems.check()?;
    let listing = Listing {
        parent: Some(request.brand).filter(|brand| !brand.is_empty()),
        states: request.states,
        ..Listing::default()
    };
    let (campaigns, next_page_token) = service.list(caller, listing, &page).await?;
    Ok(pb::ListCampaignsResponse { campaigns, next_page_token })
}

pub(super) async fn update_campaign(
    service: &Shared,
    caller: &Caller,
    request: pb::UpdateCampaignRequest,
) -> Result<pb::UpdateCampaignResponse, CampaignError> {
    let (campaign, mask) = (request.campaign.unwrap_or_default(), request.update_mask.as_ref());
    let campaign = service.update_campaign(caller, campaign, mask, &request.actor).await?;
    Ok(pb::UpdateCampaignResponse { campaign: Some(campaign) })
}

pub(super) async fn activate_campaign(
    service: &Shared,
    caller: &Caller,
    request: pb::ActivateCampaignRequest,
) -> Result<pb::ActivateCampaignResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, ..Mutation::default() };
    let campaign = service.move_campaign(caller, &mutation, CampaignAction::ActivateCampaign).await?;
    Ok(pb::ActivateCampaignResponse { campaign: Some(campaign) })
}

pub(super) async fn pause_campaign(
    service: &Shared,
    caller: &Caller,
    request: pb::PauseCampaignRequest,
) -> Result<pb::PauseCampaignResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, note: request.note };
    let campaign = service.move_campaign(caller, &mutation, CampaignAction::PauseCampaign).await?;
    Ok(pb::PauseCampaignResponse { campaign: Some(campaign) })
}

pub(super) async fn resume_campaign(
    service: &Shared,
    caller: &Caller,
    request: pb::ResumeCampaignRequest,
) -> Result<pb::ResumeCampaignResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, ..Mutation::default() };
    let campaign = service.move_campaign(caller, &mutation, CampaignAction::ResumeCampaign).await?;
    Ok(pb::ResumeCampaignResponse { campaign: Some(campaign) })
}

pub(super) async fn complete_campaign(
    service: &Shared,
    caller: &Caller,
    request: pb::CompleteCampaignRequest,
) -> Result<pb::CompleteCampaignResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, ..Mutation::default() };
    let campaign = service.move_campaign(caller, &mutation, CampaignAction::CompleteCampaign).await?;
    Ok(pb::CompleteCampaignResponse { campaign: Some(campaign) })
}

pub(super) async fn cancel_campaign(
    service: &Shared,
    caller: &Caller,
    request: pb::CancelCampaignRequest,
) -> Result<pb::CancelCampaignResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, note: request.note };
    let campaign = service.move_campaign(caller, &mutation, CampaignAction::CancelCampaign).await?;
    Ok(pb::CancelCampaignResponse { campaign: Some(campaign) })
}

pub(super) async fn delete_campaign(
    service: &Shared,
    caller: &Caller,
    request: pb::DeleteCampaignRequest,
) -> Result<pb::DeleteCampaignResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, ..Mutation::default() };
    service.delete_campaign(caller, &mutation).await?;
    Ok(pb::DeleteCampaignResponse {})
}

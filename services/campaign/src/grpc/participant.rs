//! Owns the wire side of participants. Never a rule.

use creatorscope_proto::campaign::v1 as pb;

use super::{Caller, CampaignError, Shared};
use crate::{
    machine::ParticipantAction,
    service::{Creation, Mutation, PageRequest, check_states},
    store::Listing,
};

pub(super) async fn create_participant(
    service: &Shared,
    caller: &Caller,
    request: pb::CreateParticipantRequest,
) -> Result<pb::CreateParticipantResponse, CampaignError> {
    let creation =
        Creation::new("CreateParticipant", &request, &request.participant_id, &request.request_id, &request.actor);
    let participant = request.participant.unwrap_or_default();
    let participant = service.create_participant(caller, &request.parent, participant, &creation).await?;
    Ok(pb::CreateParticipantResponse { participant: Some(participant) })
}

pub(super) async fn get_participant(
    service: &Shared,
    caller: &Caller,
    request: pb::GetParticipantRequest,
) -> Result<pb::GetParticipantResponse, CampaignError> {
    Ok(pb::GetParticipantResponse { participant: Some(service.get(caller, &request.name).await?) })
}

pub(super) async fn list_participants(
    service: &Shared,
    caller: &Caller,
    request: pb::ListParticipantsRequest,
) -> Result<pb::ListParticipantsResponse, CampaignError> {
    let page = PageRequest { size: request.page_size, token: request.page_token };
    check_states(&request.states, |number| pb::ParticipantState::try_from(number).is_ok())?;
    let listing = Listing { parent: Some(request.parent), states: request.states, ..Listing::default() };
    let (participants, next_page_token) = service.list(caller, listing, &page).await?;
    Ok(pb::ListParticipantsResponse { participants, next_page_token })
}

pub(super) async fn update_participant(
    service: &Shared,
    caller: &Caller,
    request: pb::UpdateParticipantRequest,
) -> Result<pb::UpdateParticipantResponse, CampaignError> {
    let (participant, mask) = (request.participant.unwrap_or_default(), request.update_mask.as_ref());
    let participant = service.update_participant(caller, participant, mask, &request.actor).await?;
    Ok(pb::UpdateParticipantResponse { participant: Some(participant) })
}

pub(super) async fn accept_invitation(
    service: &Shared,
    caller: &Caller,
    request: pb::AcceptInvitationRequest,
) -> Result<pb::AcceptInvitationResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, ..Mutation::default() };
    let participant = service.move_participant(caller, &mutation, ParticipantAction::AcceptInvitation).await?;
    Ok(pb::AcceptInvitationResponse { participant: Some(participant) })
}

pub(super) async fn decline_invitation(
    service: &Shared,
    caller: &Caller,
    request: pb::DeclineInvitationRequest,
) -> Result<pb::DeclineInvitationResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, note: request.note };
    let participant = service.move_participant(caller, &mutation, ParticipantAction::DeclineInvitation).await?;
    Ok(pb::DeclineInvitationResponse { participant: Some(participant) })
}

pub(super) async fn withdraw_participant(
    service: &Shared,
    caller: &Caller,
    request: pb::WithdrawParticipantRequest,
) -> Result<pb::WithdrawParticipantResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, note: request.note };
    let participant = service.move_participant(caller, &mutation, ParticipantAction::WithdrawParticipant).await?;
    Ok(pb::WithdrawParticipantResponse { participant: Some(participant) })
}

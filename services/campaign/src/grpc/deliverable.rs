//! Owns the wire side of deliverables, their drafts and their posts. Never a rule.

use creatorscope_proto::campaign::v1 as pb;

use super::{Caller, CampaignError, Shared};
use crate::{
    machine::DeliverableAction,
    service::{Creation, Mutation, PageRequest, Report, Verdict, check_states},
    store::Listing,
};

pub(super) async fn create_deliverable(
    service: &Shared,
    caller: &Caller,
    request: pb::CreateDeliverableRequest,
) -> Result<pb::CreateDeliverableResponse, CampaignError> {
    let creation =
        Creation::new("CreateDeliverable", &request, &request.deliverable_id, &request.request_id, &request.actor);
    let deliverable = request.deliverable.unwrap_or_default();
    let deliverable = service.create_deliverable(caller, &request.parent, deliverable, &creation).await?;
    Ok(pb::CreateDeliverableResponse { deliverable: Some(deliverable) })
}

pub(super) async fn get_deliverable(
    service: &Shared,
    caller: &Caller,
    request: pb::GetDeliverableRequest,
) -> Result<pb::GetDeliverableResponse, CampaignError> {
    Ok(pb::GetDeliverableResponse { deliverable: Some(service.get(caller, &request.name).await?) })
}

pub(super) async fn list_deliverables(
    service: &Shared,
    caller: &Caller,
    request: pb::ListDeliverablesRequest,
) -> Result<pb::ListDeliverablesResponse, CampaignError> {
    let page = PageRequest { size: request.page_size, token: request.page_token };
    check_states(&request.states, |number| pb::DeliverableState::try_from(number).is_ok())?;
    let listing = Listing {
        parent: Some(request.parent),
        states: request.states,
        participant: request.participant,
        ..Listing::default()
    };
    let (deliverables, next_page_token) = service.list(caller, listing, &page).await?;
    Ok(pb::ListDeliverablesResponse { deliverables, next_page_token })
}

pub(super) async fn update_deliverable(
    service: &Shared,
    caller: &Caller,
    request: pb::UpdateDeliverableRequest,
) -> Result<pb::UpdateDeliverableResponse, CampaignError> {
    let (deliverable, mask) = (request.deliverable.unwrap_or_default(), request.update_mask.as_ref());
    let deliverable = service.update_deliverable(caller, deliverable, mask, &request.actor).await?;
    Ok(pb::UpdateDeliverableResponse { deliverable: Some(deliverable) })
}

pub(super) async fn withdraw_draft(
    service: &Shared,
    caller: &Caller,
    request: pb::WithdrawDraftRequest,
) -> Result<pb::WithdrawDraftResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, note: request.note };
    let deliverable = service.take_back(caller, &mutation, DeliverableAction::WithdrawDraft).await?;
    Ok(pb::WithdrawDraftResponse { deliverable: Some(deliverable) })
}

pub(super) async fn withdraw_approval(
    service: &Shared,
    caller: &Caller,
    request: pb::WithdrawApprovalRequest,
) -> Result<pb::WithdrawApprovalResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, note: request.note };
    let deliverable = service.take_back(caller, &mutation, DeliverableAction::WithdrawApproval).await?;
    Ok(pb::WithdrawApprovalResponse { deliverable: Some(deliverable) })
}

pub(super) async fn accept_drift(
    service: &Shared,
    caller: &Caller,
    request: pb::AcceptDriftRequest,
) -> Result<pb::AcceptDriftResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, note: request.note };
    let deliverable = service.accept_drift(caller, &mutation).await?;
    Ok(pb::AcceptDriftResponse { deliverable: Some(deliverable) })
}

pub(super) async fn cancel_deliverable(
    service: &Shared,
    caller: &Caller,
    request: pb::CancelDeliverableRequest,
) -> Result<pb::CancelDeliverableResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, note: request.note };
    let deliverable = service.cancel_deliverable(caller, &mutation).await?;
    Ok(pb::CancelDeliverableResponse { deliverable: Some(deliverable) })
}

pub(super) async fn submit_draft(
    service: &Shared,
    caller: &Caller,
    request: pb::SubmitDraftRequest,
) -> Result<pb::SubmitDraftResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, ..Mutation::default() };
    let deliverable = service.submit_draft(caller, &mutation, request.content.unwrap_or_default()).await?;
    Ok(pb::SubmitDraftResponse { deliverable: Some(deliverable) })
}

pub(super) async fn review_draft(
    service: &Shared,
    caller: &Caller,
    request: pb::ReviewDraftRequest,
) -> Result<pb::ReviewDraftResponse, CampaignError> {
    let decision = request.decision;
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, ..Mutation::default() };
    let verdict = Verdict { reviewer: request.reviewer, decision, comments: request.comments };
    let deliverable = service.review_draft(caller, &mutation, verdict).await?;
    Ok(pb::ReviewDraftResponse { deliverable: Some(deliverable) })
}

pub(super) async fn mark_published(
    service: &Shared,
    caller: &Caller,
    request: pb::MarkPublishedRequest,
) -> Result<pb::MarkPublishedResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, ..Mutation::default() };
    let report = Report {
        post: request.post,
        publish_time: request.publish_time,
        content: request.content,
        allow_unapproved: request.allow_unapproved,
    };
    let deliverable = service.mark_published(caller, &mutation, report).await?;
    Ok(pb::MarkPublishedResponse { deliverable: Some(deliverable) })
}

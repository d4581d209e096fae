//! Owns the RPCs: each is one line that names the file that answers it. Never a rule.

mod alert;
mod brand;
mod campaign;
mod conversion;
mod deliverable;
mod disclosure;
mod event;
mod participant;
pub mod peer;
mod progress;
mod report;
mod watch;

use async_trait::async_trait;
use creatorscope_kit::{caller, fault::status};
use creatorscope_proto::campaign::v1::{self as pb, campaign_service_server::CampaignService};
use futures::stream::BoxStream;
use tonic::{Request, Response, Status};

use crate::{error::CampaignError, model::Caller, service::Shared};

/// The service behind its contract.
#[derive(Clone)]
pub struct CampaignGrpc(Shared);

impl CampaignGrpc {
    /// Puts the use cases behind the contract.
    pub fn new(service: Shared) -> Self {
        Self(service)
    }
}

/// Who calls and what. Errors: nobody knows who calls.
fn opened<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    let caller::Caller { tenant, key, .. } = caller::Caller::of(&request)?;
    Ok((Caller { tenant, name: key }, request.into_inner()))
}

/// An answer on the wire.
fn answered<T>(answer: Result<T, CampaignError>) -> Result<Response<T>, Status> {
    answer.map(Response::new).map_err(|fault| status(&fault))
}

#[async_trait]
impl CampaignService for CampaignGrpc {
    type WatchCampaignStream = BoxStream<'static, Result<pb::WatchCampaignResponse, Status>>;

    async fn create_brand(
        &self,
        request: Request<pb::CreateBrandRequest>,
    ) -> Result<Response<pb::CreateBrandResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(brand::create_brand(&self.0, &caller, request).await)
    }

    async fn get_brand(&self, request: Request<pb::GetBrandRequest>) -> Result<Response<pb::GetBrandResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(brand::get_brand(&self.0, &caller, request).await)
    }

    async fn list_brands(
        &self,
        request: Request<pb::ListBrandsRequest>,
    ) -> Result<Response<pb::ListBrandsResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(brand::list_brands(&self.0, &caller, request).await)
    }

    async fn update_brand(
        &self,
        request: Request<pb::UpdateBrandRequest>,
    ) -> Result<Response<pb::UpdateBrandResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(brand::update_brand(&self.0, &caller, request).await)
    }

    async fn delete_brand(
        &self,
        request: Request<pb::DeleteBrandRequest>,
    ) -> Result<Response<pb::DeleteBrandResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(brand::delete_brand(&self.0, &caller, request).await)
    }

    async fn create_campaign(
        &self,
        request: Request<pb::CreateCampaignRequest>,
    ) -> Result<Response<pb::CreateCampaignResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(campaign::create_campaign(&self.0, &caller, request).await)
    }

    async fn get_campaign(
        &self,
        request: Request<pb::GetCampaignRequest>,
    ) -> Result<Response<pb::GetCampaignResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(campaign::get_campaign(&self.0, &caller, request).await)
    }

    async fn list_campaigns(
        &self,
        request: Request<pb::ListCampaignsRequest>,
    ) -> Result<Response<pb::ListCampaignsResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(campaign::list_campaigns(&self.0, &caller, request).await)
    }

    async fn update_campaign(
        &self,
        request: Request<pb::UpdateCampaignRequest>,
    ) -> Result<Response<pb::UpdateCampaignResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(campaign::update_campaign(&self.0, &caller, request).await)
    }

    async fn delete_campaign(
        &self,
        request: Request<pb::DeleteCampaignRequest>,
    ) -> Result<Response<pb::DeleteCampaignResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(campaign::delete_campaign(&self.0, &caller, request).await)
    }

    async fn activate_campaign(
        &self,
        request: Request<pb::ActivateCampaignRequest>,
    ) -> Result<Response<pb::ActivateCampaignResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(campaign::activate_campaign(&self.0, &caller, request).await)
    }

    async fn pause_campaign(
        &self,
        request: Request<pb::PauseCampaignRequest>,
    ) -> Result<Response<pb::PauseCampaignResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(campaign::pause_campaign(&self.0, &caller, request).await)
    }

    async fn resume_campaign(
        &self,
        request: Request<pb::ResumeCampaignRequest>,
    ) -> Result<Response<pb::ResumeCampaignResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(campaign::resume_campaign(&self.0, &caller, request).await)
    }

    async fn complete_campaign(
        &self,
        request: Request<pb::CompleteCampaignRequest>,
    ) -> Result<Response<pb::CompleteCampaignResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(campaign::complete_campaign(&self.0, &caller, request).await)
    }

    async fn cancel_campaign(
        &self,
        request: Request<pb::CancelCampaignRequest>,
    ) -> Result<Response<pb::CancelCampaignResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(campaign::cancel_campaign(&self.0, &caller, request).await)
    }

    async fn create_participant(
        &self,
        request: Request<pb::CreateParticipantRequest>,
    ) -> Result<Response<pb::CreateParticipantResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(participant::create_participant(&self.0, &caller, request).await)
    }

    async fn get_participant(
        &self,
        request: Request<pb::GetParticipantRequest>,
    ) -> Result<Response<pb::GetParticipantResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(participant::get_participant(&self.0, &caller, request).await)
    }

    async fn list_participants(
        &self,
        request: Request<pb::ListParticipantsRequest>,
    ) -> Result<Response<pb::ListParticipantsResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(participant::list_participants(&self.0, &caller, request).await)
    }

    async fn update_participant(
        &self,
        request: Request<pb::UpdateParticipantRequest>,
    ) -> Result<Response<pb::UpdateParticipantResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(participant::update_participant(&self.0, &caller, request).await)
    }

    async fn accept_invitation(
        &self,
        request: Request<pb::AcceptInvitationRequest>,
    ) -> Result<Response<pb::AcceptInvitationResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(participant::accept_invitation(&self.0, &caller, request).await)
    }

    async fn decline_invitation(
        &self,
        request: Request<pb::DeclineInvitationRequest>,
    ) -> Result<Response<pb::DeclineInvitationResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(participant::decline_invitation(&self.0, &caller, request).await)
    }

    async fn withdraw_participant(
        &self,
        request: Request<pb::WithdrawParticipantRequest>,
    ) -> Result<Response<pb::WithdrawParticipantResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(participant::withdraw_participant(&self.0, &caller, request).await)
    }

    async fn create_deliverable(
        &self,
        request: Request<pb::CreateDeliverableRequest>,
    ) -> Result<Response<pb::CreateDeliverableResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(deliverable::create_deliverable(&self.0, &caller, request).await)
    }

    async fn get_deliverable(
        &self,
        request: Request<pb::GetDeliverableRequest>,
    ) -> Result<Response<pb::GetDeliverableResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(deliverable::get_deliverable(&self.0, &caller, request).await)
    }

    async fn list_deliverables(
        &self,
        request: Request<pb::ListDeliverablesRequest>,
    ) -> Result<Response<pb::ListDeliverablesResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(deliverable::list_deliverables(&self.0, &caller, request).await)
    }

    async fn update_deliverable(
        &self,
        request: Request<pb::UpdateDeliverableRequest>,
    ) -> Result<Response<pb::UpdateDeliverableResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(deliverable::update_deliverable(&self.0, &caller, request).await)
    }

    async fn submit_draft(
        &self,
        request: Request<pb::SubmitDraftRequest>,
    ) -> Result<Response<pb::SubmitDraftResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(deliverable::submit_draft(&self.0, &caller, request).await)
    }

    async fn withdraw_draft(
        &self,
        request: Request<pb::WithdrawDraftRequest>,
    ) -> Result<Response<pb::WithdrawDraftResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(deliverable::withdraw_draft(&self.0, &caller, request).await)
    }

    async fn review_draft(
        &self,
        request: Request<pb::ReviewDraftRequest>,
    ) -> Result<Response<pb::ReviewDraftResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(deliverable::review_draft(&self.0, &caller, request).await)
    }

    async fn withdraw_approval(
        &self,
        request: Request<pb::WithdrawApprovalRequest>,
    ) -> Result<Response<pb::WithdrawApprovalResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(deliverable::withdraw_approval(&self.0, &caller, request).await)
    }

    async fn mark_published(
        &self,
        request: Request<pb::MarkPublishedRequest>,
    ) -> Result<Response<pb::MarkPublishedResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(deliverable::mark_published(&self.0, &caller, request).await)
    }

    async fn accept_drift(
        &self,
        request: Request<pb::AcceptDriftRequest>,
    ) -> Result<Response<pb::AcceptDriftResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(deliverable::accept_drift(&self.0, &caller, request).await)
    }

    async fn cancel_deliverable(
        &self,
        request: Request<pb::CancelDeliverableRequest>,
    ) -> Result<Response<pb::CancelDeliverableResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(deliverable::cancel_deliverable(&self.0, &caller, request).await)
    }

    async fn check_disclosure(
        &self,
        request: Request<pb::CheckDisclosureRequest>,
    ) -> Result<Response<pb::CheckDisclosureResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(disclosure::check_disclosure(&self.0, &caller, request).await)
    }

    async fn list_disclosure_rules(
        &self,
        request: Request<pb::ListDisclosureRulesRequest>,
    ) -> Result<Response<pb::ListDisclosureRulesResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(disclosure::list_disclosure_rules(&self.0, &caller, request).await)
    }

    async fn record_conversions(
        &self,
        request: Request<pb::RecordConversionsRequest>,
    ) -> Result<Response<pb::RecordConversionsResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(conversion::record_conversions(&self.0, &caller, request).await)
    }

    async fn get_campaign_progress(
        &self,
        request: Request<pb::GetCampaignProgressRequest>,
    ) -> Result<Response<pb::GetCampaignProgressResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(progress::get_campaign_progress(&self.0, &caller, request).await)
    }

    async fn list_tracking_definitions(
        &self,
        request: Request<pb::ListTrackingDefinitionsRequest>,
    ) -> Result<Response<pb::ListTrackingDefinitionsResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(progress::list_tracking_definitions(&self.0, &caller, request).await)
    }

    async fn list_alerts(
        &self,
        request: Request<pb::ListAlertsRequest>,
    ) -> Result<Response<pb::ListAlertsResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(alert::list_alerts(&self.0, &caller, request).await)
    }

    async fn list_campaign_events(
        &self,
        request: Request<pb::ListCampaignEventsRequest>,
    ) -> Result<Response<pb::ListCampaignEventsResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(event::list_campaign_events(&self.0, &caller, request).await)
    }

    async fn watch_campaign(
        &self,
        request: Request<pb::WatchCampaignRequest>,
    ) -> Result<Response<Self::WatchCampaignStream>, Status> {
        let (caller, request) = opened(request)?;
        watch::watch_campaign(&self.0, &caller, request).await.map(Response::new)
    }

    async fn get_campaign_report(
        &self,
        request: Request<pb::GetCampaignReportRequest>,
    ) -> Result<Response<pb::GetCampaignReportResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(report::get_campaign_report(&self.0, &caller, request).await)
    }

    async fn export_campaign_report(
        &self,
        request: Request<pb::ExportCampaignReportRequest>,
    ) -> Result<Response<pb::ExportCampaignReportResponse>, Status> {
        let (caller, request) = opened(request)?;
        answered(report::export_campaign_report(&self.0, &caller, request).await)
    }
}

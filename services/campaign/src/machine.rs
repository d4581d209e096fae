//! Owns which change of state is allowed: one table each for campaigns, participants and deliverables. Never who may ask for it.
//!
//! A change names itself as its RPC does. `STATES.md` beside the crate is made from these tables; see [`diagram`].

pub mod context;
pub mod diagram;
pub mod publication;
pub mod table;

#[cfg(test)]
mod tests;

use creatorscope_proto::campaign::v1::{CampaignState, DeliverableState, ParticipantState};
pub use table::{Allowed, Facts, Guard, Illegal, Row, Table};

use CampaignState::{Active, Cancelled, Completed, Draft, Paused};
use DeliverableState as D;
use Guard::{
    Always, ApprovalNotRequired, HasObjective, NotSeen, ReviewNotWanted, ReviewWanted, Seen, UnapprovedAllowed,
};
use ParticipantState::{Accepted, Declined, Invited, Withdrawn};
use table::row;

/// What can be done to a campaign's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CampaignAction {
    /// Starts it.
    ActivateCampaign,
    /// Holds it.
    PauseCampaign,
    /// Goes on with it.
    ResumeCampaign,
    /// Ends it as planned.
    CompleteCampaign,
    /// Calls it off.
    CancelCampaign,
}

/// What can be done to a participant's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParticipantAction {
    /// The creator takes part.
    AcceptInvitation,
    /// The creator does not want to.
    DeclineInvitation,
    /// The creator no longer does.
    WithdrawParticipant,
}

/// What can be done to a deliverable's state. A review is one action per outcome, which [`crate::approval`] finds out; what the
/// service does by itself after a post was seen or read is [`Self::Verify`] and [`Self::Drift`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliverableAction {
    /// Hands in a draft.
    SubmitDraft,
    /// Takes the draft back.
    WithdrawDraft,
    /// `ReviewDraft` that decides nothing yet: remarks, or an approval while others are missing.
    ReviewDraft,
    /// `ReviewDraft` with which enough reviewers agree.
    ApproveDraft,
    /// `ReviewDraft` that asks for changes.
    RequestChanges,
    /// `ReviewDraft` that refuses the draft for good.
    RejectDraft,
    /// Takes the approval back.
    WithdrawApproval,
    /// Reports the post.
    MarkPublished,
    /// The service: metrics has seen the post and its text is what was approved.
    Verify,
    /// The service: the text of the post is another one than was approved.
    Drift,
    /// Takes the post as it is.
    AcceptDrift,
    /// No longer wants the post.
    CancelDeliverable,
}

/// Every change of a campaign's state.
pub const CAMPAIGN: Table<CampaignState, CampaignAction> = Table {
    name: "campaign",
    initial: Draft,
    rows: &[
        row(&[Draft], CampaignAction::ActivateCampaign, HasObjective, Active),
        row(&[Active], CampaignAction::PauseCampaign, Always, Paused),
        row(&[Paused], CampaignAction::ResumeCampaign, Always, Active),
        row(&[Active, Paused], CampaignAction::CompleteCampaign, Always, Completed),
        row(&[Draft, Active, Paused], CampaignAction::CancelCampaign, Always, Cancelled),
    ],
};

/// Every change of a participant's state.
pub const PARTICIPANT: Table<ParticipantState, ParticipantAction> = Table {
    name: "participant",
    initial: Invited,
    rows: &[
        row(&[Invited], ParticipantAction::AcceptInvitation, Always, Accepted),
        row(&[Invited], ParticipantAction::DeclineInvitation, Always, Declined),
        row(&[Invited, Accepted], ParticipantAction::WithdrawParticipant, Always, Withdrawn),
    ],
};

/// States of a deliverable in which no draft is approved and one may still be.
const OPEN: &[DeliverableState] = &[D::AwaitingDraft, D::InReview, D::ChangesRequested];
/// States of a deliverable in which a post would be one without approval.
const UNAPPROVED: &[DeliverableState] = &[D::AwaitingDraft, D::InReview, D::ChangesRequested, D::Rejected];
/// States of a deliverable before its post is known.
const UNPUBLISHED: &[DeliverableState] =
    &[D::AwaitingDraft, D::InReview, D::ChangesRequested, D::Approved, D::Rejected];

/// Every change of a deliverable's state. The first row of state and action whose condition holds is taken.
pub const DELIVERABLE: Table<DeliverableState, DeliverableAction> = Table {
    name: "deliverable",
    initial: D::AwaitingDraft,
    rows: &[
        row(OPEN, DeliverableAction::SubmitDraft, ReviewWanted, D::InReview),
        row(OPEN, DeliverableAction::SubmitDraft, ReviewNotWanted, D::Approved),
        row(&[D::InReview, D::ChangesRequested], DeliverableAction::WithdrawDraft, Always, D::AwaitingDraft),
        row(&[D::InReview], DeliverableAction::ReviewDraft, Always, D::InReview),
        row(&[D::InReview], DeliverableAction::ApproveDraft, Always, D::Approved),
        row(&[D::InReview], DeliverableAction::RequestChanges, Always, D::ChangesRequested),
        row(&[D::InReview], DeliverableAction::RejectDraft, Always, D::Rejected),
        row(&[D::Approved], DeliverableAction::WithdrawApproval, Always, D::ChangesRequested),
        row(&[D::Approved], DeliverableAction::MarkPublished, Always, D::Published),
        row(OPEN, DeliverableAction::MarkPublished, ApprovalNotRequired, D::Published),
        row(UNAPPROVED, DeliverableAction::MarkPublished, UnapprovedAllowed, D::Drifted),
        row(&[D::Published, D::Drifted], DeliverableAction::Verify, Seen, D::Verified),
        row(&[D::Published, D::Verified], DeliverableAction::Drift, Always, D::Drifted),
        row(&[D::Drifted], DeliverableAction::AcceptDrift, Seen, D::Verified),
        row(&[D::Drifted], DeliverableAction::AcceptDrift, NotSeen, D::Published),
        row(UNPUBLISHED, DeliverableAction::CancelDeliverable, Always, D::Cancelled),
    ],
};

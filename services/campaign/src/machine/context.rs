//! Owns which calls the states of the campaign and of the participant allow. Never a state of its own.

use creatorscope_proto::campaign::v1::{CampaignState, ParticipantState};
use thiserror::Error;

use CampaignState::{Active, Cancelled, Completed, Draft, Paused};
use ParticipantState::{Accepted, Invited};

use super::table::State;

/// A call that depends on what stands above the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// Changes the campaign.
    UpdateCampaign,
    /// Removes the campaign.
    DeleteCampaign,
    /// Makes a participant.
    CreateParticipant,
    /// Changes a participant.
    UpdateParticipant,
    /// A creator accepts.
    AcceptInvitation,
    /// Makes a deliverable.
    CreateDeliverable,
    /// Changes a deliverable.
    UpdateDeliverable,
    /// Hands in a draft.
    SubmitDraft,
    /// Reviews a draft.
    ReviewDraft,
    /// Reports a post, or takes a drift as it is.
    MarkPublished,
}

/// What each call asks of the campaign and, unless it is empty, of the participant.
const RULES: &[(Call, &[CampaignState], &[ParticipantState])] = &[
    (Call::UpdateCampaign, &[Draft, Active, Paused], &[]),
    (Call::DeleteCampaign, &[Draft, Cancelled], &[]),
    (Call::CreateParticipant, &[Draft, Active, Paused], &[]),
    (Call::UpdateParticipant, &[Draft, Active, Paused, Completed], &[]),
    (Call::AcceptInvitation, &[Draft, Active, Paused], &[]),
    (Call::CreateDeliverable, &[Draft, Active, Paused], &[Invited, Accepted]),
    (Call::UpdateDeliverable, &[Draft, Active, Paused], &[]),
    (Call::SubmitDraft, &[Draft, Active, Paused], &[Accepted]),
    (Call::ReviewDraft, &[Draft, Active, Paused], &[Accepted]),
    // Posts are often reported after the end.
    (Call::MarkPublished, &[Draft, Active, Paused, Completed], &[Accepted]),
];

/// A call that the state of something above the resource does not allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the {resource} is in {state}, which does not allow {call:?}; it has to be in {}", .accepted.join(" or "))]
pub struct Closed {
    /// `campaign` or `participant`.
    pub resource: &'static str,
    /// The state that it is in, as the contract names it.
    pub state: &'static str,
    /// What was asked.
    pub call: Call,
    /// The states in which it would be allowed.
    pub accepted: Vec<&'static str>,
}

/// Errs when the campaign's state, or the participant's where the call is about one, does not allow the call.
pub fn allows(call: Call, campaign: CampaignState, participant: Option<ParticipantState>) -> Result<(), Closed> {
    for (_, campaigns, participants) in RULES.iter().filter(|(known, ..)| *known == call) {
        within("campaign", call, campaign, campaigns)?;
        if let Some(participant) = participant.filter(|_| !participants.is_empty()) {
            within("participant", call, participant, participants)?;
        }
    }
    Ok(())
}

fn within<S: State>(resource: &'static str, call: Call, state: S, accepted: &[S]) -> Result<(), Closed> {
    if accepted.contains(&state) {
        return Ok(());
    }
    let accepted = accepted.iter().map(|state| state.wire_name()).collect();
    Err(Closed { resource, state: state.wire_name(), call, accepted })
}

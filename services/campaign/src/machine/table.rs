//! Owns how a table of changes is read: steps, what is allowed, and what is told when something is not. Never a table.

use std::fmt;

use creatorscope_proto::campaign::v1::{
    ApprovalMode, ApprovalPolicy, Campaign, CampaignState, DeliverableState, ParticipantState,
};
use thiserror::Error;

use super::{CampaignAction, DeliverableAction, ParticipantAction};

/// What a change may depend on besides the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The campaign's mode of approval; unspecified counts as `OPTIONAL`, as an unset policy does.
    pub approval: ApprovalMode,
    /// Whether the caller wants a post without approval to be recorded.
    pub allow_unapproved: bool,
    /// Whether metrics has seen the post.
    pub seen_by_metrics: bool,
    /// Whether the campaign has an objective.
    pub has_objective: bool,
}

impl Facts {
    /// What a campaign says; the rest does not hold.
    pub fn of(campaign: &Campaign) -> Self {
        let approval = campaign.approval.as_ref().map_or(ApprovalMode::Optional, ApprovalPolicy::mode);
        Self { approval, has_objective: !campaign.objectives.is_empty(), ..Self::default() }
    }
}

impl Default for Facts {
    /// Approval `OPTIONAL`, and nothing else holds.
    fn default() -> Self {
        Self { approval: ApprovalMode::Optional, allow_unapproved: false, seen_by_metrics: false, has_objective: false }
    }
}

/// The condition of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    /// None.
    Always,
    /// The campaign has an objective.
    HasObjective,
    /// The mode of approval is not `NONE`.
    ReviewWanted,
    /// The mode of approval is `NONE`.
    ReviewNotWanted,
    /// The mode of approval is not `REQUIRED`.
    ApprovalNotRequired,
    /// `allow_unapproved` was sent.
    UnapprovedAllowed,
    /// Metrics has seen the post.
    Seen,
    /// Metrics has not seen the post.
    NotSeen,
}

impl Guard {
    /// Whether the condition holds.
    pub fn holds(self, facts: &Facts) -> bool {
        match self {
            Self::Always => true,
            Self::HasObjective => facts.has_objective,
            Self::ReviewWanted => facts.approval != ApprovalMode::None,
            Self::ReviewNotWanted => facts.approval == ApprovalMode::None,
            Self::ApprovalNotRequired => facts.approval != ApprovalMode::Required,
            Self::UnapprovedAllowed => facts.allow_unapproved,
            Self::Seen => facts.seen_by_metrics,
            Self::NotSeen => !facts.seen_by_metrics,
        }
    }

    /// The condition in words; empty for none.
    pub fn words(self) -> &'static str {
        match self {
            Self::Always => "",
            Self::HasObjective => "the campaign has an objective",
            Self::ReviewWanted => "approval is not NONE",
            Self::ReviewNotWanted => "approval is NONE",
            Self::ApprovalNotRequired => "approval is not REQUIRED",
            Self::UnapprovedAllowed => "allow_unapproved is set",
            Self::Seen => "metrics has seen the post",
            Self::NotSeen => "metrics has not seen the post",
        }
    }
}

/// One change: from any of these states, by this action, if the condition holds, to that state.
#[derive(Debug, Clone, Copy)]
pub struct Row<S: 'static, A> {
    /// The states before.
    pub from: &'static [S],
    /// What is done.
    pub action: A,
    /// On which condition.
    pub when: Guard,
    /// The state after.
    pub to: S,
}

/// Writes a row, so that a table reads as one line a change.
pub(super) const fn row<S, A>(from: &'static [S], action: A, when: Guard, to: S) -> Row<S, A> {
    Row { from, action, when, to }
}

/// Every change that one kind of resource knows. What is not in it is not allowed.
#[derive(Debug, Clone, Copy)]
pub struct Table<S: 'static, A: 'static> {
    /// The resource, lower case.
    pub name: &'static str,
    /// The state in which it is made.
    pub initial: S,
    /// The changes.
    pub rows: &'static [Row<S, A>],
}

/// A state as it is told: the name of its enum value, e.g. `CAMPAIGN_STATE_DRAFT`.
pub trait State: Copy + Eq + fmt::Debug + 'static {
    /// The name in the contract.
    fn wire_name(self) -> &'static str;
    /// The name in the contract without the enum's own, e.g. `DRAFT`.
    fn short_name(self) -> &'static str {
        let name = self.wire_name();
        name.split_once("_STATE_").map_or(name, |(_, short)| short)
    }
}

impl State for CampaignState {
    fn wire_name(self) -> &'static str {
        self.as_str_name()
    }
}

impl State for ParticipantState {
    fn wire_name(self) -> &'static str {
        self.as_str_name()
    }
}

impl State for DeliverableState {
    fn wire_name(self) -> &'static str {
        self.as_str_name()
    }
}

/// An action as it is told.
pub trait Action: Copy + Eq + fmt::Debug + 'static {
    /// The action's own name; that of the RPC where it has one to itself.
    fn name(self) -> &'static str;
    /// The RPC that asks for it, or the name under which the log has what the service does by itself.
    fn rpc(self) -> &'static str {
        self.name()
    }
}

impl Action for CampaignAction {
    fn name(self) -> &'static str {
        match self {
            Self::ActivateCampaign => "ActivateCampaign",
            Self::PauseCampaign => "PauseCampaign",
            Self::ResumeCampaign => "ResumeCampaign",
            Self::CompleteCampaign => "CompleteCampaign",
            Self::CancelCampaign => "CancelCampaign",
        }
    }
}

impl Action for ParticipantAction {
    fn name(self) -> &'static str {
        match self {
            Self::AcceptInvitation => "AcceptInvitation",
            Self::DeclineInvitation => "DeclineInvitation",
            Self::WithdrawParticipant => "WithdrawParticipant",
        }
    }
}

impl Action for DeliverableAction {
    fn name(self) -> &'static str {
        match self {
            Self::SubmitDraft => "SubmitDraft",
            Self::WithdrawDraft => "WithdrawDraft",
            Self::ReviewDraft => "ReviewDraft",
            Self::ApproveDraft => "ReviewDraft (enough approvals)",
            Self::RequestChanges => "ReviewDraft (request for changes)",
            Self::RejectDraft => "ReviewDraft (rejection)",
            Self::WithdrawApproval => "WithdrawApproval",
            Self::MarkPublished => "MarkPublished",
            Self::Verify => "SeePost (same text)",
            Self::Drift => "SeePost (other text)",
            Self::AcceptDrift => "AcceptDrift",
            Self::CancelDeliverable => "CancelDeliverable",
        }
    }

    fn rpc(self) -> &'static str {
        let name = self.name();
        name.split_once(' ').map_or(name, |(rpc, _)| rpc)
    }
}

/// One way on from a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// What can be done, as [`Action::name`] tells it.
    pub action: &'static str,
    /// The state that it leads to, as the contract names it.
    pub to: &'static str,
    /// On which condition, in words; empty for none.
    pub when: &'static str,
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.action, self.to)?;
        if self.when.is_empty() { Ok(()) } else { write!(f, " when {}", self.when) }
    }
}

/// A change that the state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a {resource} in {state} does not allow {action}{}; allowed are {}", needs(.missing), list(.allowed))]
pub struct Illegal {
    /// The kind of resource, e.g. `deliverable`.
    pub resource: &'static str,
    /// The state that it is in, as the contract names it.
    pub state: &'static str,
    /// What was asked, as [`Action::name`] tells it.
    pub action: &'static str,
    /// What would have to hold for it in this state, in words; empty when nothing helps.
    pub missing: Vec<&'static str>,
    /// All that the state allows.
    pub allowed: Vec<Allowed>,
}

fn needs(missing: &[&'static str]) -> String {
    if missing.is_empty() { String::new() } else { format!(" unless {}", missing.join(" or ")) }
}

fn list(allowed: &[Allowed]) -> String {
    if allowed.is_empty() {
        return "no changes: this state is final".to_owned();
    }
    allowed.iter().map(Allowed::to_string).collect::<Vec<_>>().join(", ")
}

impl<S: State, A: Action> Table<S, A> {
    /// The state after `action`. Errors: the state, what was asked, what is missing for it and all that the state allows.
    pub fn step(&self, state: S, action: A, facts: &Facts) -> Result<S, Illegal> {
        let mut missing = Vec::new();
        for row in self.rows.iter().filter(|row| row.action == action && row.from.contains(&state)) {
            if row.when.holds(facts) {
                return Ok(row.to);
            }
            missing.push(row.when.words());
        }
        Err(Illegal {
            resource: self.name,
            state: state.wire_name(),
            action: action.name(),
            missing,
            allowed: self.allowed(state),
        })
    }

    /// All that the state allows, with conditions, in the order of the table.
    pub fn allowed(&self, state: S) -> Vec<Allowed> {
        let rows = self.rows.iter().filter(|row| row.from.contains(&state));
        rows.map(|row| Allowed { action: row.action.name(), to: row.to.wire_name(), when: row.when.words() }).collect()
    }

    /// Whether nothing leads on from the state.
    pub fn is_final(&self, state: S) -> bool {
        !self.rows.iter().any(|row| row.from.contains(&state))
    }

    /// The states that the table knows, in the order in which they come up, the initial one first.
    pub fn states(&self) -> Vec<S> {
        let mut known = vec![self.initial];
        for state in self.rows.iter().flat_map(|row| row.from.iter().chain([&row.to])) {
            if !known.contains(state) {
                known.push(*state);
            }
        }
        known
    }
}

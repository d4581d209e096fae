//! Tests of the state machines: what is reachable, what is refused and how it is told, and the page made from the tables.

use std::{fs, path::PathBuf};

use creatorscope_proto::campaign::v1::{
    ApprovalMode, ApprovalPolicy, Campaign, CampaignState, DeliverableState as D, Objective, ParticipantState,
    Publication, TextComparison, TextMatch,
};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    CAMPAIGN, CampaignAction, DELIVERABLE, DeliverableAction as Do, Facts, PARTICIPANT, ParticipantAction,
    context::{Call, allows},
    diagram::{mermaid, page},
    publication::settled,
    table::{Action, State, Table},
};

const CAMPAIGN_ACTIONS: [CampaignAction; 5] = [
    CampaignAction::ActivateCampaign,
    CampaignAction::PauseCampaign,
    CampaignAction::ResumeCampaign,
    CampaignAction::CompleteCampaign,
    CampaignAction::CancelCampaign,
];
const PARTICIPANT_ACTIONS: [ParticipantAction; 3] =
    [ParticipantAction::AcceptInvitation, ParticipantAction::DeclineInvitation, ParticipantAction::WithdrawParticipant];
const DELIVERABLE_ACTIONS: [Do; 12] = [
    Do::SubmitDraft,
    Do::WithdrawDraft,
    Do::ReviewDraft,
    Do::ApproveDraft,
    Do::RequestChanges,
    Do::RejectDraft,
    Do::WithdrawApproval,
    Do::MarkPublished,
    Do::Verify,
    Do::Drift,
    Do::AcceptDrift,
    Do::CancelDeliverable,
];

fn mode(approval: ApprovalMode) -> Facts {
    Facts { approval, ..Facts::default() }
}

fn facts() -> impl Strategy<Value = Facts> {
    let modes =
        select(vec![ApprovalMode::Unspecified, ApprovalMode::Required, ApprovalMode::Optional, ApprovalMode::None]);
    (modes, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(approval, allow_unapproved, seen_by_metrics, has_objective)| Facts {
            approval,
            allow_unapproved,
            seen_by_metrics,
            has_objective,
        },
    )
}

/// Walks the table and holds every step against it, written out once more.
fn walk<S: State, A: Action>(table: &Table<S, A>, actions: &[(A, Facts)]) {
    let mut state = table.initial;
    for (action, facts) in actions {
        match table.step(state, *action, facts) {
            Ok(next) => {
                let known = table.rows.iter().any(|row| {
                    row.action == *action && row.from.contains(&state) && row.to == next && row.when.holds(facts)
                });
                assert!(known, "{state:?} to {next:?} by {action:?} is not in the table");
                state = next;
            }
            Err(refused) => {
                assert_eq!(refused.state, state.wire_name());
                assert_eq!(refused.allowed, table.allowed(state));
                let open = table.rows.iter().filter(|row| row.action == *action && row.from.contains(&state));
                assert!(open.clone().all(|row| !row.when.holds(facts)), "{action:?} was refused in {state:?}");
                assert_eq!(refused.missing.len(), open.count());
            }
        }
        assert!(table.states().contains(&state));
    }
}

proptest! {
    #[test]
    fn no_sequence_of_actions_leaves_the_tables(
        campaign in vec((select(CAMPAIGN_ACTIONS.to_vec()), facts()), 0..40),
        participant in vec((select(PARTICIPANT_ACTIONS.to_vec()), facts()), 0..20),
        deliverable in vec((select(DELIVERABLE_ACTIONS.to_vec()), facts()), 0..60),
    ) {
        walk(&CAMPAIGN, &campaign);
        walk(&PARTICIPANT, &participant);
        walk(&DELIVERABLE, &deliverable);
    }

    #[test]
    fn nothing_is_verified_or_published_without_approval_where_it_is_required(
        actions in vec((select(DELIVERABLE_ACTIONS.to_vec()), any::<bool>()), 0..60),
    ) {
        let required = Facts { approval: ApprovalMode::Required, ..Facts::default() };
        let (mut state, mut approved) = (DELIVERABLE.initial, false);
        for (action, seen_by_metrics) in actions {
            // A draft of which nothing drifted: what a service does when the text is as approved.
            if let Ok(next) = DELIVERABLE.step(state, action, &Facts { seen_by_metrics, ..required }) {
                state = next;
            }
            approved = approved || state == D::Approved;
            prop_assert!(approved || ![D::Published, D::Verified, D::Drifted].contains(&state));
        }
    }
}

/// Every state that the actions reach under any facts.
fn reachable<S: State, A: Action>(table: &Table<S, A>) -> Vec<S> {
    let mut known = vec![table.initial];
    let mut place = 0;
    while let Some(state) = known.get(place).copied() {
        let next = table.rows.iter().filter(|row| row.from.contains(&state)).map(|row| row.to);
        for to in next.collect::<Vec<_>>() {
            if !known.contains(&to) {
                known.push(to);
            }
        }
        place += 1;
    }
    known
}

#[test]
fn every_state_of_the_contract_can_be_reached_and_no_other() {
    let numbers = |states: Vec<i32>| {
        let mut states = states;
        states.sort_unstable();
        states
    };
    assert_eq!(numbers(reachable(&CAMPAIGN).iter().map(|s| *s as i32).collect()), (1..=5).collect::<Vec<_>>());
    assert_eq!(numbers(reachable(&PARTICIPANT).iter().map(|s| *s as i32).collect()), (1..=4).collect::<Vec<_>>());
    assert_eq!(numbers(reachable(&DELIVERABLE).iter().map(|s| *s as i32).collect()), (1..=9).collect::<Vec<_>>());
}

#[test]
fn what_has_ended_stays_as_it_is() {
    let ended = |state| CAMPAIGN.is_final(state);
    assert!(ended(CampaignState::Completed) && ended(CampaignState::Cancelled) && !ended(CampaignState::Paused));
    assert!(PARTICIPANT.is_final(ParticipantState::Declined) && PARTICIPANT.is_final(ParticipantState::Withdrawn));
    assert!(DELIVERABLE.is_final(D::Cancelled) && !DELIVERABLE.is_final(D::Verified));
}

#[test]
fn a_state_that_is_not_given_allows_nothing() {
    for action in DELIVERABLE_ACTIONS {
        assert!(DELIVERABLE.step(D::Unspecified, action, &Facts::default()).is_err());
    }
}

#[test]
fn a_campaign_without_an_objective_does_not_start() {
    let refused = CAMPAIGN.step(CampaignState::Draft, CampaignAction::ActivateCampaign, &Facts::default()).unwrap_err();
    assert_eq!(refused.missing, ["the campaign has an objective"]);
    let ready = Facts { has_objective: true, ..Facts::default() };
    assert_eq!(
        CAMPAIGN.step(CampaignState::Draft, CampaignAction::ActivateCampaign, &ready),
        Ok(CampaignState::Active)
    );
}

#[test]
fn a_refusal_names_the_state_the_action_and_what_is_allowed() {
    let refused = PARTICIPANT
        .step(ParticipantState::Accepted, ParticipantAction::DeclineInvitation, &Facts::default())
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a participant in PARTICIPANT_STATE_ACCEPTED does not allow DeclineInvitation; allowed are WithdrawParticipant \
         to PARTICIPANT_STATE_WITHDRAWN"
    );
    let ended = CAMPAIGN.step(CampaignState::Completed, CampaignAction::PauseCampaign, &Facts::default()).unwrap_err();
    assert!(ended.to_string().ends_with("allowed are no changes: this state is final"), "{ended}");
}

#[test]
fn a_refusal_tells_what_would_help() {
    let refused =
        DELIVERABLE.step(D::InReview, Do::MarkPublished, &mode(ApprovalMode::Required)).unwrap_err().to_string();
    assert!(
        refused.contains("does not allow MarkPublished unless approval is not REQUIRED or allow_unapproved is set"),
        "{refused}"
    );
}

#[test]
fn a_draft_without_review_is_approved_at_once() {
    assert_eq!(DELIVERABLE.step(D::AwaitingDraft, Do::SubmitDraft, &mode(ApprovalMode::None)), Ok(D::Approved));
    assert_eq!(DELIVERABLE.step(D::AwaitingDraft, Do::SubmitDraft, &mode(ApprovalMode::Optional)), Ok(D::InReview));
    assert_eq!(DELIVERABLE.step(D::InReview, Do::SubmitDraft, &mode(ApprovalMode::Required)), Ok(D::InReview));
}

#[test]
fn a_post_without_the_approval_that_it_needed_has_drifted() {
    let recorded = Facts { allow_unapproved: true, ..mode(ApprovalMode::Required) };
    for state in [D::AwaitingDraft, D::InReview, D::ChangesRequested, D::Rejected] {
        assert!(DELIVERABLE.step(state, Do::MarkPublished, &mode(ApprovalMode::Required)).is_err());
        assert_eq!(DELIVERABLE.step(state, Do::MarkPublished, &recorded), Ok(D::Drifted));
    }
    let free = Facts { allow_unapproved: true, ..mode(ApprovalMode::Optional) };
    assert_eq!(DELIVERABLE.step(D::InReview, Do::MarkPublished, &free), Ok(D::Published));
    assert_eq!(DELIVERABLE.step(D::Approved, Do::MarkPublished, &recorded), Ok(D::Published));
    assert!(DELIVERABLE.step(D::Rejected, Do::MarkPublished, &mode(ApprovalMode::Optional)).is_err());
}

#[test]
fn a_drift_is_accepted_as_far_as_the_post_was_seen() {
    let seen = Facts { seen_by_metrics: true, ..Facts::default() };
    assert_eq!(DELIVERABLE.step(D::Drifted, Do::AcceptDrift, &seen), Ok(D::Verified));
    assert_eq!(DELIVERABLE.step(D::Drifted, Do::AcceptDrift, &Facts::default()), Ok(D::Published));
    assert_eq!(DELIVERABLE.step(D::Verified, Do::Drift, &seen), Ok(D::Drifted));
}

fn post(found: TextMatch, seen_by_metrics: bool, drift_accepted: bool) -> Publication {
    let comparison = Some(TextComparison { r#match: found.into(), ..TextComparison::default() });
    Publication { comparison, seen_by_metrics, drift_accepted, ..Publication::default() }
}

#[test]
fn what_is_known_of_a_post_settles_its_state() {
    let settle = |state, found, seen, accepted| settled(state, &post(found, seen, accepted)).expect("published");
    assert_eq!(settle(D::Published, TextMatch::Identical, false, false), D::Published);
    assert_eq!(settle(D::Published, TextMatch::Acceptable, true, false), D::Verified);
    assert_eq!(settle(D::Published, TextMatch::Drifted, false, false), D::Drifted);
    assert_eq!(settle(D::Verified, TextMatch::Drifted, true, false), D::Drifted);
    assert_eq!(settle(D::Drifted, TextMatch::Drifted, true, false), D::Drifted);
    assert_eq!(settle(D::Drifted, TextMatch::NotApproved, true, false), D::Drifted);
    assert_eq!(settle(D::Drifted, TextMatch::Identical, true, false), D::Verified);
    assert_eq!(settle(D::Verified, TextMatch::Drifted, true, true), D::Verified);
    assert_eq!(settle(D::Published, TextMatch::Drifted, true, true), D::Verified);
    let untold = Publication { seen_by_metrics: true, ..Publication::default() };
    assert_eq!(settled(D::Published, &untold), Ok(D::Verified));
    assert!(settled(D::InReview, &untold).is_err());
}

#[test]
fn a_campaign_without_a_policy_leaves_approval_open() {
    assert_eq!(Facts::of(&Campaign::default()), Facts::default());
    let policy = ApprovalPolicy { mode: ApprovalMode::Required.into(), ..ApprovalPolicy::default() };
    let sent = Campaign { approval: Some(policy), objectives: vec![Objective::default()], ..Campaign::default() };
    assert_eq!(Facts::of(&sent), Facts { has_objective: true, ..mode(ApprovalMode::Required) });
}

#[test]
fn actions_are_named_as_their_rpcs() {
    let service = creatorscope_proto::pool()
        .get_service_by_name("creatorscope.campaign.v1.CampaignService")
        .expect("the contract");
    let rpcs: Vec<String> = service.methods().map(|method| method.name().to_owned()).collect();
    let own = ["SeePost"];
    let mut named: Vec<&str> = CAMPAIGN_ACTIONS.iter().map(|action| action.rpc()).collect();
    named.extend(PARTICIPANT_ACTIONS.iter().map(|action| action.rpc()));
    named.extend(DELIVERABLE_ACTIONS.iter().map(|action| action.rpc()));
    let unknown: Vec<_> =
        named.into_iter().filter(|name| !own.contains(name) && !rpcs.iter().any(|rpc| rpc == name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn a_creator_who_declined_hands_in_nothing() {
    let refused = allows(Call::SubmitDraft, CampaignState::Active, Some(ParticipantState::Declined)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the participant is in PARTICIPANT_STATE_DECLINED, which does not allow SubmitDraft; it has to be in \
         PARTICIPANT_STATE_ACCEPTED"
    );
    let ended = allows(Call::SubmitDraft, CampaignState::Completed, Some(ParticipantState::Accepted)).unwrap_err();
    assert_eq!(ended.resource, "campaign");
    assert_eq!(allows(Call::MarkPublished, CampaignState::Completed, Some(ParticipantState::Accepted)), Ok(()));
    assert!(allows(Call::DeleteCampaign, CampaignState::Active, None).is_err());
}

#[test]
fn a_diagram_has_an_arrow_for_every_change() {
    let diagram = mermaid(&PARTICIPANT);
    let arrows = PARTICIPANT.rows.iter().map(|row| row.from.len()).sum::<usize>();
    assert_eq!(diagram.lines().filter(|line| line.contains(" --> ") && line.contains(": ")).count(), arrows);
    assert!(diagram.contains("    [*] --> INVITED\n") && diagram.contains("    DECLINED --> [*]"), "{diagram}");
}

fn committed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("STATES.md")
}

#[test]
fn the_page_of_the_states_is_what_the_tables_give() {
    let text = fs::read_to_string(committed()).expect("STATES.md");
    assert!(text == page(), "STATES.md is old: cargo test -p creatorscope-campaign --lib -- --ignored renew");
}

#[test]
#[ignore = "writes STATES.md"]
fn renew() {
    fs::write(committed(), page()).expect("written");
}

//! Owns the laws of approval and states together, held on arbitrary sequences of calls. Never an example.

use std::collections::BTreeSet;

use creatorscope_proto::campaign::v1::{
    ApprovalMode, ApprovalPolicy, Campaign, Deliverable, DeliverableState as State, DisclosureContent, Draft, Review,
    ReviewComment, ReviewDecision,
};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{may_submit, required, review};
use crate::machine::{DELIVERABLE, DeliverableAction as Do, Facts};

/// One call of somebody.
#[derive(Debug, Clone)]
enum Call {
    Submit,
    Review(&'static str, ReviewDecision),
    Other(Do, bool),
}

const PEOPLE: [&str; 4] = ["ada", "ben", "cy", "eve"];

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let decisions = select(vec![
        ReviewDecision::Approve,
        ReviewDecision::Approve,
        ReviewDecision::RequestChanges,
        ReviewDecision::Reject,
        ReviewDecision::Comment,
    ]);
    let other = select(vec![Do::WithdrawDraft, Do::WithdrawApproval, Do::MarkPublished, Do::CancelDeliverable]);
    let one = prop_oneof![
        4 => Just(Call::Submit),
        8 => (select(PEOPLE.to_vec()), decisions).prop_map(|(person, decision)| Call::Review(person, decision)),
        1 => (other, any::<bool>()).prop_map(|(action, allow)| Call::Other(action, allow)),
    ];
    vec(one, 0..60)
}

fn policies() -> impl Strategy<Value = ApprovalPolicy> {
    let modes = select(vec![ApprovalMode::Required, ApprovalMode::Optional, ApprovalMode::None]);
    (modes, any::<bool>(), 0..=3i32, 0..4i32).prop_map(|(mode, everyone, required_approvals, revision_limit)| {
        let listed = PEOPLE[..3].iter().map(|name| (*name).to_owned());
        ApprovalPolicy {
            mode: mode.into(),
            approvers: if everyone { Vec::new() } else { listed.collect() },
            required_approvals,
            revision_limit,
            review_period: None,
        }
    })
}

/// What a service keeps after a call; as it was when the call is refused.
fn after(deliverable: &Deliverable, campaign: &Campaign, policy: &ApprovalPolicy, call: &Call) -> Option<Deliverable> {
    let mut next = deliverable.clone();
    let facts = Facts::of(campaign);
    let state = match call {
        Call::Submit => {
            may_submit(policy, deliverable).ok()?;
            let revision = deliverable.draft.as_ref().map_or(0, |draft| draft.revision) + 1;
            next.draft = Some(Draft { content: Some(DisclosureContent::default()), revision, ..Draft::default() });
            next.reviews.clear();
            DELIVERABLE.step(deliverable.state(), Do::SubmitDraft, &facts).ok()?
        }
        Call::Review(person, decision) => {
            let comments = vec![ReviewComment { text: "so".to_owned(), ..ReviewComment::default() }];
            let sent =
                Review { reviewer: (*person).to_owned(), decision: (*decision).into(), comments, ..Review::default() };
            let outcome = review(policy, deliverable, sent).ok()?;
            (next.reviews, next.revision_count) = (outcome.reviews, outcome.revision_count);
            DELIVERABLE.step(deliverable.state(), outcome.action, &facts).ok()?
        }
        Call::Other(action, allow_unapproved) => {
            let facts = Facts { allow_unapproved: *allow_unapproved, ..facts };
            DELIVERABLE.step(deliverable.state(), *action, &facts).ok()?
        }
    };
    next.state = state.into();
    Some(next)
}

/// Who approved the draft that the deliverable has now and may do so.
fn approvers(deliverable: &Deliverable, policy: &ApprovalPolicy) -> usize {
    let revision = deliverable.draft.as_ref().map_or(0, |draft| draft.revision);
    let votes = deliverable.reviews.iter().filter(|review| {
        review.revision == revision
            && review.decision() == ReviewDecision::Approve
            && (policy.approvers.is_empty() || policy.approvers.contains(&review.reviewer))
    });
    votes.map(|review| &review.reviewer).collect::<BTreeSet<_>>().len()
}

proptest! {
    #[test]
    fn no_sequence_of_calls_approves_what_too_few_have_seen(policy in policies(), calls in calls()) {
        let campaign = Campaign { approval: Some(policy.clone()), ..Campaign::default() };
        let mut now = Deliverable { state: DELIVERABLE.initial.into(), ..Deliverable::default() };
        for call in &calls {
            let Some(next) = after(&now, &campaign, &policy, call) else { continue };
            now = next;
            prop_assert!(DELIVERABLE.states().contains(&now.state()));
            prop_assert!(policy.revision_limit == 0 || now.revision_count <= policy.revision_limit);
            let enough = approvers(&now, &policy) >= required(&policy);
            match now.state() {
                State::Approved => prop_assert!(policy.mode() == ApprovalMode::None || enough),
                State::InReview => prop_assert!(!enough),
                State::Published => prop_assert!(policy.mode() != ApprovalMode::Required || enough),
                _ => {}
            }
        }
    }
}

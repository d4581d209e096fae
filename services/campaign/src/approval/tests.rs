//! Tests of approval: votes, limits, remarks and when a review is due.

use creatorscope_kit::fault::Violations;
use creatorscope_proto::campaign::v1::{
    ApprovalMode, ApprovalPolicy, Deliverable, DisclosureContent, Draft, Review, ReviewComment, ReviewDecision,
};
use proptest::{collection::vec, prelude::*, sample::select};
use prost_types::{Duration, Timestamp};

use super::{MOST_REVIEWS, Outcome, Refusal, field_text, may_submit, policy as check_policy, review, review_due};
use crate::machine::DeliverableAction as Do;

fn policy(approvers: &[&str], required: i32) -> ApprovalPolicy {
    ApprovalPolicy {
        mode: ApprovalMode::Required.into(),
        approvers: approvers.iter().map(|name| (*name).to_owned()).collect(),
        required_approvals: required,
        ..ApprovalPolicy::default()
    }
}

fn deliverable(reviews: Vec<Review>) -> Deliverable {
    let content = DisclosureContent {
        caption: "Ad: naïve 🎉".to_owned(),
        hashtags: vec!["skin".to_owned()],
        ..DisclosureContent::default()
    };
    Deliverable {
        draft: Some(Draft { content: Some(content), revision: 2, ..Draft::default() }),
        reviews,
        ..Deliverable::default()
    }
}

fn vote(reviewer: &str, decision: ReviewDecision) -> Review {
    let comments = match decision {
        ReviewDecision::RequestChanges | ReviewDecision::Comment => vec![remark("", None, None)],
        _ => Vec::new(),
    };
    Review { reviewer: reviewer.to_owned(), decision: decision.into(), comments, ..Review::default() }
}

fn remark(field: &str, start: Option<i32>, end: Option<i32>) -> ReviewComment {
    ReviewComment { text: "please".to_owned(), field: field.to_owned(), start, end }
}

/// The outcome of each review in turn.
fn told(policy: &ApprovalPolicy, votes: &[(&str, ReviewDecision)]) -> Outcome {
    let mut deliverable = deliverable(Vec::new());
    let mut last = None;
    for (reviewer, decision) in votes {
        let outcome = review(policy, &deliverable, vote(reviewer, *decision)).expect("a good review");
        deliverable.reviews.clone_from(&outcome.reviews);
        last = Some(outcome);
    }
    last.expect("a review")
}

const YES: ReviewDecision = ReviewDecision::Approve;

#[test]
fn enough_approvals_approve() {
    let two = policy(&["ada", "ben", "cy"], 2);
    let first = told(&two, &[("ada", YES)]);
    assert_eq!((first.action, first.missing_approvals), (Do::ReviewDraft, 1));
    let second = told(&two, &[("ada", YES), ("cy", YES)]);
    assert_eq!((second.action, second.approvers), (Do::ApproveDraft, vec!["ada".to_owned(), "cy".to_owned()]));
    assert!(second.reviews.iter().all(|review| review.revision == 2));
}

#[test]
fn the_same_reviewer_counts_once() {
    let outcome = told(&policy(&["ada", "ben"], 2), &[("ada", YES), ("ada", YES)]);
    assert_eq!((outcome.action, outcome.reviews.len()), (Do::ReviewDraft, 1));
}

#[test]
fn one_approval_is_enough_when_no_number_is_given() {
    assert_eq!(told(&ApprovalPolicy::default(), &[("anyone", YES)]).action, Do::ApproveDraft);
}

#[test]
fn a_request_for_changes_and_a_rejection_decide_at_once() {
    let three = policy(&[], 3);
    let changes = told(&three, &[("ada", YES), ("ben", ReviewDecision::RequestChanges)]);
    assert_eq!((changes.action, changes.revision_count), (Do::RequestChanges, 1));
    assert_eq!(told(&three, &[("ben", ReviewDecision::Reject)]).action, Do::RejectDraft);
}

#[test]
fn a_remark_decides_nothing_and_takes_no_vote_back() {
    let outcome = told(&policy(&[], 2), &[("ada", YES), ("ada", ReviewDecision::Comment), ("ben", YES)]);
    assert_eq!((outcome.action, outcome.reviews.len()), (Do::ApproveDraft, 3));
    let alone = told(&policy(&[], 1), &[("ada", ReviewDecision::Comment)]);
    assert_eq!(alone.action, Do::ReviewDraft);
}

#[test]
fn votes_on_an_earlier_draft_do_not_count() {
    let old = Review { revision: 1, ..vote("ada", YES) };
    let outcome = review(&policy(&[], 2), &deliverable(vec![old]), vote("ben", YES)).unwrap();
    assert_eq!((outcome.action, outcome.reviews.len()), (Do::ReviewDraft, 1));
}

#[test]
fn votes_of_those_who_are_no_longer_approvers_do_not_count() {
    let earlier = Review { revision: 2, ..vote("ada", YES) };
    let outcome = review(&policy(&["ben", "cy"], 2), &deliverable(vec![earlier]), vote("ben", YES)).unwrap();
    assert_eq!(outcome.missing_approvals, 1);
}

#[test]
fn who_is_no_approver_may_not_review() {
    let refused = review(&policy(&["ada"], 1), &deliverable(Vec::new()), vote("eve", YES)).unwrap_err();
    assert_eq!(refused, Refusal::NotApprover { reviewer: "eve".to_owned() });
    assert_eq!(refused.reason(), "NOT_AN_APPROVER");
}

#[test]
fn changes_are_not_requested_beyond_the_limit() {
    let limited = ApprovalPolicy { revision_limit: 2, ..policy(&[], 1) };
    let after = |revision_count| Deliverable { revision_count, ..deliverable(Vec::new()) };
    let ask = || vote("ada", ReviewDecision::RequestChanges);
    assert_eq!(review(&limited, &after(1), ask()).unwrap().revision_count, 2);
    assert_eq!(review(&limited, &after(2), ask()).unwrap_err(), Refusal::RevisionLimit { requested: 2, limit: 2 });
    assert_eq!(review(&limited, &after(2), vote("ada", YES)).unwrap().action, Do::ApproveDraft);
    assert!(may_submit(&limited, &after(2)).is_ok() && may_submit(&limited, &after(3)).is_err());
    assert!(may_submit(&policy(&[], 1), &after(3)).is_ok());
}

#[test]
fn without_a_draft_there_is_nothing_to_review() {
    assert_eq!(review(&policy(&[], 1), &Deliverable::default(), vote("ada", YES)), Err(Refusal::NoDraft));
}

#[test]
fn a_draft_does_not_collect_reviews_without_end() {
    let remarks = vec![Review { revision: 2, ..vote("ada", ReviewDecision::Comment) }; MOST_REVIEWS];
    let refused = review(&policy(&[], 1), &deliverable(remarks), vote("ada", YES));
    assert_eq!(refused, Err(Refusal::TooManyReviews));
}

/// Field and reason of everything that is wrong with a review of these comments.
fn wrong(decision: ReviewDecision, comments: Vec<ReviewComment>) -> Vec<(String, &'static str)> {
    let sent = Review { comments, ..vote("ada", decision) };
    match review(&policy(&[], 1), &deliverable(Vec::new()), sent) {
        Err(Refusal::Invalid(problems)) => {
            problems.into_vec().into_iter().map(|problem| (problem.field, problem.reason)).collect()
        }
        Ok(_) => Vec::new(),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn spans_are_counted_in_code_points() {
    let spans = |comments| wrong(YES, comments);
    // `Ad: naïve 🎉` has 11 code points.
    assert!(spans(vec![remark("caption", Some(10), Some(11)), remark("hashtags[0]", Some(0), Some(4))]).is_empty());
    assert!(spans(vec![remark("caption", None, None), remark("hashtags", None, None)]).is_empty());
    assert_eq!(spans(vec![remark("caption", Some(10), Some(12))]), [("comments[0].end".to_owned(), "OUT_OF_RANGE")]);
    assert_eq!(spans(vec![remark("caption", Some(-1), Some(2))]), [("comments[0].start".to_owned(), "OUT_OF_RANGE")]);
    assert_eq!(spans(vec![remark("caption", Some(3), Some(3))]), [("comments[0].end".to_owned(), "OUT_OF_RANGE")]);
    assert_eq!(spans(vec![remark("caption", Some(3), None)]), [("comments[0].end".to_owned(), "SPAN_INCOMPLETE")]);
    assert_eq!(spans(vec![remark("caption", None, Some(3))]), [("comments[0].start".to_owned(), "SPAN_INCOMPLETE")]);
    assert_eq!(spans(vec![remark("", Some(0), Some(3))]), [("comments[0].field".to_owned(), "SPAN_WITHOUT_TEXT")]);
    for field in ["captions", "hashtags[1]", "hashtags[-1]", "transcript"] {
        assert_eq!(spans(vec![remark(field, None, None)]), [("comments[0].field".to_owned(), "UNKNOWN_FIELD")]);
    }
}

#[test]
fn a_request_for_changes_says_what_to_change() {
    assert_eq!(wrong(ReviewDecision::RequestChanges, vec![]), [("comments".to_owned(), "COMMENT_REQUIRED")]);
    assert_eq!(wrong(YES, vec![]), []);
}

#[test]
fn everything_that_is_wrong_with_a_review_is_told_at_once() {
    let sent = Review {
        reviewer: String::new(),
        decision: 77,
        comments: vec![ReviewComment { text: "x".repeat(5_001), ..remark("nowhere", None, None) }; 101],
        ..Review::default()
    };
    let Err(Refusal::Invalid(problems)) = review(&policy(&[], 1), &deliverable(Vec::new()), sent) else {
        panic!("it was taken")
    };
    let told: Vec<_> = problems.into_vec().into_iter().map(|problem| (problem.field, problem.reason)).collect();
    let first = [("reviewer", "REQUIRED"), ("decision", "UNKNOWN_VALUE"), ("comments", "TOO_MANY")];
    assert_eq!(told[..3], first.map(|(field, reason)| (field.to_owned(), reason)));
    assert!(told.contains(&("comments[99].text".to_owned(), "TOO_LONG")));
}

#[test]
fn a_review_is_due_after_its_period() {
    let submitted = Timestamp { seconds: 1_790_000_000, nanos: 500_000_000 };
    let day = |seconds, nanos| ApprovalPolicy { review_period: Some(Duration { seconds, nanos }), ..policy(&[], 1) };
    assert_eq!(
        review_due(&day(86_400, 600_000_000), submitted),
        Some(Timestamp { seconds: 1_790_086_401, nanos: 100_000_000 })
    );
    assert_eq!(review_due(&policy(&[], 1), submitted), None);
    assert_eq!(review_due(&day(86_400, 0), Timestamp { seconds: 253_402_207_199, nanos: 0 }), None);
    assert_eq!(review_due(&day(i64::MAX, i32::MAX), submitted), None);
}

fn problems_of(policy: &ApprovalPolicy) -> Vec<(String, &'static str)> {
    let mut problems = Violations::default();
    check_policy(&mut problems, "approval", policy);
    problems.into_vec().into_iter().map(|problem| (problem.field, problem.reason)).collect()
}

#[test]
fn a_policy_that_nobody_can_meet_is_refused() {
    assert_eq!(problems_of(&policy(&["ada", "ben"], 2)), []);
    assert_eq!(problems_of(&policy(&[], 50)), []);
    assert_eq!(problems_of(&policy(&["ada", "ben"], 3)), [("approval.required_approvals".to_owned(), "OUT_OF_RANGE")]);
    assert_eq!(problems_of(&policy(&["ada"], -1)), [("approval.required_approvals".to_owned(), "OUT_OF_RANGE")]);
    assert_eq!(problems_of(&policy(&["ada", "ada"], 1)), [("approval.approvers[1]".to_owned(), "DUPLICATE")]);
}

#[test]
fn a_period_of_review_lies_between_a_minute_and_90_days() {
    let with = |seconds, nanos| {
        problems_of(&ApprovalPolicy { review_period: Some(Duration { seconds, nanos }), ..policy(&[], 1) })
    };
    assert!(with(60, 0).is_empty() && with(90 * 86_400, 0).is_empty());
    for (seconds, nanos) in [(59, 999_999_999), (90 * 86_400, 1), (-60, 0), (60, -1), (i64::MAX, i32::MAX)] {
        assert_eq!(with(seconds, nanos), [("approval.review_period".to_owned(), "OUT_OF_RANGE")], "{seconds} {nanos}");
    }
}

#[test]
fn a_mode_has_to_be_given() {
    let with = |mode| problems_of(&ApprovalPolicy { mode, ..ApprovalPolicy::default() });
    assert_eq!(with(0), [("approval.mode".to_owned(), "REQUIRED")]);
    assert_eq!(with(9), [("approval.mode".to_owned(), "UNKNOWN_VALUE")]);
}

const PEOPLE: [&str; 6] = ["ada", "ben", "cy", "dee", "eli", "fay"];

proptest! {
    #[test]
    fn the_order_of_reviewers_does_not_matter_for_approval(
        (votes, shuffled) in vec(select(PEOPLE.to_vec()), 1..12).prop_flat_map(|votes| (Just(votes.clone()), Just(votes).prop_shuffle())),
        required in 1..=6i32,
    ) {
        let policy = policy(&PEOPLE, required);
        let decided = |votes: &[&'static str]| {
            let votes: Vec<_> = votes.iter().map(|name| (*name, YES)).collect();
            let outcome = told(&policy, &votes);
            (outcome.action, outcome.approvers, outcome.missing_approvals)
        };
        let (action, approvers, missing) = decided(&votes);
        prop_assert_eq!(action == Do::ApproveDraft, approvers.len() >= required as usize);
        prop_assert_eq!((action, approvers, missing), decided(&shuffled));
    }

    #[test]
    fn any_review_is_taken_or_refused_without_panic(
        reviewer in ".{0,5}", decision in any::<i32>(), field in select(vec!["", "caption", "hashtags[0]", "hashtags[99999999999999999999]", "x"]),
        start in any::<Option<i32>>(), end in any::<Option<i32>>(), revision_count in any::<i32>(), limit in any::<i32>(), required in any::<i32>(),
    ) {
        let sent = Review { reviewer, decision: decision % 6, comments: vec![remark(field, start, end)], ..Review::default() };
        let policy = ApprovalPolicy { revision_limit: limit, ..policy(&[], required) };
        let before = Deliverable { revision_count, ..deliverable(Vec::new()) };
        if let Ok(outcome) = review(&policy, &before, sent) {
            prop_assert!(outcome.revision_count >= 0 && outcome.reviews.len() == 1);
        }
    }

    #[test]
    fn a_span_that_is_taken_lies_inside_its_text(start in -3..15i32, end in -3..15i32) {
        let sent = Review { comments: vec![remark("caption", Some(start), Some(end))], ..vote("ada", YES) };
        let draft = deliverable(Vec::new());
        let content = draft.draft.clone().unwrap().content.unwrap();
        let points = field_text(&content, "caption").unwrap().chars().count() as i32;
        let inside = 0 <= start && start < end && end <= points;
        prop_assert_eq!(review(&policy(&[], 1), &draft, sent).is_ok(), inside);
    }
}

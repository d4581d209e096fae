//! Owns what a review leads to, and when one is due. Never a change of state: see [`crate::machine`].

mod check;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use creatorscope_kit::fault::Violations;
use creatorscope_proto::campaign::v1::{ApprovalPolicy, Deliverable, DisclosureContent, Review, ReviewDecision};
use jiff::SignedDuration;
use prost_types::Timestamp;
use thiserror::Error;

pub use check::{policy, review as check_review};

use crate::{machine::DeliverableAction, validate::time};

/// The most reviews that one draft takes, remarks included.
pub const MOST_REVIEWS: usize = 500;

/// What a review leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What follows for the deliverable: `ReviewDraft` (nothing is decided), `ApproveDraft`, `RequestChanges` or `RejectDraft`.
    pub action: DeliverableAction,
    /// The reviews of the draft as they are now, oldest first. An earlier vote of the same reviewer is gone; remarks stay.
    pub reviews: Vec<Review>,
    /// How often changes were requested, this time included.
    pub revision_count: i32,
    /// Who agrees with the draft, by name; those whom the policy no longer lists do not count.
    pub approvers: Vec<String>,
    /// How many more have to agree; 0 when enough do.
    pub missing_approvals: usize,
}

/// Why a review is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The reviewer is not one of the policy's approvers.
    #[error("`{reviewer}` is no approver of this campaign")]
    NotApprover {
        /// Who wanted to review.
        reviewer: String,
    },
    /// Changes were requested as often as the policy allows.
    #[error(
        "changes were requested {requested} times and at most {limit} are allowed; approve, reject or raise the limit"
    )]
    RevisionLimit {
        /// How often changes were requested.
        requested: i32,
        /// How often they may be.
        limit: i32,
    },
    /// There is no draft to review.
    #[error("there is no draft to review")]
    NoDraft,
    /// The draft has [`MOST_REVIEWS`] reviews.
    #[error("the draft has {MOST_REVIEWS} reviews, and no more are taken; hand in a new draft")]
    TooManyReviews,
    /// The review itself is not well made.
    #[error("{0}")]
    Invalid(Violations),
}

impl Refusal {
    /// The reason for programs, UPPER_SNAKE; append-only.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotApprover { .. } => "NOT_AN_APPROVER",
            Self::RevisionLimit { .. } => "REVISION_LIMIT_REACHED",
            Self::NoDraft => "NO_DRAFT",
            Self::TooManyReviews => "TOO_MANY_REVIEWS",
            Self::Invalid(_) => "INVALID_REQUEST",
        }
    }
}

/// Finds out what a review of the deliverable's draft leads to. Of `review`, the revision is set here; the state has to be checked
/// with the outcome's action afterwards, which is only allowed in `IN_REVIEW`.
///
/// A request for changes and a rejection decide at once. An approval counts once a reviewer, whatever the order, and decides when
/// `required_approvals` (0 for 1) reviewers agree. Remarks decide nothing and take no vote back. Errors: see [`Refusal`], the first
/// that applies.
pub fn review(policy: &ApprovalPolicy, deliverable: &Deliverable, review: Review) -> Result<Outcome, Refusal> {
    let draft = deliverable.draft.as_ref().ok_or(Refusal::NoDraft)?;
    let content = draft.content.clone().unwrap_or_default();
    let mut problems = Violations::default();
    check_review(&mut problems, &review, &content);
    problems.check().map_err(Refusal::Invalid)?;
    if !may_review(policy, &review.reviewer) {
        return Err(Refusal::NotApprover { reviewer: review.reviewer });
    }
    let decision = review.decision();
    let mut revision_count = deliverable.revision_count.max(0);
    if decision == ReviewDecision::RequestChanges {
        if policy.revision_limit > 0 && revision_count >= policy.revision_limit {
            return Err(Refusal::RevisionLimit { requested: revision_count, limit: policy.revision_limit });
        }
        revision_count = revision_count.saturating_add(1);
    }
    let replaced =
        |earlier: &Review| earlier.reviewer == review.reviewer && is_vote(earlier.decision()) && is_vote(decision);
    let mut reviews: Vec<Review> = deliverable
        .reviews
        .iter()
        .filter(|earlier| earlier.revision == draft.revision && !replaced(earlier))
        .cloned()
        .collect();
    if reviews.len() >= MOST_REVIEWS {
        return Err(Refusal::TooManyReviews);
    }
    reviews.push(Review { revision: draft.revision, ..review });
    let approvers = agreeing(policy, &reviews);
    let missing_approvals = required(policy).saturating_sub(approvers.len());
    let action = match decision {
        ReviewDecision::RequestChanges => DeliverableAction::RequestChanges,
        ReviewDecision::Reject => DeliverableAction::RejectDraft,
        ReviewDecision::Approve if missing_approvals == 0 => DeliverableAction::ApproveDraft,
        _ => DeliverableAction::ReviewDraft,
    };
    Ok(Outcome { action, reviews, revision_count, approvers, missing_approvals })
}

/// Errs when no further draft may be handed in because changes were requested more often than the policy allows, as after the
/// limit was lowered. A draft that answers the last request is allowed.
pub fn may_submit(policy: &ApprovalPolicy, deliverable: &Deliverable) -> Result<(), Refusal> {
    if policy.revision_limit > 0 && deliverable.revision_count > policy.revision_limit {
        return Err(Refusal::RevisionLimit { requested: deliverable.revision_count, limit: policy.revision_limit });
    }
    Ok(())
}

/// By when a draft that was submitted at `submit_time` has to be reviewed; none without a limit, or when the time is out of range.
pub fn review_due(policy: &ApprovalPolicy, submit_time: Timestamp) -> Option<Timestamp> {
    let period = policy.review_period.as_ref()?;
    let submitted = time::read(&submit_time).ok()?;
    let rest = SignedDuration::from_nanos(i64::from(period.nanos));
    let span = SignedDuration::from_secs(period.seconds).checked_add(rest)?;
    Some(time::wire(submitted.checked_add(span).ok()?)).filter(|due| time::read(due).is_ok())
}

/// How many reviewers have to agree, 1 and more.
pub fn required(policy: &ApprovalPolicy) -> usize {
    usize::try_from(policy.required_approvals).unwrap_or(0).max(1)
}

/// Whether the policy lets this person review; an empty list lets everyone.
pub fn may_review(policy: &ApprovalPolicy, reviewer: &str) -> bool {
    policy.approvers.is_empty() || policy.approvers.iter().any(|approver| approver == reviewer)
}

fn agreeing(policy: &ApprovalPolicy, reviews: &[Review]) -> Vec<String> {
    let agree = reviews
        .iter()
        .filter(|review| review.decision() == ReviewDecision::Approve && may_review(policy, &review.reviewer));
    let names: BTreeSet<&str> = agree.map(|review| review.reviewer.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Whether the decision says something about the draft that only one review of a reviewer can.
fn is_vote(decision: ReviewDecision) -> bool {
    decision != ReviewDecision::Comment && decision != ReviewDecision::Unspecified
}

/// The text of one field of a content by its path, e.g. `caption` or `hashtags[2]`; none for an unknown field, and for texts that
/// are not set.
pub fn field_text<'a>(content: &'a DisclosureContent, field: &str) -> Option<&'a str> {
    let text = match field {
        "caption" => &content.caption,
        "first_comment" => &content.first_comment,
        "title" => &content.title,
        "platform_flag_text" => &content.platform_flag_text,
        "profile_text" => &content.profile_text,
        "transcript" => return content.transcript.as_deref(),
        "on_screen_text" => return content.on_screen_text.as_deref(),
        _ => {
            let place = field.strip_prefix("hashtags[")?.strip_suffix(']')?;
            return content.hashtags.get(place.parse::<usize>().ok()?).map(String::as_str);
        }
    };
    Some(text)
}

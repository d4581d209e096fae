//! Owns what is wrong with a policy of approval and with a review. Never what a review leads to.

use creatorscope_kit::fault::Violations;
use creatorscope_proto::campaign::v1::{
    ApprovalMode, ApprovalPolicy, DisclosureContent, Review, ReviewComment, ReviewDecision,
};

use super::field_text;
use crate::validate::{
    entry,
    parts::{distinct, length, most},
};

/// The most approvers of a policy.
const MOST_APPROVERS: usize = 50;
/// The longest name of a person, in characters.
const LONGEST_PERSON: usize = 200;
/// The shortest period of review, in seconds: 1 minute.
const SHORTEST_PERIOD: i64 = 60;
/// The longest period of review, in seconds: 90 days.
const LONGEST_PERIOD: i64 = 90 * 86_400;
/// The most remarks of a review.
const MOST_COMMENTS: usize = 100;
/// The longest remark, in characters.
const LONGEST_COMMENT: usize = 5_000;
/// Fields of a content that a remark can be about.
const FIELDS: &str = "caption, hashtags, hashtags[0] and so on, first_comment, title, platform_flag_text, transcript, \
                      on_screen_text, profile_text, or empty for the whole draft";

/// Notes everything that is wrong with a policy; `field` is its path, e.g. `campaign.approval`.
pub fn policy(problems: &mut Violations, field: &str, policy: &ApprovalPolicy) {
    match ApprovalMode::try_from(policy.mode) {
        Ok(ApprovalMode::Unspecified) => {
            problems.add(format!("{field}.mode"), "REQUIRED", "not set; accepted are REQUIRED, OPTIONAL and NONE");
        }
        Ok(_) => {}
        Err(_) => problems.add(
            format!("{field}.mode"),
            "UNKNOWN_VALUE",
            format!("{} is not a mode; accepted are REQUIRED, OPTIONAL and NONE", policy.mode),
        ),
    }
    let approvers = format!("{field}.approvers");
    most(problems, &approvers, policy.approvers.len(), MOST_APPROVERS);
    distinct(problems, &approvers, &policy.approvers, |approver| approver.clone());
    for (place, approver) in policy.approvers.iter().enumerate().take(MOST_APPROVERS) {
        length(problems, &entry(&approvers, place), approver, 1, LONGEST_PERSON);
    }
    let people = if policy.approvers.is_empty() { MOST_APPROVERS } else { policy.approvers.len().min(MOST_APPROVERS) };
    if usize::try_from(policy.required_approvals).map_or(true, |required| required > people) {
        let description =
            format!("{}; accepted are 1 to {people}, as many as may review, or 0 for 1", policy.required_approvals);
        problems.add(format!("{field}.required_approvals"), "OUT_OF_RANGE", description);
    }
    if !(0..=100).contains(&policy.revision_limit) {
        let description = format!("{}; accepted are 1 to 100, or 0 for no limit", policy.revision_limit);
        problems.add(format!("{field}.revision_limit"), "OUT_OF_RANGE", description);
    }
    if let Some(period) = &policy.review_period {
        let (seconds, nanos) = (period.seconds, period.nanos);
        let inside = (SHORTEST_PERIOD..=LONGEST_PERIOD).contains(&seconds)
            && (0..1_000_000_000).contains(&nanos)
            && (seconds < LONGEST_PERIOD || nanos == 0);
        if !inside {
            let description =
                format!("{seconds} s and {nanos} ns; accepted are 1 minute to 90 days, unset for no limit");
            problems.add(format!("{field}.review_period"), "OUT_OF_RANGE", description);
        }
    }
}

/// Notes everything that is wrong with a review of this content, with the paths of `ReviewDraftRequest`: `reviewer`, `decision`,
/// `comments[0].start` and so on. Spans are counted in Unicode code points.
pub fn review(problems: &mut Violations, review: &Review, content: &DisclosureContent) {
    const DECISIONS: &str = "accepted are APPROVE, REQUEST_CHANGES, REJECT and COMMENT";
    length(problems, "reviewer", &review.reviewer, 1, LONGEST_PERSON);
    let needs_remark = match ReviewDecision::try_from(review.decision) {
        Ok(ReviewDecision::Unspecified) => {
            problems.add("decision", "REQUIRED", format!("not set; {DECISIONS}"));
            false
        }
        Ok(decision) => matches!(decision, ReviewDecision::RequestChanges | ReviewDecision::Comment),
        Err(_) => {
            problems.add("decision", "UNKNOWN_VALUE", format!("{} is not a decision; {DECISIONS}", review.decision));
            false
        }
    };
    if needs_remark && review.comments.is_empty() {
        let description = "a request for changes and a remark need at least one comment that tells what is meant";
        problems.add("comments", "COMMENT_REQUIRED", description);
    }
    most(problems, "comments", review.comments.len(), MOST_COMMENTS);
    for (place, comment) in review.comments.iter().enumerate().take(MOST_COMMENTS) {
        let field = entry("comments", place);
        length(problems, &format!("{field}.text"), &comment.text, 1, LONGEST_COMMENT);
        span(problems, &field, comment, content);
    }
}

fn span(problems: &mut Violations, field: &str, comment: &ReviewComment, content: &DisclosureContent) {
    let whole = ["", "hashtags"].contains(&comment.field.as_str());
    let text = field_text(content, &comment.field);
    if !whole && text.is_none() {
        let about: String = comment.field.chars().take(40).collect();
        let description = format!("the draft has no text `{about}`; accepted are {FIELDS}");
        problems.add(format!("{field}.field"), "UNKNOWN_FIELD", description);
        return;
    }
    let (start, end) = match (comment.start, comment.end) {
        (None, None) => return,
        (Some(start), Some(end)) => (start, end),
        (start, _) => {
            let missing = if start.is_none() { "start" } else { "end" };
            let description = "a span needs both `start` and `end`; leave both out for the whole field";
            problems.add(format!("{field}.{missing}"), "SPAN_INCOMPLETE", description);
            return;
        }
    };
    let Some(text) = text else {
        let description = "a span is in one text; name its field, e.g. `caption` or `hashtags[0]`";
        problems.add(format!("{field}.field"), "SPAN_WITHOUT_TEXT", description);
        return;
    };
    let points = text.chars().count();
    if start < 0 {
        let description = format!("{start}; accepted are 0 and more, in Unicode code points");
        problems.add(format!("{field}.start"), "OUT_OF_RANGE", description);
    }
    if end <= start || usize::try_from(end).is_ok_and(|end| end > points) {
        let description =
            format!("{end}; accepted is what is above `start` and at most {points}, the code points of the field");
        problems.add(format!("{field}.end"), "OUT_OF_RANGE", description);
    }
}

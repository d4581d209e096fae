//! Owns what follows for a deliverable from what is known of its post. Never the comparison of the texts.

use creatorscope_proto::campaign::v1::{DeliverableState, Publication, TextMatch};

use super::{DELIVERABLE, DeliverableAction, Facts, Illegal};

/// What the service does by itself after it has heard of a post: `Drift` when the text is beyond tolerance or was never approved though
/// it had to be, and nobody has accepted that; else `Verify` when metrics has seen the post; else nothing. A post with nothing to be
/// compared with is as approved.
pub fn follow_up(publication: &Publication) -> Option<DeliverableAction> {
    let found = publication.comparison.as_ref().map_or(TextMatch::Unspecified, |comparison| comparison.r#match());
    let drifted = matches!(found, TextMatch::Drifted | TextMatch::NotApproved) && !publication.drift_accepted;
    match (drifted, publication.seen_by_metrics) {
        (true, _) => Some(DeliverableAction::Drift),
        (false, true) => Some(DeliverableAction::Verify),
        (false, false) => None,
    }
}

/// The state after [`follow_up`]; the same state when nothing follows, or when it is what the state says already. Errors: before
/// publication.
pub fn settled(state: DeliverableState, publication: &Publication) -> Result<DeliverableState, Illegal> {
    let Some(action) = follow_up(publication) else { return Ok(state) };
    let target =
        if action == DeliverableAction::Drift { DeliverableState::Drifted } else { DeliverableState::Verified };
    if state == target {
        return Ok(state);
    }
    let facts = Facts { seen_by_metrics: publication.seen_by_metrics, ..Facts::default() };
    DELIVERABLE.step(state, action, &facts)
}

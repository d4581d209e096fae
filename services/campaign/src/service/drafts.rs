//! Owns drafts from submission to approval. Never the post that comes of them.

use creatorscope_kit::{clock::to_wire_time, fault::Violations};
use creatorscope_proto::campaign::v1 as pb;

use super::{
    Mutation, Service,
    campaigns::open,
    deliverables::{facts, held_with_campaign, owner, step},
    resources::{check_mutation, entry},
};
use crate::{
    approval::{self, Refusal},
    compare,
    error::CampaignError,
    guideline,
    machine::{DeliverableAction, context::Call, table::Action as _},
    model::{Caller, Kind},
    validate,
};

/// What a reviewer says.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Who.
    pub reviewer: String,
    /// What is decided, as on the wire.
    pub decision: i32,
    /// Remarks.
    pub comments: Vec<pb::ReviewComment>,
}

impl Service {
    /// Takes a draft. Errors: what is wrong with it, the deliverable is not known, was changed since or in a state without drafts, the
    /// participant has not accepted, the campaign has ended or the revision limit is reached; the database's.
    pub async fn submit_draft(
        &self,
        caller: &Caller,
        mutation: &Mutation,
        content: pb::DisclosureContent,
    ) -> Result<pb::Deliverable, CampaignError> {
        let mut problems = Violations::default();
        problems.take(check_mutation(Kind::Deliverable, mutation));
        validate::content::check(&mut problems, "content", &content);
        problems.check()?;
        let known = self.disclosure_facts(caller, &mutation.name).await?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let (campaign, before) = held_with_campaign(&mut work, mutation).await?;
        let participant = owner(&mut work, &before.participant).await?;
        open(Call::SubmitDraft, &campaign, Some(&participant))?;
        let state = step(&before, DeliverableAction::SubmitDraft, &facts(&campaign))?;
        let needs_review = state != pb::DeliverableState::Approved;
        let policy = campaign.approval.clone().unwrap_or_default();
        approval::may_submit(&policy, &before).map_err(|refusal| CampaignError::Precondition {
            reason: refusal.reason(),
            message: refusal.to_string(),
        })?;
        let now = work.now();
        let draft = pb::Draft {
            revision: before.draft.as_ref().map_or(0, |draft| draft.revision) + 1,
            submit_time: Some(to_wire_time(now)),
            text_hash: compare::text_hash(&content),
            disclosure: Some(self.check_with(&content, &known.context(&campaign, &participant, None), now)),
            guideline_checks: guideline::check(&campaign.guidelines, &content),
            content: Some(content),
        };
        let mut after = before.clone();
        after.set_state(state);
        after.reviews.clear();
        after.approved = match needs_review {
            true => None,
            false => Some(approved(&draft, now, Vec::new())),
        };
        after.review_due_time = match needs_review {
            true => approval::review_due(&policy, to_wire_time(now)),
            false => None,
        };
        after.draft = Some(draft);
        let after = work.replace(&before, after, &entry(caller, &mutation.actor, "SubmitDraft")).await?;
        work.commit().await?;
        Ok(after)
    }

    /// Takes a draft, or an approval, back. Errors: the deliverable is not known, was changed since, its state does not allow it; the
    /// database's.
    pub async fn take_back(
        &self,
        caller: &Caller,
        mutation: &Mutation,
        action: DeliverableAction,
    ) -> Result<pb::Deliverable, CampaignError> {
        check_mutation(Kind::Deliverable, mutation)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let (campaign, before) = held_with_campaign(&mut work, mutation).await?;
        let state = step(&before, action, &facts(&campaign))?;
        let mut after = before.clone();
        after.set_state(state);
        after.review_due_time = None;
        after.approved = None;
        after.reviews.clear();
        let entry = entry(caller, &mutation.actor, action.rpc()).because(&mutation.note);
        let after = work.replace(&before, after, &entry).await?;
        work.commit().await?;
        Ok(after)
    }

    /// Takes what a reviewer says of the draft. Errors: what is wrong with it, the reviewer is no approver, the deliverable is not known,
    /// was changed since or not in review, changes were requested too often; the database's.
    pub async fn review_draft(
        &self,
        caller: &Caller,
        mutation: &Mutation,
        verdict: Verdict,
    ) -> Result<pb::Deliverable, CampaignError> {
        check_mutation(Kind::Deliverable, mutation)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let (campaign, before) = held_with_campaign(&mut work, mutation).await?;
        let participant = owner(&mut work, &before.participant).await?;
        open(Call::ReviewDraft, &campaign, Some(&participant))?;
        step(&before, DeliverableAction::ReviewDraft, &facts(&campaign))?;
        let now = work.now();
        let draft = before.draft.clone().unwrap_or_default();
        let review = pb::Review {
            reviewer: verdict.reviewer.clone(),
            decision: verdict.decision,
            comments: verdict.comments,
            review_time: Some(to_wire_time(now)),
            revision: draft.revision,
        };
        let policy = campaign.approval.clone().unwrap_or_default();
        let outcome = approval::review(&policy, &before, review).map_err(|refusal| match refusal {
            Refusal::Invalid(problems) => CampaignError::Invalid(problems),
            Refusal::NotApprover { reviewer } => {
                CampaignError::NotApprover { reviewer, campaign: campaign.name.clone() }
            }
            other => CampaignError::Precondition { reason: other.reason(), message: other.to_string() },
        })?;
        let mut after = before.clone();
        after.reviews = outcome.reviews;
        after.revision_count = outcome.revision_count;
        after.set_state(step(&before, outcome.action, &facts(&campaign))?);
        if outcome.action == DeliverableAction::ApproveDraft {
            after.approved = Some(approved(&draft, now, outcome.approvers));
        }
        if after.state() != before.state() {
            after.review_due_time = None;
        }
        let after = work.replace(&before, after, &entry(caller, &verdict.reviewer, "ReviewDraft")).await?;
        work.commit().await?;
        Ok(after)
    }
}

/// The text of a draft as the one that was approved.
fn approved(draft: &pb::Draft, now: jiff::Timestamp, approvers: Vec<String>) -> pb::ApprovedText {
    pb::ApprovedText {
        revision: draft.revision,
        text_hash: draft.text_hash.clone(),
        approve_time: Some(to_wire_time(now)),
        approvers,
    }
}

//! Owns making and changing deliverables, and calling them off. Never drafts and posts.

use creatorscope_kit::fault::{Violation, Violations};
use creatorscope_proto::campaign::v1 as pb;

use super::{
    Creation, Mutation, Service,
    campaigns::{holding, open},
    resources::{check_creation, check_mutation, check_name, entry, held, masked},
};
use crate::{
    error::CampaignError,
    machine::{self, DELIVERABLE, DeliverableAction, context::Call, table::Action as _},
    model::{Caller, Kind, campaign_of},
    store::Work,
    validate,
};

const MUTABLE: &[&str] = &["display_name", "format", "due_time"];

impl Service {
    /// Adds a post that a participant owes. Errors: what is wrong with it, campaign or participant are not known, have ended or do not take
    /// part, the database's.
    pub async fn create_deliverable(
        &self,
        caller: &Caller,
        parent: &str,
        deliverable: pb::Deliverable,
        creation: &Creation,
    ) -> Result<pb::Deliverable, CampaignError> {
        let mut problems = Violations::default();
        check_name(Kind::Campaign, "parent", parent, &mut problems);
        check_name(Kind::Participant, "deliverable.participant", &deliverable.participant, &mut problems);
        check_creation(creation, &mut problems);
        let name = problems.take(self.new_name(Kind::Deliverable, parent, &creation.id));
        problems.check()?;
        let name = name.unwrap_or_default();
        if campaign_of(&deliverable.participant) != parent {
            let description = format!("{} is not of {parent}", deliverable.participant);
            return Err(Violation::new("deliverable.participant", "OTHER_CAMPAIGN", description).into());
        }
        let mut work = self.store.begin(&caller.tenant).await?;
        let campaign = holding(&mut work, parent).await?;
        if let Some(made) = self.made_before(&mut work, creation, &name).await? {
            return Ok(made);
        }
        let mut made = pb::Deliverable {
            name: name.clone(),
            participant: deliverable.participant,
            display_name: deliverable.display_name,
            format: deliverable.format,
            due_time: deliverable.due_time,
            ..Default::default()
        };
        made.set_state(pb::DeliverableState::AwaitingDraft);
        let mut problems = Violations::default();
        validate::deliverable(&mut problems, "deliverable", &made, &campaign);
        problems.check()?;
        let participant = owner(&mut work, &made.participant).await?;
        open(Call::CreateDeliverable, &campaign, Some(&participant))?;
        let made = self.add(&mut work, caller, name, made, creation, "CreateDeliverable").await?;
        work.commit().await?;
        Ok(made)
    }

    /// Changes fields of a deliverable. Errors: what is wrong with them, it is not known or was changed since, it is published or called
    /// off, the database's.
    pub async fn update_deliverable(
        &self,
        caller: &Caller,
        new: pb::Deliverable,
        mask: Option<&prost_types::FieldMask>,
        actor: &str,
    ) -> Result<pb::Deliverable, CampaignError> {
        let mutation =
            Mutation { name: new.name.clone(), etag: new.etag.clone(), actor: actor.into(), ..Mutation::default() };
        check_mutation(Kind::Deliverable, &mutation)?;
        let fields = masked(mask, MUTABLE)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let (campaign, before) = held_with_campaign(&mut work, &mutation).await?;
        open(Call::UpdateDeliverable, &campaign, None)?;
        let mut after = before.clone();
        for field in fields {
            match field {
                "display_name" => after.display_name.clone_from(&new.display_name),
                "format" => after.format = new.format,
                _ => after.due_time = new.due_time,
            }
        }
        let mut problems = Violations::default();
        validate::deliverable(&mut problems, "deliverable", &after, &campaign);
        problems.check()?;
        let after = work.replace(&before, after, &entry(caller, actor, "UpdateDeliverable")).await?;
        work.commit().await?;
        Ok(after)
    }

    /// Calls a post off that is not published. Errors: it is not known, was changed since, its state does not allow it; the database's.
    pub async fn cancel_deliverable(
        &self,
        caller: &Caller,
        mutation: &Mutation,
    ) -> Result<pb::Deliverable, CampaignError> {
        check_mutation(Kind::Deliverable, mutation)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let (_, before) = held_with_campaign(&mut work, mutation).await?;
        let state = step(&before, DeliverableAction::CancelDeliverable, &machine::Facts::default())?;
        let mut after = before.clone();
        after.set_state(state);
        after.review_due_time = None;
        let entry = entry(caller, &mutation.actor, DeliverableAction::CancelDeliverable.rpc()).because(&mutation.note);
        let after = work.replace(&before, after, &entry).await?;
        work.commit().await?;
        Ok(after)
    }
}

/// A deliverable with its campaign, both held. Errors: one is not known, the deliverable was changed since.
pub(super) async fn held_with_campaign(
    work: &mut Work,
    mutation: &Mutation,
) -> Result<(pb::Campaign, pb::Deliverable), CampaignError> {
    let campaign = holding(work, campaign_of(&mutation.name)).await.map_err(|error| match error {
        // Who asks for a deliverable is told of the deliverable.
        CampaignError::NotKnown { .. } => {
            CampaignError::NotKnown { kind: Kind::Deliverable, name: mutation.name.clone() }
        }
        other => other,
    })?;
    let deliverable: pb::Deliverable = held(work, &mutation.name, &mutation.etag).await?;
    Ok((campaign, deliverable))
}

/// The participant of a deliverable. Errors: it is not known.
pub(super) async fn owner(work: &mut Work, name: &str) -> Result<pb::Participant, CampaignError> {
    let found = work.lock::<pb::Participant>(name).await?;
    found.ok_or_else(|| CampaignError::NotKnown { kind: Kind::Participant, name: name.to_owned() })
}

/// The state after an action. Errors: the state does not allow it.
pub(super) fn step(
    deliverable: &pb::Deliverable,
    action: DeliverableAction,
    facts: &machine::Facts,
) -> Result<pb::DeliverableState, CampaignError> {
    let state = DELIVERABLE.step(deliverable.state(), action, facts);
    state.map_err(|illegal| CampaignError::illegal(deliverable, illegal))
}

/// What the moves of a campaign's deliverables depend on.
pub(super) fn facts(campaign: &pb::Campaign) -> machine::Facts {
    machine::Facts { approval: approval_mode(campaign), ..machine::Facts::default() }
}

/// How a campaign's drafts are approved; `OPTIONAL` where nothing is said.
pub(crate) fn approval_mode(campaign: &pb::Campaign) -> pb::ApprovalMode {
    match campaign.approval.as_ref().map(pb::ApprovalPolicy::mode) {
        None | Some(pb::ApprovalMode::Unspecified) => pb::ApprovalMode::Optional,
        Some(mode) => mode,
    }
}

//! Owns making, changing and moving campaigns. Never a participant's or deliverable's own moves.

use creatorscope_kit::fault::Violations;
use creatorscope_proto::campaign::v1 as pb;

use super::{
    Creation, Mutation, Service,
    resources::{check_creation, check_mutation, entry, held, masked, present},
};
use crate::{
    error::CampaignError,
    machine::{
        self, CAMPAIGN, CampaignAction, DELIVERABLE, DeliverableAction,
        context::{Call, allows},
        table::Action as _,
    },
    model::{Caller, Kind},
    objective,
    store::Work,
    validate,
};

const MUTABLE: &[&str] = &[
    "display_name",
    "brief",
    "start_time",
    "end_time",
    "markets",
    "budget",
    "objectives",
    "guidelines",
    "approval",
    "tolerance",
    "product_category",
];

impl Service {
    /// Makes a campaign in `DRAFT`. Errors: what is wrong with it, the brand is not known, its name is taken, the database's.
    pub async fn create_campaign(
        &self,
        caller: &Caller,
        mut campaign: pb::Campaign,
        creation: &Creation,
    ) -> Result<pb::Campaign, CampaignError> {
        let mut problems = Violations::default();
        objective::give_ids(&mut campaign.objectives);
        validate::campaign(&mut problems, "campaign", &campaign, None);
        self.check_category(&campaign, &mut problems);
        check_creation(creation, &mut problems);
        let name = problems.take(self.new_name(Kind::Campaign, "", &creation.id));
        problems.check()?;
        let name = name.unwrap_or_default();
        let mut work = self.store.begin(&caller.tenant).await?;
        if let Some(made) = self.made_before(&mut work, creation, &name).await? {
            return Ok(made);
        }
        // Held, so that nobody removes the brand meanwhile.
        present::<pb::Brand>(&mut work, &campaign.brand).await?;
        campaign.set_state(pb::CampaignState::Draft);
        let made = self.add(&mut work, caller, name, campaign, creation, "CreateCampaign").await?;
        work.commit().await?;
        Ok(made)
    }

    /// Changes fields of a campaign. Errors: what is wrong with them, the campaign is not known, was changed since or has ended, the
    /// currency has fees, the database's.
    pub async fn update_campaign(
        &self,
        caller: &Caller,
        new: pb::Campaign,
        mask: Option<&prost_types::FieldMask>,
        actor: &str,
    ) -> Result<pb::Campaign, CampaignError> {
        let mutation =
            Mutation { name: new.name.clone(), etag: new.etag.clone(), actor: actor.into(), ..Mutation::default() };
        check_mutation(Kind::Campaign, &mutation)?;
        let fields = masked(mask, MUTABLE)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let before: pb::Campaign = held(&mut work, &mutation.name, &mutation.etag).await?;
        open(Call::UpdateCampaign, &before, None)?;
        let mut after = before.clone();
        for field in fields {
            match field {
                "display_name" => after.display_name.clone_from(&new.display_name),
                "brief" => after.brief.clone_from(&new.brief),
                "start_time" => after.start_time = new.start_time,
                "end_time" => after.end_time = new.end_time,
                "markets" => after.markets.clone_from(&new.markets),
                "budget" => after.budget.clone_from(&new.budget),
                "objectives" => after.objectives.clone_from(&new.objectives),
                "guidelines" => after.guidelines.clone_from(&new.guidelines),
                "approval" => after.approval.clone_from(&new.approval),
                "tolerance" => after.tolerance = new.tolerance,
                _ => after.product_category.clone_from(&new.product_category),
            }
        }
        objective::give_ids(&mut after.objectives);
        let mut problems = Violations::default();
        let participants: Vec<pb::Participant> = work.all_of(&before.name).await?;
        let fees = fee_currency(&participants);
        validate::campaign(&mut problems, "campaign", &after, fees);
        self.check_category(&after, &mut problems);
        if after.objectives.is_empty() && before.state() != pb::CampaignState::Draft {
            problems.add("campaign.objectives", "REQUIRED", "a campaign that was started needs at least one objective");
        }
        problems.check()?;
        let after = work.replace(&before, after, &entry(caller, actor, "UpdateCampaign")).await?;
        work.commit().await?;
        Ok(after)
    }

    /// Moves a campaign. Errors: it is not known, was changed since, its state does not allow it, it has no objective; the database's.
    pub async fn move_campaign(
        &self,
        caller: &Caller,
        mutation: &Mutation,
        action: CampaignAction,
    ) -> Result<pb::Campaign, CampaignError> {
        check_mutation(Kind::Campaign, mutation)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let before: pb::Campaign = held(&mut work, &mutation.name, &mutation.etag).await?;
        let facts = machine::Facts { has_objective: !before.objectives.is_empty(), ..Default::default() };
        let state = CAMPAIGN.step(before.state(), action, &facts);
        let state = state.map_err(|illegal| CampaignError::illegal(&before, illegal))?;
        let mut after = before.clone();
        after.set_state(state);
        let entry = entry(caller, &mutation.actor, action.name()).because(&mutation.note);
        let after = work.replace(&before, after, &entry).await?;
        if action == CampaignAction::CancelCampaign {
            cancel_unpublished(&mut work, &after.name, |_| true, &entry.actor).await?;
        }
        work.commit().await?;
        Ok(after)
    }

    /// Removes a campaign with all that belongs to it. Errors: it is not known, was changed since, or neither in `DRAFT` nor `CANCELLED`;
    /// the database's.
    pub async fn delete_campaign(&self, caller: &Caller, mutation: &Mutation) -> Result<(), CampaignError> {
        check_mutation(Kind::Campaign, mutation)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let before: pb::Campaign = held(&mut work, &mutation.name, &mutation.etag).await?;
        open(Call::DeleteCampaign, &before, None)?;
        work.remove(&before).await?;
        work.commit().await?;
        Ok(())
    }
}

/// The campaign, held, for a change of something in it. Errors: it is not known.
pub(super) async fn holding(work: &mut Work, name: &str) -> Result<pb::Campaign, CampaignError> {
    present::<pb::Campaign>(work, name).await
}

/// Refuses a call that the state of the campaign, or of the participant, does not allow. Errors: it does not.
pub(super) fn open(
    call: Call,
    campaign: &pb::Campaign,
    participant: Option<&pb::Participant>,
) -> Result<(), CampaignError> {
    allows(call, campaign.state(), participant.map(pb::Participant::state)).map_err(|closed| {
        let name = match (closed.resource, participant) {
            ("participant", Some(participant)) => participant.name.clone(),
            _ => campaign.name.clone(),
        };
        CampaignError::Closed { name, closed }
    })
}

/// Cancels what is not published of a campaign. Errors: the database's.
pub(super) async fn cancel_unpublished(
    work: &mut Work,
    campaign: &str,
    chosen: impl Fn(&pb::Deliverable) -> bool + Send,
    actor: &str,
) -> Result<(), CampaignError> {
    let deliverables: Vec<pb::Deliverable> = work.all_of(campaign).await?;
    for before in deliverables.into_iter().filter(chosen) {
        let action = DeliverableAction::CancelDeliverable;
        let Ok(state) = DELIVERABLE.step(before.state(), action, &machine::Facts::default()) else { continue };
        let mut after = before.clone();
        after.set_state(state);
        after.review_due_time = None;
        let entry = crate::store::Entry { actor: actor.to_owned(), action: action.rpc(), ..Default::default() };
        work.replace(&before, after, &entry).await?;
    }
    Ok(())
}

/// The currency of fees that are agreed; none when there are none.
pub(super) fn fee_currency(participants: &[pb::Participant]) -> Option<&str> {
    participants.iter().find_map(|one| one.fee.as_ref()).map(|fee| fee.currency_code.as_str())
}

/// The currency of a campaign's money; none when it has none yet.
pub(super) fn currency<'a>(campaign: &'a pb::Campaign, participants: &'a [pb::Participant]) -> Option<&'a str> {
    campaign.budget.as_ref().map(|budget| budget.currency_code.as_str()).or_else(|| fee_currency(participants))
}

//! Owns inviting creators and what they answer. Never their deliverables' own moves.

use creatorscope_kit::fault::Violations;
use creatorscope_proto::campaign::v1 as pb;

use super::{
    Creation, Mutation, Service,
    campaigns::{cancel_unpublished, currency, holding, open},
    resources::{check_creation, check_mutation, check_name, entry, held, masked},
};
use crate::{
    error::CampaignError,
    machine::{self, PARTICIPANT, ParticipantAction, context::Call, table::Action as _},
    model::{Caller, Kind, campaign_of},
    validate,
};

const MUTABLE: &[&str] = &["fee", "relations", "contract_reference", "country", "tracking_codes"];

impl Service {
    /// Invites a creator. Errors: what is wrong with the participant, the campaign is not known or has ended, the creator takes part
    /// already, a tracking code is taken, the database's.
    pub async fn create_participant(
        &self,
        caller: &Caller,
        parent: &str,
        mut participant: pb::Participant,
        creation: &Creation,
    ) -> Result<pb::Participant, CampaignError> {
        let mut problems = Violations::default();
        check_name(Kind::Campaign, "parent", parent, &mut problems);
        validate::participant(&mut problems, "participant", &participant, None);
        check_creation(creation, &mut problems);
        let name = problems.take(self.new_name(Kind::Participant, parent, &creation.id));
        problems.check()?;
        let name = name.unwrap_or_default();
        let mut work = self.store.begin(&caller.tenant).await?;
        let campaign = holding(&mut work, parent).await?;
        if let Some(made) = self.made_before(&mut work, creation, &name).await? {
            return Ok(made);
        }
        open(Call::CreateParticipant, &campaign, None)?;
        let others: Vec<pb::Participant> = work.all_of(parent).await?;
        if let Some(other) = others.iter().find(|other| other.creator == participant.creator) {
            let message = format!("{} takes part already, as {}", participant.creator, other.name);
            return Err(CampaignError::Exists { kind: Kind::Participant, name: other.name.clone(), message });
        }
        codes_are_free(&others, &participant)?;
        check_fee(&participant, currency(&campaign, &others))?;
        participant.name.clone_from(&name);
        participant.set_state(pb::ParticipantState::Invited);
        let made = self.add(&mut work, caller, name, participant, creation, "CreateParticipant").await?;
        work.commit().await?;
        Ok(made)
    }

    /// Changes fields of a participant. Errors: what is wrong with them, it is not known or was changed since, the campaign has ended, the
    /// database's.
    pub async fn update_participant(
        &self,
        caller: &Caller,
        new: pb::Participant,
        mask: Option<&prost_types::FieldMask>,
        actor: &str,
    ) -> Result<pb::Participant, CampaignError> {
        let mutation =
            Mutation { name: new.name.clone(), etag: new.etag.clone(), actor: actor.into(), ..Mutation::default() };
        check_mutation(Kind::Participant, &mutation)?;
        let fields = masked(mask, MUTABLE)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let campaign = holding(&mut work, campaign_of(&mutation.name)).await?;
        let before: pb::Participant = held(&mut work, &mutation.name, &mutation.etag).await?;
        open(Call::UpdateParticipant, &campaign, None)?;
        let mut after = before.clone();
        for field in fields {
            match field {
                "fee" => after.fee.clone_from(&new.fee),
                "relations" => after.relations.clone_from(&new.relations),
                "contract_reference" => after.contract_reference.clone_from(&new.contract_reference),
                "country" => after.country.clone_from(&new.country),
                _ => after.tracking_codes.clone_from(&new.tracking_codes),
            }
        }
        let mut problems = Violations::default();
        validate::participant(&mut problems, "participant", &after, None);
        problems.check()?;
        let mut others: Vec<pb::Participant> = work.all_of(&campaign.name).await?;
        others.retain(|other| other.name != before.name);
        codes_are_free(&others, &after)?;
        check_fee(&after, currency(&campaign, &others))?;
        let after = work.replace(&before, after, &entry(caller, actor, "UpdateParticipant")).await?;
        work.commit().await?;
        Ok(after)
    }

    /// Moves a participant. Errors: it is not known, was changed since, its state does not allow it, the campaign has ended; the
    /// database's.
    pub async fn move_participant(
        &self,
        caller: &Caller,
        mutation: &Mutation,
        action: ParticipantAction,
    ) -> Result<pb::Participant, CampaignError> {
        check_mutation(Kind::Participant, mutation)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let campaign = holding(&mut work, campaign_of(&mutation.name)).await?;
        let before: pb::Participant = held(&mut work, &mutation.name, &mutation.etag).await?;
        if action == ParticipantAction::AcceptInvitation {
            open(Call::AcceptInvitation, &campaign, None)?;
        }
        let state = PARTICIPANT.step(before.state(), action, &machine::Facts::default());
        let state = state.map_err(|illegal| CampaignError::illegal(&before, illegal))?;
        let mut after = before.clone();
        after.set_state(state);
        let entry = entry(caller, &mutation.actor, action.name()).because(&mutation.note);
        let after = work.replace(&before, after, &entry).await?;
        if action != ParticipantAction::AcceptInvitation {
            let theirs = |deliverable: &pb::Deliverable| deliverable.participant == after.name;
            cancel_unpublished(&mut work, &campaign.name, theirs, &entry.actor).await?;
        }
        work.commit().await?;
        Ok(after)
    }
}

/// Refuses a fee in another currency than the campaign's. Errors: it is.
fn check_fee(participant: &pb::Participant, currency: Option<&str>) -> Result<(), Violations> {
    let mut problems = Violations::default();
    if let Some(fee) = &participant.fee {
        validate::parts::fee(&mut problems, "participant.fee", fee, currency);
    }
    problems.check()
}

/// Refuses tracking codes that another participant has. Errors: the first one.
fn codes_are_free(others: &[pb::Participant], participant: &pb::Participant) -> Result<(), CampaignError> {
    for code in &participant.tracking_codes {
        let key = validate::tracking_key(code);
        let is_it = |known: &String| validate::tracking_key(known) == key;
        let owner = others.iter().find(|other| other.tracking_codes.iter().any(is_it));
        if let Some(owner) = owner {
            let message = format!("the tracking code {code} is {}'s", owner.name);
            return Err(CampaignError::Exists { kind: Kind::Participant, name: owner.name.clone(), message });
        }
    }
    Ok(())
}

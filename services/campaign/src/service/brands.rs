//! Owns making, changing and removing brands. Never a campaign.

use creatorscope_kit::fault::Violations;
use creatorscope_proto::campaign::v1 as pb;

use super::{
    Creation, Mutation, Service,
    resources::{check_creation, check_mutation, entry, held, masked},
};
use crate::{
    error::CampaignError,
    model::{Caller, Kind, Resource as _},
    validate,
};

const MUTABLE: &[&str] = &["display_name", "brief", "aliases", "country"];

impl Service {
    /// Makes a brand. Errors: what is wrong with it, its name is taken, the database's.
    pub async fn create_brand(
        &self,
        caller: &Caller,
        mut brand: pb::Brand,
        creation: &Creation,
    ) -> Result<pb::Brand, CampaignError> {
        let mut problems = Violations::default();
        validate::brand(&mut problems, "brand", &brand);
        check_creation(creation, &mut problems);
        let name = problems.take(self.new_name(Kind::Brand, "", &creation.id));
        problems.check()?;
        let name = name.unwrap_or_default();
        let mut work = self.store.begin(&caller.tenant).await?;
        if let Some(made) = self.made_before(&mut work, creation, &name).await? {
            return Ok(made);
        }
        (brand.create_time, brand.update_time) = (None, None);
        let made = self.add(&mut work, caller, name, brand, creation, "CreateBrand").await?;
        work.commit().await?;
        Ok(made)
    }

    /// Changes fields of a brand. Errors: what is wrong with them, the brand is not known or was changed since, the database's.
    pub async fn update_brand(
        &self,
        caller: &Caller,
        new: pb::Brand,
        mask: Option<&prost_types::FieldMask>,
        actor: &str,
    ) -> Result<pb::Brand, CampaignError> {
        let mutation =
            Mutation { name: new.name.clone(), etag: new.etag.clone(), actor: actor.into(), ..Mutation::default() };
        check_mutation(Kind::Brand, &mutation)?;
        let fields = masked(mask, MUTABLE)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let before: pb::Brand = held(&mut work, &mutation.name, &mutation.etag).await?;
        let mut after = before.clone();
        for field in fields {
            match field {
                "display_name" => after.display_name.clone_from(&new.display_name),
                "brief" => after.brief.clone_from(&new.brief),
                "aliases" => after.aliases.clone_from(&new.aliases),
                _ => after.country.clone_from(&new.country),
            }
        }
        let mut problems = Violations::default();
        validate::brand(&mut problems, "brand", &after);
        problems.check()?;
        let after = work.replace(&before, after, &entry(caller, actor, "UpdateBrand")).await?;
        work.commit().await?;
        Ok(after)
    }

    /// Removes a brand. Errors: it is not known, was changed since or has campaigns; the database's.
    pub async fn delete_brand(&self, caller: &Caller, mutation: &Mutation) -> Result<(), CampaignError> {
        check_mutation(Kind::Brand, mutation)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let brand: pb::Brand = held(&mut work, &mutation.name, &mutation.etag).await?;
        let campaigns: Vec<pb::Campaign> = work.all_of(brand.name()).await?;
        if let Some(first) = campaigns.first() {
            let message =
                format!("{} has {} campaigns, e.g. {}; remove them first", brand.name, campaigns.len(), first.name);
            return Err(CampaignError::Precondition { reason: "BRAND_HAS_CAMPAIGNS", message });
        }
        work.remove(&brand).await?;
        work.commit().await?;
        Ok(())
    }
}

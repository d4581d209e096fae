//! Owns holding posts against disclosure rules: which facts of campaign, brand and creator go into a check. Never a rule.

use creatorscope_disclosure::rules::Jurisdiction;
use creatorscope_kit::{clock::from_wire_time, fault::Violations, page};
use creatorscope_proto::{campaign::v1 as pb, discovery::v1::Creator};
use jiff::Timestamp;

use super::{PageRequest, Service};
use crate::{
    convert::disclosure as convert,
    error::CampaignError,
    model::{Caller, Kind, campaign_of},
    validate,
};

/// Jurisdictions of one request.
const MOST_CODES: usize = 100;

/// What a check needs to know besides campaign and participant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    brand: pb::Brand,
    /// What discovery knows of the creator; none while it is away or does not know it.
    creator: Option<Creator>,
}

impl Facts {
    /// How the participant's post is tied to the brand and whom it reaches.
    pub(crate) fn context(
        &self,
        campaign: &pb::Campaign,
        participant: &pb::Participant,
        publish_time: Option<prost_types::Timestamp>,
    ) -> pb::DisclosureContext {
        let aliases = &self.brand.aliases;
        let with = |sign: char| aliases.iter().filter(move |alias| alias.starts_with(sign)).cloned().collect();
        let plain = aliases.iter().filter(|alias| !alias.starts_with(['@', '#'])).cloned();
        let countries =
            self.creator.iter().filter_map(|creator| creator.audience.as_ref()).flat_map(|all| &all.countries);
        let shares =
            countries.map(|share| pb::DisclosureAudienceShare { country: share.key.clone(), share: share.share });
        let known = self.creator.as_ref();
        let country = match participant.country.as_str() {
            "" => known.map(|creator| creator.country.clone()).unwrap_or_default(),
            given => given.to_owned(),
        };
        pb::DisclosureContext {
            relations: participant.relations.clone(),
            brand_names: std::iter::once(self.brand.display_name.clone()).chain(plain).collect(),
            brand_handles: with('@'),
            brand_hashtags: with('#'),
            creator_country: country,
            brand_country: self.brand.country.clone(),
            audience: shares.collect(),
            jurisdictions: campaign.markets.clone(),
            product_category: campaign.product_category.clone(),
            publish_time,
            followers: known.and_then(|creator| creator.followers),
            ..Default::default()
        }
    }
}

impl Service {
    /// What a check of a deliverable's post needs to know. A discovery service that is away leaves the audience unknown. Errors: the
    /// deliverable is not known; the database's.
    pub(crate) async fn disclosure_facts(&self, caller: &Caller, deliverable: &str) -> Result<Facts, CampaignError> {
        let not_known = || CampaignError::NotKnown { kind: Kind::Deliverable, name: deliverable.to_owned() };
        let tenant = caller.tenant.as_str();
        let owed: Option<pb::Deliverable> = self.store.get(tenant, deliverable).await?;
        let owed = owed.ok_or_else(not_known)?;
        let campaign: Option<pb::Campaign> = self.store.get(tenant, campaign_of(deliverable)).await?;
        let campaign = campaign.ok_or_else(not_known)?;
        let brand: Option<pb::Brand> = self.store.get(tenant, &campaign.brand).await?;
        let participant: Option<pb::Participant> = self.store.get(tenant, &owed.participant).await?;
        let creator = match &participant {
            Some(participant) => self.discovery.creators(std::slice::from_ref(&participant.creator)).await,
            None => Ok(Vec::new()),
        };
        let creator = match creator {
            Ok(found) => found.into_iter().next().flatten(),
            Err(error) if error.is_away() => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Facts { brand: brand.unwrap_or_default(), creator })
    }

    /// Holds a post against the rules of the day on which it is public. `now` stands for a day that is not told.
    pub(crate) fn check_with(
        &self,
        content: &pb::DisclosureContent,
        context: &pb::DisclosureContext,
        now: Timestamp,
    ) -> pb::DisclosureCheck {
        let day = context.publish_time.as_ref().and_then(|time| from_wire_time(time).ok()).unwrap_or(now);
        convert::check(&self.rules, content, context, day)
    }

    /// Holds any post against the rules; nothing is kept. Errors: what is wrong with the request.
    pub fn check_disclosure(
        &self,
        content: &pb::DisclosureContent,
        context: &pb::DisclosureContext,
    ) -> Result<pb::DisclosureCheck, CampaignError> {
        let mut problems = Violations::default();
        validate::content::check(&mut problems, "content", content);
        self.check_context(context, &mut problems);
        problems.check()?;
        Ok(self.check_with(content, context, self.clock.now()))
    }

    /// What is known of jurisdictions, all when none is named. Errors: too many, codes that are none.
    pub fn disclosure_rules(
        &self,
        codes: &[String],
        page: &PageRequest,
    ) -> Result<pb::ListDisclosureRulesResponse, CampaignError> {
        let mut problems = Violations::default();
        validate::parts::most(&mut problems, "jurisdictions", codes.len(), MOST_CODES);
        for (place, code) in codes.iter().enumerate().take(MOST_CODES) {
            if !self.rules.jurisdictions().iter().any(|known| known.code == *code) {
                let found = validate::parts::cut(code);
                let description =
                    format!("there is no data of `{found}`; leave the list empty to see of which there is");
                problems.add(format!("jurisdictions[{place}]"), "UNKNOWN_VALUE", description);
            }
        }
        let size = problems.take(page::size(page.size, MOST_CODES, MOST_CODES)).unwrap_or(MOST_CODES);
        problems.check()?;
        let is_wanted = |one: &&Jurisdiction| codes.is_empty() || codes.contains(&one.code);
        let wanted = self.rules.jurisdictions().iter().filter(is_wanted).map(convert::known).collect();
        let context = format!("disclosure rules|{}", codes.join(","));
        let (jurisdictions, next_page_token) =
            self.page_of(wanted, |one: &pb::DisclosureJurisdiction| one.code.as_str(), size, &page.token, &context)?;
        Ok(pb::ListDisclosureRulesResponse {
            jurisdictions,
            next_page_token,
            rules_version: self.rules.version().to_owned(),
            product_categories: self.rules.categories().to_vec(),
        })
    }

    /// Notes a product category that no rule knows: a check would pass over it in silence.
    pub(super) fn check_category(&self, campaign: &pb::Campaign, problems: &mut Violations) {
        self.known_category("campaign.product_category", &campaign.product_category, problems);
    }

    fn known_category(&self, field: &str, category: &str, problems: &mut Violations) {
        let known = self.rules.categories();
        if !category.is_empty() && !known.iter().any(|one| one == category) {
            let description = format!(
                "`{}` is not known; accepted are {}, or none",
                validate::parts::cut(category),
                known.join(", ")
            );
            problems.add(field, "UNKNOWN_VALUE", description);
        }
    }

    /// Notes what is wrong with what a check is told of brand, creator and audience.
    fn check_context(&self, context: &pb::DisclosureContext, problems: &mut Violations) {
        let at = |field: &str| format!("context.{field}");
        validate::relations(problems, &at("relations"), &context.relations);
        let words = [
            ("brand_names", &context.brand_names),
            ("brand_handles", &context.brand_handles),
            ("brand_hashtags", &context.brand_hashtags),
        ];
        for (field, words) in words {
            validate::words(problems, &at(field), words, 50, 100);
        }
        validate::parts::country(problems, &at("creator_country"), &context.creator_country);
        validate::parts::country(problems, &at("brand_country"), &context.brand_country);
        validate::parts::most(problems, &at("audience"), context.audience.len(), 250);
        for (place, part) in context.audience.iter().enumerate().take(250) {
            let at = format!("context.audience[{place}]");
            validate::parts::country(problems, &format!("{at}.country"), &part.country);
            if !(0.0..=1.0).contains(&part.share) {
                problems.add(format!("{at}.share"), "OUT_OF_RANGE", format!("{}; accepted are 0 to 1", part.share));
            }
        }
        validate::parts::most(problems, &at("jurisdictions"), context.jurisdictions.len(), MOST_CODES);
        validate::parts::countries(problems, &at("jurisdictions"), &context.jurisdictions);
        if context.audience_threshold.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
            problems.add(at("audience_threshold"), "OUT_OF_RANGE", "accepted are shares above 0, up to 1");
        }
        self.known_category(&at("product_category"), &context.product_category, problems);
        validate::time::optional(problems, &at("publish_time"), context.publish_time.as_ref());
        validate::parts::most(problems, &at("permits"), context.permits.len(), 50);
        if context.followers.is_some_and(|count| count < 0) {
            problems.add(at("followers"), "NEGATIVE_COUNT", "accepted are 0 and more, or none when not known");
        }
    }
}

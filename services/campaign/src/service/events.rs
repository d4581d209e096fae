//! Owns reading the log of a campaign. Never what stands in it.

use creatorscope_kit::{
    fault::{Violation, Violations},
    page,
};
use creatorscope_proto::campaign::v1 as pb;

use super::{PageRequest, Service, resources::check_name};
use crate::{
    convert,
    error::CampaignError,
    model::{Caller, Kind, campaign_of},
};

/// Events of a page when the request names no number, and at most.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;

impl Service {
    /// A page of a campaign's log, oldest first, and the token of the next one. Errors: the campaign is not known, a resource of another
    /// campaign, a bad page; the database's.
    pub async fn events(
        &self,
        caller: &Caller,
        campaign: &str,
        resource: &str,
        page: &PageRequest,
    ) -> Result<(Vec<pb::CampaignEvent>, String), CampaignError> {
        let mut problems = Violations::default();
        check_name(Kind::Campaign, "parent", campaign, &mut problems);
        if !resource.is_empty() && campaign_of(resource) != campaign {
            problems.add("resource", "OTHER_CAMPAIGN", format!("not a resource of {campaign}"));
        }
        let limit = problems.take(page::size(page.size, PAGE, MAX_PAGE));
        problems.check()?;
        let limit = limit.unwrap_or(PAGE);
        self.get::<pb::Campaign>(caller, campaign).await?;
        let context = format!("{}|events|{campaign}|{resource}", caller.tenant);
        let after = match page.token.as_str() {
            "" => 0,
            token => place(&self.sealer.unseal(token, context.as_bytes())?)?,
        };
        let mut found = self.store.events(&caller.tenant, campaign, resource, after, limit + 1).await?;
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next = match found.last() {
            Some(last) if has_more => self.sealer.seal(&last.number.to_be_bytes(), context.as_bytes()),
            _ => String::new(),
        };
        Ok((found.into_iter().map(|event| convert::event::event(campaign, event)).collect(), next))
    }
}

fn place(content: &[u8]) -> Result<i64, Violation> {
    let bytes: [u8; 8] = content
        .try_into()
        .map_err(|_| Violation::new("page_token", "INVALID_PAGE_TOKEN", "not a token of this list"))?;
    Ok(i64::from_be_bytes(bytes))
}

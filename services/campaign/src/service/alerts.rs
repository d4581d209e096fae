//! Owns reading alerts. Never when they are raised.

use creatorscope_kit::{
    clock::from_wire_time,
    db::micros,
    fault::{Violation, Violations},
    page,
};
use creatorscope_proto::campaign::v1 as pb;

use super::{PageRequest, Service, resources::check_name};
use crate::{
    error::CampaignError,
    model::{Caller, Kind, campaign_of},
    store::AlertListing,
};

/// Alerts of a page when the request names no number, and at most.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;
/// Stands for every campaign.
const ALL: &str = "campaigns/-";

impl Service {
    /// A page of alerts, newest first, and the token of the next one. Errors: the campaign is not known, a bad page; the database's.
    pub async fn alerts(
        &self,
        caller: &Caller,
        parent: &str,
        open_only: bool,
        page: &PageRequest,
    ) -> Result<(Vec<pb::Alert>, String), CampaignError> {
        let mut problems = Violations::default();
        if parent != ALL {
            check_name(Kind::Campaign, "parent", parent, &mut problems);
        }
        let limit = problems.take(page::size(page.size, PAGE, MAX_PAGE));
        problems.check()?;
        let limit = limit.unwrap_or(PAGE);
        if parent != ALL {
            self.get::<pb::Campaign>(caller, parent).await?;
        }
        let context = format!("{}|alerts|{parent}|{open_only}", caller.tenant);
        let behind = match page.token.as_str() {
            "" => None,
            token => Some(place(&self.sealer.unseal(token, context.as_bytes())?)?),
        };
        let campaign = if parent == ALL { String::new() } else { parent.to_owned() };
        let listing = AlertListing { campaign, open_only, behind };
        let mut found = self.store.alerts(&caller.tenant, &listing, limit + 1).await?;
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next = match found.last().and_then(token) {
            Some(token) if has_more => self.sealer.seal(token.as_bytes(), context.as_bytes()),
            _ => String::new(),
        };
        Ok((found, next))
    }
}

/// The place behind an alert: raised at, campaign, number.
fn token(alert: &pb::Alert) -> Option<String> {
    let raised = alert.raise_time.as_ref().and_then(|time| from_wire_time(time).ok())?;
    let number = alert.name.rsplit('/').next()?;
    Some(format!("{}|{}|{number}", micros(raised), campaign_of(&alert.name)))
}

fn place(content: &[u8]) -> Result<(i64, String, i64), Violation> {
    let text = String::from_utf8_lossy(content);
    let mut parts = text.split('|');
    let read = (parts.next().and_then(|at| at.parse().ok()), parts.next(), parts.next().and_then(|n| n.parse().ok()));
    match read {
        (Some(at), Some(campaign), Some(number)) => Ok((at, campaign.to_owned(), number)),
        _ => Err(Violation::new("page_token", "INVALID_PAGE_TOKEN", "not a token of this list")),
    }
}

//! Owns gathering the report of a campaign. Never how a file of it looks.

use std::collections::{BTreeMap, BTreeSet};

use creatorscope_kit::clock::to_wire_time;
use creatorscope_proto::campaign::v1 as pb;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::Service;
use crate::{
    error::CampaignError,
    model::Caller,
    progress::Inputs,
    store::{AlertListing, Counts},
};

/// Alerts of a report.
const MAX_ALERTS: usize = 1_000;

impl Service {
    /// Everything about a campaign, with its progress as of a time or now. Errors: it is not known, a time in the future; the database's.
    pub async fn report(
        &self,
        caller: &Caller,
        name: &str,
        as_of: Option<prost_types::Timestamp>,
    ) -> Result<pb::CampaignReport, CampaignError> {
        let at = self.read_as_of(name, as_of)?;
        let progress = self.progress(caller, name, Some(to_wire_time(at)), &[]).await?;
        let tenant = caller.tenant.as_str();
        let campaign: pb::Campaign = self.get(caller, name).await?;
        let brand = self.store.get(tenant, &campaign.brand).await?;
        let (inputs, _) = self.inputs(tenant, campaign, at).await?;
        let listing = AlertListing { campaign: name.to_owned(), open_only: false, behind: None };
        Ok(pb::CampaignReport {
            brand,
            progress: Some(progress),
            alerts: self.store.alerts(tenant, &listing, MAX_ALERTS).await?,
            disclosure: tallies(&inputs.deliverables),
            days: days(&inputs),
            deliverables: inputs.deliverables.into_iter().map(without_texts).collect(),
            participants: inputs.participants,
            campaign: Some(inputs.campaign),
            create_time: Some(to_wire_time(self.clock.now())),
        })
    }
}

/// A deliverable without the texts of its draft and post; what was found of them stays.
fn without_texts(mut deliverable: pb::Deliverable) -> pb::Deliverable {
    if let Some(draft) = &mut deliverable.draft {
        draft.content = None;
    }
    if let Some(publication) = &mut deliverable.publication {
        publication.content = None;
    }
    deliverable
}

/// How the posts stand in each jurisdiction: by what is published, else by the draft.
fn tallies(deliverables: &[pb::Deliverable]) -> Vec<pb::DisclosureTally> {
    let mut found: BTreeMap<&str, pb::DisclosureTally> = BTreeMap::new();
    for deliverable in deliverables {
        let published = deliverable.publication.as_ref().and_then(|publication| publication.disclosure.as_ref());
        let drafted = || deliverable.draft.as_ref().and_then(|draft| draft.disclosure.as_ref());
        for verdict in published.or_else(drafted).iter().flat_map(|check| &check.verdicts) {
            let tally = found.entry(&verdict.jurisdiction).or_default();
            verdict.jurisdiction.clone_into(&mut tally.jurisdiction);
            match verdict.verdict() {
                pb::DisclosureVerdict::Pass => tally.pass_count += 1,
                pb::DisclosureVerdict::Review => tally.review_count += 1,
                pb::DisclosureVerdict::Fail => tally.fail_count += 1,
                _ => tally.other_count += 1,
            }
        }
    }
    found.into_values().collect()
}

/// What the posts had together at the end of each day (UTC) with readings: of each post the last reading up to then.
fn days(inputs: &Inputs) -> Vec<pb::DailyTotals> {
    let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
    let posts = inputs.public_posts();
    let dates: BTreeSet<Date> = posts.iter().flat_map(|post| post.counts).map(|counts| day(counts.at)).collect();
    let total = |date: Date, number: fn(&Counts) -> Option<i64>| {
        let last = |counts: &[Counts]| counts.iter().rev().filter(|counts| day(counts.at) <= date).find_map(number);
        posts.iter().filter_map(|post| last(post.counts)).reduce(i64::saturating_add)
    };
    let totals = |date: Date| pb::DailyTotals {
        date: date.to_string(),
        views: total(date, |counts| counts.views),
        engagements: total(date, Counts::engagements),
        post_count: i32::try_from(posts.iter().filter(|post| day(post.published) <= date).count()).unwrap_or(i32::MAX),
    };
    dates.into_iter().map(totals).collect()
}

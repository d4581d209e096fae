//! Owns taking clicks, conversions and revenue. Never what they are worth.

use std::collections::HashMap;

use creatorscope_kit::{
    clock::from_wire_time,
    fault::{Violation, Violations},
    figures,
};
use creatorscope_proto::{
    campaign::v1 as pb,
    common::v1::{FieldViolation, ItemConflict, ItemRejection},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    Service,
    campaigns::{currency, holding},
    resources::check_name,
};
use crate::{
    error::CampaignError,
    model::{Caller, Kind},
    store::{Conversion, Recorded},
    validate,
};

/// What the items are, for who counts them.
const CONVERSIONS: &str = "conversions";
/// Records of one call.
const MAX_RECORDS: usize = 5_000;
/// How far clocks of others may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// How long before its start a campaign may have conversions: links are tried out, and years mistyped.
const BEFORE: SignedDuration = SignedDuration::from_hours(365 * 24);

/// What records are checked against.
struct Terms<'a> {
    /// Participants by folded code.
    owners: HashMap<String, &'a str>,
    currency: Option<&'a str>,
    earliest: Option<Timestamp>,
    latest: Timestamp,
}

impl Service {
    /// Takes records; those that are wrong are told and the others taken. Errors: the campaign is not known, no or too many records; the
    /// database's.
    pub async fn record_conversions(
        &self,
        caller: &Caller,
        name: &str,
        records: &[pb::ConversionRecord],
    ) -> Result<pb::RecordConversionsResponse, CampaignError> {
        let mut problems = Violations::default();
        check_name(Kind::Campaign, "name", name, &mut problems);
        if records.is_empty() || records.len() > MAX_RECORDS {
            let found = format!("{} records; accepted are 1 to {MAX_RECORDS}", records.len());
            problems.add("records", "OUT_OF_RANGE", found);
        }
        problems.check()?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let campaign = holding(&mut work, name).await?;
        let participants: Vec<pb::Participant> = work.all_of(name).await?;
        let owners = participants.iter().flat_map(|participant| {
            participant.tracking_codes.iter().map(|code| (validate::tracking_key(code), participant.name.as_str()))
        });
        let start = campaign.start_time.as_ref().and_then(|time| from_wire_time(time).ok());
        let terms = Terms {
            owners: owners.collect(),
            currency: currency(&campaign, &participants),
            earliest: start.and_then(|start| start.checked_sub(BEFORE).ok()),
            latest: work.now() + AHEAD,
        };
        let mut answer = pb::RecordConversionsResponse::default();
        for (place, record) in records.iter().enumerate() {
            let index = i32::try_from(place).unwrap_or(i32::MAX);
            match terms.read(record) {
                Ok(conversion) => match work.record(name, &conversion).await? {
                    Recorded::New => answer.accepted_count += 1,
                    Recorded::Same => answer.duplicate_count += 1,
                    Recorded::Other => {
                        answer.duplicate_count += 1;
                        let fields = vec!["record_id".to_owned()];
                        answer.conflicts.push(ItemConflict { index, name: record.record_id.clone(), fields });
                    }
                },
                Err(problems) => {
                    let violation = |problem: Violation| FieldViolation {
                        field: problem.field,
                        reason: problem.reason.to_owned(),
                        description: problem.description,
                    };
                    let violations = problems.into_vec().into_iter().map(violation).collect();
                    answer.rejections.push(ItemRejection { index, name: record.record_id.clone(), violations });
                }
            }
        }
        if answer.accepted_count > 0 {
            work.tell(name);
        }
        work.commit().await?;
        count(&answer);
        Ok(answer)
    }
}

fn count(answer: &pb::RecordConversionsResponse) {
    let items = |count: i32| usize::try_from(count).unwrap_or(0);
    let conflicts = answer.conflicts.len();
    figures::taken(CONVERSIONS, "accepted", items(answer.accepted_count));
    figures::taken(CONVERSIONS, "duplicate", items(answer.duplicate_count).saturating_sub(conflicts));
    figures::taken(CONVERSIONS, "conflict", conflicts);
    for rejection in &answer.rejections {
        figures::refused(CONVERSIONS, rejection.violations.first().map(|violation| violation.reason.as_str()));
    }
}

impl Terms<'_> {
    /// The record as it is kept. Errors: all that is wrong with it.
    fn read(&self, record: &pb::ConversionRecord) -> Result<Conversion, Violations> {
        let mut problems = Violations::default();
        if record.record_id.is_empty() {
            problems.add("record_id", "REQUIRED", "an id of 1 to 200 characters, so that the record is counted once");
        }
        validate::parts::length(&mut problems, "record_id", &record.record_id, 0, 200);
        let owner = self.owners.get(&validate::tracking_key(&record.tracking_code));
        if owner.is_none() {
            let code: String = record.tracking_code.chars().take(100).collect();
            let description = format!("`{code}` is no tracking code of this campaign's participants");
            problems.add("tracking_code", "UNKNOWN_CODE", description);
        }
        let at = match record.time.as_ref().map(from_wire_time) {
            None => {
                problems.add("time", "REQUIRED", "when it happened");
                None
            }
            Some(Err(description)) => {
                problems.add("time", "INVALID_TIME", description);
                None
            }
            Some(Ok(at)) if at > self.latest => {
                problems.add("time", "IN_THE_FUTURE", format!("{at} is to come; clocks may be ahead by 5 minutes"));
                None
            }
            Some(Ok(at)) if self.earliest.is_some_and(|earliest| at < earliest) => {
                problems.add("time", "TOO_EARLY", format!("{at} is more than a year before the campaign"));
                None
            }
            Some(Ok(at)) => Some(at),
        };
        for (field, count) in [("clicks", record.clicks), ("conversions", record.conversions)] {
            if let Some(count) = count.filter(|count| *count < 0) {
                problems.add(field, "NEGATIVE_COUNT", format!("{count} is below 0"));
            }
        }
        if (record.clicks, record.conversions, &record.revenue) == (None, None, &None) {
            problems.add("clicks", "REQUIRED", "one at least of clicks, conversions and revenue");
        }
        if let (Some(revenue), Some(currency)) = (&record.revenue, self.currency)
            && revenue.currency_code != currency
        {
            let description =
                format!("`{}` is not the campaign's currency; accepted is {currency}", revenue.currency_code);
            problems.add("revenue.currency_code", "WRONG_CURRENCY", description);
        }
        match (owner, at) {
            (Some(owner), Some(at)) if problems.is_empty() => Ok(Conversion {
                record_id: record.record_id.clone(),
                participant: (*owner).to_owned(),
                code: record.tracking_code.clone(),
                at,
                clicks: record.clicks,
                conversions: record.conversions,
                revenue_minor: record.revenue.as_ref().map(|revenue| revenue.amount_minor),
            }),
            _ => Err(problems),
        }
    }
}

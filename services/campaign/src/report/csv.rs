//! Owns the report as CSV: a line a deliverable. Never a value that is not known: its cell is empty and the reason stands in `missing`.

#[cfg(test)]
mod tests;

use creatorscope_kit::clock::from_wire_time;
use creatorscope_proto::{
    campaign::v1 as pb,
    common::v1::{MetricValue, MissingReason, metric_value},
};

use crate::tracking::Number;

/// Columns of texts, before the numbers.
const TEXTS: [&str; 12] = [
    "campaign",
    "participant",
    "creator",
    "deliverable",
    "display_name",
    "state",
    "post",
    "publish_time",
    "text_match",
    "disclosure",
    "disclosure_by_jurisdiction",
    "currency",
];
const NUMBERS: [Number; 8] = [
    Number::Views,
    Number::Engagements,
    Number::EngagementRate,
    Number::NetSentiment,
    Number::Spend,
    Number::CostPerView,
    Number::CostPerEngagement,
    Number::CostPerMille,
];
/// Columns after the numbers.
const LAST: [&str; 5] = ["forecast_views", "forecast_low", "forecast_high", "as_of", "missing"];

/// Writes a header and a line a deliverable: those without a post have no numbers. Errors: the writer's.
pub(super) fn write(report: &pb::CampaignReport) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let numbers = NUMBERS.map(column);
    writer.write_record(TEXTS.into_iter().chain(numbers).chain(LAST))?;
    for deliverable in &report.deliverables {
        writer.write_record(line(report, deliverable))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// The name of a number's column: its definition without what all have.
fn column(number: Number) -> &'static str {
    number.id().trim_start_matches("campaign.")
}

fn line(report: &pb::CampaignReport, deliverable: &pb::Deliverable) -> Vec<String> {
    let participant = report.participants.iter().find(|one| one.name == deliverable.participant);
    let publication = deliverable.publication.as_ref();
    let participants = report.progress.iter().flat_map(|progress| &progress.participants);
    let post = participants.flat_map(|one| &one.posts).find(|post| post.deliverable == deliverable.name);
    let values = post.map(|post| post.values.as_slice()).unwrap_or_default();
    let check = publication.and_then(|publication| publication.disclosure.as_ref());
    let comparison = publication.and_then(|publication| publication.comparison.as_ref());
    let texts = [
        report.campaign.as_ref().map(|campaign| campaign.name.clone()).unwrap_or_default(),
        deliverable.participant.clone(),
        participant.map(|one| one.creator.clone()).unwrap_or_default(),
        deliverable.name.clone(),
        deliverable.display_name.clone(),
        without(deliverable.state().as_str_name(), "DELIVERABLE_STATE_"),
        publication.map(|publication| publication.post.clone()).unwrap_or_default(),
        time(publication.and_then(|publication| publication.publish_time.as_ref())),
        comparison.map(|found| without(found.r#match().as_str_name(), "TEXT_MATCH_")).unwrap_or_default(),
        check.map(|check| verdict(check.verdict())).unwrap_or_default(),
        check.map(by_jurisdiction).unwrap_or_default(),
        super::of(values, Number::Spend).map(|value| value.currency_code.clone()).unwrap_or_default(),
    ];
    let mut line: Vec<String> = texts.into_iter().map(guarded).collect();
    line.extend(NUMBERS.map(|number| super::of(values, number).map(cell).unwrap_or_default()));
    let forecast = post.and_then(|post| post.forecast.as_ref());
    let band = forecast.and_then(|forecast| forecast.band.as_ref());
    let views = [forecast.map(|told| told.expected), band.map(|band| band.low), band.map(|band| band.high)];
    line.extend(views.map(|views| views.map(|views| views.round().to_string()).unwrap_or_default()));
    line.push(time(report.progress.as_ref().and_then(|progress| progress.as_of.as_ref())));
    line.push(missing(values));
    line
}

/// A text that no spreadsheet takes for a formula: one that begins as formulas do gets an apostrophe before it. Source: OWASP, "CSV
/// Injection": `=`, `+`, `-`, `@`, tab, carriage return and line feed, and the full-width forms of the first four.
fn guarded(text: String) -> String {
    const BEGINNINGS: [char; 11] =
        ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    if text.starts_with(BEGINNINGS) { format!("'{text}") } else { text }
}

fn cell(value: &MetricValue) -> String {
    super::number(value).map(|number| number.to_string()).unwrap_or_default()
}

/// Why values are missing: `views=NOT_REPORTED;cpm=NOT_REPORTED`.
fn missing(values: &[MetricValue]) -> String {
    let reason = |number: Number| match super::of(values, number)?.result {
        Some(metric_value::Result::Missing(reason)) => {
            let reason = MissingReason::try_from(reason).unwrap_or_default();
            Some(format!("{}={}", column(number), without(reason.as_str_name(), "MISSING_REASON_")))
        }
        _ => None,
    };
    NUMBERS.into_iter().filter_map(reason).collect::<Vec<_>>().join(";")
}

fn by_jurisdiction(check: &pb::DisclosureCheck) -> String {
    let each = check.verdicts.iter().map(|one| format!("{}={}", one.jurisdiction, verdict(one.verdict())));
    each.collect::<Vec<_>>().join(";")
}

fn verdict(verdict: pb::DisclosureVerdict) -> String {
    without(verdict.as_str_name(), "DISCLOSURE_VERDICT_")
}

/// The name of an enum's value without what all values of the enum begin with; empty for one that is not given.
fn without(name: &str, beginning: &str) -> String {
    match name.strip_prefix(beginning).unwrap_or(name) {
        "UNSPECIFIED" => String::new(),
        short => short.to_owned(),
    }
}

fn time(wire: Option<&prost_types::Timestamp>) -> String {
    wire.and_then(|wire| from_wire_time(wire).ok()).map(|time| time.to_string()).unwrap_or_default()
}

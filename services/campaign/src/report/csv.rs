//! Owns the report as CSV: a line a post. Never a value that is not known: its cell is empty.

use creatorscope_proto::{
    campaign::v1 as pb,
    common::v1::{MetricValue, metric_value},
};

use crate::tracking::Number;

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

/// Writes a header and a line a deliverable: those without a post have no numbers. Errors: the writer's.
pub(super) fn write(report: &pb::CampaignReport) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let texts = [
        "campaign",
        "participant",
        "creator",
        "deliverable",
        "state",
        "post",
        "publish_time",
        "text_match",
        "disclosure",
    ];
    let numbers = NUMBERS.map(|number| number.id().trim_start_matches("campaign."));
    let more = ["currency", "forecast_views", "forecast_low", "forecast_high", "as_of"];
    writer.write_record(texts.into_iter().chain(numbers).chain(more))?;
    let as_of = report.progress.as_ref().and_then(|progress| progress.as_of.as_ref()).map(time).unwrap_or_default();
    for deliverable in &report.deliverables {
        let participant = report.participants.iter().find(|one| one.name == deliverable.participant);
        let publication = deliverable.publication.clone().unwrap_or_default();
        let progress = report.progress.iter().flat_map(|progress| &progress.participants).flat_map(|one| &one.posts);
        let post = progress.into_iter().find(|post| post.deliverable == deliverable.name);
        let value =
            |number: Number| post.and_then(|post| post.values.iter().find(|one| one.definition == number.definition()));
        let mut line = vec![
            report.campaign.as_ref().map(|campaign| campaign.name.clone()).unwrap_or_default(),
            deliverable.participant.clone(),
            participant.map(|one| one.creator.clone()).unwrap_or_default(),
            deliverable.name.clone(),
            deliverable.state().as_str_name().trim_start_matches("DELIVERABLE_STATE_").to_owned(),
            publication.post.clone(),
            publication.publish_time.as_ref().map(time).unwrap_or_default(),
            publication
                .comparison
                .as_ref()
                .map(|found| found.r#match().as_str_name().trim_start_matches("TEXT_MATCH_").to_owned())
                .unwrap_or_default(),
            publication
                .disclosure
                .as_ref()
                .map(|check| check.verdict().as_str_name().trim_start_matches("DISCLOSURE_VERDICT_").to_owned())
                .unwrap_or_default(),
        ];
        line.extend(NUMBERS.map(|number| value(number).map(cell).unwrap_or_default()));
        line.push(value(Number::Spend).map(|value| value.currency_code.clone()).unwrap_or_default());
        let forecast = post.and_then(|post| post.forecast.as_ref());
        let band = forecast.and_then(|forecast| forecast.band.as_ref());
        line.push(forecast.map(|forecast| forecast.expected.round().to_string()).unwrap_or_default());
        line.push(band.map(|band| band.low.round().to_string()).unwrap_or_default());
        line.push(band.map(|band| band.high.round().to_string()).unwrap_or_default());
        line.push(as_of.clone());
        writer.write_record(line)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn cell(value: &MetricValue) -> String {
    match value.result {
        Some(metric_value::Result::Value(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn time(wire: &prost_types::Timestamp) -> String {
    creatorscope_kit::clock::from_wire_time(wire).map(|time| time.to_string()).unwrap_or_default()
}

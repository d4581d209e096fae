//! Owns a campaign's report as a file: JSON, CSV, a page. Never what stands in it.

mod csv;
mod html;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use creatorscope_kit::clock::from_wire_time;
use creatorscope_proto::{
    campaign::v1 as pb,
    common::v1::{MetricValue, metric_value},
    pool,
};
use jiff::tz::TimeZone;
use prost::Message;
use prost_reflect::DynamicMessage;
use thiserror::Error;

use crate::tracking::Number;

/// A report that cannot be written.
#[derive(Debug, Error)]
#[error("the report cannot be written")]
pub struct WriteError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// The report as a file. Errors: a number that JSON has no form for.
pub fn file(
    report: &pb::CampaignReport,
    format: pb::ReportFormat,
) -> Result<pb::ExportCampaignReportResponse, WriteError> {
    let (content, content_type, ending) = match format {
        pb::ReportFormat::Csv => (csv::write(report).map_err(|error| WriteError(error.into()))?, "text/csv", "csv"),
        pb::ReportFormat::Html => (html::page(report).into_bytes(), "text/html", "html"),
        pb::ReportFormat::Json | pb::ReportFormat::Unspecified => (json(report)?, "application/json", "json"),
    };
    let campaign = report.campaign.as_ref().map(|campaign| campaign.name.as_str()).unwrap_or_default();
    let day = report.create_time.as_ref().and_then(|time| from_wire_time(time).ok());
    let day = day.map(|time| time.to_zoned(TimeZone::UTC).date().to_string()).unwrap_or_default();
    Ok(pb::ExportCampaignReportResponse {
        content,
        content_type: format!("{content_type}; charset=utf-8"),
        file_name: format!("{}-{day}.{ending}", campaign.rsplit('/').next().unwrap_or_default()),
    })
}

/// The report as the contract's messages are written in JSON.
fn json(report: &pb::CampaignReport) -> Result<Vec<u8>, WriteError> {
    let refuse = |error: Box<dyn std::error::Error + Send + Sync>| WriteError(error);
    let descriptor = pool().get_message_by_name("creatorscope.campaign.v1.CampaignReport");
    let Some(descriptor) = descriptor else { return Err(refuse("the contract has no report".into())) };
    let message = DynamicMessage::decode(descriptor, report.encode_to_vec().as_slice());
    let message = message.map_err(|error| refuse(error.into()))?;
    serde_json::to_vec_pretty(&message).map_err(|error| refuse(error.into()))
}

/// The value of a number among values; none when it is not told.
fn of(values: &[MetricValue], number: Number) -> Option<&MetricValue> {
    values.iter().find(|value| value.definition == number.definition())
}

/// The number of a value; none when it is missing.
fn number(value: &MetricValue) -> Option<f64> {
    match value.result {
        Some(metric_value::Result::Value(number)) => Some(number),
        _ => None,
    }
}

//! What files of a report are called, and that JSON reads back as the same report.

use super::*;

#[test]
fn a_file_is_named_by_campaign_and_day_and_says_what_it_is() {
    let report = sample::report();
    for (format, name, kind) in [
        (pb::ReportFormat::Json, "spring-2026-03-11.json", "application/json; charset=utf-8"),
        (pb::ReportFormat::Csv, "spring-2026-03-11.csv", "text/csv; charset=utf-8"),
        (pb::ReportFormat::Html, "spring-2026-03-11.html", "text/html; charset=utf-8"),
    ] {
        let written = file(&report, format).expect("written");
        assert_eq!((written.file_name.as_str(), written.content_type.as_str()), (name, kind));
        assert!(String::from_utf8(written.content).is_ok_and(|text| !text.is_empty()));
    }
}

#[test]
fn json_reads_back_as_the_same_report_with_the_reasons_of_what_is_missing() {
    let report = sample::report();
    let written = file(&report, pb::ReportFormat::Json).expect("written").content;
    let descriptor = pool().get_message_by_name("creatorscope.campaign.v1.CampaignReport").expect("known");
    let mut reader = serde_json::Deserializer::from_slice(&written);
    let read = DynamicMessage::deserialize(descriptor, &mut reader).expect("canonical JSON");
    assert_eq!(pb::CampaignReport::decode(read.encode_to_vec().as_slice()).expect("the message"), report);
    assert!(String::from_utf8_lossy(&written).contains("MISSING_REASON_NOT_REPORTED"));
}

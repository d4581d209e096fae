//! What the lines of the CSV hold.

use std::collections::HashMap;

use super::*;
use crate::report::sample;

/// The lines, each by column.
fn lines(report: &pb::CampaignReport) -> Vec<HashMap<String, String>> {
    let written = write(report).expect("written");
    let mut reader = csv::Reader::from_reader(written.as_slice());
    reader.deserialize().map(|line| line.expect("as many cells as the header has")).collect()
}

#[test]
fn there_is_a_line_for_each_deliverable_with_its_numbers() {
    let lines = lines(&sample::report());
    assert_eq!(lines.len(), 3);
    let first = &lines[0];
    assert_eq!(first["deliverable"], "campaigns/spring/deliverables/reel-1");
    assert_eq!((first["creator"].as_str(), first["state"].as_str()), ("creators/tiktok:maya", "VERIFIED"));
    assert_eq!((first["views"].as_str(), first["er"].as_str(), first["currency"].as_str()), ("12500", "0.08", "JPY"));
    assert_eq!((first["text_match"].as_str(), first["disclosure"].as_str()), ("IDENTICAL", "FAIL"));
    assert_eq!(first["disclosure_by_jurisdiction"], "DE=FAIL;US=PASS");
    assert_eq!((first["forecast_low"].as_str(), first["forecast_high"].as_str()), ("14000", "21000"));
    assert_eq!(first["net_sentiment"], "-0.25", "a number below 0 is no formula");
}

#[test]
fn what_is_not_known_is_an_empty_cell_with_its_reason_at_the_end() {
    let lines = lines(&sample::report());
    let unread = &lines[1];
    assert_eq!((unread["state"].as_str(), unread["views"].as_str(), unread["cpm"].as_str()), ("PUBLISHED", "", ""));
    assert_eq!(unread["missing"], "views=NOT_REPORTED;cpm=NOT_REPORTED");
    let unpublished = &lines[2];
    for column in
        NUMBERS.map(column).into_iter().chain(["post", "publish_time", "forecast_views", "text_match", "missing"])
    {
        assert_eq!(unpublished[column], "", "{column}");
    }
}

#[test]
fn commas_quotes_and_line_breaks_stay_in_their_cell() {
    let mut report = sample::report();
    report.deliverables[0].display_name = "a \"reel\", in two\r\nlines; نص".to_owned();
    let lines = lines(&report);
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["display_name"], report.deliverables[0].display_name);
}

#[test]
fn a_text_that_begins_as_a_formula_gets_an_apostrophe() {
    let mut report = sample::report();
    for (text, expected) in [
        ("=1+2", "'=1+2"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\u{ff1d}1", "'\u{ff1d}1"),
        ("a=1", "a=1"),
    ] {
        text.clone_into(&mut report.deliverables[0].display_name);
        assert_eq!(lines(&report)[0]["display_name"], expected);
    }
}

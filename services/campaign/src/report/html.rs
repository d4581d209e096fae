//! Owns the report as a page that opens from a file and loads nothing from elsewhere. Never what stands in it.

use std::fmt::Write as _;

use creatorscope_proto::campaign::v1 as pb;

/// The page.
pub(super) fn page(report: &pb::CampaignReport) -> String {
    let mut page = String::from("<!doctype html><meta charset=\"utf-8\">");
    let title = report.campaign.as_ref().map(|campaign| campaign.display_name.as_str()).unwrap_or_default();
    _ = write!(page, "<title>{0}</title><h1>{0}</h1>", escaped(title));
    page
}

/// Text that no reader takes for markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

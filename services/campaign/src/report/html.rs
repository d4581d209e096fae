//! Owns the report as a page that opens from a file and loads nothing from elsewhere: its sections, in their order. Never what stands in it.

mod alerts;
mod chart;
mod creators;
mod figure;
mod frame;
mod meanings;
mod money;
mod objectives;
mod posts;
mod summary;
#[cfg(test)]
mod tests;

use creatorscope_proto::campaign::v1 as pb;

use self::frame::{Page, escaped};

/// The page.
pub(super) fn page(report: &pb::CampaignReport) -> String {
    let title = report.campaign.as_ref().map(|campaign| campaign.display_name.as_str()).unwrap_or_default();
    let mut page = Page::default();
    summary::head(&mut page, report);
    summary::cards(&mut page, report);
    objectives::section(&mut page, report);
    alerts::section(&mut page, report);
    creators::section(&mut page, report);
    posts::section(&mut page, report);
    posts::disclosure(&mut page, report);
    creators::money(&mut page, report);
    meanings::section(&mut page, report);
    page.finish(&escaped(title))
}

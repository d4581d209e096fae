//! Owns what stands first on the page: whose campaign it is, as of when, and its main numbers. Never what they mean.

use creatorscope_proto::campaign::v1 as pb;

use super::{
    figure::{amount, cell, day, label, minute, share},
    frame::{Page, bar, given, not_known, tag, words},
};
use crate::{report, tracking::Number};

/// The numbers that stand on cards.
const CARDS: [Number; 6] = [
    Number::Views,
    Number::Engagements,
    Number::EngagementRate,
    Number::Reach,
    Number::NetSentiment,
    Number::CostPerMille,
];

pub(super) fn head(page: &mut Page, report: &pb::CampaignReport) {
    let campaign = report.campaign.clone().unwrap_or_default();
    page.add(&format!("<header><h1>{}</h1>", given(&campaign.display_name)));
    let brand =
        report.brand.as_ref().map_or_else(|| not_known("the brand is gone"), |brand| given(&brand.display_name));
    let class = match campaign.state() {
        pb::CampaignState::Active => "good",
        pb::CampaignState::Cancelled => "bad",
        pb::CampaignState::Paused => "mid",
        _ => "soft",
    };
    let state = tag(&words(campaign.state().as_str_name(), "CAMPAIGN_STATE_"), class);
    let (from, to) = (day(campaign.start_time.as_ref()), day(campaign.end_time.as_ref()));
    page.add(&format!("<p><b>{brand}</b> · {from} to {to} {state}</p>"));
    if !campaign.markets.is_empty() {
        page.add(&format!("<p class=\"soft\">Markets: {}</p>", given(&campaign.markets.join(", "))));
    }
    let progress = report.progress.as_ref();
    page.add(&format!(
        "<p class=\"note\">As of {}; last reading {}; made {}. What is not known is said so, with the reason: it is never told as 0.</p></header>",
        minute(progress.and_then(|progress| progress.as_of.as_ref())),
        match progress.and_then(|progress| progress.last_reading_time.as_ref()) {
            Some(time) => minute(Some(time)),
            None => not_known("nothing was read yet"),
        },
        minute(report.create_time.as_ref())
    ));
}

pub(super) fn cards(page: &mut Page, report: &pb::CampaignReport) {
    let Some(progress) = &report.progress else { return };
    page.add("<div class=\"cards\">");
    let together = match progress.overall_share {
        Some(part) => format!("<b>{}</b>{}", share(part, 0), bar(part, "bar")),
        None => format!("<b>{}</b>", not_known("no objective has a value")),
    };
    page.add(&card("Objectives together", &together));
    for number in CARDS {
        page.add(&card(label(number), &format!("<b>{}</b>", cell(&progress.values, number))));
    }
    page.add(&card("Spend", &spend(report, progress)));
    let published = report.deliverables.iter().filter(|deliverable| deliverable.publication.is_some()).count();
    let posts = format!("<b>{published} of {}</b>", report.deliverables.len());
    page.add(&card("Deliverables published", &posts));
    page.add("</div>");
}

/// Spend and the part of the budget that it is.
fn spend(report: &pb::CampaignReport, progress: &pb::CampaignProgress) -> String {
    let told = format!("<b>{}</b>", cell(&progress.values, Number::Spend));
    let Some(budget) = report.campaign.as_ref().and_then(|campaign| campaign.budget.as_ref()) else { return told };
    let spent = report::of(&progress.values, Number::Spend).and_then(report::number);
    let part = spent.filter(|_| budget.amount_minor > 0).map(|spent| spent / budget.amount_minor as f64);
    let drawn = part.map(|part| bar(part, if part > 1.0 { "bad" } else { "bar" })).unwrap_or_default();
    format!("{told}<span class=\"soft\">of a budget of {}</span>{drawn}", amount(Some(budget)))
}

fn card(title: &str, content: &str) -> String {
    format!("<div class=\"card\"><span class=\"soft\">{title}</span>{content}</div>")
}

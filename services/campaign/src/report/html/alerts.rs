//! Owns the alerts on the page, with what could be done. Never when one is raised.

use creatorscope_proto::campaign::v1 as pb;

use super::{
    figure::{amount, grouped, in_unit, minute, probability},
    frame::{Page, escaped, given, words},
};

/// Open alerts on the page.
const MOST_OPEN: usize = 50;
/// Alerts on the page whose cause is gone.
const MOST_CLEARED: usize = 20;

pub(super) fn section(page: &mut Page, report: &pb::CampaignReport) {
    page.section("Alerts");
    let (cleared, open): (Vec<_>, Vec<_>) = report.alerts.iter().partition(|alert| alert.clear_time.is_some());
    let count = open.len();
    if open.is_empty() {
        page.add("<p class=\"soft\">No alert is open.</p>");
    }
    let mut before: Option<&pb::Alert> = None;
    for alert in open.into_iter().take(MOST_OPEN) {
        page.add(&shown(alert, before, report));
        before = Some(alert);
    }
    more(page, count, MOST_OPEN);
    if cleared.is_empty() {
        return;
    }
    page.add(&format!("<details><summary>{} whose cause is gone</summary>", cleared.len()));
    for alert in cleared.iter().take(MOST_CLEARED) {
        page.add(&shown(alert, None, report));
    }
    more(page, cleared.len(), MOST_CLEARED);
    page.add("</details>");
}

fn more(page: &mut Page, count: usize, most: usize) {
    if count > most {
        page.add(&format!("<p class=\"note\">{} older ones are in the JSON of this report.</p>", count - most));
    }
}

/// An alert; what could be done is not told twice where the one before says the same.
fn shown(alert: &pb::Alert, before: Option<&pb::Alert>, report: &pb::CampaignReport) -> String {
    let objectives = report.campaign.as_ref().map(|campaign| campaign.objectives.as_slice()).unwrap_or_default();
    let objective =
        objectives.iter().find(|one| !alert.objective_id.is_empty() && one.objective_id == alert.objective_id);
    let is_open = alert.clear_time.is_none();
    let mut times = format!("raised {}", minute(alert.raise_time.as_ref()));
    if !is_open {
        times += &format!(", gone {}", minute(alert.clear_time.as_ref()));
    }
    let about = [alert.objective_id.as_str(), alert.deliverable.rsplit('/').next().unwrap_or_default()];
    let about: String =
        about.iter().filter(|name| !name.is_empty()).map(|name| format!(" · {}", given(name))).collect();
    let mut out = format!(
        "<div class=\"alert{}\"><h3>{}{about}</h3><p>{}</p><p class=\"note\">{times}</p>",
        if is_open { " open" } else { "" },
        escaped(&words(alert.kind().as_str_name(), "ALERT_KIND_").to_uppercase()),
        given(&alert.message)
    );
    let is_told = before
        .is_some_and(|before| before.objective_id == alert.objective_id && before.adjustments == alert.adjustments);
    if !alert.adjustments.is_empty() && is_told {
        out += "<p class=\"soft\">What could be done: as above.</p>";
    } else if !alert.adjustments.is_empty() {
        let items: String =
            alert.adjustments.iter().map(|one| format!("<li>{}</li>", suggestion(one, objective, report))).collect();
        out += &format!("<p class=\"soft\">What could be done:</p><ul>{items}</ul>");
    }
    out + "</div>"
}

/// What could be done, what it would bring, and what it costs.
fn suggestion(adjustment: &pb::Adjustment, objective: Option<&pb::Objective>, report: &pb::CampaignReport) -> String {
    let budget = report.campaign.as_ref().and_then(|campaign| campaign.budget.as_ref());
    let currency = budget.map(|budget| budget.currency_code.as_str()).unwrap_or_default();
    let effect = objective.map_or_else(
        || grouped(adjustment.expected_effect, 0),
        |objective| in_unit(adjustment.expected_effect, objective.unit(), currency),
    );
    let sign = if adjustment.expected_effect >= 0.0 { "+" } else { "" };
    let what = objective.map(|one| words(one.metric().as_str_name(), "OBJECTIVE_METRIC_")).unwrap_or_default();
    let mut brings = vec![
        format!("{sign}{effect} {what} expected"),
        format!("target then {} likely", probability(adjustment.target_probability)),
    ];
    if adjustment.added_posts > 0 {
        let posts = if adjustment.added_posts == 1 { "post" } else { "posts" };
        brings.push(format!("{} more {posts}", adjustment.added_posts));
    }
    if adjustment.added_days > 0.0 {
        brings.push(format!("{:.0} more days", adjustment.added_days));
    }
    if adjustment.cost.is_some() {
        brings.push(format!("costs {}", amount(adjustment.cost.as_ref())));
    }
    format!("{} <span class=\"soft\">({})</span>", given(&adjustment.description), brings.join("; "))
}

//! Owns the participants on the page: what they delivered against their usual, what they cost and brought. Never a single post.

use creatorscope_proto::campaign::v1 as pb;

use super::{
    figure::{amount, cell, text},
    frame::{Page, given, not_known, words},
};
use crate::tracking::Number;

/// What a participant delivered.
const DELIVERED: [Number; 6] = [
    Number::Posts,
    Number::Views,
    Number::Engagements,
    Number::EngagementRate,
    Number::CostPerMille,
    Number::NetSentiment,
];
/// What a participant cost and brought.
const BROUGHT: [Number; 6] =
    [Number::Spend, Number::Clicks, Number::Conversions, Number::Revenue, Number::CostPerConversion, Number::Return];

pub(super) fn section(page: &mut Page, report: &pb::CampaignReport) {
    page.section("Creators");
    let told = report.progress.as_ref().map(|progress| progress.participants.as_slice()).unwrap_or_default();
    if told.is_empty() {
        page.add("<p class=\"soft\">Nobody takes part yet.</p>");
    }
    let rows: Vec<_> = told
        .iter()
        .map(|participant| {
            let mut row = vec![given(creator(&participant.creator)), state(report, participant)];
            row.extend(DELIVERED.map(|number| cell(&participant.values, number)));
            row.extend([Number::Views, Number::EngagementRate].map(|number| usual(participant, number)));
            row
        })
        .collect();
    let heads = [
        "Creator",
        "State",
        "Posts",
        "Views",
        "Engagements",
        "ER",
        "CPM",
        "Sentiment",
        "Views a post to usual",
        "ER to usual",
    ];
    page.table(&heads, &rows);
}

/// Conversions, spend and return, of each participant and together.
pub(super) fn money(page: &mut Page, report: &pb::CampaignReport) {
    let Some(progress) = &report.progress else { return };
    page.section("Spend, conversions and return");
    let mut rows: Vec<Vec<String>> = progress
        .participants
        .iter()
        .map(|participant| {
            let agreed = report.participants.iter().find(|one| one.name == participant.participant);
            let mut row = vec![given(creator(&participant.creator)), amount(agreed.and_then(|one| one.fee.as_ref()))];
            row.extend(BROUGHT.map(|number| cell(&participant.values, number)));
            row
        })
        .collect();
    let mut together = vec!["<b>Together</b>".to_owned(), String::new()];
    together.extend(BROUGHT.map(|number| cell(&progress.values, number)));
    rows.push(together);
    let heads = [
        "Creator",
        "Fee agreed",
        "Spend",
        "Clicks",
        "Conversions",
        "Revenue",
        "Cost per conversion",
        "Return on spend",
    ];
    page.table(&heads, &rows);
}

/// A creator's name without `creators/`.
pub(super) fn creator(name: &str) -> &str {
    name.strip_prefix("creators/").unwrap_or(name)
}

fn state(report: &pb::CampaignReport, participant: &pb::ParticipantProgress) -> String {
    let found = report.participants.iter().find(|one| one.name == participant.participant);
    let told = |one: &pb::Participant| words(one.state().as_str_name(), "PARTICIPANT_STATE_");
    found.map_or_else(|| not_known("the participant is gone"), told)
}

/// A number against what the creator usually has, as a ratio with the usual one beside it.
fn usual(participant: &pb::ParticipantProgress, number: Number) -> String {
    let is_it =
        |told: &&pb::UsualComparison| told.value.as_ref().is_some_and(|value| value.definition == number.definition());
    let Some(told) = participant.comparisons.iter().find(is_it) else {
        return not_known("the metrics service told nothing");
    };
    match (told.ratio, &told.usual) {
        (Some(ratio), Some(usual)) => {
            let class = if ratio >= 1.0 { "good" } else { "mid" };
            format!(
                "<span class=\"{class}\">{ratio:.2} times</span> <span class=\"why\">(usual {})</span>",
                text(usual)
            )
        }
        (None, Some(usual)) => match crate::report::number(usual) {
            Some(_) => not_known("no post that could be compared"),
            None => text(usual),
        },
        (_, None) => not_known("the metrics service does not know the usual"),
    }
}

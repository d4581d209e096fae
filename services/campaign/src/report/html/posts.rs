//! Owns the posts on the page, and how they stand with disclosure. Never a verdict.

use creatorscope_proto::campaign::v1 as pb;

use super::{
    creators::creator,
    figure::{cell, day, grouped},
    frame::{Page, escaped, given, not_known, tag, words},
};
use crate::tracking::Number;

/// The numbers of a post.
const NUMBERS: [Number; 5] =
    [Number::Views, Number::Engagements, Number::EngagementRate, Number::CostPerMille, Number::NetSentiment];
/// What is wrong with posts, on the page.
const MOST_FINDINGS: usize = 50;

pub(super) fn section(page: &mut Page, report: &pb::CampaignReport) {
    page.section("Posts");
    if report.deliverables.is_empty() {
        page.add("<p class=\"soft\">No post is agreed yet.</p>");
    }
    let rows: Vec<_> = report.deliverables.iter().map(|deliverable| row(report, deliverable)).collect();
    let heads = [
        "Post",
        "State",
        "Published",
        "Views",
        "Engagements",
        "ER",
        "CPM",
        "Sentiment",
        "Views at the end",
        "Text",
        "Disclosure",
    ];
    page.table(&heads, &rows);
}

fn row(report: &pb::CampaignReport, deliverable: &pb::Deliverable) -> Vec<String> {
    let participants = report.progress.iter().flat_map(|progress| &progress.participants);
    let post = participants.flat_map(|one| &one.posts).find(|post| post.deliverable == deliverable.name);
    let maker = report.participants.iter().find(|one| one.name == deliverable.participant);
    let name = match deliverable.display_name.as_str() {
        "" => deliverable.name.rsplit('/').next().unwrap_or_default(),
        name => name,
    };
    let maker = maker.map(|maker| creator(&maker.creator)).unwrap_or_default();
    let publication = deliverable.publication.as_ref();
    let published = match publication {
        Some(publication) => day(publication.publish_time.as_ref()),
        None if deliverable.due_time.is_some() => {
            format!("<span class=\"soft\">due {}</span>", day(deliverable.due_time.as_ref()))
        }
        None => "<span class=\"soft\">not yet</span>".to_owned(),
    };
    let unpublished = || match publication {
        Some(_) => not_known("not public at this time"),
        None => "<span class=\"soft\">not published</span>".to_owned(),
    };
    let mut row = vec![
        format!("{}<br><span class=\"soft\">{}</span>", given(name), given(maker)),
        words(deliverable.state().as_str_name(), "DELIVERABLE_STATE_"),
        published,
    ];
    row.extend(NUMBERS.map(|number| post.map_or_else(unpublished, |post| cell(&post.values, number))));
    row.push(post.map_or_else(unpublished, forecast));
    row.push(text_match(deliverable));
    row.push(verdicts(deliverable));
    row
}

fn forecast(post: &pb::PostProgress) -> String {
    let Some(told) = &post.forecast else { return not_known("no readings to forecast from") };
    let band = told
        .band
        .as_ref()
        .map(|band| format!(" <span class=\"why\">({} to {})</span>", grouped(band.low, 0), grouped(band.high, 0)));
    format!("{}{}", grouped(told.expected, 0), band.unwrap_or_default())
}

fn text_match(deliverable: &pb::Deliverable) -> String {
    let Some(publication) = &deliverable.publication else {
        return "<span class=\"soft\">not published</span>".to_owned();
    };
    let Some(found) = &publication.comparison else {
        let is_approved = deliverable.approved.is_some();
        return not_known(if is_approved { "not compared yet" } else { "no text was approved" });
    };
    let class = match found.r#match() {
        pb::TextMatch::Identical | pb::TextMatch::Acceptable => "good",
        pb::TextMatch::Drifted => "bad",
        pb::TextMatch::NotApproved | pb::TextMatch::Unspecified => "mid",
    };
    tag(&words(found.r#match().as_str_name(), "TEXT_MATCH_"), class)
}

/// The verdict of each jurisdiction: of what is published, else of the draft.
fn verdicts(deliverable: &pb::Deliverable) -> String {
    let published = deliverable.publication.as_ref().and_then(|publication| publication.disclosure.as_ref());
    let drafted = || deliverable.draft.as_ref().and_then(|draft| draft.disclosure.as_ref());
    let Some(check) = published.or_else(drafted) else { return not_known("no text to check") };
    if check.verdicts.is_empty() {
        return not_known("no country to check for");
    }
    let shown = check.verdicts.iter().map(|one| {
        tag(
            &format!("{} {}", one.jurisdiction, words(one.verdict().as_str_name(), "DISCLOSURE_VERDICT_")),
            class(one.verdict()),
        )
    });
    let shown: String = shown.collect();
    if published.is_some() { shown } else { format!("{shown}<span class=\"why\">(draft)</span>") }
}

fn class(verdict: pb::DisclosureVerdict) -> &'static str {
    match verdict {
        pb::DisclosureVerdict::Pass => "good",
        pb::DisclosureVerdict::Review => "mid",
        pb::DisclosureVerdict::Fail => "bad",
        _ => "soft",
    }
}

/// Disclosure in numbers, and what has to be mended.
pub(super) fn disclosure(page: &mut Page, report: &pb::CampaignReport) {
    page.section("Disclosure");
    if report.disclosure.is_empty() {
        page.add("<p class=\"soft\">No text was checked yet.</p>");
        return;
    }
    let count =
        |count: i32, class: &str| format!("<span class=\"{}\">{count}</span>", if count > 0 { class } else { "soft" });
    let rows: Vec<_> = report
        .disclosure
        .iter()
        .map(|tally| {
            vec![
                given(&tally.jurisdiction),
                count(tally.pass_count, "good"),
                count(tally.review_count, "mid"),
                count(tally.fail_count, "bad"),
                count(tally.other_count, "soft"),
            ]
        })
        .collect();
    page.table(&["Jurisdiction", "Pass", "To look at", "Fail", "No rule or no data"], &rows);
    let wrong: Vec<Vec<String>> = report.deliverables.iter().flat_map(wrong).collect();
    if !wrong.is_empty() {
        page.add("<h3>What has to be mended</h3>");
    }
    page.table(&["Post", "Where", "What is wrong", "What mends it"], &wrong[..wrong.len().min(MOST_FINDINGS)]);
    if wrong.len() > MOST_FINDINGS {
        page.add(&format!(
            "<p class=\"note\">{} more are in the JSON of this report.</p>",
            wrong.len() - MOST_FINDINGS
        ));
    }
    page.add(
        "<p class=\"note\">Counts are of posts, by what is published, else by the draft. This is not legal advice.</p>",
    );
}

/// What makes a deliverable fail, a row each.
fn wrong(deliverable: &pb::Deliverable) -> Vec<Vec<String>> {
    let published = deliverable.publication.as_ref().and_then(|publication| publication.disclosure.as_ref());
    let drafted = || deliverable.draft.as_ref().and_then(|draft| draft.disclosure.as_ref());
    let verdicts = published.or_else(drafted).into_iter().flat_map(|check| &check.verdicts);
    let failed = verdicts.flat_map(|one| one.findings.iter().map(move |finding| (one, finding)));
    let failed = failed.filter(|(_, finding)| finding.effect() == pb::DisclosureVerdict::Fail);
    let name = deliverable.name.rsplit('/').next().unwrap_or_default();
    failed
        .map(|(one, finding)| {
            vec![given(name), escaped(&one.jurisdiction), given(&finding.description), given(&finding.fix)]
        })
        .collect()
}

//! Owns what the page says about its own numbers: notes, and what each means. Never a number.

use creatorscope_proto::campaign::v1 as pb;

use super::{
    figure::{label, share},
    frame::{Page, escaped},
};
use crate::{
    forecast::BAND,
    pacing::{OVER_EDGE, UNDER_EDGE},
    tracking::{Number, definitions},
};

pub(super) fn section(page: &mut Page, report: &pb::CampaignReport) {
    let notes = report.progress.as_ref().map(|progress| progress.notes.clone()).unwrap_or_default();
    if !notes.is_empty() {
        page.section("Notes");
        page.list(&notes);
    }
    page.section("What the numbers mean");
    let definitions = definitions();
    let mut rows: Vec<Vec<String>> = Number::ALL
        .into_iter()
        .filter_map(|number| Some((number, definitions.iter().find(|one| one.id == number.id())?)))
        .map(|(number, meaning)| {
            vec![
                format!("<b>{}</b><br><code>{}</code>", label(number), number.definition()),
                escaped(&meaning.description),
                escaped(&meaning.formula),
                escaped(&meaning.exclusions.join("; ")),
            ]
        })
        .collect();
    rows.extend(others().into_iter().map(|[name, meaning, formula, left_out]| {
        vec![format!("<b>{name}</b>"), escaped(&meaning), escaped(&formula), escaped(&left_out)]
    }));
    page.table(&["Number", "Meaning", "Formula", "What is left out"], &rows);
}

/// Numbers of the page that are no tracking definitions: name, meaning, formula, what is left out.
fn others() -> Vec<[String; 4]> {
    let row = |texts: [&str; 4]| texts.map(str::to_owned);
    vec![
        row([
            "Objectives together",
            "How far all objectives are.",
            "mean of delivered / target, each at most 1, by weight",
            "objectives without a value",
        ]),
        [
            "Pace".to_owned(),
            format!(
                "Delivery against a straight line from the start to the deadline: {UNDER_EDGE:.2} and below is behind, {OVER_EDGE:.2} and \
                 above ahead. Posts bring most views in their first days, so that a campaign may be far from the line early."
            ),
            "delivered / (target x days elapsed / days in all)".to_owned(),
            "rates; the time before the start".to_owned(),
        ],
        [
            "Forecast, band".to_owned(),
            format!(
                "What is expected at the deadline, by how posts of the same platform and form grow with their age; the band holds the \
                 outcome in {} of cases.",
                share(BAND, 0)
            ),
            "median of the sum over posts, published and planned".to_owned(),
            "planned posts of creators whose usual is not known count with nothing".to_owned(),
        ],
        row([
            "Target reached",
            "How likely the target is reached by the deadline.",
            "probability that the sum over posts is at or above the target",
            "",
        ]),
        row([
            "Usual by now",
            "The views that the public posts would have if they went as their creators' posts usually do.",
            "sum over posts of the usual views by the post's age",
            "posts of creators whose usual is not known",
        ]),
        row([
            "To usual",
            "A creator's posts of the campaign against the same creator's posts as a whole; 1 is as usual.",
            "views a post / median views of posts; engagement rate / engagement rate by views",
            "creators whose usual the metrics service does not know",
        ]),
        row([
            "Views at the end",
            "Views of a post that are expected at the end of the campaign, with the band.",
            "as the forecast, of one post",
            "posts without readings",
        ]),
        row([
            "Text",
            "Whether the published text is the approved one: identical, acceptable by the campaign's tolerance, drifted, or never approved.",
            "share of words that differ",
            "",
        ]),
        row([
            "Disclosure",
            "Whether the post is labelled as advertising as the rules of each country where it counts ask.",
            "",
            "countries without rules are told as no data",
        ]),
    ]
}

//! What the page says.

use creatorscope_proto::common::v1::{MissingReason, metric_value};

use super::*;
use crate::{
    report::{of, sample},
    tracking::{Found, Number, told},
};

/// The texts of the page's elements of one name, without what is marked up in them.
fn elements<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    page.split(&open)
        .skip(1)
        .filter_map(|rest| rest.split_once('>')?.1.split_once(close.as_str()).map(|parts| parts.0))
        .collect()
}

/// The text of HTML without its markup.
fn plain(html: &str) -> String {
    let parts = html.split('<').enumerate().map(|(place, part)| match part.split_once('>') {
        Some((_, text)) if place > 0 => text,
        _ => part,
    });
    parts.collect()
}

/// The row of a table that begins with a text, as the texts of its cells.
fn row(page: &str, first: &str) -> Vec<String> {
    let rows = elements(page, "tr");
    let cells = rows.iter().map(|row| elements(row, "td").into_iter().map(plain).collect::<Vec<_>>());
    let found = cells.into_iter().find(|cells| cells.first().is_some_and(|cell| cell.starts_with(first)));
    found.unwrap_or_else(|| panic!("no row {first} in {page}"))
}

#[test]
fn the_sections_stand_in_their_order() {
    let page = page(&sample::report());
    let sections: Vec<String> = elements(&page, "h2").into_iter().map(plain).collect();
    let expected = [
        "Objectives",
        "Alerts",
        "Creators",
        "Posts",
        "Disclosure",
        "Spend, conversions and return",
        "Notes",
        "What the numbers mean",
    ];
    assert_eq!(sections, expected);
    assert_eq!(elements(&page, "title"), ["Warm evenings"]);
    assert!(plain(elements(&page, "header")[0]).contains("Lumo · 2026-03-01 to 2026-03-31 active"), "{page}");
}

#[test]
fn every_element_that_is_opened_is_closed() {
    let page = page(&sample::report());
    for name in [
        "html",
        "head",
        "body",
        "header",
        "section",
        "div",
        "table",
        "thead",
        "tbody",
        "tr",
        "td",
        "th",
        "p",
        "span",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "svg",
        "figure",
        "figcaption",
        "details",
        "summary",
        "b",
        "h1",
        "h2",
        "h3",
        "code",
        "text",
    ] {
        let opened = page.matches(&format!("<{name}>")).count() + page.matches(&format!("<{name} ")).count();
        assert_eq!(opened, page.matches(&format!("</{name}>")).count(), "{name}");
    }
}

#[test]
fn an_objective_has_its_share_pace_band_and_probability() {
    let page = page(&sample::report());
    let goals: Vec<String> = elements(&page, "section").into_iter().map(plain).collect();
    assert!(goals[0].contains("12\u{202f}500 of 40\u{202f}000 · 31 %"), "{}", goals[0]);
    assert!(goals[0].contains("0.94 on the straight line"), "{}", goals[0]);
    assert!(
        goals[0].contains("33\u{202f}000") && goals[0].contains("21\u{202f}000 to 52\u{202f}000 (80 % of cases)"),
        "{}",
        goals[0]
    );
    assert!(goals[0].contains("34 % likely"), "{}", goals[0]);
    assert!(
        goals[1].contains("8.00 % of 5.00 % · 160 %") && goals[1].contains("a rate does not add up"),
        "{}",
        goals[1]
    );
}

#[test]
fn missing_is_said_with_its_reason_and_never_as_zero() {
    let page = page(&sample::report());
    let goals: Vec<String> = elements(&page, "section").into_iter().map(plain).collect();
    assert!(goals[2].contains("not known (not reported) of 500"), "{}", goals[2]);
    let unread = row(&page, "reel-2");
    assert_eq!(unread[3], "not known (not reported)", "{unread:?}");
    assert_eq!(unread[9], "not known (no text was approved)", "{unread:?}");
    let unpublished = row(&page, "reel-3");
    assert_eq!(unpublished[3..9], ["not published"; 6].map(str::to_owned), "{unpublished:?}");
    let together = row(&page, "Together");
    assert_eq!(together[4..6], ["not known (not reported)".to_owned(), "not known (not told)".to_owned()]);
    assert_eq!(together[7], "not known (nothing to divide by)");
    for cells in [unread, unpublished, together] {
        assert!(
            cells.iter().all(|cell| cell != "0" && !cell.starts_with("0 ") && !cell.starts_with("0.0")),
            "{cells:?}"
        );
    }
}

#[test]
fn a_report_of_nothing_is_a_page_without_a_number() {
    let mut report = sample::report();
    report.days.clear();
    report.deliverables.clear();
    report.alerts.clear();
    report.disclosure.clear();
    report.participants.clear();
    let progress = report.progress.as_mut().expect("progress");
    progress.participants.clear();
    progress.overall_share = None;
    progress.last_reading_time = None;
    for value in &mut progress.values {
        value.result = Some(metric_value::Result::Missing(MissingReason::NoPostsInWindow.into()));
    }
    progress.objectives.truncate(1);
    progress.objectives[0].delivered =
        Some(told(Number::Views, &Found::missing(MissingReason::NoPostsInWindow, 0), "JPY", None));
    progress.objectives[0].pacing = None;
    let page = page(&report);
    let goal = plain(elements(&page, "section")[0]);
    assert!(goal.contains("not known (no posts yet) of 40\u{202f}000"), "{goal}");
    assert!(!page.contains("class=\"bar\"") && !page.contains("<figure"), "nothing is drawn of what is not known");
    assert!(page.contains("No alert is open.") && page.contains("nothing was read yet"));
    assert!(super::page(&pb::CampaignReport::default()).contains("not known"), "even an empty message is a page");
}

#[test]
fn texts_from_outside_are_escaped_and_run_in_their_own_direction() {
    let mut report = sample::report();
    let bad = "<script>alert('x')</script> & \"co\"";
    report.campaign.as_mut().expect("a campaign").display_name = bad.to_owned();
    report.brand.as_mut().expect("a brand").display_name = "لومو".to_owned();
    report.deliverables[0].display_name = bad.to_owned();
    report.participants[0].creator = format!("creators/tiktok:{bad}");
    report.alerts[0].message = bad.to_owned();
    report.alerts[0].adjustments[0].description = bad.to_owned();
    let progress = report.progress.as_mut().expect("progress");
    progress.notes = vec![bad.to_owned()];
    progress.participants[0].creator = format!("creators/tiktok:{bad}");
    progress.participants[0].values[3].currency_code = bad.to_owned();
    let page = page(&report);
    assert!(!page.contains("<script") && !page.contains("alert('x')"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;co&quot;"));
    assert!(page.contains("<span dir=\"auto\">لومو</span>"));
}

#[test]
fn the_page_loads_nothing_and_runs_nothing() {
    let page = page(&sample::report());
    for word in
        ["<script", "<link", "<iframe", "<img", "src=", "href=", "url(", "@import", "http://", "https://", " on"]
    {
        let found = match word {
            " on" => ["onclick", "onload", "onerror"].iter().any(|word| page.contains(word)),
            word => page.contains(word),
        };
        assert!(!found, "{word}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn money_has_the_decimals_of_its_currency() {
    let page = page(&sample::report());
    assert_eq!(row(&page, "tiktok:maya")[6], "not known (not told)");
    assert_eq!(row(&page, "reel-1")[6], "1\u{202f}200\u{a0}JPY");
    assert!(page.contains("of a budget of 100\u{202f}000\u{a0}JPY") && !page.contains("100\u{202f}000.00\u{a0}JPY"));
}

#[test]
fn posts_show_text_verdicts_and_forecast_and_creators_their_usual() {
    let page = page(&sample::report());
    let post = row(&page, "reel-1");
    let expected = [
        "verified",
        "2026-03-03",
        "12\u{202f}500",
        "1\u{202f}000",
        "8.00 %",
        "1\u{202f}200\u{a0}JPY",
        "-0.25",
        "17\u{202f}000 (14\u{202f}000 to 21\u{202f}000)",
        "identical",
        "DE failUS pass",
    ];
    assert_eq!(post[1..], expected.map(str::to_owned));
    let creator = row(&page, "tiktok:maya");
    assert_eq!(creator[8], "1.25 times (usual 10\u{202f}000)");
    assert_eq!(row(&page, "DE")[1..], ["0", "0", "1", "0"].map(str::to_owned), "these are counts");
    assert!(page.contains("begin with `Anzeige`"), "what mends it");
}

#[test]
fn an_alert_tells_what_could_be_done_with_its_effect_and_price() {
    let page = plain(&page(&sample::report()));
    let expected = "one more post by maya (+8\u{202f}000 views expected; target then 61 % likely; 1 more post; costs 45\u{202f}000\u{a0}JPY)";
    assert!(page.contains("AT RISK · objective_metric_views") && page.contains(expected), "{page}");
}

#[test]
fn every_number_of_the_report_is_explained() {
    let report = sample::report();
    let page = page(&report);
    for number in Number::ALL {
        assert!(page.contains(&format!("<code>{}</code>", number.definition())), "{number:?}");
    }
    assert!(of(&report.progress.expect("progress").values, Number::Views).is_some());
}

#[test]
fn what_could_be_done_is_not_told_twice_in_a_row() {
    let mut report = sample::report();
    let again = pb::Alert { kind: pb::AlertKind::Under.into(), ..report.alerts[0].clone() };
    report.alerts.push(again);
    let page = plain(&page(&report));
    assert_eq!(page.matches("one more post by maya").count(), 1);
    assert!(page.contains("UNDER · objective_metric_views") && page.contains("What could be done: as above."));
}

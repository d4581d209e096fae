//! Owns the objectives on the page: how far each is, its pace, its forecast, its counts by day. Never how they are found.

use creatorscope_kit::clock::from_wire_time;
use creatorscope_proto::{
    campaign::v1 as pb,
    common::v1::{MetricValue, Unit},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    chart::{Chart, draw},
    figure::{grouped, minute, plain, probability, share, text},
    frame::{Page, bar, given, not_known, words},
};
use crate::report;

/// A count of a day; none when it was not read.
type OfDay = fn(&pb::DailyTotals) -> Option<i64>;

pub(super) fn section(page: &mut Page, report: &pb::CampaignReport) {
    let objectives = report.progress.as_ref().map(|progress| progress.objectives.as_slice()).unwrap_or_default();
    page.section("Objectives");
    if objectives.is_empty() {
        page.add("<p class=\"soft\">The campaign has no objective.</p>");
    }
    page.add("<div class=\"goals\">");
    for told in objectives {
        page.add(&goal(told));
    }
    page.add("</div>");
    charts(page, report, objectives);
}

fn goal(told: &pb::ObjectiveProgress) -> String {
    let objective = told.objective.clone().unwrap_or_default();
    let missing = MetricValue::default();
    let delivered = told.delivered.as_ref().unwrap_or(&missing);
    let reached = report::number(delivered).map(|number| number / objective.target);
    let of = |number: f64| plain(delivered, number);
    let mut out = format!("<section class=\"goal\"><h3>{}</h3>", metric(&objective));
    if !objective.description.is_empty() {
        out += &format!("<p class=\"soft\">{}</p>", given(&objective.description));
    }
    out += &format!("<p><b>{}</b> <span class=\"soft\">of {}", text(delivered), of(objective.target));
    if let Some(reached) = reached {
        out += &format!(
            " · {}</span></p>{}",
            share(reached, 0),
            bar(reached, if reached >= 1.0 { "good" } else { "bar" })
        );
    } else {
        out += "</span></p>";
    }
    out += "<dl>";
    for (name, content) in facts(told, &objective, &of) {
        out += &format!("<dt>{name}</dt><dd>{content}</dd>");
    }
    out + "</dl></section>"
}

/// What is told of an objective below its bar: names and HTML.
fn facts(
    told: &pb::ObjectiveProgress,
    objective: &pb::Objective,
    of: &dyn Fn(f64) -> String,
) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Deadline", minute(objective.deadline_time.as_ref()))];
    if let Some(weight) = objective.weight {
        facts.push(("Weight", weight.to_string()));
    }
    let Some(pacing) = &told.pacing else {
        let reason = match objective.unit() {
            Unit::Fraction => "a rate does not add up day by day",
            _ => "nothing was delivered that could be counted",
        };
        facts.extend([("Pace", not_known(reason)), ("Forecast", not_known(reason))]);
        return facts;
    };
    facts.push(("Pace", pace(pacing)));
    if let Some(expected) = pacing.expected_by_now {
        facts.push(("Usual by now", of(expected)));
    }
    let Some(forecast) = &pacing.forecast else {
        facts.push(("Forecast", not_known("only views and engagements grow in a way that is forecast")));
        return facts;
    };
    let band = forecast.band.as_ref().map_or_else(
        || not_known("no band told"),
        |band| {
            format!(
                "{} to {} <span class=\"soft\">({} of cases)</span>",
                of(band.low),
                of(band.high),
                share(band.confidence, 0)
            )
        },
    );
    facts.extend([
        ("Forecast", of(forecast.expected)),
        ("Band", band),
        ("Target reached", format!("{} likely", probability(forecast.target_probability))),
        (
            "Made of",
            format!(
                "{}; {} posts with readings, {} to come",
                given(&forecast.method),
                forecast.measured_posts,
                forecast.planned_posts
            ),
        ),
    ]);
    facts
}

fn pace(pacing: &pb::Pacing) -> String {
    let (class, state) = match pacing.linear_state() {
        pb::PacingState::Under => ("bad", "behind the straight line"),
        pb::PacingState::OnTrack => ("good", "on the straight line"),
        pb::PacingState::Over => ("good", "ahead of the straight line"),
        pb::PacingState::Unspecified => ("soft", ""),
    };
    match pacing.linear_index {
        Some(index) => format!("{index:.2} <span class=\"{class}\">{state}</span>"),
        None => not_known("before the start"),
    }
}

fn metric(objective: &pb::Objective) -> String {
    let words = words(objective.metric().as_str_name(), "OBJECTIVE_METRIC_");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A drawing for each objective that days are counted of, else one of views alone; and the days as a table.
fn charts(page: &mut Page, report: &pb::CampaignReport, objectives: &[pb::ObjectiveProgress]) {
    let counted = objectives.iter().filter_map(|told| {
        let objective = told.objective.as_ref()?;
        let of_day: OfDay = match objective.metric() {
            pb::ObjectiveMetric::Views => |day| day.views,
            pb::ObjectiveMetric::Engagements => |day| day.engagements,
            _ => return None,
        };
        Some((told, objective, of_day))
    });
    let mut drawn = Vec::new();
    for (told, objective, of_day) in counted {
        let forecast = told.pacing.as_ref().and_then(|pacing| pacing.forecast.as_ref());
        let band = forecast.and_then(|told| told.band.as_ref().map(|band| [band.low, told.expected, band.high]));
        let deadline = objective.deadline_time.as_ref();
        drawn.push(chart(report, metric(objective), deadline, of_day, Some(objective.target), band));
    }
    if drawn.is_empty() {
        let end = report.campaign.as_ref().and_then(|campaign| campaign.end_time.as_ref());
        drawn.push(chart(report, "Views".to_owned(), end, |day| day.views, None, None));
    }
    let drawn: String = drawn.into_iter().flatten().map(|chart| draw(&chart)).collect();
    if drawn.is_empty() {
        page.add(&format!("<p>Counts by day: {}</p>", not_known("nothing was read yet")));
        return;
    }
    page.add(&drawn);
    let told = |count: Option<i64>| count.map_or_else(|| not_known("not reported"), |count| grouped(count as f64, 0));
    let rows: Vec<_> = report
        .days
        .iter()
        .map(|day| vec![given(&day.date), told(day.views), told(day.engagements), day.post_count.to_string()])
        .collect();
    page.add("<details><summary>The days as a table</summary>");
    page.table(&["Day (UTC)", "Views", "Engagements", "Posts published"], &rows);
    page.add("</details>");
}

/// The counts of days as a drawing; none without a time that it begins or ends at, or without any count.
fn chart(
    report: &pb::CampaignReport,
    title: String,
    end: Option<&prost_types::Timestamp>,
    of_day: OfDay,
    target: Option<f64>,
    forecast: Option<[f64; 3]>,
) -> Option<Chart> {
    let time = |wire: Option<&prost_types::Timestamp>| from_wire_time(wire?).ok();
    let as_of = time(report.progress.as_ref().and_then(|progress| progress.as_of.as_ref()));
    let start = time(report.campaign.as_ref().and_then(|campaign| campaign.start_time.as_ref()))?;
    let end = time(end)?;
    let points: Vec<(Timestamp, f64)> = report
        .days
        .iter()
        .filter_map(|day| {
            let midnight = day.date.parse::<Date>().ok()?.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
            // A day that is not over was read until now.
            Some((as_of.map_or(midnight, |now| midnight.min(now)), of_day(day)? as f64))
        })
        .collect();
    (!points.is_empty()).then_some(Chart { title, start, end, points, target, forecast })
}

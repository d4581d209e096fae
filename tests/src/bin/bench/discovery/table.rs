//! Owns the figures as a table and as JSON. Never a measurement.

use std::fmt::Write;

use serde_json::json;

use super::{
    agreement,
    engine::{UPDATES, WHILE_UPDATING},
    options::Options,
    questions::Kind,
    report::{Report, Timed},
};

/// The title of a row that is not about times, and what it says of an engine.
type Row<'a> = (&'a str, &'a dyn Fn(&Report) -> String);

/// A table for people: times of the first engine, the others' beside it with how many times slower they are.
pub(crate) fn markdown(reports: &[Report], options: &Options, problems: &[String]) -> String {
    let mut text = format!(
        "## {} creators\n\nEach cell: median / 99th percentile in milliseconds, and the median as a multiple of the first engine's.\n\n",
        options.creators
    );
    let names: Vec<&str> = reports.iter().map(|report| report.engine.as_str()).collect();
    let _ = writeln!(text, "| | {} |\n|--|{}", names.join(" | "), "--:|".repeat(names.len()));
    for (word, title) in rows() {
        let cells: Vec<String> = reports.iter().map(|report| cell(report, reports.first(), word)).collect();
        let _ = writeln!(text, "| {title} | {} |", cells.join(" | "));
    }
    let millions = options.creators as f64 / 1e6;
    let plain: [Row<'_>; 5] = [
        ("questions per kind, fewest", &|report| {
            report.kinds.values().map(|timed| timed.micros.len()).min().unwrap_or(0).to_string()
        }),
        ("updates visible per second", &|report| {
            report.updates_per_second.map_or("–".into(), |rate| format!("{rate:.0}"))
        }),
        ("loading, s per million creators", &|report| format!("{:.1}", report.load_seconds / millions)),
        ("resident memory, MB per million creators: own + mapped files", &|report| {
            let megabytes = |bytes: u64| bytes as f64 / 1e6 / millions;
            report.resident.map_or("–".into(), |resident| {
                format!("{:.0} + {:.0}", megabytes(resident.own), megabytes(resident.files))
            })
        }),
        ("files, MB per million creators", &|report| format!("{:.0}", report.disk_bytes as f64 / 1e6 / millions)),
    ];
    for (title, told) in plain {
        let cells: Vec<String> = reports.iter().map(told).collect();
        let _ = writeln!(text, "| {title} | {} |", cells.join(" | "));
    }
    let alike = |report: &Report| {
        let share = reports.first().and_then(|first| agreement::suggested_alike(first, report));
        share.map_or("–".into(), |share| format!("{:.0} %", 100.0 * share))
    };
    let _ = writeln!(
        text,
        "| suggestions as the first engine's | {} |",
        reports.iter().map(alike).collect::<Vec<_>>().join(" | ")
    );
    text += "\nHow each is set up:\n";
    for report in reports {
        let _ = writeln!(text, "* {}: {}", report.engine, report.how);
    }
    let verdict = if problems.is_empty() { "all the same" } else { "NOT the same" };
    let _ = writeln!(
        text,
        "\nTotals, facets and pages of (a) to (c) were compared for {} questions: {verdict}.",
        agreement::compared(reports)
    );
    text
}

/// Everything but the answers, for programs.
pub(crate) fn json(reports: &[Report], options: &Options, problems: &[String]) -> String {
    let engines: Vec<_> = reports
        .iter()
        .map(|report| {
            let kinds: serde_json::Map<_, _> = report
                .kinds
                .iter()
                .map(|(word, timed)| {
                    let figures = json!({
                        "questions": timed.micros.len(),
                        "median_us": timed.quantile(0.5),
                        "p99_us": timed.quantile(0.99),
                    });
                    (word.clone(), figures)
                })
                .collect();
            json!({
                "engine": report.engine,
                "how": report.how,
                "load_seconds": report.load_seconds,
                "resident_bytes": report.resident,
                "disk_bytes": report.disk_bytes,
                "updates_per_second": report.updates_per_second,
                "kinds": kinds,
            })
        })
        .collect();
    let whole = json!({
        "creators": options.creators,
        "compared_answers": agreement::compared(reports),
        "problems": problems,
        "engines": engines,
    });
    serde_json::to_string_pretty(&whole).expect("JSON")
}

fn rows() -> Vec<(&'static str, String)> {
    let quiet = Kind::ALL.map(|kind| (kind.word(), kind.title().to_owned()));
    let busy = WHILE_UPDATING
        .map(|(kind, word)| (word, format!("(f) {} while {UPDATES} updates a second come", kind.title())));
    quiet.into_iter().chain(busy).collect()
}

fn cell(report: &Report, first: Option<&Report>, word: &str) -> String {
    let Some(timed) = report.kinds.get(word) else { return "–".into() };
    let milliseconds = |timed: &Timed, share: f64| timed.quantile(share) / 1e3;
    let (median, high) = (milliseconds(timed, 0.5), milliseconds(timed, 0.99));
    let times = format!("{} / {}", short(median), short(high));
    match first.filter(|first| first.engine != report.engine).and_then(|first| first.kinds.get(word)) {
        Some(other) => format!("{times} (×{})", short(median / milliseconds(other, 0.5))),
        None => times,
    }
}

/// About three figures.
fn short(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 1.0 => format!("{value:.2}"),
        value if value >= 0.01 => format!("{value:.3}"),
        value => format!("{value:.5}"),
    }
}

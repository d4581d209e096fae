//! Owns the report as text for people: tables, bars, numbers with separators. Never an answer of the service.

use comfy_table::{Cell, CellAlignment, Table, presets};
use creatorscope_domain::Tier;

use super::{Average, PlatformDistribution, Report};

/// Length of the longest bar, characters.
const BAR: i64 = 40;

/// Writes the report as text.
pub(in crate::demo) fn text(report: &Report) -> String {
    let mut parts = vec!["All creators of this demo are generated; none is a real account.".to_owned()];
    for distribution in &report.distributions {
        parts.push(distribution_text(distribution));
    }
    parts.push(format!(
        "The average micro-influencer (10 000 to 99 999 followers)\n{}",
        averages_table(&report.averages)
    ));
    parts.extend(ratio_text(&report.averages));
    let commands: Vec<String> =
        report.commands.iter().map(|command| format!("# {}\n{}", command.shows, command.line)).collect();
    parts.push(format!("To copy:\n\n{}", commands.join("\n\n")));
    parts.join("\n\n")
}

fn distribution_text(distribution: &PlatformDistribution) -> String {
    let mut table = table(&["followers from", "to below", "creators", ""]);
    let most = distribution.buckets.iter().map(|bucket| bucket.count).max().unwrap_or(0).max(1);
    for bucket in &distribution.buckets {
        table.add_row(vec![
            number(&grouped(bucket.low)),
            number(&grouped(bucket.high)),
            number(&grouped(bucket.count)),
            Cell::new(bar(bucket.count, most)),
        ]);
    }
    let platform = distribution.platform.map_or("another platform", |platform| platform.word());
    let tiers: Vec<String> =
        distribution.tiers.iter().map(|(tier, count)| format!("{} {}", tier.word(), grouped(*count))).collect();
    format!(
        "{platform}: {} creators by followers ({} not known); {}\n{table}",
        grouped(distribution.sample_size),
        grouped(distribution.unknown),
        tiers.join(", "),
    )
}

fn averages_table(averages: &[Average]) -> Table {
    let head = ["platform", "tier", "metric", "mean", "95 % interval of the mean", "p10", "median", "p90", "creators"];
    let mut table = table(&head);
    for average in averages {
        let shown = |value| shown(&average.definition, value);
        let interval =
            average.mean_interval.map(|(low, high)| format!("{} to {}", shown(Some(low)), shown(Some(high))));
        let wider = if average.widened { " (widened)" } else { "" };
        let mut row = vec![
            Cell::new(average.platform.word()),
            Cell::new(average.tier.word()),
            Cell::new(&average.definition),
            number(&shown(average.mean)),
            number(&interval.unwrap_or_else(|| shown(None))),
        ];
        row.extend(average.percentiles.map(|value| number(&shown(value))));
        row.push(number(&format!("{}{wider}", grouped(average.sample_size.into()))));
        table.add_row(row);
    }
    table
}

/// How much more often micro publishes than nano, where both are known.
fn ratio_text(averages: &[Average]) -> Option<String> {
    let nano = averages.iter().find(|average| average.tier == Tier::Nano && !average.widened)?;
    let same = |average: &&Average| {
        average.tier == Tier::Micro && average.platform == nano.platform && average.definition == nano.definition
    };
    let ratio = averages.iter().find(same)?.mean? / nano.mean?;
    Some(format!("On {} micro publishes {ratio:.2} times as often as nano.", nano.platform))
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header.iter().map(Cell::new).collect::<Vec<_>>());
    table
}

fn number(text: &str) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// A value in its unit; `missing` when there is none.
fn shown(definition: &str, value: Option<f64>) -> String {
    match value {
        None => "missing".to_owned(),
        Some(value) if definition.starts_with("er.") => format!("{:.2} %", value * 100.0),
        Some(value) if value.abs() < 1_000.0 => format!("{value:.2}"),
        Some(value) => grouped(value.round() as i64),
    }
}

/// A whole number with a space between each three digits.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A bar as long as the count's part of the most; at least a sliver for what is not 0.
fn bar(count: i64, most: i64) -> String {
    let length = count * BAR / most;
    if length == 0 && count > 0 { "▏".to_owned() } else { "█".repeat(usize::try_from(length).unwrap_or(0)) }
}

#[cfg(test)]
mod tests {
    use creatorscope_domain::Platform;

    use super::super::distribution::Bucket;
    use super::*;

    fn average(tier: Tier, definition: &str, mean: Option<f64>) -> Average {
        Average {
            platform: Platform::Tiktok,
            tier,
            definition: definition.to_owned(),
            mean,
            mean_interval: mean.map(|mean| (mean - 0.25, mean + 0.25)),
            percentiles: [mean; 3],
            sample_size: 1_234,
            widened: tier == Tier::Macro,
        }
    }

    #[test]
    fn numbers_are_grouped_and_rates_are_in_percent() {
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(grouped(-100), "-100");
        assert_eq!(shown("er.views", Some(0.0849)), "8.49 %");
        assert_eq!(shown("posts_per_week", Some(1.004)), "1.00");
        assert_eq!(shown("views.mean", Some(129_999.6)), "130 000");
        assert_eq!(shown("views.mean", None), "missing");
    }

    #[test]
    fn a_bucket_with_few_creators_is_still_seen() {
        assert_eq!(bar(1, 10_000), "▏");
        assert_eq!(bar(0, 10_000), "");
        assert_eq!(bar(10, 10).chars().count(), 40);
    }

    #[test]
    fn the_report_holds_distribution_averages_the_ratio_to_nano_and_commands() {
        let report = Report {
            distributions: vec![PlatformDistribution {
                platform: Some(Platform::Tiktok),
                buckets: vec![Bucket { low: 10_000, high: 31_623, count: 12 }],
                tiers: vec![(Tier::Micro, 12)],
                sample_size: 12,
                unknown: 1,
            }],
            averages: vec![
                average(Tier::Micro, "posts_per_week", Some(1.0)),
                average(Tier::Micro, "er.views", None),
                average(Tier::Nano, "posts_per_week", Some(0.5)),
                average(Tier::Macro, "posts_per_week", Some(0.75)),
            ],
            commands: super::super::commands::all("127.0.0.1:1", "creators/tiktok:demo", &[]),
        };
        let text = text(&report);
        for part in [
            "31 623",
            "MICRO 12",
            "1 234",
            "1 234 (widened)",
            "0.75 to 1.25",
            "missing",
            "2.00 times",
            "grpcurl -plaintext 127.0.0.1:1 list",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
}

//! Owns how a number is written for people: value, unit, interval, sample, date, or why there is none. Never which number.

use creatorscope_proto::common::v1::{
    Mark, MetricFlag, MetricValue, MissingReason, Unit, Window, metric_value::Result,
};
use jiff::Timestamp;
use prost_types::Timestamp as WireTime;

use super::html::escaped;

/// The value with its unit, or why there is none.
pub(super) fn text(value: &MetricValue) -> String {
    match value.result {
        Some(Result::Value(number)) => with_unit(number, value.unit(), &value.currency_code),
        Some(Result::Missing(reason)) => {
            let reason = MissingReason::try_from(reason).unwrap_or_default();
            format!("<span class=\"soft\">{}</span>", missing(reason))
        }
        None => "<span class=\"soft\">not given</span>".to_owned(),
    }
}

/// Whether there is a value.
pub(super) fn is_known(value: Option<&MetricValue>) -> bool {
    value.is_some_and(|value| matches!(value.result, Some(Result::Value(_))))
}

/// The number; none when it is missing.
pub(super) fn number(value: Option<&MetricValue>) -> Option<f64> {
    match value?.result {
        Some(Result::Value(number)) => Some(number),
        _ => None,
    }
}

/// A number with its unit.
pub(super) fn with_unit(number: f64, unit: Unit, currency: &str) -> String {
    match unit {
        Unit::Fraction => format!("{:.1} %", number * 100.0),
        Unit::Count => grouped(number),
        Unit::Score => format!("{number:.0} of 100"),
        Unit::Days => format!("{number:.1} days"),
        Unit::PostsPerWeek => format!("{number:.2} posts a week"),
        Unit::HourOfDay => format!("{number:02.0}:00 UTC"),
        Unit::MoneyMinor => format!("{} {}", grouped_decimals(number / 100.0), escaped(currency)),
        Unit::Ratio | Unit::Unspecified => format!("{number:.3}"),
    }
}

/// Thousands apart.
pub(super) fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    if number < 0.0 { format!("-{out}") } else { out }
}

fn grouped_decimals(number: f64) -> String {
    let cents = (number.abs().fract() * 100.0).round();
    let (whole, cents) = if cents >= 100.0 { (number.trunc() + number.signum(), 0.0) } else { (number.trunc(), cents) };
    format!("{}.{cents:02.0}", grouped(whole))
}

/// The interval, its certainty and how it was found; empty without one.
pub(super) fn interval(value: &MetricValue) -> String {
    let Some(interval) = &value.interval else { return String::new() };
    let unit = |number| with_unit(number, value.unit(), &value.currency_code);
    let certainty =
        if interval.confidence > 0.0 { format!("{:.0} %, ", interval.confidence * 100.0) } else { String::new() };
    format!(
        "{} to {} <span class=\"soft\">({certainty}{})</span>",
        unit(interval.low),
        unit(interval.high),
        escaped(&interval.method)
    )
}

/// Where it stands in its cohort; empty when that was not asked for.
pub(super) fn standing(value: &MetricValue) -> String {
    let Some(standing) = &value.standing else { return String::new() };
    let mark = match standing.mark() {
        Mark::Unspecified => String::new(),
        mark => format!(", {}", words(mark.as_str_name(), "MARK_")),
    };
    format!(
        "percentile {:.0}{mark} <span class=\"soft\">of {} in {}</span>",
        standing.percentile,
        standing.cohort_size,
        escaped(&standing.cohort)
    )
}

/// Sample, window and date.
pub(super) fn basis(value: &MetricValue) -> String {
    let mut parts = vec![format!("n = {}", value.sample_size)];
    if value.window() != Window::Unspecified {
        parts.push(words(value.window().as_str_name(), "WINDOW_"));
    }
    let as_of = day(value.as_of.as_ref());
    if !as_of.is_empty() {
        parts.push(as_of);
    }
    format!("<span class=\"soft\">{}</span>", parts.join(", "))
}

/// What a reader must know, in words.
pub(super) fn flags(value: &MetricValue) -> Vec<String> {
    let named = value.flags().filter(|flag| *flag != MetricFlag::Unspecified);
    named.map(|flag| words(flag.as_str_name(), "METRIC_FLAG_")).collect()
}

/// A reason in words.
pub(super) fn missing(reason: MissingReason) -> String {
    words(reason.as_str_name(), "MISSING_REASON_")
}

/// The name of an enum's value as words: `NO_POSTS_IN_WINDOW` is `no posts in window`.
pub(super) fn words(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase().replace('_', " ")
}

/// A day, e.g. `2026-03-01`; empty without a time.
pub(super) fn day(time: Option<&WireTime>) -> String {
    let read = |time: &WireTime| Timestamp::new(time.seconds, time.nanos).ok();
    time.and_then(read).map(|time| time.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

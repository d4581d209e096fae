//! Owns how a number or a time is written for people: with its unit, or why there is none. Never which number.

use creatorscope_kit::clock::from_wire_time;
use creatorscope_proto::{
    campaign::v1 as pb,
    common::v1::{MetricValue, MissingReason, Unit, metric_value::Result},
};
use jiff::tz::TimeZone;
use prost_types::Timestamp;

use super::{frame, frame::not_known, money};
use crate::{report, tracking::Number};

/// What a number is called.
pub(super) fn label(number: Number) -> &'static str {
    match number {
        Number::Views => "Views",
        Number::Engagements => "Engagements",
        Number::EngagementRate => "Engagement rate",
        Number::Posts => "Posts",
        Number::Reach => "Reach (modelled)",
        Number::Clicks => "Clicks",
        Number::Conversions => "Conversions",
        Number::Revenue => "Revenue",
        Number::NetSentiment => "Net sentiment",
        Number::Spend => "Spend",
        Number::CostPerView => "Cost per view",
        Number::CostPerEngagement => "Cost per engagement",
        Number::CostPerMille => "CPM",
        Number::CostPerConversion => "Cost per conversion",
        Number::Return => "Return on spend",
    }
}

/// The number among values, as HTML: the value with its unit, or that it is not known and why.
pub(super) fn cell(values: &[MetricValue], number: Number) -> String {
    report::of(values, number).map_or_else(|| not_known("not told"), text)
}

/// The value with its unit, or that it is not known and why, as HTML.
pub(super) fn text(value: &MetricValue) -> String {
    match value.result {
        Some(Result::Value(number)) if number.is_finite() => plain(value, number),
        Some(Result::Missing(reason)) => not_known(&why(MissingReason::try_from(reason).unwrap_or_default())),
        _ => not_known("not told"),
    }
}

/// A number in the unit of a value, escaped.
pub(super) fn plain(value: &MetricValue, number: f64) -> String {
    if value.definition == Number::NetSentiment.definition() {
        return sentiment(number);
    }
    in_unit(number, value.unit(), &value.currency_code)
}

/// A net sentiment, -1 to 1.
pub(super) fn sentiment(number: f64) -> String {
    format!("{number:+.2}")
}

/// A number with its unit, escaped.
pub(super) fn in_unit(number: f64, unit: Unit, currency: &str) -> String {
    match unit {
        Unit::Fraction => share(number, 2),
        Unit::MoneyMinor => frame::escaped(&money::text(number, currency)),
        Unit::Ratio => format!("{number:.2}"),
        _ => grouped(number, 0),
    }
}

/// An agreed amount; not known without one.
pub(super) fn amount(money: Option<&pb::Money>) -> String {
    let written = |money: &pb::Money| frame::escaped(&money::text(money.amount_minor as f64, &money.currency_code));
    money.map_or_else(|| not_known("not agreed"), written)
}

/// A share, 1 being the whole, in percent.
pub(super) fn share(share: f64, decimals: usize) -> String {
    format!("{:.decimals$} %", share * 100.0)
}

/// A probability in percent; what is almost certain is never told as certain.
pub(super) fn probability(probability: f64) -> String {
    match probability {
        low if low < 0.01 => "below 1 %".to_owned(),
        high if high > 0.99 => "above 99 %".to_owned(),
        other => share(other, 0),
    }
}

/// A number with so many decimals, thousands apart.
pub(super) fn grouped(number: f64, decimals: usize) -> String {
    let written = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = written.split_once('.').map_or((written.as_str(), ""), |parts| parts);
    let mut out = String::new();
    if number < 0.0 && written.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        out.push('-');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A reason in words.
fn why(reason: MissingReason) -> String {
    match reason {
        MissingReason::Unspecified => "no reason told".to_owned(),
        MissingReason::NoPostsInWindow => "no posts yet".to_owned(),
        MissingReason::ZeroDenominator => "nothing to divide by".to_owned(),
        other => frame::words(other.as_str_name(), "MISSING_REASON_"),
    }
}

/// A day in UTC, e.g. `2026-03-01`; that it is not known without a time.
pub(super) fn day(time: Option<&Timestamp>) -> String {
    written(time, "%Y-%m-%d")
}

/// A minute in UTC, e.g. `2026-03-01 14:05 UTC`; that it is not known without a time.
pub(super) fn minute(time: Option<&Timestamp>) -> String {
    written(time, "%Y-%m-%d %H:%M UTC")
}

fn written(time: Option<&Timestamp>, form: &str) -> String {
    let read = time.and_then(|time| from_wire_time(time).ok());
    read.map_or_else(
        || not_known("no time told"),
        |time| format!("<time>{}</time>", time.to_zoned(TimeZone::UTC).strftime(form)),
    )
}

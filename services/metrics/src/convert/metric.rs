//! Owns metrics on the wire. Never their computation.

use creatorscope_domain::CreatorId;
use creatorscope_proto::{common::v1 as common, metrics::v1 as pb};
use jiff::Timestamp;

use super::to_wire_time;
use crate::{
    definitions::{Formula, Unit},
    model::{Explanation, Flag, Metric, Missing, TermUse},
    price,
};

/// A creator's metrics as they are sent.
pub fn creator_metrics(
    creator: &CreatorId,
    version: i64,
    as_of: Timestamp,
    metrics: Vec<Metric>,
) -> pb::CreatorMetrics {
    pb::CreatorMetrics {
        creator: creator.name(),
        values: metrics.into_iter().map(metric_value).collect(),
        as_of: Some(to_wire_time(as_of)),
        etag: format!("{version:x}"),
    }
}

/// One number as it is sent.
pub fn metric_value(metric: Metric) -> common::MetricValue {
    let result = match metric.result {
        Ok(value) => common::metric_value::Result::Value(value),
        Err(reason) => common::metric_value::Result::Missing(missing(reason) as i32),
    };
    let provenance = match metric.definition.formula {
        Formula::Latest(_) => common::Provenance::Source,
        formula if formula.is_modelled() => common::Provenance::Modelled,
        _ => common::Provenance::Derived,
    };
    common::MetricValue {
        definition: metric.definition.name(),
        result: Some(result),
        unit: unit(metric.definition.unit) as i32,
        window: metric.window.number(),
        format: metric.format.map_or(0, |format| format.number()),
        sample_size: count(metric.sample_size),
        excluded_count: count(metric.excluded_count),
        terms: metric.terms.iter().map(term_use).collect(),
        absent_terms: metric.absent_terms.into_iter().map(str::to_owned).collect(),
        provenance: provenance as i32,
        as_of: Some(to_wire_time(metric.as_of)),
        expires_at: metric.expires_at.map(to_wire_time),
        interval: metric.interval.map(|interval| common::Interval {
            low: interval.low,
            high: interval.high,
            confidence: interval.confidence,
            method: interval.method.to_owned(),
        }),
        flags: metric.flags.into_iter().map(|found| flag(found) as i32).collect(),
        standing: None,
        explanations: metric.explanations.into_iter().map(explanation).collect(),
        currency_code: currency(metric.definition.unit).to_owned(),
    }
}

/// A unit as it is sent.
pub fn unit(unit: Unit) -> common::Unit {
    match unit {
        Unit::Fraction => common::Unit::Fraction,
        Unit::Count => common::Unit::Count,
        Unit::PostsPerWeek => common::Unit::PostsPerWeek,
        Unit::Days => common::Unit::Days,
        Unit::Score => common::Unit::Score,
        Unit::HourOfDay => common::Unit::HourOfDay,
        Unit::Ratio => common::Unit::Ratio,
        Unit::MoneyMinor => common::Unit::MoneyMinor,
    }
}

/// The currency of a unit; empty for what is no money.
fn currency(unit: Unit) -> &'static str {
    if unit == Unit::MoneyMinor { price::CURRENCY } else { "" }
}

fn explanation(found: Explanation) -> common::Explanation {
    common::Explanation {
        factor: found.factor.to_owned(),
        level: found.level.to_owned(),
        description: found.description,
    }
}

fn term_use(part: &TermUse) -> common::TermUse {
    common::TermUse { term: part.term.to_owned(), total: part.total, reported_count: count(part.reported_count) }
}

fn missing(reason: Missing) -> common::MissingReason {
    match reason {
        Missing::NotReported => common::MissingReason::NotReported,
        Missing::Hidden => common::MissingReason::Hidden,
        Missing::TooFewPosts => common::MissingReason::TooFewPosts,
        Missing::NoPostsInWindow => common::MissingReason::NoPostsInWindow,
        Missing::ObservedTooShort => common::MissingReason::ObservedTooShort,
        Missing::ZeroDenominator => common::MissingReason::ZeroDenominator,
        Missing::Expired => common::MissingReason::Expired,
    }
}

fn flag(flag: Flag) -> common::MetricFlag {
    match flag {
        Flag::AnomalyErOverOne => common::MetricFlag::AnomalyErOverOne,
        Flag::LowSample => common::MetricFlag::LowSample,
        Flag::RoundedSource => common::MetricFlag::RoundedSource,
        Flag::AcrossChangepoint => common::MetricFlag::AcrossChangepoint,
        Flag::Outliers => common::MetricFlag::Outliers,
        Flag::PartialTerms => common::MetricFlag::PartialTerms,
        Flag::Synthetic => common::MetricFlag::Synthetic,
        Flag::Recounted => common::MetricFlag::Recounted,
        Flag::AnomalyLikesOverViews => common::MetricFlag::AnomalyLikesOverViews,
        Flag::AnomalyFollowersJump => common::MetricFlag::AnomalyFollowersJump,
        Flag::AnomalyCommentsOverLikes => common::MetricFlag::AnomalyCommentsOverLikes,
    }
}

fn count(posts: usize) -> i32 {
    i32::try_from(posts).unwrap_or(i32::MAX)
}

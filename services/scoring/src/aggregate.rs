//! Owns the numbers of sentiment: sums become shares with intervals, flags and reasons why there is none. Never SQL or a cache.

use creatorscope_domain::Window;
use creatorscope_kit::db::timestamp;
use creatorscope_proto::{common::v1 as common, scoring::v1 as pb};
use jiff::Timestamp;

use crate::{
    convert::to_wire_time,
    interval::{self, Reader},
    store::Scope,
};

/// Scored comments that shares of a creator need.
pub const MINIMUM: i64 = 30;
/// Scored comments that shares of a post need.
pub const MINIMUM_OF_POST: i64 = 10;
/// Below so many scored comments a value says that its sample is low.
const LOW_SAMPLE: i64 = 100;
/// The share of comments that must be read.
const LEAST_COVERAGE: f64 = 0.6;
/// The share of one author, or of repeated texts, above which a sample is dominated.
const DOMINATED: f64 = 1.0 / 3.0;

/// The values of a scope by their definitions, with whether higher is better.
pub const DEFINITIONS: [(&str, Option<bool>); 10] = [
    ("sentiment.negative@1", Some(false)),
    ("sentiment.neutral@1", None),
    ("sentiment.positive@1", Some(true)),
    ("sentiment.net@1", Some(true)),
    ("sentiment.negative.weighted@1", Some(false)),
    ("sentiment.neutral.weighted@1", None),
    ("sentiment.positive.weighted@1", Some(true)),
    ("sentiment.net.weighted@1", Some(true)),
    ("sentiment.negative.creator@1", Some(false)),
    ("sentiment.coverage@1", None),
];

/// A value with its interval.
type Ranged = (f64, Option<(f64, f64)>);

/// What a scope's values are computed for.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// The window; none for a post.
    pub window: Option<Window>,
    /// The least scored comments.
    pub minimum: i64,
    /// When the values may no longer be kept.
    pub expires: Option<Timestamp>,
}

/// Comments with a sentiment.
fn scored(scope: &Scope) -> i64 {
    scope.cell.comments - scope.cell.unknown.iter().sum::<i64>()
}

fn share(part: f64, all: f64) -> f64 {
    if all > 0.0 { (part / all).clamp(0.0, 1.0) } else { 0.0 }
}

/// The values of a scope in the order of [`DEFINITIONS`], or why there are none.
pub fn numbers(scope: &Scope, minimum: i64) -> [Result<Ranged, common::MissingReason>; 10] {
    let cell = &scope.cell;
    let coverage = share(scored(scope) as f64, cell.comments as f64);
    let reader = if scope.models.iter().all(|(model, _)| model.contains('+')) && !scope.models.is_empty() {
        Reader::Encoder
    } else {
        Reader::Fast
    };
    let ranged = |p: f64, n: f64| (p, Some(interval::of_share(p, n, reader)));
    let shares = |parts: [f64; 3], all: f64, n: f64| {
        let [negative, neutral, positive] = parts.map(|part| share(part, all));
        let net = (positive - negative, Some(interval::of_net(positive, negative, n, reader)));
        [ranged(negative, n), ranged(neutral, n), ranged(positive, n), net]
    };
    let missing = if cell.scored < minimum {
        Some(common::MissingReason::TooFewComments)
    } else if coverage < LEAST_COVERAGE {
        Some(common::MissingReason::TooLittleCoverage)
    } else {
        None
    };
    let coverage = if cell.comments == 0 { Err(common::MissingReason::TooFewComments) } else { Ok((coverage, None)) };
    if let Some(reason) = missing {
        let none = || Err(reason);
        return [none(), none(), none(), none(), none(), none(), none(), none(), none(), coverage];
    }
    let n = cell.scored as f64;
    let effective = interval::effective(cell.weight, scope.weight_squares).max(1.0);
    let [negative, neutral, positive, net] = shares([cell.negative, cell.neutral, cell.positive], n, n);
    let weighted = [cell.weighted_negative, cell.weighted_neutral, cell.weighted_positive];
    let [by_likes_negative, by_likes_neutral, by_likes_positive, by_likes_net] =
        shares(weighted, cell.weight, effective);
    let at_creator = ranged(share(cell.at_creator_negative, n), n);
    [
        Ok(negative),
        Ok(neutral),
        Ok(positive),
        Ok(net),
        Ok(by_likes_negative),
        Ok(by_likes_neutral),
        Ok(by_likes_positive),
        Ok(by_likes_net),
        Ok(at_creator),
        coverage,
    ]
}

/// The aggregate of a scope.
pub fn aggregate(scope: &Scope, frame: Frame) -> pb::SentimentAggregate {
    let cell = &scope.cell;
    let found = numbers(scope, frame.minimum);
    let values = DEFINITIONS.iter().zip(found).map(|((definition, _), number)| value(definition, number, scope, frame));
    let reasons = (1..).zip(cell.unknown).filter(|(_, count)| *count > 0);
    pb::SentimentAggregate {
        values: values.collect(),
        comment_count: cell.comments,
        scored_count: scored(scope),
        unknown_counts: reasons.map(|(reason, count)| pb::UnknownCount { reason, count }).collect(),
        author_count: scope.authors,
        top_author_share: share(scope.most as f64, cell.comments as f64),
        repeated_count: cell.repeated,
        model_counts: scope
            .models
            .iter()
            .map(|(model, count)| pb::ModelCount { model: model.clone(), count: *count })
            .collect(),
    }
}

fn value(
    definition: &str,
    number: Result<Ranged, common::MissingReason>,
    scope: &Scope,
    frame: Frame,
) -> common::MetricValue {
    let is_coverage = definition == "sentiment.coverage@1";
    let sample = if is_coverage { scope.cell.comments } else { scope.cell.scored };
    let result = match number {
        Ok((number, _)) => common::metric_value::Result::Value(number),
        Err(reason) => common::metric_value::Result::Missing(reason as i32),
    };
    let provenance = if is_coverage { common::Provenance::Derived } else { common::Provenance::Modelled };
    let range = number.ok().and_then(|(_, range)| range);
    common::MetricValue {
        definition: definition.to_owned(),
        result: Some(result),
        unit: if definition.starts_with("sentiment.net") { common::Unit::Ratio } else { common::Unit::Fraction } as i32,
        window: frame.window.map_or(0, Window::number),
        sample_size: i32::try_from(sample).unwrap_or(i32::MAX),
        provenance: provenance as i32,
        as_of: Some(to_wire_time(timestamp(scope.last))),
        expires_at: frame.expires.map(to_wire_time),
        interval: range.map(|(low, high)| common::Interval {
            low,
            high,
            confidence: interval::CONFIDENCE,
            method: interval::METHOD.to_owned(),
        }),
        flags: if number.is_ok() { flags(scope) } else { Vec::new() },
        ..common::MetricValue::default()
    }
}

fn flags(scope: &Scope) -> Vec<i32> {
    let cell = &scope.cell;
    let all = cell.comments as f64;
    let is_dominated = share(scope.most as f64, all) > DOMINATED || share(cell.repeated as f64, all) > DOMINATED;
    let found = [
        (cell.scored < LOW_SAMPLE, common::MetricFlag::LowSample),
        (scope.synthetic > 0, common::MetricFlag::Synthetic),
        (is_dominated, common::MetricFlag::DominatedSample),
    ];
    found.into_iter().filter_map(|(holds, flag)| holds.then_some(flag as i32)).collect()
}

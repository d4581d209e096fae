//! Owns the numbers of sentiment: sums become shares with intervals, flags and reasons why there is none. Never SQL or a cache.

use creatorscope_domain::Window;
use creatorscope_kit::db::timestamp;
use creatorscope_proto::{common::v1 as common, scoring::v1 as pb};
use jiff::Timestamp;

use crate::{
    convert::to_wire_time,
    interval::{self, Doubt, Reader},
    store::Scope,
    two_phase::{self, Correction, Shift},
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

/// Whether the second reading of a sample corrects the values of a scope.
fn is_corrected(scope: &Scope) -> bool {
    scope.pairs.len() >= two_phase::MINIMUM
}

/// Shares of a scope, their net and their ranges.
struct Shares {
    parts: [Ranged; 3],
    net: Ranged,
    at_creator: Ranged,
}

/// The shares of sums over `all`, which are worth `n` comments; corrected by the second reading where there is enough of it.
fn shares(scope: &Scope, parts: [f64; 3], all: f64, n: f64, by_likes: bool) -> Shares {
    let read = scope.cell.scored as f64;
    let correction = is_corrected(scope).then(|| Correction::of(&scope.pairs, read, by_likes));
    let doubt = |of: fn(&Correction) -> Shift| match &correction {
        Some(correction) => {
            let encoder = Reader::of_second(scope.second_model.as_deref().unwrap_or_default());
            Doubt::of_two_phases(encoder, share(scope.drawn_from as f64, read), of(correction).variance)
        }
        None => Doubt::of(Reader::Fast),
    };
    let plain = parts.map(|part| share(part, all));
    let [negative, neutral, positive] = correction.map_or(plain, |correction| correction.apply(plain));
    let shift = correction.map_or(0.0, |correction| correction.at_creator.by);
    let at_creator = (share(scope.cell.at_creator_negative, read) + shift).clamp(0.0, negative.max(0.0));
    let ranged = |p: f64, doubt: Doubt| (p, Some(interval::of_share(p, n, doubt)));
    let net = interval::of_net(positive, negative, n, doubt(|correction| correction.net));
    Shares {
        parts: [
            ranged(negative, doubt(|correction| correction.shares[0])),
            ranged(neutral, doubt(|correction| correction.shares[1])),
            ranged(positive, doubt(|correction| correction.shares[2])),
        ],
        net: (positive - negative, Some(net)),
        at_creator: ranged(at_creator, doubt(|correction| correction.at_creator)),
    }
}

/// The values of a scope in the order of [`DEFINITIONS`], or why there are none.
pub fn numbers(scope: &Scope, minimum: i64) -> [Result<Ranged, common::MissingReason>; 10] {
    let cell = &scope.cell;
    let coverage = share(scored(scope) as f64, cell.comments as f64);
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
    let plain = shares(scope, [cell.negative, cell.neutral, cell.positive], n, n, false);
    let weighted = [cell.weighted_negative, cell.weighted_neutral, cell.weighted_positive];
    let by_likes = shares(scope, weighted, cell.weight, effective, true);
    let ([negative, neutral, positive], [liked_negative, liked_neutral, liked_positive]) =
        (plain.parts, by_likes.parts);
    [
        Ok(negative),
        Ok(neutral),
        Ok(positive),
        Ok(plain.net),
        Ok(liked_negative),
        Ok(liked_neutral),
        Ok(liked_positive),
        Ok(by_likes.net),
        Ok(plain.at_creator),
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
        method: if is_corrected(scope) { two_phase::METHOD } else { two_phase::FAST_ONLY }.to_owned(),
        second_reading: scope.second_model.as_ref().map(|model| pb::SecondReading {
            model: model.clone(),
            sample_size: i32::try_from(scope.pairs.len()).unwrap_or(i32::MAX),
            drawn_from_count: scope.drawn_from,
            minimum_sample_size: two_phase::MINIMUM as i32,
        }),
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
            method: if is_corrected(scope) { interval::METHOD_TWO_PHASE } else { interval::METHOD }.to_owned(),
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

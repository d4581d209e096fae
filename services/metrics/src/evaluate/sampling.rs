//! Owns the ranges that hold the true value when the posts of a window are a sample of the creator's posts. Never a value.
//!
//! All are analytic, for 95 of 100 cases, and there is none below 6 posts. They tell what the choice of posts leaves open, not
//! what is wrong with the counts.

use super::arithmetic::{ratio, sum};
use crate::{definitions::LOW_SAMPLE, model::Interval};

/// The normal quantile of 95 %.
const Z: f64 = 1.959_964;
const CONFIDENCE: f64 = 0.95;

/// The range of a mean, none below 0: mean +- t s / sqrt(n).
pub(super) fn of_mean(values: &[i64]) -> Option<Interval> {
    let (count, mean) = (values.len() as f64, sum(values) / values.len() as f64);
    if values.len() < LOW_SAMPLE {
        return None;
    }
    let squares: f64 = values.iter().map(|value| (*value as f64 - mean).powi(2)).sum();
    let error = (squares / (count - 1.0) / count).sqrt();
    Some(around(mean, student(count - 1.0) * error, "t interval of the mean"))
}

/// The standard error of a ratio of sums, by the delta method.
pub(super) fn error_of_ratio(above: &[i64], below: &[i64]) -> Option<f64> {
    if above.len() < LOW_SAMPLE || above.len() != below.len() {
        return None;
    }
    let (count, total) = (above.len() as f64, sum(below));
    let value = ratio(sum(above), total).ok()?;
    let residuals: f64 =
        above.iter().zip(below).map(|(above, below)| (*above as f64 - value * *below as f64).powi(2)).sum();
    Some((count / (count - 1.0) * residuals).sqrt() / total)
}

/// The range of a ratio of sums, none below 0.
pub(super) fn of_ratio(above: &[i64], below: &[i64]) -> Option<Interval> {
    let error = error_of_ratio(above, below)?;
    let value = ratio(sum(above), sum(below)).ok()?;
    Some(around(value, student(above.len() as f64 - 1.0) * error, "delta method"))
}

/// The range of one ratio divided by another, each with its standard error, on the scale of logarithms.
pub(super) fn of_quotient((above, above_error): (f64, f64), (below, below_error): (f64, f64)) -> Option<Interval> {
    if above <= 0.0 || below <= 0.0 {
        return None;
    }
    let spread = ((above_error / above).powi(2) + (below_error / below).powi(2)).sqrt();
    let factor = (Z * spread).exp();
    let value = above / below;
    Some(Interval {
        low: value / factor,
        high: value * factor,
        confidence: CONFIDENCE,
        method: "delta method of logarithms",
    })
}

/// The range of a quantile at probability `p` of values in rising order: order statistics.
pub(super) fn of_quantile(sorted: &[f64], p: f64) -> Option<Interval> {
    let count = sorted.len() as f64;
    if sorted.len() < LOW_SAMPLE || p <= 0.0 || p >= 1.0 {
        return None;
    }
    let (middle, reach) = (count * p, Z * (count * p * (1.0 - p)).sqrt());
    let last = sorted.len() - 1;
    let low = (middle - reach).floor().max(0.0) as usize;
    let high = ((middle + reach).ceil().max(1.0) as usize).min(last + 1) - 1;
    // Where the ranks run out of the sample the ends of the sample do not hold as often as they should.
    if middle - reach < 0.0 || middle + reach > count {
        return None;
    }
    Some(Interval { low: sorted[low], high: sorted[high.max(low)], confidence: CONFIDENCE, method: "order statistics" })
}

/// The range of a share of `count`: Wilson's.
pub(super) fn of_share(part: usize, count: usize) -> Option<Interval> {
    if count < LOW_SAMPLE {
        return None;
    }
    let (count, share) = (count as f64, part as f64 / count as f64);
    let square = Z * Z;
    let middle = (share + square / (2.0 * count)) / (1.0 + square / count);
    let reach = Z / (1.0 + square / count) * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
    let (low, high) = ((middle - reach).max(0.0).min(share), (middle + reach).min(1.0).max(share));
    Some(Interval { low, high, confidence: CONFIDENCE, method: "Wilson interval" })
}

/// The same range in another unit.
pub(super) fn scaled(interval: Interval, factor: f64) -> Interval {
    Interval { low: interval.low * factor, high: interval.high * factor, ..interval }
}

fn around(value: f64, reach: f64, method: &'static str) -> Interval {
    Interval { low: (value - reach).max(0.0), high: value + reach, confidence: CONFIDENCE, method }
}

/// The 97.5 % quantile of Student's t, by the first terms of its expansion around the normal one (Fisher and Cornish); within
/// 0.5 % from 5 degrees of freedom.
fn student(freedom: f64) -> f64 {
    let (z, z3, z5, z7) = (Z, Z.powi(3), Z.powi(5), Z.powi(7));
    z + (z3 + z) / (4.0 * freedom)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * freedom.powi(2))
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * freedom.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64, tolerance: f64) -> bool {
        (left - right).abs() <= tolerance
    }

    #[test]
    fn the_quantiles_of_student_are_those_of_the_tables() {
        for (freedom, expected) in [(5.0, 2.571), (10.0, 2.228), (30.0, 2.042), (1_000.0, 1.962)] {
            assert!(close(student(freedom), expected, 0.005 * expected), "{freedom}: {}", student(freedom));
        }
    }

    #[test]
    fn a_mean_of_six_has_the_range_of_the_textbook() {
        // s = 1.8708, t = 2.571: 3.5 +- 1.963.
        let range = of_mean(&[1, 2, 3, 4, 5, 6]).expect("enough");
        assert!(close(range.low, 1.537, 0.01) && close(range.high, 5.463, 0.01), "{range:?}");
        assert_eq!(of_mean(&[1, 2, 3, 4, 5]), None);
    }

    #[test]
    fn a_ratio_that_every_post_has_is_certain() {
        let range = of_ratio(&[1, 2, 3, 4, 5, 6], &[10, 20, 30, 40, 50, 60]).expect("enough");
        assert!(close(range.low, 0.1, 1e-12) && close(range.high, 0.1, 1e-12), "{range:?}");
    }

    #[test]
    fn the_median_of_twenty_lies_between_its_sixth_and_fifteenth() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        let range = of_quantile(&values, 0.5).expect("enough");
        assert_eq!((range.low, range.high), (6.0, 15.0));
        assert_eq!(of_quantile(&values[..6], 0.99), None);
    }

    #[test]
    fn a_share_of_none_is_not_certain() {
        let range = of_share(0, 20).expect("enough");
        assert_eq!(range.low, 0.0);
        assert!(close(range.high, 0.161, 0.001), "{range:?}");
    }
}

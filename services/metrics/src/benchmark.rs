//! Owns how values of a cohort are summed up, and where one value stands among them. Never which creators a cohort has.

use crate::evaluate::quantile;

/// The fewest creators with a value that a cohort is not widened with.
pub const MINIMUM: usize = 200;
/// Values that a ladder has at most; a percentile is exact to 100 divided by this.
const RUNGS: usize = 10_000;
/// The 97.5th percentile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The distribution of one definition in a cohort, in the definition's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// The mean.
    pub mean: f64,
    /// The 10th, 25th, 50th, 75th and 90th percentile, linear between neighbours (Hyndman and Fan's type 7).
    pub percentiles: [f64; 5],
    /// The ends of the range that holds the true mean in 95 of 100 cases: the mean more and less 1.96 standard errors. None for
    /// fewer than two values.
    pub mean_interval: Option<(f64, f64)>,
}

/// Sums up values in rising order; none for none.
pub fn summary(sorted: &[f64]) -> Option<Summary> {
    if sorted.is_empty() {
        return None;
    }
    let count = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / count;
    let squares: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
    let error = (squares / (count - 1.0) / count).sqrt();
    Some(Summary {
        mean,
        percentiles: [0.10, 0.25, 0.50, 0.75, 0.90].map(|p| quantile(sorted, p)),
        mean_interval: (sorted.len() > 1).then_some((mean - Z * error, mean + Z * error)),
    })
}

/// Which of the widths is used, given how many creators with a value each has: the first with [`MINIMUM`], else the last.
pub fn width_used(counts: &[usize]) -> usize {
    counts.iter().position(|count| *count >= MINIMUM).unwrap_or(counts.len().saturating_sub(1))
}

/// Takes values in rising order down to at most 10 000 that are evenly spaced in rank, for [`percentile`].
pub fn ladder(sorted: Vec<f64>) -> Vec<f64> {
    if sorted.len() <= RUNGS {
        return sorted;
    }
    (0..RUNGS).map(|rung| sorted[(2 * rung + 1) * sorted.len() / (2 * RUNGS)]).collect()
}

/// The share of the ladder below a value, those equal to it counting half, 0 to 100; none of an empty ladder.
pub fn percentile(ladder: &[f64], value: f64) -> Option<f64> {
    let below = ladder.partition_point(|other| *other < value);
    let equal = ladder[below..].partition_point(|other| *other <= value);
    (!ladder.is_empty()).then(|| (below as f64 + equal as f64 / 2.0) / ladder.len() as f64 * 100.0)
}

/// A percentile in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Below the 10th.
    Poor,
    /// Below the 25th.
    Fair,
    /// Below the median.
    Average,
    /// Below the 75th.
    Good,
    /// Below the 90th.
    VeryGood,
    /// The 90th and above.
    Excellent,
}

/// The mark of a percentile. Where lower is better the percentile is mirrored first: the 5th is as good as the 95th. None
/// where neither is better.
pub fn mark(percentile: f64, higher_is_better: Option<bool>) -> Option<Mark> {
    let good = if higher_is_better? { percentile } else { 100.0 - percentile };
    Some(match good {
        ..10.0 => Mark::Poor,
        ..25.0 => Mark::Fair,
        ..50.0 => Mark::Average,
        ..75.0 => Mark::Good,
        ..90.0 => Mark::VeryGood,
        _ => Mark::Excellent,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_summary_of_one_to_nine_is_known() {
        let found = summary(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]).expect("values");
        assert_eq!(found.percentiles, [1.8, 3.0, 5.0, 7.0, 8.2]);
        let (low, high) = found.mean_interval.expect("nine values");
        // The standard deviation is sqrt(7.5), the standard error sqrt(7.5 / 9).
        assert!(
            (found.mean - 5.0).abs() < 1e-12
                && (high - 5.0 - 1.789_191).abs() < 1e-5
                && (high + low - 10.0).abs() < 1e-9
        );
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(&[3.0]).expect("one").mean_interval, None);
    }

    #[test]
    fn the_first_width_with_200_is_used_and_else_the_widest() {
        assert_eq!(width_used(&[199, 200, 900]), 1);
        assert_eq!(width_used(&[200, 200]), 0);
        assert_eq!(width_used(&[3, 5, 199]), 2);
    }

    #[test]
    fn marks_lie_at_their_edges_and_are_mirrored_where_lower_is_better() {
        let marks = [0.0, 9.99, 10.0, 25.0, 50.0, 75.0, 90.0].map(|place| mark(place, Some(true)));
        let expected = [Mark::Poor, Mark::Poor, Mark::Fair, Mark::Average, Mark::Good, Mark::VeryGood, Mark::Excellent];
        assert_eq!(marks, expected.map(Some));
        assert_eq!(mark(5.0, Some(false)), Some(Mark::Excellent));
        assert_eq!(mark(95.0, Some(false)), Some(Mark::Poor));
        assert_eq!(mark(95.0, None), None);
    }

    fn sorted(mut values: Vec<f64>) -> Vec<f64> {
        values.sort_by(f64::total_cmp);
        values
    }

    proptest! {
        #[test]
        fn percentiles_rise_and_lie_between_the_ends(values in prop::collection::vec(-1e9..1e9_f64, 1..300)) {
            let values = sorted(values);
            let found = summary(&values).expect("values");
            prop_assert!(found.percentiles.is_sorted());
            prop_assert!(values[0] <= found.percentiles[0] && found.percentiles[4] <= values[values.len() - 1]);
        }

        #[test]
        fn a_percentile_is_the_share_below_with_half_of_the_equal(values in prop::collection::vec(0..50_i32, 1..300), value in -1..51_i32) {
            let below = values.iter().filter(|other| **other < value).count() as f64;
            let equal = values.iter().filter(|other| **other == value).count() as f64;
            let expected = (below + equal / 2.0) / values.len() as f64 * 100.0;
            let ladder = ladder(sorted(values.into_iter().map(f64::from).collect()));
            prop_assert_eq!(percentile(&ladder, f64::from(value)), Some(expected));
        }

        #[test]
        fn a_long_ladder_is_right_to_a_hundredth_of_a_percent(seed in 1..1_000_u32) {
            let values: Vec<f64> = (0..25_000_u32).map(|place| f64::from(place * seed % 7_919)).collect();
            let value = f64::from(seed * 7 % 7_919);
            let exact = percentile(&sorted(values.clone()), value).expect("values");
            let found = percentile(&ladder(sorted(values)), value).expect("values");
            prop_assert!((exact - found).abs() <= 0.02, "{exact} {found}");
        }
    }
}

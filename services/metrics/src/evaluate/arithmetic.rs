//! Owns sums, quantiles and spread over plain numbers. Never a post.

use crate::model::Missing;

/// The exact sum as a float.
pub(super) fn sum(values: &[i64]) -> f64 {
    values.iter().map(|value| i128::from(*value)).sum::<i128>() as f64
}

/// The mean of values that are not empty.
pub(super) fn mean(values: &[i64]) -> f64 {
    sum(values) / values.len() as f64
}

/// One number divided by another.
pub(super) fn ratio(above: f64, below: f64) -> Result<f64, Missing> {
    if below == 0.0 { Err(Missing::ZeroDenominator) } else { Ok(above / below) }
}

/// The quantile at probability `p` of values in rising order that are not empty: with h = (n - 1) p, linear between the
/// neighbours of h (Hyndman and Fan's type 7).
pub(crate) fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * p;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// Floats in rising order.
pub(super) fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The standard deviation of the population divided by the mean, of values that are not empty.
pub(super) fn dispersion(values: &[i64]) -> Result<f64, Missing> {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (*value as f64 - mean).powi(2)).sum();
    ratio((squares / values.len() as f64).sqrt(), mean)
}

/// Whether a value lies more than 3 interquartile ranges outside the quartiles; of fewer than 6 values none does.
pub(super) fn has_outliers(values: Vec<f64>) -> bool {
    if values.len() < crate::definitions::LOW_SAMPLE {
        return false;
    }
    let values = sorted(values);
    let (low, high) = (quantile(&values, 0.25), quantile(&values, 0.75));
    let reach = 3.0 * (high - low);
    values[0] < low - reach || values[values.len() - 1] > high + reach
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_linear_between_neighbours() {
        let values = [1.0, 2.0, 3.0, 10.0];
        assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(|p| quantile(&values, p)), [1.0, 1.75, 2.5, 4.75, 10.0]);
        assert_eq!(quantile(&[7.0], 0.75), 7.0);
    }

    #[test]
    fn dispersion_is_that_of_the_population() {
        assert_eq!(dispersion(&[2, 4, 4, 4, 5, 5, 7, 9]), Ok(0.4));
        assert_eq!(dispersion(&[0, 0]), Err(Missing::ZeroDenominator));
    }

    #[test]
    fn an_outlier_lies_three_ranges_outside() {
        assert!(has_outliers(vec![1.0, 2.0, 3.0, 4.0, 5.0, 30.0]));
        assert!(!has_outliers(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        assert!(!has_outliers(vec![1.0, 2.0, 3.0, 4.0, 500.0]));
    }
}

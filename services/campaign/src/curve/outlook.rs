//! Owns what one post's views will be at a later age, with the doubt. Never a sum over posts.

use serde::{Deserialize, Serialize};

use super::{BINS, EDGES, FINAL_AGE, Growth, REACHES, Series};
use crate::normal;

/// Gains below this part of what the curve expects are taken as this part: logarithms need something.
const LEAST_GAIN: f64 = 0.02;
/// Doubt about an increment whose part of the curve nobody has measured, as a standard deviation of its logarithm.
const UNLEARNED_SPREAD: f64 = 0.4;
/// A bin is half learned at so many posts.
const HALF_LEARNED: f64 = 20.0;
/// How much the spread widens for each unit of reach beyond the last cell.
const FURTHER_SPREAD: f64 = 0.15;
/// Doubt about the shape of growth of a post that nobody has read yet, as a standard deviation of logarithms.
const UNREAD_SPREAD: f64 = 0.3;
/// The spread of one creator's posts around their median where too few are known: a factor of about 2.7 each way in 80
/// %.
pub const USUAL_SPREAD: f64 = 0.8;

/// What a creator's posts usually reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Usual {
    /// Median views of the creator's grown posts (30 days old), above 0.
    pub median: f64,
    /// Standard deviation of `ln views` over those posts; [`USUAL_SPREAD`] where it is not known.
    pub spread: f64,
}

/// The views of one post at one later moment: `floor + exp(Y)`, where `Y` is normal with another standard deviation
/// below its median than above.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// Views that are there already.
    pub floor: f64,
    /// Median of the views still to come, at least 0.
    pub increment: f64,
    /// Standard deviation of their logarithm below the median.
    pub below: f64,
    /// The same above the median.
    pub above: f64,
}

impl Outlook {
    /// Views that are known and do not grow.
    pub fn settled(views: f64) -> Self {
        Self { floor: views, increment: 0.0, below: 0.0, above: 0.0 }
    }

    /// Forecasts a post from its readings to `target_age` (hours after publication); none when there is no reading.
    ///
    /// With `V` the last reading at age `t`, the curve's increment is `C = V · (exp(G(T) − G(t)) − 1)`. The post's own
    /// speed says how it runs against the curve, `k` = gain over the recent span / the curve's gain over that span. The
    /// median of what is to come is `C · k^trust · exp(bias)`. Recent growth as the better predictor than levels alone:
    /// Pinto, Almeida & Gonçalves, "Using early view patterns to predict the popularity of YouTube videos", WSDM 2013.
    pub fn of_post(growth: &Growth, series: &Series, target_age: f64) -> Option<Self> {
        let (age, views) = series.last()?;
        if target_age <= age {
            return Some(Self::settled(views));
        }
        let pace = pace_against_curve(growth, series);
        let reach = (target_age / age).ln();
        let doubt = growth.doubt(age, reach, pace.is_some());
        let expected = views * growth.curve.increment(age, target_age);
        let increment = expected * (doubt.trust * pace.unwrap_or(0.0) + doubt.bias).exp();
        let further = FURTHER_SPREAD * (reach - REACHES[REACHES.len() - 1]).max(0.0);
        let unlearned = UNLEARNED_SPREAD * unlearned_part(growth, age, target_age);
        let spread = |learned: f64| (learned + further).hypot(unlearned);
        Some(Self { floor: views, increment, below: spread(doubt.below), above: spread(doubt.above) })
    }

    /// Forecasts a post that nobody has read yet, published or planned, from what its creator's posts usually reach.
    pub fn of_usual(growth: &Growth, usual: Usual, target_age: f64) -> Self {
        let increment = usual.median.max(0.0) * growth.curve.share(target_age, FINAL_AGE);
        let increment = if target_age > FINAL_AGE { usual.median.max(0.0) } else { increment };
        let spread = usual.spread.max(0.05).hypot(UNREAD_SPREAD);
        Self { floor: 0.0, increment, below: spread, above: spread }
    }

    /// The value of what is still to come at `z` standard deviations from its median.
    pub fn increment_at(&self, z: f64) -> f64 {
        self.increment * (z * if z < 0.0 { self.below } else { self.above }).exp()
    }

    /// The views that are not passed with this probability (0 to 1).
    pub fn quantile(&self, probability: f64) -> f64 {
        self.floor + self.increment_at(normal::quantile(probability))
    }

    /// The probability of at least so many views.
    pub fn probability_of(&self, views: f64) -> f64 {
        let missing = views - self.floor;
        if missing <= 0.0 {
            return 1.0;
        }
        if self.increment <= 0.0 {
            return 0.0;
        }
        let distance = (missing / self.increment).ln();
        let spread = if distance < 0.0 { self.below } else { self.above };
        normal::cumulative(-distance / spread.max(1e-9))
    }
}

/// The part, 0 to 1, of the curve's growth between two ages that rests on the prior.
fn unlearned_part(growth: &Growth, from: f64, to: f64) -> f64 {
    let (mut all, mut prior) = (0.0, 0.0);
    for bin in 0..BINS {
        let start = EDGES[bin].max(from);
        let end = if bin + 1 == BINS { to } else { EDGES[bin + 1].min(to) };
        if end > start {
            let grown = growth.curve.elasticities[bin] * (end / start).ln();
            all += grown;
            prior += grown * HALF_LEARNED / (HALF_LEARNED + f64::from(growth.curve.posts[bin]));
        }
    }
    if all > 0.0 { prior / all } else { 1.0 }
}

/// `ln k`: how fast the post runs against the curve, from its recent gain; none when its speed is not known.
pub(super) fn pace_against_curve(growth: &Growth, series: &Series) -> Option<f64> {
    let (age, views) = series.last()?;
    let (since, gained) = series.recent_gain()?;
    let expected = views * -(growth.curve.log_growth(since) - growth.curve.log_growth(age)).exp_m1();
    (expected > 0.0).then(|| (gained.max(expected * LEAST_GAIN) / expected).ln())
}

#[cfg(test)]
mod tests {
    use creatorscope_domain::{Platform, PostFormat};
    use proptest::prelude::*;

    use super::*;
    use crate::curve::prior;

    fn long() -> Growth {
        prior::growth(Platform::Youtube, PostFormat::Long)
    }

    #[test]
    fn a_post_that_runs_twice_as_fast_is_expected_to_gain_more() {
        let growth = long();
        let slow = Series::of(&[(10.0, 9_900.0), (12.0, 10_000.0)]);
        let fast = Series::of(&[(10.0, 9_800.0), (12.0, 10_000.0)]);
        let gain = |series| Outlook::of_post(&growth, series, 48.0).expect("read").increment;
        let ratio = gain(&fast) / gain(&slow);
        assert!((1.5..2.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn a_band_grows_narrower_with_age() {
        let growth = long();
        let width = |age: f64| {
            let series = Series::of(&[(age - 1.0, 990.0), (age, 1_000.0)]);
            let outlook = Outlook::of_post(&growth, &series, 240.0).expect("read");
            (outlook.quantile(0.9) / outlook.quantile(0.1)).ln()
        };
        assert!(width(6.0) > width(24.0) && width(24.0) > width(96.0));
    }

    #[test]
    fn one_reading_leaves_a_wider_band_than_two() {
        let growth = long();
        let one = Outlook::of_post(&growth, &Series::of(&[(12.0, 1_000.0)]), 48.0).expect("read");
        let two = Outlook::of_post(&growth, &Series::of(&[(10.0, 930.0), (12.0, 1_000.0)]), 48.0).expect("read");
        assert!(one.below > two.below && one.above > two.above);
    }

    #[test]
    fn a_post_that_nobody_read_is_expected_to_do_as_usual() {
        let usual = Usual { median: 10_000.0, spread: USUAL_SPREAD };
        let grown = Outlook::of_usual(&long(), usual, 2_000.0);
        assert!((grown.quantile(0.5) - 10_000.0).abs() < 0.1);
        let young = Outlook::of_usual(&long(), usual, 24.0).quantile(0.5);
        assert!((5_000.0..6_000.0).contains(&young), "{young}");
        assert_eq!(Outlook::of_usual(&long(), usual, -3.0).quantile(0.9), 0.0);
    }

    proptest! {
        #[test]
        fn forecasts_never_fall_below_what_is_there_and_quantiles_are_in_order(
            age in 0.5..400.0_f64,
            views in 1.0..1e8_f64,
            gained in 0.0..1.0_f64,
            ahead in 0.0..1_000.0_f64,
            low in 0.01..0.99_f64,
            high in 0.01..0.99_f64,
        ) {
            let series = Series::of(&[(age * 0.8, views * (1.0 - gained) + 1e-3), (age, views)]);
            let outlook = Outlook::of_post(&long(), &series, age + ahead).expect("read");
            let (low, high) = (low.min(high), low.max(high));
            prop_assert!(outlook.quantile(low) >= views);
            prop_assert!(outlook.quantile(low) <= outlook.quantile(high));
            prop_assert!(outlook.quantile(0.99).is_finite());
        }

        #[test]
        fn more_time_never_means_a_lower_median(
            age in 1.0..300.0_f64,
            gained in 0.0..0.5_f64,
            ahead in 0.1..500.0_f64,
            more in 0.1..500.0_f64,
        ) {
            let series = Series::of(&[(age * 0.8, 1_000.0 * (1.0 - gained)), (age, 1_000.0)]);
            let median = |target| Outlook::of_post(&long(), &series, target).expect("read").quantile(0.5);
            // What the post's own speed says is believed a little less the further the reach.
            prop_assert!(median(age + ahead + more) >= median(age + ahead) * 0.98);
        }

        #[test]
        fn a_quantile_and_its_probability_agree(
            probability in 0.02..0.98_f64,
            increment in 1.0..1e6_f64,
            below in 0.05..2.0_f64,
            above in 0.05..2.0_f64,
        ) {
            let outlook = Outlook { floor: 500.0, increment, below, above };
            let back = outlook.probability_of(outlook.quantile(probability));
            prop_assert!((back - (1.0 - probability)).abs() < 1e-4, "{back}");
        }
    }
}

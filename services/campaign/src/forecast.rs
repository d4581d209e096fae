//! Owns the forecast of a campaign's total: its posts and those still to come, summed with what they have in common.
//! Never how one post grows.
//!
//! **Assumption.** The posts of one campaign do not miss their forecasts independently: season, news, the product and
//! changes of a platform touch all of them. The logarithms of what is to come are taken as equally correlated
//! ([`CORRELATION`]) through one common factor `M`: `Z = √ρ · M + √(1 − ρ) · ε`. Given `M` the posts are independent;
//! the one that may bring most is summed over exactly, and the sum of the others is taken as log-normal with the same
//! mean and variance (Fenton, "The sum of log-normal probability distributions in scatter transmission systems", IRE
//! Transactions on Communications Systems 8(1), 1960); averages over `M` and the greatest post's `ε` are taken at fixed
//! points, so that the same inputs give the same figures.

use serde::{Deserialize, Serialize};

use crate::{
    curve::Outlook,
    normal::{self, NODES},
};

/// The correlation that is assumed between the misses of two posts of one campaign. Between unrelated videos of one
/// trending list none was found a day ahead; posts of one campaign share a product, an audience and days, hence this
/// cautious figure.
pub const CORRELATION: f64 = 0.2;
/// The level of the band where none is asked for.
pub const BAND: f64 = 0.8;
/// Halvings when a quantile is looked for.
const HALVINGS: usize = 28;

/// The distribution of a sum of outlooks.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    floor: f64,
    single: Option<Outlook>,
    given: Vec<Given>,
}

/// What is to come, given the common factor and the greatest post.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Given {
    /// How likely this is; all weights sum to 1.
    weight: f64,
    /// What the greatest post brings.
    greatest: f64,
    /// The median of what the others bring, and the standard deviation of its logarithm.
    others: (f64, f64),
}

/// A forecast with its band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Not passed with probability `(1 − level) / 2`.
    pub low: f64,
    /// The median.
    pub middle: f64,
    /// Passed with probability `(1 − level) / 2`.
    pub high: f64,
    /// The probability, between 0 and 1, that the band holds what comes.
    pub level: f64,
}

impl Total {
    /// Sums outlooks whose misses correlate by `correlation` (0 to 1; see [`CORRELATION`]). The order of the outlooks
    /// does not matter but for rounding.
    pub fn of(outlooks: &[Outlook], correlation: f64) -> Self {
        let floor = outlooks.iter().map(|outlook| outlook.floor).sum();
        let growing: Vec<&Outlook> = outlooks.iter().filter(|outlook| outlook.increment > 0.0).collect();
        if let [only] = growing[..] {
            return Self { floor, single: Some(Outlook { floor, ..*only }), given: Vec::new() };
        }
        let correlation = correlation.clamp(0.0, 1.0);
        let (common, own) = (correlation.sqrt(), (1.0 - correlation).sqrt());
        let points = normal::nodes();
        let may_bring = |outlook: &Outlook| outlook.increment_at(1.0);
        let greatest =
            (0..growing.len()).max_by(|one, other| may_bring(growing[*one]).total_cmp(&may_bring(growing[*other])));
        let Some(greatest) = greatest else { return Self { floor, single: None, given: Vec::new() } };
        let mut given = Vec::with_capacity(NODES * NODES);
        for (factor, weight) in &points {
            let others = growing.iter().enumerate().filter(|(index, _)| *index != greatest);
            let (mean, variance) = others.fold((0.0, 0.0), |(mean, variance), (_, outlook)| {
                let (one, squared) = moments(outlook, common * factor, own, &points);
                (mean + one, variance + (squared - one * one).max(0.0))
            });
            let spread = (variance / (mean * mean)).ln_1p();
            let others = (mean * (-0.5 * spread).exp(), spread.sqrt());
            for (z, part) in &points {
                let greatest = growing[greatest].increment_at(common * factor + own * z);
                given.push(Given { weight: weight * part, greatest, others });
            }
        }
        Self { floor, single: None, given }
    }

    /// Views that are there already: no forecast lies below.
    pub fn floor(&self) -> f64 {
        self.floor
    }

    /// The probability, 0 to 1, of at least so many views.
    pub fn probability_of(&self, views: f64) -> f64 {
        if views <= self.floor {
            return 1.0;
        }
        if let Some(single) = &self.single {
            return single.probability_of(views);
        }
        let missing = views - self.floor;
        let reach = |given: &Given| {
            let (median, spread) = given.others;
            let left = missing - given.greatest;
            given.weight * if left <= 0.0 { 1.0 } else { normal::cumulative(-(left / median).ln() / spread.max(1e-9)) }
        };
        self.given.iter().map(reach).sum::<f64>().clamp(0.0, 1.0)
    }

    /// The views that are not passed with this probability (0 to 1).
    pub fn quantile(&self, probability: f64) -> f64 {
        if let Some(single) = &self.single {
            return single.quantile(probability);
        }
        let at = |given: &Given, z: f64| given.greatest + given.others.0 * (z * given.others.1).exp();
        let Some(top) = self.given.iter().map(|given| at(given, 5.0)).reduce(f64::max) else { return self.floor };
        let least = self.given.iter().map(|given| at(given, -5.0)).fold(top, f64::min);
        let (mut low, mut high) = (least.max(f64::MIN_POSITIVE).ln(), top.ln());
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if 1.0 - self.probability_of(self.floor + middle.exp()) < probability {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.floor + (0.5 * (low + high)).exp()
    }

    /// The median with its band; `level` between 0 and 1, [`BAND`] by custom.
    pub fn band(&self, level: f64) -> Band {
        let at = |probability| self.quantile(probability);
        Band { low: at(0.5 - level / 2.0), middle: at(0.5), high: at(0.5 + level / 2.0), level }
    }
}

/// The mean, and the mean of the square, of an outlook's increment, given the common part of its `z`.
fn moments(outlook: &Outlook, common: f64, own: f64, points: &[(f64, f64); NODES]) -> (f64, f64) {
    if own <= 0.0 {
        let value = outlook.increment_at(common);
        return (value, value * value);
    }
    points.iter().fold((0.0, 0.0), |(mean, squared), (z, weight)| {
        let value = outlook.increment_at(common + own * z);
        (mean + weight * value, squared + weight * value * value)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outlook(floor: f64, increment: f64, spread: f64) -> Outlook {
        Outlook { floor, increment, below: spread, above: spread }
    }

    #[test]
    fn nothing_to_come_is_what_is_there() {
        let total = Total::of(&[Outlook::settled(70.0), Outlook::settled(30.0)], CORRELATION);
        assert_eq!(total.band(BAND), Band { low: 100.0, middle: 100.0, high: 100.0, level: BAND });
        assert_eq!((total.probability_of(100.0), total.probability_of(100.1)), (1.0, 0.0));
        assert_eq!(Total::of(&[], CORRELATION).quantile(0.9), 0.0);
    }

    #[test]
    fn one_growing_post_keeps_its_own_distribution() {
        let post = outlook(50.0, 1_000.0, 0.7);
        let total = Total::of(&[post, Outlook::settled(200.0)], CORRELATION);
        for probability in [0.1, 0.5, 0.9] {
            assert!((total.quantile(probability) - post.quantile(probability) - 200.0).abs() < 1e-6);
        }
    }

    #[test]
    fn independent_misses_balance_and_common_ones_do_not() {
        let posts = [outlook(0.0, 1_000.0, 0.6); 25];
        let width = |correlation| {
            let band = Total::of(&posts, correlation).band(BAND);
            (band.high / band.low).ln()
        };
        assert!(width(0.0) < width(0.3) && width(0.3) < width(0.9));
        // 25 independent posts are about five times as sure as one: 2 · 1.2816 · 0.6 / 5, a little more for the skew.
        assert!((0.28..0.40).contains(&width(0.0)), "{}", width(0.0));
        // Wholly common misses balance nothing.
        assert!((width(1.0) - 2.0 * 1.281_55 * 0.6).abs() < 0.1, "{}", width(1.0));
    }

    #[test]
    fn the_sum_of_two_unequal_posts_agrees_with_a_finer_sum() {
        let posts = [outlook(0.0, 1_000.0, 0.5), outlook(0.0, 3_000.0, 0.8)];
        let total = Total::of(&posts, 0.0);
        // Both normal variables on a fine grid of equally likely values.
        let steps = 300;
        let at = |step: usize| normal::quantile((step as f64 + 0.5) / f64::from(steps as u32));
        let values: Vec<(f64, f64)> =
            (0..steps).map(|step| (posts[0].increment_at(at(step)), posts[1].increment_at(at(step)))).collect();
        for target in [2_500.0, 4_000.0, 6_500.0, 10_000.0] {
            let above = values.iter().flat_map(|one| values.iter().filter(move |two| one.0 + two.1 >= target)).count();
            let exact = above as f64 / (steps * steps) as f64;
            let found = total.probability_of(target);
            assert!((found - exact).abs() < 0.02, "{target}: {found} instead of {exact}");
        }
    }

    fn outlooks() -> impl Strategy<Value = Vec<Outlook>> {
        let one = (0.0..1e6_f64, 0.0..1e6_f64, 0.05..2.0_f64, 0.05..2.0_f64)
            .prop_map(|(floor, increment, below, above)| Outlook { floor, increment, below, above });
        proptest::collection::vec(one, 0..12)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn a_band_lies_above_the_floor_in_order_and_holds_its_level(
            outlooks in outlooks(),
            level in 0.1..0.98_f64,
            correlation in 0.0..1.0_f64,
        ) {
            let total = Total::of(&outlooks, correlation);
            let band = total.band(level);
            prop_assert!(total.floor() <= band.low && band.low <= band.middle && band.middle <= band.high);
            prop_assert!(band.high.is_finite());
            if band.high > band.low * (1.0 + 1e-9) {
                let inside = total.probability_of(band.low) - total.probability_of(band.high);
                prop_assert!((inside - level).abs() < 0.01, "{inside} instead of {level}");
            }
        }

        #[test]
        fn a_higher_target_is_never_likelier(outlooks in outlooks(), low in 0.0..1e7_f64, high in 0.0..1e7_f64) {
            let total = Total::of(&outlooks, CORRELATION);
            prop_assert!(total.probability_of(low.max(high)) <= total.probability_of(low.min(high)) + 1e-12);
        }

        #[test]
        fn one_more_post_never_lowers_the_median(outlooks in outlooks(), increment in 1.0..1e6_f64) {
            let more: Vec<Outlook> = outlooks.iter().copied().chain([outlook(0.0, increment, 0.5)]).collect();
            let (before, after) = (Total::of(&outlooks, CORRELATION), Total::of(&more, CORRELATION));
            prop_assert!(after.quantile(0.5) >= before.quantile(0.5) * (1.0 - 1e-3));
        }
    }
}

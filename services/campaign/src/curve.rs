//! Owns how the views of a post grow with its age: the expected curve of a platform and format, the doubt around it,
//! and learning both from stored observations. Never I/O, and never a campaign's total.
//!
//! With `V(t)` the views at age `t`, the curve is kept as *elasticities* `e = d ln V / d ln t`, one for each bin of
//! ages. The share of the views at a horizon `H` that are there at age `t` is `S(t) = exp(G(t) − G(H))`, `G` being the
//! sum of `e · ln(bin's end / bin's start)`. That growth is additive in logarithms, with a spread that does not depend
//! on the size of the post, is the finding of Szabo & Huberman, "Predicting the popularity of online content", CACM
//! 53(8), 2010.

pub mod learn;
pub mod outlook;
pub mod prior;
pub mod series;

use creatorscope_domain::{Platform, PostFormat};
use serde::{Deserialize, Serialize};

pub use outlook::{Outlook, Usual};
pub use series::{Reading, Series};

/// Edges of the bins of ages, in hours.
pub const EDGES: [f64; 29] = [
    0.25, 1.0, 2.0, 3.0, 4.5, 6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 21.0, 24.0, 30.0, 36.0, 42.0, 48.0, 60.0, 72.0, 96.0,
    120.0, 168.0, 240.0, 336.0, 504.0, 720.0, 1_440.0, 2_880.0, 8_760.0,
];
/// How many bins there are.
pub const BINS: usize = EDGES.len() - 1;
/// The age, in hours, that "final" views mean where no horizon is given: 30 days.
pub const FINAL_AGE: f64 = 720.0;
/// Centres of the cells of doubt: `ln(age at the target / age at the last reading)`.
pub const REACHES: [f64; 6] = [0.05, 0.2, 0.45, 0.8, 1.5, 2.5];
/// Ages at the last reading, in hours, that those cells are kept for: young posts are harder to tell.
pub const AGES: [f64; 2] = [8.0, 36.0];
/// The age between them.
const AGE_EDGE: f64 = 17.0;
/// Cells of doubt, by [`AGES`] and [`REACHES`].
pub type Doubts = [[Doubt; REACHES.len()]; AGES.len()];
/// Edges between the cells of reach.
const REACH_EDGES: [f64; 5] = [0.1, 0.3, 0.6, 1.0, 2.0];

/// The growth of posts of one platform and format: what the prior says, moved by what was learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// Whose posts.
    pub platform: Platform,
    /// Which of their posts.
    pub format: PostFormat,
    /// Nothing observed after this moment, in seconds since 1970, was used; none when nothing was learned.
    pub learned_at: Option<i64>,
    /// Posts that taught it something.
    pub posts: u32,
    /// The expected curve.
    pub curve: Curve,
    /// Doubt around forecasts of posts whose present speed is known, by [`AGES`] and [`REACHES`].
    pub with_speed: Doubts,
    /// Doubt around forecasts from one reading, by [`AGES`] and [`REACHES`].
    pub without_speed: Doubts,
}

/// Elasticities by age; a bin's number of posts says how far it is learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// `d ln V / d ln t`, at least 0, [`BINS`] of them.
    pub elasticities: Vec<f64>,
    /// Posts behind each elasticity; 0 where it is the prior's.
    pub posts: Vec<u32>,
}

/// How forecasts of one reach miss, as logarithms of the views that are to come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    /// The median of `ln(observed increment / expected increment)`.
    pub bias: f64,
    /// How far the post's own speed is believed against the curve's: 0 not at all, 1 wholly.
    pub trust: f64,
    /// Standard deviation below the median, above 0.
    pub below: f64,
    /// Standard deviation above the median, above 0.
    pub above: f64,
    /// Posts behind these figures.
    pub posts: u32,
}

impl Curve {
    /// `G(age)`: the logarithm of expected views by age, in hours, up to a constant. Views are taken as proportional to
    /// age before the first edge; the last elasticity goes on past the last edge.
    pub fn log_growth(&self, age: f64) -> f64 {
        let age = age.max(1e-6);
        if age <= EDGES[0] {
            return (age / EDGES[0]).ln();
        }
        let mut grown = 0.0;
        for (bin, elasticity) in self.elasticities.iter().enumerate() {
            let last = bin + 1 == self.elasticities.len();
            if age <= EDGES[bin + 1] || last {
                return grown + elasticity * (age / EDGES[bin]).ln();
            }
            grown += elasticity * (EDGES[bin + 1] / EDGES[bin]).ln();
        }
        grown
    }

    /// The expected share, 0 to 1, of the views at `horizon` that are there at `age`; both in hours after publication.
    pub fn share(&self, age: f64, horizon: f64) -> f64 {
        if age <= 0.0 {
            return 0.0;
        }
        (self.log_growth(age) - self.log_growth(horizon)).exp().min(1.0)
    }

    /// Expected growth from one age to a later one, `V(to) / V(from) − 1`, at least 0.
    pub fn increment(&self, from: f64, to: f64) -> f64 {
        (self.log_growth(to) - self.log_growth(from)).exp_m1().max(0.0)
    }
}

impl Growth {
    /// The doubt for the age of the last reading in hours and a reach `ln(target age / that age)`, between the cells'
    /// centres by straight lines over `ln age` and reach.
    pub fn doubt(&self, age: f64, reach: f64, speed_known: bool) -> Doubt {
        let cells = if speed_known { &self.with_speed } else { &self.without_speed };
        let part = ((age.max(1e-6) / AGES[0]).ln() / (AGES[1] / AGES[0]).ln()).clamp(0.0, 1.0);
        along_reach(&cells[0], reach).towards(&along_reach(&cells[1], reach), part)
    }
}

fn along_reach(cells: &[Doubt; REACHES.len()], reach: f64) -> Doubt {
    let right = REACHES.iter().position(|centre| reach < *centre).unwrap_or(REACHES.len());
    if right == 0 || right == REACHES.len() {
        return cells[right.saturating_sub(1)];
    }
    let (left, centre) = (REACHES[right - 1], REACHES[right]);
    cells[right - 1].towards(&cells[right], (reach - left) / (centre - left))
}

impl Doubt {
    /// What lies at a part, 0 to 1, of the way to another doubt.
    fn towards(&self, other: &Self, part: f64) -> Self {
        let mix = |from: f64, to: f64| from + (to - from) * part;
        Self {
            bias: mix(self.bias, other.bias),
            trust: mix(self.trust, other.trust),
            below: mix(self.below, other.below),
            above: mix(self.above, other.above),
            posts: self.posts.min(other.posts),
        }
    }
}

/// A figure in millionths, so that it is the same after it was stored as text.
fn rounded(figure: f64) -> f64 {
    (figure * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_rises_with_age_and_is_whole_at_the_horizon() {
        for platform in Platform::ALL {
            for format in PostFormat::ALL {
                let curve = prior::growth(*platform, *format).curve;
                let mut before = 0.0;
                for age in 0..=720 {
                    let share = curve.share(f64::from(age), FINAL_AGE);
                    assert!(share >= before && share <= 1.0, "{platform} {format} at {age} h: {share} after {before}");
                    before = share;
                }
                assert_eq!(before, 1.0);
            }
        }
    }

    #[test]
    fn the_curve_has_no_step_at_an_edge() {
        let curve = prior::growth(Platform::Youtube, PostFormat::Long).curve;
        for edge in EDGES {
            let step = curve.log_growth(edge * (1.0 + 1e-9)) - curve.log_growth(edge * (1.0 - 1e-9));
            assert!(step.abs() < 1e-6, "{step} at {edge}");
        }
    }

    #[test]
    fn doubt_between_two_centres_lies_between_their_doubts() {
        let growth = prior::growth(Platform::Tiktok, PostFormat::Short);
        let between = growth.doubt(20.0, 1.0, true).below;
        assert!(between > growth.with_speed[0][3].below && between < growth.with_speed[0][4].below);
        assert_eq!(growth.doubt(2.0, 9.0, true), growth.with_speed[0][5]);
        assert_eq!(growth.doubt(100.0, 0.0, false), growth.without_speed[1][0]);
    }

    #[test]
    fn growth_survives_storing() {
        let growth = prior::growth(Platform::Instagram, PostFormat::Reel);
        let text = serde_json::to_string(&growth).expect("serialisable");
        assert_eq!(serde_json::from_str::<Growth>(&text).expect("readable"), growth);
    }
}

//! Owns what is assumed of growth before anything was observed. Never a learned figure.
//!
//! The share of all views that are there at age `t` is `1 − (1 + t/c)^−θ`: speed falls as the power `1 + θ` of age,
//! with an early scale `c`. The power law, with θ about 0.4, is what Crane & Sornette, "Robust dynamic classes revealed
//! by measuring the response function of a social system", PNAS 105(41), 2008, found over five million YouTube videos
//! for attention that comes as a shock from outside and spreads little (their exogenous subcritical class). `c` and the
//! other platforms' θ are assumptions, in round numbers, that stand until posts are observed; the half of all views is
//! there at `c (2^(1/θ) − 1)`.

use creatorscope_domain::{Platform, PostFormat};

use super::{AGES, BINS, Curve, Doubt, EDGES, Growth, REACHES, rounded};

/// A story is gone after a day.
const STORY_HOURS: f64 = 24.0;

/// The power θ and the early scale `c`, in hours.
fn shape(platform: Platform, format: PostFormat) -> (f64, f64) {
    match (platform, format) {
        // Half of all views after 28 hours: subscribers first, then search and recommendation. The scale fits what Korean
        // trending videos of August 2026 did in their first two days.
        (Platform::Youtube, PostFormat::Long) => (0.4, 6.0),
        // Shown by recommendation, not to subscribers first: later and slower, half after 3 days.
        (Platform::Youtube, _) if format == PostFormat::Short => (0.4, 16.0),
        // The audience comes while it runs.
        (_, PostFormat::Live) => (0.6, 3.0),
        // Half after 36 hours.
        (_, PostFormat::Short | PostFormat::Reel | PostFormat::Long) => (0.5, 12.0),
        // Feed posts: half after about 19 hours.
        (_, PostFormat::Image | PostFormat::Carousel) => (0.8, 14.0),
        // Nearly all of what comes within its day.
        (_, PostFormat::Story) => (0.8, 6.0),
    }
}

/// The prior of a platform's format.
pub fn growth(platform: Platform, format: PostFormat) -> Growth {
    let (power, scale) = shape(platform, format);
    let last_age = if format == PostFormat::Story { STORY_HOURS } else { f64::INFINITY };
    let share = |age: f64| 1.0 - (1.0 + age.min(last_age) / scale).powf(-power);
    let elasticity =
        |bin: usize| rounded((share(EDGES[bin + 1]) / share(EDGES[bin])).ln() / (EDGES[bin + 1] / EDGES[bin]).ln());
    Growth {
        platform,
        format,
        learned_at: None,
        posts: 0,
        curve: Curve { elasticities: (0..BINS).map(elasticity).collect(), posts: vec![0; BINS] },
        with_speed: [REACHES.map(|reach| doubt(reach, true)); AGES.len()],
        without_speed: [REACHES.map(|reach| doubt(reach, false)); AGES.len()],
    }
}

/// Doubt that nobody has measured yet: a factor of about 2 on the views to come within the middle 80 %, to which comes
/// what an unmeasured curve adds; the further the reach, the less today's speed says.
fn doubt(reach: f64, speed_known: bool) -> Doubt {
    let spread = if speed_known { 0.45 + 0.1 * reach } else { 0.9 + 0.1 * reach };
    let trust = if speed_known { 0.9 - 0.1 * reach } else { 0.0 };
    Doubt { bias: 0.0, trust: rounded(trust), below: rounded(spread), above: rounded(spread), posts: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_long_videos_views_are_there_after_about_a_day() {
        let curve = growth(Platform::Youtube, PostFormat::Long).curve;
        let day = curve.share(24.0, super::super::FINAL_AGE);
        assert!((0.5..0.6).contains(&day), "{day}");
    }

    #[test]
    fn a_story_gains_nothing_after_its_day() {
        let curve = growth(Platform::Instagram, PostFormat::Story).curve;
        assert_eq!(curve.increment(24.0, 100.0), 0.0);
        assert!(curve.increment(6.0, 24.0) > 0.2);
    }

    #[test]
    fn a_single_reading_is_doubted_more_than_a_known_speed() {
        let growth = growth(Platform::Youtube, PostFormat::Long);
        for (known, single) in growth.with_speed.iter().flatten().zip(growth.without_speed.iter().flatten()) {
            assert!(single.below > known.below);
        }
    }
}

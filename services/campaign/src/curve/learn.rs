//! Owns learning growth from the readings of many posts. Never the prior's own figures.
//!
//! Every estimate is `(n · observed median + m · prior) / (n + m)`, `n` being posts (not readings) and `m` the weight
//! of the prior, so that few posts move little and one post with many readings counts as one.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    AGE_EDGE, AGES, BINS, Doubt, EDGES, Growth, REACH_EDGES, REACHES, Series, outlook::pace_against_curve, rounded,
};

/// The prior weighs as much as this many posts.
const PRIOR_POSTS: f64 = 20.0;
/// A bin is learned from posts that were read over this part of it, or over …
const BIN_PART: f64 = 0.5;
/// … so many hours of it, whatever is shorter.
const BIN_HOURS: f64 = 1.0;
/// Posts first read later than this part of a bin's end, or than [`LATE_HOURS`], do not teach the bin: whoever begins
/// to look at an old post does it because something happens there.
const LATE_PART: f64 = 0.5;
/// See [`LATE_PART`].
const LATE_HOURS: f64 = 12.0;
/// Ages, in hours, at which past forecasts are imagined, and to which they are made.
const ORIGINS: [f64; 15] = [2.0, 3.0, 4.5, 6.0, 9.0, 12.0, 16.0, 20.0, 24.0, 36.0, 48.0, 72.0, 120.0, 240.0, 480.0];
/// A post's reading stands for an age when it is not older than this part of it.
const STALE_PART: f64 = 0.75;
/// A normal distribution's tenth part lies beyond so many standard deviations.
const TENTH: f64 = 1.281_551_566;
/// No learned spread is smaller or larger.
const SPREADS: (f64, f64) = (0.1, 3.0);

/// One imagined forecast: how the post's pace stood and how the increment came out, both against the curve, as
/// logarithms.
struct Trial {
    post: usize,
    pace: f64,
    outcome: f64,
}

/// Imagined forecasts by class of age and cell of reach.
type Trials = [[Vec<Trial>; REACHES.len()]; AGES.len()];

/// Learns from clean series of posts of the prior's platform and format, all cut at `as_of` by [`Series::new`]. The
/// order of the series does not matter.
///
/// The curve first, from each post's elasticity in each bin; then, with that curve, forecasts are imagined at earlier
/// ages of each post to its later readings, and their errors give bias, trust in the post's own speed and spread by
/// reach.
pub fn learn(prior: &Growth, series: &[Series], as_of: Timestamp) -> Growth {
    let mut growth = prior.clone();
    for bin in 0..BINS {
        let mut observed: Vec<(f64, f64)> =
            series.iter().filter_map(|post| Some((elasticity(post, bin)?, 1.0))).collect();
        growth.curve.posts[bin] = count(observed.len());
        if let Some(median) = quantile(&mut observed, 0.5) {
            growth.curve.elasticities[bin] =
                shrunk(median.max(0.0), prior.curve.elasticities[bin], observed.len() as f64);
        }
    }
    let mut with_speed: Trials = Default::default();
    let mut without_speed: Trials = Default::default();
    for (post, series) in series.iter().enumerate() {
        imagine(&growth, post, series, &mut with_speed, &mut without_speed);
    }
    for class in 0..AGES.len() {
        for cell in 0..REACHES.len() {
            growth.with_speed[class][cell] = doubt(&prior.with_speed[class][cell], &with_speed[class][cell]);
            growth.without_speed[class][cell] = doubt(&prior.without_speed[class][cell], &without_speed[class][cell]);
        }
    }
    growth.posts = count(series.iter().filter(|post| post.points().len() > 1).count());
    growth.learned_at = Some(as_of.as_second());
    growth
}

/// A post's mean elasticity over a bin; none when it was not read over enough of it, or only from late on.
fn elasticity(post: &Series, bin: usize) -> Option<f64> {
    let (first, last) = (post.points().first()?.0, post.last()?.0);
    let (start, end) = (first.max(EDGES[bin]), last.min(EDGES[bin + 1]));
    let enough = ((EDGES[bin + 1] - EDGES[bin]) * BIN_PART).min(BIN_HOURS.max(EDGES[bin] * 0.1));
    if end - start < enough || first > (EDGES[bin + 1] * LATE_PART).max(LATE_HOURS) {
        return None;
    }
    Some((post.log_views(end)? - post.log_views(start)?) / (end / start).ln())
}

/// Adds the forecasts that could have been made of a post.
fn imagine(growth: &Growth, post: usize, series: &Series, with_speed: &mut Trials, without_speed: &mut Trials) {
    let Some((last_age, last_views)) = series.last() else { return };
    for (index, origin) in ORIGINS.iter().enumerate() {
        let known = series.until(*origin);
        let Some((age, views)) = known.last() else { continue };
        if age < origin * STALE_PART || age >= last_age {
            continue;
        }
        let pace = pace_against_curve(growth, &known);
        let later = ORIGINS[index + 1..].iter().filter_map(|target| series.until(*target).last());
        let mut before = age;
        for (target, reached) in later.chain([(last_age, last_views)]) {
            if target <= before {
                continue;
            }
            before = target;
            let expected = views * growth.curve.increment(age, target);
            if expected <= 0.0 {
                continue;
            }
            let outcome = ((reached - views).max(expected * 1e-3) / expected).ln();
            let class = usize::from(age >= AGE_EDGE);
            let cell = REACH_EDGES.partition_point(|edge| *edge < (target / age).ln());
            if let Some(pace) = pace {
                with_speed[class][cell].push(Trial { post, pace, outcome });
            }
            without_speed[class][cell].push(Trial { post, pace: 0.0, outcome });
        }
    }
}

/// Bias, trust and spread from trials, each post weighing the same: trust by least absolute deviation over 0, 0.1 … 1.2, the spread from the tenth
/// and ninetieth percentiles.
fn doubt(prior: &Doubt, trials: &[Trial]) -> Doubt {
    let mut posts: BTreeMap<usize, f64> = BTreeMap::new();
    for trial in trials {
        *posts.entry(trial.post).or_default() += 1.0;
    }
    let n = posts.len() as f64;
    if posts.len() < 2 {
        return Doubt { posts: count(posts.len()), ..*prior };
    }
    let error = |trial: &Trial, trust: f64| (trial.outcome - trust * trial.pace, 1.0 / posts[&trial.post]);
    let rest = |trust: f64| trials.iter().map(|trial| error(trial, trust)).collect::<Vec<(f64, f64)>>();
    let mut best = (f64::INFINITY, prior.trust);
    if prior.trust > 0.0 {
        for step in 0..=12 {
            let trust = f64::from(step) / 10.0;
            let mut errors = rest(trust);
            let middle = quantile(&mut errors, 0.5).unwrap_or(0.0);
            let lost: f64 = errors.iter().map(|(error, weight)| weight * (error - middle).abs()).sum();
            if lost < best.0 {
                best = (lost, trust);
            }
        }
    }
    let trust = shrunk(best.1, prior.trust, n);
    let mut errors = rest(trust);
    let mut at = |part: f64| quantile(&mut errors, part).unwrap_or(0.0);
    let (low, middle, high) = (at(0.1), at(0.5), at(0.9));
    let spread = |observed: f64, prior: f64| shrunk(observed / TENTH, prior, n).clamp(SPREADS.0, SPREADS.1);
    Doubt {
        bias: shrunk(middle, prior.bias, n),
        trust,
        below: spread(middle - low, prior.below),
        above: spread(high - middle, prior.above),
        posts: count(posts.len()),
    }
}

/// The mean of what was observed on `n` posts and of the prior, weighted.
fn shrunk(observed: f64, prior: f64, n: f64) -> f64 {
    rounded((n * observed + PRIOR_POSTS * prior) / (n + PRIOR_POSTS))
}

/// A quantile of weighted values, by straight lines between the sorted values, each standing at the middle of its weight;
/// none when there are none.
fn quantile(values: &mut [(f64, f64)], part: f64) -> Option<f64> {
    values.sort_by(|one, other| one.0.total_cmp(&other.0));
    let wanted = part * values.iter().map(|value| value.1).sum::<f64>();
    let mut before: Option<(f64, f64)> = None;
    let mut passed = 0.0;
    for (value, weight) in values.iter() {
        let place = passed + weight / 2.0;
        passed += weight;
        match before {
            None if place >= wanted => return Some(*value),
            Some((left, lower)) if place >= wanted => {
                return Some(lower + (value - lower) * (wanted - left) / (place - left));
            }
            _ => before = Some((place, *value)),
        }
    }
    before.map(|(_, value)| value)
}

fn count(posts: usize) -> u32 {
    u32::try_from(posts).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use creatorscope_domain::{Platform, PostFormat};
    use proptest::prelude::*;

    use super::*;
    use crate::curve::{Outlook, prior};

    fn prior() -> Growth {
        prior::growth(Platform::Youtube, PostFormat::Long)
    }

    #[test]
    fn weighted_quantiles_lie_where_the_weight_lies() {
        assert_eq!(quantile(&mut [(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)], 0.5), Some(2.0));
        assert_eq!(quantile(&mut [(1.0, 1.0), (2.0, 1.0)], 0.5), Some(1.5));
        assert_eq!(quantile(&mut [(1.0, 1.0), (5.0, 98.0), (9.0, 1.0)], 0.5), Some(5.0));
        assert_eq!((quantile(&mut [(4.0, 1.0)], 0.9), quantile(&mut [], 0.5)), (Some(4.0), None));
    }

    fn moment() -> Timestamp {
        Timestamp::from_second(1_790_000_000).expect("within range")
    }

    /// Posts that grow as `size · age^power`, read every two hours between two ages; sizes and a small wobble differ.
    fn posts(count: usize, power: f64, from: f64, to: f64) -> Vec<Series> {
        let post = |index: usize| {
            let steps = ((to - from) / 2.0) as usize;
            let wobble = |step: usize| 1.0 + 0.002 * (((index * 7 + step * 13) % 11) as f64 - 5.0) / 5.0;
            let point = |step: usize| {
                let age = from + 2.0 * step as f64;
                (age, 100.0 * (index + 1) as f64 * age.powf(power) * wobble(step))
            };
            Series::of(&(0..=steps).map(point).collect::<Vec<_>>())
        };
        (0..count).map(post).collect()
    }

    #[test]
    fn many_posts_move_the_curve_to_what_they_show_and_few_hardly_move_it() {
        let (few, many) = (
            learn(&prior(), &posts(2, 0.9, 2.0, 60.0), moment()),
            learn(&prior(), &posts(400, 0.9, 2.0, 60.0), moment()),
        );
        let bin = EDGES.iter().position(|edge| *edge == 24.0).expect("an edge");
        let start = prior().curve.elasticities[bin];
        assert!((many.curve.elasticities[bin] - 0.9).abs() < 0.05, "{}", many.curve.elasticities[bin]);
        assert!((few.curve.elasticities[bin] - start).abs() < 0.1);
        assert_eq!((few.curve.posts[bin], many.curve.posts[bin]), (2, 400));
    }

    #[test]
    fn ages_that_nobody_read_keep_the_prior() {
        let learned = learn(&prior(), &posts(50, 0.9, 10.0, 40.0), moment());
        assert_eq!(learned.curve.elasticities[0], prior().curve.elasticities[0]);
        assert_eq!(learned.curve.elasticities[BINS - 1], prior().curve.elasticities[BINS - 1]);
    }

    #[test]
    fn posts_first_read_late_do_not_teach_late_growth() {
        let learned = learn(&prior(), &posts(50, 3.0, 100.0, 150.0), moment());
        assert_eq!(learned.curve, prior().curve);
    }

    #[test]
    fn one_wild_post_among_many_hardly_moves_the_curve() {
        let mut many = posts(100, 0.5, 2.0, 60.0);
        let calm = learn(&prior(), &many, moment());
        many.extend(posts(1, 6.0, 2.0, 60.0));
        let wild = learn(&prior(), &many, moment());
        for (before, after) in calm.curve.elasticities.iter().zip(&wild.curve.elasticities) {
            assert!((before - after).abs() < 0.05, "{before} became {after}");
        }
    }

    #[test]
    fn posts_that_keep_to_their_curve_narrow_the_doubt() {
        let learned = learn(&prior(), &posts(300, 0.6, 2.0, 100.0), moment());
        for (before, after) in prior().with_speed[0].iter().zip(&learned.with_speed[0]).skip(1).take(3) {
            assert!(after.below < before.below && after.above < before.above, "{before:?} became {after:?}");
        }
        let post = &posts(7, 0.6, 2.0, 24.0)[6];
        let reached = 700.0 * 72.0_f64.powf(0.6);
        let outlook = Outlook::of_post(&learned, post, 72.0).expect("read");
        assert!((outlook.quantile(0.5) / reached - 1.0).abs() < 0.1, "{} and {reached}", outlook.quantile(0.5));
    }

    #[test]
    fn nothing_read_is_the_prior_with_a_date() {
        let learned = learn(&prior(), &[Series::default()], moment());
        assert_eq!(learned, Growth { learned_at: Some(moment().as_second()), ..prior() });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn whatever_is_read_the_figures_stay_usable_and_their_order_does_not_matter(
            posts in proptest::collection::vec(proptest::collection::vec((0.01..900.0_f64, 1.0..1e9_f64), 0..12), 0..30),
        ) {
            let mut series: Vec<Series> = posts.into_iter().map(|mut points| {
                points.sort_by(|one, other| one.0.total_cmp(&other.0));
                points.dedup_by(|one, other| one.0 == other.0);
                Series::of(&points)
            }).collect();
            let learned = learn(&prior(), &series, moment());
            for elasticity in &learned.curve.elasticities {
                prop_assert!(elasticity.is_finite() && *elasticity >= 0.0);
            }
            for doubt in learned.with_speed.iter().chain(&learned.without_speed).flatten() {
                prop_assert!(doubt.bias.is_finite() && doubt.trust >= 0.0 && doubt.trust <= 1.2);
                prop_assert!(doubt.below >= 0.1 && doubt.above >= 0.1 && doubt.below <= 3.0 && doubt.above <= 3.0);
            }
            series.reverse();
            let reversed = learn(&prior(), &series, moment());
            prop_assert_eq!(learned.curve, reversed.curve);
        }
    }
}

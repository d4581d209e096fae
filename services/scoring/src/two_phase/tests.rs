//! Owns what the two-phase estimate must do. Never real texts.

use proptest::prelude::*;

use super::*;

/// A plain generator of numbers of 0 to 1 (Knuth's MMIX constants), so that simulations are the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn three(numbers: &mut Numbers, lean: f64) -> [f64; 3] {
    let parts = [numbers.next() + lean, numbers.next(), numbers.next()];
    let sum: f64 = parts.iter().sum();
    parts.map(|part| part / sum)
}

/// Comments whose fast reading sees less of what is negative than the better one.
fn crowd(count: usize, numbers: &mut Numbers) -> Vec<Pair> {
    let mut pair = || Pair {
        weight: 1.0 + 9.0 * numbers.next(),
        at_creator: numbers.next() < 0.4,
        first: three(numbers, 0.0),
        second: three(numbers, 0.8),
    };
    (0..count).map(|_| pair()).collect()
}

fn means(pairs: &[Pair], of: fn(&Pair) -> [f64; 3], by_likes: bool) -> [f64; 3] {
    let weight = |pair: &Pair| if by_likes { pair.weight } else { 1.0 };
    let all: f64 = pairs.iter().map(weight).sum();
    [0, 1, 2].map(|class| pairs.iter().map(|pair| weight(pair) * of(pair)[class]).sum::<f64>() / all)
}

/// Comments chosen at random, each once.
fn sample(pairs: &[Pair], size: usize, numbers: &mut Numbers) -> Vec<Pair> {
    let mut left = pairs.to_vec();
    (0..size).map(|_| left.swap_remove((numbers.next() * left.len() as f64) as usize)).collect()
}

#[test]
fn the_estimate_has_the_mean_of_the_better_reading_and_the_variance_that_it_tells() {
    let mut numbers = Numbers(7);
    let pairs = crowd(400, &mut numbers);
    let fast = means(&pairs, |pair| pair.first, false);
    let better = means(&pairs, |pair| pair.second, false);
    assert!(better[0] - fast[0] > 0.1, "there is something to correct");
    let (mut found, mut squares, mut told, runs) = ([0.0; 3], 0.0, 0.0, 4_000);
    for _ in 0..runs {
        let correction = Correction::of(&sample(&pairs, 40, &mut numbers), 400.0, false);
        let shares = correction.apply(fast);
        (0..3).for_each(|class| found[class] += shares[class] / f64::from(runs));
        squares += (shares[0] - better[0]).powi(2) / f64::from(runs);
        told += correction.shares[0].variance / f64::from(runs);
    }
    for class in 0..3 {
        assert!((found[class] - better[class]).abs() < 0.003, "{found:?} {better:?}");
    }
    assert!((squares / told - 1.0).abs() < 0.1, "{squares} {told}");
}

#[test]
fn liked_comments_count_more_in_the_correction_too() {
    let mut numbers = Numbers(11);
    let mut pairs = crowd(300, &mut numbers);
    for pair in &mut pairs {
        // What is liked is where the fast reading errs.
        pair.second = if pair.weight > 5.0 { [0.9, 0.05, 0.05] } else { pair.first };
    }
    let (fast, better) = (means(&pairs, |pair| pair.first, true), means(&pairs, |pair| pair.second, true));
    let (mut weighted, mut plain, runs) = (0.0, 0.0, 2_000);
    for _ in 0..runs {
        let chosen = sample(&pairs, 50, &mut numbers);
        weighted += Correction::of(&chosen, 300.0, true).apply(fast)[0] / f64::from(runs);
        plain += Correction::of(&chosen, 300.0, false).apply(fast)[0] / f64::from(runs);
    }
    assert!((weighted - better[0]).abs() < 0.01, "{weighted} {better:?}");
    assert!((plain - better[0]).abs() > 0.02, "{plain} {better:?}");
}

#[test]
fn a_sample_of_all_is_the_better_reading_itself_and_certain() {
    let pairs = crowd(30, &mut Numbers(3));
    let correction = Correction::of(&pairs, 30.0, false);
    let (found, better) =
        (correction.apply(means(&pairs, |pair| pair.first, false)), means(&pairs, |pair| pair.second, false));
    assert!(found.iter().zip(better).all(|(found, better)| (found - better).abs() < 1e-12));
    assert_eq!((correction.shares[0].variance, correction.net.variance), (0.0, 0.0));
}

#[test]
fn readings_that_agree_change_nothing() {
    let pairs: Vec<Pair> =
        crowd(20, &mut Numbers(5)).into_iter().map(|pair| Pair { second: pair.first, ..pair }).collect();
    let correction = Correction::of(&pairs, 500.0, true);
    let all = correction.shares.iter().chain([&correction.net, &correction.at_creator]);
    assert!(all.into_iter().all(|shift| shift.by.abs() < 1e-12 && shift.variance < 1e-12), "{correction:?}");
}

proptest! {
    #[test]
    fn shares_stay_shares(
        seed in any::<u64>(), size in 2_usize..60, lean in 0.0_f64..50.0, left in 0_usize..3, by_likes in any::<bool>(),
    ) {
        let mut numbers = Numbers(seed);
        let pairs: Vec<Pair> = crowd(size, &mut numbers)
            .into_iter()
            .map(|pair| Pair { first: three(&mut numbers, lean), second: three(&mut numbers, 0.0), ..pair })
            .collect();
        let correction = Correction::of(&pairs, 10.0 * size as f64, by_likes);
        let changes: f64 = correction.shares.iter().map(|shift| shift.by).sum();
        prop_assert!(changes.abs() < 1e-9);
        // A scope of which the sample says nothing good: one share is all there is.
        let mut shares = [0.0; 3];
        shares[left] = 1.0;
        let corrected = correction.apply(shares);
        prop_assert!(corrected.iter().all(|share| (0.0..=1.0).contains(share)), "{corrected:?}");
        prop_assert!((corrected.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let all = correction.shares.iter().chain([&correction.net, &correction.at_creator]);
        prop_assert!(all.into_iter().all(|shift| shift.variance.is_finite() && shift.variance >= 0.0));
    }
}

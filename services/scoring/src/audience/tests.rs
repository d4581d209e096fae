//! Owns how overlaps are tried on audiences made up for it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// A keyed hash as good as any for a test: splitmix64.
fn hash(author: u64) -> i64 {
    let mut x = author.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 31)) as i64
}

fn commenters(authors: impl Iterator<Item = u64>) -> Commenters {
    let all: BTreeSet<i64> = authors.map(hash).collect();
    let authors = all.len() as i64;
    Commenters { smallest: all.into_iter().take(SKETCH_SIZE).collect(), authors, ..Commenters::default() }
}

#[test]
fn small_audiences_are_compared_exactly() {
    let overlap = overlap(&commenters(0..100), &commenters(75..275)).unwrap();
    assert!(overlap.exact);
    assert!((overlap.jaccard.value - 25.0 / 275.0).abs() < 1e-12);
    assert!((overlap.of_first.value - 0.25).abs() < 1e-12);
    assert!((overlap.of_second.value - 0.125).abs() < 1e-12);
}

#[test]
fn large_audiences_are_estimated_within_their_interval() {
    let overlap = overlap(&commenters(0..60_000), &commenters(40_000..90_000)).unwrap();
    let true_jaccard = 20_000.0 / 90_000.0;
    assert!(!overlap.exact && overlap.compared == SKETCH_SIZE);
    assert!(overlap.jaccard.low < true_jaccard && true_jaccard < overlap.jaccard.high, "{overlap:?}");
    assert!((overlap.of_first.value - 1.0 / 3.0).abs() < 0.02, "{overlap:?}");
    assert!((overlap.of_second.value - 0.4).abs() < 0.02, "{overlap:?}");
}

#[test]
fn a_small_audience_inside_a_large_one_is_contained() {
    let overlap = overlap(&commenters(0..2_000), &commenters(0..50_000)).unwrap();
    assert!(overlap.of_first.low <= 1.0 && overlap.of_first.high >= 0.99, "{overlap:?}");
    assert!((overlap.of_second.value - 0.04).abs() < 0.01, "{overlap:?}");
}

#[test]
fn nobody_overlaps_with_an_unknown_audience() {
    assert_eq!(overlap(&commenters(0..5), &Commenters::default()), None);
}

#[test]
fn a_lift_compares_shares_and_needs_enough_people() {
    assert_eq!(lift(20, 100, 100, 1_000), Some(2.0));
    assert_eq!(lift(4, 100, 100, 1_000), None);
    assert_eq!(lift(20, 100, 0, 1_000), None);
}

#[test]
fn nine_of_ten_intervals_hold_the_true_overlap() {
    let held = (0..60_u64).filter(|round| {
        let at = round * 1_000_000;
        let (first, second) = (commenters(at..at + 12_000), commenters(at + 8_000..at + 18_000));
        let jaccard = overlap(&first, &second).unwrap().jaccard;
        let truth = 4_000.0 / 18_000.0;
        jaccard.low <= truth && truth <= jaccard.high
    });
    let held = held.count();
    assert!((48..=60).contains(&held), "{held} of 60");
}

proptest! {
    #[test]
    fn overlap_reads_the_same_from_both_sides(a in 1_u64..9_000, b in 1_u64..9_000, shift in 0_u64..9_000) {
        let (first, second) = (commenters(0..a), commenters(shift..shift + b));
        let (there, back) = (overlap(&first, &second).unwrap(), overlap(&second, &first).unwrap());
        prop_assert_eq!(there.jaccard, back.jaccard);
        prop_assert_eq!(there.of_first, back.of_second);
        for share in [there.jaccard, there.of_first, there.of_second] {
            prop_assert!(0.0 <= share.low && share.low <= share.value && share.value <= share.high && share.high <= 1.0);
        }
    }
}

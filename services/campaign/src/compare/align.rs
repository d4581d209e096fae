//! Owns which words of two texts correspond, in bounded time. Never what the words are.
//!
//! What both have at the beginning and at the end is set aside. Up to [`DIRECT`] words are aligned by Myers' algorithm (1986) with
//! the bounds on effort of git's. Longer runs are first cut at sequences of [`SEQUENCE`] words that both texts have once, in the same
//! order (patience). All bounds count words, never time: the same texts always give the same answer.

use std::{collections::HashMap, ops::Range};

use imara_diff::{Algorithm, Diff, InternedInput};

/// The longest run of words that is aligned word by word; longer ones that have no sequence in common are changed as a whole.
/// More than the longest caption of any platform has.
pub(super) const DIRECT: usize = 5_000;
/// How many words are aligned word by word in all; what is beyond is changed as a whole.
pub(super) const IN_ALL: usize = 20_000;
/// The length of the sequences at which long runs are cut, in words.
const SEQUENCE: usize = 8;

/// A place where two texts differ: the words of the first and the words of the second; not both empty.
pub(super) type Change = (Range<usize>, Range<usize>);

/// Where the texts differ, in order. Words that are equal have equal numbers.
pub(super) fn changes(first: &[u32], second: &[u32]) -> Vec<Change> {
    let mut alignment = Alignment { first, second, changes: Vec::new(), left: IN_ALL };
    let (first, second) = trimmed(first, second, 0..first.len(), 0..second.len());
    if first.len().max(second.len()) <= DIRECT {
        alignment.gap(first, second);
    } else {
        alignment.cut(first, second);
    }
    alignment.changes
}

struct Alignment<'a> {
    first: &'a [u32],
    second: &'a [u32],
    changes: Vec<Change>,
    /// How many words may still be aligned word by word.
    left: usize,
}

impl Alignment<'_> {
    /// Cuts the runs at the sequences that both have once, and aligns what lies between.
    fn cut(&mut self, first: Range<usize>, second: Range<usize>) {
        let (mut done, mut done_second) = (first.start, second.start);
        for (place, place_second) in common(self.first, self.second, &first, &second) {
            let fits = place >= done && place_second >= done_second;
            // Sequences overlap where the texts go on alike.
            let goes_on = place < done && place + done_second == place_second + done;
            if fits {
                self.gap(done..place, done_second..place_second);
            }
            if fits || goes_on {
                (done, done_second) = (place + SEQUENCE, place_second + SEQUENCE);
            }
        }
        self.gap(done..first.end, done_second..second.end);
    }

    /// Aligns two runs word by word, or notes them as changed when they are too long.
    fn gap(&mut self, first: Range<usize>, second: Range<usize>) {
        let (first, second) = trimmed(self.first, self.second, first, second);
        let longer = first.len().max(second.len());
        if longer == 0 {
            return;
        }
        if first.is_empty() || second.is_empty() || longer > DIRECT.min(self.left) {
            self.changes.push((first, second));
            return;
        }
        self.left -= longer;
        let mut input = InternedInput::default();
        input.update_before(self.first[first.clone()].iter().copied());
        input.update_after(self.second[second.clone()].iter().copied());
        for hunk in Diff::compute(Algorithm::Myers, &input).hunks() {
            let at = |range: Range<u32>, start: usize| start + range.start as usize..start + range.end as usize;
            self.changes.push((at(hunk.before, first.start), at(hunk.after, second.start)));
        }
    }
}

/// The runs without what they have in common at the beginning and at the end.
fn trimmed(a: &[u32], b: &[u32], first: Range<usize>, second: Range<usize>) -> Change {
    let begin = a[first.clone()].iter().zip(&b[second.clone()]).take_while(|(one, other)| one == other).count();
    let (first, second) = (first.start + begin..first.end, second.start + begin..second.end);
    let backwards = a[first.clone()].iter().rev().zip(b[second.clone()].iter().rev());
    let end = backwards.take_while(|(one, other)| one == other).count();
    (first.start..first.end - end, second.start..second.end - end)
}

/// Where sequences begin that both runs have exactly once, as many as keep their order in both.
fn common(a: &[u32], b: &[u32], first: &Range<usize>, second: &Range<usize>) -> Vec<(usize, usize)> {
    let places = once(a, first);
    let others = once(b, second);
    let mut pairs: Vec<(usize, usize)> =
        places.into_iter().filter_map(|(sequence, place)| Some((place, *others.get(sequence)?))).collect();
    pairs.sort_unstable();
    longest_rise(&pairs)
}

/// The sequences that a run has exactly once, with their places.
fn once<'a>(words: &'a [u32], run: &Range<usize>) -> HashMap<&'a [u32], usize> {
    let mut places: HashMap<&[u32], Option<usize>> = HashMap::new();
    for (place, sequence) in words[run.clone()].windows(SEQUENCE).enumerate() {
        places.entry(sequence).and_modify(|known| *known = None).or_insert(Some(run.start + place));
    }
    places.into_iter().filter_map(|(sequence, place)| Some((sequence, place?))).collect()
}

/// The longest part of the pairs, which are in order of their first places, in which the second places rise too.
fn longest_rise(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // `ends[n]`: the pair with the smallest second place at which a rise of n + 1 pairs ends.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (number, (_, place)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *place);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(number);
        } else {
            ends[length] = number;
        }
    }
    let mut rise = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(number) = next {
        rise.push(pairs[number]);
        next = before[number];
    }
    rise.reverse();
    rise
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::{DIRECT, IN_ALL, changes, longest_rise};

    fn counted(changes: &[super::Change]) -> (usize, usize) {
        (changes.iter().map(|change| change.0.len()).sum(), changes.iter().map(|change| change.1.len()).sum())
    }

    /// Numbers without a pattern: xorshift.
    fn scattered(seed: u64, count: usize, kinds: u64) -> Vec<u32> {
        let mut state = seed;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % kinds) as u32
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn few_changes_in_a_long_text_are_found_one_by_one() {
        let first = scattered(7, 100_000, 1_000);
        let mut second = first.clone();
        second[10] = 5_000;
        second.insert(50_000, 5_001);
        second.remove(90_000);
        assert_eq!(
            changes(&first, &second),
            [(10..11, 10..11), (50_000..50_000, 50_000..50_001), (89_999..90_000, 90_000..90_000)]
        );
    }

    #[test]
    fn long_texts_without_anything_in_common_are_changed_as_a_whole() {
        let (first, second) = (scattered(7, 100_000, 3), scattered(11, 100_000, 3));
        let found = changes(&first, &second);
        let (removed, added) = counted(&found);
        assert!(removed > 100_000 - IN_ALL && added > 100_000 - IN_ALL, "{removed} {added}");
    }

    #[test]
    fn effort_ends_after_a_number_of_words() {
        // Runs without a pattern between sequences that both have: each by itself could be aligned.
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for part in 0..20u32 {
            first.extend(scattered(u64::from(part) + 1, DIRECT, 3));
            second.extend(scattered(u64::from(part) + 100, DIRECT, 3));
            let mark: Vec<u32> = (0..20).map(|number| 1_000 + part * 20 + number).collect();
            first.extend(&mark);
            second.extend(&mark);
        }
        let (removed, _) = counted(&changes(&first, &second));
        assert!(removed > first.len() - 400 - IN_ALL && removed <= first.len() - 400, "{removed}");
    }

    #[test]
    fn the_longest_rise_is_found() {
        assert_eq!(longest_rise(&[(0, 5), (1, 1), (2, 2), (3, 0), (4, 9)]), [(1, 1), (2, 2), (4, 9)]);
        assert_eq!(longest_rise(&[]), []);
    }

    proptest! {
        #[test]
        fn what_is_not_changed_is_equal(
            start in vec(0..4u32, 0..40), middle in 0..3usize, end in vec(0..4u32, 0..40), other in vec(0..4u32, 0..40), seed in 1..u64::MAX,
        ) {
            let shared = scattered(seed, middle * 3_000, 900);
            let first = [start.clone(), shared.clone(), end.clone()].concat();
            let second = [other, shared, end, start].concat();
            let (mut place, mut place_second) = (0, 0);
            for (removed, added) in changes(&first, &second) {
                prop_assert!(!removed.is_empty() || !added.is_empty());
                prop_assert_eq!(&first[place..removed.start], &second[place_second..added.start]);
                (place, place_second) = (removed.end, added.end);
            }
            prop_assert_eq!(&first[place..], &second[place_second..]);
        }
    }
}

//! Owns what one thread remembers of words. Never what they weigh.

use super::{features::Word, weights::LANES};

/// Words that are remembered, as a power of 2; 64 bytes each.
const BITS: u32 = 16;

/// The sums of a word's own features. As long as a line of the processor's cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Sums {
    /// The hash of the word as it is written; 0 in an empty place.
    pub(super) key: u64,
    pub(super) word: Word,
    pub(super) sentiment: [i32; 2],
    pub(super) count: u16,
    pub(super) language_count: u16,
    pub(super) languages: [i16; LANES],
}

/// What one thread keeps between texts: words that it has seen, with their sums. Never shared between threads.
#[derive(Debug)]
pub struct Scratch {
    places: Vec<Sums>,
    remembers: bool,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { places: Vec::new(), remembers: true }
    }
}

impl Scratch {
    /// One that remembers nothing: slower, with the same results.
    pub fn forgetful() -> Self {
        Self { places: Vec::new(), remembers: false }
    }

    /// The sums of a word, remembered or found now.
    #[inline]
    pub(super) fn sums(&mut self, written: &str, find: impl FnOnce() -> Sums) -> Sums {
        if !self.remembers {
            return find();
        }
        if self.places.is_empty() {
            self.places = vec![Sums::default(); 1 << BITS];
        }
        let key = key(written.as_bytes());
        let place = &mut self.places[(key >> (64 - BITS)) as usize];
        if place.key != key {
            *place = Sums { key, ..find() };
        }
        *place
    }
}

/// The hash of bytes, never 0.
#[inline]
fn key(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0xd6e8_feb8_6659_fd93;
    let mut hash = (bytes.len() as u64).wrapping_mul(PRIME);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let eight =
            u64::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7]]);
        hash = (hash.rotate_left(29) ^ eight).wrapping_mul(PRIME);
    }
    let mut rest = 0;
    for byte in chunks.remainder() {
        rest = rest << 8 | u64::from(*byte);
    }
    hash = (hash.rotate_left(29) ^ rest).wrapping_mul(PRIME);
    hash = (hash ^ hash >> 32).wrapping_mul(PRIME);
    hash | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_processor_holds_one_word() {
        assert_eq!(size_of::<Sums>(), 64);
    }

    #[test]
    fn a_word_is_found_once_and_remembered_until_another_takes_its_place() {
        let mut scratch = Scratch::default();
        let mut found = 0;
        for _ in 0..3 {
            let sums = scratch.sums("example", || {
                found += 1;
                Sums { count: 9, ..Sums::default() }
            });
            assert_eq!(sums.count, 9);
        }
        assert_eq!(found, 1);
        let mut forgetful = Scratch::forgetful();
        for _ in 0..3 {
            forgetful.sums("example", || {
                found += 1;
                Sums::default()
            });
        }
        assert_eq!(found, 4);
    }

    #[test]
    fn words_of_the_same_letters_in_another_order_have_other_keys() {
        let keys: std::collections::BTreeSet<_> =
            ["", "a", "b", "ab", "ba", "abcdefgh", "hgfedcba", "abcdefghi", "a\0"]
                .iter()
                .map(|word| key(word.as_bytes()))
                .collect();
        assert_eq!(keys.len(), 9);
    }
}

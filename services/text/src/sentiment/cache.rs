//! Owns what one thread remembers of words. Never what they weigh.

use super::{
    features::{Token, Word},
    weights::{LANES, Pair},
};

/// Words that are remembered, as a power of 2; 64 bytes each.
const BITS: u32 = 18;

/// The sums of a word's own features. As long as a line of the processor's cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Sums {
    /// The hash of the word as it is written; 0 in an empty place.
    pub(super) key: u64,
    pub(super) word: Word,
    pub(super) sentiment: Pair,
    pub(super) languages: [i16; LANES],
}

/// What one thread keeps between texts: words that it has seen, with their sums. Never shared between threads.
#[derive(Debug)]
pub struct Scratch {
    places: Vec<Sums>,
    remembers: bool,
    /// Room for the tokens of a text.
    pub(super) tokens: Vec<Token>,
    /// Keeps the compiler from leaving out what only warms the processor's cache.
    warmed: u64,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { places: Vec::new(), remembers: true, tokens: Vec::new(), warmed: 0 }
    }
}

impl Scratch {
    /// One that remembers nothing: slower, with the same results.
    pub fn forgetful() -> Self {
        Self { remembers: false, ..Self::default() }
    }

    /// Asks for the places of all words at once, so that the processor waits for memory once and not for each.
    #[inline]
    pub(super) fn warm(&mut self, tokens: &[Token]) {
        if !self.remembers {
            return;
        }
        if self.places.is_empty() {
            self.places = vec![Sums::default(); 1 << BITS];
        }
        let mut warmed = 0_u64;
        for token in tokens {
            if let Token::Word(_, _, key) = token {
                warmed = warmed.wrapping_add(self.places[place(*key)].key);
            }
        }
        self.warmed = warmed;
    }

    /// The sums of a word, remembered or found now.
    #[inline]
    pub(super) fn sums<'a>(&'a mut self, key: u64, found: &'a mut Sums, find: impl FnOnce() -> Sums) -> &'a Sums {
        if !self.remembers || self.places.is_empty() {
            *found = find();
            return found;
        }
        let place = &mut self.places[place(key)];
        if place.key != key {
            *place = Sums { key, ..find() };
        }
        place
    }
}

#[inline]
fn place(key: u64) -> usize {
    (key >> (64 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_processor_holds_one_word() {
        assert_eq!(size_of::<Sums>(), 64);
    }

    #[test]
    fn a_word_is_found_once_and_remembered() {
        let (mut scratch, mut room, mut found) = (Scratch::default(), Sums::default(), 0);
        scratch.warm(&[]);
        for _ in 0..3 {
            let sums = scratch.sums(7, &mut room, || {
                found += 1;
                Sums { languages: [9; LANES], ..Sums::default() }
            });
            assert_eq!(sums.languages, [9; LANES]);
        }
        assert_eq!(found, 1);
        let mut forgetful = Scratch::forgetful();
        forgetful.warm(&[]);
        for _ in 0..3 {
            _ = forgetful.sums(7, &mut room, || {
                found += 1;
                Sums::default()
            });
        }
        assert_eq!(found, 4);
    }
}

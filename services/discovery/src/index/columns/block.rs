//! Owns sets of documents of one block of a segment. Never what they match.

use tantivy::DocId;

/// Documents of a block.
pub(in crate::index) const BLOCK: usize = 4_096;
/// Words of 64 documents in a block.
pub(in crate::index) const WORDS: usize = BLOCK / 64;

/// A set of the documents of one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::index) struct Bits(pub(in crate::index) [u64; WORDS]);

impl Bits {
    /// No document.
    pub(in crate::index) const EMPTY: Self = Self([0; WORDS]);
    /// All documents.
    pub(in crate::index) const FULL: Self = Self([u64::MAX; WORDS]);

    /// The documents of a block that lie in a span of the segment.
    pub(in crate::index) fn of_span(block: usize, start: usize, end: usize) -> Self {
        let first = block * BLOCK;
        if start <= first && end >= first + BLOCK {
            return Self::FULL;
        }
        let mut bits = Self::EMPTY;
        for (place, word) in bits.0.iter_mut().enumerate() {
            *word = word_of_span(first + place * 64, start, end);
        }
        bits
    }

    pub(in crate::index) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(in crate::index) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    pub(in crate::index) fn insert(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    pub(in crate::index) fn intersect(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    pub(in crate::index) fn unite(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    pub(in crate::index) fn subtract(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
    }

    /// The documents, in order, when this is a block of a segment.
    pub(in crate::index) fn documents(&self, block: usize) -> impl Iterator<Item = DocId> + '_ {
        let places = |(place, word): (usize, &u64)| ones(*word).map(move |bit| place * 64 + bit);
        self.0.iter().enumerate().flat_map(places).map(move |place| (block * BLOCK + place) as DocId)
    }
}

/// The documents from `first` on that lie in a span, as bits.
pub(super) fn word_of_span(first: usize, start: usize, end: usize) -> u64 {
    let below = |edge: usize| match edge.saturating_sub(first) {
        64.. => u64::MAX,
        count => (1 << count) - 1,
    };
    below(end) & !below(start)
}

/// The places of the bits that are set, in order.
pub(in crate::index) fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = word.trailing_zeros() as usize;
        (word != 0).then(|| {
            word &= word - 1;
            place
        })
    })
}

/// The documents of a segment, by its blocks, that lie in a span of it, in order.
pub(in crate::index) fn documents(blocks: &[Bits], start: usize, end: usize) -> impl Iterator<Item = DocId> {
    (start / BLOCK..end.div_ceil(BLOCK)).flat_map(move |block| {
        let words = blocks[block].0.iter().enumerate();
        words.flat_map(move |(place, word)| {
            let first = block * BLOCK + place * 64;
            ones(word & word_of_span(first, start, end)).map(move |bit| (first + bit) as DocId)
        })
    })
}

//! Owns the built-in model of meaning: a vector for each of many words of many languages. Never how the vectors came to be.
//!
//! The layout of `weights/embed.bin`, little-endian: `CSWORDS1`, the number of entries (32 bits), the hashes of the words (32 bits each, in
//! their order), a weight of 8 bits for each, then [`DIMENSIONS`] numbers of 8 bits for each. No word is stored as text.

use std::sync::LazyLock;

use super::split::{Part, parts};

/// Name and version of the model.
pub(super) const MODEL: &str = "words@1";
/// Length of a vector.
pub(super) const DIMENSIONS: usize = 64;
const MAGIC: &[u8; 8] = b"CSWORDS1";
/// The longest part of a word that is looked up on its own, in characters.
const LONGEST_PART: usize = 16;
/// The shortest part of a word in a script that writes spaces: shorter ones mean nothing.
const SHORTEST_PART: usize = 3;
/// What a part of an unknown word counts, relative to a word.
const PART_WEIGHT: f32 = 0.5;

static EMBEDDED: LazyLock<Words> = LazyLock::new(|| {
    Words::read(include_bytes!("../../weights/embed.bin")).expect("the file is compiled in, and a test reads it")
});

/// The vectors of words, by the hash of the word.
#[derive(Debug)]
pub(crate) struct Words {
    hashes: Vec<u32>,
    weights: Vec<f32>,
    rows: Vec<i8>,
}

impl Words {
    pub(super) fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// None when the file is not of this layout.
    pub(super) fn read(file: &[u8]) -> Option<Self> {
        let (count, rest) = file.strip_prefix(MAGIC)?.split_first_chunk()?;
        let count = u32::from_le_bytes(*count) as usize;
        let (hashes, rest) = rest.split_at_checked(count.checked_mul(4)?)?;
        let (weights, rows) = rest.split_at_checked(count)?;
        let hashes: Vec<u32> = hashes.as_chunks().0.iter().map(|four| u32::from_le_bytes(*four)).collect();
        if rows.len() != count.checked_mul(DIMENSIONS)? || !hashes.is_sorted() {
            return None;
        }
        let weights = weights.iter().map(|weight| f32::from(*weight) / 255.0).collect();
        Some(Self { hashes, weights, rows: rows.iter().map(|byte| byte.cast_signed()).collect() })
    }

    /// Writes what [`Words::read`] reads; the entries are in the order of their hashes.
    pub(super) fn write(entries: &[(u32, u8, Vec<i8>)]) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend((entries.len() as u32).to_le_bytes());
        file.extend(entries.iter().flat_map(|(hash, ..)| hash.to_le_bytes()));
        file.extend(entries.iter().map(|(_, weight, _)| weight));
        file.extend(entries.iter().flat_map(|(.., row)| row).map(|number| number.cast_unsigned()));
        file
    }

    /// The weighted mean of the words' vectors, stretched to length 1; all zero when no word and no part is known.
    pub(super) fn embed(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0; DIMENSIONS];
        for part in parts(text) {
            self.add(&part, &mut sum);
        }
        let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length > 0.0 {
            sum.iter_mut().for_each(|value| *value /= length);
        }
        sum
    }

    fn find(&self, word: &str) -> Option<usize> {
        self.hashes.binary_search(&hash(word)).ok()
    }

    fn add_entry(&self, entry: usize, times: f32, sum: &mut [f32]) {
        let times = times * self.weights[entry];
        for (sum, number) in sum.iter_mut().zip(&self.rows[entry * DIMENSIONS..]) {
            *sum += times * f32::from(*number);
        }
    }

    /// Adds a word that is known, else the longest known parts of it, from its beginning on.
    fn add(&self, part: &Part, sum: &mut [f32]) {
        if let Some(entry) = self.find(&part.text) {
            return self.add_entry(entry, 1.0, sum);
        }
        let (shortest, weight) = if part.without_spaces { (1, 1.0) } else { (SHORTEST_PART, PART_WEIGHT) };
        let mut rest = part.text.as_str();
        while !rest.is_empty() {
            let ends: Vec<usize> = rest.char_indices().skip(shortest).map(|(end, _)| end).take(LONGEST_PART).collect();
            let long_enough = rest.chars().nth(shortest - 1).is_some().then_some(rest.len());
            let whole = long_enough.filter(|_| rest.chars().count() <= LONGEST_PART);
            let mut candidates = whole.into_iter().chain(ends.into_iter().rev());
            let found = candidates.find_map(|end| Some((self.find(&rest[..end])?, end)));
            let next = match found {
                Some((entry, end)) => {
                    self.add_entry(entry, weight, sum);
                    end
                }
                None => rest.chars().next().map_or(rest.len(), char::len_utf8),
            };
            rest = &rest[next..];
        }
    }
}

/// FNV-1a of 64 bits, folded to 32.
pub(super) fn hash(word: &str) -> u32 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    let hash = word.bytes().fold(0xCBF2_9CE4_8422_2325, step);
    (hash ^ (hash >> 32)) as u32
}

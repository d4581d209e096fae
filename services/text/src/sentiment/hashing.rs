//! Owns the hashes of features and of written words. Never which features there are.

const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;

/// Kinds of features, so that the same letters in two kinds have two hashes.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(super) enum Kind {
    Word = 0x51,
    Gram = 0xa7_1d,
    Pair = 0xc3_55_19,
    Negated = 0xe9_02_77,
    Hashtag = 0x1_3b_5f,
    Emoji = 0x2_91_a3,
    EmojiAgain = 0x4_17_0d,
    Marks = 0x8_65_2b,
    Unspaced = 0x10_d9_47,
    Shape = 0x21_0b_e1,
}

/// Where the hash of a kind begins.
#[inline]
pub(super) fn seed(kind: Kind) -> u64 {
    (kind as u64).wrapping_mul(PRIME)
}

/// The hash of what was hashed and what comes next; its highest bits are the best ones.
#[inline]
pub(super) fn step(hash: u64, next: u64) -> u64 {
    (hash.rotate_left(23) ^ next).wrapping_mul(PRIME)
}

/// Hashes a word as it is written, eight bytes at a time, so that it can be found again without being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key(u64);

impl Key {
    const PRIME: u64 = 0xd6e8_feb8_6659_fd93;

    /// Of no bytes.
    #[inline]
    pub(super) fn new() -> Self {
        Self(Self::PRIME)
    }

    /// With eight more bytes, those beyond the word's end being 0.
    #[inline]
    pub(super) fn eight(self, eight: u64) -> Self {
        Self((self.0.rotate_left(29) ^ eight).wrapping_mul(Self::PRIME))
    }

    /// The key; never 0.
    #[inline]
    pub(super) fn end(self) -> u64 {
        (self.0 ^ self.0 >> 32).wrapping_mul(Self::PRIME) | 1
    }

    /// The key of a whole word.
    pub(super) fn of(word: &[u8]) -> u64 {
        let mut key = Self::new();
        for chunk in word.chunks(8) {
            key = key.eight(eight_bytes(chunk, 0));
        }
        key.end()
    }
}

/// Eight bytes from `at` on as a number, the first the lowest; 0 beyond the end.
#[inline]
pub(super) fn eight_bytes(bytes: &[u8], at: usize) -> u64 {
    if let Some(Ok(eight)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
        return u64::from_le_bytes(eight);
    }
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// How many of eight bytes, from the lowest on, are ASCII letters or digits.
#[inline]
pub(super) fn letters_first(eight: u64) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    // Adding what is missing to 0x80 sets the high bit of each byte that is at least so great.
    let at_least = |bytes: u64, least: u8| bytes + ONES * (0x80 - u64::from(least));
    let low = eight & !HIGH;
    let small = low | (0x20 * ONES);
    let letter = at_least(small, b'a') & !at_least(small, b'z' + 1);
    let digit = at_least(low, b'0') & !at_least(low, b'9' + 1);
    let others = !((letter | digit) & !eight) & HIGH;
    (others.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_byte_is_a_letter_or_digit_exactly_when_ascii_says_so() {
        for byte in 0..=255_u8 {
            let expected = if byte.is_ascii_alphanumeric() { 8 } else { 3 };
            let mut eight = *b"aZ0aaaaa";
            eight[3] = byte;
            assert_eq!(letters_first(u64::from_le_bytes(eight)), expected, "{byte:#x}");
        }
    }

    #[test]
    fn words_of_the_same_letters_in_another_order_have_other_keys() {
        let words = ["", "a", "b", "ab", "ba", "abcdefgh", "hgfedcba", "abcdefghi", "a\u{1}"];
        let keys: BTreeSet<_> = words.iter().map(|word| Key::of(word.as_bytes())).collect();
        assert_eq!(keys.len(), words.len());
    }
}

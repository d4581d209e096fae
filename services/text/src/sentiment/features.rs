//! Owns the features of a text: which hashes of words, letters and shape it is made of. Never what they weigh.
//!
//! A word's own features do not depend on its neighbours, so whoever sums them may keep the sum of a word; what depends on
//! neighbours (pairs, negation) and on the whole (shape) is single features beside them. They are: each word in small letters, with
//! letters that stand more than twice shortened to two and digits as 0; two to five letters inside words, their ends counted; pairs
//! of words; words after a negation; runs of marks and pairs in them; pictographs and their repetition; hashtags, once more; one to
//! four characters in scripts without spaces; counts of capitals, `!`, `?`, links, names, hashtags, pictographs; length.

pub use super::tokens::{Shape, Token};
use std::ops::Range;

use super::{
    hashing::{Kind, seed, step},
    tokens::Cutter,
    words::{NEGATES, Words},
};

/// How many words a negation turns.
const SCOPE: u8 = 3;

/// What a word is, whatever stands beside it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Word {
    /// The hash of its small form.
    pub token: u64,
    /// How many letters it has, digits not counted.
    pub letters: u8,
    /// The number of its script.
    pub script: u8,
    /// Bits: it negates (1), it shouts (2), it is stretched (4).
    pub traits: u8,
    /// How many features of sentiment it has by itself.
    pub features: u8,
    /// How many features of language it has.
    pub language_features: u8,
}

/// Takes the features of a text.
pub trait Visitor {
    /// Hears of all words before they come.
    fn expect(&mut self, _tokens: &[Token]) {}
    /// The word at this place of the text, and the key of its letters; answers what it is.
    fn word(&mut self, text: &str, place: Range<usize>, key: u64) -> Word;
    /// A feature of sentiment.
    fn feature(&mut self, hash: u64);
}

/// Reads words and texts into features.
#[derive(Debug, Default)]
pub struct Reader {
    words: Words,
}

impl Reader {
    /// Gives the features of one word to `sentiment`, those that also tell Latin languages apart to `language`.
    pub fn read_word(&self, written: &str, sentiment: impl FnMut(u64), language: impl FnMut(u64)) -> Word {
        self.words.read(written, sentiment, language)
    }

    /// Gives all features of a text to `visitor`; `tokens` is room to work in.
    pub fn read(&self, text: &str, tokens: &mut Vec<Token>, visitor: &mut impl Visitor) -> Shape {
        tokens.clear();
        let shape = Shape::default();
        let mut cutter = Cutter { alphabet: &self.words.alphabet, text: text.as_bytes(), tokens, shape, visitor };
        cutter.cut();
        let mut shape = cutter.shape;
        visitor.expect(tokens);
        let (mut before, mut scope) = (0, 0);
        for token in tokens.iter() {
            match *token {
                Token::Word(start, stop, key) => {
                    let word = visitor.word(text, start as usize..stop as usize, key);
                    shape.add(word);
                    if before != 0 {
                        visitor.feature(pair(before, word.token));
                    }
                    if scope > 0 {
                        scope -= 1;
                        visitor.feature(step(seed(Kind::Negated), word.token));
                    }
                    if word.traits & NEGATES != 0 {
                        scope = SCOPE;
                    }
                    before = word.token;
                }
                Token::Marks(hash, ends) => {
                    if before != 0 {
                        visitor.feature(pair(before, hash));
                    }
                    if ends {
                        (before, scope) = (0, 0);
                    }
                }
                Token::End => (before, scope) = (0, 0),
                Token::Emoji => scope = 0,
            }
        }
        shape.tell(visitor);
        shape
    }
}

#[inline]
fn pair(before: u64, word: u64) -> u64 {
    step(seed(Kind::Pair) ^ before, word)
}

//! Owns what a word is made of: its letters, their n-grams and its traits. Never its neighbours.

use super::{
    alphabet::{Alphabet, Class, Script},
    features::Word,
    hashing::{Kind, seed, step},
    negation,
};

/// Letters of a word that are read.
const LETTERS: usize = 40;
/// Letters of the longest n-gram inside a word, its two ends counted.
const LONGEST_GRAM: usize = 5;
/// Letters of the longest n-gram that tells languages apart.
const LONGEST_LANGUAGE_GRAM: usize = 3;
/// Stands before the first and after the last letter.
const EDGE: u32 = 1;

/// It turns the words after it.
pub(super) const NEGATES: u8 = 1;
/// It is written in capitals.
pub(super) const SHOUTS: u8 = 2;
/// One of its letters stands three times or more.
pub(super) const STRETCHED: u8 = 4;

/// Reads words.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) alphabet: Alphabet,
    negations: Vec<u64>,
}

impl Default for Words {
    fn default() -> Self {
        let mut words = Self { alphabet: Alphabet::default(), negations: Vec::new() };
        let mut negations: Vec<_> = negation::words().map(|word| words.read(word, |_| (), |_| ()).token).collect();
        negations.sort_unstable();
        words.negations = negations;
        words
    }
}

impl Words {
    /// Gives the features of one word to `sentiment`, those that also tell Latin languages apart to `language`.
    pub(super) fn read(&self, written: &str, mut sentiment: impl FnMut(u64), mut language: impl FnMut(u64)) -> Word {
        let mut small = [EDGE; LETTERS + 2];
        let (mut length, mut run, mut capitals, mut at) = (1, 0, 0, 0);
        let mut word = Word::default();
        let text = written.as_bytes();
        while at < text.len() && length <= LETTERS {
            let (letter, width) = self.alphabet.at(text, at);
            let plain = text[at].is_ascii_lowercase();
            at += width;
            if letter.class() == Class::Ignored {
                continue;
            }
            let next = letter.small();
            run = if small[length - 1] == next { run + 1 } else { 0 };
            if run >= 2 {
                word.traits |= STRETCHED;
                continue;
            }
            if letter.script() != Script::None {
                word.letters += 1;
                // Scripts that hold letters of another are numbered after it, so the greatest says the most.
                word.script = word.script.max(letter.script() as u8);
                capitals += u8::from(!plain && width == 1);
            }
            small[length] = next;
            length += 1;
        }
        let letters = &small[1..length];
        if capitals > 1 && capitals == word.letters {
            word.traits |= SHOUTS;
        }
        word.token = letters.iter().fold(seed(Kind::Word), |hash, letter| step(hash, u64::from(*letter)));
        if negation::by_form(letters) || self.negations.binary_search(&word.token).is_ok() {
            word.traits |= NEGATES;
        }
        let tells = word.script == Script::Latin as u8;
        sentiment(word.token);
        word.features = 1;
        if tells {
            language(word.token);
            word.language_features = 1;
        }
        let framed = &small[..=length];
        for start in 0..framed.len() - 1 {
            let mut hash = seed(Kind::Gram);
            for (before, letter) in framed[start..].iter().take(LONGEST_GRAM).enumerate() {
                hash = step(hash, u64::from(*letter));
                if before > 0 {
                    sentiment(hash);
                    word.features += 1;
                    if tells && before < LONGEST_LANGUAGE_GRAM {
                        language(hash);
                        word.language_features += 1;
                    }
                }
            }
        }
        word
    }
}

//! Owns the features of a text: which hashes of words, letters and shape it is made of. Never what they weigh.
//!
//! A word's own features do not depend on its neighbours, so whoever sums them may keep the sum of a word; what depends on
//! neighbours (pairs, negation) and on the whole (shape) is single features beside them.

use super::{
    alphabet::{Alphabet, Class, SCRIPTS, Script},
    negation,
};

/// The longest text that is read, in bytes; what comes after is passed over.
const LONGEST_TEXT: usize = 20_000;
/// A word goes on as another one after so many bytes.
const LONGEST_WORD: usize = 96;
/// Letters of a word that are read.
const LETTERS: usize = 40;
/// Letters of the longest n-gram inside a word, its two ends counted.
const LONGEST_GRAM: usize = 5;
/// Characters of the longest n-gram in scripts without spaces.
const LONGEST_UNSPACED: usize = 4;
/// How many words a negation turns.
const SCOPE: u8 = 3;

const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
const EDGE: u32 = 1;

/// Kinds of features, so that the same letters in two kinds have two hashes.
#[derive(Clone, Copy)]
#[repr(u64)]
enum Kind {
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

#[inline]
fn step(hash: u64, next: u64) -> u64 {
    (hash.rotate_left(23) ^ next).wrapping_mul(PRIME)
}

#[inline]
fn seed(kind: Kind) -> u64 {
    (kind as u64).wrapping_mul(PRIME)
}

/// What a word is, whatever stands beside it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Word {
    /// The hash of its small form.
    pub token: u64,
    /// How many letters it has, digits not counted.
    pub letters: u8,
    /// The number of its script.
    pub script: u8,
    /// [`NEGATES`], [`SHOUTS`], [`STRETCHED`].
    pub traits: u8,
}

/// It turns the words after it.
pub const NEGATES: u8 = 1;
/// It is written in capitals.
pub const SHOUTS: u8 = 2;
/// One of its letters stands three times or more.
pub const STRETCHED: u8 = 4;

/// Takes the features of a text.
pub trait Visitor {
    /// A word with spaces or marks around it, as it is written; answers what it is.
    fn word(&mut self, written: &str) -> Word;
    /// A feature of sentiment.
    fn feature(&mut self, hash: u64);
}

/// What a text is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    /// Letters by the number of their script.
    pub letters: [u32; SCRIPTS],
    /// Pictographs and emoticons.
    pub emoji: u32,
    /// Words, runs of marks and pictographs.
    pub tokens: u32,
    shouts: u32,
    stretched: u32,
    exclamations: u32,
    questions: u32,
    links: u32,
    names: u32,
    hashtags: u32,
}

/// Reads words and texts into features.
#[derive(Debug)]
pub struct Reader {
    alphabet: Alphabet,
    negations: Vec<u64>,
}

impl Default for Reader {
    fn default() -> Self {
        let mut reader = Self { alphabet: Alphabet::default(), negations: Vec::new() };
        let mut negations: Vec<_> =
            negation::words().map(|word| reader.read_word(word, |_| (), |_| ()).token).collect();
        negations.sort_unstable();
        reader.negations = negations;
        reader
    }
}

impl Reader {
    /// Gives the features of one word to `sentiment`, those that also tell Latin languages apart to `language`.
    pub fn read_word(&self, written: &str, mut sentiment: impl FnMut(u64), mut language: impl FnMut(u64)) -> Word {
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
        if tells {
            language(word.token);
        }
        let framed = &small[..=length];
        for start in 0..framed.len() - 1 {
            let mut hash = seed(Kind::Gram);
            for (more, letter) in framed[start..].iter().take(LONGEST_GRAM).enumerate() {
                hash = step(hash, u64::from(*letter));
                if more >= 1 {
                    sentiment(hash);
                    if tells && more < 4 {
                        language(hash);
                    }
                }
            }
        }
        word
    }

    /// Gives all features of a text to `visitor`.
    pub fn read(&self, text: &str, visitor: &mut impl Visitor) -> Shape {
        let mut shape = Shape::default();
        let bytes = text.as_bytes();
        let end = bytes.len().min(LONGEST_TEXT);
        let (mut at, mut before, mut scope, mut last_emoji) = (0, 0_u64, 0_u8, 0_u32);
        while at < end {
            let (letter, width) = self.alphabet.at(bytes, at);
            match letter.class() {
                Class::Space | Class::Ignored => at += width,
                Class::Letter => {
                    if is_link(&bytes[at..]) {
                        at = self.skip_to_space(bytes, at);
                        shape.links += 1;
                        continue;
                    }
                    let stop = self.word_end(bytes, at);
                    let word = visitor.word(&text[at..stop]);
                    at = stop;
                    shape.add(word);
                    if before != 0 {
                        visitor.feature(step(seed(Kind::Pair) ^ before, word.token));
                    }
                    if scope > 0 {
                        scope -= 1;
                        visitor.feature(step(seed(Kind::Negated), word.token));
                    }
                    if word.traits & NEGATES != 0 {
                        scope = SCOPE;
                    }
                    (before, last_emoji) = (word.token, 0);
                }
                Class::Unspaced => {
                    at = self.unspaced(bytes, at, &mut shape, visitor);
                    (before, last_emoji) = (0, 0);
                }
                Class::Emoji => {
                    emoji(letter.small(), last_emoji, visitor);
                    shape.emoji += 1;
                    shape.tokens += 1;
                    (scope, last_emoji) = (0, letter.small());
                    at += width;
                }
                Class::Mark => {
                    if let Some(stop) = self.named(bytes, at, letter.small(), &mut shape, visitor) {
                        at = stop;
                        continue;
                    }
                    let (stop, ends) = self.marks(bytes, at, before, &mut shape, visitor);
                    at = stop;
                    if ends {
                        (before, scope) = (0, 0);
                    }
                }
            }
        }
        shape.tell(visitor);
        shape
    }

    /// Where the word that begins at `at` ends.
    fn word_end(&self, text: &[u8], at: usize) -> usize {
        let mut stop = at;
        while stop < text.len() && stop - at < LONGEST_WORD {
            if text[stop].is_ascii_alphanumeric() {
                stop += 1;
                continue;
            }
            let (letter, width) = self.alphabet.at(text, stop);
            let goes_on = match letter.class() {
                Class::Letter => true,
                // A stacked mark belongs to its letter; a joiner in front of nothing does no harm.
                Class::Ignored => true,
                Class::Mark => {
                    letter.small() == u32::from(b'\'')
                        && self.alphabet.at(text, stop + width).0.class() == Class::Letter
                }
                _ => false,
            };
            if !goes_on {
                break;
            }
            stop += width;
        }
        stop
    }

    fn skip_to_space(&self, text: &[u8], mut at: usize) -> usize {
        while at < text.len() {
            let (letter, width) = self.alphabet.at(text, at);
            if letter.class() == Class::Space {
                break;
            }
            at += width;
        }
        at
    }

    /// A run of a script without spaces: its n-grams.
    fn unspaced(&self, text: &[u8], mut at: usize, shape: &mut Shape, visitor: &mut impl Visitor) -> usize {
        let mut window = [0_u32; LONGEST_UNSPACED];
        let mut seen = 0;
        let first = at;
        while at < text.len() && at - first < LONGEST_TEXT {
            let (letter, width) = self.alphabet.at(text, at);
            match letter.class() {
                Class::Ignored => {
                    at += width;
                    continue;
                }
                Class::Unspaced => {}
                _ => break,
            }
            at += width;
            shape.letters[letter.script() as usize] += 1;
            if seen >= 2 && window[0] == letter.small() && window[1] == letter.small() {
                shape.stretched += 1;
                continue;
            }
            window.rotate_right(1);
            window[0] = letter.small();
            seen += 1;
            let mut hash = seed(Kind::Unspaced);
            for letter in &window[..seen.min(LONGEST_UNSPACED)] {
                hash = step(hash, u64::from(*letter));
                visitor.feature(hash);
            }
        }
        // Two characters are about a word.
        shape.tokens += 1 + seen as u32 / 2;
        at
    }

    /// A name (`@…`), a hashtag or an emoticon; answers where it ends.
    fn named(&self, text: &[u8], at: usize, mark: u32, shape: &mut Shape, visitor: &mut impl Visitor) -> Option<usize> {
        let follows = self.alphabet.at(text, at + 1).0.class();
        let begins_word = follows == Class::Letter || follows == Class::Unspaced;
        if mark == u32::from(b'@') && begins_word {
            shape.names += 1;
            let mut stop = at + 1;
            while stop < text.len() {
                let (letter, width) = self.alphabet.at(text, stop);
                let goes_on = matches!(letter.class(), Class::Letter | Class::Unspaced)
                    || matches!(text[stop], b'.' | b'-') && self.alphabet.at(text, stop + 1).0.class() == Class::Letter;
                if !goes_on {
                    break;
                }
                stop += width;
            }
            return Some(stop);
        }
        if mark == u32::from(b'#') && begins_word {
            shape.hashtags += 1;
            let stop = self.word_end(text, at + 1);
            if follows == Class::Letter {
                let word = std::str::from_utf8(&text[at + 1..stop]).unwrap_or_default();
                let token = self.read_word(word, |_| (), |_| ()).token;
                visitor.feature(step(seed(Kind::Hashtag), token));
            }
            // The word itself is read next, as any other.
            return Some(at + 1);
        }
        let (face, width) = emoticon(&text[at..])?;
        emoji(face, 0, visitor);
        shape.emoji += 1;
        shape.tokens += 1;
        Some(at + width)
    }

    /// A run of marks; answers where it ends and whether it ends a clause.
    fn marks(
        &self,
        text: &[u8],
        mut at: usize,
        before: u64,
        shape: &mut Shape,
        visitor: &mut impl Visitor,
    ) -> (usize, bool) {
        let (mut hash, mut last, mut run, mut length) = (seed(Kind::Marks), 0, 0, 0);
        let (mut ends, mut plain) = (false, true);
        while at < text.len() && length < LETTERS {
            let (letter, width) = self.alphabet.at(text, at);
            if letter.class() != Class::Mark || length > 0 && matches!(text[at], b'@' | b'#' | b':' | b';' | b'<') {
                break;
            }
            at += width;
            length += 1;
            let mark = letter.small();
            let is = |marks: &str| marks.chars().any(|known| u32::from(known) == mark);
            shape.exclamations += u32::from(is("!"));
            shape.questions += u32::from(is("?¿؟"));
            ends |= is(".,!?;:؟،。、！？…|()");
            run = if last == mark { run + 1 } else { 0 };
            if run >= 2 {
                continue;
            }
            plain &= length == 1 && is(".,'\"-()");
            if length > 1 {
                visitor.feature(step(step(seed(Kind::Marks), u64::from(last)), u64::from(mark)));
            }
            hash = step(hash, u64::from(mark));
            last = mark;
        }
        if !plain {
            shape.tokens += 1;
            visitor.feature(hash);
            if before != 0 {
                visitor.feature(step(seed(Kind::Pair) ^ before, hash));
            }
        }
        (at, ends)
    }
}

impl Shape {
    #[inline]
    fn add(&mut self, word: Word) {
        self.tokens += 1;
        self.letters[usize::from(word.script) % SCRIPTS] += u32::from(word.letters);
        self.shouts += u32::from(word.traits & SHOUTS != 0);
        self.stretched += u32::from(word.traits & STRETCHED != 0);
    }

    /// All letters.
    pub fn all_letters(&self) -> u32 {
        self.letters[1..].iter().sum()
    }

    /// The features of the whole.
    fn tell(&self, visitor: &mut impl Visitor) {
        let length = u64::from(u32::BITS - self.tokens.leading_zeros());
        let counts = [
            self.shouts,
            self.stretched,
            self.exclamations,
            self.questions,
            self.links,
            self.names,
            self.hashtags,
            self.emoji,
        ];
        visitor.feature(step(step(seed(Kind::Shape), 0), length));
        for (place, count) in counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
            visitor.feature(step(step(seed(Kind::Shape), 1 + place as u64), u64::from(count.min(3))));
        }
    }
}

/// A pictograph; counted twice, for it says more than a word.
fn emoji(face: u32, last: u32, visitor: &mut impl Visitor) {
    if face == last {
        visitor.feature(step(seed(Kind::EmojiAgain), u64::from(face)));
        return;
    }
    let hash = step(seed(Kind::Emoji), u64::from(face));
    visitor.feature(hash);
    visitor.feature(hash);
}

fn is_link(text: &[u8]) -> bool {
    let begins = |with: &[u8]| text.len() >= with.len() && text[..with.len()].eq_ignore_ascii_case(with);
    begins(b"http") || begins(b"www.")
}

/// The emoticon that a text begins with, without its nose, and its length: `:-)`, `;D`, `<3`.
fn emoticon(text: &[u8]) -> Option<(u32, usize)> {
    let byte = |at: usize| text.get(at).copied().unwrap_or(b' ');
    let known = |eyes: u8, mouth: u8| u32::from(eyes) << 8 | u32::from(mouth);
    match byte(0) {
        b'<' if byte(1) == b'3' && !byte(2).is_ascii_alphanumeric() => Some((known(b'<', b'3'), 2)),
        b'<' if byte(1) == b'/' && byte(2) == b'3' => Some((known(b'/', b'3'), 3)),
        b':' | b';' | b'=' => {
            let nose = usize::from(matches!(byte(1), b'-' | b'\''));
            let mouth = byte(1 + nose);
            let alone = !byte(2 + nose).is_ascii_alphanumeric();
            let is_mouth = match mouth {
                b')' | b'(' | b']' | b'[' | b'|' | b'*' | b'}' | b'{' => true,
                b'/' | b'\\' => alone && byte(2 + nose) != b'/',
                b'D' | b'd' | b'P' | b'p' | b'O' | b'o' | b'S' | b's' | b'c' => alone && byte(0) != b'=',
                _ => false,
            };
            is_mouth.then(|| (known(byte(0), mouth.to_ascii_uppercase()), 2 + nose))
        }
        _ => None,
    }
}

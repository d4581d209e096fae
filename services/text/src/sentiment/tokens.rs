//! Owns texts cut into words, marks and pictographs. Never what a word is made of.

use super::{
    alphabet::{Alphabet, Class, SCRIPTS},
    features::{Visitor, Word},
    hashing::{Key, Kind, eight_bytes, letters_first, seed, step},
    words::{SHOUTS, STRETCHED},
};

/// The longest text that is read, in bytes; what comes after is passed over.
const LONGEST_TEXT: usize = 20_000;
/// A word goes on as another one after about so many bytes.
const LONGEST_WORD: usize = 96;
/// Marks of one run; more are another run.
const LONGEST_MARKS: usize = 40;
/// Characters of the longest n-gram in scripts without spaces.
const LONGEST_UNSPACED: usize = 4;

/// A part of a text whose features depend on what stands before it.
#[derive(Debug, Clone, Copy)]
pub enum Token {
    /// A word: from and to which byte, and its key.
    Word(u32, u32, u64),
    /// A run of marks that says something: its hash, and whether it ends a clause.
    Marks(u64, bool),
    /// The end of a clause.
    End,
    /// A pictograph: ends what a negation turns.
    Emoji,
}

/// What a text is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    /// Letters by the number of their script.
    pub letters: [u32; SCRIPTS],
    /// Pictographs and emoticons.
    pub emoji: u32,
    /// Words, runs of marks and pictographs.
    tokens: u32,
    shouts: u32,
    stretched: u32,
    exclamations: u32,
    questions: u32,
    links: u32,
    names: u32,
    hashtags: u32,
}

impl Shape {
    /// Counts a word.
    #[inline]
    pub(super) fn add(&mut self, word: Word) {
        self.tokens += 1;
        self.letters[usize::from(word.script) % SCRIPTS] += u32::from(word.letters);
        self.shouts += u32::from(word.traits & SHOUTS != 0);
        self.stretched += u32::from(word.traits & STRETCHED != 0);
    }

    /// The features of the whole.
    pub(super) fn tell(&self, visitor: &mut impl Visitor) {
        let length = u64::from(u32::BITS - self.tokens.leading_zeros());
        visitor.feature(step(step(seed(Kind::Shape), 0), length));
        let marks = [self.shouts, self.stretched, self.exclamations, self.questions];
        let counts = marks.into_iter().chain([self.links, self.names, self.hashtags, self.emoji]);
        for (place, count) in counts.enumerate().filter(|(_, count)| *count > 0) {
            visitor.feature(step(step(seed(Kind::Shape), 1 + place as u64), u64::from(count.min(3))));
        }
    }
}

/// Cuts one text.
pub(super) struct Cutter<'a, V> {
    pub(super) alphabet: &'a Alphabet,
    pub(super) text: &'a [u8],
    pub(super) tokens: &'a mut Vec<Token>,
    pub(super) shape: Shape,
    /// Takes the features that depend on nothing before them.
    pub(super) visitor: &'a mut V,
}

impl<V: Visitor> Cutter<'_, V> {
    /// Cuts the whole text.
    pub(super) fn cut(&mut self) {
        let end = self.text.len().min(LONGEST_TEXT);
        let (mut at, mut last_emoji) = (0, 0);
        while at < end {
            let byte = self.text[at];
            if byte == b' ' {
                at += 1;
                continue;
            }
            if byte.is_ascii_alphanumeric() {
                at = self.word(at);
                last_emoji = 0;
                continue;
            }
            let (letter, width) = self.alphabet.at(self.text, at);
            match letter.class() {
                Class::Space | Class::Ignored => at += width,
                Class::Letter => {
                    at = self.word(at);
                    last_emoji = 0;
                }
                Class::Unspaced => {
                    at = self.unspaced(at);
                    last_emoji = 0;
                }
                Class::Emoji => {
                    self.emoji(letter.small(), last_emoji);
                    last_emoji = letter.small();
                    at += width;
                }
                Class::Mark => at = self.named(at).unwrap_or_else(|| self.marks(at)),
            }
        }
    }

    /// A word or link; answers where it ends.
    #[inline]
    fn word(&mut self, at: usize) -> usize {
        let mut key = Key::new();
        let mut stop = at;
        loop {
            let eight = eight_bytes(self.text, stop);
            let count = letters_first(eight);
            if count == 8 {
                if stop == at && is_link(eight) {
                    return self.link(at);
                }
                key = key.eight(eight);
                stop += 8;
                if stop - at >= LONGEST_WORD {
                    break;
                }
                continue;
            }
            if stop == at && is_link(eight) {
                return self.link(at);
            }
            stop += count;
            let follows = self.text.get(stop).copied().unwrap_or(b' ');
            if follows >= 0x80 || follows == b'\'' {
                // Letters that ASCII has not, or something inside the word.
                let wider = self.word_end(at, stop);
                if wider > stop {
                    self.tokens.push(Token::Word(at as u32, wider as u32, Key::of(&self.text[at..wider])));
                    return wider;
                }
            }
            if count > 0 {
                key = key.eight(eight & !(u64::MAX << (8 * count)));
            }
            break;
        }
        self.tokens.push(Token::Word(at as u32, stop as u32, key.end()));
        stop
    }

    fn link(&mut self, mut at: usize) -> usize {
        self.shape.links += 1;
        while at < self.text.len() {
            let (letter, width) = self.alphabet.at(self.text, at);
            if letter.class() == Class::Space {
                break;
            }
            at += width;
        }
        at
    }

    /// Where the word that began at `start` and goes on at least to `stop` ends.
    fn word_end(&self, start: usize, mut stop: usize) -> usize {
        let text = self.text;
        while stop < text.len() && stop - start < LONGEST_WORD {
            if text[stop].is_ascii_alphanumeric() {
                stop += 1;
                continue;
            }
            let (letter, width) = self.alphabet.at(text, stop);
            let goes_on = match letter.class() {
                // A stacked mark belongs to its letter; a joiner in front of nothing does no harm.
                Class::Letter | Class::Ignored => true,
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

    /// A run of a script without spaces: its n-grams; answers where it ends.
    fn unspaced(&mut self, mut at: usize) -> usize {
        let mut window = [0_u32; LONGEST_UNSPACED];
        let mut seen = 0;
        let end = self.text.len().min(LONGEST_TEXT);
        while at < end {
            let (letter, width) = self.alphabet.at(self.text, at);
            match letter.class() {
                Class::Ignored => {
                    at += width;
                    continue;
                }
                Class::Unspaced => {}
                _ => break,
            }
            at += width;
            self.shape.letters[letter.script() as usize] += 1;
            let small = letter.small();
            if seen >= 2 && window[0] == small && window[1] == small {
                self.shape.stretched += 1;
                continue;
            }
            window = [small, window[0], window[1], window[2]];
            seen += 1;
            let mut hash = seed(Kind::Unspaced);
            for letter in &window[..seen.min(LONGEST_UNSPACED)] {
                hash = step(hash, u64::from(*letter));
                self.visitor.feature(hash);
            }
        }
        // Two characters are about a word.
        self.shape.tokens += 1 + seen as u32 / 2;
        self.tokens.push(Token::End);
        at
    }

    /// A pictograph; counted twice, for it says more than a word.
    fn emoji(&mut self, face: u32, last: u32) {
        self.shape.emoji += 1;
        self.shape.tokens += 1;
        self.tokens.push(Token::Emoji);
        if face == last {
            self.visitor.feature(step(seed(Kind::EmojiAgain), u64::from(face)));
            return;
        }
        let hash = step(seed(Kind::Emoji), u64::from(face));
        self.visitor.feature(hash);
        self.visitor.feature(hash);
    }

    /// A name (`@…`), the mark of a hashtag, or an emoticon; answers where it ends.
    fn named(&mut self, at: usize) -> Option<usize> {
        let mark = self.text[at];
        if mark == b'@' || mark == b'#' {
            let (letter, _) = self.alphabet.at(self.text, at + 1);
            let follows = letter.class();
            if !matches!(follows, Class::Letter | Class::Unspaced) && self.text.get(at + 1) != Some(&b'_') {
                return None;
            }
            if mark == b'@' {
                self.shape.names += 1;
                return Some(self.name_end(at + 1));
            }
            self.shape.hashtags += 1;
            let stop = self.word_end(at + 1, at + 1);
            if stop > at + 1 {
                let small = self.text[at + 1..stop].iter().map(|byte| u64::from(byte.to_ascii_lowercase()));
                self.visitor.feature(small.fold(seed(Kind::Hashtag), step));
            }
            // The word itself is read next, as any other.
            return Some(at + 1);
        }
        let (face, width) = emoticon(&self.text[at..])?;
        self.emoji(face, 0);
        Some(at + width)
    }

    fn name_end(&self, mut at: usize) -> usize {
        let is_word = |class| matches!(class, Class::Letter | Class::Unspaced | Class::Ignored);
        while at < self.text.len() {
            let (letter, width) = self.alphabet.at(self.text, at);
            let inside =
                matches!(self.text[at], b'.' | b'-') && self.alphabet.at(self.text, at + 1).0.class() == Class::Letter;
            if !is_word(letter.class()) && self.text[at] != b'_' && !inside {
                break;
            }
            at += width;
        }
        at
    }

    /// A run of marks; answers where it ends.
    fn marks(&mut self, mut at: usize) -> usize {
        let (mut hash, mut last, mut run, mut length) = (seed(Kind::Marks), 0, 0, 0);
        let (mut ends, mut plain) = (false, true);
        while at < self.text.len() && length < LONGEST_MARKS {
            let (letter, width) = self.alphabet.at(self.text, at);
            if letter.class() != Class::Mark
                || length > 0 && matches!(self.text[at], b'@' | b'#' | b':' | b';' | b'<' | b'=')
            {
                break;
            }
            at += width;
            length += 1;
            let mark = letter.small();
            let said = char::from_u32(mark).unwrap_or(' ');
            self.shape.exclamations += u32::from(said == '!');
            self.shape.questions += u32::from(matches!(said, '?' | '¿' | '؟'));
            ends |= matches!(said, '.' | ',' | '!' | '?' | ':' | ';' | '؟' | '،' | '。' | '、' | '…' | '|' | '(' | ')');
            run = if last == mark { run + 1 } else { 0 };
            if run >= 2 {
                continue;
            }
            plain &= length == 1 && matches!(said, '.' | ',' | '\'' | '"' | '-' | '(' | ')');
            if length > 1 {
                self.visitor.feature(step(step(seed(Kind::Marks), u64::from(last)), u64::from(mark)));
            }
            hash = step(hash, u64::from(mark));
            last = mark;
        }
        if !plain {
            self.shape.tokens += 1;
            self.visitor.feature(hash);
            self.tokens.push(Token::Marks(hash, ends));
        } else if ends {
            self.tokens.push(Token::End);
        }
        at
    }
}

/// Whether a text that begins with these eight bytes begins with a link.
#[inline]
fn is_link(eight: u64) -> bool {
    let small = (eight as u32) | 0x2020_2020;
    small == u32::from_le_bytes(*b"http")
        || small == u32::from_le_bytes(*b"www.") && eight >> 24 & 0xff == u64::from(b'.')
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
                b'D' | b'd' | b'P' | b'p' | b'O' | b'o' | b'S' | b's' => alone && byte(0) != b'=',
                _ => false,
            };
            is_mouth.then(|| (known(byte(0), mouth.to_ascii_uppercase()), 2 + nose))
        }
        _ => None,
    }
}

//! Owns texts in the form in which signs are looked for: NFKC, lower case, with the way back to the original. Never a sign.

use unicode_normalization::{
    UnicodeNormalization,
    char::{canonical_combining_class, is_combining_mark},
};

/// A text in lower case and NFKC, white space within lines as one space, and for each byte the place of its character in the
/// original.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) text: String,
    origin: Vec<u32>,
}

impl Folded {
    pub(super) fn new(original: &str) -> Self {
        let mut folded =
            Self { text: String::with_capacity(original.len()), origin: Vec::with_capacity(original.len()) };
        let mut characters = original.chars().enumerate().peekable();
        let mut group = String::new();
        while let Some((place, first)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if first.is_ascii() && next.is_none_or(|next| next.is_ascii()) {
                folded.push(place, first);
                continue;
            }
            group.clear();
            group.push(first);
            while let Some((_, mark)) = characters.next_if(|(_, next)| continues(*next)) {
                group.push(mark);
            }
            for character in group.nfkc() {
                folded.push(place, character);
            }
        }
        folded
    }

    fn push(&mut self, place: usize, character: char) {
        if is_invisible(character) {
            return;
        }
        if character.is_whitespace() {
            let line = matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}');
            if line || !self.text.ends_with([' ', '\n']) {
                self.add(place, if line { '\n' } else { ' ' });
            }
            return;
        }
        for lower in character.to_lowercase() {
            match lower {
                // With the dots of both Turkish letters gone, `İ`, `I`, `ı` and `i` are one letter.
                '\u{307}' => {}
                'ı' => self.add(place, 'i'),
                '’' | 'ʼ' => self.add(place, '\''),
                lower => self.add(place, lower),
            }
        }
    }

    fn add(&mut self, place: usize, character: char) {
        self.text.push(character);
        // Texts have at most 20 000 characters.
        self.origin.resize(self.text.len(), u32::try_from(place).unwrap_or(u32::MAX));
    }

    /// The place in the original, in characters, of what begins at a byte.
    pub(super) fn place(&self, byte: usize) -> usize {
        self.origin.get(byte).map_or_else(|| self.end(), |place| *place as usize)
    }

    /// The place behind the last character.
    fn end(&self) -> usize {
        self.origin.last().map_or(0, |last| *last as usize + 1)
    }

    /// The original of a range of bytes that is not empty.
    pub(super) fn original(&self, original: &str, start: usize, end: usize) -> String {
        let (first, last) = (self.place(start), self.place(end.saturating_sub(1)));
        original.chars().skip(first).take(last + 1 - first).collect()
    }
}

/// A text in the same form, without positions.
pub(super) fn fold(text: &str) -> String {
    Folded::new(text).text
}

/// What remains of a hashtag when it is written together: neither `#` nor spaces, hyphens or underscores.
pub(super) fn compact(folded: &str) -> String {
    folded
        .chars()
        .filter(|character| !matches!(character, '#' | '_' | '-' | '.' | '\'') && !character.is_whitespace())
        .collect()
}

/// The same letters without their marks: hashtags are often written without them.
pub(super) fn without_marks(folded: &str) -> String {
    let plain = |character| match character {
        'ł' => 'l',
        'đ' => 'd',
        'ø' => 'o',
        other => other,
    };
    folded.nfd().filter(|character| !is_combining_mark(*character)).map(plain).nfc().collect()
}

/// Whether a character belongs to the one before it, so that both are normalised together.
fn continues(character: char) -> bool {
    canonical_combining_class(character) != 0
        || is_combining_mark(character)
        // The vowels and final consonants of Hangul in parts.
        || ('\u{1160}'..='\u{11ff}').contains(&character)
}

/// Zero-width and direction marks, variation selectors, soft hyphens.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Whether a character is part of a word or a hashtag.
pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || is_combining_mark(character)
}

/// Whether a character is of a script that writes words without spaces between them, or joins endings to them.
pub(super) fn is_unbroken(character: char) -> bool {
    matches!(character,
        '\u{0e00}'..='\u{0e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether a character is of a script in which a space sets off what stands before it: not Hangul, whose words have spaces.
pub(super) fn is_spaceless(character: char) -> bool {
    is_unbroken(character)
        && !matches!(character, '\u{ac00}'..='\u{d7af}' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}')
}

/// Whether a word may end between two characters.
pub(super) fn breaks(before: Option<char>, after: Option<char>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => !is_word(before) || !is_word(after) || is_unbroken(before) || is_unbroken(after),
        _ => true,
    }
}

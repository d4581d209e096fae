//! Owns what the built-in model takes for a word. Never its vector.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Characters of a text that are read; what follows is not.
const MOST_CHARACTERS: usize = 8192;
/// Characters of a word that are read, so that no run of letters costs more than its share.
const LONGEST_WORD: usize = 64;

/// A word, or a run of characters of a script that writes no spaces.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub text: String,
    pub without_spaces: bool,
}

/// How characters stand together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    WithoutSpaces,
    Picture,
    Other,
}

/// The words of a text in lower case, composed and compatible (NFKC), without stacked accents.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut last = Kind::Other;
    let mut length = 0;
    for character in text.chars().take(MOST_CHARACTERS).nfkc().flat_map(char::to_lowercase) {
        // Accents that do not compose are decoration.
        if matches!(character, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{200B}'..='\u{200F}' | '\u{FE00}'..='\u{FE0F}')
        {
            continue;
        }
        let kind = kind(character);
        match (kind, parts.last_mut()) {
            (Kind::Other, _) => {}
            (Kind::Letter | Kind::WithoutSpaces, Some(part)) if kind == last => {
                length += 1;
                if length <= LONGEST_WORD {
                    part.text.push(character);
                }
            }
            _ => {
                length = 1;
                parts.push(Part { text: character.into(), without_spaces: kind == Kind::WithoutSpaces });
            }
        }
        last = kind;
    }
    parts
}

fn kind(character: char) -> Kind {
    match character {
        // Thai, Lao, Khmer, Burmese; kana and Chinese characters. Hangul writes spaces, but particles follow the word without one.
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' => Kind::WithoutSpaces,
        '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' => Kind::WithoutSpaces,
        '\u{20000}'..='\u{3FFFF}' => Kind::WithoutSpaces,
        '\u{1F300}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' => Kind::Picture,
        _ if character.is_alphanumeric() || is_combining_mark(character) => Kind::Letter,
        _ => Kind::Other,
    }
}

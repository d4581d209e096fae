//! Owns what a single character is: seen or not, a letter of a script with or without spaces, and its folded form. Never words.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The character as it takes part in comparisons: none when it cannot be seen, a space when it looks like one.
pub fn visible(character: char) -> Option<char> {
    match character {
        // Blanks that are no space for Unicode: Hangul fillers and the empty Braille pattern.
        '\u{3164}' | '\u{FFA0}' | '\u{2800}' => Some(' '),
        _ if character.is_whitespace() => Some(' '),
        _ if is_invisible(character) => None,
        _ => Some(character),
    }
}

/// Whether nothing is drawn for it: controls, joiners, marks of direction, selectors. The ranges are those of
/// `Default_Ignorable_Code_Point` (Unicode 16, DerivedCoreProperties), controls and the marks of interlinear notes.
pub fn is_invisible(character: char) -> bool {
    character.is_control() && !character.is_whitespace()
        || matches!(character,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The text in NFKC without what cannot be seen; blanks of every kind are spaces, and spaces are as many as they were.
pub fn plain(text: &str) -> String {
    // Twice, because NFKC makes some invisible characters of visible ones.
    let seen: String = text.chars().filter_map(visible).nfkc().filter_map(visible).collect();
    seen.nfkc().collect()
}

/// The folded form: case does not count, nor the dot of the Turkish `İ` and `ı`, nor the form of accents.
///
/// The case folding is upper case and back to lower case, character by character, which also joins `ß` with `ss` and the two
/// small sigmas of Greek.
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        for lower in character.to_uppercase().flat_map(char::to_lowercase) {
            // `İ` in lower case is `i` and a dot above.
            if !(lower == '\u{307}' && folded.ends_with('i')) {
                folded.push(lower);
            }
        }
    }
    folded.nfkc().collect()
}

/// Whether the character belongs to a word of a script that puts spaces between words, or to a number.
pub fn is_word(character: char) -> bool {
    (character.is_alphanumeric() || is_mark(character) || character == '_') && !is_unspaced(character)
}

/// Whether the character is a letter, a digit or drawn on one, of any script.
pub fn is_letter(character: char) -> bool {
    is_word(character) || is_unspaced(character)
}

/// Whether the character is drawn on the one before it.
pub fn is_mark(character: char) -> bool {
    is_combining_mark(character)
}

/// Whether the character is a letter of Hangul, whose words carry their particles at the end.
pub fn is_hangul(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}')
}

/// Whether the character is a letter of a script that is written without spaces between words: Chinese, Japanese, Thai, Lao,
/// Khmer, Burmese, Tibetan and their relatives. Each such letter is compared by itself.
pub fn is_unspaced(character: char) -> bool {
    let in_script = matches!(character,
        '\u{0E01}'..='\u{0E3A}' | '\u{0E40}'..='\u{0E4E}' | '\u{0E80}'..='\u{0EFF}' | '\u{0F00}'..='\u{0FFF}'
        | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{1950}'..='\u{19DF}' | '\u{1A20}'..='\u{1AAF}'
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{303C}'
        | '\u{3041}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{312F}' | '\u{31A0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{A980}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}'
        | '\u{F900}'..='\u{FAFF}' | '\u{1B000}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFF}');
    in_script && character.is_alphabetic() && !is_mark(character)
}

//! Owns how words of a brief are found in what a creator publishes, in any script. Never which words are looked for.

use unicode_normalization::UnicodeNormalization;

/// A text in the form in which texts are compared: compatibility form (full width is half width), lower case, `ß` as `ss`,
/// one space between words.
pub fn folded(text: &str) -> String {
    let lower: String = text.nfkc().collect::<String>().to_lowercase();
    let mut plain = String::with_capacity(lower.len());
    for letter in lower.nfkc() {
        match letter {
            'ß' => plain.push_str("ss"),
            'ς' => plain.push('σ'),
            // A capital `İ` becomes `i` and this dot.
            '\u{307}' => {}
            letter if letter.is_whitespace() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            letter => plain.push(letter),
        }
    }
    plain.trim().to_owned()
}

/// A folded text without anything but letters and digits, as handles and hashtags write names of several words.
pub fn squashed(text: &str) -> String {
    folded(text).chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Whether a folded text holds a folded term as whole words. In scripts that are written without spaces the term may stand
/// anywhere; a Latin plural with `s` or `es` counts too, for terms of 4 letters and more.
pub fn holds(text: &str, term: &str) -> bool {
    !term.is_empty() && text.match_indices(term).any(|(at, found)| stands_alone(text, at, at + found.len()))
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let term = &text[start..end];
    let before = text[..start].chars().next_back();
    let opens = term.chars().next().is_some_and(is_spaceless) || !before.is_some_and(goes_on);
    let rest = &text[end..];
    let ends = |rest: &str| !rest.chars().next().is_some_and(goes_on);
    let closes = term.chars().next_back().is_some_and(is_spaceless) || ends(rest);
    let is_plural = term.chars().count() >= 4
        && term.ends_with(|letter: char| letter.is_ascii_lowercase())
        && ["s", "es"].iter().any(|ending| rest.strip_prefix(ending).is_some_and(ends));
    opens && (closes || is_plural)
}

fn goes_on(letter: char) -> bool {
    letter.is_alphanumeric() && !is_spaceless(letter)
}

/// Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces; Korean puts endings on its words.
fn is_spaceless(letter: char) -> bool {
    matches!(letter,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Words of English, German, French, Spanish, Portuguese and Italian that say nothing about a subject, and those that every brief has.
const EMPTY: &[&str] = &[
    "about", "alle", "also", "aber", "auch", "avec", "brand", "come", "como", "creator", "creators", "dans", "della",
    "delle", "dies", "diese", "eine", "einen", "einer", "estas", "este", "from", "have", "into", "like", "looking",
    "mais", "mit", "more", "nicht", "nous", "nuestra", "oder", "other", "para", "people", "pour", "product",
    "products", "quale", "sell", "selling", "sich", "sono", "suchen", "that", "their", "them", "they", "this",
    "unsere", "want", "what", "which", "whose", "with", "without", "would", "your",
];

/// The words of a text that may say something about its subject, folded, each once, in their order: of 4 letters and more, of
/// 2 and more in scripts that are written without spaces.
pub fn telling(text: &str) -> Vec<String> {
    let text = folded(text);
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()) {
        let least = if word.chars().any(is_spaceless) { 2 } else { 4 };
        if word.chars().count() >= least && !EMPTY.contains(&word) && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str, term: &str) -> bool {
        holds(&folded(text), &folded(term))
    }

    #[test]
    fn a_term_is_found_as_a_whole_word_only() {
        assert!(finds("Great wine, cheap!", "wine"));
        assert!(finds("#wine_lovers", "wine"));
        assert!(finds("Three wines", "wine"));
        assert!(!finds("He drives a winery truck", "wine"));
        assert!(!finds("entwined", "wine"));
    }

    #[test]
    fn case_width_and_sharp_s_make_no_difference() {
        assert!(finds("ＣＡＳＩＮＯ night", "casino"));
        assert!(finds("STRASSE", "straße"));
        assert!(finds("ΟΔΟΣ", "οδος"));
        assert!(finds("İSTANBUL", "istanbul"));
        assert!(finds("heavy   metal", "Heavy Metal"));
    }

    #[test]
    fn scripts_without_spaces_are_searched_anywhere() {
        assert!(finds("新しい化粧品のレビュー", "化粧品"));
        assert!(finds("도박은 나쁘다", "도박"));
    }

    #[test]
    fn empty_words_do_not_tell() {
        assert_eq!(telling("We sell vegan SKINCARE with skincare for people"), ["vegan", "skincare"]);
    }
}

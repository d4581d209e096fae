//! Owns which language a text is in. Never what it says.

use std::fmt;

use crate::sentiment::alphabet::{SCRIPTS, Script};

/// A language by its ISO 639-1 code, e.g. `pt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(pub &'static str);

/// Stands for every language in Latin letters that the built-in model cannot name (ISO 639-2 `und`, cut to two letters).
pub(crate) const OTHER: Language = Language("un");

/// All languages that a text can be found to be in.
const KNOWN: [Language; 28] = [
    Language("ar"),
    Language("bn"),
    Language("de"),
    Language("el"),
    Language("en"),
    Language("es"),
    Language("fa"),
    Language("fr"),
    Language("he"),
    Language("hi"),
    Language("id"),
    Language("it"),
    Language("ja"),
    Language("ko"),
    Language("ms"),
    Language("nl"),
    Language("pl"),
    Language("pt"),
    Language("ru"),
    Language("ta"),
    Language("te"),
    Language("th"),
    Language("tr"),
    Language("uk"),
    Language("ur"),
    Language("vi"),
    Language("zh"),
    OTHER,
];

impl Language {
    /// The language with this code; none when no text is ever found to be in it.
    pub fn from_code(code: &str) -> Option<Self> {
        KNOWN.into_iter().find(|language| language.0 == code)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The likeliest language of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LanguageGuess {
    /// The language.
    pub language: Language,
    /// How certain it is, 0 to 1.
    pub confidence: f32,
}

/// What the letters of a text say about its language.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ByScript {
    /// There are no letters.
    Nothing,
    /// Its words have to tell.
    Latin,
    /// The script tells.
    Known(LanguageGuess),
    /// A script whose languages are not told apart.
    Unknown,
}

/// What the letters of a text, counted by script, say about its language.
pub(crate) fn by_script(letters: &[u32; SCRIPTS]) -> ByScript {
    let count = |script: Script| letters[script as usize];
    let arabic = count(Script::Arabic) + count(Script::Persian) + count(Script::Urdu);
    let cyrillic = count(Script::Cyrillic) + count(Script::Ukrainian);
    let east_asian = count(Script::Han) + count(Script::Kana);
    // A character of these stands for two or three letters of the others.
    let groups = [
        (Script::Latin, count(Script::Latin)),
        (Script::Arabic, arabic),
        (Script::Cyrillic, cyrillic),
        (Script::Han, 2 * east_asian),
        (Script::Hangul, 2 * count(Script::Hangul)),
        (Script::Devanagari, count(Script::Devanagari)),
        (Script::Thai, count(Script::Thai)),
        (Script::Greek, count(Script::Greek)),
        (Script::Hebrew, count(Script::Hebrew)),
        (Script::Bengali, count(Script::Bengali)),
        (Script::Tamil, count(Script::Tamil)),
        (Script::Telugu, count(Script::Telugu)),
        (Script::Other, count(Script::Other)),
    ];
    let all: u32 = groups.iter().map(|(_, letters)| letters).sum();
    let Some((script, most)) =
        groups.into_iter().rev().max_by_key(|(_, letters)| *letters).filter(|(_, most)| *most > 0)
    else {
        return ByScript::Nothing;
    };
    let share = most as f32 / all as f32;
    let known = |code, certainty: f32| {
        ByScript::Known(LanguageGuess { language: Language(code), confidence: certainty * share })
    };
    match script {
        Script::Latin => ByScript::Latin,
        Script::Arabic if 10 * count(Script::Urdu) >= arabic => known("ur", 0.9),
        Script::Arabic if 4 * (count(Script::Persian) + count(Script::Urdu)) >= arabic => known("fa", 0.9),
        Script::Arabic => known("ar", 0.95),
        Script::Cyrillic if 4 * count(Script::Ukrainian) >= cyrillic => known("uk", 0.9),
        // Bulgarian, Serbian and others are written alike.
        Script::Cyrillic => known("ru", 0.8),
        // Japanese goes without kana for a few words only.
        Script::Han if 10 * count(Script::Kana) >= east_asian => known("ja", 0.99),
        Script::Han => known("zh", if count(Script::Han) < 4 { 0.7 } else { 0.95 }),
        Script::Hangul => known("ko", 0.99),
        // Marathi and Nepali are written alike.
        Script::Devanagari => known("hi", 0.8),
        Script::Thai => known("th", 0.99),
        Script::Greek => known("el", 0.99),
        Script::Hebrew => known("he", 0.95),
        Script::Bengali => known("bn", 0.9),
        Script::Tamil => known("ta", 0.99),
        Script::Telugu => known("te", 0.99),
        _ => ByScript::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: &[(Script, u32)]) -> ByScript {
        let mut letters = [0; SCRIPTS];
        for (script, count) in counts {
            letters[*script as usize] = *count;
        }
        by_script(&letters)
    }

    fn code(counts: &[(Script, u32)]) -> &'static str {
        match of(counts) {
            ByScript::Known(guess) => guess.language.0,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn scripts_of_one_language_name_it() {
        assert_eq!(code(&[(Script::Hangul, 9)]), "ko");
        assert_eq!(code(&[(Script::Han, 9)]), "zh");
        assert_eq!(code(&[(Script::Han, 9), (Script::Kana, 2)]), "ja");
        assert_eq!(code(&[(Script::Arabic, 20), (Script::Persian, 1)]), "ar");
        assert_eq!(code(&[(Script::Arabic, 20), (Script::Persian, 9)]), "fa");
        assert_eq!(code(&[(Script::Arabic, 20), (Script::Persian, 9), (Script::Urdu, 9)]), "ur");
        assert_eq!(code(&[(Script::Cyrillic, 20)]), "ru");
        assert_eq!(code(&[(Script::Cyrillic, 9), (Script::Ukrainian, 9)]), "uk");
    }

    #[test]
    fn a_few_foreign_letters_do_not_name_the_language() {
        assert_eq!(of(&[(Script::Latin, 30), (Script::Han, 3)]), ByScript::Latin);
        assert_eq!(code(&[(Script::Latin, 3), (Script::Thai, 30)]), "th");
        assert_eq!(of(&[]), ByScript::Nothing);
        assert_eq!(of(&[(Script::Other, 5)]), ByScript::Unknown);
    }

    #[test]
    fn every_known_language_is_found_by_its_code() {
        assert!(KNOWN.iter().all(|language| Language::from_code(language.0) == Some(*language)));
        assert_eq!(Language::from_code("zz"), None);
    }
}

//! Owns which language a text is in. Never what it says.

use std::fmt;

/// A language by its ISO 639-1 code, e.g. `pt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(pub &'static str);

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

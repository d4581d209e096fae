//! Owns the sentiment of a text and the fast tier that reads it. Never the encoders.

use crate::language::{Language, LanguageGuess};

/// The name and version of the built-in model, as every score carries it.
pub const FAST_MODEL: &str = "fast@1";

/// Calibrated probabilities; they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probabilities {
    /// That the text is negative, 0 to 1.
    pub negative: f32,
    /// That it is neutral, 0 to 1.
    pub neutral: f32,
    /// That it is positive, 0 to 1.
    pub positive: f32,
}

/// Why a text has no sentiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Nothing to read: empty, spaces, links, or names only.
    NoText,
    /// Its language is not known with enough certainty.
    LanguageUnknown,
    /// Its language has no measured quality.
    LanguageNotSupported,
}

/// What was read from a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Its language; none when nothing speaks for one.
    pub language: Option<LanguageGuess>,
    /// Its sentiment, or why it has none.
    pub sentiment: Result<Probabilities, Unknown>,
}

/// What one thread keeps between texts: words that it has seen, with their sums. Never shared between threads.
#[derive(Debug, Default)]
pub struct Scratch {}

/// The built-in model.
#[derive(Debug)]
pub struct FastModel {}

impl FastModel {
    /// The model whose weights are compiled in.
    pub fn embedded() -> &'static Self {
        &Self {}
    }

    /// Reads one text, already cleaned.
    pub fn read(&self, _text: &str, _scratch: &mut Scratch) -> Reading {
        Reading { language: None, sentiment: Err(Unknown::LanguageUnknown) }
    }

    /// The languages with a measured quality, and their macro F1 on texts that were not trained on, 0 to 1.
    pub fn languages(&self) -> &'static [(Language, f32)] {
        &[]
    }
}

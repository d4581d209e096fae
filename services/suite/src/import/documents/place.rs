//! Owns where in a text something stands: lines, columns, and places of JSON errors. Never what stands there.

use serde::de::IgnoredAny;

/// A place that was reached and its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// In bytes from the beginning of the text.
    pub(super) at: usize,
    /// Its line, from 1.
    pub(super) line: u64,
    /// Where that line begins.
    begin: usize,
}

/// Counts the lines of a text, each of them once.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    last: Place,
}

impl<'a> Lines<'a> {
    /// `line` is that of the text's beginning.
    pub(super) fn new(text: &'a [u8], line: u64) -> Self {
        Self { text, last: Place { at: 0, line, begin: 0 } }
    }

    /// The line of a place that is not before the last one asked for.
    pub(super) fn reach(&mut self, at: usize) -> Place {
        self.last = after(self.text, self.last, at);
        self.last
    }

    /// The line and column, both from 1, of what stands `at` a place after `start`. Columns are bytes.
    pub(super) fn line_and_column(&self, start: Place, at: usize) -> (u64, usize) {
        let place = after(self.text, start, at);
        (place.line, place.at - place.begin + 1)
    }
}

fn after(text: &[u8], from: Place, at: usize) -> Place {
    let between = text.get(from.at..at).unwrap_or_default();
    let line = from.line + between.iter().filter(|byte| **byte == b'\n').count() as u64;
    let begin = between.iter().rposition(|byte| *byte == b'\n').map_or(from.begin, |last| from.at + last + 1);
    Place { at: at.max(from.at), line, begin }
}

/// Where in `text` an error of the JSON reader lies, in bytes.
pub(super) fn of_error(text: &[u8], error: &serde_json::Error) -> usize {
    let breaks = error.line().saturating_sub(1);
    let lines: usize = text.split_inclusive(|byte| *byte == b'\n').take(breaks).map(<[u8]>::len).sum();
    (lines + error.column().saturating_sub(1)).min(text.len())
}

/// What is wrong, without the place that the JSON reader adds.
pub(super) fn words_of(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words).to_owned()
}

/// Whether the JSON reader found nothing wrong but the end of the text. It takes a number that ends with `.`, `e` or a sign for
/// a wrong one, although digits could follow.
pub(super) fn is_at_end(text: &[u8], error: &serde_json::Error) -> bool {
    error.is_eof()
        || text.last().is_some_and(|last| b".eE+-".contains(last))
            && serde_json::from_slice::<IgnoredAny>(&[text, b"0"].concat()).err().is_none_or(|error| error.is_eof())
}

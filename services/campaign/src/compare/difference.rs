//! Owns the difference of two runs of words. Never a verdict.

use std::{collections::HashMap, ops::Range};

use creatorscope_proto::campaign::v1::{TextChange, TextDifference};

use super::{align::changes, words::Word};

/// The longest piece of equal text that is shown whole, in characters.
const LONGEST_EQUAL: usize = 60;
/// The most pieces that are shown.
const MOST_PIECES: usize = 200;

/// Words of the approved text and the words of the published text that stand in their place; not both empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) removed: Range<usize>,
    pub(super) added: Range<usize>,
}

/// Where the two differ, in order. They are aligned from the smaller text to the larger one, whichever was approved, so that both
/// directions find the same.
pub(super) fn hunks(before: &[Word], after: &[Word]) -> Vec<Hunk> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let approved = numbered(&mut numbers, before);
    let published = numbered(&mut numbers, after);
    if before.iter().map(|word| &word.key).le(after.iter().map(|word| &word.key)) {
        let changes = changes(&approved, &published).into_iter();
        return changes.map(|(removed, added)| Hunk { removed, added }).collect();
    }
    let changes = changes(&published, &approved).into_iter();
    changes.map(|(added, removed)| Hunk { removed, added }).collect()
}

/// A number for each word, the same for the same word.
fn numbered<'a>(numbers: &mut HashMap<&'a str, u32>, words: &'a [Word]) -> Vec<u32> {
    let mut number = |word: &'a Word| {
        // 2³² different words do not fit into memory.
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(word.key.as_str()).or_insert(next)
    };
    words.iter().map(&mut number).collect()
}

/// The share of changed words, 0 to 1: `changed / (equal + changed)`, a hunk counting as the longer of its sides. Without the tags
/// that were added when `without_added_tags`.
pub(super) fn share(before: &[Word], after: &[Word], hunks: &[Hunk], without_added_tags: bool) -> f64 {
    let counts = |word: &&Word| !(without_added_tags && word.is_tag());
    let changed: usize =
        hunks.iter().map(|hunk| hunk.removed.len().max(after[hunk.added.clone()].iter().filter(counts).count())).sum();
    let removed: usize = hunks.iter().map(|hunk| hunk.removed.len()).sum();
    let all = before.len() - removed + changed;
    if all == 0 { 0.0 } else { changed as f64 / all as f64 }
}

/// The pieces as they are shown, at most [`MOST_PIECES`].
pub(super) fn pieces(before: &[Word], after: &[Word], hunks: &[Hunk]) -> Vec<TextDifference> {
    let mut pieces = Vec::new();
    let mut place = 0;
    for hunk in hunks.iter().take(MOST_PIECES) {
        push(&mut pieces, TextChange::Equal, &before[place..hunk.removed.start]);
        push(&mut pieces, TextChange::Removed, &before[hunk.removed.clone()]);
        push(&mut pieces, TextChange::Added, &after[hunk.added.clone()]);
        place = hunk.removed.end;
    }
    if hunks.len() <= MOST_PIECES {
        push(&mut pieces, TextChange::Equal, &before[place..]);
    }
    pieces.truncate(MOST_PIECES);
    pieces
}

fn push(pieces: &mut Vec<TextDifference>, change: TextChange, words: &[Word]) {
    if words.is_empty() {
        return;
    }
    let mut text = String::new();
    for (place, word) in words.iter().enumerate() {
        if place > 0 && !word.glued {
            text.push(' ');
        }
        text.push_str(&word.shown);
    }
    let text = if change == TextChange::Equal { shortened(text) } else { text };
    pieces.push(TextDifference { change: change.into(), text });
}

/// The text, or its beginning and its end with `…` between them.
fn shortened(text: String) -> String {
    let length = text.chars().count();
    if length <= LONGEST_EQUAL {
        return text;
    }
    let side = (LONGEST_EQUAL - 1) / 2;
    let begin = text.chars().take(side);
    let end = text.chars().skip(length - (LONGEST_EQUAL - 1 - side));
    begin.chain(['…']).chain(end).collect()
}

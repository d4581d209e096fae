//! Owns where in a text a label stands: first, in the first sentence, in the visible part, in a pile. Never whether that is enough.

use unicode_segmentation::UnicodeSegmentation;

use crate::{
    find::{Found, Hit},
    rules::{Fold, RuleFile},
    tokens::Kind,
};

/// Where a label stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Words, hashtags and links before it.
    pub(crate) tokens_before: usize,
    /// Accounts before it.
    pub(crate) mentions_before: usize,
    /// Hashtags in one run before it.
    pub(crate) hashtags_before: usize,
    /// Whether it is in the first sentence or line.
    pub(crate) in_first_sentence: bool,
    /// Its end, in code points.
    pub(crate) end: usize,
    /// Line breaks before its end.
    pub(crate) line: usize,
}

/// The visible part of a caption, in code points.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visible {
    /// What is shown for certain.
    pub(crate) sure: usize,
    /// What is usually shown at most; `None` when nothing better than a guess is known.
    pub(crate) usual: Option<usize>,
}

impl Place {
    pub(crate) fn of(found: &Found<'_>, hit: &Hit) -> Self {
        let before = &found.tokens[..found.tokens.partition_point(|token| token.end <= hit.judged)];
        let mentions_before = before.iter().filter(|token| token.kind == Kind::Mention).count();
        let hashtags_before = found
            .tokens
            .get(before.len())
            .filter(|token| token.start == hit.judged)
            .map_or(0, |token| token.hashtags_before);
        let text = &found.normal.text;
        let lead = found.tokens.first().map_or(0, |token| token.start);
        let end = found.normal.original(hit.start, hit.end.max(hit.judged + 1)).1;
        let line = found.original.chars().take(end).filter(|&c| c == '\n').count();
        Self {
            tokens_before: before.len() - mentions_before,
            mentions_before,
            hashtags_before,
            in_first_sentence: !ends_sentence(&text[lead.min(hit.judged)..hit.judged]),
            end,
            line,
        }
    }
}

/// Tells whether a sentence or line ends in a text.
fn ends_sentence(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '。' | '!' | '?' => return true,
            '.' if chars.peek().is_none_or(|next| matches!(next, ' ' | '\n')) => return true,
            _ => {}
        }
    }
    false
}

/// Whether a piece that ends after so many code points is in the visible part wherever it is shown: no cluster is shorter than
/// a code point.
pub(crate) fn is_short(file: &RuleFile, end: usize, line: usize) -> bool {
    line == 0 && file.platforms.values().all(|fold| end <= fold.says.sure_characters)
}

/// Measures how much of a caption a platform shows. An unknown platform shows what the stingiest surely and the most generous
/// usually does.
pub(crate) fn visible(file: &RuleFile, platform: &str, caption: &str) -> Visible {
    if let Some(fold) = file.platforms.get(&platform.to_lowercase()) {
        return measure(&fold.says, caption);
    }
    let folds = || file.platforms.values().map(|fold| &fold.says);
    let fold = Fold {
        sure_characters: folds().map(|fold| fold.sure_characters).min().unwrap_or(0),
        sure_lines: folds().filter_map(|fold| fold.sure_lines).min(),
        usual_characters: folds().filter_map(|fold| fold.usual_characters).max(),
        usual_confidence: crate::check::Confidence::Medium,
    };
    measure(&fold, caption)
}

fn measure(fold: &Fold, caption: &str) -> Visible {
    let usual = fold.usual_characters.filter(|_| fold.usual_confidence > crate::check::Confidence::Low);
    let sure_lines = fold.sure_lines.map_or(usize::MAX, |lines| first_lines(caption, lines));
    Visible {
        sure: clusters(caption, fold.sure_characters).min(sure_lines),
        usual: usual.map(|characters| clusters(caption, characters)),
    }
}

/// Code points in the first grapheme clusters of a text.
fn clusters(text: &str, count: usize) -> usize {
    // Letters that never join with a neighbour are clusters by themselves; the rest needs the tables.
    let alone = text.chars().take(count + 1).all(stands_alone);
    if alone {
        return text.chars().take(count).count();
    }
    text.graphemes(true).take(count).map(|cluster| cluster.chars().count()).sum()
}

fn stands_alone(c: char) -> bool {
    c.is_ascii() && c != '\r'
        || matches!(c, '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{3001}'..='\u{3029}' | '\u{3041}'..='\u{3096}'
            | '\u{30a1}'..='\u{30fe}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Code points in the first lines of a text.
pub(crate) fn first_lines(text: &str, lines: usize) -> usize {
    let mut breaks = 0;
    text.chars()
        .take_while(|&c| {
            breaks += usize::from(c == '\n');
            breaks < lines
        })
        .count()
}

//! Owns the cutting of a comparable text into words, hashtags, mentions and links. Never labels.

use crate::normalise::{is_unspaced, is_word};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Hashtag,
    Mention,
    Link,
}

/// A token, in bytes of the comparable text; hashtags and mentions with their sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Hashtags directly before this one with nothing readable between; 0 for everything else.
    pub(crate) hashtags_before: usize,
}

/// Cuts a comparable text into tokens.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 5);
    let mut at = 0;
    let mut in_run = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let starts_link = c == 'h' && (rest.starts_with("http:/") || rest.starts_with("https:/"))
            || c == 'w' && rest.starts_with("www.");
        let before = text[..at].chars().next_back();
        let before_is_word = before.is_some_and(is_word);
        // Scripts without blanks put hashtags right behind a word.
        let may_begin = before.is_none_or(|before| !is_word(before) || is_unspaced(before));
        let behind_sign =
            tokens.last().is_some_and(|last| matches!(last.kind, Kind::Hashtag | Kind::Mention) && last.end == at);
        let (kind, length) = if starts_link && !before_is_word {
            (Kind::Link, rest.find([' ', '\n']).unwrap_or(rest.len()))
        } else if c == '#' && (may_begin || behind_sign) {
            (Kind::Hashtag, 1 + run(&rest[1..], is_word))
        } else if c == '@' && may_begin {
            let length = run(&rest[1..], |c| is_word(c) || c == '.');
            (Kind::Mention, 1 + rest[1..=length].trim_end_matches('.').len())
        } else if is_word(c) {
            let unspaced = is_unspaced(c);
            (Kind::Word, run(rest, |c| is_word(c) && is_unspaced(c) == unspaced))
        } else {
            at += c.len_utf8();
            continue;
        };
        if length < 2 && matches!(kind, Kind::Hashtag | Kind::Mention) {
            at += length.max(1);
            continue;
        }
        let hashtags_before = if kind == Kind::Hashtag { in_run } else { 0 };
        in_run = if kind == Kind::Hashtag { in_run + 1 } else { 0 };
        tokens.push(Token { kind, start: at, end: at + length, hashtags_before });
        at += length;
    }
    tokens
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| &text[token.start..token.end]).collect()
    }

    #[test]
    fn hashtags_may_touch_and_links_hold_none() {
        assert_eq!(
            cut("#ad#glow see https://x.example/#ad now"),
            ["#ad", "#glow", "see", "https://x.example/#ad", "now"]
        );
    }

    #[test]
    fn a_latin_word_before_kanji_is_a_word_of_its_own() {
        assert_eq!(cut("pr新しい @glow.skin."), ["pr", "新しい", "@glow.skin"]);
    }

    #[test]
    fn a_run_of_hashtags_is_counted_until_a_word_breaks_it() {
        let before: Vec<_> = tokens("#a #b, #c x #d").iter().map(|token| token.hashtags_before).collect();
        assert_eq!(before, [0, 1, 2, 0, 0]);
    }
}

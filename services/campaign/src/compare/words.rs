//! Owns how a text is cut into the words by which it is compared. Never a comparison.

use super::characters::{folded, is_letter, is_mark, is_unspaced, is_word, plain};

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Letters and digits with spaces around; one letter in scripts without spaces.
    Letters,
    /// A hashtag or a mention, its sign included.
    Tag,
    /// A run of anything else: punctuation, emoji.
    Signs,
}

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Word {
    /// As it was written, in NFKC and without what cannot be seen.
    pub shown: String,
    /// By which it is compared: folded.
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// Whether no space stands before it.
    pub glued: bool,
}

impl Word {
    fn new(shown: String, kind: Kind, glued: bool) -> Self {
        Self { key: folded(&shown), shown, kind, glued }
    }

    /// Whether it is a hashtag or a mention.
    pub fn is_tag(&self) -> bool {
        self.kind == Kind::Tag
    }
}

/// Cuts a text into words. A word ends at spaces, at signs around it, at emoji, at the next `#`, and in scripts without spaces after
/// each letter; one sign between letters or digits (`don't`, `10.50`, `a@b.example`) or `://` stays inside.
pub fn read(text: &str) -> Vec<Word> {
    let characters: Vec<char> = plain(text).chars().collect();
    let mut words = Vec::new();
    let (mut place, mut glued) = (0, false);
    while let Some(&first) = characters.get(place) {
        if first == ' ' {
            (place, glued) = (place + 1, false);
            continue;
        }
        let (end, kind) = if begins_tag(&characters[place..]) {
            (tag_end(&characters, place + 1, first == '@'), Kind::Tag)
        } else if is_unspaced(first) {
            (marks_end(&characters, place + 1), Kind::Letters)
        } else if is_word(first) {
            (letters_end(&characters, place + 1), Kind::Letters)
        } else {
            (signs_end(&characters, place + 1), Kind::Signs)
        };
        words.push(Word::new(characters[place..end].iter().collect(), kind, glued));
        (place, glued) = (end, true);
    }
    words
}

/// A hashtag that was given apart, with or without `#`, as a word; none when it has no letter.
pub fn hashtag(text: &str) -> Option<Word> {
    let body: String = plain(text).chars().filter(|character| *character != ' ').collect();
    let body = body.trim_start_matches('#');
    (!body.is_empty()).then(|| Word::new(format!("#{body}"), Kind::Tag, false))
}

/// Words without the signs of tags: `#glow` becomes `glow`, and a tag of a script without spaces its letters.
pub fn without_tags(words: Vec<Word>) -> Vec<Word> {
    let opened = |word: Word| {
        if word.is_tag() { read(word.shown.trim_start_matches(['#', '@'])) } else { vec![word] }
    };
    words.into_iter().flat_map(opened).collect()
}

fn begins_tag(rest: &[char]) -> bool {
    matches!(rest, ['#' | '@', next, ..] if is_letter(*next) && !is_mark(*next))
}

fn marks_end(characters: &[char], from: usize) -> usize {
    from + characters[from..].iter().take_while(|character| is_mark(**character)).count()
}

fn tag_end(characters: &[char], from: usize, mention: bool) -> usize {
    let mut end = from;
    while let Some(&character) = characters.get(end) {
        let next_belongs = characters.get(end + 1).is_some_and(|next| is_letter(*next));
        let inside = mention && matches!(character, '.' | '-') && next_belongs;
        if !is_letter(character) && !inside {
            break;
        }
        end += 1;
    }
    end
}

fn letters_end(characters: &[char], from: usize) -> usize {
    let mut end = from;
    while let Some(&character) = characters.get(end) {
        if is_word(character) {
            end += 1;
            continue;
        }
        let inside = match &characters[end..] {
            [':', '/', '/', next, ..] if is_word(*next) => 3,
            [sign, next, ..] if is_joining(*sign) && is_word(*next) && !is_mark(*next) => 1,
            _ => break,
        };
        end += inside;
    }
    end
}

fn signs_end(characters: &[char], from: usize) -> usize {
    let mut end = from;
    while let Some(&character) = characters.get(end) {
        let ends = character == ' '
            || is_unspaced(character)
            || (is_word(character) && !is_mark(character))
            || begins_tag(&characters[end..]);
        if ends {
            break;
        }
        end += 1;
    }
    end
}

/// Signs that stay inside a word.
fn is_joining(character: char) -> bool {
    matches!(character, '\'' | '’' | '-' | '‐' | '.' | ',' | ':' | '/' | '&' | '+' | '=' | '?' | '%' | '@' | '·')
}

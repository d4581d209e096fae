//! Owns texts as people write them made readable. Never what they mean.
//!
//! What is put right, in this order: text that was UTF-8 and was read as Windows-1252 (`Ã©`), tags (`<br>`), entities (`&#39;`),
//! characters that cannot be seen, and marks stacked higher than any script needs. A clean text comes back as it is.

mod mojibake;

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

/// The most marks on one letter that a script needs; more are decoration and go, all of that letter.
const MOST_MARKS: usize = 3;
/// The longest tag that is taken for one, in bytes.
const LONGEST_TAG: usize = 2_000;
/// Elements that platforms put into comments. Other words between `<` and `>` are somebody's text.
const ELEMENTS: [&str; 20] = [
    "a", "b", "i", "u", "s", "br", "p", "em", "strong", "span", "div", "img", "ul", "ol", "li", "code", "pre", "quote",
    "font", "del",
];

/// The text without HTML entities and tags, mojibake, stacked marks and invisible characters; the text itself when it is clean.
/// What is longer than `limit` characters is cut at a character.
pub fn clean(text: &str, limit: usize) -> Cow<'_, str> {
    let text = cut(text, limit);
    let found = Found::in_text(text);
    if !found.anything() {
        return Cow::Borrowed(text);
    }
    let mut text = Cow::Borrowed(text);
    if found.foreign {
        text = replaced(text, mojibake::repaired);
    }
    if found.tags {
        text = replaced(text, without_tags);
    }
    if found.entities {
        text = replaced(text, |text| match html_escape::decode_html_entities(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(decoded) => Some(decoded),
        });
    }
    replaced(text, visible)
}

fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    match text.char_indices().nth(limit) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// The text after a step; none when the step changes nothing.
fn replaced<'a>(text: Cow<'a, str>, step: impl Fn(&str) -> Option<String>) -> Cow<'a, str> {
    match step(&text) {
        Some(changed) => Cow::Owned(changed),
        None => text,
    }
}

/// What a text may need.
#[derive(Default)]
struct Found {
    tags: bool,
    entities: bool,
    controls: bool,
    foreign: bool,
}

impl Found {
    fn in_text(text: &str) -> Self {
        let mut found = Self::default();
        // Without a branch a byte, so that many bytes are looked at in one step.
        for byte in text.bytes() {
            found.tags |= byte == b'<';
            found.entities |= byte == b'&';
            found.controls |= (byte < 32 && byte != b'\t' && byte != b'\n') || byte == 127;
            found.foreign |= byte >= 128;
        }
        found
    }

    fn anything(&self) -> bool {
        self.tags || self.entities || self.controls || self.foreign
    }
}

/// The text with a space in place of each tag; none when it has no tag.
fn without_tags(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut changed = false;
    while let Some(start) = rest.find('<') {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        match tag_length(from) {
            Some(length) => {
                out.push(' ');
                rest = &from[length..];
                changed = true;
            }
            None => {
                out.push('<');
                rest = &from[1..];
            }
        }
    }
    changed.then(|| out + rest)
}

/// How many bytes the tag has that the text begins with.
fn tag_length(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('<')?;
    let inside = inside.strip_prefix('/').unwrap_or(inside);
    let end = inside.bytes().position(|byte| !byte.is_ascii_alphanumeric())?;
    let name = &inside[..end];
    if !ELEMENTS.iter().any(|element| name.eq_ignore_ascii_case(element)) {
        return None;
    }
    let close = text.bytes().take(LONGEST_TAG).position(|byte| byte == b'>')?;
    let opened_again = text[1..close].contains('<');
    (!opened_again).then_some(close + 1)
}

/// The text without what cannot be seen; none when everything can.
fn visible(text: &str) -> Option<String> {
    let mut marks = 0;
    let needs_work = text.chars().any(|letter| {
        marks = if is_mark(letter) { marks + 1 } else { 0 };
        marks > MOST_MARKS || fate(letter) != Fate::Stays
    });
    if !needs_work {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut held = String::new();
    let mut height = 0;
    let settle = |out: &mut String, held: &mut String, height: &mut usize| {
        if *height <= MOST_MARKS {
            out.push_str(held);
        }
        held.clear();
        *height = 0;
    };
    for letter in text.chars() {
        if is_mark(letter) {
            height += 1;
            if height <= MOST_MARKS {
                held.push(letter);
            }
            continue;
        }
        settle(&mut out, &mut held, &mut height);
        match fate(letter) {
            Fate::Stays => out.push(letter),
            Fate::Space => out.push(' '),
            Fate::Goes => {}
        }
    }
    settle(&mut out, &mut held, &mut height);
    Some(out)
}

/// Whether it is a mark on the letter before; the first ones stand at U+0300.
fn is_mark(letter: char) -> bool {
    letter >= '\u{300}' && is_combining_mark(letter)
}

#[derive(PartialEq)]
enum Fate {
    Stays,
    Space,
    Goes,
}

/// What becomes of a character. Joiners stay: emoji, Persian and Hindi need them.
fn fate(letter: char) -> Fate {
    match letter {
        '\t' | '\n' => Fate::Stays,
        '\u{ad}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => Fate::Goes,
        letter if letter.is_control() => Fate::Space,
        _ => Fate::Stays,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        clean(text, 1_000).into_owned()
    }

    #[test]
    fn a_clean_text_is_not_copied() {
        for text in ["just words, nothing else", "schöne Grüße", "とても良い", "👨‍👩‍👧 सुंदर", ""]
        {
            assert!(matches!(clean(text, 1_000), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn tags_and_entities_become_what_a_reader_sees() {
        assert_eq!(cleaned("first<br>second<BR/>third"), "first second third");
        assert_eq!(cleaned("it&#39;s &quot;good&quot; &amp; cheap"), "it's \"good\" & cheap");
        assert_eq!(cleaned("see <a href=\"https://example.org\">this</a>"), "see  this ");
    }

    #[test]
    fn hearts_and_comparisons_are_no_tags() {
        for text in ["<3 this", "a < b and c > d", "<name> said so", "<", "x <br"] {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn text_that_was_decoded_wrongly_is_read_again() {
        assert_eq!(cleaned("voilÃ\u{a0} un trÃ¨s bon cafÃ©"), "voilà un très bon café");
        assert_eq!(cleaned("Ð¿Ñ\u{80}Ð¸Ð²ÐµÑ‚"), "привет");
        assert_eq!(cleaned("donâ€™t"), "don’t");
        assert_eq!(cleaned("love it ðŸ˜\u{8d}"), "love it 😍");
    }

    #[test]
    fn letters_with_accents_are_left_alone() {
        for text in ["naïve façade", "«été»", "Größe: 5 µm", "São João", "Ärger über Öl"] {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn stacked_marks_go_and_those_of_scripts_stay() {
        let zalgo = "w\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}ow";
        assert_eq!(cleaned(zalgo), "wow");
        for text in ["ก็ไม่", "e\u{301}", "क्षि", "مُحَمَّد"] {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn what_cannot_be_seen_goes() {
        assert_eq!(cleaned("in\u{200b}visi\u{ad}ble\u{feff}"), "invisible");
        assert_eq!(cleaned("a\u{0}b\u{7}c"), "a b c");
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        assert_eq!(clean("äöü", 2), "äö");
        assert_eq!(clean(&"ß".repeat(1 << 20), 10).chars().count(), 10);
    }
}

//! Owns the form of a text in which labels are compared, and the way back to what was written. Never what a label is.

use unicode_normalization::{
    UnicodeNormalization,
    char::{canonical_combining_class, decompose_canonical},
};

/// A text made comparable: NFKC, no zero-width or bidi characters, one case, accents folded, blanks in one.
#[derive(Debug, Default)]
pub(crate) struct Normal {
    /// The comparable text.
    pub(crate) text: String,
    /// For each byte of it the code points of the original that it came from: the first, and one behind the last.
    origin: Vec<(u32, u32)>,
    /// Code points of the original that cannot be seen, ascending.
    unseen: Vec<u32>,
}

impl Normal {
    /// Makes a text comparable, in time linear in its length.
    pub(crate) fn of(original: &str) -> Self {
        let mut normal = Self {
            text: String::with_capacity(original.len()),
            origin: Vec::with_capacity(original.len()),
            unseen: Vec::new(),
        };
        let mut chars = original.chars().enumerate().peekable();
        let mut joined = String::new();
        while let Some((at, c)) = chars.next() {
            let at = at as u32;
            if is_unseen(c) {
                normal.unseen.push(at);
                continue;
            }
            let mut end = at + 1;
            let mut single = true;
            while let Some(&(next, follower)) = chars.peek() {
                if follower.is_ascii() {
                    break;
                }
                if is_unseen(follower) {
                    normal.unseen.push(next as u32);
                } else if joins_before(follower) {
                    if single {
                        joined.clear();
                        joined.push(c);
                        single = false;
                    }
                    joined.push(follower);
                    end = next as u32 + 1;
                } else {
                    break;
                }
                chars.next();
            }
            if !single {
                for composed in joined.nfkc() {
                    normal.fold(composed, at, end);
                }
            } else if is_stable(c) {
                normal.fold(c, at, end);
            } else {
                for composed in std::iter::once(c).nfkc() {
                    normal.fold(composed, at, end);
                }
            }
        }
        while normal.text.ends_with([' ', '\n']) {
            normal.text.pop();
            normal.origin.pop();
        }
        normal
    }

    fn fold(&mut self, c: char, start: u32, end: u32) {
        if c.is_ascii_lowercase() {
            self.push(c, start, end);
        } else if c.is_ascii() {
            if c.is_ascii_whitespace() {
                self.blank(c, start, end);
            } else {
                self.push(c.to_ascii_lowercase(), start, end);
            }
        } else if c.is_whitespace() {
            self.blank(c, start, end);
        } else {
            for lower in c.to_lowercase() {
                self.without_accents(lower, start, end);
            }
        }
    }

    fn without_accents(&mut self, c: char, start: u32, end: u32) {
        match c {
            // The dot of a Turkish capital, and vowel signs and the stretch of Arabic: they tell no words apart here.
            '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{652}' | '\u{653}'..='\u{655}' | '\u{640}' => {}
            'ı' => self.push('i', start, end),
            'ł' => self.push('l', start, end),
            'ø' => self.push('o', start, end),
            'đ' => self.push('d', start, end),
            'ς' => self.push('σ', start, end),
            'ß' => {
                self.push('s', start, end);
                self.push('s', start, end);
            }
            'أ' | 'إ' | 'آ' | 'ٱ' => self.push('ا', start, end),
            '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => decompose_canonical(c, |part| {
                if !('\u{300}'..='\u{36f}').contains(&part) {
                    self.push(part, start, end);
                }
            }),
            _ => self.push(c, start, end),
        }
    }

    /// Writes a run of blanks as one: a line break if there is one in it.
    fn blank(&mut self, c: char, start: u32, end: u32) {
        let is_break = matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}');
        match self.text.as_bytes().last() {
            None | Some(b'\n') => {}
            Some(b'/') if !is_break => {}
            Some(b' ') if is_break => {
                self.text.pop();
                self.text.push('\n');
            }
            Some(b' ') => {}
            Some(_) => self.push(if is_break { '\n' } else { ' ' }, start, end),
        }
    }

    fn push(&mut self, c: char, start: u32, end: u32) {
        // `Mainos / PR` and `Mainos/PR` are one.
        if c == '/' && self.text.ends_with(' ') {
            self.text.pop();
            self.origin.pop();
        }
        self.text.push(c);
        self.origin.extend(std::iter::repeat_n((start, end), c.len_utf8()));
    }

    /// Gives the code points of the original behind a range of bytes.
    pub(crate) fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self.origin.get(start).map_or(0, |origin| origin.0 as usize);
        let last = end.checked_sub(1).and_then(|end| self.origin.get(end)).map_or(first, |origin| origin.1 as usize);
        (first, last.max(first))
    }

    /// Tells whether something that cannot be seen stands inside a range of bytes.
    pub(crate) fn hides_in(&self, start: usize, end: usize) -> bool {
        if self.unseen.is_empty() {
            return false;
        }
        let (start, end) = self.original(start, end);
        let next = self.unseen.partition_point(|&at| (at as usize) < start);
        self.unseen.get(next).is_some_and(|&at| (at as usize) < end)
    }
}

/// Makes a label comparable.
pub(crate) fn comparable(text: &str) -> String {
    Normal::of(text).text
}

/// Leaves of a comparable text what a hashtag can hold.
pub(crate) fn compact(comparable: &str) -> String {
    comparable.chars().filter(|&c| is_word(c)).collect()
}

/// Characters without width, marks of direction, fillers: nobody sees them.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Tells whether a character may compose with the one before it.
fn joins_before(c: char) -> bool {
    match c {
        '\u{ff9e}' | '\u{ff9f}' | '\u{1161}'..='\u{11ff}' => true,
        '\u{ac00}'..='\u{d7a3}' | '\u{4e00}'..='\u{9fff}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' => false,
        _ => canonical_combining_class(c) != 0,
    }
}

/// Characters that NFKC leaves alone: most of what captions hold.
fn is_stable(c: char) -> bool {
    c.is_ascii()
        || matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{4e00}'..='\u{9fff}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}'
            | '\u{c0}'..='\u{131}' | '\u{410}'..='\u{44f}' | '\u{1f300}'..='\u{1faff}')
}

/// Scripts that write no blank between words, or hang particles on them.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// Tells whether a character of a comparable text belongs to a word or hashtag.
pub(crate) fn is_word(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || c == '_'
    } else {
        is_unspaced(c) || c.is_alphanumeric() || canonical_combining_class(c) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turkish_capitals_with_and_without_a_dot_are_one() {
        assert_eq!(comparable("#İŞBİRLİĞİ"), comparable("#işbirliği"));
        assert_eq!(comparable("ışık"), comparable("IŞIK"));
    }

    #[test]
    fn wide_and_invisible_characters_leave_the_same_label() {
        assert_eq!(comparable("＃ＡＤ"), "#ad");
        assert_eq!(comparable("#a\u{200b}d\u{202e}"), "#ad");
    }

    #[test]
    fn a_hidden_label_leads_back_to_what_was_written() {
        let normal = Normal::of("x #a\u{200b}d y");
        let at = normal.text.find("#ad").expect("the label is there");
        assert_eq!(normal.original(at, at + 3), (2, 6));
        assert!(normal.hides_in(at, at + 3));
    }

    #[test]
    fn halfwidth_katakana_compose() {
        assert_eq!(comparable("ﾌﾟﾛﾓｰｼｮﾝ"), comparable("プロモーション"));
    }

    #[test]
    fn accents_written_apart_are_the_same() {
        assert_eq!(comparable("publicite\u{301}"), "publicite");
        assert_eq!(comparable("PUBLICITÉ"), "publicite");
    }
}

//! Owns taking a JSON file apart into what stands by itself: documents, pages and their items. Goes on after what is broken.
//! Never what a piece says.
//!
//! It looks at brackets, quotes and commas only. A value that is valid JSON is always found as it is; whether a piece is valid is
//! for its reader to find out. Commas that are missing or too many between pieces do no harm.

use std::ops::Range;

use serde::de::IgnoredAny;

use super::nest::{self, Ended, Wanted};
use super::place;

/// A part of a file. Ranges are bytes; between pieces are blanks, commas and the brackets of lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A value at the top or in a list at the top.
    Document(Range<usize>),
    /// An object with a list of items begins at `start`; the list's first byte is at `list`, in so many objects.
    Page { start: usize, list: usize, depth: usize },
    /// A value in that list.
    Item(Range<usize>),
    /// What is no value.
    Broken(Range<usize>),
    /// What the file breaks off in: everything after the last whole value. The last piece besides the end of a page.
    Cut(Range<usize>),
    /// The page ends; what stands in it after its list, closing bracket included. None when the list was never closed.
    PageEnd(Option<Range<usize>>),
}

/// Takes a text apart.
pub(super) struct Splitter<'a> {
    text: &'a [u8],
    at: usize,
    /// Where the last piece ended.
    told: usize,
    /// Lists at the top that are open.
    lists: usize,
    in_page: bool,
    /// In how many objects the page's list stands.
    depth: usize,
    /// Whether pages are looked for.
    pages: bool,
    /// Whether the page ends before the next piece.
    leaves_page: bool,
    /// Whether what comes next was found in what is broken.
    restarted: bool,
    cut: bool,
}

impl<'a> Splitter<'a> {
    pub(super) fn new(text: &'a [u8], pages: bool) -> Self {
        let (in_page, leaves_page, restarted, cut) = (false, false, false, false);
        Self { text, at: 0, told: 0, lists: 0, in_page, depth: 1, pages, leaves_page, restarted, cut }
    }

    fn is_in_list(&self) -> bool {
        self.in_page || self.lists > 0
    }

    fn skip_separators(&mut self) {
        while let Some(byte) = self.text.get(self.at) {
            if byte.is_ascii_whitespace() || *byte == b',' {
                self.at += 1;
            } else if self.text[self.at..].starts_with(b"\xEF\xBB\xBF") {
                self.at += 3;
            } else {
                break;
            }
        }
    }

    /// What is told at the end of the text.
    fn finish(&mut self) -> Option<Piece> {
        if !self.cut && self.is_in_list() {
            return Some(self.cut_from(self.told));
        }
        std::mem::take(&mut self.in_page).then_some(Piece::PageEnd(None))
    }

    fn cut_from(&mut self, start: usize) -> Piece {
        self.cut = true;
        self.at = self.text.len();
        Piece::Cut(start..self.at)
    }

    fn value(&mut self, end: usize) -> Piece {
        let span = self.at..end;
        (self.at, self.told) = (end, end);
        if self.in_page { Piece::Item(span) } else { Piece::Document(span) }
    }

    fn broken(&mut self, end: usize) -> Piece {
        let start = self.at;
        (self.at, self.told) = (end, end);
        Piece::Broken(self.without_separators(start, end))
    }

    fn without_separators(&self, start: usize, end: usize) -> Range<usize> {
        let separates = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
        let length = self.text[start..end].iter().rposition(|byte| !separates(byte)).map_or(0, |last| last + 1);
        start..start + length
    }

    fn container(&mut self) -> Piece {
        let start = self.at;
        // An item is no page, unless it begins where the page before it broke off.
        let may_be_page = self.pages && (!self.in_page || std::mem::take(&mut self.restarted));
        let wanted = if may_be_page && self.text[start] == b'{' { Wanted::EndOrList } else { Wanted::End };
        match nest::end_of(self.text, start, wanted, self.is_in_list()) {
            Ended::List { .. } if self.in_page => {
                self.in_page = false;
                Piece::PageEnd(None)
            }
            Ended::List { list, depth } => {
                self.in_page = true;
                self.depth = depth;
                (self.at, self.told) = (list, list);
                Piece::Page { start, list, depth }
            }
            Ended::Closed(end) => self.value(end),
            Ended::Within(end) => self.broken(end),
            Ended::Restart(end) => {
                self.restarted = true;
                self.leaves_page = self.in_page && ends_with_page(&self.text[start..end]);
                self.broken(end)
            }
            Ended::Open => self.cut_from(start),
        }
    }

    /// What follows the list of a page.
    fn rest_of_page(&mut self) -> Piece {
        let start = self.at + 1;
        self.in_page = false;
        let end = match nest::end_of(self.text, start, Wanted::EndOfPage(self.depth), self.is_in_list()) {
            Ended::Closed(end) | Ended::Within(end) | Ended::Restart(end) => end,
            Ended::Open | Ended::List { .. } => {
                self.leaves_page = true;
                return self.cut_from(start);
            }
        };
        (self.at, self.told) = (end, end);
        Piece::PageEnd(Some(self.without_separators(start, end)))
    }

    /// A string, number or word, or what is none.
    fn scalar(&mut self) -> Piece {
        let rest = &self.text[self.at..];
        let is_text = rest.starts_with(b"\"");
        let length = if is_text { length_of_text(rest) } else { length_of_word(rest) };
        let at_end = length == rest.len() && self.is_in_list();
        match serde_json::from_slice::<IgnoredAny>(&rest[..length]) {
            // Digits could have followed.
            Ok(_) if at_end && !is_text => self.cut_from(self.at),
            Ok(_) => self.value(self.at + length),
            Err(error) if at_end && place::is_at_end(&rest[..length], &error) => self.cut_from(self.at),
            Err(_) => {
                let ends = (self.at + 1..self.text.len()).find(|place| self.can_go_on_at(*place));
                self.broken(ends.unwrap_or(self.text.len()))
            }
        }
    }

    fn can_go_on_at(&self, place: usize) -> bool {
        let begins_line = self.text[place - 1] == b'\n';
        match self.text[place] {
            b'{' => begins_line || matches!(self.text[place + 1..].trim_ascii_start(), [b'"' | b'}', ..]),
            b'[' => begins_line,
            b',' | b']' => self.is_in_list(),
            _ => false,
        }
    }
}

impl Iterator for Splitter<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if std::mem::take(&mut self.leaves_page) {
            self.in_page = false;
            return Some(Piece::PageEnd(None));
        }
        loop {
            self.skip_separators();
            match self.text.get(self.at) {
                None => return self.finish(),
                Some(b'[') if !self.in_page => {
                    self.lists += 1;
                    self.at += 1;
                }
                Some(b']') if self.in_page => return Some(self.rest_of_page()),
                Some(b']') if self.lists > 0 => {
                    self.lists -= 1;
                    self.at += 1;
                    self.told = self.at;
                }
                Some(b'{' | b'[') => return Some(self.container()),
                Some(_) => return Some(self.scalar()),
            }
        }
    }
}

/// Whether a stretch that no comma follows ends as a page does.
fn ends_with_page(stretch: &[u8]) -> bool {
    stretch.trim_ascii_end().strip_suffix(b"}").is_some_and(|list| list.trim_ascii_end().ends_with(b"]"))
}

/// Up to the closing quote; without one up to the end of the line.
fn length_of_text(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\n' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    rest.len()
}

fn length_of_word(rest: &[u8]) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b",:\"[]{}".contains(byte);
    rest.iter().position(ends).unwrap_or(rest.len())
}

#[cfg(test)]
#[path = "split/tests.rs"]
pub(super) mod tests;

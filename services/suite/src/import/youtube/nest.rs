//! Owns where an object or array of JSON ends, by its brackets and quotes. Never whether it is JSON.

use serde::de::IgnoredAny;

/// Deepest nesting whose brackets are told apart; what is deeper is only counted. No reader takes more.
const DEEPEST: usize = 128;
/// How often an object is asked whether another one begins in it. The answer is no when a text has brackets like that.
const DOUBTS: usize = 16;
/// Stands for what comes before the rest of a page.
const PAGE: &[u8] = b"{\"items\":[]";

/// How an object or array ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Before this place, with its closing bracket.
    Closed(usize),
    /// Before this place, where a `]` stands that closes what is around it.
    Within(usize),
    /// Before this place, where an object begins that cannot belong to it.
    Restart(usize),
    /// Not yet: the list of its key `items` begins at this place, its `[` behind it.
    List(usize),
    /// Not at all: the text ends.
    Open,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The end of a value that begins here.
    End,
    /// The same, or its list `items`.
    EndOrList,
    /// The end of an object whose list `items` ended here.
    EndOfPage,
}

/// Finds how a value ends that begins at `start`, an opening bracket, or a page whose list ended there. `inside` says that a list
/// is around it.
pub(super) fn end_of(text: &[u8], start: usize, wanted: Wanted, inside: bool) -> Ended {
    let mut nest = Nest::default();
    if wanted == Wanted::EndOfPage {
        nest.open(b'{');
    }
    let (mut at, mut quoted, mut doubts) = (start, false, 0);
    while let Some(byte) = text.get(at).copied() {
        if byte == b'{' && doubts < DOUBTS && looks_like_another(text, start, at, quoted, &nest) {
            if is_broken(&text[start..=at], wanted) {
                return Ended::Restart(at);
            }
            doubts += 1;
        }
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => {
                quoted = !quoted;
                if quoted
                    && wanted == Wanted::EndOrList
                    && nest.depth() == 1
                    && let Some(list) = list_of_items(text, at)
                {
                    return Ended::List(list);
                }
            }
            b'{' | b'[' if !quoted => nest.open(byte),
            b'}' | b']' if !quoted => {
                let known = nest.close(byte);
                if nest.depth() == 0 {
                    return Ended::Closed(at + 1);
                }
                if !known && byte == b']' && inside {
                    return Ended::Within(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    Ended::Open
}

/// Whether the object that begins at `at` stands where none can, if what is before it is not mistaken for text or the other way
/// round.
fn looks_like_another(text: &[u8], start: usize, at: usize, quoted: bool, nest: &Nest) -> bool {
    if nest.depth() == 0 || text[at + 1..].trim_ascii_start().first() != Some(&b'"') {
        return false;
    }
    let before = text[start..at].trim_ascii_end();
    let on_new_line = text[start + before.len()..at].contains(&b'\n');
    let last = before.last().copied();
    if quoted {
        let item = before.strip_suffix(b",").unwrap_or(before).trim_ascii_end();
        return on_new_line || item.ends_with(b"}");
    }
    match nest.innermost() {
        Some(b'{') => matches!(last, Some(b'}' | b',')) || on_new_line && last != Some(b':'),
        _ => on_new_line && !matches!(last, Some(b'[' | b',')),
    }
}

/// Whether nothing that could follow would make JSON of it.
fn is_broken(begun: &[u8], wanted: Wanted) -> bool {
    let read = match wanted {
        Wanted::EndOfPage => serde_json::from_slice::<IgnoredAny>(&[PAGE, begun].concat()),
        Wanted::End | Wanted::EndOrList => serde_json::from_slice::<IgnoredAny>(begun),
    };
    read.is_err_and(|error| !error.is_eof())
}

/// The place after the `[`, if the string that begins at `at` is the key `items` of a list.
fn list_of_items(text: &[u8], at: usize) -> Option<usize> {
    let value = text[at..].strip_prefix(b"\"items\"")?.trim_ascii_start().strip_prefix(b":")?;
    let list = value.trim_ascii_start().strip_prefix(b"[")?;
    Some(text.len() - list.len())
}

/// The brackets that are open.
#[derive(Debug, Default)]
struct Nest {
    open: Vec<u8>,
    /// How many more there are.
    deeper: usize,
}

impl Nest {
    fn depth(&self) -> usize {
        self.open.len() + self.deeper
    }

    fn innermost(&self) -> Option<u8> {
        self.open.last().copied()
    }

    fn open(&mut self, bracket: u8) {
        if self.open.len() < DEEPEST {
            self.open.push(bracket);
        } else {
            self.deeper += 1;
        }
    }

    /// Closes the innermost bracket of this kind and what was left open in it; whether there was one.
    fn close(&mut self, bracket: u8) -> bool {
        if self.deeper > 0 {
            self.deeper -= 1;
            return true;
        }
        let opening = if bracket == b'}' { b'{' } else { b'[' };
        let place = self.open.iter().rposition(|open| *open == opening);
        if let Some(place) = place {
            self.open.truncate(place);
        }
        place.is_some()
    }
}

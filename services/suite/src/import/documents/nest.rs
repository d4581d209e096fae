//! Owns where an object or array of JSON ends, by its brackets and quotes. Never whether it is JSON.

use serde::de::IgnoredAny;

/// Deepest nesting whose brackets are told apart; what is deeper is only counted. No reader takes more.
const DEEPEST: usize = 128;
/// How often an object is asked whether another one begins in it. The answer is no when a text has brackets like that.
const DOUBTS: usize = 16;
/// Keys of the lists of pages: of a page itself, and of its object `data`.
const LISTS: [&str; 6] = ["items", "data", "collector", "itemList", "item_list", "aweme_list"];
const LISTS_OF_DATA: [&str; 2] = ["videos", "comments"];

/// How an object or array ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Before this place, with its closing bracket.
    Closed(usize),
    /// Before this place, where a `]` stands that closes what is around it.
    Within(usize),
    /// Before this place, where an object begins that cannot belong to it.
    Restart(usize),
    /// Not yet: a list of items begins at this place, in so many objects, its `[` behind it.
    List {
        /// Its first byte.
        list: usize,
        /// 1, or 2 in `data`.
        depth: usize,
    },
    /// Not at all: the text ends.
    Open,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The end of a value that begins here.
    End,
    /// The same, or its list of items.
    EndOrList,
    /// The end of so many objects whose list of items ended here.
    EndOfPage(usize),
}

/// Finds how a value ends that begins at `start`, an opening bracket, or a page whose list ended there. `inside` says that a list
/// is around it.
pub(super) fn end_of(text: &[u8], start: usize, wanted: Wanted, inside: bool) -> Ended {
    let mut nest = Nest::default();
    if let Wanted::EndOfPage(depth) = wanted {
        (0..depth).for_each(|_| nest.open(b'{'));
    }
    let mut in_data = false;
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
                if quoted && wanted == Wanted::EndOrList {
                    let (depth, keys) = (nest.depth(), if in_data { &LISTS_OF_DATA[..] } else { &[] });
                    let keys = if depth == 1 { &LISTS[..] } else { keys };
                    let list = keys.iter().find_map(|key| value_of(text, at, key, b"["));
                    if let Some(list) = list.filter(|_| depth <= 2) {
                        return Ended::List { list, depth };
                    }
                    in_data = if depth == 1 { value_of(text, at, "data", b"{").is_some() } else { in_data };
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
    let before = match wanted {
        Wanted::EndOfPage(depth) => format!("{}\"items\":[]", "{\"data\":".repeat(depth - 1) + "{"),
        Wanted::End | Wanted::EndOrList => String::new(),
    };
    let read = serde_json::from_slice::<IgnoredAny>(&[before.as_bytes(), begun].concat());
    read.is_err_and(|error| !error.is_eof())
}

/// The place after the opening bracket, if the string that begins at `at` is this key of a list or an object.
fn value_of(text: &[u8], at: usize, key: &str, bracket: &[u8]) -> Option<usize> {
    let quoted = text[at + 1..].strip_prefix(key.as_bytes())?.strip_prefix(b"\"")?;
    let value = quoted.trim_ascii_start().strip_prefix(b":")?;
    let inside = value.trim_ascii_start().strip_prefix(bracket)?;
    Some(text.len() - inside.len())
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

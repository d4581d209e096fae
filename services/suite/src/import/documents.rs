//! Owns files of JSON: which documents, pages and items are in them, one row for what each yields. Goes on after what is broken.
//! Never what an item says.

use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::items::{Items, Row};
use super::problem::Problem;
use super::records::RECORD_LIMIT;

use place::{Lines, Place};
use split::{Piece, Splitter};

mod nest;
mod place;
mod split;

/// How much of what is too long is kept to be shown, in bytes.
const KEPT: usize = 200;

/// Knows what documents say.
pub(super) trait Meaning {
    /// Whether an object with a list under `items`, `data` or the like is a page of that list.
    fn has_pages(&self) -> bool;
    /// What a document or an item yields; `kind` is what its page says of its items.
    fn read(&self, value: Value, kind: &str) -> Vec<Part>;
    /// What would be accepted, for what is no page: ends with `why`.
    fn accepted(&self, why: &str) -> String;
}

/// What a part of a document yields.
#[derive(Debug)]
pub(super) struct Part {
    /// Where it stands in the document; ends with a dot, or is empty.
    pub(super) path: String,
    /// What can be imported in its place; none for the document as it stands.
    pub(super) raw: Option<Vec<u8>>,
    pub(super) content: Result<Items, Vec<Problem>>,
}

/// A response without its items.
#[derive(Debug, Default, Deserialize)]
struct Envelope {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    error: Option<Value>,
}

/// A response whose items are being collected: what it is may stand behind them.
struct Page {
    place: Place,
    /// Where its list begins.
    list: usize,
    /// In how many objects.
    depth: usize,
    pieces: Vec<Piece>,
}

/// Reads a text of one or more documents that begins on this line of its file. What is broken is a row, too, and the next item
/// goes on.
pub(super) fn read(text: &[u8], line: u64, meaning: &dyn Meaning) -> Vec<Row> {
    let mut reader = Reader { text, rows: Vec::new(), meaning, lines: Lines::new(text, line) };
    let mut page: Option<Page> = None;
    for piece in Splitter::new(text, meaning.has_pages()) {
        match (piece, &mut page) {
            (Piece::Page { start, list, depth }, _) => {
                page = Some(Page { place: reader.lines.reach(start), list, depth, pieces: Vec::new() });
            }
            (Piece::PageEnd(rest), _) => {
                if let Some(page) = page.take() {
                    reader.page(&page, rest);
                }
            }
            (piece, Some(page)) => page.pieces.push(piece),
            (piece, None) => reader.piece(&piece, None),
        }
    }
    reader.rows
}

/// Whether an answer says that it is an error: TikTok's answers always have one, whose code may be `ok`.
pub(super) fn is_error(error: &Value) -> bool {
    !error.is_null() && error.get("code").and_then(Value::as_str) != Some("ok")
}

struct Reader<'a> {
    text: &'a [u8],
    rows: Vec<Row>,
    meaning: &'a dyn Meaning,
    lines: Lines<'a>,
}

impl Reader<'_> {
    /// Reads the items of a page; `rest` is what stands in it after its list.
    fn page(&mut self, page: &Page, rest: Option<Range<usize>>) {
        let head = &self.text[page.place.at..page.list];
        let whole = page.place.at..rest.as_ref().map_or(page.list, |rest| rest.end);
        let envelope = rest.as_ref().map(|rest| [head, b"]", &self.text[rest.clone()]].concat());
        let read = envelope.as_ref().map(|text| serde_json::from_slice::<Envelope>(text));
        let known = match &read {
            Some(Ok(Envelope { error: Some(error), .. })) if is_error(error) => {
                return self.refuse(page.place, &whole, "the API's answer is an error");
            }
            Some(Ok(Envelope { kind, .. })) => kind.clone(),
            Some(Err(error)) if error.is_data() => return self.refuse(page.place, &whole, "it is not a response"),
            Some(Err(_)) | None => {
                let begun = [head, b"]", "}".repeat(page.depth).as_bytes()].concat();
                serde_json::from_slice::<Envelope>(&begun).ok().and_then(|envelope| envelope.kind)
            }
        };
        let kind = known.unwrap_or_default();
        for (index, piece) in page.pieces.iter().enumerate() {
            self.piece(piece, Some((&kind, index)));
        }
        if let (Some(rest), Some(envelope), Some(Err(error))) = (rest, envelope, read) {
            let offset = place::of_error(&envelope, &error);
            let at = match offset.checked_sub(head.len() + 1) {
                Some(behind) => rest.start + behind,
                None => page.place.at + offset,
            };
            let (line, column) = self.lines.line_and_column(page.place, at);
            let accepted = format!(
                "a response that is JSON around its items, too; at line {line}, column {column}: {}",
                place::words_of(&error)
            );
            let problem = Problem::of_row("MALFORMED_JSON", &shown(&envelope), accepted);
            self.push(page.place, rest.end, kept(&envelope), Err(vec![problem]));
        }
    }

    /// Reads a piece; `list` is the kind of its response and where it stands in that.
    fn piece(&mut self, piece: &Piece, list: Option<(&str, usize)>) {
        match piece {
            Piece::Document(span) | Piece::Item(span) => self.value(span, list),
            Piece::Broken(span) => self.broken(span),
            Piece::Cut(span) => self.cut(span),
            Piece::Page { .. } | Piece::PageEnd(_) => {}
        }
    }

    fn value(&mut self, span: &Range<usize>, list: Option<(&str, usize)>) {
        let raw = &self.text[span.clone()];
        if raw.len() > RECORD_LIMIT {
            return self.broken(span);
        }
        match (serde_json::from_slice::<Value>(raw), list) {
            (Ok(value), Some((kind, index))) => self.item(span, value, kind, &format!("items[{index}].")),
            (Ok(value), None) => self.item(span, value, "", ""),
            (Err(_), _) => self.broken(span),
        }
    }

    /// Reads a document or an item; `kind` is that of its page and `path` where it stands in that.
    fn item(&mut self, span: &Range<usize>, value: Value, kind: &str, path: &str) {
        let place = self.lines.reach(span.start);
        for mut part in self.meaning.read(value, kind) {
            for problem in part.content.as_mut().err().into_iter().flatten() {
                problem.field.insert_str(0, &part.path);
                problem.field.insert_str(0, path);
            }
            let raw = part.raw.unwrap_or_else(|| kept(&self.text[span.clone()]));
            self.push(place, span.end, raw, part.content);
        }
    }

    fn refuse(&mut self, place: Place, span: &Range<usize>, why: &str) {
        let raw = &self.text[span.clone()];
        let accepted = self.meaning.accepted(why);
        let problem = Problem::of_row("NOT_IMPORTABLE", &shown(raw), accepted);
        self.push(place, span.end, kept(raw), Err(vec![problem]));
    }

    /// Rejects what is no JSON or too long.
    fn broken(&mut self, span: &Range<usize>) {
        let raw = &self.text[span.clone()];
        let place = self.lines.reach(span.start);
        let (reason, accepted) = if raw.len() > RECORD_LIMIT {
            let accepted = format!("items of up to {RECORD_LIMIT} bytes; this one has {}", raw.len());
            ("RECORD_TOO_LONG", accepted)
        } else if let Err(error) = std::str::from_utf8(raw) {
            let (line, column) = self.lines.line_and_column(place, span.start + error.valid_up_to());
            let byte = raw.get(error.valid_up_to()).copied().unwrap_or_default();
            ("INVALID_UTF8", format!("text in UTF-8; at line {line}, column {column} is the byte {byte:02X}"))
        } else {
            ("MALFORMED_JSON", self.broken_at(place, raw))
        };
        let problem = Problem::of_row(reason, &shown(raw), accepted);
        self.push(place, span.end, kept(raw), Err(vec![problem]));
    }

    fn broken_at(&self, place: Place, raw: &[u8]) -> String {
        let (offset, words) = match serde_json::from_slice::<Value>(raw) {
            Err(error) if error.is_eof() => (raw.len(), "it is not closed".to_owned()),
            Err(error) => (place::of_error(raw, &error), place::words_of(&error)),
            Ok(_) => (0, "it is no item".to_owned()),
        };
        let (line, column) = self.lines.line_and_column(place, place.at + offset);
        format!("JSON; at line {line}, column {column}: {words}")
    }

    /// Rejects what the file breaks off in. What is broken before that is told instead.
    fn cut(&mut self, span: &Range<usize>) {
        let raw = &self.text[span.clone()];
        let place = self.lines.reach(span.start);
        let read = serde_json::from_slice::<IgnoredAny>(raw);
        let begins_value = matches!(raw, [b'{' | b'[' | b'"', ..]);
        let (reason, accepted) = match read {
            Err(error) if begins_value && !place::is_at_end(raw, &error) => {
                ("MALFORMED_JSON", format!("{}; the file ends before it is closed", self.broken_at(place, raw)))
            }
            read => {
                let (line, column) = self.lines.line_and_column(place, span.end);
                let within = match read {
                    Err(error) if begins_value => place::words_of(&error),
                    _ => "the list or object around it is not closed".to_owned(),
                };
                ("TRUNCATED_JSON", format!("a whole file; it breaks off at line {line}, column {column}: {within}"))
            }
        };
        let problem = Problem::of_row(reason, &shown(raw), accepted);
        self.push(place, span.end, kept(raw), Err(vec![problem]));
    }

    fn push(&mut self, place: Place, end: usize, raw: Vec<u8>, content: Result<Items, Vec<Problem>>) {
        let ordinal = self.rows.len() as u64 + 1;
        self.rows.push(Row { ordinal, line: place.line, end: end as u64, raw, content });
    }
}

/// The beginning, for people.
fn shown(raw: &[u8]) -> String {
    String::from_utf8_lossy(&raw[..raw.len().min(2 * KEPT)]).into_owned()
}

/// What is kept of a rejected text: all of it, or the beginning when it is too long.
fn kept(raw: &[u8]) -> Vec<u8> {
    let length = if raw.len() > RECORD_LIMIT { KEPT } else { raw.len() };
    raw[..length].to_vec()
}

#[cfg(test)]
#[path = "documents/tests.rs"]
mod tests;

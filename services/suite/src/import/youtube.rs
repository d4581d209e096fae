//! Owns the JSON of the YouTube Data API v3: which items are in a file and which of them can be imported. Never one item's fields.

use serde::Deserialize;
use serde_json::value::RawValue;

use jiff::Timestamp;

use super::items::Row;
use super::problem::Problem;

mod item;

/// A response, or one resource that stands alone.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(default)]
    kind: Option<String>,
    #[serde(borrow, default)]
    items: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// What is needed to know what an item is.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    kind: Option<String>,
}

/// Reads a file of one or more documents. An item is a row; a document that is no JSON is one, too.
pub(super) fn read(text: &[u8], observed_at: Timestamp, now: Timestamp) -> Vec<Row> {
    let mut reader = Reader { text, rows: Vec::new(), observed_at, now, lines: (0, 1) };
    let mut start = text.len() - text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text).len();
    while let Some(length) = text[start..].iter().position(|byte| !byte.is_ascii_whitespace()) {
        start += length;
        let mut documents = serde_json::Deserializer::from_slice(&text[start..]).into_iter::<&RawValue>();
        start = match documents.next() {
            Some(Ok(document)) => {
                let end = start + documents.byte_offset();
                reader.document(document);
                end
            }
            Some(Err(error)) => reader.broken(start, &error),
            None => text.len(),
        };
    }
    reader.rows
}

struct Reader<'a> {
    text: &'a [u8],
    rows: Vec<Row>,
    observed_at: Timestamp,
    now: Timestamp,
    /// A place and its line, so that lines are counted once.
    lines: (usize, u64),
}

impl<'a> Reader<'a> {
    fn document(&mut self, raw: &'a RawValue) {
        let read: Result<Document<'a>, _> = serde_json::from_str(raw.get());
        match read {
            Ok(Document { error: Some(_), .. }) => self.refuse(raw, "the API's answer is an error"),
            Ok(Document { kind, items: Some(items), .. }) => {
                let kind = kind.unwrap_or_default();
                for (place, item) in items.into_iter().enumerate() {
                    self.item(item, &kind, &format!("items[{place}]."));
                }
            }
            Ok(Document { kind: Some(kind), .. }) if kind.ends_with("ListResponse") => {}
            Ok(Document { .. }) => self.item(raw, "", ""),
            Err(_) if raw.get().starts_with('[') => match serde_json::from_str::<Vec<&'a RawValue>>(raw.get()) {
                Ok(documents) => documents.into_iter().for_each(|document| self.document(document)),
                Err(_) => self.refuse(raw, "it is not a response"),
            },
            Err(_) => self.refuse(raw, "it is not a response"),
        }
    }

    /// Reads an item; `list` is the kind of its response and `path` where it stands in that.
    fn item(&mut self, raw: &'a RawValue, list: &str, path: &str) {
        let own = serde_json::from_str::<Named>(raw.get()).ok().and_then(|named| named.kind);
        let kind = own.unwrap_or_else(|| list.replace("ListResponse", "").replace("Response", ""));
        let mut content = match kind.as_str() {
            "youtube#channel" => item::channel(raw.get(), self.observed_at, self.now),
            "youtube#video" => item::video(raw.get(), self.observed_at, self.now),
            _ => Err(vec![not_importable(&kind)]),
        };
        for problem in content.as_mut().err().into_iter().flatten() {
            problem.field.insert_str(0, path);
        }
        self.push(raw.get(), content);
    }

    fn refuse(&mut self, raw: &'a RawValue, why: &str) {
        let accepted = format!("responses of channels.list and videos.list, or their items; {why}");
        self.push(raw.get(), Err(vec![Problem::of_row("NOT_IMPORTABLE", raw.get(), accepted)]));
    }

    fn push(&mut self, raw: &'a str, content: Result<super::items::Items, Vec<Problem>>) {
        let place = raw.as_ptr() as usize - self.text.as_ptr() as usize;
        let ordinal = self.rows.len() as u64 + 1;
        let line = self.line_of(place);
        self.rows.push(Row { ordinal, line, end: (place + raw.len()) as u64, raw: raw.as_bytes().to_vec(), content });
    }

    /// Rejects what is no JSON up to the next line that begins a document; answers with that place.
    fn broken(&mut self, start: usize, error: &serde_json::Error) -> usize {
        let rest = &self.text[start..];
        let length =
            rest.windows(2).position(|pair| matches!(pair, b"\n{" | b"\n[")).map_or(rest.len(), |place| place + 1);
        let line = self.line_of(start);
        let raw = rest[..length].trim_ascii_end().to_vec();
        let shown = String::from_utf8_lossy(&raw[..raw.len().min(400)]).into_owned();
        let place = if error.line() == 0 { line } else { line + error.line() as u64 - 1 };
        let accepted = format!("JSON in UTF-8; it breaks off at line {place}, column {}: {error}", error.column());
        let ordinal = self.rows.len() as u64 + 1;
        let content = Err(vec![Problem::of_row("MALFORMED_JSON", &shown, accepted)]);
        self.rows.push(Row { ordinal, line, end: (start + length) as u64, raw, content });
        start + length
    }

    fn line_of(&mut self, place: usize) -> u64 {
        let (known, line) = if self.lines.0 <= place { self.lines } else { (0, 1) };
        let breaks = self.text[known..place].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.lines = (place, line + breaks);
        self.lines.1
    }
}

fn not_importable(kind: &str) -> Problem {
    let why = match kind {
        "youtube#searchResult" => "a search result has no counts; ask videos.list for its ids",
        "youtube#playlistItem" | "youtube#playlist" => "a playlist has no counts of posts; ask videos.list for its ids",
        "youtube#comment" | "youtube#commentThread" => "comments are not part of this import",
        "" => "the item has no `kind`",
        _ => "it says nothing about a creator or a post",
    };
    let accepted = format!("items of kind youtube#channel and youtube#video; {why}");
    Problem::of_field("kind", "NOT_IMPORTABLE", kind, accepted)
}

#[cfg(test)]
#[path = "youtube/tests.rs"]
mod tests;

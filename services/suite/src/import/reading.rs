//! Owns the rows of one input whatever its form: tables, JSON, JSON by lines, Parquet. Never opens a file by name and never sends
//! anything.

use std::collections::VecDeque;
use std::io::{self, Read};

use serde_json::Value;

use super::documents::{self, Meaning, Part};
use super::items::Row;
use super::mapping::Mapping;
use super::parquet::ParquetRows;
use super::problem::{Problem, Refusal, cut};
use super::records::RECORD_LIMIT;
use super::rows::{Record, RowReader};
use super::table::Table;
use super::values;

/// How much is asked for at a time, in bytes.
const CHUNK: usize = 64 << 10;
/// How much of a line that is too long is kept to be shown, in bytes.
const KEPT: usize = 200;

/// The rows of an input.
pub(super) enum Rows<'a> {
    Table(Box<Table<'a>>),
    /// Of JSON that was read as a whole.
    Items(VecDeque<Row>),
    /// Of JSON with a document a line.
    Lines(Box<Lines<'a>>),
    Parquet(Box<ParquetRows<'a>>),
}

impl Rows<'_> {
    /// The next row; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Row>> {
        match self {
            Self::Table(table) => table.next(),
            Self::Items(items) => Ok(items.pop_front()),
            Self::Lines(lines) => lines.next(),
            Self::Parquet(rows) => Ok(rows.next()),
        }
    }

    /// A problem of the first row when nothing can be imported, as far as that can be told without reading on.
    pub(super) fn nothing_fits(&mut self) -> io::Result<Option<Problem>> {
        let rows: Vec<&Row> = match self {
            Self::Items(items) => items.iter().collect(),
            Self::Lines(lines) => {
                if let Some(first) = lines.next()? {
                    lines.ready.push_front(first);
                }
                lines.ready.iter().take(1).collect()
            }
            Self::Table(_) | Self::Parquet(_) => return Ok(None),
        };
        let unfit = |row: &&Row| match &row.content {
            Err(problems) => problems.first().filter(|problem| problem.reason == "NOT_IMPORTABLE").cloned(),
            Ok(_) => None,
        };
        let problems: Option<Vec<Problem>> = rows.iter().map(unfit).collect();
        Ok(problems.and_then(|problems| problems.into_iter().next()))
    }

    /// Adds the column to a problem that the service found.
    pub(super) fn locate(&self, problem: &mut Problem) {
        if let Self::Table(table) = self {
            table.locate(problem);
        }
    }
}

/// JSON by lines: in memory is one line only.
pub(super) struct Lines<'a> {
    input: Box<dyn Read>,
    meaning: Box<dyn Meaning + 'a>,
    buffer: Vec<u8>,
    start: usize,
    at_end: bool,
    line: u64,
    offset: u64,
    ordinal: u64,
    ready: VecDeque<Row>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(input: Box<dyn Read>, meaning: Box<dyn Meaning + 'a>) -> Self {
        let (buffer, ready) = (Vec::new(), VecDeque::new());
        Self { input, meaning, buffer, start: 0, at_end: false, line: 0, offset: 0, ordinal: 0, ready }
    }

    fn next(&mut self) -> io::Result<Option<Row>> {
        while self.ready.is_empty() {
            let Some((length, whole)) = self.line()? else { return Ok(None) };
            self.line += 1;
            self.offset += length;
            let text = &self.buffer[self.start..];
            let rows = if whole {
                self.documents(&text[..usize::try_from(length).unwrap_or_default()])
            } else {
                let shown = String::from_utf8_lossy(&text[..text.len().min(KEPT)]).into_owned();
                self.start += text.len().min(KEPT);
                let accepted = format!("lines of up to {RECORD_LIMIT} bytes; this one has {length}");
                let content = Err(vec![Problem::of_row("RECORD_TOO_LONG", &shown, accepted)]);
                vec![Row { ordinal: 0, line: self.line, end: 0, raw: shown.into_bytes(), content }]
            };
            for mut row in rows {
                self.ordinal += 1;
                row.ordinal = self.ordinal;
                row.end = self.offset;
                self.ready.push_back(row);
            }
            if whole {
                self.start += usize::try_from(length).unwrap_or_default();
            }
        }
        Ok(self.ready.pop_front())
    }

    /// The rows of a line. A document that is not closed on its line is broken; only the last line may break off.
    fn documents(&self, line: &[u8]) -> Vec<Row> {
        let mut rows = documents::read(line.trim_ascii_end(), self.line, self.meaning.as_ref());
        let problems = rows.iter_mut().filter_map(|row| row.content.as_mut().err()).flatten();
        for problem in problems.filter(|problem| problem.reason == "TRUNCATED_JSON" && line.ends_with(b"\n")) {
            problem.reason = "MALFORMED_JSON".into();
            problem.accepted = problem.accepted.replace("a whole file", "a document that is closed on its line");
        }
        rows
    }

    /// The length of the next line with its end, and whether all of it lies in the buffer; what is too long is passed over, and
    /// its beginning lies there.
    fn line(&mut self) -> io::Result<Option<(u64, bool)>> {
        if self.start > CHUNK {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let mut seen = 0;
        let mut passed = 0_u64;
        loop {
            let rest = &self.buffer[self.start + seen..];
            if let Some(place) = rest.iter().position(|byte| *byte == b'\n') {
                let length = seen + place + 1;
                if passed == 0 {
                    return Ok(Some((length as u64, true)));
                }
                self.buffer.drain(self.start + KEPT..self.start + length);
                return Ok(Some((passed + (length - KEPT) as u64, false)));
            }
            seen += rest.len();
            if self.at_end {
                let length = passed + seen as u64;
                if passed > 0 {
                    self.buffer.truncate(self.start + KEPT);
                }
                return Ok((length > 0).then_some((length, passed == 0)));
            }
            if seen > RECORD_LIMIT {
                let keep = if passed == 0 { KEPT } else { KEPT.min(seen) };
                passed += (seen - keep) as u64;
                self.buffer.truncate(self.start + keep);
                seen = keep;
            }
            let read = (&mut self.input).take(CHUNK as u64).read_to_end(&mut self.buffer)?;
            self.at_end = read < CHUNK;
        }
    }
}

/// Reads documents by a mapping: a document is a row, its keys are columns.
pub(super) struct Mapped<'a> {
    pub(super) rows: RowReader<'a>,
    pub(super) columns: Vec<&'a str>,
}

impl Meaning for Mapped<'_> {
    fn has_pages(&self) -> bool {
        false
    }

    fn read(&self, value: Value, _: &str) -> Vec<Part> {
        let content = if value.is_object() {
            let values: Vec<Value> = self.columns.iter().map(|column| values::at(&value, column)).collect();
            self.rows.read(Record::Values(&values))
        } else {
            Err(vec![Problem::of_row("NOT_A_RECORD", &cut(&value.to_string()), self.accepted("this is none"))])
        };
        vec![Part { path: String::new(), raw: None, content }]
    }

    fn accepted(&self, why: &str) -> String {
        format!("an object whose keys are columns of the mapping; {why}")
    }
}

/// Finds out whether the first documents have the columns of a mapping. Answers with what the reader should know. Errors: none of
/// them has any.
pub(super) fn check_columns(head: &[u8], mapping: &Mapping) -> Result<Vec<String>, Refusal> {
    let seen = Seen::default();
    let rows = documents::read(head, 1, &seen).len();
    let known = seen.paths.into_inner();
    let wanted = mapping.columns();
    let has = |column: &&str| known.iter().any(|path| path == column || path.starts_with(&format!("{column}.")));
    if known.is_empty() || wanted.is_empty() {
        return Ok(Vec::new());
    }
    if !wanted.iter().any(&has) {
        return super::table::check_header(&known, &wanted).map(|()| Vec::new());
    }
    let absent: Vec<String> = wanted.iter().filter(|column| !has(column)).map(|column| format!("`{column}`")).collect();
    if absent.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![format!("none of the first {rows} documents has {}", absent.join(", "))])
}

/// Collects the paths of documents.
#[derive(Default)]
struct Seen {
    paths: std::cell::RefCell<Vec<String>>,
}

impl Meaning for Seen {
    fn has_pages(&self) -> bool {
        false
    }

    fn read(&self, value: Value, _: &str) -> Vec<Part> {
        let mut found = Vec::new();
        values::paths(&value, "", &mut found);
        let mut paths = self.paths.borrow_mut();
        for path in found {
            if !path.is_empty() && !paths.contains(&path) {
                paths.push(path);
            }
        }
        vec![Part { path: String::new(), raw: None, content: Err(Vec::new()) }]
    }

    fn accepted(&self, why: &str) -> String {
        why.to_owned()
    }
}

/// Whether a text has a document a line: the first line is an object by itself and the next one begins with one.
pub(super) fn is_by_lines(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
    first.trim_ascii_start().starts_with(b"{")
        && serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok()
        && second.trim_ascii_start().starts_with(b"{")
}

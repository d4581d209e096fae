//! Owns reading records in bounded memory: numbering, limits, and finding the way back after broken quotes. Never what a
//! cell means.

use std::io::{self, Read};

use super::problem::{Problem, cut};
use super::scan::{Cell, Dialect, Scanned};

/// Longest record, in bytes.
pub(super) const RECORD_LIMIT: usize = 8 << 20;
/// Fewest bytes asked for at a time.
const CHUNK: usize = 64 << 10;
/// How much of a record that is too long is kept to be shown, in bytes.
const KEPT: usize = 200;

/// A record, or a stretch of the file that is none.
#[derive(Debug)]
pub(super) struct Record<'a> {
    /// Its first line, from 1. Lines are what an editor shows: a line break in quotes counts.
    pub(super) line: u64,
    /// Where it begins, in bytes of the decoded text.
    pub(super) offset: u64,
    /// How many bytes belong to it, line break included.
    pub(super) length: u64,
    /// Its text without the line break; of a record that is too long only the beginning.
    pub(super) raw: &'a [u8],
    /// Its cells; empty when it has a fault.
    pub(super) cells: &'a [Cell],
    /// Why it cannot be used.
    pub(super) fault: Option<Problem>,
}

/// Reads records one after another.
pub(super) struct Records<R> {
    input: R,
    at_end: bool,
    buffer: Vec<u8>,
    /// Where the next record begins in `buffer`.
    start: usize,
    line: u64,
    offset: u64,
    dialect: Dialect,
    columns: Option<usize>,
    limit: usize,
    cells: Vec<Cell>,
}

/// What lies at a place of the buffer.
enum Found {
    Record { text: usize, end: usize },
    Broken(&'static str),
    TooLong,
    Nothing,
}

impl<R: Read> Records<R> {
    pub(super) fn new(input: R, dialect: Dialect) -> Self {
        Self::limited(input, dialect, RECORD_LIMIT)
    }

    fn limited(input: R, dialect: Dialect, limit: usize) -> Self {
        let (buffer, cells) = (Vec::new(), Vec::new());
        Self { input, at_end: false, buffer, start: 0, line: 1, offset: 0, dialect, columns: None, limit, cells }
    }

    /// From now on a record with another number of cells has a fault.
    pub(super) fn expect_columns(&mut self, columns: usize) {
        self.columns = Some(columns);
    }

    /// The next record that is not an empty line; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        loop {
            self.forget_what_was_read();
            return match self.find(0)? {
                Found::Nothing => Ok(None),
                Found::Record { text: 0, end } => {
                    self.line += self.lines(end);
                    self.offset += end as u64;
                    self.start += end;
                    continue;
                }
                Found::Record { text, end } if self.has_columns() => {
                    let fault = fault_of_text(&self.buffer[self.start..self.start + text], &self.cells);
                    Ok(Some(self.take(text, end, fault)))
                }
                Found::Record { text, end } if self.lines(text) == 0 => {
                    let fault = self.wrong_count();
                    Ok(Some(self.take(text, end, Some(fault))))
                }
                Found::Record { .. } => {
                    let fault = self.wrong_count();
                    self.take_broken(fault).map(Some)
                }
                Found::Broken(reason) => {
                    let accepted = "quotes around a whole cell, closed within the record; quotes inside doubled";
                    let shown = self.first_line();
                    self.take_broken(Problem::of_row(reason, &shown, accepted)).map(Some)
                }
                Found::TooLong => self.take_too_long().map(Some),
            };
        }
    }

    /// Rejects the first line and every line after it until one begins a record with the right number of cells.
    fn take_broken(&mut self, fault: Problem) -> io::Result<Record<'_>> {
        let mut end = self.line_end(0)?;
        while end < self.limit {
            match self.find(end)? {
                Found::Nothing | Found::TooLong => break,
                Found::Record { text, .. } if text > 0 && self.has_columns() => break,
                _ => end = self.line_end(end)?,
            }
        }
        let text = self.buffer[self.start..self.start + end].trim_ascii_end().len();
        Ok(self.take(text, end, Some(fault)))
    }

    /// Skips to the end of the line without keeping it.
    fn take_too_long(&mut self) -> io::Result<Record<'_>> {
        let terminator = self.dialect.terminator;
        let kept = self.buffer[self.start..].iter().take(KEPT).copied().collect::<Vec<_>>();
        let mut length = 0_u64;
        loop {
            let rest = &self.buffer[self.start..];
            if let Some(place) = rest.iter().position(|byte| *byte == terminator) {
                length += place as u64 + 1;
                self.start += place + 1;
                break;
            }
            length += rest.len() as u64;
            self.buffer.clear();
            self.start = 0;
            if self.at_end {
                break;
            }
            self.fill(CHUNK)?;
        }
        let shown = String::from_utf8_lossy(&kept);
        let accepted = format!("records of up to {} bytes; this one has {length}", self.limit);
        let fault = Problem::of_row("RECORD_TOO_LONG", &shown, accepted);
        let (line, offset) = (self.line, self.offset);
        self.line += 1;
        self.offset += length;
        // The bytes before `start` are read and free: the beginning of the record is kept there, to be borrowed from.
        self.buffer.splice(..self.start, kept.iter().copied());
        self.start = kept.len();
        Ok(Record { line, offset, length, raw: &self.buffer[..kept.len()], cells: &[], fault: Some(fault) })
    }

    fn take(&mut self, text: usize, end: usize, fault: Option<Problem>) -> Record<'_> {
        let (line, offset, start) = (self.line, self.offset, self.start);
        self.line += self.lines(end);
        self.offset += end as u64;
        self.start += end;
        let cells = if fault.is_none() { self.cells.as_slice() } else { &[] };
        Record { line, offset, length: end as u64, raw: &self.buffer[start..start + text], cells, fault }
    }

    /// Finds what lies `ahead` bytes after the next record's beginning; reads as much as that needs.
    fn find(&mut self, ahead: usize) -> io::Result<Found> {
        loop {
            let rest = &self.buffer[self.start + ahead..];
            if rest.is_empty() && self.at_end {
                return Ok(Found::Nothing);
            }
            let scanned = self.dialect.scan(rest, self.at_end, &mut self.cells);
            let too_long = rest.len() > self.limit;
            match scanned {
                Scanned::Record { text, end } if text <= self.limit => return Ok(Found::Record { text, end }),
                Scanned::BadQuote => return Ok(Found::Broken("BAD_QUOTE")),
                Scanned::OpenQuote if self.at_end || too_long => {
                    let within = &rest[..rest.len().min(self.limit)];
                    let breaks = within.contains(&self.dialect.terminator);
                    let broken = breaks || !too_long;
                    return Ok(if broken { Found::Broken("UNTERMINATED_QUOTE") } else { Found::TooLong });
                }
                Scanned::Record { .. } => return Ok(Found::TooLong),
                Scanned::More if too_long => return Ok(Found::TooLong),
                Scanned::OpenQuote | Scanned::More => {
                    let wanted = rest.len().max(CHUNK);
                    self.fill(wanted)?;
                }
            }
        }
    }

    /// Where the line ends that begins `ahead` bytes after the next record's beginning. Stops at twice the limit.
    fn line_end(&mut self, ahead: usize) -> io::Result<usize> {
        loop {
            let rest = &self.buffer[self.start + ahead..];
            if let Some(place) = rest.iter().position(|byte| *byte == self.dialect.terminator) {
                return Ok(ahead + place + 1);
            }
            if self.at_end || rest.len() > self.limit {
                return Ok(ahead + rest.len());
            }
            self.fill(CHUNK)?;
        }
    }

    fn has_columns(&self) -> bool {
        self.columns.is_none_or(|columns| columns == self.cells.len())
    }

    fn wrong_count(&self) -> Problem {
        let expected = self.columns.unwrap_or_default();
        let accepted = format!("{expected} columns as in the header; this record has {}", self.cells.len());
        Problem::of_row("COLUMN_COUNT", &self.first_line(), accepted)
    }

    fn first_line(&self) -> String {
        let rest = &self.buffer[self.start..];
        let shown = rest.split(|byte| *byte == self.dialect.terminator).next().unwrap_or_default();
        String::from_utf8_lossy(&shown[..shown.len().min(4 * KEPT)]).into_owned()
    }

    fn lines(&self, length: usize) -> u64 {
        let bytes = &self.buffer[self.start..self.start + length];
        bytes.iter().filter(|byte| **byte == self.dialect.terminator).count() as u64
    }

    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        let read = (&mut self.input).take(wanted as u64).read_to_end(&mut self.buffer)?;
        self.at_end = read < wanted;
        Ok(())
    }

    fn forget_what_was_read(&mut self) {
        if self.start >= self.buffer.len().div_ceil(2) {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
    }
}

/// Text that cannot be text: bytes that are no UTF-8, and NUL.
fn fault_of_text(raw: &[u8], cells: &[Cell]) -> Option<Problem> {
    let (reason, place, accepted) = match std::str::from_utf8(raw) {
        Err(error) => {
            let accepted = "text in the file's encoding; say `encoding` in the mapping if it is not UTF-8";
            ("INVALID_UTF8", error.valid_up_to(), accepted)
        }
        Ok(_) => ("NUL_BYTE", raw.iter().position(|byte| *byte == 0)?, "text without NUL bytes"),
    };
    let column =
        cells.iter().position(|cell| place < cell.end.max(cell.start + 1)).unwrap_or(cells.len().saturating_sub(1));
    let value = cells.get(column).and_then(|cell| raw.get(cell.start..cell.end)).unwrap_or_default();
    let mut fault = Problem::of_row(reason, &cut(&String::from_utf8_lossy(value)), accepted);
    fault.column = Some(column + 1);
    Some(fault)
}

#[cfg(test)]
#[path = "records/tests.rs"]
mod tests;

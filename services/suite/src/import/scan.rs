//! Owns where a CSV record ends and where its cells lie. Never reads and never judges what a cell says.

use std::borrow::Cow;

/// How a file separates its cells and records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Between cells.
    pub(super) delimiter: u8,
    /// After records: LF (with or without CR before it), or CR in files that have no LF at all.
    pub(super) terminator: u8,
}

/// Where a cell lies in its record, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    /// First byte.
    pub(super) start: usize,
    /// After the last byte.
    pub(super) end: usize,
    quoted: bool,
}

impl Cell {
    /// The cell's text with doubled quotes undone; empty when the cell does not lie in `record`.
    pub(super) fn text<'a>(&self, record: &'a str) -> Cow<'a, str> {
        let text = record.get(self.start..self.end).unwrap_or_default();
        if self.quoted && text.contains('"') { text.replace("\"\"", "\"").into() } else { text.into() }
    }
}

/// What was found at the beginning of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scanned {
    /// A record: `text` bytes long, `end` with what terminates it.
    Record {
        /// Length without the terminator.
        text: usize,
        /// Length with the terminator.
        end: usize,
    },
    /// The bytes end inside quotes.
    OpenQuote,
    /// The bytes end inside a record, outside quotes.
    More,
    /// A closing quote is followed by something else than a delimiter or the end of the record.
    BadQuote,
}

impl Dialect {
    /// Finds the first record of `bytes` and its cells. `at_end` says that nothing follows.
    pub(super) fn scan(self, bytes: &[u8], at_end: bool, cells: &mut Vec<Cell>) -> Scanned {
        cells.clear();
        let mut start = 0;
        loop {
            let found = if bytes.get(start) == Some(&b'"') {
                self.quoted(bytes, start + 1, at_end)
            } else {
                self.plain(bytes, start, at_end)
            };
            let (cell, after) = match found {
                Ok(found) => found,
                Err(unfinished) => return unfinished,
            };
            cells.push(cell);
            if bytes.get(after) == Some(&self.delimiter) {
                start = after + 1;
                continue;
            }
            let text = if self.terminator == b'\n' && bytes[..after].ends_with(b"\r") { after - 1 } else { after };
            if let Some(last) = cells.last_mut() {
                last.end = last.end.min(text);
            }
            return Scanned::Record { text, end: bytes.len().min(after + 1) };
        }
    }

    /// Answers with the cell and the place of the delimiter, the terminator or the end.
    fn plain(self, bytes: &[u8], start: usize, at_end: bool) -> Result<(Cell, usize), Scanned> {
        let stops = |byte: &u8| *byte == self.delimiter || *byte == self.terminator;
        let end = match bytes[start..].iter().position(stops) {
            Some(length) => start + length,
            None if at_end => bytes.len(),
            None => return Err(Scanned::More),
        };
        Ok((Cell { start, end, quoted: false }, end))
    }

    fn quoted(self, bytes: &[u8], start: usize, at_end: bool) -> Result<(Cell, usize), Scanned> {
        let mut from = start;
        loop {
            let Some(length) = bytes[from..].iter().position(|byte| *byte == b'"') else {
                return Err(Scanned::OpenQuote);
            };
            let end = from + length;
            let cell = Cell { start, end, quoted: true };
            match (bytes.get(end + 1), bytes.get(end + 2)) {
                (Some(b'"'), _) => from = end + 2,
                (Some(byte), _) if *byte == self.delimiter || *byte == self.terminator => return Ok((cell, end + 1)),
                (Some(b'\r'), Some(b'\n')) => return Ok((cell, end + 2)),
                (Some(b'\r'), None) if at_end => return Ok((cell, end + 2)),
                (None, _) if at_end => return Ok((cell, end + 1)),
                (None, _) | (Some(b'\r'), None) => return Err(Scanned::More),
                _ => return Err(Scanned::BadQuote),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Dialect = Dialect { delimiter: b',', terminator: b'\n' };

    fn cells(text: &str) -> (Scanned, Vec<String>) {
        let mut cells = Vec::new();
        let scanned = COMMA.scan(text.as_bytes(), true, &mut cells);
        (scanned, cells.iter().map(|cell| cell.text(text).into_owned()).collect())
    }

    #[test]
    fn cells_lie_where_the_standard_says() {
        for (text, expected) in [
            ("a,b\nc", vec!["a", "b"]),
            ("a,b\r\nc", vec!["a", "b"]),
            ("a,\n", vec!["a", ""]),
            ("a,", vec!["a", ""]),
            ("\"a\",\"b\"\r\n", vec!["a", "b"]),
            ("\"a\"\"b\",\"\"\n", vec!["a\"b", ""]),
            ("\"a\nb\rc\",d\n", vec!["a\nb\rc", "d"]),
            ("a\"b,c\n", vec!["a\"b", "c"]),
            ("a\rb,c\n", vec!["a\rb", "c"]),
            ("\"a\"", vec!["a"]),
            ("\"a\"\r", vec!["a"]),
        ] {
            let (scanned, found) = cells(text);
            assert!(matches!(scanned, Scanned::Record { .. }), "{text:?}: {scanned:?}");
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn quotes_that_do_not_close_properly_are_told_apart() {
        assert_eq!(cells("a,\"b").0, Scanned::OpenQuote);
        assert_eq!(cells("a,\"b\"c,d\n").0, Scanned::BadQuote);
        assert_eq!(COMMA.scan(b"a,b", false, &mut Vec::new()), Scanned::More);
    }
}

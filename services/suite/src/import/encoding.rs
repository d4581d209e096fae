//! Owns what the bytes of a file are: its kind by its first bytes, and its text as UTF-8. Never CSV or JSON.

use std::io::{self, Read};

use super::problem::Refusal;

/// A byte that never occurs in UTF-8: stands for what the file's encoding does not define, so that the row is rejected.
const UNDEFINED: u8 = 0xFF;
/// Windows-1252 from 0x80 to 0x9F; `\0` where it defines nothing.
const WINDOWS: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“', '”', '•',
    '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// How a file writes characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8; UTF-16 when the file begins with its byte order mark.
    Utf8,
    /// Windows-1252, which contains ISO 8859-1's letters.
    Windows1252,
}

impl Encoding {
    /// The text in this encoding; `?` for what it cannot write.
    pub(super) fn encode(self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Utf8 => text.to_vec(),
            Self::Windows1252 => String::from_utf8_lossy(text).chars().map(windows_byte).collect(),
        }
    }
}

fn windows_byte(character: char) -> u8 {
    if let Some(place) = WINDOWS.iter().position(|known| *known == character && character != '\0') {
        return 0x80 + place as u8;
    }
    match u32::from(character) {
        code @ (0..=0x7F | 0xA0..=0xFF) => code as u8,
        _ => b'?',
    }
}

/// Says why a file with these first bytes is no text that can be imported; `wanted` is what the command reads.
pub(super) fn refuse_what_is_no_text(head: &[u8], wanted: &'static str) -> Result<(), Refusal> {
    let reason = if wanted == "CSV" { "NOT_A_CSV" } else { "NOT_JSON" };
    let kinds: [(&[u8], &str); 8] = [
        (b"PK\x03\x04", "a spreadsheet (xlsx, ods) or a zip archive; export the sheet as CSV UTF-8"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old spreadsheet (xls); export the sheet as CSV UTF-8"),
        (b"\x1F\x8B", "packed with gzip twice; unpack it first"),
        (b"PAR1", "Parquet; `import csv --mapping` reads it"),
        (b"\x42\x5A\x68", "packed with bzip2, which is not read; unpack it first"),
        (b"%PDF", "a PDF"),
        (b"\x28\xB5\x2F\xFD", "compressed with zstd, which is not read yet; unpack it first"),
        (b"SQLite format 3\0", "an SQLite database; export the table as CSV"),
    ];
    if let Some((_, kind)) = kinds.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(Refusal::new(reason, format!("it is not {wanted} but {kind}")));
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    if text.is_empty() && head.len() < 64 {
        return Err(Refusal::new("EMPTY_FILE", "it has no content"));
    }
    if text.first() == Some(&b'<') {
        return Err(Refusal::new(reason, format!("it is not {wanted} but HTML or XML")));
    }
    let marked = head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF");
    let nulls = head.iter().filter(|byte| **byte == 0).count();
    if !marked && nulls * 4 > head.len() {
        let problem = "it looks like UTF-16 without a byte order mark or like a binary file; save it as UTF-8";
        return Err(Refusal::new(reason, problem));
    }
    let is_tar = head.get(257..262) == Some(b"ustar");
    if is_tar {
        return Err(Refusal::new(reason, format!("it is not {wanted} but a tar archive; unpack it first")));
    }
    if wanted == "JSON" && !marked && !matches!(text, [b'{' | b'[', ..]) {
        return Err(Refusal::new(reason, "it does not begin with `{`; `import csv --mapping` reads tables"));
    }
    Ok(())
}

/// Reads `input` as UTF-8 without a byte order mark. What the encoding does not define becomes a byte that UTF-8 does not have.
pub(super) fn decoded<'a>(mut input: impl Read + 'a, encoding: Encoding) -> io::Result<Box<dyn Read + 'a>> {
    let mut head = Vec::new();
    input.by_ref().take(3).read_to_end(&mut head)?;
    let rest = |skip: usize| io::Cursor::new(head[skip..].to_vec());
    Ok(match head.as_slice() {
        [0xEF, 0xBB, 0xBF] => Box::new(input),
        [0xFF, 0xFE, ..] => Box::new(Decoder::new(rest(2).chain(input), Form::Wide(u16::from_le_bytes))),
        [0xFE, 0xFF, ..] => Box::new(Decoder::new(rest(2).chain(input), Form::Wide(u16::from_be_bytes))),
        _ if encoding == Encoding::Windows1252 => Box::new(Decoder::new(rest(0).chain(input), Form::Windows)),
        _ => Box::new(rest(0).chain(input)),
    })
}

#[derive(Clone, Copy)]
enum Form {
    Wide(fn([u8; 2]) -> u16),
    Windows,
}

struct Decoder<R> {
    input: R,
    form: Form,
    /// A first surrogate that waits for its second.
    high: Option<u16>,
    ready: Vec<u8>,
    given: usize,
}

impl<R: Read> Decoder<R> {
    fn new(input: R, form: Form) -> Self {
        Self { input, form, high: None, ready: Vec::new(), given: 0 }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        let mut bytes = Vec::new();
        self.input.by_ref().take(64 << 10).read_to_end(&mut bytes)?;
        match self.form {
            Form::Windows => bytes.iter().for_each(|byte| self.push_windows(*byte)),
            Form::Wide(join) => {
                for pair in bytes.chunks(2) {
                    match pair {
                        [first, second] => self.push_wide(join([*first, *second])),
                        _ => self.ready.push(UNDEFINED),
                    }
                }
                if bytes.is_empty() && self.high.take().is_some() {
                    self.ready.push(UNDEFINED);
                }
            }
        }
        Ok(())
    }

    fn push_windows(&mut self, byte: u8) {
        match byte {
            0x80..=0x9F => match WINDOWS[usize::from(byte - 0x80)] {
                '\0' => self.ready.push(UNDEFINED),
                character => self.push(character),
            },
            _ => self.push(char::from(byte)),
        }
    }

    fn push_wide(&mut self, unit: u16) {
        let pending = self.high.take();
        if pending.is_none() && (0xD800..0xDC00).contains(&unit) {
            self.high = Some(unit);
            return;
        }
        for decoded in char::decode_utf16(pending.into_iter().chain([unit])) {
            match decoded {
                Ok(character) => self.push(character),
                Err(_) => self.ready.push(UNDEFINED),
            }
        }
    }

    fn push(&mut self, character: char) {
        self.ready.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            self.refill()?;
            // A lone first surrogate at the end of a chunk leaves nothing ready although the input goes on.
            if self.ready.is_empty() && self.high.is_some() {
                self.refill()?;
            }
        }
        let count = out.len().min(self.ready.len() - self.given);
        out[..count].copy_from_slice(&self.ready[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
        let mut out = Vec::new();
        decoded(bytes, encoding).and_then(|mut input| input.read_to_end(&mut out)).expect("a slice can be read");
        out
    }

    #[test]
    fn every_encoding_comes_out_as_utf8_without_a_mark() {
        assert_eq!(text("\u{feff}é".as_bytes(), Encoding::Utf8), "é".as_bytes());
        assert_eq!(text(b"a", Encoding::Utf8), b"a");
        assert_eq!(text(b"", Encoding::Utf8), b"");
        assert_eq!(text(b"caf\xe9 \x80\x81", Encoding::Windows1252), b"caf\xc3\xa9 \xe2\x82\xac\xff");
        assert_eq!(text(b"\xff\xfea\0\x3d\xd8\x00\xde", Encoding::Utf8), "a😀".as_bytes());
        assert_eq!(text(b"\xfe\xff\0a\xd8\x3d", Encoding::Utf8), b"a\xff");
    }

    #[test]
    fn windows_text_is_written_back_as_it_was() {
        assert_eq!(Encoding::Windows1252.encode("café €".as_bytes()), b"caf\xe9 \x80");
    }

    #[test]
    fn files_that_are_no_tables_are_told_what_they_are() {
        for (head, reason, word) in [
            (&b"PK\x03\x04rest"[..], "NOT_A_CSV", "spreadsheet"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "NOT_A_CSV", "xls"),
            (b"\x1f\x8b\x08", "NOT_A_CSV", "twice"),
            (b"", "EMPTY_FILE", "no content"),
            (b"\xEF\xBB\xBF", "EMPTY_FILE", "no content"),
            (b"<html>", "NOT_A_CSV", "HTML"),
            (b"a\0,\0b\0\n\0", "NOT_A_CSV", "UTF-16"),
        ] {
            let refusal = refuse_what_is_no_text(head, "CSV").expect_err("refused");
            assert_eq!(refusal.reason, reason, "{head:?}");
            assert!(refusal.problems[0].contains(word), "{refusal:?}");
        }
        assert_eq!(refuse_what_is_no_text(b"id,views\n", "CSV"), Ok(()));
        assert_eq!(refuse_what_is_no_text(b"id,views\n", "JSON").expect_err("refused").reason, "NOT_JSON");
    }
}

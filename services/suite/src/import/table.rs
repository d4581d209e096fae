//! Owns opening a CSV file with a mapping: its dialect, its header, the files it looks things up in, its rows. Never sends
//! anything.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use jiff::Timestamp;

use super::encoding::{Encoding, decoded};
use super::items::Row;
use super::mapping::{Lookup, Mapping};
use super::problem::{Problem, Refusal, cut};
use super::records::Records;
use super::rows::{Record, RowReader, Translations};
use super::scan::Dialect;
use super::source::{Damage, Source, unreadable};

/// How much of a file is looked at to find out its dialect, in bytes.
const HEAD: u64 = 64 << 10;
/// Most entries of a lookup file.
const LOOKUP_LIMIT: usize = 1_000_000;
/// What may stand between cells, the likeliest first.
const DELIMITERS: [(u8, &str); 4] = [(b',', "comma"), (b'\t', "tab"), (b';', "semicolon"), (b'|', "pipe")];

/// A table that is being read.
pub(super) struct Table<'a> {
    records: Records<Box<dyn Read>>,
    rows: RowReader<'a>,
    ordinal: u64,
    /// The header line, verbatim.
    pub(super) header: Vec<u8>,
    /// The names of its columns.
    pub(super) columns: Vec<String>,
    /// Between cells.
    pub(super) delimiter: u8,
    /// What the reader should know.
    pub(super) notes: Vec<String>,
    damage: Damage,
}

impl<'a> Table<'a> {
    /// Opens a table. `observed_at` is for rows that do not say when they were read. Errors: everything that keeps the file from
    /// being read.
    pub(super) fn open(
        text: Box<dyn Read>,
        source: &Source,
        mapping: &'a Mapping,
        observed_at: Timestamp,
        now: Timestamp,
        damage: Damage,
    ) -> Result<Self, Refusal> {
        let opened = Opened::new(text, mapping.delimiter, &mapping.columns())?;
        let mut notes = Vec::new();
        let stated = mapping.delimiter.unwrap_or(b',');
        if opened.delimiter != stated {
            notes.push(format!("the cells are separated by {}, as the header shows", name_of(opened.delimiter)));
        }
        let translations = translations(mapping, source)?;
        let places: HashMap<&str, usize> =
            opened.columns.iter().enumerate().rev().map(|(place, name)| (name.as_str(), place)).collect();
        let rows = RowReader::new(mapping, &places, translations, observed_at, now);
        let Opened { records, header, columns, delimiter } = opened;
        Ok(Self { records, rows, ordinal: 0, header, columns, delimiter, notes, damage })
    }

    /// The next row; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Row>> {
        let Some(record) = self.records.next()? else { return Ok(None) };
        self.ordinal += 1;
        let is_cut = record.raw.len() as u64 == record.length && self.damage.borrow().is_some();
        let content = match (record.fault, std::str::from_utf8(record.raw)) {
            (None, Ok(text)) if is_cut => {
                let accepted = "a whole row; the file is damaged behind this place";
                Err(vec![Problem::of_row("TRUNCATED_ROW", text, accepted)])
            }
            (Some(mut fault), _) => {
                let name = fault.column.and_then(|column| self.columns.get(column - 1));
                fault.header = name.cloned().unwrap_or_default();
                Err(vec![fault])
            }
            (None, Ok(text)) => self.rows.read(Record::Cells(text, record.cells)),
            (None, Err(_)) => Err(vec![Problem::of_row("INVALID_UTF8", "", "UTF-8")]),
        };
        let end = record.offset + record.length;
        Ok(Some(Row { ordinal: self.ordinal, line: record.line, end, raw: record.raw.to_vec(), content }))
    }

    /// Adds the column to a problem that the service found; its field is a path in the item that was sent.
    pub(super) fn locate(&self, problem: &mut Problem) {
        let known = ["counts.", "account.", "post."].iter().find_map(|table| {
            let key = problem.field.rsplit('.').next().unwrap_or_default().split('[').next().unwrap_or_default();
            let key = if key == "name" { "id" } else { key };
            self.rows.column_of(&format!("{table}{key}"))
        });
        let observed = || problem.field.ends_with("observe_time").then(|| self.rows.column_of("observed_at")).flatten();
        let place = known.or_else(observed);
        problem.column = place.map(|place| place + 1);
        problem.header = place.and_then(|place| self.columns.get(place)).cloned().unwrap_or_default();
    }
}

struct Opened {
    records: Records<Box<dyn Read>>,
    header: Vec<u8>,
    columns: Vec<String>,
    delimiter: u8,
}

impl Opened {
    /// Begins to read a text and checks that its header has `wanted`.
    fn new(mut input: Box<dyn Read>, stated: Option<u8>, wanted: &[&str]) -> Result<Self, Refusal> {
        let mut head = Vec::new();
        input.by_ref().take(HEAD).read_to_end(&mut head).map_err(unreadable)?;
        let terminator = if !head.contains(&b'\n') && head.contains(&b'\r') { b'\r' } else { b'\n' };
        let delimiter = likeliest(&head, terminator, stated, wanted);
        let dialect = Dialect { delimiter, terminator };
        let mut records = Records::new(Box::new(Cursor::new(head).chain(input)) as Box<dyn Read>, dialect);
        let Some(first) = records.next().map_err(unreadable)? else {
            return Err(Refusal::new("EMPTY_FILE", "it has no header line"));
        };
        if let Some(fault) = first.fault {
            return Err(Refusal::new("BAD_HEADER", format!("the header line cannot be read: {}", fault.sentence())));
        }
        let text = String::from_utf8_lossy(first.raw);
        let columns: Vec<String> = first.cells.iter().map(|cell| cell.text(&text).trim().to_owned()).collect();
        let header = first.raw.to_vec();
        check_header(&columns, wanted)?;
        records.expect_columns(columns.len());
        Ok(Self { records, header, columns, delimiter })
    }
}

/// The delimiter under which the header has the most of the wanted columns; what the mapping states wins ties.
fn likeliest(head: &[u8], terminator: u8, stated: Option<u8>, wanted: &[&str]) -> u8 {
    let mut best = (0, stated.unwrap_or(b','));
    let text = String::from_utf8_lossy(head);
    for delimiter in stated.into_iter().chain(DELIMITERS.map(|(delimiter, _)| delimiter)) {
        let mut cells = Vec::new();
        Dialect { delimiter, terminator }.scan(text.as_bytes(), true, &mut cells);
        let names: Vec<_> = cells.iter().map(|cell| cell.text(&text).trim().to_owned()).collect();
        let found = wanted.iter().filter(|column| names.iter().any(|name| name == *column)).count();
        if found > best.0 {
            best = (found, delimiter);
        }
    }
    best.1
}

fn name_of(delimiter: u8) -> &'static str {
    DELIMITERS.iter().find(|(known, _)| *known == delimiter).map_or("another character", |(_, name)| name)
}

/// Checks that a table has the wanted columns, each once. Errors: those that it lacks, each with the nearest one.
pub(super) fn check_header(columns: &[String], wanted: &[&str]) -> Result<(), Refusal> {
    let mut reason = "MISSING_COLUMN";
    let mut problems = Vec::new();
    for column in wanted {
        match columns.iter().filter(|name| name == column).count() {
            0 => {
                let nearest =
                    columns.iter().filter(|name| !name.is_empty()).min_by_key(|name| unlikeness(name, column));
                let nearest = nearest.map(|name| format!("; nearest: `{}`", cut(name))).unwrap_or_default();
                problems.push(format!("the header has no column `{column}`{nearest}"));
            }
            1 => {}
            count => {
                if problems.is_empty() {
                    reason = "AMBIGUOUS_COLUMN";
                }
                problems.push(format!("the header has column `{column}` {count} times"));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Refusal { reason, problems }) }
}

/// How unlike two names are, case and punctuation apart: Levenshtein's distance, less twice the letters that both begin with.
fn unlikeness(one: &str, other: &str) -> i64 {
    let plain = |name: &str| -> Vec<char> {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(40).collect()
    };
    let (one, other) = (plain(one), plain(other));
    let begun = one.iter().zip(&other).take_while(|(a, b)| a == b).count() as i64;
    let mut row: Vec<i64> = (0..=other.len() as i64).collect();
    for a in &one {
        let mut diagonal = row[0];
        row[0] += 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + i64::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()] - 2 * begun
}

/// The rows of documents instead of a table: their values come in the order of the mapping's columns.
pub(super) fn reader_of_values<'a>(
    mapping: &'a Mapping,
    source: &Source,
    observed_at: Timestamp,
    now: Timestamp,
) -> Result<RowReader<'a>, Refusal> {
    let columns = mapping.columns();
    let places = columns.iter().enumerate().map(|(place, name)| (*name, place)).collect();
    Ok(RowReader::new(mapping, &places, translations(mapping, source)?, observed_at, now))
}

fn translations(mapping: &Mapping, source: &Source) -> Result<Vec<Vec<Translations>>, Refusal> {
    let of_field =
        |lookups: &[Lookup]| lookups.iter().map(|lookup| load(&source.beside, lookup, mapping.encoding)).collect();
    mapping.fields.iter().map(|field| of_field(&field.lookups)).collect()
}

/// Reads a lookup file. Errors: everything that keeps it from being used.
fn load(folder: &Path, lookup: &Lookup, encoding: Encoding) -> Result<Translations, Refusal> {
    let path = folder.join(&lookup.file);
    let shown = path.display();
    let refused = |problem: String| Refusal::new("LOOKUP_FILE", format!("the lookup file {shown}: {problem}"));
    let file = File::open(&path).map_err(|error| refused(error.to_string()))?;
    let text = decoded(file, encoding).map_err(|error| refused(error.to_string()))?;
    let mut opened = Opened::new(text, None, &[&lookup.key, &lookup.value])
        .map_err(|refusal| refused(refusal.problems.join("; ")))?;
    let place = |name: &String| opened.columns.iter().position(|column| column == name).unwrap_or_default();
    let (key, value) = (place(&lookup.key), place(&lookup.value));
    let mut translations = Translations::new();
    while let Some(record) = opened.records.next().map_err(|error| refused(error.to_string()))? {
        if let Some(fault) = record.fault {
            return Err(refused(format!("line {}: {}", record.line, fault.sentence())));
        }
        let text = String::from_utf8_lossy(record.raw);
        let cell =
            |place: usize| record.cells.get(place).map(|cell| cell.text(&text).trim().to_owned()).unwrap_or_default();
        let (key, value) = (cell(key), cell(value));
        let known = translations.entry(key).or_insert_with(|| Some(value.clone()));
        if known.as_ref() != Some(&value) {
            *known = None;
        }
        if translations.len() > LOOKUP_LIMIT {
            return Err(refused(format!("more than {LOOKUP_LIMIT} entries")));
        }
    }
    Ok(translations)
}

#[cfg(test)]
#[path = "table/tests.rs"]
mod tests;

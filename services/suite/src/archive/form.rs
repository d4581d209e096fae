//! Owns the form of the file: a row is a line with a JSON array, and a manifest says what there is. Never a database.

use std::{collections::BTreeMap, fmt, io::Write};

use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use creatorscope_kit::db::{Arg, ColumnType, Table};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Raised when the form changes.
pub(super) const VERSION: u32 = 1;

/// What the file says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The form of the file.
    pub(super) version: u32,
    /// When it was begun.
    pub(super) made_at: String,
    /// The migrations that each role's tables had.
    pub(super) migrations: BTreeMap<String, Vec<String>>,
    /// The tables, by the name of their entry.
    pub(super) tables: BTreeMap<String, Stored>,
}

/// What is stored of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    /// Names and types of the columns, in the order of a row.
    pub(super) columns: Vec<(String, String)>,
    /// Lines.
    pub(super) rows: u64,
    /// Of the rows, in whatever order: equal tables have equal digests.
    pub(super) digest: String,
}

impl Manifest {
    pub(super) fn new(made_at: Timestamp) -> Self {
        Self { version: VERSION, made_at: made_at.to_string(), migrations: BTreeMap::new(), tables: BTreeMap::new() }
    }
}

/// The name of a table's entry.
pub(super) fn entry(schema: &str, table: &str) -> String {
    format!("{schema}/{table}.jsonl")
}

/// Whether an entry is of this role.
pub(super) fn belongs(entry: &str, schema: &str) -> bool {
    entry.split_once('/').is_some_and(|(of, _)| of == schema)
}

/// Columns as the manifest names them.
pub(super) fn columns(table: &Table) -> Vec<(String, String)> {
    table.columns.iter().map(|(name, kind)| (name.clone(), word(*kind).to_owned())).collect()
}

fn word(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Int => "int",
        ColumnType::Real => "real",
        ColumnType::Text => "text",
        ColumnType::Bytes => "bytes",
    }
}

/// Writes a row as a line without its end. Bytes are base64; numbers that JSON has no words for are texts.
pub(super) fn write_row(row: &[Arg], line: &mut Vec<u8>) -> anyhow::Result<()> {
    line.push(b'[');
    for (at, value) in row.iter().enumerate() {
        if at > 0 {
            line.push(b',');
        }
        match value {
            Arg::Int(Some(number)) => write!(line, "{number}")?,
            Arg::Real(Some(number)) if number.is_finite() => serde_json::to_writer(&mut *line, number)?,
            Arg::Real(Some(number)) => write!(line, "\"{number}\"")?,
            Arg::Text(Some(text)) => serde_json::to_writer(&mut *line, text)?,
            Arg::Bytes(Some(bytes)) => write!(line, "\"{}\"", STANDARD.encode(bytes))?,
            Arg::Int(None) | Arg::Real(None) | Arg::Text(None) | Arg::Bytes(None) => line.extend_from_slice(b"null"),
        }
    }
    line.push(b']');
    Ok(())
}

/// Reads a line. Errors: it is no row of these columns.
pub(super) fn read_row(line: &str, table: &Table) -> anyhow::Result<Vec<Arg>> {
    let values: Vec<Value> = serde_json::from_str(line)?;
    if values.len() != table.columns.len() {
        bail!("a row has {} values for {} columns", values.len(), table.columns.len());
    }
    let pairs = values.into_iter().zip(&table.columns);
    pairs.map(|(value, (name, kind))| arg(value, *kind).with_context(|| format!("the column {name}"))).collect()
}

fn arg(value: Value, kind: ColumnType) -> anyhow::Result<Arg> {
    Ok(match (kind, value) {
        (ColumnType::Int, Value::Null) => Arg::Int(None),
        (ColumnType::Real, Value::Null) => Arg::Real(None),
        (ColumnType::Text, Value::Null) => Arg::Text(None),
        (ColumnType::Bytes, Value::Null) => Arg::Bytes(None),
        (ColumnType::Int, Value::Number(number)) => Arg::Int(Some(number.as_i64().context("is no integer")?)),
        (ColumnType::Real, Value::Number(number)) => Arg::Real(number.as_f64()),
        (ColumnType::Real, Value::String(text)) => Arg::Real(Some(text.parse()?)),
        (ColumnType::Text, Value::String(text)) => Arg::Text(Some(text)),
        (ColumnType::Bytes, Value::String(text)) => Arg::Bytes(Some(STANDARD.decode(text)?)),
        (kind, other) => bail!("is of the type {}, not {other}", word(kind)),
    })
}

/// A digest of rows in whatever order: the sum of their hashes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digest(u128);

impl Digest {
    pub(super) fn add(&mut self, line: &[u8]) {
        let mut first = [0; 16];
        first.copy_from_slice(&blake3::hash(line).as_bytes()[..16]);
        self.0 = self.0.wrapping_add(u128::from_le_bytes(first));
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table() -> Table {
        let column = |name: &str, kind| (name.to_owned(), kind);
        Table {
            name: "things".to_owned(),
            columns: vec![
                column("id", ColumnType::Int),
                column("share", ColumnType::Real),
                column("text", ColumnType::Text),
                column("blob", ColumnType::Bytes),
            ],
        }
    }

    proptest! {
        #[test]
        fn a_row_comes_back_as_it_was(
            id in any::<Option<i64>>(),
            share in proptest::option::of(prop_oneof![any::<f64>().prop_filter("NaN is unequal to itself", |n| !n.is_nan()), Just(f64::INFINITY)]),
            text in any::<Option<String>>(),
            blob in any::<Option<Vec<u8>>>(),
        ) {
            let row = vec![Arg::Int(id), Arg::Real(share), Arg::Text(text), Arg::Bytes(blob)];
            let mut line = Vec::new();
            write_row(&row, &mut line).expect("writes");
            let line = String::from_utf8(line).expect("JSON is UTF-8");
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(read_row(&line, &table()).expect("reads"), row);
        }
    }

    #[test]
    fn a_row_of_other_columns_is_refused_by_name() {
        let told = read_row("[1, 0.5, 7, null]", &table()).expect_err("a number is no text");
        assert!(format!("{told:#}").contains("the column text"), "{told:#}");
        assert!(read_row("[1, 0.5]", &table()).is_err());
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_their_number_does() {
        let digest = |lines: &[&str]| {
            let mut digest = Digest::default();
            lines.iter().for_each(|line| digest.add(line.as_bytes()));
            digest
        };
        assert_eq!(digest(&["a", "b"]), digest(&["b", "a"]));
        assert_ne!(digest(&["a"]), digest(&["a", "a"]));
    }
}

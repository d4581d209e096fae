//! Owns Parquet files: columns of values in row groups. Never which columns.

use std::{
    collections::HashMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use parquet::{
    basic::{Compression, ZstdLevel},
    data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type},
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::{parser::parse_message_type, types::TypePtr},
};

use super::{
    ROW_GROUP,
    columns::{Column, Type, Value},
    tables::Row,
    unfinished,
};

/// A file that is being written.
pub(super) struct Table {
    path: PathBuf,
    columns: Vec<Column>,
    places: HashMap<String, usize>,
    /// One list of values a column; all have the same length.
    rows: Vec<Vec<Value>>,
    writer: SerializedFileWriter<fs::File>,
}

/// One row before it is complete; a column that is set twice keeps the first value.
pub(super) struct Fresh<'a> {
    places: &'a HashMap<String, usize>,
    values: Vec<Value>,
}

impl Row for Fresh<'_> {
    fn set(&mut self, column: &str, value: Value) {
        let place = self.places.get(column).and_then(|place| self.values.get_mut(*place));
        if let Some(free) = place.filter(|known| **known == Value::None) {
            *free = value;
        }
    }
}

impl Table {
    /// Begins a file. Errors: it cannot be written.
    pub(super) fn create(path: &Path, columns: Vec<Column>) -> anyhow::Result<Self> {
        let fresh = unfinished(path);
        let file = fs::File::create(&fresh).with_context(|| format!("the file {}", fresh.display()))?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let writer = SerializedFileWriter::new(file, schema(&columns)?, Arc::new(properties))?;
        let places = columns.iter().enumerate().map(|(place, column)| (column.name.clone(), place)).collect();
        let rows = columns.iter().map(|_| Vec::new()).collect();
        Ok(Self { path: path.to_owned(), columns, places, rows, writer })
    }

    /// Adds a row. Errors: the file cannot be written.
    pub(super) fn push(&mut self, fill: impl FnOnce(&mut Fresh<'_>)) -> anyhow::Result<()> {
        let mut row = Fresh { places: &self.places, values: vec![Value::None; self.columns.len()] };
        fill(&mut row);
        for (column, value) in self.rows.iter_mut().zip(row.values) {
            column.push(value);
        }
        if self.rows.first().is_some_and(|column| column.len() >= ROW_GROUP) {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let mut group = self.writer.next_row_group()?;
        for (column, values) in self.columns.iter().zip(&mut self.rows) {
            let values = std::mem::take(values);
            let mut writer = group.next_column()?.context("the schema has fewer columns than the table")?;
            write(&mut writer, column.holds, values)?;
            writer.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// Gives the complete file its name. Errors: it cannot be written.
    pub(super) fn finish(mut self) -> anyhow::Result<PathBuf> {
        if self.rows.first().is_some_and(|column| !column.is_empty()) {
            self.flush()?;
        }
        let file = self.writer.into_inner()?;
        let written = file.sync_all().and_then(|()| fs::rename(unfinished(&self.path), &self.path));
        written.with_context(|| format!("the file {}", self.path.display()))?;
        Ok(self.path)
    }
}

fn schema(columns: &[Column]) -> anyhow::Result<TypePtr> {
    let mut text = String::from("message row {\n");
    for Column { name, holds } in columns {
        match holds {
            Type::Text => writeln!(text, "optional binary {name} (UTF8);")?,
            Type::Texts => writeln!(
                text,
                "required group {name} (LIST) {{ repeated group list {{ required binary element (UTF8); }} }}"
            )?,
            Type::Count => writeln!(text, "optional int64 {name};")?,
            Type::Number => writeln!(text, "optional double {name};")?,
            Type::Flag => writeln!(text, "optional boolean {name};")?,
            Type::Time => writeln!(text, "optional int64 {name} (TIMESTAMP(MICROS,true));")?,
        }
    }
    text.push('}');
    Ok(Arc::new(parse_message_type(&text)?))
}

fn write(writer: &mut SerializedColumnWriter<'_>, holds: Type, values: Vec<Value>) -> anyhow::Result<()> {
    if holds == Type::Texts {
        return write_texts(writer, values);
    }
    // 1 for a value, 0 for none.
    let known: Vec<i16> = values.iter().map(|value| i16::from(*value != Value::None)).collect();
    let known = Some(known.as_slice());
    match holds {
        Type::Text => {
            let read =
                |value| if let Value::Text(text) = value { Some(ByteArray::from(text.into_bytes())) } else { None };
            let texts: Vec<ByteArray> = values.into_iter().filter_map(read).collect();
            writer.typed::<ByteArrayType>().write_batch(&texts, known, None)?;
        }
        Type::Count | Type::Time => {
            let read = |value: &Value| match value {
                Value::Count(count) | Value::Time(count) => Some(*count),
                _ => None,
            };
            let counts: Vec<i64> = values.iter().filter_map(read).collect();
            writer.typed::<Int64Type>().write_batch(&counts, known, None)?;
        }
        Type::Number => {
            let read = |value: &Value| if let Value::Number(number) = value { Some(*number) } else { None };
            let numbers: Vec<f64> = values.iter().filter_map(read).collect();
            writer.typed::<DoubleType>().write_batch(&numbers, known, None)?;
        }
        Type::Flag | Type::Texts => {
            let read = |value: &Value| if let Value::Flag(flag) = value { Some(*flag) } else { None };
            let flags: Vec<bool> = values.iter().filter_map(read).collect();
            writer.typed::<BoolType>().write_batch(&flags, known, None)?;
        }
    }
    Ok(())
}

/// A list is its entries with a level each: 0 for the first of a row, 1 for those behind it. An empty list is one level and no entry.
fn write_texts(writer: &mut SerializedColumnWriter<'_>, values: Vec<Value>) -> anyhow::Result<()> {
    let (mut texts, mut known, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
    for value in values {
        let entries = if let Value::Texts(entries) = value { entries } else { Vec::new() };
        if entries.is_empty() {
            known.push(0);
            repeated.push(0);
        }
        for (place, entry) in entries.into_iter().enumerate() {
            known.push(1);
            repeated.push(i16::from(place > 0));
            texts.push(ByteArray::from(entry.into_bytes()));
        }
    }
    writer.typed::<ByteArrayType>().write_batch(&texts, Some(&known), Some(&repeated))?;
    Ok(())
}

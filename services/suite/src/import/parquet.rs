//! Owns reading Parquet by a mapping: its rows as values, the columns by name, nested ones with dots. Never sends anything.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::{SignedDuration, Timestamp, civil::Date};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row as Record};
use parquet::schema::types::Type;
use serde_json::{Map, Number, Value};

use super::documents::Meaning;
use super::items::Row;
use super::mapping::Mapping;
use super::problem::{Problem, Refusal, cut};
use super::reading::Mapped;
use super::source::{LARGEST, UNPACKED_FLOOR, UNPACKED_RATIO};
use super::table::check_header;

/// The first bytes of a file.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// Rows that are being read.
pub(super) struct ParquetRows<'a> {
    records: Option<RowIter<'static>>,
    mapped: Mapped<'a>,
    ordinal: u64,
    rows: u64,
    bytes: u64,
}

impl<'a> ParquetRows<'a> {
    /// Opens a file. Errors: a file that is damaged, unpacks to too much, or lacks columns of the mapping.
    pub(super) fn open(file: File, mapping: &Mapping, mapped: Mapped<'a>) -> Result<Self, Refusal> {
        let bytes = file.metadata().map_err(super::source::unreadable)?.len();
        let opened = guarded(|| SerializedFileReader::new(file)).map_err(damaged)?;
        let metadata = opened.metadata();
        let unpacked = metadata.row_groups().iter().flat_map(|group| group.columns()).fold(0_u64, |sum, column| {
            sum.saturating_add(u64::try_from(column.uncompressed_size()).unwrap_or(u64::MAX))
        });
        if unpacked > UNPACKED_FLOOR.saturating_add(bytes.saturating_mul(UNPACKED_RATIO)).min(LARGEST) {
            return Err(Refusal::new("UNPACKS_TO_TOO_MUCH", format!("its columns unpack to {unpacked} bytes")));
        }
        let schema = metadata.file_metadata().schema().clone();
        let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or_default();
        let wanted = mapping.columns();
        let mut known = Vec::new();
        names(&schema, "", &mut known);
        check_header(&known, &wanted)?;
        let is_wanted = |field: &Type| {
            wanted.iter().any(|column| column.split('.').next() == Some(field.name()) || *column == field.name())
        };
        let fields = schema.get_fields().iter().filter(|field| is_wanted(field)).cloned().collect();
        let projection = Type::group_type_builder(schema.name()).with_fields(fields).build().map_err(damaged)?;
        let records =
            guarded(|| RowIter::from_file_into(Box::new(opened)).project(Some(projection))).map_err(damaged)?;
        Ok(Self { records: Some(records), mapped, ordinal: 0, rows, bytes })
    }

    /// The next row; none at the end. What cannot be read ends the file: its pages have no way back in.
    pub(super) fn next(&mut self) -> Option<Row> {
        let records = self.records.as_mut()?;
        let next = guarded(|| records.next().transpose());
        self.ordinal += 1;
        let (raw, content) = match next {
            Ok(None) => {
                self.records = None;
                return None;
            }
            Ok(Some(record)) => {
                let value = object(&record);
                let raw = value.to_string().into_bytes();
                let content = self.mapped.read(value, "").pop().map(|part| part.content);
                (raw, content.unwrap_or_else(|| Err(Vec::new())))
            }
            Err(error) => {
                self.records = None;
                let accepted = format!("pages that can be read; rows {} to {} are lost", self.ordinal, self.rows);
                (Vec::new(), Err(vec![Problem::of_row("DAMAGED_PARQUET", &cut(&error.to_string()), accepted)]))
            }
        };
        let end = self.bytes.saturating_mul(self.ordinal) / self.rows.max(1);
        Some(Row { ordinal: self.ordinal, line: self.ordinal, end, raw, content })
    }
}

/// The reader panics on some damaged files.
fn guarded<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(ParquetError::General("the reader gave up".to_owned())))
}

#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn damaged(error: ParquetError) -> Refusal {
    Refusal::new("DAMAGED_PARQUET", format!("as Parquet: {error}"))
}

/// Every path of a schema that a mapping may name.
fn names(group: &Type, prefix: &str, found: &mut Vec<String>) {
    for field in group.get_fields() {
        let path = format!("{prefix}{}", field.name());
        if field.is_group() {
            names(field, &format!("{path}."), found);
        }
        found.push(path);
    }
}

fn object(record: &Record) -> Value {
    Value::Object(record.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect::<Map<_, _>>())
}

fn value(field: &Field) -> Value {
    let time = |time: Result<Timestamp, jiff::Error>| time.map_or(Value::Null, |time| time.to_string().into());
    let fraction = |number: f64| {
        let whole = number.fract() == 0.0 && number.abs() < 9e15;
        if whole {
            Value::from(number as i64)
        } else {
            Number::from_f64(number).map_or_else(|| number.to_string().into(), Value::Number)
        }
    };
    match field {
        Field::Null => Value::Null,
        Field::Bool(flag) => (*flag).into(),
        Field::Byte(number) => (*number).into(),
        Field::Short(number) => (*number).into(),
        Field::Int(number) => (*number).into(),
        Field::Long(number) => (*number).into(),
        Field::UByte(number) => (*number).into(),
        Field::UShort(number) => (*number).into(),
        Field::UInt(number) => (*number).into(),
        Field::ULong(number) => (*number).into(),
        Field::Float16(number) => fraction(number.to_f64()),
        Field::Float(number) => fraction(f64::from(*number)),
        Field::Double(number) => fraction(*number),
        Field::Str(text) => text.as_str().into(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned().into(),
        Field::Date(days) => {
            let date = Date::constant(1970, 1, 1).checked_add(SignedDuration::from_hours(24 * i64::from(*days)));
            date.map_or(Value::Null, |date| date.to_string().into())
        }
        Field::TimestampMillis(count) => time(Timestamp::from_millisecond(*count)),
        Field::TimestampMicros(count) => time(Timestamp::from_microsecond(*count)),
        Field::Decimal(_) | Field::TimeMillis(_) | Field::TimeMicros(_) => field.to_string().into(),
        Field::Group(record) => object(record),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        Field::MapInternal(map) => {
            let entry = |(key, inner): &(Field, Field)| match value(key) {
                Value::String(key) => (key, value(inner)),
                key => (key.to_string(), value(inner)),
            };
            Value::Object(map.entries().iter().map(entry).collect())
        }
    }
}

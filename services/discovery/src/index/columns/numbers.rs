//! Owns reading the numbers and times of a segment, as bits that are ordered as they are. Never ranges.

use tantivy::{
    DocId,
    columnar::{Column, ColumnType, MonotonicallyMappableToU64},
};

/// A column of a segment. Its values are bits: those of numbers as of `f64`, those of times as of `i64`.
#[derive(Clone)]
pub(in crate::index) struct Numbers {
    column: Column<u64>,
    stored: Stored,
}

/// How the engine stores the values.
#[derive(Debug, Clone, Copy)]
enum Stored {
    /// As the bits that they are read as.
    Bits,
    /// As the bits that they are read as, and 0 for a value that is missing.
    BitsOrZero,
    /// As whole numbers, which the engine chooses for members of objects.
    Whole,
    /// As whole numbers without sign.
    Unsigned,
}

impl Numbers {
    /// A column whose bits are right, 0 where there is no value.
    pub(in crate::index) fn of_bits_or_zero(column: Column<u64>) -> Self {
        Self { column, stored: Stored::BitsOrZero }
    }

    /// A field of the schema: its values have the type that they are read as.
    pub(in crate::index) fn of_field(column: Column<u64>) -> Self {
        Self { column, stored: Stored::Bits }
    }

    /// Numbers that are members of objects.
    pub(in crate::index) fn of_members(column: Column<u64>, kind: ColumnType) -> Self {
        let stored = match kind {
            ColumnType::I64 => Stored::Whole,
            ColumnType::U64 => Stored::Unsigned,
            _ => Stored::Bits,
        };
        Self { column, stored }
    }

    /// The value of a document; none when it is missing.
    pub(in crate::index) fn first(&self, document: DocId) -> Option<u64> {
        self.stored.bits(self.column.first(document)?)
    }

    /// The values of documents.
    pub(in crate::index) fn read(&self, documents: &[DocId], values: &mut [Option<u64>]) {
        self.column.first_vals(documents, values);
        if !matches!(self.stored, Stored::Bits) {
            for value in values {
                *value = value.and_then(|raw| self.stored.bits(raw));
            }
        }
    }
}

impl Stored {
    fn bits(self, raw: u64) -> Option<u64> {
        match self {
            Self::Bits => Some(raw),
            Self::BitsOrZero => Some(raw).filter(|raw| *raw != 0),
            Self::Whole => Some((i64::from_u64(raw) as f64).to_u64()),
            Self::Unsigned => Some((raw as f64).to_u64()),
        }
    }
}

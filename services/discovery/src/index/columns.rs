//! Owns what is held in memory of a segment's columns, made when it is first asked for. Never filters or orders.
//!
//! Segments never change but for documents that are removed, so what is made of a segment serves as long as the segment.

mod block;
mod codes;
mod labels;
mod matches;
mod memory;
mod numbers;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use tantivy::{
    SegmentReader, TantivyError,
    columnar::{Column, ColumnType, StrColumn},
};

pub use self::memory::Memory;
pub(super) use self::{
    block::{BLOCK, Bits, documents},
    codes::{Codes, Window},
    labels::Labels,
    matches::Matches,
    numbers::Numbers,
};
use super::schema::{NAME, RANK, TIE};

/// Columns of fewer documents are read from the engine's files, which is as fast.
pub(super) const SMALL: usize = BLOCK;

/// What is made of the columns of one segment, by their names.
pub(super) struct SegmentColumns {
    /// Falls from document to document.
    pub(super) rank: Column<u64>,
    pub(super) tie: Column<u64>,
    pub(super) names: StrColumn,
    documents: usize,
    memory: Memory,
    numbers: Made<Option<Numbers>>,
    codes: Made<Codes>,
    labels: Made<Labels>,
}

/// Each has a lock of its own, so that nobody makes what somebody else is making.
type Made<T> = Mutex<HashMap<String, Arc<Mutex<Option<Arc<T>>>>>>;

/// The columns that were asked for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Used {
    codes: BTreeSet<String>,
    labels: BTreeSet<String>,
}

impl SegmentColumns {
    pub(super) fn new(reader: &SegmentReader, memory: Memory) -> tantivy::Result<Self> {
        let fast = reader.fast_fields();
        let unnamed = || TantivyError::InternalError("a segment without names".to_owned());
        Ok(Self {
            rank: fast.u64(RANK)?,
            tie: fast.u64(TIE)?,
            names: fast.str(NAME)?.ok_or_else(unnamed)?,
            documents: reader.max_doc() as usize,
            memory,
            numbers: Mutex::default(),
            codes: Mutex::default(),
            labels: Mutex::default(),
        })
    }

    /// A column of numbers or times; none when no document of the segment has a value.
    pub(super) fn numbers(&self, reader: &SegmentReader, column: &str) -> tantivy::Result<Option<Numbers>> {
        let opened = made(&self.numbers, column, || Ok(Some(numbers(reader, column)?)))?;
        Ok(opened.and_then(|numbers| numbers.as_ref().clone()))
    }

    /// The codes of a column; none when the segment is small, the column is empty, or memory does not suffice.
    pub(super) fn codes(&self, reader: &SegmentReader, column: &str) -> tantivy::Result<Option<Arc<Codes>>> {
        made(&self.codes, column, || {
            if self.documents < SMALL {
                return Ok(None);
            }
            let Some(numbers) = self.numbers(reader, column)? else { return Ok(None) };
            let share = self.memory.take(Codes::bytes(self.documents));
            Ok(share.map(|share| Codes::new(&numbers, self.documents, share)))
        })
    }

    /// The terms of a column. Those for which memory did not suffice are read from the files as long as the segment is.
    pub(super) fn labels(&self, reader: &SegmentReader, column: &str) -> tantivy::Result<Arc<Labels>> {
        let labels = made(&self.labels, column, || {
            let Some(stored) = reader.fast_fields().str(column)? else { return Ok(Some(Labels::None)) };
            let bytes = Labels::bytes(&stored, self.documents).filter(|_| self.documents >= SMALL);
            match bytes.and_then(|bytes| self.memory.take(bytes)) {
                Some(share) => Ok(Some(Labels::new(&stored, self.documents, share)?)),
                None => Ok(Some(Labels::Stored(stored))),
            }
        })?;
        Ok(labels.unwrap_or_else(|| Arc::new(Labels::None)))
    }

    /// Adds the columns that were asked for.
    pub(super) fn add_used(&self, used: &mut Used) {
        used.codes.extend(names(&self.codes));
        used.labels.extend(names(&self.labels));
    }

    /// Makes columns before they are asked for.
    pub(super) fn warm(&self, reader: &SegmentReader, used: &Used) -> tantivy::Result<()> {
        for column in &used.codes {
            self.codes(reader, column)?;
        }
        for column in &used.labels {
            self.labels(reader, column)?;
        }
        Ok(())
    }
}

fn names<T>(made: &Made<T>) -> Vec<String> {
    made.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
}

/// What was made before, or is made now. What could not be made is tried again.
fn made<T>(
    all: &Made<T>,
    column: &str,
    make: impl FnOnce() -> tantivy::Result<Option<T>>,
) -> tantivy::Result<Option<Arc<T>>> {
    let slot = {
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(column) {
            Some(slot) => slot.clone(),
            None => all.entry(column.to_owned()).or_default().clone(),
        }
    };
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if slot.is_none() {
        *slot = make()?.map(Arc::new);
    }
    Ok(slot.clone())
}

fn numbers(reader: &SegmentReader, column: &str) -> tantivy::Result<Option<Numbers>> {
    if column == RANK {
        return Ok(Some(Numbers::of_bits_or_zero(reader.fast_fields().u64(RANK)?)));
    }
    let types = [ColumnType::F64, ColumnType::I64, ColumnType::U64];
    let found = reader.fast_fields().u64_lenient_for_type(Some(&types), column)?;
    // The engine keeps the type of a field, and chooses that of a member of an object by its values.
    let is_member = reader.schema().get_field(column).is_err();
    Ok(found
        .map(|(values, kind)| if is_member { Numbers::of_members(values, kind) } else { Numbers::of_field(values) }))
}

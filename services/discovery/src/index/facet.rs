//! Owns counting the values of a field. Never which values are shown.

use std::collections::HashMap;

use tantivy::{DocId, columnar::StrColumn};

/// How often each value of a field occurs among the creators that match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FacetCounts {
    pub(super) values: HashMap<String, u64>,
    /// Creators without a value.
    pub(super) valueless: u64,
}

impl FacetCounts {
    pub(super) fn add(&mut self, other: Self) {
        for (value, count) in other.values {
            *self.values.entry(value).or_default() += count;
        }
        self.valueless += other.valueless;
    }

    /// The most frequent values, most first, equal ones in the order of their letters.
    pub(super) fn most_frequent(&self, limit: usize) -> Vec<(String, u64)> {
        let mut values: Vec<(String, u64)> = self.values.iter().map(|(value, count)| (value.clone(), *count)).collect();
        values.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        values.truncate(limit);
        values
    }
}

/// The counts of one segment, by the places of the values in its dictionary.
pub(super) struct SegmentFacet {
    column: Option<StrColumn>,
    counts: Vec<u64>,
    valueless: u64,
}

impl SegmentFacet {
    pub(super) fn new(column: Option<StrColumn>) -> Self {
        let terms = column.as_ref().map_or(0, |column| column.dictionary().num_terms());
        Self { column, counts: vec![0; terms], valueless: 0 }
    }

    pub(super) fn count(&mut self, document: DocId) {
        let mut has_value = false;
        if let Some(column) = &self.column {
            for ordinal in column.ords().values_for_doc(document) {
                has_value = true;
                if let Some(count) = self.counts.get_mut(ordinal as usize) {
                    *count += 1;
                }
            }
        }
        self.valueless += u64::from(!has_value);
    }

    pub(super) fn harvest(self) -> tantivy::Result<FacetCounts> {
        let mut counts = FacetCounts { values: HashMap::new(), valueless: self.valueless };
        let Some(column) = &self.column else { return Ok(counts) };
        for (ordinal, count) in self.counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
            let mut value = String::new();
            column.ord_to_str(ordinal as u64, &mut value)?;
            counts.values.insert(value, count);
        }
        Ok(counts)
    }
}

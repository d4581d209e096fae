//! Owns telling which creators match as a set of keys. Never what they are matched with.

use std::collections::HashSet;

use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::Column,
};

use super::{Generation, IndexError, query, schema::TIE};
use crate::filter::Filter;

impl Generation {
    /// The keys ([`crate::order::tie`]) of the creators that pass a filter.
    pub fn ties(&self, filter: &Filter) -> Result<HashSet<u64>, IndexError> {
        Ok(self.reader.searcher().search(&query::matching(&self.schema, "", filter), &Ties)?)
    }
}

struct Ties;

struct SegmentTies {
    column: Column<u64>,
    found: HashSet<u64>,
}

impl Collector for Ties {
    type Fruit = HashSet<u64>;
    type Child = SegmentTies;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentTies> {
        Ok(SegmentTies { column: segment.fast_fields().u64(TIE)?, found: HashSet::new() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<HashSet<u64>>) -> tantivy::Result<HashSet<u64>> {
        Ok(segments.into_iter().flatten().collect())
    }
}

impl SegmentCollector for SegmentTies {
    type Fruit = HashSet<u64>;

    fn collect(&mut self, document: DocId, _: Score) {
        self.found.extend(self.column.first(document));
    }

    fn harvest(self) -> HashSet<u64> {
        self.found
    }
}

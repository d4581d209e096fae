//! Owns telling which creators match as a set of keys. Never what they are matched with.

use std::collections::HashSet;

use super::{Generation, IndexError, pass};
use crate::filter::Filter;

impl Generation {
    /// The keys ([`crate::order::tie`]) of the creators that pass a filter.
    pub fn ties(&self, filter: &Filter) -> Result<HashSet<u64>, IndexError> {
        let snapshot = self.snapshot();
        let kept = pass::matching(&self.schema, &snapshot, filter, None)?;
        let mut ties = HashSet::new();
        for (segment, blocks) in snapshot.segments.iter().zip(&kept) {
            for (block, bits) in blocks.iter().enumerate() {
                ties.extend(bits.documents(block).filter_map(|document| segment.columns.tie.first(document)));
            }
        }
        Ok(ties)
    }
}

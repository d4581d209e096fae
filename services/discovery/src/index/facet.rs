//! Owns counting the values of a field among the creators that match. Never which creators match.

use std::collections::HashMap;

use super::{
    Facet, MAX_FACET_VALUES,
    columns::{Bits, documents},
    schema::IndexSchema,
    snapshot::Snapshot,
};
use crate::filter::Field;

/// Counts the values of a field among documents, which are by segments and their blocks.
pub(super) fn count(
    schema: &IndexSchema,
    snapshot: &Snapshot,
    kept: &[Vec<Bits>],
    field: &Field,
) -> tantivy::Result<Facet> {
    let column = schema.column(field);
    let mut sums: HashMap<String, u64> = HashMap::new();
    let mut other = 0;
    for (segment, kept) in snapshot.segments.iter().zip(kept) {
        let labels = segment.columns.labels(&segment.reader, &column)?;
        let counts = labels.count(kept, 0, segment.documents());
        other += counts.valueless;
        for (term, count) in labels.counted(&counts)? {
            *sums.entry(term).or_default() += count;
        }
    }
    let mut values: Vec<(String, u64)> = sums.into_iter().collect();
    values.sort_unstable_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    if values.len() > MAX_FACET_VALUES {
        values.truncate(MAX_FACET_VALUES);
        // A creator can have values on both sides of the limit: those with one that is shown are counted.
        let shown: Vec<String> = values.iter().map(|(value, _)| value.clone()).collect();
        other = 0;
        for (segment, kept) in snapshot.segments.iter().zip(kept) {
            let labels = segment.columns.labels(&segment.reader, &column)?;
            other += labels.count_without(&shown, documents(kept, 0, segment.documents()))?;
        }
    }
    Ok(Facet { field: field.clone(), values, other })
}

//! Owns counting creators by platform and followers. Never the edges of buckets.

use creatorscope_domain::{Platform, Tier};
use tantivy::columnar::MonotonicallyMappableToU64;

use super::{
    columns::Bits,
    schema::IndexSchema,
    snapshot::{Segment, Snapshot},
};
use crate::{
    distribution::{Buckets, Distribution},
    filter::Field,
};

/// Counts documents, which are by segments and their blocks. A segment is sorted by followers, so those of one bucket and one
/// tier stand side by side.
pub(super) fn count(
    schema: &IndexSchema,
    snapshot: &Snapshot,
    kept: &[Vec<Bits>],
    buckets: &Buckets,
) -> tantivy::Result<Distribution> {
    let column = schema.column(&Field::Platform);
    let mut distribution = Distribution::new();
    for (segment, kept) in snapshot.segments.iter().zip(kept) {
        let labels = segment.columns.labels(&segment.reader, &column)?;
        let class = |document: usize| {
            followers(segment, document).map(|followers| (buckets.of(followers), Tier::of(followers)))
        };
        let mut start = 0;
        while start < segment.documents() {
            let end = end_of_run(start, segment.documents(), class);
            let counts = labels.count(kept, start, end);
            for (word, count) in labels.counted(&counts)? {
                if let Some(platform) = Platform::from_word(&word) {
                    distribution.entry(platform).or_default().add_many(buckets, followers(segment, start), count);
                }
            }
            start = end;
        }
    }
    Ok(distribution)
}

fn followers(segment: &Segment, document: usize) -> Option<i64> {
    Some(segment.rank_of(document)).filter(|rank| *rank != 0).map(|rank| f64::from_u64(rank) as i64)
}

/// The first document that is of another class than `start`; classes stand side by side.
fn end_of_run<T: PartialEq>(start: usize, documents: usize, class: impl Fn(usize) -> T) -> usize {
    let own = class(start);
    let (mut low, mut high) = (start + 1, documents);
    while low < high {
        let middle = low + (high - low) / 2;
        if class(middle) == own {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

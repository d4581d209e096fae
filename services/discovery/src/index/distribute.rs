//! Owns counting creators by platform and followers in one pass. Never the edges of buckets.

use std::sync::Arc;

use creatorscope_domain::Platform;
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::{Column, StrColumn},
};

use crate::distribution::{Buckets, Counts, Distribution};

/// Counts the creators that match.
pub(super) struct Distribute {
    pub(super) buckets: Arc<Buckets>,
    pub(super) platforms: String,
    pub(super) followers: String,
}

impl Collector for Distribute {
    type Fruit = Distribution;
    type Child = SegmentDistribute;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentDistribute> {
        let columns = segment.fast_fields();
        let platforms = columns.str(&self.platforms)?;
        let mut words = Vec::new();
        if let Some(column) = &platforms {
            for ordinal in 0..column.dictionary().num_terms() as u64 {
                let mut word = String::new();
                column.ord_to_str(ordinal, &mut word)?;
                words.push((Platform::from_word(&word), Counts::default()));
            }
        }
        let followers = columns.column_opt(&self.followers)?;
        Ok(SegmentDistribute { buckets: self.buckets.clone(), platforms, followers, counts: words })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Vec<(Platform, Counts)>>) -> tantivy::Result<Distribution> {
        let mut distribution = Distribution::new();
        for (platform, counts) in segments.into_iter().flatten() {
            distribution.entry(platform).or_default().merge(counts);
        }
        distribution.retain(|_, counts| *counts != Counts::default());
        Ok(distribution)
    }
}

pub(super) struct SegmentDistribute {
    buckets: Arc<Buckets>,
    platforms: Option<StrColumn>,
    followers: Option<Column<f64>>,
    /// By the places of the words in the segment's dictionary.
    counts: Vec<(Option<Platform>, Counts)>,
}

impl SegmentCollector for SegmentDistribute {
    type Fruit = Vec<(Platform, Counts)>;

    fn collect(&mut self, document: DocId, _: Score) {
        let ordinal = self.platforms.as_ref().and_then(|column| column.ords().first(document));
        let followers = self.followers.as_ref().and_then(|column| column.first(document));
        if let Some((_, counts)) = ordinal.and_then(|ordinal| self.counts.get_mut(ordinal as usize)) {
            counts.add(&self.buckets, followers.map(|followers| followers as i64));
        }
    }

    fn harvest(self) -> Vec<(Platform, Counts)> {
        self.counts.into_iter().filter_map(|(platform, counts)| Some((platform?, counts))).collect()
    }
}

//! Owns the one pass over the posts that match: the first of an order behind a place, how many there are, and values of fields.
//! Never queries.

use std::{
    collections::{BinaryHeap, HashMap, HashSet},
    sync::Arc,
};

use tantivy::{
    DocAddress, DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::{Column, MonotonicallyMappableToU64, StrColumn},
};

use super::document::{CREATOR_TIE, EXPIRE_TIME, TIE};
use crate::{
    filter::Kind,
    order::{By, MAX_KEYS, Order, Place, Value, bits},
};

/// Where a post stands in an order: bits that are ordered as the keys are, and what decides between equals.
pub(super) type Rank = ([u64; MAX_KEYS], u64);
/// How often each value of a field occurs, and how many posts have none.
type Counts = (HashMap<String, u64>, u64);

/// The rank of a place of a page token.
pub(super) fn rank(place: &Place) -> Rank {
    let mut keys = [0; MAX_KEYS];
    for (bits, value) in keys.iter_mut().zip(&place.values) {
        if let Value::Bits(found) = value {
            *bits = *found;
        }
    }
    (keys, place.tie)
}

/// The place of a rank, for a page token.
pub(super) fn place(rank: &Rank) -> Place {
    Place { values: rank.0.iter().map(|bits| Value::Bits(*bits)).collect(), tie: rank.1 }
}

/// What one pass finds.
pub(super) struct Found {
    pub(super) first: Vec<(Rank, DocAddress)>,
    pub(super) total: u64,
    pub(super) facets: Vec<Counts>,
}

/// Finds the first `limit` posts behind `after`.
#[derive(Clone)]
pub(super) struct Top {
    pub(super) order: Order,
    /// The column of each key; empty for relevance.
    pub(super) columns: Vec<String>,
    pub(super) after: Option<Rank>,
    pub(super) limit: usize,
    pub(super) facets: Vec<String>,
    pub(super) creators: Option<Arc<HashSet<u64>>>,
    pub(super) now: i64,
}

impl Collector for Top {
    type Fruit = Found;
    type Child = SegmentTop;

    fn for_segment(&self, ordinal: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentTop> {
        let columns = segment.fast_fields();
        let mut keys = Vec::with_capacity(self.columns.len());
        for (key, column) in self.order.keys.iter().zip(&self.columns) {
            let values = match &key.by {
                By::Relevance => Values::Score,
                By::Field(field) if field.kind() == Kind::Time => Values::Times(columns.column_opt(column)?),
                By::Field(_) => Values::Numbers(columns.column_opt(column)?),
            };
            keys.push((values, key.descending));
        }
        let mut facets = Vec::with_capacity(self.facets.len());
        for column in &self.facets {
            facets.push(SegmentFacet { column: columns.str(column)?, counts: HashMap::new(), valueless: 0 });
        }
        Ok(SegmentTop {
            ordinal,
            keys,
            tie: columns.u64(TIE)?,
            creator: columns.u64(CREATOR_TIE)?,
            expire_time: columns.column_opt(EXPIRE_TIME)?,
            top: self.clone(),
            first: BinaryHeap::new(),
            total: 0,
            facets,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.order.keys.iter().any(|key| key.by == By::Relevance)
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Found>>) -> tantivy::Result<Found> {
        let mut found = Found { first: Vec::new(), total: 0, facets: vec![Counts::default(); self.facets.len()] };
        for segment in segments {
            let segment = segment?;
            found.first.extend(segment.first);
            found.total += segment.total;
            for (sum, part) in found.facets.iter_mut().zip(segment.facets) {
                sum.1 += part.1;
                for (value, count) in part.0 {
                    *sum.0.entry(value).or_default() += count;
                }
            }
        }
        found.first.sort_unstable();
        found.first.truncate(self.limit);
        Ok(found)
    }
}

/// The values of one key in one segment.
enum Values {
    Score,
    Numbers(Option<Column<f64>>),
    Times(Option<Column<i64>>),
}

impl Values {
    fn of(&self, document: DocId, score: Score) -> Option<u64> {
        match self {
            Self::Score => Some(u64::from(score.to_bits())),
            Self::Numbers(column) => column.as_ref().and_then(|column| column.first(document)).map(f64::to_u64),
            Self::Times(column) => column.as_ref().and_then(|column| column.first(document)).map(i64::to_u64),
        }
    }
}

struct SegmentFacet {
    column: Option<StrColumn>,
    /// By the places of the values in the segment's dictionary.
    counts: HashMap<u64, u64>,
    valueless: u64,
}

impl SegmentFacet {
    fn count(&mut self, document: DocId) {
        let mut has_value = false;
        for ordinal in self.column.iter().flat_map(|column| column.ords().values_for_doc(document)) {
            has_value = true;
            *self.counts.entry(ordinal).or_default() += 1;
        }
        self.valueless += u64::from(!has_value);
    }

    fn harvest(self) -> tantivy::Result<Counts> {
        let mut counts = HashMap::with_capacity(self.counts.len());
        for (ordinal, count) in self.counts {
            let mut value = String::new();
            if let Some(column) = &self.column {
                column.ord_to_str(ordinal, &mut value)?;
            }
            counts.insert(value, count);
        }
        Ok((counts, self.valueless))
    }
}

pub(super) struct SegmentTop {
    ordinal: SegmentOrdinal,
    keys: Vec<(Values, bool)>,
    tie: Column<u64>,
    creator: Column<u64>,
    expire_time: Option<Column<i64>>,
    top: Top,
    /// The first ones so far; the last of them on top.
    first: BinaryHeap<(Rank, DocAddress)>,
    total: u64,
    facets: Vec<SegmentFacet>,
}

impl SegmentCollector for SegmentTop {
    type Fruit = tantivy::Result<Found>;

    fn collect(&mut self, document: DocId, score: Score) {
        let counts =
            |creators: &Arc<HashSet<u64>>| self.creator.first(document).is_some_and(|tie| creators.contains(&tie));
        if !self.top.creators.as_ref().is_none_or(counts) {
            return;
        }
        let expires = self.expire_time.as_ref().and_then(|column| column.first(document));
        if expires.is_some_and(|time| time <= self.top.now) {
            return;
        }
        self.total += 1;
        for facet in &mut self.facets {
            facet.count(document);
        }
        let mut keys = [0; MAX_KEYS];
        for (slot, (values, descending)) in keys.iter_mut().zip(&self.keys) {
            *slot = bits(values.of(document, score), *descending);
        }
        let rank = (keys, self.tie.first(document).unwrap_or(0));
        if self.top.limit == 0 || self.top.after.is_some_and(|after| rank <= after) {
            return;
        }
        let entry = (rank, DocAddress::new(self.ordinal, document));
        if self.first.len() < self.top.limit {
            self.first.push(entry);
        } else if let Some(mut last) = self.first.peek_mut().filter(|last| entry < **last) {
            *last = entry;
        }
    }

    fn harvest(self) -> tantivy::Result<Found> {
        let facets: tantivy::Result<Vec<Counts>> = self.facets.into_iter().map(SegmentFacet::harvest).collect();
        Ok(Found { first: self.first.into_vec(), total: self.total, facets: facets? })
    }
}

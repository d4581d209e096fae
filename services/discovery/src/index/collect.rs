//! Owns the one pass over the creators that match: the first of an order behind a place, how many there are, and facets.
//! Never queries.

use std::collections::BinaryHeap;

use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader, TantivyError,
    collector::{Collector, SegmentCollector},
    columnar::{Column, DynamicColumn, MonotonicallyMappableToU64, NumericalType, StrColumn, TermOrdHit},
    fastfield::FastFieldReaders,
};

use super::{
    facet::{FacetCounts, SegmentFacet},
    schema::{IndexSchema, NAME, TIE},
};
use crate::{
    filter::Kind,
    order::{By, MAX_KEYS, Order, Place, Value, bits},
};

/// A creator that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// `creators/{creator}`.
    pub name: String,
    /// Where it stands in the order.
    pub place: Place,
}

/// What one pass finds.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) hits: Vec<Hit>,
    pub(super) total: u64,
    pub(super) facets: Vec<FacetCounts>,
}

/// Finds the first `limit` creators behind `after`.
pub(super) struct Pass {
    pub(super) order: Order,
    /// The column of each key; empty for relevance.
    pub(super) columns: Vec<String>,
    pub(super) after: Option<Place>,
    pub(super) limit: usize,
    /// The columns to count values of.
    pub(super) facets: Vec<String>,
}

impl Pass {
    pub(super) fn new(
        schema: &IndexSchema,
        order: Order,
        after: Option<Place>,
        limit: usize,
        facets: &[crate::filter::Field],
    ) -> Self {
        let column = |by: &By| match by {
            By::Relevance => String::new(),
            By::Field(field) => schema.column(field),
        };
        let columns = order.keys.iter().map(|key| column(&key.by)).collect();
        let facets = facets.iter().map(|field| schema.column(field)).collect();
        Self { order, columns, after, limit, facets }
    }
}

impl Collector for Pass {
    type Fruit = Found;
    type Child = SegmentPass;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentPass> {
        let columns = segment.fast_fields();
        let mut keys = Vec::with_capacity(self.columns.len());
        for (key, column) in self.order.keys.iter().zip(&self.columns) {
            let values = match &key.by {
                By::Relevance => Values::Score,
                By::Field(field) => match field.kind() {
                    Kind::Number => Values::Numbers(numbers(columns, column)?),
                    Kind::Time => Values::Times(columns.column_opt(column)?),
                    Kind::Choice(_) | Kind::Term | Kind::Text { .. } => Values::Texts(columns.str(column)?),
                },
            };
            keys.push(SegmentKey { values, descending: key.descending });
        }
        let after = match &self.after {
            Some(place) => Some(local_rank(&keys, place)?),
            None => None,
        };
        let mut facets = Vec::with_capacity(self.facets.len());
        for column in &self.facets {
            facets.push(SegmentFacet::new(columns.str(column)?));
        }
        Ok(SegmentPass {
            keys,
            tie: columns.u64(TIE)?,
            names: columns.str(NAME)?,
            after,
            limit: self.limit,
            first: BinaryHeap::new(),
            total: 0,
            facets,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.order.keys.iter().any(|key| key.by == By::Relevance)
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Found>>) -> tantivy::Result<Found> {
        let mut found = Found { hits: Vec::new(), total: 0, facets: vec![FacetCounts::default(); self.facets.len()] };
        for segment in segments {
            let segment = segment?;
            found.hits.extend(segment.hits);
            found.total += segment.total;
            for (sum, part) in found.facets.iter_mut().zip(segment.facets) {
                sum.add(part);
            }
        }
        found.hits.sort_by(|left, right| self.order.compare(&left.place, &right.place));
        found.hits.truncate(self.limit);
        Ok(found)
    }
}

/// The values of one key in one segment.
enum Values {
    Score,
    Numbers(Option<Column<f64>>),
    Times(Option<Column<i64>>),
    Texts(Option<StrColumn>),
}

struct SegmentKey {
    values: Values,
    descending: bool,
}

impl SegmentKey {
    /// Bits that order the documents of this segment. Texts are their places in the segment's dictionary, doubled, so that a
    /// text which the segment does not have fits between; from 1, because 0 inverted stands for a missing value.
    fn bits(&self, document: DocId, score: Score) -> u64 {
        let ascending = match &self.values {
            Values::Score => Some(u64::from(score.to_bits())),
            Values::Numbers(column) => column.as_ref().and_then(|column| column.first(document)).map(f64::to_u64),
            Values::Times(column) => column.as_ref().and_then(|column| column.first(document)).map(i64::to_u64),
            Values::Texts(column) => {
                column.as_ref().and_then(|column| column.ords().first(document)).map(|ordinal| 2 * ordinal + 2)
            }
        };
        bits(ascending, self.descending)
    }

    fn local_bits(&self, value: &Value) -> tantivy::Result<u64> {
        let text = match value {
            Value::Bits(bits) => return Ok(*bits),
            Value::Text(None) => return Ok(u64::MAX),
            Value::Text(Some(text)) => text,
        };
        let Values::Texts(Some(column)) = &self.values else { return Ok(1) };
        let ascending = match column.dictionary().term_ord_or_next(text)? {
            TermOrdHit::Exact(ordinal) => 2 * ordinal + 2,
            TermOrdHit::Next(ordinal) => 2 * ordinal.min(column.dictionary().num_terms() as u64) + 1,
        };
        Ok(bits(Some(ascending), self.descending))
    }

    /// The value behind bits of this segment, comparable with those of other segments.
    fn value(&self, local: u64) -> tantivy::Result<Value> {
        let Values::Texts(column) = &self.values else { return Ok(Value::Bits(local)) };
        let Some(column) = column.as_ref().filter(|_| local != u64::MAX) else { return Ok(Value::Text(None)) };
        let doubled = if self.descending { !local } else { local };
        let mut text = String::new();
        column.ord_to_str(doubled / 2 - 1, &mut text)?;
        Ok(Value::Text(Some(text)))
    }
}

fn local_rank(keys: &[SegmentKey], place: &Place) -> tantivy::Result<Rank> {
    let mut local = [0; MAX_KEYS];
    for ((bits, key), value) in local.iter_mut().zip(keys).zip(&place.values) {
        *bits = key.local_bits(value)?;
    }
    Ok(Rank { keys: local, tie: place.tie })
}

/// Where a document stands among those of its segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    keys: [u64; MAX_KEYS],
    tie: u64,
}

pub(super) struct SegmentPass {
    keys: Vec<SegmentKey>,
    tie: Column<u64>,
    names: Option<StrColumn>,
    after: Option<Rank>,
    limit: usize,
    /// The first ones so far; the last of them on top.
    first: BinaryHeap<(Rank, DocId)>,
    total: u64,
    facets: Vec<SegmentFacet>,
}

impl SegmentCollector for SegmentPass {
    type Fruit = tantivy::Result<Found>;

    fn collect(&mut self, document: DocId, score: Score) {
        self.total += 1;
        for facet in &mut self.facets {
            facet.count(document);
        }
        let mut keys = [0; MAX_KEYS];
        for (bits, key) in keys.iter_mut().zip(&self.keys) {
            *bits = key.bits(document, score);
        }
        let rank = Rank { keys, tie: self.tie.first(document).unwrap_or(0) };
        if self.after.is_some_and(|after| rank <= after) || self.limit == 0 {
            return;
        }
        if self.first.len() < self.limit {
            self.first.push((rank, document));
        } else if let Some(mut last) = self.first.peek_mut().filter(|last| rank < last.0) {
            *last = (rank, document);
        }
    }

    fn harvest(self) -> tantivy::Result<Found> {
        let mut hits = Vec::with_capacity(self.first.len());
        for (rank, document) in self.first {
            let mut values = Vec::with_capacity(self.keys.len());
            for (key, bits) in self.keys.iter().zip(rank.keys) {
                values.push(key.value(bits)?);
            }
            let mut name = String::new();
            let names = self.names.as_ref().ok_or_else(|| unnamed(document))?;
            let ordinal = names.ords().first(document).ok_or_else(|| unnamed(document))?;
            names.ord_to_str(ordinal, &mut name)?;
            hits.push(Hit { name, place: Place { values, tie: rank.tie } });
        }
        let mut facets = Vec::with_capacity(self.facets.len());
        for facet in self.facets {
            facets.push(facet.harvest()?);
        }
        Ok(Found { hits, total: self.total, facets })
    }
}

/// A column of numbers; those of shares are kept as whole numbers where all of a segment are 0 and 1.
fn numbers(columns: &FastFieldReaders, name: &str) -> tantivy::Result<Option<Column<f64>>> {
    for column in columns.dynamic_column_handles(name)? {
        let numbers = column.open()?.coerce_numerical(NumericalType::F64);
        if let Some(DynamicColumn::F64(numbers)) = numbers {
            return Ok(Some(numbers));
        }
    }
    Ok(None)
}

fn unnamed(document: DocId) -> TantivyError {
    TantivyError::InternalError(format!("document {document} has no name"))
}

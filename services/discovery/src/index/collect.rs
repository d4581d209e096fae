//! Owns the first documents of an order behind a place, segment by segment. Never which documents match.

use std::{collections::BinaryHeap, sync::Arc};

use tantivy::{
    DocId, Score, TantivyError,
    columnar::{StrColumn, TermOrdHit},
};

use super::{
    columns::{BLOCK, Bits, Codes, Numbers},
    plan,
    schema::{IndexSchema, RANK},
    snapshot::Segment,
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

/// The values of one key in one segment.
enum Values {
    Score,
    Numbers(Option<Numbers>),
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
            Values::Numbers(numbers) => numbers.as_ref().and_then(|numbers| numbers.first(document)),
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

/// Where a document stands among those of its segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    keys: [u64; MAX_KEYS],
    tie: u64,
}

/// Finds the first documents of one segment.
pub(super) struct Top<'a> {
    segment: &'a Segment,
    keys: Vec<SegmentKey>,
    after: Option<Rank>,
    limit: usize,
    /// The first ones so far; the last of them on top.
    first: BinaryHeap<(Rank, DocId)>,
    /// Documents whose first key is behind this are not among the first.
    bound: u64,
    way: Way,
}

/// How documents that cannot be among the first are left out.
enum Way {
    /// The segment is sorted by the first key: from a document on, until one is behind the bound.
    Sorted { start: usize, is_done: bool },
    /// By the codes of the first key.
    Codes(Arc<Codes>),
    /// One by one.
    Each,
}

impl<'a> Top<'a> {
    /// `bound`: documents of other segments fill the limit up to this first key.
    pub(super) fn new(
        schema: &IndexSchema,
        segment: &'a Segment,
        order: &Order,
        after: Option<&Place>,
        limit: usize,
        bound: Option<u64>,
    ) -> tantivy::Result<Self> {
        let fast = segment.reader.fast_fields();
        let mut keys = Vec::with_capacity(order.keys.len());
        let mut way = Way::Each;
        for (place, key) in order.keys.iter().enumerate() {
            let values = match &key.by {
                By::Relevance => Values::Score,
                By::Field(field) if matches!(field.kind(), Kind::Number | Kind::Time) => {
                    let column = plan::column(schema, field);
                    if place == 0 && column == RANK && key.descending {
                        way = Way::Sorted { start: 0, is_done: false };
                    } else if place == 0 && limit > 0 {
                        let codes = segment.columns.codes(&segment.reader, &column)?;
                        way = codes.map_or(Way::Each, Way::Codes);
                    }
                    Values::Numbers(segment.columns.numbers(&segment.reader, &column)?)
                }
                By::Field(field) => Values::Texts(fast.str(&schema.column(field))?),
            };
            keys.push(SegmentKey { values, descending: key.descending });
        }
        let after = match after {
            Some(place) => {
                let mut local = [0; MAX_KEYS];
                for ((bits, key), value) in local.iter_mut().zip(&keys).zip(&place.values) {
                    *bits = key.local_bits(value)?;
                }
                Some(Rank { keys: local, tie: place.tie })
            }
            None => None,
        };
        if let (Way::Sorted { start, .. }, Some(after)) = (&mut way, &after) {
            // A rank of 0 and a first key of `u64::MAX` both stand for unknown followers.
            *start = segment.first_ranked(!after.keys[0]);
        }
        let bound = bound.unwrap_or(u64::MAX);
        Ok(Self { segment, keys, after, limit, first: BinaryHeap::new(), bound, way })
    }

    /// Whether no later document is among the first.
    fn is_done(&self) -> bool {
        self.limit == 0 || matches!(self.way, Way::Sorted { is_done: true, .. })
    }

    /// Whether a block may have some of the first documents; none when neither it nor a later one has. Blocks are asked for
    /// in order.
    pub(super) fn wants(&mut self, block: usize) -> Option<bool> {
        if self.is_done() {
            return None;
        }
        let Way::Sorted { start, is_done } = &mut self.way else { return Some(true) };
        if block * BLOCK + BLOCK <= *start {
            return Some(false);
        }
        *is_done = !self.segment.rank_of(block * BLOCK) > self.bound;
        Some(true).filter(|_| !*is_done)
    }

    /// Looks at documents of a block that match; scores are by their places in it.
    pub(super) fn take(&mut self, block: usize, mut bits: Bits, scores: &[Score]) {
        if let Way::Codes(codes) = &self.way {
            let descending = self.keys.first().is_some_and(|key| key.descending);
            let least = self.after.map_or(0, |after| after.keys[0]);
            let ends = if descending { (!self.bound, !least) } else { (least, self.bound) };
            codes.keep_possible(ends.0, ends.1, self.bound == u64::MAX, block, &mut bits);
        }
        for document in bits.documents(block) {
            let score = scores.get(document as usize % BLOCK).copied().unwrap_or_default();
            self.offer(document, score);
            if self.is_done() {
                return;
            }
        }
    }

    fn offer(&mut self, document: DocId, score: Score) {
        let mut keys = [0; MAX_KEYS];
        for (place, (bits, key)) in keys.iter_mut().zip(&self.keys).enumerate() {
            *bits = key.bits(document, score);
            if place == 0 && *bits > self.bound {
                if let Way::Sorted { is_done, .. } = &mut self.way {
                    *is_done = true;
                }
                return;
            }
        }
        let rank = Rank { keys, tie: self.segment.columns.tie.first(document).unwrap_or(0) };
        if self.after.is_some_and(|after| rank <= after) {
            return;
        }
        if self.first.len() < self.limit {
            self.first.push((rank, document));
        } else if let Some(mut last) = self.first.peek_mut().filter(|last| rank < last.0) {
            *last = (rank, document);
        }
        if self.first.len() == self.limit
            && let Some((last, _)) = self.first.peek()
        {
            self.bound = self.bound.min(last.keys[0]);
        }
    }

    /// The documents and their places, in no order.
    pub(super) fn harvest(self) -> tantivy::Result<Vec<(Place, DocId)>> {
        let mut found = Vec::with_capacity(self.first.len());
        for (rank, document) in self.first {
            let mut values = Vec::with_capacity(self.keys.len());
            for (key, bits) in self.keys.iter().zip(rank.keys) {
                values.push(key.value(bits)?);
            }
            found.push((Place { values, tie: rank.tie }, document));
        }
        Ok(found)
    }
}

/// Documents whose first key is behind that of a place cannot be before it. None for texts, which each segment numbers in
/// its own way.
pub(super) fn bound(place: &Place) -> Option<u64> {
    match place.values.first() {
        Some(Value::Bits(bits)) => Some(*bits),
        _ => None,
    }
}

/// The name of a document.
pub(super) fn name(segment: &Segment, document: DocId) -> tantivy::Result<String> {
    let unnamed = || TantivyError::InternalError(format!("document {document} has no name"));
    let names = &segment.columns.names;
    let ordinal = names.ords().first(document).ok_or_else(unnamed)?;
    let mut name = String::new();
    names.ord_to_str(ordinal, &mut name)?;
    Ok(name)
}

//! Owns the state of the index that reads see: its segments, what is made of their columns, and which documents are still
//! there. Never what is looked for.

use std::sync::Arc;

use tantivy::{
    DocId, Index as Tantivy, Searcher, SegmentReader,
    directory::OwnedBytes,
    index::{SegmentComponent, SegmentId},
    query::EnableScoring,
};

use super::{
    columns::{BLOCK, Bits, Matches, Memory, SMALL, SegmentColumns, Used},
    query,
    schema::IndexSchema,
};
use crate::filter::Expression;

/// Matches that are made for a new segment before it is read.
const WARMED: usize = 64;

/// One state of the index.
pub(super) struct Snapshot {
    pub(super) searcher: Searcher,
    pub(super) segments: Vec<Segment>,
}

/// One segment.
pub(super) struct Segment {
    pub(super) reader: SegmentReader,
    pub(super) columns: Arc<SegmentColumns>,
    removed: Removed,
    memory: Memory,
}

/// Which documents are still there.
enum Removed {
    None,
    /// The engine's file: four bytes, then one bit a document.
    File(OwnedBytes),
    /// Read document by document.
    Read(Vec<Bits>),
}

impl Snapshot {
    /// Makes what reads will need of segments that are new, as far as reads needed it of the others.
    pub(super) fn new(
        schema: &IndexSchema,
        index: &Tantivy,
        searcher: Searcher,
        before: Option<&Self>,
        memory: &Memory,
    ) -> tantivy::Result<Self> {
        let known = before.map_or(&[][..], |before| &before.segments);
        let mut used = Used::default();
        for segment in known {
            segment.columns.add_used(&mut used);
        }
        let metas = index.searchable_segment_metas()?;
        let mut segments = Vec::with_capacity(searcher.segment_readers().len());
        let mut fresh = Vec::new();
        for reader in searcher.segment_readers() {
            let id = reader.segment_id();
            let columns = match known.iter().find(|segment| segment.reader.segment_id() == id) {
                Some(segment) => segment.columns.clone(),
                None => {
                    fresh.push(segments.len());
                    Arc::new(SegmentColumns::new(reader, memory.clone())?)
                }
            };
            let meta = metas.iter().find(|meta| meta.id() == id && meta.delete_opstamp() == reader.delete_opstamp());
            let file = meta.and_then(|meta| index.segment(meta.clone()).open_read(SegmentComponent::Delete).ok());
            let removed = match (reader.alive_bitset(), file) {
                (None, _) => Removed::None,
                (Some(_), Some(file)) => Removed::File(file.read_bytes()?),
                (Some(alive), None) => Removed::Read(blocks(alive.iter_alive(), reader.max_doc() as usize)),
            };
            segments.push(Segment { reader: reader.clone(), columns, removed, memory: memory.clone() });
        }
        let snapshot = Self { searcher, segments };
        let ids: Vec<SegmentId> = known.iter().map(|segment| segment.reader.segment_id()).collect();
        let large = |place: &usize| snapshot.segments[*place].documents() >= SMALL;
        if fresh.iter().any(large) {
            let expressions = memory.used_last(&ids, WARMED);
            for segment in fresh.iter().filter(|place| large(place)).map(|place| &snapshot.segments[*place]) {
                segment.columns.warm(&segment.reader, &used)?;
                for (key, expression) in &expressions {
                    segment.matches(schema, key, expression)?;
                }
            }
        }
        let is_gone = |id: &SegmentId| !snapshot.segments.iter().any(|segment| segment.reader.segment_id() == *id);
        let is_large = |segment: &&Segment| segment.documents() >= SMALL;
        let gone = known.iter().filter(is_large).map(|segment| segment.reader.segment_id()).filter(is_gone);
        let gone: Vec<SegmentId> = gone.collect();
        if !gone.is_empty() {
            memory.forget(&gone);
        }
        Ok(snapshot)
    }
}

fn blocks(documents: impl Iterator<Item = DocId>, count: usize) -> Vec<Bits> {
    let mut blocks = vec![Bits::EMPTY; count.div_ceil(BLOCK)];
    for document in documents {
        blocks[document as usize / BLOCK].insert(document as usize % BLOCK);
    }
    blocks
}

impl Segment {
    /// How many documents there are, removed ones included.
    pub(super) fn documents(&self) -> usize {
        self.reader.max_doc() as usize
    }

    /// How many blocks there are.
    pub(super) fn blocks(&self) -> usize {
        self.documents().div_ceil(BLOCK)
    }

    /// The documents of a block that are still there.
    pub(super) fn alive(&self, block: usize) -> Bits {
        let mut bits = Bits::of_span(block, 0, self.documents());
        match &self.removed {
            Removed::None => {}
            Removed::File(bytes) => {
                let words = bytes.get(4 + block * BLOCK / 8..).unwrap_or_default();
                for (word, bytes) in bits.0.iter_mut().zip(words.as_chunks::<8>().0) {
                    *word &= u64::from_le_bytes(*bytes);
                }
            }
            Removed::Read(blocks) => bits.intersect(&blocks[block]),
        }
        bits
    }

    /// The first document whose rank is at most this.
    pub(super) fn first_ranked(&self, most: u64) -> usize {
        let (mut low, mut high) = (0, self.documents());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.rank_of(middle) > most {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The bits of the followers of a document, 0 when they are not known.
    pub(super) fn rank_of(&self, document: usize) -> u64 {
        self.columns.rank.first(document as DocId).unwrap_or(0)
    }

    /// The documents for which an expression holds, removed ones included. Its key is its own.
    pub(super) fn matches(
        &self,
        schema: &IndexSchema,
        key: &Arc<str>,
        expression: &Expression,
    ) -> tantivy::Result<Arc<Matches>> {
        let is_small = self.documents() < SMALL;
        let id = self.reader.segment_id();
        if let Some(kept) = (!is_small).then(|| self.memory.matches(id, key)).flatten() {
            return Ok(kept);
        }
        let query = query::expression(schema, expression);
        let weight = query.weight(EnableScoring::disabled_from_schema(&schema.schema))?;
        let matches = Arc::new(Matches::new(weight.as_ref(), &self.reader)?);
        if !is_small {
            self.memory.keep(id, key, expression, &matches);
        }
        Ok(matches)
    }
}

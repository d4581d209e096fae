//! Owns which documents of a segment match a query of the engine, removed ones included. Never which query.

use tantivy::{DocId, SegmentReader, query::Weight};

use super::block::{BLOCK, Bits, WORDS};

/// Documents of a segment.
#[derive(Debug)]
pub(in crate::index) struct Matches {
    count: usize,
    set: Set,
}

#[derive(Debug)]
enum Set {
    /// One bit a document.
    Dense(Vec<Bits>),
    /// The documents, in order.
    Sparse(Vec<DocId>),
}

impl Matches {
    /// Asks the engine.
    pub(in crate::index) fn new(weight: &dyn Weight, reader: &SegmentReader) -> tantivy::Result<Self> {
        let documents = reader.max_doc() as usize;
        // A number takes 32 bits.
        let most = documents / 32;
        let mut sparse: Vec<DocId> = Vec::new();
        let mut dense: Vec<Bits> = Vec::new();
        let mut count = 0;
        weight.for_each_no_score(reader, &mut |found| {
            count += found.len();
            if dense.is_empty() && count <= most {
                sparse.extend_from_slice(found);
                return;
            }
            if dense.is_empty() {
                dense = vec![Bits::EMPTY; documents.div_ceil(BLOCK)];
            }
            for document in sparse.drain(..).chain(found.iter().copied()) {
                if let Some(bits) = dense.get_mut(document as usize / BLOCK) {
                    bits.insert(document as usize % BLOCK);
                }
            }
        })?;
        sparse.shrink_to_fit();
        let set = if dense.is_empty() { Set::Sparse(sparse) } else { Set::Dense(dense) };
        Ok(Self { count, set })
    }

    pub(in crate::index) fn count(&self) -> usize {
        self.count
    }

    pub(in crate::index) fn bytes(&self) -> usize {
        match &self.set {
            Set::Dense(blocks) => blocks.len() * size_of::<Bits>(),
            Set::Sparse(documents) => documents.len() * size_of::<DocId>(),
        }
    }

    fn of_block(documents: &[DocId], block: usize) -> &[DocId] {
        let start = documents.partition_point(|document| (*document as usize) < block * BLOCK);
        let rest = &documents[start..];
        &rest[..rest.partition_point(|document| (*document as usize) < (block + 1) * BLOCK)]
    }

    /// Whether a block may have any of them.
    pub(in crate::index) fn may_match(&self, block: usize) -> bool {
        match &self.set {
            Set::Dense(blocks) => blocks.get(block).is_some_and(|bits| !bits.is_empty()),
            Set::Sparse(documents) => !Self::of_block(documents, block).is_empty(),
        }
    }

    /// Keeps those of a block.
    pub(in crate::index) fn narrow(&self, block: usize, bits: &mut Bits) {
        match &self.set {
            Set::Dense(blocks) => bits.intersect(blocks.get(block).unwrap_or(&Bits::EMPTY)),
            Set::Sparse(documents) => {
                let mut own = [0; WORDS];
                for document in Self::of_block(documents, block) {
                    let place = *document as usize % BLOCK;
                    own[place / 64] |= 1 << (place % 64);
                }
                bits.intersect(&Bits(own));
            }
        }
    }
}

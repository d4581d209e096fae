//! Owns the terms of a field by document, for counting them. Never which documents are counted.

use tantivy::{DocId, columnar::StrColumn};

use super::{
    block::{BLOCK, Bits, documents, ones, word_of_span},
    codes::mask,
    memory::Share,
};

/// The most different terms that are held in memory.
const MOST_TERMS: usize = 65_535;
/// Up to so many documents of a word are counted one by one.
const FEW: u32 = 8;
/// Up to so many neighbouring terms are compared with a word of documents at once.
const AT_ONCE: u8 = 4;

/// The terms of one field of one segment.
pub(in crate::index) enum Labels {
    /// Up to 255 different terms.
    Bytes(Held<u8>),
    /// Up to 65 535 different terms.
    Shorts(Held<u16>),
    /// Read from the engine's files.
    Stored(StrColumn),
    /// No document has a term.
    None,
}

/// Terms in memory, by their places in the segment's dictionary.
pub(in crate::index) struct Held<T> {
    terms: Vec<String>,
    /// One a document, the number of terms for none; or with `starts`, all places of all documents.
    places: Vec<T>,
    /// Where the places of each document begin, and where the last ones end.
    starts: Option<Vec<u32>>,
    _share: Share,
}

/// How often each term occurs.
#[derive(Debug, Default)]
pub(in crate::index) struct Counts {
    /// By the places of the terms.
    by_place: Vec<u64>,
    /// Documents without a term.
    pub(in crate::index) valueless: u64,
}

impl Labels {
    /// The bytes that the terms of a column take in memory; none when they have to be read from the files.
    pub(in crate::index) fn bytes(column: &StrColumn, documents: usize) -> Option<usize> {
        let terms = column.num_terms();
        if terms > MOST_TERMS {
            return None;
        }
        let width = if terms <= usize::from(u8::MAX) { 1 } else { 2 };
        let starts = if is_list(column) { (documents + 1) * 4 } else { 0 };
        let places = documents.max(column.ords().values.num_vals() as usize);
        Some(places * width + starts + terms * 64)
    }

    /// Reads a column into memory.
    pub(in crate::index) fn new(column: &StrColumn, documents: usize, share: Share) -> tantivy::Result<Self> {
        let terms = column.num_terms();
        if terms <= usize::from(u8::MAX) {
            Ok(Self::Bytes(Held::new(column, documents, share, |place| place as u8)?))
        } else {
            Ok(Self::Shorts(Held::new(column, documents, share, |place| place as u16)?))
        }
    }

    /// Counts the terms of documents, by their blocks, that lie in a span.
    pub(in crate::index) fn count(&self, blocks: &[Bits], start: usize, end: usize) -> Counts {
        let documents = documents(blocks, start, end);
        match self {
            Self::Bytes(held) if held.starts.is_none() => held.count_bytes(blocks, start, end),
            Self::Bytes(held) => held.count(documents),
            Self::Shorts(held) => held.count(documents),
            Self::Stored(column) => {
                let mut counts = Counts { by_place: vec![0; column.num_terms()], valueless: 0 };
                documents.for_each(|document| {
                    let mut has_value = false;
                    for place in column.ords().values_for_doc(document) {
                        has_value = true;
                        counts.by_place[place as usize] += 1;
                    }
                    counts.valueless += u64::from(!has_value);
                });
                counts
            }
            Self::None => Counts { by_place: Vec::new(), valueless: documents.count() as u64 },
        }
    }

    /// Each term that was counted.
    pub(in crate::index) fn counted(&self, counts: &Counts) -> tantivy::Result<Vec<(String, u64)>> {
        let counted = counts.by_place.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(|(place, count)| Ok((self.term(place)?, *count))).collect()
    }

    fn term(&self, place: usize) -> tantivy::Result<String> {
        match self {
            Self::Bytes(held) => Ok(held.terms[place].clone()),
            Self::Shorts(held) => Ok(held.terms[place].clone()),
            Self::Stored(column) => {
                let mut term = String::new();
                column.ord_to_str(place as u64, &mut term)?;
                Ok(term)
            }
            Self::None => Ok(String::new()),
        }
    }

    /// How many documents have none of these terms.
    pub(in crate::index) fn count_without(
        &self,
        terms: &[String],
        documents: impl Iterator<Item = DocId>,
    ) -> tantivy::Result<u64> {
        match self {
            Self::Bytes(held) => Ok(held.count_without(terms, documents)),
            Self::Shorts(held) => Ok(held.count_without(terms, documents)),
            Self::Stored(column) => {
                let mut shown = vec![false; column.num_terms()];
                for term in terms {
                    if let Some(place) = column.dictionary().term_ord(term)? {
                        shown[place as usize] = true;
                    }
                }
                let has_none =
                    |document: &DocId| !column.ords().values_for_doc(*document).any(|place| shown[place as usize]);
                Ok(documents.filter(has_none).count() as u64)
            }
            Self::None => Ok(documents.count() as u64),
        }
    }
}

impl Held<u8> {
    /// Counts words of 64 documents by comparing when they have few different terms, as when segments are sorted by what the
    /// terms say or there are few terms at all.
    fn count_bytes(&self, blocks: &[Bits], start: usize, end: usize) -> Counts {
        let mut counts = [0u64; 256];
        for (block, words) in blocks.iter().enumerate().take(end.div_ceil(BLOCK)).skip(start / BLOCK) {
            let (places, rest) = self.places[block * BLOCK..].as_chunks::<64>();
            for (word, bits) in words.0.iter().enumerate().filter(|(_, bits)| **bits != 0) {
                let bits = bits & word_of_span(block * BLOCK + word * 64, start, end);
                match places.get(word) {
                    Some(places) if bits.count_ones() > FEW => count_word(places, bits, &mut counts),
                    Some(places) => ones(bits).for_each(|bit| counts[usize::from(places[bit])] += 1),
                    None => ones(bits).for_each(|bit| counts[usize::from(rest[bit])] += 1),
                }
            }
        }
        let terms = self.terms.len();
        Counts { by_place: counts[..terms].to_vec(), valueless: counts[terms] }
    }
}

/// Counts the places of 64 documents: all at once for a term when there are few, one by one otherwise.
fn count_word(places: &[u8; 64], bits: u64, counts: &mut [u64; 256]) {
    let least = places.iter().copied().fold(u8::MAX, u8::min);
    let greatest = places.iter().copied().fold(0, u8::max);
    if greatest - least < AT_ONCE {
        for place in least..=greatest {
            counts[usize::from(place)] += u64::from((mask(places, place, place) & bits).count_ones());
        }
    } else {
        ones(bits).for_each(|bit| counts[usize::from(places[bit])] += 1);
    }
}

fn is_list(column: &StrColumn) -> bool {
    column.ords().get_cardinality().is_multivalue()
}

impl<T: Copy + Into<usize>> Held<T> {
    fn new(column: &StrColumn, documents: usize, share: Share, narrow: fn(usize) -> T) -> tantivy::Result<Self> {
        let mut terms = Vec::with_capacity(column.num_terms());
        for place in 0..column.num_terms() {
            let mut term = String::new();
            column.ord_to_str(place as u64, &mut term)?;
            terms.push(term);
        }
        let ords = column.ords();
        let places = documents.max(ords.values.num_vals() as usize);
        let mut held = Self { terms, places: Vec::with_capacity(places), starts: None, _share: share };
        if is_list(column) {
            let mut starts = Vec::with_capacity(documents + 1);
            starts.push(0);
            for document in 0..documents {
                held.places.extend(ords.values_for_doc(document as DocId).map(|place| narrow(place as usize)));
                starts.push(held.places.len() as u32);
            }
            held.starts = Some(starts);
        } else {
            let none = held.terms.len();
            let place_of = |document: usize| ords.first(document as DocId).map_or(none, |place| place as usize);
            held.places.extend((0..documents).map(|document| narrow(place_of(document))));
        }
        Ok(held)
    }

    fn of(&self, starts: &[u32], document: DocId) -> &[T] {
        let document = document as usize;
        &self.places[starts[document] as usize..starts[document + 1] as usize]
    }

    fn count(&self, documents: impl Iterator<Item = DocId>) -> Counts {
        // The last is for documents without a term.
        let mut counts = vec![0u64; self.terms.len() + 1];
        let mut valueless = 0;
        match &self.starts {
            None => documents.for_each(|document| counts[self.places[document as usize].into()] += 1),
            Some(starts) => documents.for_each(|document| {
                let places = self.of(starts, document);
                valueless += u64::from(places.is_empty());
                for place in places {
                    counts[(*place).into()] += 1;
                }
            }),
        }
        valueless += counts.pop().unwrap_or(0);
        Counts { by_place: counts, valueless }
    }

    fn count_without(&self, terms: &[String], documents: impl Iterator<Item = DocId>) -> u64 {
        let mut shown: Vec<bool> = self.terms.iter().map(|term| terms.contains(term)).collect();
        shown.push(false);
        let has_none = |document: &DocId| match &self.starts {
            None => !shown[self.places[*document as usize].into()],
            Some(starts) => !self.of(starts, *document).iter().any(|place| shown[(*place).into()]),
        };
        documents.filter(has_none).count() as u64
    }
}

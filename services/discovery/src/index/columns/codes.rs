//! Owns one byte per document for a column of numbers or times: the part of the range of values that its value lies in.
//! Never what is compared.
//!
//! A range of values is a range of codes, and only documents whose code lies at one of its ends must be looked at exactly.
//! For each block the least and the greatest code are known, so whole blocks are taken or left at once.

use tantivy::DocId;

use super::{
    block::{BLOCK, Bits, ones},
    memory::Share,
    numbers::Numbers,
};

/// The code of documents without a value.
const MISSING: u8 = 255;
/// The most codes of values.
const CODES: usize = 254;
/// So many documents are looked at to tell how values are spread.
const SAMPLE: usize = 32_768;
/// Up to so many documents of a word are tested one by one.
const FEW: u32 = 6;

/// The codes of one column of one segment.
pub(in crate::index) struct Codes {
    /// One a document, and more up to a whole block.
    codes: Vec<u8>,
    /// The least values that get each code.
    edges: Vec<u64>,
    /// The least and the greatest value that has each code; the wrong way round where there is none.
    extents: Vec<(u64, u64)>,
    /// The least and the greatest code of each block.
    zones: Vec<(u8, u8)>,
    _share: Share,
}

/// Codes from the first to the last, and of them those whose values all lie in the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::index) struct Window {
    first: u8,
    last: u8,
    sure: Option<(u8, u8)>,
}

impl Codes {
    /// The bytes for so many documents.
    pub(in crate::index) fn bytes(documents: usize) -> usize {
        documents.next_multiple_of(BLOCK) + CODES * 24 + documents / BLOCK * 2 + 1_024
    }

    /// Codes a column.
    pub(in crate::index) fn new(numbers: &Numbers, documents: usize, share: Share) -> Self {
        let edges = edges(numbers, documents);
        let mut codes = vec![MISSING; documents.next_multiple_of(BLOCK)];
        let mut extents = vec![(u64::MAX, 0); edges.len()];
        let mut zones = Vec::with_capacity(codes.len() / BLOCK);
        let mut ids: Vec<DocId> = Vec::with_capacity(BLOCK);
        let mut values = vec![None; BLOCK];
        for (block, codes) in codes.chunks_exact_mut(BLOCK).enumerate() {
            let start = block * BLOCK;
            ids.clear();
            ids.extend((start..(start + BLOCK).min(documents)).map(|document| document as DocId));
            let values = &mut values[..ids.len()];
            numbers.read(&ids, values);
            for (code, value) in codes.iter_mut().zip(values) {
                let Some(value) = *value else { continue };
                let place = edges.partition_point(|edge| *edge <= value).saturating_sub(1);
                *code = place as u8;
                if let Some(extent) = extents.get_mut(place) {
                    *extent = (extent.0.min(value), extent.1.max(value));
                }
            }
            let used = &codes[..ids.len()];
            let zone = used.iter().fold((MISSING, 0), |zone, code| (zone.0.min(*code), zone.1.max(*code)));
            zones.push(zone);
        }
        Self { codes, edges, extents, zones, _share: share }
    }

    /// The codes of values from `low` to `high`; none when no document has such a value.
    pub(in crate::index) fn window(&self, low: u64, high: u64) -> Option<Window> {
        let touched = |extent: &(u64, u64)| extent.0 <= high && extent.1 >= low;
        let inside = |extent: &(u64, u64)| extent.0 >= low && extent.1 <= high;
        let first = self.extents.iter().position(touched)?;
        let last = self.extents.iter().rposition(touched)?;
        let sure_first = (first..=last).find(|code| inside(&self.extents[*code]));
        let sure_last = (first..=last).rfind(|code| inside(&self.extents[*code]));
        let sure = sure_first.zip(sure_last).map(|(first, last)| (first as u8, last as u8));
        Some(Window { first: first as u8, last: last as u8, sure })
    }

    /// How large a part of the documents has codes of a window, roughly.
    pub(in crate::index) fn part(&self, window: Window) -> f64 {
        f64::from(window.last - window.first + 1) / self.edges.len().max(1) as f64
    }

    /// Whether a block may have codes of a window.
    pub(in crate::index) fn may_match(&self, window: Window, block: usize) -> bool {
        self.zones.get(block).is_some_and(|zone| zone.0 <= window.last && zone.1 >= window.first)
    }

    /// Keeps those whose value may lie in the window; those at its ends only when `exact` says so.
    pub(in crate::index) fn narrow(
        &self,
        window: Window,
        block: usize,
        bits: &mut Bits,
        exact: impl Fn(DocId) -> bool,
    ) {
        let Some(zone) = self.zones.get(block).filter(|_| self.may_match(window, block)) else {
            *bits = Bits::EMPTY;
            return;
        };
        if window.sure.is_some_and(|sure| sure.0 <= zone.0 && zone.1 <= sure.1) {
            return;
        }
        let start = block * BLOCK;
        let (codes, _) = self.codes[start..start + BLOCK].as_chunks::<64>();
        for (place, (word, codes)) in bits.0.iter_mut().zip(codes).enumerate().filter(|(_, (word, _))| **word != 0) {
            let (kept, sure) = if word.count_ones() <= FEW {
                window.of_few(*word, codes)
            } else {
                (*word & mask(codes, window.first, window.last), window.sure_mask(codes))
            };
            *word = kept;
            for bit in ones(kept & !sure) {
                if !exact((start + place * 64 + bit) as DocId) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    /// Keeps those whose value may lie from `low` to `high`, and when asked those that have none.
    pub(in crate::index) fn keep_possible(&self, low: u64, high: u64, missing: bool, block: usize, bits: &mut Bits) {
        if missing && high == u64::MAX {
            let low = self.edges.partition_point(|edge| *edge <= low).saturating_sub(1);
            self.keep(low as u8, MISSING, block, bits);
        } else if !missing {
            let first = self.edges.partition_point(|edge| *edge <= low).saturating_sub(1);
            let last = self.edges.partition_point(|edge| *edge <= high).saturating_sub(1);
            self.keep(first as u8, last as u8, block, bits);
        }
    }

    fn keep(&self, first: u8, last: u8, block: usize, bits: &mut Bits) {
        let start = block * BLOCK;
        let (codes, _) = self.codes[start..start + BLOCK].as_chunks::<64>();
        for (word, codes) in bits.0.iter_mut().zip(codes).filter(|(word, _)| **word != 0) {
            *word &= mask(codes, first, last);
        }
    }
}

impl Window {
    fn sure_mask(self, codes: &[u8; 64]) -> u64 {
        self.sure.map_or(0, |(first, last)| mask(codes, first, last))
    }

    fn of_few(self, word: u64, codes: &[u8; 64]) -> (u64, u64) {
        let (mut kept, mut sure) = (0, 0);
        for bit in ones(word) {
            let code = codes[bit];
            if (self.first..=self.last).contains(&code) {
                kept |= 1 << bit;
                sure |= u64::from(self.sure.is_some_and(|(first, last)| (first..=last).contains(&code))) << bit;
            }
        }
        (kept, sure)
    }
}

/// The least value of each code: of a sample, as many values for each code.
fn edges(numbers: &Numbers, documents: usize) -> Vec<u64> {
    let step = documents.div_ceil(SAMPLE).max(1);
    let ids: Vec<DocId> = (0..documents).step_by(step).map(|document| document as DocId).collect();
    let mut values = vec![None; ids.len()];
    numbers.read(&ids, &mut values);
    let mut known: Vec<u64> = values.into_iter().flatten().collect();
    known.sort_unstable();
    let mut edges = Vec::with_capacity(CODES);
    edges.push(0);
    for code in 1..CODES {
        edges.extend(known.get(code * known.len() / CODES));
    }
    edges.dedup();
    edges
}

/// Which of 64 codes lie from `first` to `last`. Written so that the compiler makes vectors of it.
pub(super) fn mask(codes: &[u8; 64], first: u8, last: u8) -> u64 {
    let width = last.wrapping_sub(first);
    let mut flags = [0u8; 64];
    for (flag, code) in flags.iter_mut().zip(codes) {
        *flag = u8::from(code.wrapping_sub(first) <= width);
    }
    let mut mask = 0;
    for (place, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        // The product brings the lowest bit of each byte into the highest byte.
        mask |= (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (place * 8);
    }
    mask
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_mask_has_the_bits_of_the_codes_in_between(codes in prop::collection::vec(any::<u8>(), 64), ends in any::<[u8; 2]>()) {
            let codes: [u8; 64] = codes.try_into().expect("64 codes");
            let (first, last) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            let found = mask(&codes, first, last);
            for (place, code) in codes.iter().enumerate() {
                prop_assert_eq!(found >> place & 1 == 1, (first..=last).contains(code));
            }
        }
    }
}

//! Owns the cutting of a normalised text into pieces of a unigram vocabulary. Never the normalisation.

use yada::{DoubleArray, builder::DoubleArrayBuilder};

/// The mark that stands for a space, U+2581.
pub(crate) const SPACE: &str = "\u{2581}";

/// A unigram vocabulary as SentencePiece trains it: pieces with log probabilities.
///
/// Taku Kudo, "Subword Regularization", ACL 2018, section 3.2: the cut with the largest sum of log probabilities, found by Viterbi.
pub(crate) struct Unigram {
    pieces: DoubleArray<Vec<u8>>,
    scores: Vec<f32>,
    unknown: u32,
    unknown_score: f32,
}

/// What one call keeps for the next.
#[derive(Debug, Default)]
pub(crate) struct Lattice {
    best: Vec<(f32, u32, u32)>,
}

impl Unigram {
    /// The vocabulary whose piece `i` is the bytes between `ends[i - 1]` and `ends[i]` of `blob`; none when the three do not belong together.
    pub(crate) fn new(blob: &[u8], ends: &[u32], scores: Vec<f32>, unknown: u32) -> Option<Self> {
        if ends.len() != scores.len() || unknown as usize >= scores.len() {
            return None;
        }
        let mut keys = Vec::with_capacity(ends.len());
        let mut start = 0;
        for (id, end) in (0_u32..).zip(ends) {
            let piece = blob.get(start..*end as usize)?;
            start = *end as usize;
            if id != unknown && !piece.is_empty() && !piece.contains(&0) {
                keys.push((piece, id));
            }
        }
        // The first of equal pieces is the one that counts.
        keys.sort();
        keys.dedup_by_key(|(piece, _)| *piece);
        let pieces = DoubleArray::new(DoubleArrayBuilder::build(&keys).ok()?).ok()?;
        // SentencePiece's penalty for a character that no piece holds.
        let unknown_score = scores.iter().copied().fold(f32::INFINITY, f32::min) - 10.0;
        Some(Self { pieces, scores, unknown, unknown_score })
    }

    pub(crate) fn len(&self) -> usize {
        self.scores.len()
    }

    /// Appends the pieces of `text`, which holds no null character, at most `limit` of them.
    pub(crate) fn cut(&self, text: &str, limit: usize, lattice: &mut Lattice, ids: &mut Vec<u32>) {
        let best = &mut lattice.best;
        best.clear();
        best.resize(text.len() + 1, (f32::NEG_INFINITY, 0, self.unknown));
        best[0].0 = 0.0;
        for (from, character) in text.char_indices() {
            let (score, ..) = best[from];
            let single = from + character.len_utf8();
            let mut has_single = false;
            let mut offer = |to: usize, score: f32, id: u32| {
                if score > best[to].0 {
                    best[to] = (score, from as u32, id);
                }
            };
            for (id, length) in self.pieces.common_prefix_search(&text.as_bytes()[from..]) {
                offer(from + length, score + self.scores[id as usize], id);
                has_single |= from + length == single;
            }
            if !has_single {
                offer(single, score + self.unknown_score, self.unknown);
            }
        }
        let start = ids.len();
        let mut at = text.len();
        while at > 0 {
            let (_, from, id) = best[at];
            ids.push(id);
            at = from as usize;
        }
        ids[start..].reverse();
        ids.truncate(start + limit);
    }
}

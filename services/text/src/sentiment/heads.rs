//! Owns what encoders' vectors say about sentiment, together with the fast tier. Never the encoders.
//!
//! The file: the magic `cshead01`; u8 number of heads, for each its u16 width, 2 f32 biases and 2 f32 weights a place; then for each
//! of the mixtures e5, use, use + e5 (all with the fast tier) 3 f32 factors (fast, use, e5). All numbers are little-endian.

use std::sync::LazyLock;

use super::{Probabilities, weights::Bytes};

/// The heads that are compiled in.
pub const HEADS: &[u8] = include_bytes!("../../weights/heads.bin");

const MAGIC: &[u8; 8] = b"cshead01";

/// A logistic regression on the vectors of one encoder: logits of negative and positive, neutral being 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Head {
    /// By place of the vector.
    pub weights: Vec<[f32; 2]>,
    /// Of negative and positive.
    pub bias: [f32; 2],
}

impl Head {
    /// The logits of a vector, which is as long as the weights are; what is longer is passed over.
    pub fn logits(&self, vector: &[f32]) -> [f32; 2] {
        let mut logits = self.bias;
        for (value, weights) in vector.iter().zip(&self.weights) {
            logits[0] += value * weights[0];
            logits[1] += value * weights[1];
        }
        logits
    }
}

/// By what logits are multiplied before they are added up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Factors {
    /// Those of the fast tier.
    pub fast: f32,
    /// Those of USE.
    pub sentence: f32,
    /// Those of e5.
    pub e5: f32,
}

/// The heads of all encoders and how they are mixed with the fast tier.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heads {
    /// On vectors of USE, 512 numbers of length 1.
    pub sentence: Head,
    /// On vectors of e5-small, 384 numbers of length 1.
    pub e5: Head,
    /// With e5 only.
    pub with_e5: Factors,
    /// With USE only.
    pub with_sentence: Factors,
    /// With both.
    pub with_both: Factors,
}

impl Heads {
    /// The heads that are compiled in.
    pub fn embedded() -> &'static Self {
        static HEADS_READ: LazyLock<Heads> =
            LazyLock::new(|| Heads::from_bytes(HEADS).expect("the committed heads are read by a test"));
        &HEADS_READ
    }

    /// The mixed logits of negative and positive, calibrated. `fast` are the logits of the fast tier divided by the temperature of
    /// the language; vectors have length 1; without both of them the answer is that of the fast tier.
    pub fn logits(&self, fast: [f32; 2], sentence: Option<&[f32]>, e5: Option<&[f32]>) -> [f32; 2] {
        let factors = match (sentence, e5) {
            (Some(_), Some(_)) => self.with_both,
            (Some(_), None) => self.with_sentence,
            (None, Some(_)) => self.with_e5,
            (None, None) => Factors { fast: 1.0, ..Factors::default() },
        };
        let sentence = sentence.map_or([0.0; 2], |vector| self.sentence.logits(vector));
        let e5 = e5.map_or([0.0; 2], |vector| self.e5.logits(vector));
        [0, 1].map(|class| factors.fast * fast[class] + factors.sentence * sentence[class] + factors.e5 * e5[class])
    }

    /// The same as calibrated probabilities.
    pub fn probabilities(&self, fast: [f32; 2], sentence: Option<&[f32]>, e5: Option<&[f32]>) -> Probabilities {
        let [negative, positive] = self.logits(fast, sentence, e5);
        Probabilities::from_logits(negative, positive)
    }

    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(2);
        for head in [&self.sentence, &self.e5] {
            bytes.extend((head.weights.len() as u16).to_le_bytes());
            let numbers = head.bias.iter().chain(head.weights.iter().flatten());
            bytes.extend(numbers.flat_map(|number| number.to_le_bytes()));
        }
        for factors in [self.with_e5, self.with_sentence, self.with_both] {
            let numbers = [factors.fast, factors.sentence, factors.e5];
            bytes.extend(numbers.into_iter().flat_map(f32::to_le_bytes));
        }
        bytes
    }

    /// From bytes; none when they are no heads.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        if bytes.take(MAGIC.len())? != MAGIC || bytes.byte()? != 2 {
            return None;
        }
        let mut head = || {
            let width = u16::from_le_bytes(bytes.take(2)?.try_into().ok()?);
            let bias = [bytes.number()?, bytes.number()?];
            let weights = (0..width).map(|_| Some([bytes.number()?, bytes.number()?])).collect::<Option<_>>()?;
            Some(Head { weights, bias })
        };
        let (sentence, e5) = (head()?, head()?);
        let mut factors = || Some(Factors { fast: bytes.number()?, sentence: bytes.number()?, e5: bytes.number()? });
        let heads = Self { sentence, e5, with_e5: factors()?, with_sentence: factors()?, with_both: factors()? };
        bytes.0.is_empty().then_some(heads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads() -> Heads {
        let one = Factors { fast: 0.5, sentence: 2.0, e5: 4.0 };
        Heads {
            sentence: Head { weights: vec![[1.0, 0.0], [0.0, 1.0]], bias: [0.25, 0.0] },
            e5: Head { weights: vec![[0.0, 1.0]], bias: [0.0, -1.0] },
            with_e5: one,
            with_sentence: one,
            with_both: one,
        }
    }

    #[test]
    fn what_is_missing_adds_nothing() {
        let heads = heads();
        assert_eq!(heads.logits([3.0, 1.0], None, None), [3.0, 1.0]);
        assert_eq!(heads.logits([2.0, 0.0], Some(&[1.0, 3.0]), None), [1.0 + 2.5, 6.0]);
        assert_eq!(heads.logits([2.0, 0.0], None, Some(&[2.0])), [1.0, 4.0]);
        assert_eq!(heads.logits([2.0, 0.0], Some(&[1.0, 3.0]), Some(&[2.0])), [1.0 + 2.5, 6.0 + 4.0]);
    }

    #[test]
    fn heads_survive_their_bytes_and_nothing_else_is_read_as_heads() {
        let bytes = heads().to_bytes();
        assert_eq!(Heads::from_bytes(&bytes), Some(heads()));
        assert_eq!(Heads::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Heads::from_bytes(&[bytes.as_slice(), &[0]].concat()), None);
    }

    #[test]
    fn the_committed_heads_fit_their_encoders() {
        let heads = Heads::embedded();
        assert_eq!((heads.sentence.weights.len(), heads.e5.weights.len()), (512, 384));
    }
}

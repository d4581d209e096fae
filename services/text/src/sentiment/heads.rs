//! Owns what encoders' vectors say about sentiment, together with the fast tier. Never the encoders.
//!
//! Texts of some languages were labelled as tweets, those of others as reviews: each kind has heads of its own.
//!
//! The file: the magic `cshead02`; u8 number of groups. For each: u8 number of its languages and their codes (2 bytes); for USE, then for e5,
//! u16 width, 2 f32 biases and 2 f32 weights a place; for the mixtures with e5, USE and both 3 f32 factors (fast, USE, e5). Then u8 number of
//! languages, for each its code and for each mixture f32 temperature and 2 f32 biases. All numbers are little-endian. The first group is
//! that of all languages that no group names.

use std::sync::LazyLock;

use super::{
    Probabilities,
    weights::{Bytes, Calibration},
};
use crate::language::Language;

/// The heads that are compiled in.
pub const HEADS: &[u8] = include_bytes!("../../weights/heads.bin");

const MAGIC: &[u8; 8] = b"cshead03";

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

/// The heads of a group of languages and how they are mixed with the fast tier.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    /// Its languages.
    pub languages: Vec<Language>,
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

/// The heads of all groups.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heads {
    /// The first is that of all languages that no group names; there is at least one.
    pub groups: Vec<Group>,
    /// By language the calibration of the mixtures with e5, with USE and with both.
    pub calibrations: Vec<(Language, [Calibration; 3])>,
}

impl Group {
    /// The mixed logits of negative and positive. `fast` are the calibrated logits of the fast tier; vectors have length 1; without
    /// both of them the answer is that of the fast tier.
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

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.languages.len() as u8);
        self.languages.iter().for_each(|language| bytes.extend(language.0.as_bytes()));
        for head in [&self.sentence, &self.e5] {
            bytes.extend((head.weights.len() as u16).to_le_bytes());
            let numbers = head.bias.iter().chain(head.weights.iter().flatten());
            bytes.extend(numbers.flat_map(|number| number.to_le_bytes()));
        }
        for factors in [self.with_e5, self.with_sentence, self.with_both] {
            let numbers = [factors.fast, factors.sentence, factors.e5];
            bytes.extend(numbers.into_iter().flat_map(f32::to_le_bytes));
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let count = bytes.byte()?;
        let languages = (0..count).map(|_| bytes.language()).collect::<Option<_>>()?;
        let mut head = || {
            let width = u16::from_le_bytes(bytes.take(2)?.try_into().ok()?);
            let bias = [bytes.number()?, bytes.number()?];
            let weights = (0..width).map(|_| Some([bytes.number()?, bytes.number()?])).collect::<Option<_>>()?;
            Some(Head { weights, bias })
        };
        let (sentence, e5) = (head()?, head()?);
        let mut factors = || Some(Factors { fast: bytes.number()?, sentence: bytes.number()?, e5: bytes.number()? });
        Some(Self { languages, sentence, e5, with_e5: factors()?, with_sentence: factors()?, with_both: factors()? })
    }
}

impl Heads {
    /// The heads that are compiled in.
    pub fn embedded() -> &'static Self {
        static HEADS_READ: LazyLock<Heads> =
            LazyLock::new(|| Heads::from_bytes(HEADS).expect("the committed heads are read by a test"));
        &HEADS_READ
    }

    /// The heads for texts in a language; those of most languages when there is none.
    pub fn group(&self, language: Option<Language>) -> &Group {
        let named = |group: &&Group| language.is_some_and(|language| group.languages.contains(&language));
        self.groups.iter().find(named).unwrap_or(&self.groups[0])
    }

    /// Calibrated probabilities of a text in a language. `fast` are the calibrated logits of the fast tier; vectors have length 1;
    /// without both of them the answer is that of the fast tier.
    pub fn probabilities(
        &self,
        language: Option<Language>,
        fast: [f32; 2],
        sentence: Option<&[f32]>,
        e5: Option<&[f32]>,
    ) -> Probabilities {
        let mixed = self.group(language).logits(fast, sentence, e5);
        let own = self.calibrations.iter().find(|(known, _)| Some(*known) == language);
        let calibration =
            own.map_or(Calibration::NONE, |(_, [with_e5, with_sentence, with_both])| match (sentence, e5) {
                (Some(_), Some(_)) => *with_both,
                (Some(_), None) => *with_sentence,
                (None, Some(_)) => *with_e5,
                (None, None) => Calibration::NONE,
            });
        let [negative, positive] = calibration.apply(mixed);
        Probabilities::from_logits(negative, positive)
    }

    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(self.groups.len() as u8);
        self.groups.iter().for_each(|group| group.write(&mut bytes));
        bytes.push(self.calibrations.len() as u8);
        for (language, calibrations) in &self.calibrations {
            bytes.extend(language.0.as_bytes());
            for Calibration { temperature, bias } in calibrations {
                bytes.extend([*temperature, bias[0], bias[1]].into_iter().flat_map(f32::to_le_bytes));
            }
        }
        bytes
    }

    /// From bytes; none when they are no heads.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        if bytes.take(MAGIC.len())? != MAGIC {
            return None;
        }
        let count = bytes.byte()?;
        let groups: Vec<_> = (0..count).map(|_| Group::read(&mut bytes)).collect::<Option<_>>()?;
        let count = bytes.byte()?;
        let calibration = |bytes: &mut Bytes<'_>| {
            Some(Calibration { temperature: bytes.number()?, bias: [bytes.number()?, bytes.number()?] })
        };
        let own = |bytes: &mut Bytes<'_>| {
            let language = bytes.language()?;
            Some((language, [calibration(bytes)?, calibration(bytes)?, calibration(bytes)?]))
        };
        let calibrations = (0..count).map(|_| own(&mut bytes)).collect::<Option<_>>()?;
        (bytes.0.is_empty() && !groups.is_empty()).then_some(Self { groups, calibrations })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(languages: &[Language]) -> Group {
        let one = Factors { fast: 0.5, sentence: 2.0, e5: 4.0 };
        Group {
            languages: languages.to_vec(),
            sentence: Head { weights: vec![[1.0, 0.0], [0.0, 1.0]], bias: [0.25, 0.0] },
            e5: Head { weights: vec![[0.0, 1.0]], bias: [0.0, -1.0] },
            with_e5: one,
            with_sentence: one,
            with_both: one,
        }
    }

    #[test]
    fn what_is_missing_adds_nothing() {
        let group = group(&[]);
        assert_eq!(group.logits([3.0, 1.0], None, None), [3.0, 1.0]);
        assert_eq!(group.logits([2.0, 0.0], Some(&[1.0, 3.0]), None), [1.0 + 2.5, 6.0]);
        assert_eq!(group.logits([2.0, 0.0], None, Some(&[2.0])), [1.0, 4.0]);
        assert_eq!(group.logits([2.0, 0.0], Some(&[1.0, 3.0]), Some(&[2.0])), [1.0 + 2.5, 6.0 + 4.0]);
    }

    #[test]
    fn heads_survive_their_bytes_and_nothing_else_is_read_as_heads() {
        let heads = Heads {
            groups: vec![group(&[]), group(&[Language("ja"), Language("zh")])],
            calibrations: vec![(Language("ja"), [Calibration { temperature: 2.0, bias: [0.5, 0.25] }; 3])],
        };
        let bytes = heads.to_bytes();
        assert_eq!(Heads::from_bytes(&bytes), Some(heads));
        assert_eq!(Heads::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Heads::from_bytes(&[bytes.as_slice(), &[0]].concat()), None);
    }

    #[test]
    fn a_language_that_no_group_names_has_the_first() {
        let heads = Heads { groups: vec![group(&[]), group(&[Language("ja")])], calibrations: Vec::new() };
        assert_eq!(heads.group(Some(Language("ja"))).languages, [Language("ja")]);
        assert!(heads.group(Some(Language("fr"))).languages.is_empty() && heads.group(None).languages.is_empty());
    }

    #[test]
    fn the_committed_heads_fit_their_encoders() {
        for group in &Heads::embedded().groups {
            assert_eq!((group.sentence.weights.len(), group.e5.weights.len()), (512, 384));
        }
    }
}

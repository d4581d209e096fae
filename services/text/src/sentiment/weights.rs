//! Owns the weights of the fast tier as bytes and as tables. Never how they were found.
//!
//! All numbers are little-endian: the magic `csfast01`; f32 bias of negative and of positive (against neutral); f32 largest weight;
//! u8 number of Latin languages, for each its code (2 bytes) and f32 bias; f32 largest weight; u8 number of measured languages, for
//! each its code, f32 temperature, 2 f32 biases and f32 macro F1; then the table of sentiment, 2 bytes a bucket, and the table of languages, one
//! byte a bucket and language. A weight is kept as the sign and root of its share in the largest one, from -127 to 127.

use crate::language::Language;

/// Buckets of the table of sentiment, as a power of 2.
pub const SENTIMENT_BITS: u32 = 18;
/// Buckets of the table of languages, as a power of 2.
pub const LANGUAGE_BITS: u32 = 14;
/// Languages that a row of the table of languages has room for.
pub const LANES: usize = 16;
/// What the largest weight becomes in the tables.
const FULL: f32 = 16_000.0;
/// What is added to every weight of sentiment, so that two fit side by side without a sign. A sum has room for 131,072 of them.
const LIFT: u32 = 1 << 14;
/// The same for languages: a word has at most 120 features, so their sum stays below 32,768.
const FULL_LANGUAGE: f32 = 270.0;

const MAGIC: &[u8; 8] = b"csfast01";

/// What makes the logits of a language calibrated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// What logits are divided by.
    pub temperature: f32,
    /// What is then added to the logits of negative and positive.
    pub bias: [f32; 2],
}

impl Calibration {
    /// Changes nothing.
    pub const NONE: Self = Self { temperature: 1.0, bias: [0.0; 2] };

    /// Calibrated logits.
    #[inline]
    pub fn apply(&self, logits: [f32; 2]) -> [f32; 2] {
        [logits[0] / self.temperature + self.bias[0], logits[1] / self.temperature + self.bias[1]]
    }
}

/// A measured language.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The language.
    pub language: Language,
    /// Of its logits.
    pub calibration: Calibration,
    /// Macro F1 on texts that were not trained on, 0 to 1.
    pub macro_f1: f32,
}

/// Weights as they were found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Of negative and of positive, against neutral.
    pub bias: [f32; 2],
    /// By bucket: negative and positive; `1 << SENTIMENT_BITS` of them.
    pub sentiment: Vec<[f32; 2]>,
    /// Languages in Latin letters, with their bias; at most [`LANES`].
    pub latin: Vec<(Language, f32)>,
    /// By bucket, one a language; `latin.len() << LANGUAGE_BITS` of them.
    pub languages: Vec<f32>,
    /// Languages with a measured quality.
    pub measured: Vec<Measured>,
}

/// Weights ready to be added up.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) bias: [f32; 2],
    /// What one unit of a sum is worth.
    pub(super) unit: f32,
    pub(super) sentiment: Box<[u32]>,
    pub(super) latin: Vec<Language>,
    /// By lane; the least number where there is no language.
    pub(super) latin_bias: [f32; LANES],
    pub(super) language_unit: f32,
    pub(super) languages: Box<[[i16; LANES]]>,
    pub(super) measured: Vec<Measured>,
}

/// The bucket of a feature in the table of sentiment.
#[inline]
pub fn bucket(hash: u64) -> usize {
    (hash >> (64 - SENTIMENT_BITS)) as usize
}

/// The bucket of a feature in the table of languages.
#[inline]
pub fn language_bucket(hash: u64) -> usize {
    (hash >> (64 - LANGUAGE_BITS)) as usize
}

/// Sums of negative and of positive weights side by side, both lifted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pair(u64);

impl Pair {
    /// With the weights of one more bucket.
    #[inline]
    pub(super) fn add(&mut self, entry: u32) {
        self.0 += (u64::from(entry) | u64::from(entry) << 16) & 0xffff_0000_ffff;
    }

    /// With another sum.
    #[inline]
    pub(super) fn join(&mut self, other: Self) {
        self.0 += other.0;
    }

    /// The sums of `count` buckets: negative, positive.
    pub(super) fn sums(self, count: u32) -> [i64; 2] {
        [self.0 & 0xffff_ffff, self.0 >> 32].map(|sum| sum as i64 - i64::from(LIFT) * i64::from(count))
    }
}

impl Found {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let largest = |weights: &mut dyn Iterator<Item = f32>| {
            weights.fold(f32::MIN_POSITIVE, |most, weight| most.max(weight.abs()))
        };
        let most = largest(&mut self.sentiment.iter().flatten().copied());
        let most_language = largest(&mut self.languages.iter().copied());
        for number in [self.bias[0], self.bias[1], most] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.push(self.latin.len() as u8);
        for (language, bias) in &self.latin {
            bytes.extend(language.0.as_bytes());
            bytes.extend(bias.to_le_bytes());
        }
        bytes.extend(most_language.to_le_bytes());
        bytes.push(self.measured.len() as u8);
        for measured in &self.measured {
            bytes.extend(measured.language.0.as_bytes());
            let Calibration { temperature, bias } = measured.calibration;
            bytes.extend([temperature, bias[0], bias[1]].into_iter().flat_map(f32::to_le_bytes));
            bytes.extend(measured.macro_f1.to_le_bytes());
        }
        let pack = |weight: f32, most: f32| ((weight.abs() / most).sqrt().copysign(weight) * 127.0).round() as i8 as u8;
        bytes.extend(self.sentiment.iter().flatten().map(|weight| pack(*weight, most)));
        bytes.extend(self.languages.iter().map(|weight| pack(*weight, most_language)));
        bytes
    }
}

/// Reads numbers from the front of bytes.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    pub(super) fn number(&mut self) -> Option<f32> {
        Some(f32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    pub(super) fn language(&mut self) -> Option<Language> {
        Language::from_code(std::str::from_utf8(self.take(2)?).ok()?)
    }
}

impl Tables {
    /// The calibration of a language; none when its quality is not measured.
    pub(super) fn calibration(&self, language: Language) -> Option<Calibration> {
        self.measured.iter().find(|measured| measured.language == language).map(|measured| measured.calibration)
    }

    /// From bytes; none when they are not weights.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        if bytes.take(MAGIC.len())? != MAGIC {
            return None;
        }
        let bias = [bytes.number()?, bytes.number()?];
        let most = bytes.number()?;
        let lanes = usize::from(bytes.byte()?);
        let latin: Vec<_> = (0..lanes).map(|_| Some((bytes.language()?, bytes.number()?))).collect::<Option<_>>()?;
        let most_language = bytes.number()?;
        let count = bytes.byte()?;
        let measured = (0..count).map(|_| {
            let language = bytes.language()?;
            let calibration = Calibration { temperature: bytes.number()?, bias: [bytes.number()?, bytes.number()?] };
            Some(Measured { language, calibration, macro_f1: bytes.number()? })
        });
        let measured = measured.collect::<Option<_>>()?;
        let unpack = |byte: u8, full: f32| {
            let share = f32::from(byte as i8) / 127.0;
            (share * share.abs() * full).round() as i16
        };
        let lift = |byte: u8| (i32::from(unpack(byte, FULL)) + LIFT as i32) as u32;
        let pairs = bytes.take(2 << SENTIMENT_BITS)?.chunks_exact(2);
        let sentiment = pairs.map(|pair| lift(pair[0]) | lift(pair[1]) << 16);
        let rows = bytes.take(lanes << LANGUAGE_BITS)?;
        let mut languages = vec![[0; LANES]; 1 << LANGUAGE_BITS];
        if lanes == 0 || lanes > LANES || !bytes.0.is_empty() {
            return None;
        }
        let mut latin_bias = [f32::MIN; LANES];
        latin_bias.iter_mut().zip(&latin).for_each(|(lane, (_, bias))| *lane = *bias);
        for (row, kept) in rows.chunks_exact(lanes).zip(&mut languages) {
            for (lane, byte) in row.iter().enumerate() {
                kept[lane] = unpack(*byte, FULL_LANGUAGE);
            }
        }
        Some(Self {
            bias,
            unit: most / FULL,
            sentiment: sentiment.collect(),
            latin: latin.iter().map(|(language, _)| *language).collect(),
            latin_bias,
            language_unit: most_language / FULL_LANGUAGE,
            languages: languages.into(),
            measured,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Found {
        let mut found = Found {
            bias: [0.5, -0.25],
            sentiment: vec![[0.0; 2]; 1 << SENTIMENT_BITS],
            latin: vec![(Language("en"), 0.1), (Language("pt"), -0.1)],
            languages: vec![0.0; 2 << LANGUAGE_BITS],
            measured: vec![Measured {
                language: Language("pt"),
                calibration: Calibration { temperature: 1.5, bias: [0.1, -0.2] },
                macro_f1: 0.6,
            }],
        };
        found.sentiment[7] = [-2.0, 1.0];
        found.languages[5] = 3.0;
        found
    }

    #[test]
    fn weights_survive_their_bytes_within_a_hundredth_of_the_largest() {
        let found = small();
        let tables = Tables::from_bytes(&found.to_bytes()).expect("own bytes are read");
        assert_eq!((tables.bias, &tables.measured), (found.bias, &found.measured));
        assert_eq!(tables.latin, [Language("en"), Language("pt")]);
        assert_eq!(tables.latin_bias[..3], [0.1, -0.1, f32::MIN]);
        let near =
            |sum: i64, unit: f32, weight: f32| assert!((sum as f32 * unit - weight).abs() < 0.02, "{sum} {weight}");
        let of = |entry| {
            let mut pair = Pair::default();
            pair.add(entry);
            pair.sums(1)
        };
        let [negative, positive] = of(tables.sentiment[7]);
        near(negative, tables.unit, -2.0);
        near(positive, tables.unit, 1.0);
        near(i64::from(tables.languages[2][1]), tables.language_unit, 3.0);
        assert_eq!((of(tables.sentiment[6]), tables.languages[3]), ([0, 0], [0; LANES]));
    }

    #[test]
    fn bytes_that_are_cut_or_foreign_are_no_weights() {
        let bytes = small().to_bytes();
        for cut in [0, 5, 40, bytes.len() - 1] {
            assert!(Tables::from_bytes(&bytes[..cut]).is_none(), "{cut}");
        }
        assert!(Tables::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_none());
        assert!(Tables::from_bytes(&vec![7; bytes.len()]).is_none());
    }
}

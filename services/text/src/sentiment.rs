//! Owns the sentiment of a text and the fast tier that reads it. Never the encoders.
//!
//! The fast tier is a linear model over hashed words, pairs of words, letters inside words, pictographs and shape (see [`features`]):
//! `logit = bias + sum of weights / sqrt(number of features)` for negative and for positive, neutral being 0. Weights and their
//! measured quality are in `weights/`; `creatorscope-train` makes them.

use std::sync::LazyLock;

use crate::language::{ByScript, Language, LanguageGuess, OTHER, by_script};

pub(crate) mod alphabet;
mod cache;
pub mod features;
mod hashing;
mod negation;
mod tokens;
pub mod weights;
pub(crate) mod words;

pub use cache::Scratch;
use cache::Sums;
use features::{Reader, Shape, Token, Visitor, Word};
use weights::{LANES, Tables, bucket, halves, language_bucket};

/// The name and version of the built-in model, as every score carries it.
pub const FAST_MODEL: &str = "fast@1";

/// The weights that are compiled in.
pub const FAST_WEIGHTS: &[u8] = include_bytes!("../weights/fast.bin");

/// A language in Latin letters is known when all supported ones together have this probability.
const ENOUGH_SUPPORT: f32 = 0.5;

/// Calibrated probabilities; they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probabilities {
    /// That the text is negative, 0 to 1.
    pub negative: f32,
    /// That it is neutral, 0 to 1.
    pub neutral: f32,
    /// That it is positive, 0 to 1.
    pub positive: f32,
}

impl Probabilities {
    /// From the logits of negative and positive, that of neutral being 0.
    pub fn from_logits(negative: f32, positive: f32) -> Self {
        let most = negative.max(positive).max(0.0);
        let [negative, neutral, positive] = [(negative - most).exp(), (-most).exp(), (positive - most).exp()];
        let all = negative + neutral + positive;
        Self { negative: negative / all, neutral: neutral / all, positive: positive / all }
    }
}

/// Why a text has no sentiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Nothing to read: empty, spaces, links, or names only.
    NoText,
    /// Its language is not known with enough certainty.
    LanguageUnknown,
    /// Its language has no measured quality.
    LanguageNotSupported,
}

/// What was read from a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Its language; none when nothing speaks for one.
    pub language: Option<LanguageGuess>,
    /// Its sentiment, or why it has none.
    pub sentiment: Result<Probabilities, Unknown>,
}

/// The built-in model.
#[derive(Debug)]
pub struct FastModel {
    reader: Reader,
    tables: Tables,
    languages: &'static [(Language, f32)],
    /// By lane of the table of languages: 1 for a supported language, else 0.
    supported: [f32; LANES],
    /// The lane of [`OTHER`]; one that does not exist when there is none.
    other: usize,
}

/// What the fast tier saw in a text, before anything is decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Of negative and of positive, neutral being 0; not yet divided by a temperature.
    pub logits: [f32; 2],
    /// Its language, and whether it may be read; the error says why not.
    pub language: Result<Option<LanguageGuess>, (Option<LanguageGuess>, Unknown)>,
}

impl FastModel {
    /// The model whose weights are compiled in.
    pub fn embedded() -> &'static Self {
        static MODEL: LazyLock<FastModel> =
            LazyLock::new(|| FastModel::from_bytes(FAST_WEIGHTS).expect("the committed weights are read by a test"));
        &MODEL
    }

    /// The model with these weights; none when they are not of this version. Its table of languages stays in memory for good.
    pub fn from_bytes(weights: &[u8]) -> Option<Self> {
        let tables = Tables::from_bytes(weights)?;
        let languages: Vec<_> = tables.measured.iter().map(|measured| (measured.language, measured.macro_f1)).collect();
        let mut supported = [0.0; LANES];
        for (lane, language) in supported.iter_mut().zip(&tables.latin) {
            *lane = f32::from(u8::from(*language != OTHER && languages.iter().any(|(known, _)| known == language)));
        }
        let other = tables.latin.iter().position(|language| *language == OTHER).unwrap_or(LANES);
        Some(Self { reader: Reader::default(), tables, languages: languages.leak(), supported, other })
    }

    /// Reads one text, already cleaned.
    ///
    /// A text of pictographs or emoticons only has a sentiment and no language. Hindi is read in Latin letters: in Devanagari its
    /// quality is not measured.
    pub fn read(&self, text: &str, scratch: &mut Scratch) -> Reading {
        let evidence = self.evidence(text, scratch);
        match evidence.language {
            Ok(language) => Reading { language, sentiment: Ok(self.probabilities(evidence.logits, language)) },
            Err((language, unknown)) => Reading { language, sentiment: Err(unknown) },
        }
    }

    /// What speaks for which sentiment, and whether the language lets it be read.
    pub fn evidence(&self, text: &str, scratch: &mut Scratch) -> Evidence {
        let mut tokens = std::mem::take(&mut scratch.tokens);
        let mut adder = Adder {
            model: self,
            scratch,
            found: Sums::default(),
            sentiment: [0; 2],
            count: 0,
            languages: Languages::default(),
        };
        let shape = self.reader.read(text, &mut tokens, &mut adder);
        adder.scratch.tokens = tokens;
        let scale = self.tables.unit / (adder.count.max(1) as f32).sqrt();
        let logit = |class: usize| self.tables.bias[class] + adder.sentiment[class] as f32 * scale;
        adder.languages.carry();
        let Languages { sums, count, .. } = &adder.languages;
        Evidence { logits: [logit(0), logit(1)], language: self.language(&shape, sums, *count) }
    }

    /// The languages with a measured quality, and their macro F1 on texts that were not trained on, 0 to 1.
    pub fn languages(&self) -> &'static [(Language, f32)] {
        self.languages
    }

    /// Calibrated probabilities of logits in a language.
    pub fn probabilities(&self, logits: [f32; 2], language: Option<LanguageGuess>) -> Probabilities {
        let measured =
            |guess: LanguageGuess| self.tables.measured.iter().find(|measured| measured.language == guess.language);
        let temperature = language.and_then(measured).map_or(1.0, |measured| measured.temperature);
        Probabilities::from_logits(logits[0] / temperature, logits[1] / temperature)
    }

    /// How probable each language of the table is for a text in Latin letters whose sums these are.
    fn latin(&self, sums: &[i32; LANES], count: u32) -> [f32; LANES] {
        let scale = self.tables.language_unit / (count.max(1) as f32).sqrt();
        let mut logits = self.tables.latin_bias;
        let mut most = f32::MIN;
        for (logit, sum) in logits.iter_mut().zip(sums) {
            *logit += *sum as f32 * scale;
            most = most.max(*logit);
        }
        let mut shares = logits.map(|logit| exponential(logit - most));
        let all: f32 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= all);
        shares
    }

    #[expect(clippy::type_complexity, reason = "it is the type of the field that it fills")]
    fn language(
        &self,
        shape: &Shape,
        sums: &[i32; LANES],
        count: u32,
    ) -> Result<Option<LanguageGuess>, (Option<LanguageGuess>, Unknown)> {
        let guess = match by_script(&shape.letters) {
            ByScript::Nothing if shape.emoji > 0 => return Ok(None),
            ByScript::Nothing => return Err((None, Unknown::NoText)),
            ByScript::Unknown => return Err((None, Unknown::LanguageUnknown)),
            ByScript::Known(guess) if guess.language == Language("hi") => {
                return Err((Some(guess), Unknown::LanguageNotSupported));
            }
            ByScript::Known(guess) => guess,
            ByScript::Latin => {
                let shares = self.latin(sums, count);
                let mut support = 0.0;
                let mut best = (0, f32::NEG_INFINITY);
                for (lane, share) in shares.into_iter().enumerate() {
                    support += share * self.supported[lane];
                    if share > best.1 && lane != self.other {
                        best = (lane, share);
                    }
                }
                let named = self.tables.latin.get(best.0);
                let guess = named.map(|language| LanguageGuess { language: *language, confidence: best.1 });
                match guess {
                    Some(guess) if support >= ENOUGH_SUPPORT => guess,
                    Some(guess) if guess.confidence >= ENOUGH_SUPPORT => {
                        return Err((Some(guess), Unknown::LanguageNotSupported));
                    }
                    _ => return Err((None, Unknown::LanguageUnknown)),
                }
            }
        };
        let measured = self.languages.iter().any(|(known, _)| *known == guess.language);
        if measured { Ok(Some(guess)) } else { Err((Some(guess), Unknown::LanguageNotSupported)) }
    }

    /// The sums of a word's own features.
    fn find(&self, written: &str) -> Sums {
        let (mut count, mut language_count) = (0, 0);
        let mut sentiment = [0; 2];
        let mut languages = [0_i16; LANES];
        let word = self.reader.read_word(
            written,
            |hash| {
                let [negative, positive] = halves(self.tables.sentiment[bucket(hash)]);
                sentiment = [sentiment[0] + negative, sentiment[1] + positive];
                count += 1;
            },
            |hash| {
                let row = &self.tables.languages[language_bucket(hash)];
                // A word has no more features than the weights leave room for: see `weights::FULL_LANGUAGE`.
                for lane in 0..LANES {
                    languages[lane] = languages[lane].wrapping_add(row[lane]);
                }
                language_count += 1;
            },
        );
        languages.iter_mut().for_each(|sum| *sum = (*sum).clamp(-MOST_OF_WORD, MOST_OF_WORD));
        Sums { key: 0, word, sentiment, count, language_count, languages }
    }
}

/// `exp(x)` for x from -80 to 0, else its value at the nearer end; relative error below 1e-4, and the same on every machine.
#[inline]
fn exponential(x: f32) -> f32 {
    let powers = x.clamp(-80.0, 0.0) * std::f32::consts::LOG2_E;
    let whole = powers as i32;
    // Taylor's series of the broken part, which lies between -ln 2 and 0.
    let broken = (powers - whole as f32) * std::f32::consts::LN_2;
    let fourth = 1.0 / 6.0 + broken * (1.0 / 24.0 + broken * (1.0 / 120.0 + broken / 720.0));
    let series = 1.0 + broken * (1.0 + broken * (0.5 + broken * fourth));
    series * f32::from_bits(((whole + 127) as u32) << 23)
}

/// Sums of languages, kept in 16 bits for a few words and then carried to 32.
#[derive(Debug, Default)]
struct Languages {
    few: [i16; LANES],
    words: u8,
    sums: [i32; LANES],
    count: u32,
}

/// Words whose sums fit into 16 bits.
const FEW: u8 = 8;
/// The greatest sum of one word for one language.
const MOST_OF_WORD: i16 = i16::MAX / FEW as i16;

impl Languages {
    #[inline]
    fn add(&mut self, sums: &Sums) {
        for lane in 0..LANES {
            self.few[lane] = self.few[lane].wrapping_add(sums.languages[lane]);
        }
        self.count += u32::from(sums.language_count);
        self.words += 1;
        if self.words == FEW {
            self.carry();
        }
    }

    #[inline]
    fn carry(&mut self) {
        for lane in 0..LANES {
            self.sums[lane] += i32::from(self.few[lane]);
        }
        (self.few, self.words) = ([0; LANES], 0);
    }
}

/// Adds up the weights of a text's features.
struct Adder<'a> {
    model: &'a FastModel,
    scratch: &'a mut Scratch,
    /// Room for a word that is not remembered.
    found: Sums,
    sentiment: [i64; 2],
    count: u32,
    languages: Languages,
}

impl Visitor for Adder<'_> {
    #[inline]
    fn expect(&mut self, tokens: &[Token]) {
        self.scratch.warm(tokens);
    }

    #[inline]
    fn word(&mut self, written: &str, key: u64) -> Word {
        let model = self.model;
        let sums = self.scratch.sums(key, &mut self.found, || model.find(written));
        self.sentiment =
            [self.sentiment[0] + i64::from(sums.sentiment[0]), self.sentiment[1] + i64::from(sums.sentiment[1])];
        self.count += u32::from(sums.count);
        self.languages.add(sums);
        sums.word
    }

    #[inline]
    fn feature(&mut self, hash: u64) {
        let [negative, positive] = halves(self.model.tables.sentiment[bucket(hash)]);
        self.sentiment = [self.sentiment[0] + i64::from(negative), self.sentiment[1] + i64::from(positive)];
        self.count += 1;
    }
}

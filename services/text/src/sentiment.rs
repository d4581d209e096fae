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
mod negation;
pub mod weights;

pub use cache::Scratch;
use cache::Sums;
use features::{Reader, Shape, Visitor, Word};
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
        Some(Self { reader: Reader::default(), tables, languages: languages.leak() })
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
        let mut adder =
            Adder { model: self, scratch, sentiment: [0_i64; 2], count: 0, languages: [0; LANES], language_count: 0 };
        let shape = self.reader.read(text, &mut adder);
        let scale = self.tables.unit / (adder.count.max(1) as f32).sqrt();
        let logit = |class: usize| self.tables.bias[class] + adder.sentiment[class] as f32 * scale;
        let (sums, count) = (adder.languages, adder.language_count);
        Evidence { logits: [logit(0), logit(1)], language: self.language(&shape, &sums, count) }
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

    /// The language of a text in Latin letters, among those of the table, whose sums these are.
    fn latin(&self, sums: &[i32; LANES], count: u32) -> [f32; LANES] {
        let scale = self.tables.language_unit / (count.max(1) as f32).sqrt();
        let mut shares = [0.0; LANES];
        let mut most = f32::NEG_INFINITY;
        for (lane, (_, bias)) in self.tables.latin.iter().enumerate() {
            shares[lane] = bias + sums[lane] as f32 * scale;
            most = most.max(shares[lane]);
        }
        let shares_used = &mut shares[..self.tables.latin.len()];
        shares_used.iter_mut().for_each(|share| *share = (*share - most).exp());
        let all: f32 = shares_used.iter().sum();
        shares_used.iter_mut().for_each(|share| *share /= all);
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
                let named = self.tables.latin.iter().zip(shares).filter(|((language, _), _)| *language != OTHER);
                let supported = |language: Language| self.languages.iter().any(|(known, _)| *known == language);
                let support: f32 =
                    named.clone().filter(|((language, _), _)| supported(*language)).map(|(_, share)| share).sum();
                let best = named.max_by(|(_, left), (_, right)| left.total_cmp(right));
                let guess = best.map(|((language, _), confidence)| LanguageGuess { language: *language, confidence });
                match guess {
                    Some(guess) if support >= ENOUGH_SUPPORT => guess,
                    Some(guess) if guess.confidence >= ENOUGH_SUPPORT => {
                        return Err((Some(guess), Unknown::LanguageNotSupported));
                    }
                    _ => return Err((None, Unknown::LanguageUnknown)),
                }
            }
        };
        let supported = self.languages.iter().any(|(known, _)| *known == guess.language);
        if supported { Ok(Some(guess)) } else { Err((Some(guess), Unknown::LanguageNotSupported)) }
    }

    /// The sums of a word's own features.
    fn find(&self, written: &str) -> Sums {
        let mut sums = Sums::default();
        let (mut count, mut language_count) = (0, 0);
        let mut total = [0; 2];
        let mut languages = [0; LANES];
        let word = self.reader.read_word(
            written,
            |hash| {
                let [negative, positive] = halves(self.tables.sentiment[bucket(hash)]);
                total = [total[0] + negative, total[1] + positive];
                count += 1;
            },
            |hash| {
                let row = &self.tables.languages[language_bucket(hash)];
                languages
                    .iter_mut()
                    .zip(row)
                    .for_each(|(sum, weight): (&mut i16, _)| *sum = sum.saturating_add(*weight));
                language_count += 1;
            },
        );
        (sums.word, sums.sentiment, sums.count) = (word, total, count);
        (sums.languages, sums.language_count) = (languages, language_count);
        sums
    }
}

/// Adds up the weights of a text's features.
struct Adder<'a> {
    model: &'a FastModel,
    scratch: &'a mut Scratch,
    sentiment: [i64; 2],
    count: u32,
    languages: [i32; LANES],
    language_count: u32,
}

impl Visitor for Adder<'_> {
    #[inline]
    fn word(&mut self, written: &str) -> Word {
        let model = self.model;
        let sums = self.scratch.sums(written, || model.find(written));
        self.sentiment =
            [self.sentiment[0] + i64::from(sums.sentiment[0]), self.sentiment[1] + i64::from(sums.sentiment[1])];
        self.count += u32::from(sums.count);
        self.language_count += u32::from(sums.language_count);
        self.languages.iter_mut().zip(sums.languages).for_each(|(sum, more)| *sum += i32::from(more));
        sums.word
    }

    #[inline]
    fn feature(&mut self, hash: u64) {
        let [negative, positive] = halves(self.model.tables.sentiment[bucket(hash)]);
        self.sentiment = [self.sentiment[0] + i64::from(negative), self.sentiment[1] + i64::from(positive)];
        self.count += 1;
    }
}

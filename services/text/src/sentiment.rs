//! Owns the sentiment of a text and the fast tier that reads it. Never the encoders.
//!
//! The fast tier is a linear model over hashed words, pairs of words, letters inside words, pictographs and shape (see [`features`]):
//! `logit = bias + sum of weights / sqrt(number of features)` for negative and for positive, neutral being 0. Weights and their
//! measured quality are in `weights/`; `creatorscope-train` makes them.

use std::{ops::Range, sync::LazyLock};

use crate::language::{Language, LanguageGuess};

pub(crate) mod alphabet;
mod cache;
mod english;
pub mod features;
mod hashing;
pub mod heads;
mod negation;
mod spoken;
mod tokens;
pub mod weights;
mod words;

pub use cache::Scratch;
use cache::Sums;
use features::{Reader, Token, Visitor, Word};
use spoken::Support;
pub use spoken::{Spoken, Unspoken};
use weights::{LANES, Pair, Tables, bucket, language_bucket};

/// The name and version of the built-in model, as every score carries it.
pub const FAST_MODEL: &str = "fast@1";

/// The weights that are compiled in.
pub const FAST_WEIGHTS: &[u8] = include_bytes!("../weights/fast.bin");

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
    support: Support,
}

/// What the fast tier saw in a text, before anything is decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Of negative and of positive, neutral being 0; not yet calibrated.
    pub logits: [f32; 2],
    /// Its language, if that lets the sentiment be read.
    pub language: Result<Spoken, Unspoken>,
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
        let support = Support::of(&tables);
        Some(Self { reader: Reader::default(), tables, languages: languages.leak(), support })
    }

    /// Reads one text, already cleaned.
    ///
    /// A text of pictographs or emoticons only has a sentiment and no language. Hindi is read in Latin letters: in Devanagari its
    /// quality is not measured.
    pub fn read(&self, text: &str, scratch: &mut Scratch) -> Reading {
        let evidence = self.evidence(text, scratch);
        match evidence.language {
            Ok(Spoken { language, calibration }) => {
                let [negative, positive] = calibration.apply(evidence.logits);
                Reading { language, sentiment: Ok(Probabilities::from_logits(negative, positive)) }
            }
            Err(Unspoken { language, reason }) => Reading { language, sentiment: Err(reason) },
        }
    }

    /// What speaks for which sentiment, and whether the language lets it be read.
    pub fn evidence(&self, text: &str, scratch: &mut Scratch) -> Evidence {
        let mut tokens = std::mem::take(&mut scratch.tokens);
        let mut adder = Adder {
            model: self,
            scratch,
            found: Sums::default(),
            sentiment: Pair::default(),
            count: 0,
            languages: Languages::default(),
        };
        let shape = self.reader.read(text, &mut tokens, &mut adder);
        adder.scratch.tokens = tokens;
        let scale = self.tables.unit / (adder.count.max(1) as f32).sqrt();
        let sums = adder.sentiment.sums(adder.count);
        let logit = |class: usize| self.tables.bias[class] + sums[class] as f32 * scale;
        adder.languages.carry();
        let Languages { sums, count, .. } = &adder.languages;
        let mut language = self.support.language(&self.tables, &shape, sums, *count);
        if let Ok(spoken) = &mut language
            && spoken.language.is_some_and(|guess| guess.language == Language("hi"))
            && english::is_english(text)
        {
            self.support.say_english(&self.tables, spoken);
        }
        Evidence { logits: [logit(0), logit(1)], language }
    }

    /// The languages with a measured quality, and their macro F1 on texts that were not trained on, 0 to 1.
    pub fn languages(&self) -> &'static [(Language, f32)] {
        self.languages
    }

    /// The sums of a word's own features.
    fn find(&self, written: &str) -> Sums {
        let mut sentiment = Pair::default();
        let (mut language_count, mut rows) = (0, [0_u16; MOST_LANGUAGE_FEATURES]);
        let word = self.reader.read_word(
            written,
            |hash| {
                sentiment.add(self.tables.sentiment[bucket(hash)]);
            },
            |hash| {
                rows[language_count % MOST_LANGUAGE_FEATURES] = language_bucket(hash) as u16;
                language_count += 1;
            },
        );
        let mut languages = [0_i16; LANES];
        for row in &rows[..language_count.min(MOST_LANGUAGE_FEATURES)] {
            let row = &self.tables.languages[usize::from(*row)];
            // So few features have room in 16 bits: see `weights`.
            for lane in 0..LANES {
                languages[lane] = languages[lane].wrapping_add(row[lane]);
            }
        }
        languages.iter_mut().for_each(|sum| *sum = (*sum).clamp(-MOST_OF_WORD, MOST_OF_WORD));
        Sums { key: 0, word, sentiment, languages }
    }
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
/// More than a word has.
const MOST_LANGUAGE_FEATURES: usize = 128;
/// The greatest sum of one word for one language.
const MOST_OF_WORD: i16 = i16::MAX / FEW as i16;

impl Languages {
    #[inline]
    fn add(&mut self, sums: &Sums) {
        for lane in 0..LANES {
            self.few[lane] = self.few[lane].wrapping_add(sums.languages[lane]);
        }
        self.count += u32::from(sums.word.language_features);
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
    sentiment: Pair,
    count: u32,
    languages: Languages,
}

impl Visitor for Adder<'_> {
    #[inline]
    fn expect(&mut self, tokens: &[Token]) {
        self.scratch.warm(tokens);
    }

    #[inline]
    fn word(&mut self, text: &str, place: Range<usize>, key: u64) -> Word {
        let model = self.model;
        let sums = self.scratch.sums(key, &mut self.found, || model.find(&text[place]));
        self.sentiment.join(sums.sentiment);
        self.count += u32::from(sums.word.features);
        self.languages.add(sums);
        sums.word
    }

    #[inline]
    fn feature(&mut self, hash: u64) {
        self.sentiment.add(self.model.tables.sentiment[bucket(hash)]);
        self.count += 1;
    }
}

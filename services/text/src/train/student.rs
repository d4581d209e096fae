//! Owns the making of the table of sentiment. Never its bytes.

use std::ops::Range;

use creatorscope_text::sentiment::{
    features::{Reader, Visitor, Word},
    weights::{SENTIMENT_BITS, bucket},
};

use crate::{
    corpus::Example,
    emoji,
    regression::{Fit, Model, Rows},
};

/// Rows that hold a feature, for it to weigh anything.
const LEAST_ROWS: u32 = 3;
/// How much the gold label counts where there is a teacher.
const GOLD: f32 = 0.3;

/// Settings that were chosen on validation texts.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Of the regression.
    pub l2: f32,
    /// Steps of the search.
    pub iterations: usize,
    /// How much an English text counts; others count 1.
    pub english: f32,
    /// How much a row of the table of pictographs counts.
    pub emoji: f32,
}

/// The buckets of a text.
pub fn buckets(reader: &Reader, text: &str) -> Vec<u32> {
    struct Collector<'a>(&'a Reader, Vec<u32>);
    impl Visitor for Collector<'_> {
        fn word(&mut self, text: &str, place: Range<usize>, _key: u64) -> Word {
            self.0.read_word(&text[place], |hash| self.1.push(bucket(hash) as u32), |_| ())
        }
        fn feature(&mut self, hash: u64) {
            self.1.push(bucket(hash) as u32);
        }
    }
    let mut collector = Collector(reader, Vec::new());
    reader.read(text, &mut Vec::new(), &mut collector);
    collector.1
}

/// Learns from texts with labels, or with what a teacher says of them (negative, neutral, positive), or with both.
pub fn learn(examples: &[Example], teacher: Option<&[[f32; 3]]>, settings: Settings) -> Model<2> {
    let reader = Reader::default();
    let (mut rows, mut targets, mut importance) = (Rows::default(), Vec::new(), Vec::new());
    for (number, example) in examples.iter().enumerate() {
        let gold = example.gold.map(|class| [f32::from(u8::from(class == 0)), f32::from(u8::from(class == 2))]);
        let taught = teacher.map(|teacher| [teacher[number][0], teacher[number][2]]);
        let target = match (gold, taught) {
            (Some(gold), Some(taught)) => [0, 1].map(|class| GOLD * gold[class] + (1.0 - GOLD) * taught[class]),
            (Some(target), None) | (None, Some(target)) => target,
            (None, None) => continue,
        };
        rows.push(buckets(&reader, &example.text));
        targets.push(target);
        importance.push(if example.source.language.0 == "en" { settings.english } else { 1.0 });
    }
    for (text, target) in emoji::rows() {
        rows.push(buckets(&reader, &text));
        targets.push(target);
        importance.push(settings.emoji);
    }
    let idf = rows.idf(1 << SENTIMENT_BITS, LEAST_ROWS);
    let fit = Fit { l2: settings.l2, iterations: settings.iterations, reference: true };
    Model::fit(&rows, &idf, &targets, &importance, fit)
}

//! Owns the making of the table of sentiment. Never its bytes.

use std::ops::Range;

use creatorscope_text::sentiment::{
    features::{Reader, Visitor, Word},
    weights::{SENTIMENT_BITS, bucket},
};

use crate::{
    corpus::{Example, Role},
    emoji,
    regression::{Fit, Model, Rows},
    stack::REVIEWS,
    train::Options,
};

/// Rows that hold a feature, for it to weigh anything.
const LEAST_ROWS: u32 = 3;
/// The buckets of a text.
pub(crate) fn buckets(reader: &Reader, text: &str) -> Vec<u32> {
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
pub(crate) fn learn(examples: &[Example], teacher: Option<&[Option<[f32; 3]>]>, options: &Options) -> Model<2> {
    let reader = Reader::default();
    let (mut rows, mut targets, mut importance) = (Rows::default(), Vec::new(), Vec::new());
    for (number, example) in examples.iter().enumerate() {
        let gold = example.gold.map(|class| [f32::from(u8::from(class == 0)), f32::from(u8::from(class == 2))]);
        let taught = teacher.and_then(|teacher| teacher[number]).map(|taught| [taught[0], taught[2]]);
        let target = match (gold, taught) {
            (Some(gold), Some(taught)) => {
                let reviews = REVIEWS.contains(&example.source.language.0);
                let share = if reviews { options.gold_reviews } else { options.gold };
                [0, 1].map(|class| share * gold[class] + (1.0 - share) * taught[class])
            }
            (Some(target), None) | (None, Some(target)) => target,
            (None, None) => continue,
        };
        rows.push(buckets(&reader, &example.text));
        targets.push(target);
        let english = if example.source.language.0 == "en" { options.english } else { 1.0 };
        importance.push(if example.source.role == Role::Text && english == 1.0 { options.unlabelled } else { english });
    }
    for (text, target) in emoji::rows() {
        rows.push(buckets(&reader, &text));
        targets.push(target);
        importance.push(options.emoji);
    }
    let idf = rows.idf(1 << SENTIMENT_BITS, LEAST_ROWS);
    let fit = Fit { l2: options.l2, iterations: options.iterations, reference: true };
    Model::fit(&rows, &idf, &targets, &importance, fit)
}

//! Owns the making of the table of languages in Latin letters. Never its bytes.

use std::ops::Range;

use creatorscope_text::{
    language::Language,
    sentiment::{
        features::{Reader, Visitor, Word},
        weights::{LANES, LANGUAGE_BITS, language_bucket},
    },
};

use crate::{
    corpus::{Corpus, Role, hash},
    regression::{Fit, Model, Rows},
};

/// Languages that are told apart by words, in the order of their lanes.
pub(crate) const LATIN: [Language; 9] = [
    Language("en"),
    Language("fr"),
    Language("de"),
    Language("hi"),
    Language("it"),
    Language("pt"),
    Language("es"),
    Language("id"),
    Language("ms"),
];
/// Texts of one language and file.
const MOST: usize = 3_000;
const FIT: Fit = Fit { l2: 1e-6, iterations: 60, reference: false };

/// The buckets of a text.
fn buckets(reader: &Reader, text: &str) -> Vec<u32> {
    struct Collector<'a>(&'a Reader, Vec<u32>);
    impl Visitor for Collector<'_> {
        fn word(&mut self, text: &str, place: Range<usize>, _key: u64) -> Word {
            self.0.read_word(&text[place], |_| (), |hash| self.1.push(language_bucket(hash) as u32))
        }
        fn feature(&mut self, _hash: u64) {}
    }
    let mut collector = Collector(reader, Vec::new());
    reader.read(text, &mut Vec::new(), &mut collector);
    collector.1
}

/// One to four words from a place that the text itself decides, for most comments are short.
fn snippet(text: &str) -> String {
    let words: Vec<_> =
        text.split_whitespace().filter(|word| !word.starts_with('@') && !word.starts_with("http")).collect();
    let chance = hash(text);
    let start = (chance >> 8) as usize % words.len().max(1);
    words.into_iter().skip(start).take(1 + (chance % 4) as usize).collect::<Vec<_>>().join(" ")
}

/// Learns to tell languages apart, from the texts to learn and from `others`, which are in no supported language.
pub(crate) fn learn(corpus: &Corpus, others: &[(Language, String)]) -> (Vec<Language>, Model<LANES>) {
    let reader = Reader::default();
    let mut lanes = LATIN.to_vec();
    for (language, _) in others {
        if !lanes.contains(language) {
            lanes.push(*language);
        }
    }
    assert!(lanes.len() <= LANES, "the table of languages has {LANES} lanes");
    let (mut rows, mut targets) = (Rows::default(), Vec::new());
    let mut add = |language: Language, text: &str| {
        let Some(lane) = lanes.iter().position(|known| *known == language) else { return };
        let mut target = [0.0; LANES];
        target[lane] = 1.0;
        for part in [text, &snippet(text)] {
            let row = buckets(&reader, part);
            if !row.is_empty() {
                rows.push(row);
                targets.push(target);
            }
        }
    };
    let mut taken: Vec<(&str, usize)> = Vec::new();
    for example in &corpus.train {
        let name = example.source.name;
        let place = taken.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            taken.push((name, 0));
            taken.len() - 1
        });
        taken[place].1 += 1;
        if taken[place].1 <= MOST && example.source.role != Role::Validation {
            add(example.source.language, &example.text);
        }
    }
    for (language, text) in others {
        add(*language, text);
    }
    // Each language counts the same.
    let mut counts = [0.0_f32; LANES];
    targets.iter().for_each(|target| counts.iter_mut().zip(target).for_each(|(count, is)| *count += is));
    let importance: Vec<_> = targets
        .iter()
        .map(|target| target.iter().zip(counts).map(|(is, count)| if *is > 0.0 { 1000.0 / count } else { 0.0 }).sum())
        .collect();
    let idf = rows.idf(1 << LANGUAGE_BITS, 2);
    let mut model = Model::fit(&rows, &idf, &targets, &importance, FIT);
    for lane in lanes.len()..LANES {
        model.bias[lane] = f32::MIN;
    }
    (lanes, model)
}

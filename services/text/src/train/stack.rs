//! Owns the heads of the encoders, what they teach, and how they are mixed with the fast tier. Never the encoders.

use std::path::Path;

use anyhow::Result;
use creatorscope_text::sentiment::{
    FastModel, Probabilities, Scratch,
    heads::{Factors, Heads},
};

use crate::{
    corpus::{Corpus, Example},
    measure::in_order,
    teacher,
    train::coolest,
    vectors::Vectors,
};

/// How much USE counts beside e5 when they teach and when they answer, and the fast tier when it answers. Set once, not searched.
const SENTENCE: f32 = 0.4;
const FAST: f32 = 0.4;

/// Vectors of both encoders.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// Of e5-small.
    pub e5: Vectors,
    /// Of USE.
    pub sentence: Vectors,
}

impl Encoded {
    /// Reads `e5.bin` and `use.bin`.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        Ok(Self {
            e5: Vectors::read(&folder.join("e5.bin"), 384)?,
            sentence: Vectors::read(&folder.join("use.bin"), 512)?,
        })
    }
}

/// Learns both heads from the labelled texts; those of the eight languages of tweets count twice.
pub(crate) fn learn(corpus: &Corpus, encoded: &Encoded) -> Heads {
    let (e5, sentence) = (encoded.e5.known(&corpus.train), encoded.sentence.known(&corpus.train));
    eprintln!("of {} texts to learn {e5} have a vector of e5, {sentence} one of USE", corpus.train.len());
    let importance = |example: &Example| if example.source.name.starts_with("xlmt") { 2.0 } else { 1.0 };
    Heads {
        e5: teacher::learn(&corpus.train, &encoded.e5, importance),
        sentence: teacher::learn(&corpus.train, &encoded.sentence, importance),
        ..Heads::default()
    }
}

/// What both heads together say of texts; none where a vector is missing.
pub(crate) fn teach(examples: &[Example], encoded: &Encoded, heads: &Heads) -> Vec<Option<[f32; 3]>> {
    let teach = |example: &Example| {
        let e5 = heads.e5.logits(encoded.e5.get(&example.text)?);
        let sentence = heads.sentence.logits(encoded.sentence.get(&example.text)?);
        let [negative, positive] = [0, 1].map(|class| (e5[class] + SENTENCE * sentence[class]) / (1.0 + SENTENCE));
        Some(in_order(Probabilities::from_logits(negative, positive)))
    };
    examples.iter().map(teach).collect()
}

/// Finds by what all logits are multiplied so that the validation texts are likeliest.
pub(crate) fn mix(corpus: &Corpus, encoded: &Encoded, heads: &mut Heads, fast: &FastModel) {
    let mut scratch = Scratch::default();
    let known = corpus.validation.iter().filter(|example| !example.source.name.contains("goemotions"));
    let rows: Vec<_> = known
        .filter_map(|example| {
            let evidence = fast.evidence(&example.text, &mut scratch);
            let temperature = evidence.language.ok()?.temperature;
            let vectors = (encoded.sentence.get(&example.text)?, encoded.e5.get(&example.text)?);
            Some((evidence.logits.map(|logit| logit / temperature), vectors, example.gold?, example.source.name))
        })
        .collect();
    let mut sets: Vec<_> = rows.iter().map(|(_, _, _, name)| *name).collect();
    sets.dedup();
    let fit = |factors: Factors| {
        let both = Heads { with_both: factors, ..heads.clone() };
        let logits: Vec<_> =
            rows.iter().map(|(fast, (sentence, e5), _, _)| both.logits(*fast, Some(sentence), Some(e5))).collect();
        // Each set counts the same.
        let loss = |temperature: f32| -> f64 {
            let of = |set: &str| {
                let (mut loss, mut count) = (0.0, 0.0);
                for (logits, (_, _, gold, _)) in logits.iter().zip(&rows).filter(|(_, row)| row.3 == set) {
                    let [negative, positive] = logits.map(|logit| logit / temperature);
                    loss -= f64::from(in_order(Probabilities::from_logits(negative, positive))[*gold].max(1e-6).ln());
                    count += 1.0;
                }
                loss / count
            };
            sets.iter().map(|set| of(set)).sum()
        };
        let temperature = coolest(loss);
        Factors {
            fast: factors.fast / temperature,
            sentence: factors.sentence / temperature,
            e5: factors.e5 / temperature,
        }
    };
    let with_both = fit(Factors { fast: FAST, sentence: SENTENCE, e5: 1.0 });
    let with_e5 = fit(Factors { fast: FAST, sentence: 0.0, e5: 1.0 });
    let with_sentence = fit(Factors { fast: 1.0, sentence: 1.0, e5: 0.0 });
    (heads.with_both, heads.with_e5, heads.with_sentence) = (with_both, with_e5, with_sentence);
}

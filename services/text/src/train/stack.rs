//! Owns the heads of the encoders, what they teach, and how they are mixed with the fast tier. Never the encoders.

use std::path::Path;

use anyhow::Result;
use creatorscope_text::{
    language::Language,
    sentiment::{
        FastModel, Probabilities, Scratch,
        heads::{Factors, Group, Heads},
        weights::Calibration,
    },
};

use crate::{
    calibrate::{self, coolest},
    corpus::{Corpus, Example},
    measure::in_order,
    teacher,
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

/// Languages whose texts are reviews and were labelled by other rules than tweets: they have heads of their own.
pub(crate) const REVIEWS: [&str; 4] = ["id", "ms", "ja", "zh"];

/// Learns both heads of both groups from the labelled texts; tweets of the eight languages count twice.
pub(crate) fn learn(corpus: &Corpus, encoded: &Encoded) -> Heads {
    let (e5, sentence) = (encoded.e5.known(&corpus.train), encoded.sentence.known(&corpus.train));
    eprintln!("of {} texts to learn {e5} have a vector of e5, {sentence} one of USE", corpus.train.len());
    let group = |reviews: bool| {
        let importance = |example: &Example| match example.source.name {
            _ if reviews != REVIEWS.contains(&example.source.language.0) => 0.0,
            name if name.starts_with("xlmt") => 2.0,
            _ => 1.0,
        };
        let languages = REVIEWS.into_iter().filter(|_| reviews).filter_map(Language::from_code).collect();
        let (e5, sentence) = (&encoded.e5, &encoded.sentence);
        let learn = |vectors: &Vectors| teacher::learn(&corpus.train, vectors, importance);
        Group { languages, e5: learn(e5), sentence: learn(sentence), ..Group::default() }
    };
    Heads { groups: vec![group(false), group(true)], calibrations: Vec::new() }
}

/// What both heads together say of texts; none where a vector is missing.
pub(crate) fn teach(examples: &[Example], encoded: &Encoded, heads: &Heads) -> Vec<Option<[f32; 3]>> {
    let teach = |example: &Example| {
        let group = heads.group(Some(example.source.language));
        let e5 = group.e5.logits(encoded.e5.get(&example.text)?);
        let sentence = group.sentence.logits(encoded.sentence.get(&example.text)?);
        let [negative, positive] = [0, 1].map(|class| (e5[class] + SENTENCE * sentence[class]) / (1.0 + SENTENCE));
        Some(in_order(Probabilities::from_logits(negative, positive)))
    };
    examples.iter().map(teach).collect()
}

/// Finds by what all logits are multiplied so that the validation texts are likeliest.
pub(crate) fn mix(corpus: &Corpus, encoded: &Encoded, heads: &mut Heads, fast: &FastModel) {
    let languages: Vec<_> = heads.groups.iter().flat_map(|group| group.languages.clone()).collect();
    for group in &mut heads.groups {
        let is_in = |language: &Language| {
            if group.languages.is_empty() { !languages.contains(language) } else { group.languages.contains(language) }
        };
        let rows = rows(corpus, encoded, fast, is_in);
        let factors = |fast, sentence, e5| coolest_mix(group, &rows, Factors { fast, sentence, e5 });
        let with_both = factors(FAST, SENTENCE, 1.0);
        let (with_e5, with_sentence) = (factors(FAST, 0.0, 1.0), factors(1.0, 1.0, 0.0));
        (group.with_both, group.with_e5, group.with_sentence) = (with_both, with_e5, with_sentence);
    }
    heads.calibrations = by_language(corpus, encoded, heads, fast);
}

/// The calibration of each language and mixture.
fn by_language(
    corpus: &Corpus,
    encoded: &Encoded,
    heads: &Heads,
    fast: &FastModel,
) -> Vec<(Language, [Calibration; 3])> {
    let mut scratch = Scratch::default();
    let mut languages: Vec<(Language, [Vec<calibrate::Row>; 3])> = Vec::new();
    for example in &corpus.validation {
        let evidence = fast.evidence(&example.text, &mut scratch);
        let (Ok(spoken), Some(gold)) = (evidence.language, example.gold) else { continue };
        let vectors = (encoded.sentence.get(&example.text), encoded.e5.get(&example.text));
        let (Some(sentence), Some(e5)) = vectors else { continue };
        let language = example.source.language;
        let group = heads.group(Some(language));
        let logits = spoken.calibration.apply(evidence.logits);
        let mixed = [(None, Some(e5)), (Some(sentence), None), (Some(sentence), Some(e5))]
            .map(|(sentence, e5)| group.logits(logits, sentence, e5));
        let comment = example.source.name.contains("goemotions");
        let rows = mixed.map(|logits| calibrate::Row { logits, gold, comment });
        match languages.iter_mut().find(|(known, _)| *known == language) {
            Some((_, kept)) => kept.iter_mut().zip(rows).for_each(|(kept, row)| kept.push(row)),
            None => languages.push((language, rows.map(|row| vec![row]))),
        }
    }
    languages.into_iter().map(|(language, rows)| (language, rows.map(|rows| calibrate::fit(&rows)))).collect()
}

/// A validation text: calibrated logits of the fast tier, vectors of USE and e5, class, set.
type Row<'a> = ([f32; 2], (&'a [f32], &'a [f32]), usize, &'static str);

fn rows<'a>(
    corpus: &Corpus,
    encoded: &'a Encoded,
    fast: &FastModel,
    is_in: impl Fn(&Language) -> bool,
) -> Vec<Row<'a>> {
    let mut scratch = Scratch::default();
    let own = corpus.validation.iter().filter(|example| is_in(&example.source.language));
    own.filter(|example| !example.source.name.contains("goemotions"))
        .filter_map(|example| {
            let evidence = fast.evidence(&example.text, &mut scratch);
            let logits = evidence.language.ok()?.calibration.apply(evidence.logits);
            let vectors = (encoded.sentence.get(&example.text)?, encoded.e5.get(&example.text)?);
            Some((logits, vectors, example.gold?, example.source.name))
        })
        .collect()
}

/// The factors, divided by the temperature that makes the rows likeliest, each set counting the same.
fn coolest_mix(group: &Group, rows: &[Row<'_>], factors: Factors) -> Factors {
    let mixed = Group { with_both: factors, ..group.clone() };
    let logits: Vec<_> =
        rows.iter().map(|(fast, (sentence, e5), _, _)| mixed.logits(*fast, Some(sentence), Some(e5))).collect();
    let mut sets: Vec<_> = rows.iter().map(|row| row.3).collect();
    sets.dedup();
    let loss = |temperature: f32, set: &str| -> f64 {
        let (mut loss, mut count) = (0.0, 0.0);
        for (logits, (_, _, gold, _)) in logits.iter().zip(rows).filter(|(_, row)| row.3 == set) {
            let [negative, positive] = logits.map(|logit| logit / temperature);
            loss -= f64::from(in_order(Probabilities::from_logits(negative, positive))[*gold].max(1e-6).ln());
            count += 1.0;
        }
        loss / f64::max(count, 1.0)
    };
    let temperature = coolest(|temperature| sets.iter().map(|set| loss(temperature, set)).sum());
    let Factors { fast, sentence, e5 } = factors;
    Factors { fast: fast / temperature, sentence: sentence / temperature, e5: e5 / temperature }
}

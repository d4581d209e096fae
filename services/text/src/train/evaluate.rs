//! Owns the tables of measured quality. Never how a model comes about.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Result;
use creatorscope_text::sentiment::{
    FAST_WEIGHTS, FastModel, Probabilities, Scratch,
    features::Reader,
    heads::{Head, Heads},
};

use crate::{
    corpus::{Corpus, Example},
    measure::{Outcome, Quality, in_order},
    stack::Encoded,
    student, train,
    vectors::Vectors,
};

/// Prints how good weights are, beside other ways.
pub(crate) fn run(data: &Path, weights: Option<&Path>, baseline: bool, options: &train::Options) -> Result<()> {
    let corpus = Corpus::read(data)?;
    let weights = weights.map(fs::read).transpose()?.unwrap_or_else(|| FAST_WEIGHTS.to_vec());
    println!("fast tier\n\n{}", measure_fast(&corpus, &weights)?);
    if baseline {
        println!("the same n-grams, gold labels only, not calibrated\n\n{}", measure_baseline(&corpus, options));
    }
    Ok(())
}

/// The validation sets, in their order.
fn sets(validation: &[Example]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for example in validation {
        if names.last() != Some(&example.source.name) {
            names.push(example.source.name);
        }
    }
    names
}

/// A table of all validation sets. `predict` answers with probabilities and the language that was found.
fn table(validation: &[Example], mut predict: impl FnMut(&str) -> (Option<[f32; 3]>, Option<&'static str>)) -> String {
    let mut table = String::from(
        "| set | texts | answered | macro recall | macro F1 | ECE | language right |\n|---|---|---|---|---|---|---|\n",
    );
    let mut tweets = Vec::new();
    for name in sets(validation) {
        let (mut outcome, mut right) = (Outcome::default(), 0_u32);
        for example in validation.iter().filter(|example| example.source.name == name) {
            let (predicted, language) = predict(&example.text);
            outcome.push(example.gold.unwrap_or(1), predicted);
            right += u32::from(language == Some(example.source.language.0));
        }
        let quality = outcome.quality();
        if name.starts_with("xlmt") {
            tweets.push(quality);
        }
        row(&mut table, name, quality, right as f32 / quality.texts as f32);
    }
    let mean = |value: fn(&Quality) -> f32| tweets.iter().map(value).sum::<f32>() / tweets.len().max(1) as f32;
    let all = Quality {
        texts: tweets.iter().map(|quality| quality.texts).sum(),
        answered: mean(|quality| quality.answered),
        macro_recall: mean(|quality| quality.macro_recall),
        macro_f1: mean(|quality| quality.macro_f1),
        ece: mean(|quality| quality.ece),
    };
    row(&mut table, "mean of xlmt", all, f32::NAN);
    table
}

fn row(table: &mut String, name: &str, quality: Quality, language: f32) {
    let percent = |share: f32| if share.is_nan() { String::new() } else { format!("{:.1}", share * 100.0) };
    let Quality { texts, answered, macro_recall, macro_f1, ece } = quality;
    let figures = [answered, macro_recall, macro_f1, ece, language].map(percent).join(" | ");
    _ = writeln!(table, "| {name} | {texts} | {figures} |");
}

/// The table of a fast model with these weights. Errors: not weights.
pub(crate) fn measure_fast(corpus: &Corpus, weights: &[u8]) -> Result<String> {
    let model: FastModel = train::model(weights)?;
    let mut scratch = Scratch::default();
    Ok(table(&corpus.validation, |text| {
        let reading = model.read(text, &mut scratch);
        (reading.sentiment.ok().map(in_order), reading.language.map(|guess| guess.language.0))
    }))
}

/// Tables of the heads and their mixtures with the fast tier. Errors: not weights.
pub(crate) fn measure_stack(corpus: &Corpus, encoded: &Encoded, heads: &Heads, weights: &[u8]) -> Result<String> {
    let model = train::model(weights)?;
    let mut scratch = Scratch::default();
    let probabilities = |[negative, positive]: [f32; 2]| in_order(Probabilities::from_logits(negative, positive));
    let alone =
        |head: &Head, vectors: &Vectors, text: &str| vectors.get(text).map(|vector| probabilities(head.logits(vector)));
    let mut mixed = |text: &str, with_sentence: bool, with_e5: bool| {
        let evidence = model.evidence(text, &mut scratch);
        let spoken = evidence.language.ok()?;
        let fast = evidence.logits.map(|logit| logit / spoken.temperature);
        let sentence = if with_sentence { Some(encoded.sentence.get(text)?) } else { None };
        let e5 = if with_e5 { Some(encoded.e5.get(text)?) } else { None };
        Some(in_order(heads.probabilities(fast, sentence, e5)))
    };
    let mut tables = String::new();
    let mut add = |name: &str, table: String| _ = write!(tables, "\n{name}\n\n{table}");
    add("USE alone", table(&corpus.validation, |text| (alone(&heads.sentence, &encoded.sentence, text), None)));
    add("e5-small alone", table(&corpus.validation, |text| (alone(&heads.e5, &encoded.e5, text), None)));
    add("fast tier and USE", table(&corpus.validation, |text| (mixed(text, true, false), None)));
    add("fast tier and e5-small", table(&corpus.validation, |text| (mixed(text, false, true), None)));
    add("fast tier, USE and e5-small", table(&corpus.validation, |text| (mixed(text, true, true), None)));
    Ok(tables)
}

/// The table of the same n-grams, trained on gold labels only.
fn measure_baseline(corpus: &Corpus, options: &train::Options) -> String {
    let model = student::learn(&corpus.train, None, options);
    let reader = Reader::default();
    table(&corpus.validation, |text| {
        let [negative, positive] = model.logits(&student::buckets(&reader, text));
        (Some(in_order(Probabilities::from_logits(negative, positive))), None)
    })
}

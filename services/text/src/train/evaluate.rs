//! Owns the tables of measured quality. Never how a model comes about.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Result;
use creatorscope_text::sentiment::{FAST_WEIGHTS, FastModel, Scratch, features::Reader};

use crate::{
    corpus::{Corpus, Example},
    measure::{Outcome, Quality, in_order},
    student::{self, Settings},
    train,
};

/// Prints how good weights are, beside other ways.
pub fn run(data: &Path, weights: Option<&Path>, baseline: bool) -> Result<()> {
    let corpus = Corpus::read(data)?;
    let weights = weights.map(fs::read).transpose()?.unwrap_or_else(|| FAST_WEIGHTS.to_vec());
    println!("fast tier\n\n{}", measure_fast(&corpus, &weights)?);
    if baseline {
        println!("the same n-grams, gold labels only, not calibrated\n\n{}", measure_baseline(&corpus));
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
pub fn measure_fast(corpus: &Corpus, weights: &[u8]) -> Result<String> {
    let model: FastModel = train::model(weights)?;
    let mut scratch = Scratch::default();
    Ok(table(&corpus.validation, |text| {
        let reading = model.read(text, &mut scratch);
        (reading.sentiment.ok().map(in_order), reading.language.map(|guess| guess.language.0))
    }))
}

fn measure_baseline(corpus: &Corpus) -> String {
    let model = student::learn(&corpus.train, None, Settings { l2: 1e-5, iterations: 70, english: 1.0, emoji: 0.0 });
    let reader = Reader::default();
    table(&corpus.validation, |text| {
        let [negative, positive] = model.logits(&student::buckets(&reader, text));
        (Some(in_order(creatorscope_text::sentiment::Probabilities::from_logits(negative, positive))), None)
    })
}

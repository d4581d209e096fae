//! Owns the tables of measured quality. Never how a model comes about.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result};
use creatorscope_text::{
    encoder::Encoders,
    sentiment::{FAST_WEIGHTS, FastModel, Probabilities, Scratch, features::Reader, heads::Heads},
};

use crate::{
    corpus::{Corpus, Example},
    measure::{CLASSES, Outcome, Quality, in_order},
    stack::Encoded,
    student, train,
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

/// Prints how good the encoders of a folder are, with the compiled-in heads, exactly as a service reads with them.
pub(crate) fn run_encoders(data: &Path, models: &Path) -> Result<()> {
    let corpus = Corpus::read(data)?;
    let encoders = Encoders::open(models)?.with_context(|| format!("{} holds no model", models.display()))?;
    let texts: Vec<&str> = corpus.validation.iter().map(|example| example.text.as_str()).collect();
    let mut scratch = Scratch::default();
    let mut readings =
        texts.chunks(512).flat_map(|texts| encoders.read(texts, &mut scratch)).collect::<Vec<_>>().into_iter();
    let table = table(&corpus.validation, |_| match readings.next() {
        Some(reading) => (reading.sentiment.ok().map(in_order), reading.language.map(|guess| guess.language.0)),
        None => (None, None),
    });
    println!("{}\n\n{table}", encoders.model());
    Ok(())
}

/// Writes the validation texts as lines of set, label and text, so that other programs can be measured on them.
pub(crate) fn write_measured(data: &Path, path: &Path) -> Result<()> {
    let mut lines = String::new();
    for Example { text, gold, source } in Corpus::read(data)?.validation {
        let text = text.replace(['\n', '\r', '\t'], " ");
        _ = writeln!(lines, "{}\t{}\t{text}", source.name, CLASSES[gold.unwrap_or(1)]);
    }
    Ok(fs::write(path, lines)?)
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
        row(&mut table, name, quality, if right > 0 { right as f32 / quality.texts as f32 } else { f32::NAN });
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

/// A table of the heads and their mixtures with the fast tier. Errors: not weights.
pub(crate) fn measure_stack(corpus: &Corpus, encoded: &Encoded, heads: &Heads, weights: &[u8]) -> Result<String> {
    let model = train::model(weights)?;
    let mut scratch = Scratch::default();
    let mut table = String::from(
        "| set | USE alone | e5 alone | fast + USE | fast + e5 | fast + USE + e5 | ECE of the last |\n|---|---|---|---|---|---|---|\n",
    );
    let mut tweets = [[0.0; 2]; 5];
    let names = sets(&corpus.validation);
    for name in &names {
        let mut outcomes: [Outcome; 5] = std::array::from_fn(|_| Outcome::default());
        for example in corpus.validation.iter().filter(|example| example.source.name == *name) {
            let evidence = model.evidence(&example.text, &mut scratch);
            let vectors = encoded.sentence.get(&example.text).zip(encoded.e5.get(&example.text));
            let predicted = evidence.language.ok().zip(vectors).map(|(spoken, (sentence, e5))| {
                let language = spoken.language.map(|guess| guess.language);
                let group = heads.group(language);
                let fast = spoken.calibration.apply(evidence.logits);
                let alone = |[negative, positive]: [f32; 2]| Probabilities::from_logits(negative, positive);
                [
                    alone(group.sentence.logits(sentence)),
                    alone(group.e5.logits(e5)),
                    heads.probabilities(language, fast, Some(sentence), None),
                    heads.probabilities(language, fast, None, Some(e5)),
                    heads.probabilities(language, fast, Some(sentence), Some(e5)),
                ]
            });
            for (place, outcome) in outcomes.iter_mut().enumerate() {
                outcome.push(example.gold.unwrap_or(1), predicted.map(|predicted| in_order(predicted[place])));
            }
        }
        let qualities = outcomes.map(|outcome| outcome.quality());
        let pairs = qualities.map(|quality| [quality.macro_recall, quality.macro_f1]);
        if name.starts_with("xlmt") {
            tweets.iter_mut().zip(pairs).for_each(|(sum, pair)| *sum = [sum[0] + pair[0], sum[1] + pair[1]]);
        }
        _ = writeln!(table, "| {name} | {} | {:.1} |", cells(pairs), qualities[4].ece * 100.0);
    }
    let count = names.iter().filter(|name| name.starts_with("xlmt")).count().max(1) as f32;
    _ = writeln!(table, "| mean of xlmt | {} | |", cells(tweets.map(|pair| pair.map(|sum| sum / count))));
    Ok(table)
}

fn cells(pairs: [[f32; 2]; 5]) -> String {
    pairs.map(|[recall, f1]| format!("{:.1} / {:.1}", recall * 100.0, f1 * 100.0)).join(" | ")
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

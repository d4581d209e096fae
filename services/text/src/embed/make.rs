//! Owns how the built-in model is made from texts and the USE model. Never its use.
//!
//! A word's vector is what USE says of the word alone, less the mean of all words, turned to its principal components (half-whitened: each
//! divided by the fourth root of its variance) and cut to [`DIMENSIONS`]. Its weight is a/(a + p), where p is how often the word is met (Arora
//! et al., "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR 2017). The same texts and model make the same file.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use super::{
    split::parts,
    words::{DIMENSIONS, Words, hash},
};
use crate::encoder::{ModelError, Sentences};

/// `a` of the weight: a word of this probability counts half.
const COMMON: f32 = 1e-4;
/// Words that the file has room for: 4 MiB at 69 bytes each.
const MOST_WORDS: usize = 60_000;
/// Pieces of USE's vocabulary in Chinese characters and kana that come before the words of the texts, the most common first: such texts are cut
/// by the pieces alone.
const PIECES: usize = 8_000;
/// How often a word of the texts has to be met to come before the pieces of USE's vocabulary.
const OFTEN: u32 = 3;
/// Rounds of the power iteration; the components that matter no longer turn after a dozen.
const ROUNDS: usize = 30;
const WIDE: usize = Sentences::DIMENSIONS;

/// Makes the file `weights/embed.bin` from texts and the USE model in `folder`. `first` are words that have to be in it.
///
/// Errors: there is no such model, or it cannot be read.
pub fn make(first: &[String], texts: &[String], folder: &Path) -> Result<Vec<u8>, ModelError> {
    let (_, sentences) = Sentences::open(folder)?.ok_or_else(|| ModelError {
        path: folder.display().to_string(),
        problem: "no USE model there; import its wheel first".to_owned(),
    })?;
    let words = choose(first, texts, Sentences::pieces(folder)?);
    let names: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
    let mut rows = sentences.embed(&names);
    center(&mut rows);
    let turned = turn(&rows);
    let mut entries: Vec<_> = words
        .iter()
        .zip(&turned)
        .map(|((word, probability), row)| {
            let weight = (255.0 * COMMON / (COMMON + probability)).round() as u8;
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            // At length 1 the largest of 64 components is seldom above .5.
            let row = row.iter().map(|value| (value / length * 254.0).round().clamp(-127.0, 127.0) as i8).collect();
            (hash(word), weight, row)
        })
        .collect();
    entries.sort_by_key(|(hash, ..)| *hash);
    entries.dedup_by_key(|(hash, ..)| *hash);
    Ok(Words::write(&entries))
}

/// The words of the file with their probabilities: those that have to be in it, those of the texts, the pieces of the vocabulary.
fn choose(first: &[String], texts: &[String], pieces: Vec<(String, f32)>) -> Vec<(String, f32)> {
    let mut probabilities: HashMap<String, f32> = HashMap::new();
    let mut vocabulary = Vec::new();
    for (piece, score) in pieces {
        // A control piece has the score 0.
        if let [part] = parts(&piece).as_slice()
            && score < 0.0
        {
            *probabilities.entry(part.text.clone()).or_default() += score.exp();
            vocabulary.push(part.text.clone());
        }
    }
    let mut counts: HashMap<String, u32> = HashMap::new();
    for part in texts.iter().flat_map(|text| parts(text)).filter(|part| (2..=12).contains(&part.text.chars().count())) {
        *counts.entry(part.text).or_default() += 1;
    }
    let total = counts.values().sum::<u32>().max(1) as f32;
    let mut often: Vec<_> = counts.iter().filter(|(_, count)| **count >= OFTEN).collect();
    often.sort_by_key(|(word, count)| (u32::MAX - **count, *word));
    let mut seen = HashSet::new();
    let wanted = first.iter().flat_map(|text| parts(text)).map(|part| part.text);
    let japanese_or_chinese =
        |word: &&String| word.starts_with(|first| matches!(first, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'));
    let pieces: Vec<String> = vocabulary.iter().filter(japanese_or_chinese).take(PIECES).cloned().collect();
    wanted
        .chain(pieces)
        .chain(often.into_iter().map(|(word, _)| word.clone()))
        .chain(vocabulary)
        .filter(|word| seen.insert(word.clone()))
        .take(MOST_WORDS)
        .map(|word| {
            let met = counts.get(&word).map_or(0.0, |count| *count as f32 / total);
            let probability = probabilities.get(&word).copied().unwrap_or_default().max(met);
            (word, probability)
        })
        .collect()
}

fn center(rows: &mut [Vec<f32>]) {
    let mut mean = vec![0.0; WIDE];
    for row in rows.iter() {
        mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / rows.len() as f32);
    }
    for row in rows {
        row.iter_mut().zip(&mean).for_each(|(value, mean)| *value -= mean);
    }
}

/// The rows in their first principal components, half-whitened. By power iteration of a block, made orthogonal after each round.
fn turn(rows: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mut covariance = vec![0.0_f32; WIDE * WIDE];
    for row in rows {
        for (one, line) in row.iter().zip(covariance.chunks_exact_mut(WIDE)) {
            line.iter_mut().zip(row).for_each(|(sum, other)| *sum += one * other);
        }
    }
    covariance.iter_mut().for_each(|sum| *sum /= rows.len().max(1) as f32);
    let start = |axis: usize| (0..WIDE).map(|at| ((axis * WIDE + at) * 2_654_435_761 % 1000) as f32 - 500.0).collect();
    let mut axes: Vec<Vec<f32>> = (0..DIMENSIONS).map(start).collect();
    let mut variances = vec![0.0; DIMENSIONS];
    for _ in 0..ROUNDS {
        for (axis, variance) in axes.iter_mut().zip(&mut variances) {
            let next: Vec<f32> = covariance.chunks_exact(WIDE).map(|line| dot(line, axis)).collect();
            *variance = dot(&next, &next).sqrt();
            *axis = next;
        }
        for at in 0..axes.len() {
            let (before, rest) = axes.split_at_mut(at);
            for other in before {
                let shared = dot(&rest[0], other);
                rest[0].iter_mut().zip(other).for_each(|(value, other)| *value -= shared * *other);
            }
            let length = dot(&rest[0], &rest[0]).sqrt().max(f32::MIN_POSITIVE);
            rest[0].iter_mut().for_each(|value| *value /= length);
        }
    }
    let scales: Vec<f32> = variances.iter().map(|variance: &f32| variance.max(f32::MIN_POSITIVE).powf(-0.25)).collect();
    let turn = |row: &Vec<f32>| axes.iter().zip(&scales).map(|(axis, scale)| dot(axis, row) * scale).collect();
    rows.iter().map(turn).collect()
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    let (one, other) = (one.as_chunks::<8>().0, other.as_chunks::<8>().0);
    let mut sums = [0.0; 8];
    for (one, other) in one.iter().zip(other) {
        for lane in 0..8 {
            sums[lane] += one[lane] * other[lane];
        }
    }
    sums.iter().sum()
}

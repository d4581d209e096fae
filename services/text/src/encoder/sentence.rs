//! Owns the encoder USE-multilingual, version 3: an average of embeddings and of windows over them, 512 numbers a text. Never what its vectors
//! are used for.
//!
//! Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", ACL 2020, the variant of convolutions. It was trained on
//! Arabic, Chinese (both scripts), Dutch, English, French, German, Italian, Japanese, Korean, Polish, Portuguese, Russian, Spanish, Thai and Turkish.

use rayon::prelude::*;
use rten_simd::{SimdOp as _, SimdUnaryOp as _};
use rten_vecmath::{Normalize, NormalizeOptions, Sum, SumSquareSub, Tanh};

use super::{
    ModelError,
    model_file::{Kind, ModelFile},
    normal::ByPrefix,
    product::{Activations, Engine, Weights},
    unigram::{Lattice, Unigram},
};

/// Length of a vector, and of the embedding of a piece.
pub(crate) const DIMENSIONS: usize = 512;
const WINDOW: usize = 256;
/// Pieces that a window holds, and how many of them stand before its own.
const WINDOWS: [(usize, usize); 3] = [(2, 0), (3, 1), (5, 2)];
const FEATURES: usize = DIMENSIONS + WINDOWS.len() * WINDOW;
/// Width of the layers between the average and the vector.
const INNER: usize = 320;
/// The embeddings have a scale and a lowest value for each remainder of their number.
const SCALES: usize = 17;
const EPSILON: f32 = 1e-12;
const UNKNOWN: u32 = 0;
const START: u32 = 1;
const END: u32 = 2;
/// Pieces of a text that are read; what follows is not.
pub(crate) const MOST_TOKENS: usize = 512;
/// Tokens that pass through the layers together: the weights are read from memory once for all.
const TOGETHER: usize = 512;

/// The encoder, ready to run. Shared between threads.
pub(crate) struct Sentence {
    normal: ByPrefix,
    vocabulary: Unigram,
    words: Vec<u8>,
    scales: Vec<f32>,
    lows: Vec<f32>,
    project: Weights,
    projected: Norm,
    windows: [[Weights; 2]; 3],
    features: Norm,
    average: Weights,
    /// What is added by each token, before the division by the root of their number.
    average_bias: Vec<f32>,
    deep: [Weights; 6],
}

struct Norm {
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Norm {
    /// Brings each row to mean 0 and variance 1, then scales and shifts it.
    fn apply(&self, rows: &mut [f32]) {
        let width = self.scale.len();
        for row in rows.chunks_exact_mut(width) {
            let mean = Sum::new(row).dispatch() / width as f32;
            let variance = SumSquareSub::new(row, mean).dispatch() / width as f32;
            let options = NormalizeOptions {
                pre_scale_bias: mean,
                scale: (variance + EPSILON).sqrt().recip(),
                element_scale: Some(&self.scale),
                element_bias: Some(&self.bias),
                ..NormalizeOptions::default()
            };
            Normalize::new_mut(row, options).dispatch();
        }
    }
}

impl Sentence {
    /// Errors: a tensor is missing or of another shape.
    pub(crate) fn read(file: &ModelFile) -> Result<Self, ModelError> {
        let engine = Engine::new();
        let ends = file.numbers("pieces.ends")?;
        let scores = file.floats("pieces.scores", ends.len())?;
        let vocabulary = Unigram::new(file.bytes("pieces", Kind::U8)?, &ends, scores, UNKNOWN)
            .ok_or_else(|| file.error("its vocabulary cannot be read"))?;
        let words = file.bytes("words", Kind::U8)?.to_vec();
        if words.len() / DIMENSIONS < vocabulary.len() {
            return Err(file.error("has fewer embeddings than pieces"));
        }
        let weights = |name: &str, inputs: usize, bias: Vec<f32>| {
            let columns = file.floats(name, inputs * bias.len())?;
            Ok::<_, ModelError>(Weights::from_columns(&engine, &columns, inputs, bias))
        };
        let each = |prefix: &str, length: usize| {
            let parts = WINDOWS.map(|(size, _)| file.floats(&format!("{prefix}{size}"), length));
            parts.into_iter().collect::<Result<Vec<_>, _>>()
        };
        let window = |step: usize, size: usize| {
            let bias = file.floats(&format!("b{step}_{size}"), WINDOW)?;
            weights(&format!("w{step}_{size}"), size * WINDOW, bias)
        };
        let pair = |(size, _): (usize, usize)| Ok::<_, ModelError>([window(1, size)?, window(2, size)?]);
        let deep = |name: &str, inputs: usize, outputs: usize| weights(name, inputs, vec![0.0; outputs]);
        Ok(Self {
            normal: ByPrefix::new(file.bytes("normal", Kind::U8)?)
                .ok_or_else(|| file.error("its map of characters cannot be read"))?,
            vocabulary,
            words,
            scales: file.floats("scale", SCALES)?,
            lows: file.floats("lo", SCALES)?,
            project: {
                let parts = each("proj", DIMENSIONS * WINDOW)?;
                let row = |row| parts.iter().flat_map(move |part| &part[row * WINDOW..][..WINDOW]).copied();
                let columns: Vec<f32> = (0..DIMENSIONS).flat_map(row).collect();
                Weights::from_columns(&engine, &columns, DIMENSIONS, each("proj_b", WINDOW)?.concat())
            },
            projected: Norm { scale: each("ln_g", WINDOW)?.concat(), bias: each("ln_b", WINDOW)?.concat() },
            windows: [pair(WINDOWS[0])?, pair(WINDOWS[1])?, pair(WINDOWS[2])?],
            features: Norm { scale: file.floats("ln_g", FEATURES)?, bias: file.floats("ln_b", FEATURES)? },
            average: deep("cnn_W", FEATURES, DIMENSIONS)?,
            average_bias: file.floats("cnn_b", DIMENSIONS)?,
            deep: [
                deep("d0", DIMENSIONS, INNER)?,
                deep("p1", DIMENSIONS, INNER)?,
                deep("d1", INNER, INNER)?,
                deep("d2", INNER, DIMENSIONS)?,
                deep("p3", INNER, DIMENSIONS)?,
                deep("d3", DIMENSIONS, DIMENSIONS)?,
            ],
        })
    }

    /// The pieces of a text, with those that stand before and after it; at most [`MOST_TOKENS`].
    pub(crate) fn tokens(&self, text: &str) -> Vec<u32> {
        let mut normal = String::new();
        self.normal.write(text, &mut normal);
        let mut tokens = vec![START];
        self.vocabulary.cut(&normal, MOST_TOKENS - 2, &mut Lattice::default(), &mut tokens);
        if normal.is_empty() {
            tokens.push(UNKNOWN);
        }
        tokens.push(END);
        tokens
    }

    /// One vector of length 1 a text.
    pub(crate) fn vectors(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let engine = Engine::new();
        super::batches(texts, TOGETHER, |text| self.tokens(text))
            .into_par_iter()
            .flat_map_iter(|batch| self.encode(&engine, &batch))
            .collect()
    }

    /// The same, but all zero for a text without a known piece.
    pub(crate) fn vectors_of_known(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let mut vectors = self.vectors(texts);
        for (vector, text) in vectors.iter_mut().zip(texts) {
            if self.tokens(text).iter().all(|token| [UNKNOWN, START, END].contains(token)) {
                vector.fill(0.0);
            }
        }
        vectors
    }

    fn encode(&self, engine: &Engine, texts: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let mut room = Room { engine, rounded: Activations::default(), whole: Vec::new() };
        let mut features = self.features_of(texts, &mut room);
        self.features.apply(&mut features);
        let mut sums = Vec::with_capacity(texts.len() * FEATURES);
        let mut rest = features.as_slice();
        for tokens in texts {
            let (own, others) = rest.split_at(tokens.len() * FEATURES);
            rest = others;
            let start = sums.len();
            sums.resize(start + FEATURES, 0.0);
            own.chunks_exact(FEATURES).for_each(|row| add(&mut sums[start..], row));
        }
        let mut average = self.product(&self.average, &sums, &mut room);
        for (row, tokens) in average.chunks_exact_mut(DIMENSIONS).zip(texts) {
            let count = tokens.len() as f32;
            for (value, bias) in row.iter_mut().zip(&self.average_bias) {
                *value = (*value + count * bias) / count.sqrt();
            }
        }
        let mut vectors = self.deepen(&average, &mut room);
        Tanh {}.map_mut(&mut vectors);
        let mut rows: Vec<Vec<f32>> = vectors.chunks_exact(DIMENSIONS).map(<[f32]>::to_vec).collect();
        rows.iter_mut().for_each(|row| super::to_length_one(row));
        rows
    }

    /// The embedding of each token and what the windows around it see, [`FEATURES`] numbers a token.
    fn features_of(&self, texts: &[Vec<u32>], room: &mut Room<'_>) -> Vec<f32> {
        let tokens: Vec<usize> = texts.iter().flatten().map(|token| *token as usize).collect();
        let embedding = |token: usize| &self.words[token * DIMENSIONS..][..DIMENSIONS];
        let mut features = vec![0.0; tokens.len() * FEATURES];
        let rounded = &mut room.rounded;
        rounded.clear();
        for (token, row) in tokens.iter().zip(features.chunks_exact_mut(FEATURES)) {
            let (scale, low) = (self.scales[token % SCALES], self.lows[token % SCALES]);
            rounded.numbers.extend_from_slice(embedding(*token));
            rounded.zeros.push(0);
            rounded.scales.push(scale);
            row.iter_mut().zip(embedding(*token)).for_each(|(value, byte)| *value = f32::from(*byte) * scale + low);
        }
        let mut projected = Vec::new();
        self.project.apply(room.engine, rounded, &mut room.whole, &mut projected);
        let slopes = self.project.slopes();
        // The rounded embeddings lack their lowest value, which adds the same to all inputs.
        for (token, row) in tokens.iter().zip(projected.chunks_exact_mut(self.project.outputs())) {
            let low = self.lows[token % SCALES];
            row.iter_mut().zip(&slopes).for_each(|(value, slope)| *value += low * slope);
        }
        self.projected.apply(&mut projected);
        for (index, (weights, window)) in self.windows.iter().zip(WINDOWS).enumerate() {
            let part = projected.chunks_exact(WINDOWS.len() * WINDOW);
            let mut seen: Vec<f32> = part.flat_map(|row| &row[index * WINDOW..][..WINDOW]).copied().collect();
            for step in weights {
                let around = around(texts, &seen, window);
                let mut out = self.product(step, &around, room);
                lift(&mut out);
                add(&mut seen, &out);
            }
            for (row, seen) in features.chunks_exact_mut(FEATURES).zip(seen.chunks_exact(WINDOW)) {
                row[DIMENSIONS + index * WINDOW..][..WINDOW].copy_from_slice(seen);
            }
        }
        features
    }

    /// Two blocks of two layers, each with a way past the first of them.
    fn deepen(&self, average: &[f32], room: &mut Room<'_>) -> Vec<f32> {
        let [first, past_first, second, third, past_third, fourth] = &self.deep;
        let mut hidden = self.product(first, average, room);
        lift(&mut hidden);
        let mut middle = self.product(past_first, average, room);
        add(&mut middle, &self.product(second, &hidden, room));
        lift(&mut middle);
        let mut hidden = self.product(third, &middle, room);
        lift(&mut hidden);
        let mut out = self.product(past_third, &middle, room);
        add(&mut out, &self.product(fourth, &hidden, room));
        out
    }

    fn product(&self, weights: &Weights, rows: &[f32], room: &mut Room<'_>) -> Vec<f32> {
        let mut out = Vec::new();
        room.rounded.round(room.engine, rows, weights.inputs());
        weights.apply(room.engine, &room.rounded, &mut room.whole, &mut out);
        out
    }
}

/// What one batch keeps between the layers.
struct Room<'a> {
    engine: &'a Engine,
    rounded: Activations,
    whole: Vec<i32>,
}

/// The rows in the window around each token, one after the other; zero beyond the ends of its text.
fn around(texts: &[Vec<u32>], rows: &[f32], (size, before): (usize, usize)) -> Vec<f32> {
    let mut out = vec![0.0; rows.len() * size];
    let mut start = 0;
    for tokens in texts {
        let own = start..start + tokens.len();
        for token in own.clone() {
            for place in 0..size {
                let from = token + place;
                if from >= own.start + before && from < own.end + before {
                    let row = &rows[(from - before) * WINDOW..][..WINDOW];
                    out[(token * size + place) * WINDOW..][..WINDOW].copy_from_slice(row);
                }
            }
        }
        start = own.end;
    }
    out
}

fn lift(values: &mut [f32]) {
    values.iter_mut().for_each(|value| *value = value.max(0.0));
}

fn add(to: &mut [f32], what: &[f32]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += what);
}

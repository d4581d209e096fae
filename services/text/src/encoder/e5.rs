//! Owns the encoder multilingual-e5-small: 12 layers of attention, 384 numbers a text. Never what its vectors are used for.
//!
//! Wang et al., "Multilingual E5 Text Embeddings", 2024; the layers are those of BERT (Devlin et al., 2019).

use rayon::prelude::*;
use rten_simd::{SimdOp as _, SimdUnaryOp as _};
use rten_vecmath::{Gelu, Normalize, NormalizeOptions, Softmax, Sum, SumSquareSub};

use super::{
    MOST_TOKENS, ModelError,
    model_file::{Kind, ModelFile},
    normal::ByCharacter,
    product::{Activations, Engine, Weights},
    unigram::{Lattice, Unigram},
};

/// Length of a vector.
pub(crate) const DIMENSIONS: usize = 384;
pub(crate) const LAYERS: usize = 12;
const HEADS: usize = 12;
const HEAD: usize = DIMENSIONS / HEADS;
const INNER: usize = 1536;
const POSITIONS: usize = 512;
/// Kinds of tokens, of which only the first is used.
const KINDS: usize = 2;
/// Below the variance when a row is normalised.
const EPSILON: f32 = 1e-12;
/// Weights of a block, and its bytes: a scale of 2 bytes, then 16 bytes with two weights each.
const BLOCK: usize = 32;
const BLOCK_BYTES: usize = 18;
const START: u32 = 0;
const END: u32 = 2;
const UNKNOWN: u32 = 3;
/// The model was trained with a word before each text; for anything but retrieval of passages it is this one.
const PREFIX: &str = "query: ";
/// Tokens that pass through the layers together: the weights are read from memory once for all.
const TOGETHER: usize = 512;

/// The encoder, ready to run. Shared between threads.
pub(crate) struct E5 {
    normal: ByCharacter,
    vocabulary: Unigram,
    words: Vec<u8>,
    /// The embedding of each position, with that of the only kind of token.
    positions: Vec<f32>,
    entry: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    query_key_value: Weights,
    attention: Weights,
    after_attention: Norm,
    widen: Weights,
    narrow: Weights,
    after: Norm,
}

struct Norm {
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Norm {
    fn read(file: &ModelFile, name: &str) -> Result<Self, ModelError> {
        let part = |part: &str| file.floats(&format!("{name}.{part}"), DIMENSIONS);
        Ok(Self { scale: part("w")?, bias: part("b")? })
    }

    /// Brings each row to mean 0 and variance 1, then scales and shifts it.
    fn apply(&self, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(DIMENSIONS) {
            let mean = Sum::new(row).dispatch() / DIMENSIONS as f32;
            let variance = SumSquareSub::new(row, mean).dispatch() / DIMENSIONS as f32;
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

/// What one batch keeps between the layers.
#[derive(Default)]
struct Room {
    rounded: Activations,
    whole: Vec<i32>,
    query_key_value: Vec<f32>,
    context: Vec<f32>,
    wide: Vec<f32>,
    narrow: Vec<f32>,
    likeness: Vec<f32>,
}

impl E5 {
    /// Errors: a tensor is missing or of another shape.
    pub(crate) fn read(file: &ModelFile) -> Result<Self, ModelError> {
        let engine = Engine::new();
        let normal = ByCharacter::new(&file.numbers("normal")?)
            .ok_or_else(|| file.error("its map of characters cannot be read"))?;
        let ends = file.numbers("pieces.ends")?;
        let scores = file.floats("pieces.scores", ends.len())?;
        let vocabulary = Unigram::new(file.bytes("pieces", Kind::U8)?, &ends, scores, UNKNOWN)
            .ok_or_else(|| file.error("its vocabulary cannot be read"))?;
        let words = file.bytes("emb.word", Kind::Q40)?.to_vec();
        if words.len() / (DIMENSIONS / BLOCK * BLOCK_BYTES) < vocabulary.len() {
            return Err(file.error("has fewer embeddings than pieces"));
        }
        let kind = file.floats("emb.type", KINDS * DIMENSIONS)?;
        let mut positions = file.floats("emb.pos", POSITIONS * DIMENSIONS)?;
        for row in positions.chunks_exact_mut(DIMENSIONS) {
            add(row, &kind);
        }
        let layers = (0..LAYERS).map(|layer| Layer::read(file, &engine, layer)).collect::<Result<_, _>>()?;
        Ok(Self { normal, vocabulary, words, positions, entry: Norm::read(file, "emb.ln")?, layers })
    }

    /// The pieces of a text, with those that stand before and after it; at most [`MOST_TOKENS`].
    pub(crate) fn tokens(&self, text: &str) -> Vec<u32> {
        let mut normal = String::new();
        self.normal.write(PREFIX, text, &mut normal);
        let mut tokens = vec![START];
        self.vocabulary.cut(&normal, MOST_TOKENS - 2, &mut Lattice::default(), &mut tokens);
        tokens.push(END);
        tokens
    }

    /// One vector of length 1 a text: the mean of what the last layer says of its tokens.
    pub(crate) fn vectors(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let engine = Engine::new();
        super::batches(texts, TOGETHER, |text| self.tokens(text))
            .into_par_iter()
            .flat_map_iter(|batch| self.encode(&engine, &batch))
            .collect()
    }

    fn encode(&self, engine: &Engine, texts: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let mut rows = vec![0.0; texts.iter().map(Vec::len).sum::<usize>() * DIMENSIONS];
        let tokens = texts.iter().flat_map(|tokens| (0..).zip(tokens));
        for ((position, token), row) in tokens.zip(rows.chunks_exact_mut(DIMENSIONS)) {
            let bytes = DIMENSIONS / BLOCK * BLOCK_BYTES;
            widen_blocks(&self.words[*token as usize * bytes..][..bytes], row);
            add(row, &self.positions[position * DIMENSIONS..][..DIMENSIONS]);
        }
        self.entry.apply(&mut rows);
        let mut room = Room::default();
        for layer in &self.layers {
            layer.apply(engine, texts, &mut rows, &mut room);
        }
        let mut rows = rows.as_slice();
        let mean = |tokens: &Vec<u32>| {
            let (own, rest) = rows.split_at(tokens.len() * DIMENSIONS);
            rows = rest;
            let mut sum = vec![0.0; DIMENSIONS];
            own.chunks_exact(DIMENSIONS).for_each(|row| add(&mut sum, row));
            super::to_length_one(&mut sum);
            sum
        };
        texts.iter().map(mean).collect()
    }
}

impl Layer {
    fn read(file: &ModelFile, engine: &Engine, layer: usize) -> Result<Self, ModelError> {
        let join = |parts: &[&str], inputs: usize, outputs: usize| {
            let (mut rows, mut bias) = (Vec::new(), Vec::new());
            for part in parts {
                let bytes =
                    file.exactly(&format!("l{layer}.{part}.w"), Kind::Q40, outputs * inputs / BLOCK * BLOCK_BYTES)?;
                let start = rows.len();
                rows.resize(start + outputs * inputs, 0.0);
                widen_blocks(bytes, &mut rows[start..]);
                bias.extend(file.floats(&format!("l{layer}.{part}.b"), outputs)?);
            }
            Ok::<_, ModelError>(Weights::new(engine, &rows, inputs, bias))
        };
        Ok(Self {
            query_key_value: join(&["q", "k", "v"], DIMENSIONS, DIMENSIONS)?,
            attention: join(&["ao"], DIMENSIONS, DIMENSIONS)?,
            after_attention: Norm::read(file, &format!("l{layer}.aln"))?,
            widen: join(&["fi"], DIMENSIONS, INNER)?,
            narrow: join(&["fo"], INNER, DIMENSIONS)?,
            after: Norm::read(file, &format!("l{layer}.oln"))?,
        })
    }

    fn apply(&self, engine: &Engine, texts: &[Vec<u32>], rows: &mut [f32], room: &mut Room) {
        let Room { rounded, whole, query_key_value, context, wide, narrow, likeness } = room;
        rounded.round(engine, rows, DIMENSIONS);
        self.query_key_value.apply(engine, rounded, whole, query_key_value);
        context.clear();
        context.resize(rows.len(), 0.0);
        let mut start = 0;
        for tokens in texts {
            let end = start + tokens.len();
            let own = &query_key_value[3 * DIMENSIONS * start..3 * DIMENSIONS * end];
            attend(own, likeness, &mut context[DIMENSIONS * start..DIMENSIONS * end]);
            start = end;
        }
        rounded.round(engine, context, DIMENSIONS);
        self.attention.apply(engine, rounded, whole, narrow);
        add(rows, narrow);
        self.after_attention.apply(rows);

        rounded.round(engine, rows, DIMENSIONS);
        self.widen.apply(engine, rounded, whole, wide);
        Gelu {}.map_mut(wide);
        rounded.round(engine, wide, INNER);
        self.narrow.apply(engine, rounded, whole, narrow);
        add(rows, narrow);
        self.after.apply(rows);
    }
}

/// Attention among the tokens of one text: each head adds up values, weighted by the softmax of `query · key / sqrt(HEAD)`.
///
/// Each row of `rows` holds the queries, then the keys, then the values of a token.
fn attend(rows: &[f32], likeness: &mut Vec<f32>, out: &mut [f32]) {
    const ROW: usize = 3 * DIMENSIONS;
    let count = rows.len() / ROW;
    let scale = (HEAD as f32).sqrt().recip();
    let head_of = |row: usize, part: usize, head: usize| -> &[f32; HEAD] {
        rows[row * ROW + part * DIMENSIONS + head * HEAD..].first_chunk().expect("a row holds all its heads")
    };
    likeness.resize(count, 0.0);
    for head in 0..HEADS {
        for token in 0..count {
            let query = head_of(token, 0, head);
            for (other, likeness) in likeness.iter_mut().enumerate() {
                *likeness = dot(query, head_of(other, 1, head)) * scale;
            }
            Softmax::new_mut(likeness).dispatch();
            let mut sum = [0.0; HEAD];
            for (other, weight) in likeness.iter().enumerate() {
                for (sum, value) in sum.iter_mut().zip(head_of(other, 2, head)) {
                    *sum += weight * value;
                }
            }
            out[token * DIMENSIONS + head * HEAD..][..HEAD].copy_from_slice(&sum);
        }
    }
}

/// Eight sums side by side, so that the compiler can use vectors.
fn dot(one: &[f32; HEAD], other: &[f32; HEAD]) -> f32 {
    let mut sums = [0.0; 8];
    for (one, other) in one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0) {
        for lane in 0..8 {
            sums[lane] += one[lane] * other[lane];
        }
    }
    sums.iter().sum()
}

fn add(to: &mut [f32], what: &[f32]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += what);
}

/// Weights of 4 bits as floats: `(bits - 8) * scale`; the low halves of a block's bytes are its first 16 weights.
fn widen_blocks(bytes: &[u8], out: &mut [f32]) {
    for (block, out) in bytes.chunks_exact(BLOCK_BYTES).zip(out.as_chunks_mut::<BLOCK>().0) {
        let scale = half(u16::from_le_bytes([block[0], block[1]]));
        let (first, second) = out.split_at_mut(BLOCK / 2);
        for ((byte, first), second) in block[2..].iter().zip(first).zip(second) {
            *first = f32::from(i16::from(byte & 15) - 8) * scale;
            *second = f32::from(i16::from(byte >> 4) - 8) * scale;
        }
    }
}

/// A half-precision number, which no scale has as infinite or not a number.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let mantissa = f32::from(bits & 0x3FF);
    match bits >> 10 & 0x1F {
        0 => sign * mantissa * 2.0_f32.powi(-24),
        exponent => sign * (1.0 + mantissa / 1024.0) * 2.0_f32.powi(i32::from(exponent) - 15),
    }
}

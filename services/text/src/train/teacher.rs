//! Owns logistic regression on vectors of encoders. Never the encoders.

use std::thread;

use creatorscope_text::sentiment::heads::Head;

use crate::{corpus::Example, minimise::minimise, vectors::Vectors};

/// The summed loss counts so much against half the squares of the weights.
const C: f64 = 0.003;
const ITERATIONS: usize = 200;
/// Classes.
const K: usize = 3;
const THREADS: usize = 2;

/// Learns a head from the labelled texts that have a vector. `importance` says how often a text counts.
pub(crate) fn learn(examples: &[Example], vectors: &Vectors, importance: impl Fn(&Example) -> f32) -> Head {
    let width = vectors.dimensions;
    let rows: Vec<(&[f32], usize, f32)> = examples
        .iter()
        .filter_map(|example| Some((vectors.get(&example.text)?, example.gold?, importance(example))))
        .filter(|(_, _, importance)| *importance > 0.0)
        .collect();
    let (mean, deviation) = spread(&rows, width);
    let standard: Vec<f32> = rows
        .iter()
        .flat_map(|(row, _, _)| {
            row.iter().zip(&mean).zip(&deviation).map(|((value, mean), deviation)| (value - mean) / deviation)
        })
        .collect();
    let total: f64 = rows.iter().map(|(_, _, importance)| f64::from(*importance)).sum();
    let mut point = vec![0.0; (width + 1) * K];
    minimise(&mut point, ITERATIONS, |point, gradient| {
        let share = rows.len().div_ceil(THREADS);
        let sums: Vec<(f64, Vec<f32>)> = thread::scope(|scope| {
            let parts: Vec<_> = rows.chunks(share).zip(standard.chunks(share * width)).collect();
            let handles: Vec<_> = parts
                .into_iter()
                .map(|(rows, standard)| scope.spawn(move || slope(rows, standard, point, width)))
                .collect();
            handles.into_iter().map(|handle| handle.join().expect("sums do not panic")).collect()
        });
        gradient.fill(0.0);
        let mut loss = 0.0;
        for (part, slope) in sums {
            loss += part;
            gradient.iter_mut().zip(slope).for_each(|(sum, slope)| *sum += slope);
        }
        let held = 1.0 / (C * total);
        let mut squares = 0.0;
        for (place, (slope, weight)) in gradient.iter_mut().zip(point).enumerate() {
            *slope = (f64::from(*slope) / total) as f32;
            if place < width * K {
                *slope += (held * f64::from(*weight)) as f32;
                squares += f64::from(*weight).powi(2);
            }
        }
        loss / total + held / 2.0 * squares
    });
    // As a head on vectors as they come, against neutral.
    let mut head = Head { weights: vec![[0.0; 2]; width], bias: [0.0; 2] };
    for (out, class) in [0, 2].into_iter().enumerate() {
        head.bias[out] = point[width * K + class] - point[width * K + 1];
        for place in 0..width {
            let weight = (point[place * K + class] - point[place * K + 1]) / deviation[place];
            head.weights[place][out] = weight;
            head.bias[out] -= weight * mean[place];
        }
    }
    head
}

fn spread(rows: &[(&[f32], usize, f32)], width: usize) -> (Vec<f32>, Vec<f32>) {
    let count = rows.len().max(1) as f64;
    let (mut sums, mut squares) = (vec![0.0_f64; width], vec![0.0_f64; width]);
    for (row, _, _) in rows {
        for (place, value) in row.iter().enumerate() {
            sums[place] += f64::from(*value);
            squares[place] += f64::from(*value).powi(2);
        }
    }
    let mean: Vec<f32> = sums.iter().map(|sum| (sum / count) as f32).collect();
    let deviation = squares
        .iter()
        .zip(&sums)
        .map(|(squares, sum)| ((squares / count - (sum / count).powi(2)).sqrt() as f32).max(1e-6));
    (mean, deviation.collect())
}

/// The summed loss of rows and its gradient.
fn slope(rows: &[(&[f32], usize, f32)], standard: &[f32], point: &[f32], width: usize) -> (f64, Vec<f32>) {
    let mut slope = vec![0.0; point.len()];
    let mut loss = 0.0;
    let bias = &point[width * K..];
    for ((_, gold, importance), row) in rows.iter().zip(standard.chunks_exact(width)) {
        let mut logits = [bias[0], bias[1], bias[2]];
        for (value, weights) in row.iter().zip(point.as_chunks::<K>().0) {
            for class in 0..K {
                logits[class] += value * weights[class];
            }
        }
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut shares = logits.map(|logit| (logit - most).exp());
        let all: f32 = shares.iter().sum();
        loss += f64::from(importance * (all.ln() + most - logits[*gold]));
        for class in 0..K {
            shares[class] = importance * (shares[class] / all - f32::from(u8::from(class == *gold)));
            slope[width * K + class] += shares[class];
        }
        for (value, slope) in row.iter().zip(slope.as_chunks_mut::<K>().0) {
            for class in 0..K {
                slope[class] += value * shares[class];
            }
        }
    }
    (loss, slope)
}

//! Owns logistic regression on sparse rows with soft targets. Never where rows and targets come from.

use std::thread;

use crate::minimise::minimise;

/// Rows of bucket numbers; a bucket that occurs twice stands twice.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    buckets: Vec<u32>,
    ends: Vec<usize>,
}

impl Rows {
    /// Adds a row.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = u32>) {
        self.buckets.extend(row);
        self.ends.push(self.buckets.len());
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    fn row(&self, number: usize) -> &[u32] {
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.buckets[start..self.ends[number]]
    }

    /// By bucket the inverse document frequency, `ln((1 + rows) / (1 + df)) + 1`, and 0 where fewer than `least` rows hold it.
    pub(crate) fn idf(&self, buckets: usize, least: u32) -> Vec<f32> {
        let mut last = vec![u32::MAX; buckets];
        let mut df = vec![0_u32; buckets];
        for number in 0..self.len() {
            for bucket in self.row(number) {
                let bucket = *bucket as usize;
                if last[bucket] != number as u32 {
                    last[bucket] = number as u32;
                    df[bucket] += 1;
                }
            }
        }
        let rows = self.len() as f32;
        df.into_iter().map(|df| if df < least { 0.0 } else { ((1.0 + rows) / (1.0 + df as f32)).ln() + 1.0 }).collect()
    }
}

/// What a regression may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fit {
    /// Weight of the squares of the weights, against the mean loss of a row.
    pub l2: f32,
    /// Steps of the search.
    pub iterations: usize,
    /// Whether there is one more class, whose logit is 0.
    pub reference: bool,
}

/// Weights by bucket and class, and the bias of the classes.
#[derive(Debug)]
pub(crate) struct Model<const K: usize> {
    /// By bucket; the inverse document frequency is folded in.
    pub weights: Vec<[f32; K]>,
    /// By class.
    pub bias: [f32; K],
}

/// Two, whatever the machine has, so that sums are the same everywhere.
const THREADS: usize = 2;

impl<const K: usize> Model<K> {
    /// Finds the weights for which `softmax(bias + sum of weights / sqrt(length of the row))` comes nearest to the targets, a row
    /// counting as much as its importance says.
    pub(crate) fn fit(rows: &Rows, idf: &[f32], targets: &[[f32; K]], importance: &[f32], fit: Fit) -> Self {
        let buckets = idf.len();
        let mut point = vec![0.0; buckets * K + K];
        let total: f64 = importance.iter().map(|importance| f64::from(*importance)).sum();
        let middle = rows.ends.partition_point(|end| *end < rows.buckets.len() / THREADS);
        let parts = [0..middle, middle..rows.len()];
        let mut model = Self { weights: vec![[0.0; K]; buckets], bias: [0.0; K] };
        minimise(&mut point, fit.iterations, |point, gradient| {
            model.take(point, idf);
            let sums: Vec<(f64, Self)> = thread::scope(|scope| {
                let work = |part: std::ops::Range<usize>| {
                    let model = &model;
                    move || model.slope(rows, part, targets, importance, fit.reference)
                };
                let handles: Vec<_> = parts.clone().map(|part| scope.spawn(work(part))).into_iter().collect();
                handles.into_iter().map(|handle| handle.join().expect("sums do not panic")).collect()
            });
            let mut loss = 0.0;
            gradient.fill(0.0);
            for (part, slope) in sums {
                loss += part;
                for ((bucket, slope), idf) in gradient.chunks_exact_mut(K).zip(&slope.weights).zip(idf) {
                    bucket.iter_mut().zip(slope).for_each(|(sum, slope)| *sum += slope * idf);
                }
                gradient[buckets * K..].iter_mut().zip(slope.bias).for_each(|(sum, slope)| *sum += slope);
            }
            let mut squares = 0.0;
            for (place, (slope, weight)) in gradient.iter_mut().zip(point).enumerate() {
                *slope = (f64::from(*slope) / total) as f32;
                if place < buckets * K {
                    *slope += fit.l2 * weight;
                    squares += f64::from(*weight).powi(2);
                }
            }
            loss / total + f64::from(fit.l2) / 2.0 * squares
        });
        model.take(&point, idf);
        model
    }

    fn take(&mut self, point: &[f32], idf: &[f32]) {
        for ((weights, found), idf) in self.weights.iter_mut().zip(point.chunks_exact(K)).zip(idf) {
            weights.iter_mut().zip(found).for_each(|(weight, found)| *weight = found * idf);
        }
        self.bias.copy_from_slice(&point[point.len() - K..]);
    }

    /// The logits of a row.
    pub(crate) fn logits(&self, row: &[u32]) -> [f32; K] {
        let mut sums = [0.0; K];
        for bucket in row {
            sums.iter_mut().zip(self.weights[*bucket as usize]).for_each(|(sum, weight)| *sum += weight);
        }
        let scale = 1.0 / (row.len().max(1) as f32).sqrt();
        let mut logits = self.bias;
        logits.iter_mut().zip(sums).for_each(|(logit, sum)| *logit += sum * scale);
        logits
    }

    /// The summed loss of a part of the rows, and its gradient.
    fn slope(
        &self,
        rows: &Rows,
        part: std::ops::Range<usize>,
        targets: &[[f32; K]],
        importance: &[f32],
        reference: bool,
    ) -> (f64, Self) {
        let mut slope = Self { weights: vec![[0.0; K]; self.weights.len()], bias: [0.0; K] };
        let mut loss = 0.0;
        for number in part {
            let row = rows.row(number);
            let logits = self.logits(row);
            let most = logits.iter().copied().fold(if reference { 0.0 } else { f32::NEG_INFINITY }, f32::max);
            let mut shares = logits.map(|logit| (logit - most).exp());
            let all = shares.iter().sum::<f32>() + if reference { (-most).exp() } else { 0.0 };
            let told: f32 = targets[number].iter().zip(logits).map(|(target, logit)| target * logit).sum();
            loss += f64::from(importance[number] * (all.ln() + most - told));
            shares
                .iter_mut()
                .zip(targets[number])
                .for_each(|(share, target)| *share = importance[number] * (*share / all - target));
            slope.bias.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
            let scale = 1.0 / (row.len().max(1) as f32).sqrt();
            let shares = shares.map(|share| share * scale);
            for bucket in row {
                slope.weights[*bucket as usize].iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
            }
        }
        (loss, slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> (Rows, Vec<[f32; 2]>) {
        let mut rows = Rows::default();
        let mut targets = Vec::new();
        for number in 0..60_u32 {
            // Bucket 0 says the first class, bucket 1 the second, neither the third; the rest is noise.
            let noise = 3 + number * 7 % 5;
            match number % 3 {
                0 => rows.push([0, noise]),
                1 => rows.push([noise, 1]),
                _ => rows.push([noise, 2]),
            }
            targets.push([f32::from(u8::from(number % 3 == 0)), f32::from(u8::from(number % 3 == 1))]);
        }
        (rows, targets)
    }

    const FIT: Fit = Fit { l2: 1e-3, iterations: 50, reference: true };

    #[test]
    fn what_tells_the_classes_apart_is_found() {
        let (rows, targets) = example();
        let model = Model::fit(&rows, &rows.idf(8, 1), &targets, &[1.0; 60], FIT);
        let [first, second] = model.logits(&[0, 4]);
        assert!(first > 1.0 && first > second, "{first} {second}");
        let [first, second] = model.logits(&[1, 4]);
        assert!(second > 1.0 && second > first, "{first} {second}");
        let [first, second] = model.logits(&[2, 4]);
        assert!(first < 0.0 && second < 0.0, "{first} {second}");
    }

    #[test]
    fn the_same_rows_give_the_same_bits() {
        let (rows, targets) = example();
        let once = || Model::fit(&rows, &rows.idf(8, 1), &targets, &[1.0; 60], FIT);
        let bits = |model: Model<2>| {
            model.weights.into_iter().flatten().chain(model.bias).map(f32::to_bits).collect::<Vec<_>>()
        };
        assert_eq!(bits(once()), bits(once()));
    }

    #[test]
    fn buckets_in_too_few_rows_weigh_nothing() {
        let (mut rows, mut targets) = example();
        rows.push([8]);
        targets.push([1.0, 0.0]);
        let idf = rows.idf(9, 3);
        assert_eq!(idf[8], 0.0);
        let model = Model::fit(&rows, &idf, &targets, &[1.0; 61], FIT);
        assert_eq!(model.weights[8], [0.0; 2]);
        assert!(model.weights[0][0] > 0.0);
    }
}

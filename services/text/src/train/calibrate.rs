//! Owns the calibration of logits, by language, and what is then measured of each. Never the weights.
//!
//! Rare classes are made to count more than they are frequent: what share of comments is negative differs from place to place, and half of
//! that difference is not for a model to presume.

use creatorscope_text::{
    language::Language,
    sentiment::{
        Probabilities,
        features::Reader,
        weights::{Calibration, Found, Measured},
    },
};

use crate::{
    corpus::Example,
    measure::{Outcome, in_order},
    minimise::minimise,
    regression::Model,
    student,
};

/// How strongly a bias is held back, in texts: so many would have to speak for it.
const HELD: f64 = 20.0;

/// A text's logits and the number of its class.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Of negative and positive.
    pub(crate) logits: [f32; 2],
    /// The number of its class.
    pub(crate) gold: usize,
    /// Whether it is a comment and no tweet: labels of the two were given by other rules.
    pub(crate) comment: bool,
}

/// Divides all weights by the temperature that makes the validation texts likeliest, each language counting the same, and writes
/// down each language's calibration and quality.
pub(crate) fn calibrate(found: &mut Found, validation: &[Example]) {
    let sentiment = Model { weights: found.sentiment.clone(), bias: found.bias };
    let reader = Reader::default();
    let mut languages: Vec<(Language, Vec<Row>)> = Vec::new();
    for example in validation.iter() {
        let logits = sentiment.logits(&student::buckets(&reader, &example.text));
        let row = Row { logits, gold: example.gold.unwrap_or(1), comment: example.source.name.contains("goemotions") };
        match languages.iter_mut().find(|(language, _)| *language == example.source.language) {
            Some((_, rows)) => rows.push(row),
            None => languages.push((example.source.language, vec![row])),
        }
    }
    let at = |temperature: f32| Calibration { temperature, bias: [0.0; 2] };
    let shared = coolest(|temperature| languages.iter().map(|(_, rows)| loss(rows, &at(temperature))).sum());
    found.sentiment.iter_mut().flatten().chain(&mut found.bias).for_each(|weight| *weight /= shared);
    for (language, rows) in &mut languages {
        rows.iter_mut().for_each(|row| row.logits = row.logits.map(|logit| logit / shared));
        // Each half is measured with what the other half says.
        let half = |odd: usize| rows.iter().skip(odd).step_by(2).copied().collect::<Vec<_>>();
        let halves = [half(0), half(1)];
        let mut outcome = Outcome::default();
        for (own, other) in [(&halves[0], &halves[1]), (&halves[1], &halves[0])] {
            let calibration = fit(other);
            for Row { logits, gold, .. } in own.iter().filter(|row| !row.comment) {
                let [negative, positive] = calibration.apply(*logits);
                outcome.push(*gold, Some(in_order(Probabilities::from_logits(negative, positive))));
            }
        }
        found.measured.push(Measured {
            language: *language,
            calibration: fit(rows),
            macro_f1: outcome.quality().macro_f1,
        });
    }
}

/// The mean loss of rows, each class counting as the root of its number, and comments beside tweets a quarter as much.
fn loss(rows: &[Row], calibration: &Calibration) -> f64 {
    let mut sums = [[(0.0, 0.0_f64); 3]; 2];
    for Row { logits, gold, comment } in rows {
        let [negative, positive] = calibration.apply(*logits);
        let share = in_order(Probabilities::from_logits(negative, positive))[*gold];
        let sum = &mut sums[usize::from(*comment)][*gold];
        *sum = (sum.0 - f64::from(share.max(1e-6).ln()), sum.1 + 1.0);
    }
    let (mut loss, mut all) = (0.0, 0.0);
    for (classes, importance) in sums.iter().zip([1.0, 0.25]) {
        let roots: f64 = classes.iter().map(|(_, count)| count.sqrt()).sum();
        if roots > 0.0 {
            let part: f64 = classes.iter().map(|(loss, count)| loss / count.max(1.0) * count.sqrt()).sum();
            (loss, all) = (loss + importance * part / roots, all + importance);
        }
    }
    loss / f64::max(all, 0.25)
}

/// The calibration that makes rows likeliest without going far.
pub(crate) fn fit(rows: &[Row]) -> Calibration {
    /// For the slope, which is taken from two points.
    const NEAR: f32 = 1e-3;
    let calibration = |point: &[f32]| Calibration { temperature: point[0].exp(), bias: [point[1], point[2]] };
    let held = HELD / rows.len().max(1) as f64;
    let value = |point: &[f32]| {
        let squares: f64 = point.iter().map(|part| f64::from(*part).powi(2)).sum();
        loss(rows, &calibration(point)) + held / 2.0 * squares
    };
    let mut point = [0.0; 3];
    minimise(&mut point, 30, |point, slope| {
        for part in 0..point.len() {
            let (mut more, mut less) = (point.to_vec(), point.to_vec());
            more[part] += NEAR;
            less[part] -= NEAR;
            slope[part] = ((value(&more) - value(&less)) / f64::from(2.0 * NEAR)) as f32;
        }
        value(point)
    });
    calibration(&point)
}

/// The temperature between 0.4 and 3 with the least loss, within 1 %.
pub(crate) fn coolest(loss: impl Fn(f32) -> f64) -> f32 {
    let mut best = (f64::INFINITY, 1.0);
    let mut temperature = 0.4_f32;
    while temperature < 3.0 {
        let loss = loss(temperature);
        if loss < best.0 {
            best = (loss, temperature);
        }
        temperature *= 1.01;
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_that_are_too_bold_and_lean_are_put_right() {
        // Twice as bold as they should be, and leaning to positive by 1.
        let rows: Vec<Row> = (0..3000)
            .map(|number| {
                let truth = [0, 1].map(|class| ((number * (class + 3) * 37 % 200) as f32 - 100.0) / 50.0);
                let shares = in_order(Probabilities::from_logits(truth[0], truth[1]));
                let chance = (number * 7919 % 3001) as f32 / 3001.0;
                let gold = if chance < shares[0] {
                    0
                } else if chance < shares[0] + shares[1] {
                    1
                } else {
                    2
                };
                Row { logits: [truth[0] * 2.0, truth[1] * 2.0 + 1.0], gold, comment: false }
            })
            .collect();
        let calibration = fit(&rows);
        assert!((calibration.temperature - 2.0).abs() < 0.3, "{calibration:?}");
        assert!(calibration.bias[1] < -0.25, "{calibration:?}");
        assert!(loss(&rows, &calibration) < loss(&rows, &Calibration::NONE));
    }
}

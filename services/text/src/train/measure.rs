//! Owns how good probabilities are: macro recall, macro F1, calibration. Never where they come from.

use creatorscope_text::sentiment::Probabilities;

/// The names of the classes, in the order of their numbers.
pub(crate) const CLASSES: [&str; 3] = ["negative", "neutral", "positive"];

/// The probabilities in the order of the classes.
pub(crate) fn in_order(probabilities: Probabilities) -> [f32; 3] {
    [probabilities.negative, probabilities.neutral, probabilities.positive]
}

/// What was predicted for texts whose class is known; none where nothing was.
#[derive(Debug, Default, Clone)]
pub(crate) struct Outcome {
    rows: Vec<(usize, Option<[f32; 3]>)>,
}

/// How good predictions are. A text without a prediction counts as missed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quality {
    /// Texts.
    pub texts: usize,
    /// Share of texts with a prediction, 0 to 1.
    pub answered: f32,
    /// Mean over classes of the share of their texts that were found, 0 to 1.
    pub macro_recall: f32,
    /// Mean over classes of the harmonic mean of precision and recall, 0 to 1.
    pub macro_f1: f32,
    /// Expected calibration error of the likeliest class, 15 bins, answered texts only, 0 to 1.
    pub ece: f32,
}

fn likeliest(probabilities: &[f32; 3]) -> usize {
    let mut best = 0;
    for class in 1..3 {
        if probabilities[class] > probabilities[best] {
            best = class;
        }
    }
    best
}

impl Outcome {
    /// Adds a text of class `gold`.
    pub(crate) fn push(&mut self, gold: usize, predicted: Option<[f32; 3]>) {
        self.rows.push((gold, predicted));
    }

    /// How good they are.
    pub(crate) fn quality(&self) -> Quality {
        let mut found = [[0_u32; 3]; 3];
        let mut texts = [0_u32; 3];
        let mut bins = [(0_u32, 0.0_f64, 0.0_f64); 15];
        let mut answered = 0_u32;
        for (gold, predicted) in &self.rows {
            texts[*gold] += 1;
            let Some(predicted) = predicted else { continue };
            let class = likeliest(predicted);
            found[*gold][class] += 1;
            answered += 1;
            let bin = &mut bins[((predicted[class] * 15.0) as usize).min(14)];
            *bin = (bin.0 + 1, bin.1 + f64::from(predicted[class]), bin.2 + f64::from(u8::from(class == *gold)));
        }
        let (mut recall, mut f1) = (0.0, 0.0);
        for class in 0..3 {
            let right = found[class][class] as f32;
            let predicted: u32 = found.iter().map(|row| row[class]).sum();
            recall += right / texts[class].max(1) as f32 / 3.0;
            f1 += 2.0 * right / (texts[class] + predicted).max(1) as f32 / 3.0;
        }
        let gaps: f64 = bins.iter().map(|(_, confidence, right)| (confidence - right).abs()).sum();
        Quality {
            texts: self.rows.len(),
            answered: answered as f32 / self.rows.len().max(1) as f32,
            macro_recall: recall,
            macro_f1: f1,
            ece: (gaps / f64::from(answered.max(1))) as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_agree_with_a_table_worked_out_by_hand() {
        let mut outcome = Outcome::default();
        // 2 negative (1 found), 1 neutral (found), 1 positive (missed as negative), 1 positive unanswered.
        outcome.push(0, Some([0.8, 0.1, 0.1]));
        outcome.push(0, Some([0.1, 0.8, 0.1]));
        outcome.push(1, Some([0.1, 0.8, 0.1]));
        outcome.push(2, Some([0.8, 0.1, 0.1]));
        outcome.push(2, None);
        let quality = outcome.quality();
        assert_eq!(quality.texts, 5);
        assert!((quality.answered - 0.8).abs() < 1e-6);
        assert!((quality.macro_recall - (0.5 + 1.0 + 0.0) / 3.0).abs() < 1e-6);
        assert!((quality.macro_f1 - (0.5 + 2.0 / 3.0 + 0.0) / 3.0).abs() < 1e-6);
        // All four in one bin: confidence 0.8, half of them right.
        assert!((quality.ece - 0.3).abs() < 1e-6);
    }
}

//! Owns whether a text's language lets its sentiment be read. Never the sentiment.

use super::{
    Unknown,
    features::Shape,
    weights::{Calibration, LANES, Tables},
};
use crate::language::{ByScript, Language, LanguageGuess, OTHER, by_script};

/// A language in Latin letters is known when all supported ones together have this probability: which of them it is matters less.
const ENOUGH_SUPPORT: f32 = 0.5;

/// The language of a text whose sentiment may be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spoken {
    /// The language; none when there are pictographs only.
    pub language: Option<LanguageGuess>,
    /// Of its logits.
    pub calibration: Calibration,
}

/// Why a text's sentiment may not be read, and the language that shows it, if one does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unspoken {
    /// The language; none when nothing speaks for one.
    pub language: Option<LanguageGuess>,
    /// The reason.
    pub reason: Unknown,
}

/// What is known of the languages of the table.
#[derive(Debug)]
pub(super) struct Support {
    /// By lane: 1 for a supported language, else 0.
    lanes: [f32; LANES],
    /// By lane.
    calibrations: [Calibration; LANES],
    /// By lane: what keeps [`OTHER`] from being named; 0 for all the rest.
    unnamed: [f32; LANES],
}

impl Support {
    pub(super) fn of(tables: &Tables) -> Self {
        let mut support = Self { lanes: [0.0; LANES], calibrations: [Calibration::NONE; LANES], unnamed: [0.0; LANES] };
        for (lane, language) in tables.latin.iter().enumerate() {
            support.unnamed[lane] = if *language == OTHER { 1e9 } else { 0.0 };
            if let Some(calibration) = tables.calibration(*language) {
                (support.lanes[lane], support.calibrations[lane]) = (1.0, calibration);
            }
        }
        support
    }

    /// Takes a text for English, as certain as its language was; nothing happens where English is not read.
    pub(super) fn say_english(&self, tables: &Tables, spoken: &mut Spoken) {
        let english = Language("en");
        if let (Some(guess), Some(calibration)) = (&mut spoken.language, tables.calibration(english)) {
            guess.language = english;
            spoken.calibration = calibration;
        }
    }

    /// The language of a text of this shape. `sums` are those of its features in the table of languages, `count` their number.
    #[inline]
    pub(super) fn language(
        &self,
        tables: &Tables,
        shape: &Shape,
        sums: &[i32; LANES],
        count: u32,
    ) -> Result<Spoken, Unspoken> {
        let unspoken = |language, reason| Err(Unspoken { language, reason });
        match by_script(&shape.letters) {
            ByScript::Latin => self.latin(tables, sums, count),
            ByScript::Nothing if shape.emoji > 0 => Ok(Spoken { language: None, calibration: Calibration::NONE }),
            ByScript::Nothing => unspoken(None, Unknown::NoText),
            ByScript::Unknown => unspoken(None, Unknown::LanguageUnknown),
            // Measured in Latin letters only.
            ByScript::Known(guess) if guess.language == Language("hi") => {
                unspoken(Some(guess), Unknown::LanguageNotSupported)
            }
            ByScript::Known(guess) => match tables.calibration(guess.language) {
                Some(calibration) => Ok(Spoken { language: Some(guess), calibration }),
                None => unspoken(Some(guess), Unknown::LanguageNotSupported),
            },
        }
    }

    fn latin(&self, tables: &Tables, sums: &[i32; LANES], count: u32) -> Result<Spoken, Unspoken> {
        let scale = tables.language_unit / (count.max(1) as f32).sqrt();
        let mut shares = tables.latin_bias;
        shares.iter_mut().zip(sums).for_each(|(logit, sum)| *logit += *sum as f32 * scale);
        let mut named = shares;
        named.iter_mut().zip(self.unnamed).for_each(|(logit, unnamed)| *logit -= unnamed);
        let (most, most_named) = (greatest(&shares), greatest(&named));
        shares.iter_mut().for_each(|share| *share = exponential(*share - most));
        let mut supported = shares;
        supported.iter_mut().zip(self.lanes).for_each(|(share, lane)| *share *= lane);
        let (all, support) = (sum(&shares), sum(&supported));
        let best = named.iter().position(|logit| *logit == most_named).unwrap_or_default();
        let confidence = shares[best] / all;
        let language = tables.latin.get(best).map(|language| LanguageGuess { language: *language, confidence });
        if support >= ENOUGH_SUPPORT * all && self.lanes[best] > 0.0 {
            Ok(Spoken { language, calibration: self.calibrations[best] })
        } else if confidence >= ENOUGH_SUPPORT {
            Err(Unspoken { language, reason: Unknown::LanguageNotSupported })
        } else {
            Err(Unspoken { language: None, reason: Unknown::LanguageUnknown })
        }
    }
}

/// The greatest of numbers, four side by side.
#[inline]
fn greatest(numbers: &[f32; LANES]) -> f32 {
    let mut most = [f32::MIN; 4];
    for four in numbers.as_chunks::<4>().0 {
        for lane in 0..4 {
            most[lane] = if four[lane] > most[lane] { four[lane] } else { most[lane] };
        }
    }
    most[0].max(most[1]).max(most[2].max(most[3]))
}

/// The sum of numbers, four side by side.
#[inline]
fn sum(numbers: &[f32; LANES]) -> f32 {
    let mut sums = [0.0; 4];
    for four in numbers.as_chunks::<4>().0 {
        for lane in 0..4 {
            sums[lane] += four[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// `exp(x)` for x from -80 to 0, else its value at the nearer end; relative error below 1e-4, and the same on every machine.
#[inline]
fn exponential(x: f32) -> f32 {
    /// Added to a small number, it leaves the nearest whole one in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let powers = if x > -80.0 { x } else { -80.0 } * std::f32::consts::LOG2_E;
    let rounded = powers + ROUND;
    // Taylor's series of the rest, which lies between -ln 2 / 2 and ln 2 / 2.
    let rest = (powers - (rounded - ROUND)) * std::f32::consts::LN_2;
    let series = 1.0 + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0 + rest / 120.0))));
    series * f32::from_bits((rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127)) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_exponential_is_near_the_exact_one() {
        for step in 0..=8_000 {
            let x = -0.01 * step as f32;
            assert!((exponential(x) / x.exp() - 1.0).abs() < 1e-4, "{x}: {} {}", exponential(x), x.exp());
        }
        assert!(exponential(f32::MIN) < 1e-30);
    }
}

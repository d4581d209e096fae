//! Owns the decision and what would change it. Never how a component is found.

use creatorscope_proto::{
    common::v1::MissingReason,
    scoring::v1::{self as pb, fit::Decision},
};

use super::{COUNT, Finding, KINDS, word};

/// The score from which a creator fits.
pub(super) const GOOD: f64 = 65.0;
/// The score below which it does not.
pub(super) const AVOID: f64 = 40.0;
/// The share of the weight that must be known.
pub(super) const LEAST_KNOWN: f64 = 0.4;
/// The value from which a component that refused no longer does: the conflict would have to be gone.
const CLEARED: f64 = 0.5;

/// Everything that the decision follows from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    /// Weights, 0 and more.
    pub(super) weights: [f64; COUNT],
    /// Values, 0 to 1; none for what is missing or weighs nothing.
    pub(super) values: [Option<f64>; COUNT],
    /// Whether the component was asked for; what was not asked for is not lacking.
    pub(super) asked: [bool; COUNT],
    /// Whether the component alone speaks against the creator.
    pub(super) refusals: [bool; COUNT],
}

impl State {
    pub(super) fn of(weights: &[f64; COUNT], findings: &[Finding]) -> Self {
        let mut state =
            Self { weights: *weights, values: [None; COUNT], asked: [false; COUNT], refusals: [false; COUNT] };
        for (slot, finding) in findings.iter().enumerate().filter(|(slot, _)| weights[*slot] > 0.0) {
            state.values[slot] = finding.value;
            state.asked[slot] = finding.value.is_some() || finding.missing != MissingReason::NotAsked;
            state.refusals[slot] = finding.refusal.is_some();
        }
        state
    }

    /// Whether it was asked for and is not known.
    pub(super) fn is_lacking(&self, slot: usize) -> bool {
        self.asked[slot] && self.values[slot].is_none()
    }

    fn known_weight(&self) -> f64 {
        (0..COUNT).filter(|slot| self.values[*slot].is_some()).map(|slot| self.weights[slot]).sum()
    }

    /// The share of the weight asked for that is known, 0 to 1.
    pub(super) fn known_share(&self) -> f64 {
        let asked: f64 = (0..COUNT).filter(|slot| self.asked[*slot]).map(|slot| self.weights[slot]).sum();
        if asked > 0.0 { self.known_weight() / asked } else { 0.0 }
    }

    /// Shares of the known weight; 0 for what is missing.
    pub(super) fn shares(&self) -> [f64; COUNT] {
        let known = self.known_weight();
        std::array::from_fn(
            |slot| if self.values[slot].is_some() && known > 0.0 { self.weights[slot] / known } else { 0.0 },
        )
    }

    pub(super) fn contribution(&self, slot: usize) -> f64 {
        100.0 * self.shares()[slot] * self.values[slot].unwrap_or(0.0)
    }

    /// The sum of the contributions, in their order.
    pub(super) fn score(&self) -> Option<f64> {
        let known = self.values.iter().any(Option::is_some);
        known.then(|| (0..COUNT).map(|slot| self.contribution(slot)).sum())
    }

    pub(super) fn decision(&self) -> Decision {
        if self.refusals.contains(&true) {
            return Decision::Avoid;
        }
        match self.score() {
            Some(_) if self.known_share() < LEAST_KNOWN => Decision::InsufficientData,
            Some(score) if score >= GOOD => Decision::Good,
            Some(score) if score < AVOID => Decision::Avoid,
            Some(_) => Decision::Neutral,
            None => Decision::InsufficientData,
        }
    }

    /// The same with one component at a value.
    pub(super) fn with(&self, slot: usize, value: f64) -> Self {
        let mut changed = self.clone();
        changed.values[slot] = Some(value);
        changed.refusals[slot] = self.refusals[slot] && value < CLEARED;
        changed
    }

    /// For each component the smallest change that alone changes the decision, if one does.
    pub(super) fn counterfactuals(&self) -> Vec<pb::Counterfactual> {
        (0..COUNT).filter(|slot| self.asked[*slot]).filter_map(|slot| self.counterfactual(slot)).collect()
    }

    fn counterfactual(&self, slot: usize) -> Option<pb::Counterfactual> {
        let (now, from) = (self.decision(), self.values[slot]);
        // A missing component could have any value; the middle stands for "unknown".
        let start = from.unwrap_or(0.5);
        let mut values = vec![0.0, CLEARED, 1.0, start];
        for threshold in [AVOID, GOOD] {
            // The score is linear in the value of one component.
            let (low, high) = (self.with(slot, 0.0).score()?, self.with(slot, 1.0).score()?);
            let crossing = (threshold - low) / (high - low);
            // Beside the crossing, in thousandths, so that the value that is told really crosses.
            values.extend([(crossing * 1000.0).floor() / 1000.0, (crossing * 1000.0).ceil() / 1000.0]);
        }
        let changes = |value: &f64| (0.0..=1.0).contains(value) && self.with(slot, *value).decision() != now;
        let to = values.into_iter().filter(changes).min_by(|a, b| (a - start).abs().total_cmp(&(b - start).abs()))?;
        let decision = self.with(slot, to).decision();
        let name = word(KINDS[slot]);
        let was = from.map_or("were known and".to_owned(), |from| format!("went from {from:.3} to"));
        let was = if from.is_some() { format!("{was} {to:.3}") } else { format!("{was} stood at {to:.3}") };
        let then = decision.as_str_name().trim_start_matches("DECISION_").replace('_', " ");
        let description = format!("if {name} {was}, all else equal, the decision would be {then}");
        Some(pb::Counterfactual { component: KINDS[slot] as i32, from, to, decision: decision as i32, description })
    }
}

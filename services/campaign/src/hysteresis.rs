//! Owns when an alert is raised and cleared: edges, persistence and cool-down, as one pure step. Never what is
//! measured, and never a clock.
//!
//! A value past the raising edge by the margin raises at once; past the edge only, after so many evaluations in a row.
//! An alert clears only past the other, clearing edge, so that a value that trembles at one edge makes no noise, and it
//! is not raised again within the cool-down. The same rule, memory and inputs give the same decisions.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Delivery is behind the line; the value is the delivery index.
    Under,
    /// Delivery is ahead of the line; the value is the delivery index.
    Over,
    /// The target is not likely to be reached; the value is the probability.
    AtRisk,
    /// The audience's feeling fell; the value is the net sentiment now less the usual one, −2 to 2.
    SentimentTurned,
    /// A draft waits for review past its time; the value is hours past it.
    ReviewOverdue,
    /// What was published is not what was approved; the value is the number of such posts.
    Drifted,
    /// A disclosure check failed; the value is the number of such posts.
    DisclosureFailed,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Under,
        Self::Over,
        Self::AtRisk,
        Self::SentimentTurned,
        Self::ReviewOverdue,
        Self::Drifted,
        Self::DisclosureFailed,
    ];
}

/// The side on which values are bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Low values are bad.
    Low,
    /// High values are bad.
    High,
}

/// When a kind of alert is raised and cleared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Which alert.
    pub kind: AlertKind,
    /// Which values are bad.
    pub side: Side,
    /// A value at this edge or past it counts as bad.
    pub raise_at: f64,
    /// Past the edge by this much (at least 0) it raises at once.
    pub margin: f64,
    /// Otherwise after so many bad evaluations in a row, at least 1.
    pub evaluations: u32,
    /// It clears when the value is at this edge or past it on the good side; not on the bad side of `raise_at`.
    pub clear_at: f64,
    /// After a raise it is not raised again for so many seconds, at least 0.
    pub cool_down_seconds: i64,
}

/// A rule that cannot work.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RuleError {
    /// The clearing edge lies on the bad side of the raising edge, or one of them is not a number.
    #[error("the alert would clear at {clear_at} while {raise_at} raises it")]
    Edges {
        /// The raising edge.
        raise_at: f64,
        /// The clearing edge.
        clear_at: f64,
    },
    /// The margin or the cool-down is negative, or no evaluation is asked for.
    #[error("margin and cool-down must be at least 0 and evaluations at least 1")]
    Amounts,
}

/// What is remembered of one alert of one campaign between evaluations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Whether it is raised.
    pub raised: bool,
    /// Bad evaluations in a row.
    pub bad_in_a_row: u32,
    /// When it was last raised, in milliseconds since 1970.
    pub raised_at: Option<i64>,
    /// The last evaluation, in milliseconds since 1970; what is not later is not evaluated.
    pub evaluated_at: Option<i64>,
}

/// What an evaluation decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The alert is raised now.
    Raise,
    /// The alert is cleared now.
    Clear,
}

impl Rule {
    /// The rule that holds where a campaign has none of its own.
    pub fn standard(kind: AlertKind) -> Self {
        let hours = |hours: i64| hours * 3_600;
        let low = |raise_at, margin, evaluations, clear_at| (Side::Low, raise_at, margin, evaluations, clear_at);
        let high = |raise_at, margin, evaluations, clear_at| (Side::High, raise_at, margin, evaluations, clear_at);
        let (side, raise_at, margin, evaluations, clear_at) = match kind {
            AlertKind::Under => low(crate::pacing::UNDER_EDGE, 0.10, 3, 0.95),
            AlertKind::Over => high(crate::pacing::OVER_EDGE, 0.10, 3, 1.05),
            AlertKind::AtRisk => low(0.50, 0.15, 3, 0.60),
            AlertKind::SentimentTurned => low(-0.20, 0.20, 3, -0.10),
            AlertKind::ReviewOverdue => high(0.0, 0.0, 1, -1e-9),
            AlertKind::Drifted | AlertKind::DisclosureFailed => high(1.0, 0.0, 1, 0.0),
        };
        let cool_down_seconds = match kind {
            AlertKind::Under | AlertKind::Over | AlertKind::AtRisk | AlertKind::SentimentTurned => hours(24),
            AlertKind::ReviewOverdue => hours(12),
            // Each is news: the law or the contract is at stake.
            AlertKind::Drifted | AlertKind::DisclosureFailed => 0,
        };
        Self { kind, side, raise_at, margin, evaluations, clear_at, cool_down_seconds }
    }

    /// Says whether the rule can work.
    pub fn check(&self) -> Result<(), RuleError> {
        let in_order = match self.side {
            Side::Low => self.clear_at > self.raise_at,
            Side::High => self.clear_at < self.raise_at,
        };
        if !in_order {
            return Err(RuleError::Edges { raise_at: self.raise_at, clear_at: self.clear_at });
        }
        let amounts = self.margin >= 0.0 && self.cool_down_seconds >= 0 && self.evaluations >= 1;
        if amounts { Ok(()) } else { Err(RuleError::Amounts) }
    }

    /// How far a value lies past an edge on the bad side; negative on the good side.
    fn badness(&self, value: f64, edge: f64) -> f64 {
        match self.side {
            Side::Low => edge - value,
            Side::High => value - edge,
        }
    }
}

/// Takes one evaluation. No value (nothing measured, or not a number) changes nothing but the time; an evaluation that
/// is not later than the last one changes nothing at all, so that one taken twice counts once.
pub fn step(rule: &Rule, memory: Memory, at: Timestamp, value: Option<f64>) -> (Memory, Option<Decision>) {
    let now = at.as_millisecond();
    if memory.evaluated_at.is_some_and(|last| now <= last) {
        return (memory, None);
    }
    let memory = Memory { evaluated_at: Some(now), ..memory };
    let Some(value) = value.filter(|value| !value.is_nan()) else { return (memory, None) };
    let past = rule.badness(value, rule.raise_at);
    let bad_in_a_row = if past >= 0.0 { memory.bad_in_a_row.saturating_add(1) } else { 0 };
    let memory = Memory { bad_in_a_row, ..memory };
    if memory.raised {
        if rule.badness(value, rule.clear_at) > 0.0 {
            return (memory, None);
        }
        return (Memory { raised: false, bad_in_a_row: 0, ..memory }, Some(Decision::Clear));
    }
    let due = past >= 0.0 && (past >= rule.margin || bad_in_a_row >= rule.evaluations);
    let cool_down = SignedDuration::from_secs(rule.cool_down_seconds).as_millis();
    let cooling = memory.raised_at.is_some_and(|raised_at| i128::from(now - raised_at) < cool_down);
    if due && !cooling {
        return (Memory { raised: true, raised_at: Some(now), ..memory }, Some(Decision::Raise));
    }
    (memory, None)
}

#[cfg(test)]
mod tests;

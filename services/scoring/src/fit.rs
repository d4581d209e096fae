//! Owns fit: how components become a score, a decision, reasons and what would change it. Never where evidence comes from.
//!
//! Score = sum over known components of 100 x share x value, with share = weight / sum of the weights of the known ones. A component
//! that was asked for and is not known may have any value from 0 to 1, so the interval is the range of the score over those
//! values, widened by the components' own intervals (root of the sum of squares). The default weights are a judgement, not fitted: no
//! public outcomes of campaigns exist to fit them on.

mod away;
pub mod brief;
mod components;
mod decide;
mod reach;
mod safety;
#[cfg(test)]
mod tests;
pub mod words;

use creatorscope_proto::{
    common::v1::{Interval, MetricFlag, MetricValue, MissingReason, Provenance, Unit, metric_value},
    discovery::v1::Creator,
    metrics::v1::PostState,
    scoring::v1::{self as pb, FitComponentKind as Kind, fit::Decision},
};
use prost_types::Timestamp;

use self::{brief::Brief, decide::State};

/// How many components there are.
pub const COUNT: usize = 10;
/// Every component, in the order of the wire.
pub const KINDS: [Kind; COUNT] = [
    Kind::Niche,
    Kind::AudienceLanguage,
    Kind::AudienceCountry,
    Kind::Demographics,
    Kind::Sentiment,
    Kind::Authenticity,
    Kind::Engagement,
    Kind::Price,
    Kind::BrandSafety,
    Kind::CompetitorConflict,
];
/// The default weight of each component, in the order of [`KINDS`]; they sum to 100.
pub const DEFAULT_WEIGHTS: [f64; COUNT] = [25.0, 10.0, 10.0, 5.0, 10.0, 12.0, 10.0, 5.0, 8.0, 5.0];

/// What is known of a creator; what is not known is none or empty.
#[derive(Debug, Clone, Default)]
pub struct Evidence<'a> {
    /// `creators/{creator}`.
    pub creator: &'a str,
    /// The profile.
    pub profile: Option<&'a Creator>,
    /// Metrics in their default windows, with their standing.
    pub metrics: &'a [MetricValue],
    /// How the audience feels.
    pub sentiment: Option<&'a pb::CreatorSentiment>,
    /// How it receives the creator.
    pub reception: Option<&'a pb::Reception>,
    /// Who comments.
    pub audience: Option<&'a pb::CommentAudience>,
    /// Whether engagement is earned.
    pub authenticity: Option<&'a pb::Authenticity>,
    /// Recent posts.
    pub posts: &'a [PostState],
    /// The cosine of brief and profile, -1 to 1, and the model that gave it.
    pub similarity: Option<(f64, &'a str)>,
    /// Services that did not answer, so that what they hold is not above.
    pub away: Vec<&'static str>,
}

/// What one component found.
#[derive(Debug, Clone, Default)]
struct Finding {
    /// 0 to 1; none when it is missing.
    value: Option<f64>,
    /// Why it is missing.
    missing: MissingReason,
    /// How far the true value may be from `value`, 0 to 1.
    error: f64,
    /// Why no creator with this is to be taken, whatever else is known.
    refusal: Option<String>,
    /// In words.
    description: String,
    evidence: Vec<MetricValue>,
    references: Vec<String>,
    /// Whether a service that holds a part of it did not answer.
    lacks_service: bool,
}

impl Finding {
    fn known(value: f64, description: impl Into<String>) -> Self {
        Self { value: Some(value.clamp(0.0, 1.0)), description: description.into(), ..Self::default() }
    }

    fn missing(reason: MissingReason, description: impl Into<String>) -> Self {
        Self { missing: reason, description: description.into(), ..Self::default() }
    }
}

/// The number of a value; none when it is missing.
pub(crate) fn number(value: &MetricValue) -> Option<f64> {
    match value.result {
        Some(metric_value::Result::Value(number)) => Some(number),
        _ => None,
    }
}

/// Finds a value by its definition, whatever its version.
pub(crate) fn by_id<'a>(values: &'a [MetricValue], id: &str) -> Option<&'a MetricValue> {
    values.iter().find(|value| value.definition.split('@').next() == Some(id))
}

/// The word of a component, e.g. `niche`.
pub fn word(kind: Kind) -> String {
    kind.as_str_name().trim_start_matches("FIT_COMPONENT_KIND_").to_lowercase().replace('_', " ")
}

/// Scores how well a creator fits a brand. `as_of` is the time of the question.
pub fn score(brief: &Brief, evidence: &Evidence<'_>, as_of: Option<Timestamp>) -> pb::Fit {
    let findings = away::told(components::find(brief, evidence), evidence);
    let state = State::of(&brief.weights, &findings);
    let (shares, decision) = (state.shares(), state.decision());
    let mut components = Vec::with_capacity(COUNT);
    for (slot, finding) in findings.iter().enumerate() {
        let left_out = finding.value.is_some() && state.values[slot].is_none();
        components.push(pb::FitComponent {
            component: KINDS[slot] as i32,
            value: state.values[slot],
            missing: if left_out { MissingReason::NotAsked as i32 } else { finding.missing as i32 },
            weight: shares[slot],
            contribution: state.contribution(slot),
            description: if left_out { "left out: its weight is 0".to_owned() } else { finding.description.clone() },
            evidence: finding.evidence.clone(),
            references: finding.references.iter().take(10).cloned().collect(),
        });
    }
    pb::Fit {
        creator: evidence.creator.to_owned(),
        score: Some(score_value(&state, &findings, as_of)),
        decision: decision as i32,
        reasons: reasons(&state, &findings, decision),
        counterfactuals: state.counterfactuals(),
        components,
    }
}

fn score_value(state: &State, findings: &[Finding], as_of: Option<Timestamp>) -> MetricValue {
    let known = state.values.iter().flatten().count();
    let mut value = MetricValue {
        definition: "fit.score@1".to_owned(),
        unit: Unit::Score as i32,
        sample_size: i32::try_from(known).unwrap_or(i32::MAX),
        provenance: Provenance::Modelled as i32,
        as_of,
        ..Default::default()
    };
    let share = state.known_share();
    if share < 1.0 || findings.iter().any(|finding| finding.lacks_service) {
        value.flags.push(MetricFlag::PartialEvidence as i32);
    }
    let Some(score) = state.score() else {
        value.result = Some(metric_value::Result::Missing(MissingReason::TooFewSignals as i32));
        return value;
    };
    let shares = state.shares();
    let errors = findings.iter().zip(shares).map(|(finding, weight)| (100.0 * weight * finding.error).powi(2));
    let own = errors.sum::<f64>().sqrt();
    value.result = Some(metric_value::Result::Value(score));
    value.interval = Some(Interval {
        low: (share * (score - own)).max(0.0),
        high: (share * (score + own) + 100.0 * (1.0 - share)).min(100.0).max(score),
        confidence: 0.0,
        method: "missing components at their worst and best, and the intervals of the known ones".to_owned(),
    });
    value
}

fn reasons(state: &State, findings: &[Finding], decision: Decision) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for (slot, finding) in findings.iter().enumerate().filter(|(slot, _)| state.refusals[*slot]) {
        let why = finding.refusal.as_deref().unwrap_or(&finding.description);
        reasons.push(format!("{}: {why}", word(KINDS[slot])));
    }
    let shares = state.shares();
    // What moves the score furthest from the middle comes first.
    let pull = |slot: usize| state.values[slot].map_or(0.0, |value| shares[slot] * (value - 0.5).abs());
    let mut order: Vec<usize> =
        (0..COUNT).filter(|slot| state.values[*slot].is_some() && !state.refusals[*slot]).collect();
    order.sort_by(|a, b| pull(*b).total_cmp(&pull(*a)).then(a.cmp(b)));
    for slot in order.into_iter().filter(|slot| shares[*slot] > 0.0) {
        let contribution = state.contribution(slot);
        let most = 100.0 * shares[slot];
        reasons.push(format!("{} ({contribution:.1} of {most:.1}): {}", word(KINDS[slot]), findings[slot].description));
    }
    if decision == Decision::InsufficientData {
        let missing: Vec<String> =
            (0..COUNT).filter(|slot| state.is_lacking(*slot)).map(|slot| word(KINDS[slot])).collect();
        let share = 100.0 * state.known_share();
        reasons.insert(0, format!("only {share:.0} % of the weight is known; missing: {}", missing.join(", ")));
    }
    reasons
}

/// The default weights, as the wire has them.
pub fn default_weights() -> Vec<pb::FitWeight> {
    KINDS.iter().zip(DEFAULT_WEIGHTS).map(|(kind, weight)| pb::FitWeight { component: *kind as i32, weight }).collect()
}

/// Whether a metric says why it is missing; `NOT_REPORTED` when there is none.
fn why_missing(value: Option<&MetricValue>) -> MissingReason {
    match value.and_then(|value| value.result) {
        Some(metric_value::Result::Missing(reason)) => {
            MissingReason::try_from(reason).unwrap_or(MissingReason::NotReported)
        }
        _ => MissingReason::NotReported,
    }
}

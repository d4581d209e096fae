//! Owns looking at running campaigns: which alerts are raised and cleared, with what they rest on and what could be done. Never when a
//! campaign is looked at.

use std::collections::BTreeMap;

use creatorscope_kit::clock::{from_wire_time, to_wire_time};
use creatorscope_proto::{
    campaign::v1 as pb,
    common::v1::{MetricValue, metric_value},
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tracing::warn;

use super::{Service, publications::ITSELF};
use crate::{
    adjust::{self, Action, Suggestion},
    convert::event::wire_value,
    error::CampaignError,
    hysteresis::{self, AlertKind, Decision, Memory, Rule},
    progress::{Inputs, progress, situation},
    store::{Entry, Work},
    tracking::Number,
};

/// Suggestions of one alert.
const MOST_ADJUSTMENTS: usize = 5;

/// One thing that may be wrong, at this moment.
#[derive(Debug, Clone)]
struct Sign {
    kind: AlertKind,
    /// The objective or deliverable; empty for the campaign.
    about: String,
    /// What is judged; none when it cannot be known now.
    value: Option<f64>,
    message: String,
    inputs: Json,
}

impl Service {
    /// Looks at a campaign after a change that alerts are about, so that nobody waits for the next round. One that fails is made up for by
    /// that round.
    pub(crate) async fn look_after(&self, tenant: &str, campaign: &str) {
        if let Err(error) = self.look_at(tenant, campaign).await {
            warn!(%error, campaign, "the campaign is looked at again later");
        }
    }

    /// Looks at a campaign as of now and raises and clears its alerts; answers with how many. Nothing happens to one that does not run.
    /// Errors: the database's.
    pub(crate) async fn look_at(&self, tenant: &str, campaign: &str) -> Result<usize, CampaignError> {
        let Some(found) = self.store.get::<pb::Campaign>(tenant, campaign).await? else { return Ok(0) };
        if !matches!(found.state(), pb::CampaignState::Active | pb::CampaignState::Paused) {
            return Ok(0);
        }
        let is_paused = found.state() == pb::CampaignState::Paused;
        let (inputs, _) = self.inputs(tenant, found, self.clock.now()).await?;
        let told = progress(&inputs);
        let mut signs = deliverable_signs(&inputs);
        signs.extend(sentiment_sign(&inputs, &told));
        if !is_paused {
            signs.extend(pacing_signs(&inputs, &told));
        }
        let memories: BTreeMap<String, String> = self.store.memories(tenant, campaign).await?.into_iter().collect();
        let mut changed = Vec::new();
        for sign in signs {
            let subject = format!("{}|{}", name_of(sign.kind), sign.about);
            let known = memories.get(&subject);
            let memory: Memory = known.and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
            let rule = Rule::standard(sign.kind);
            let (after, decision) = hysteresis::step(&rule, memory, inputs.as_of, sign.value);
            // What decides nothing is not written: there is a look for every reading, and one a minute of each campaign.
            let counted = |memory: &Memory| memory.bad_in_a_row.min(rule.evaluations);
            let moved = memory.raised != after.raised || (!after.raised && counted(&memory) != counted(&after));
            if decision.is_some() || moved {
                let body = serde_json::to_string(&after).unwrap_or_default();
                changed.push((sign, subject, known.cloned(), body, decision));
            }
        }
        if changed.is_empty() {
            return Ok(0);
        }
        let mut work = self.store.begin(tenant).await?;
        // Held, so that of two looks at once the second sees what the first did, and leaves it at that.
        if work.lock::<pb::Campaign>(campaign).await?.is_none() {
            return Ok(0);
        }
        let now: BTreeMap<String, String> = work.memories(campaign).await?.into_iter().collect();
        let mut count = 0;
        for (sign, subject, known, body, decision) in changed {
            if now.get(&subject) != known.as_ref() {
                continue;
            }
            work.remember(campaign, &subject, &body).await?;
            count += usize::from(decision.is_some());
            match decision {
                Some(Decision::Raise) => raise(&mut work, &inputs, &sign, &subject).await?,
                Some(Decision::Clear) => clear(&mut work, campaign, &subject).await?,
                None => {}
            }
        }
        work.commit().await?;
        Ok(count)
    }
}

async fn raise(work: &mut Work, inputs: &Inputs, sign: &Sign, subject: &str) -> Result<(), CampaignError> {
    let campaign = inputs.campaign.name.as_str();
    let is_deliverable = sign.about.contains('/');
    let objective = inputs.campaign.objectives.iter().find(|one| one.objective_id == sign.about);
    let struct_of = |json: Json| match wire_value(json).kind {
        Some(prost_types::value::Kind::StructValue(fields)) => Some(fields),
        _ => None,
    };
    let alert = pb::Alert {
        kind: wire_kind(sign.kind).into(),
        objective_id: if is_deliverable { String::new() } else { sign.about.clone() },
        deliverable: if is_deliverable { sign.about.clone() } else { String::new() },
        message: sign.message.clone(),
        raise_time: Some(to_wire_time(work.now())),
        as_of: Some(to_wire_time(inputs.as_of)),
        inputs: struct_of(with_forecast(inputs, sign.inputs.clone(), objective.is_some())),
        adjustments: objective.map(|objective| adjustments(inputs, objective, sign.kind)).unwrap_or_default(),
        ..Default::default()
    };
    let raised = work.raise(campaign, subject, alert).await?;
    let entry = Entry { actor: ITSELF.to_owned(), action: "RaiseAlert", ..Entry::default() }.because(&raised.message);
    work.note(campaign, &raised.name, &entry).await?;
    Ok(())
}

/// What an alert rests on: of objectives also the curves and usual views that the forecast was made with. They are long and only written
/// down when an alert is raised.
fn with_forecast(inputs: &Inputs, mut rests_on: Json, is_forecast: bool) -> Json {
    if is_forecast {
        let curves = inputs.growths().iter().map(|growth| serde_json::to_value(growth).unwrap_or_default()).collect();
        let usual = inputs.usuals.iter().map(|(creator, usual)| (creator.clone(), json!(usual.median))).collect();
        rests_on["curves"] = Json::Array(curves);
        rests_on["usual_views"] = Json::Object(usual);
    }
    rests_on
}

async fn clear(work: &mut Work, campaign: &str, subject: &str) -> Result<(), CampaignError> {
    let Some(cleared) = work.clear(campaign, subject).await? else { return Ok(()) };
    let entry = Entry { actor: ITSELF.to_owned(), action: "ClearAlert", ..Entry::default() };
    work.note(campaign, &cleared.name, &entry).await?;
    Ok(())
}

/// What may be wrong with the pace of objectives.
fn pacing_signs(inputs: &Inputs, told: &pb::CampaignProgress) -> Vec<Sign> {
    let mut signs = Vec::new();
    // Before the first post a campaign is behind any line, which is no news.
    let has_begun = !inputs.public_posts().is_empty();
    for progress in &told.objectives {
        let (Some(objective), Some(pacing)) = (&progress.objective, &progress.pacing) else { continue };
        let delivered = progress.delivered.as_ref().and_then(number);
        let inputs_of = |edge: Json| {
            json!({
                "objective": objective.objective_id,
                "target": objective.target,
                "delivered": delivered,
                "linear_index": pacing.linear_index,
                "expected": pacing.forecast.as_ref().map(|forecast| forecast.expected),
                "target_probability": pacing.forecast.as_ref().map(|forecast| forecast.target_probability),
                "curve": pacing.forecast.as_ref().map(|forecast| forecast.method.clone()),
                "rule": edge,
            })
        };
        let what = objective.metric().as_str_name().trim_start_matches("OBJECTIVE_METRIC_").to_lowercase();
        for kind in [AlertKind::Under, AlertKind::Over] {
            signs.push(Sign {
                kind,
                about: objective.objective_id.clone(),
                value: pacing.linear_index.filter(|_| has_begun),
                message: format!(
                    "{what} are at {:.0} % of their linear pace: {:.0} of {:.0}",
                    100.0 * pacing.linear_index.unwrap_or_default(),
                    delivered.unwrap_or_default(),
                    objective.target
                ),
                inputs: inputs_of(edges(kind)),
            });
        }
        if let Some(forecast) = &pacing.forecast {
            signs.push(Sign {
                kind: AlertKind::AtRisk,
                about: objective.objective_id.clone(),
                value: Some(forecast.target_probability),
                message: format!(
                    "{:.0} of {:.0} {what} are to be expected by the deadline; the target is reached with a probability of {:.0} %",
                    forecast.expected,
                    objective.target,
                    100.0 * forecast.target_probability
                ),
                inputs: inputs_of(edges(AlertKind::AtRisk)),
            });
        }
    }
    signs
}

/// What may be wrong with deliverables: reviews that are late, posts that drifted or are not labelled.
fn deliverable_signs(inputs: &Inputs) -> Vec<Sign> {
    let mut signs = Vec::new();
    for deliverable in &inputs.deliverables {
        let mut add = |kind, value: f64, message: String, facts: Json| {
            signs.push(Sign { kind, about: deliverable.name.clone(), value: Some(value), message, inputs: facts });
        };
        let due = deliverable.review_due_time.as_ref().and_then(|time| from_wire_time(time).ok());
        // Seconds since it was due; nothing is overdue where nothing is due.
        let late = due.map_or(-1.0, |due| inputs.as_of.duration_since(due).as_secs_f64());
        let due = due.map(|due: Timestamp| due.to_string());
        add(
            AlertKind::ReviewOverdue,
            late,
            format!("the review of {} was due {}", deliverable.name, due.clone().unwrap_or_default()),
            json!({"review_due_time": due, "state": deliverable.state().as_str_name()}),
        );
        let drifted = deliverable.state() == pb::DeliverableState::Drifted;
        let comparison = deliverable.publication.as_ref().and_then(|publication| publication.comparison.as_ref());
        add(
            AlertKind::Drifted,
            f64::from(drifted),
            format!("the post of {} says something else than what was approved", deliverable.name),
            json!({
                "match": comparison.map(|found| found.r#match().as_str_name()),
                "changed_word_share": comparison.map(|found| found.changed_word_share),
                "published_hash": comparison.map(|found| found.published_hash.clone()),
                "approved_hash": comparison.map(|found| found.approved_hash.clone()),
            }),
        );
        let check = deliverable.publication.as_ref().and_then(|publication| publication.disclosure.as_ref());
        let failed: Vec<&str> = check
            .iter()
            .flat_map(|check| &check.verdicts)
            .filter(|verdict| verdict.verdict() == pb::DisclosureVerdict::Fail)
            .map(|verdict| verdict.jurisdiction.as_str())
            .collect();
        add(
            AlertKind::DisclosureFailed,
            f64::from(!failed.is_empty()),
            format!("the post of {} is not labelled as {} wants it", deliverable.name, failed.join(", ")),
            json!({"jurisdictions": failed, "rules_version": check.map(|check| check.rules_version.clone())}),
        );
    }
    signs
}

/// Whether the comments on the campaign's posts became worse than they were before.
fn sentiment_sign(inputs: &Inputs, told: &pb::CampaignProgress) -> Option<Sign> {
    let now =
        told.values.iter().find(|value| value.definition == Number::NetSentiment.definition()).and_then(number)?;
    let before = inputs.feelings.values().filter_map(|feelings| feelings.first());
    let (sum, count) = before
        .fold((0.0, 0.0), |(sum, count), one| (sum + one.net * one.sample_size as f64, count + one.sample_size as f64));
    let change = (count > 0.0).then(|| now - sum / count);
    Some(Sign {
        kind: AlertKind::SentimentTurned,
        about: String::new(),
        value: change,
        message: format!(
            "comments on the campaign's posts fell by {:.2} in net sentiment, to {now:.2}",
            -change.unwrap_or(0.0)
        ),
        inputs: json!({"net_sentiment": now, "change_since_first_reading": change, "rule": edges(AlertKind::SentimentTurned)}),
    })
}

fn edges(kind: AlertKind) -> Json {
    let rule = Rule::standard(kind);
    json!({"raise_at": rule.raise_at, "margin": rule.margin, "clear_at": rule.clear_at, "evaluations": rule.evaluations})
}

fn number(value: &MetricValue) -> Option<f64> {
    match value.result {
        Some(metric_value::Result::Value(number)) => Some(number),
        _ => None,
    }
}

/// What could be done about an objective that is behind or ahead.
fn adjustments(inputs: &Inputs, objective: &pb::Objective, kind: AlertKind) -> Vec<pb::Adjustment> {
    let advice = situation(inputs, objective, |situation| match kind {
        AlertKind::Over => adjust::lower(situation),
        _ => adjust::raise(situation),
    });
    let suggestions = advice.map(|advice| advice.suggestions).unwrap_or_default();
    suggestions.iter().take(MOST_ADJUSTMENTS).map(|suggestion| adjustment(inputs, suggestion)).collect()
}

fn adjustment(inputs: &Inputs, suggestion: &Suggestion) -> pb::Adjustment {
    use pb::AdjustmentKind as Kind;
    let (kind, participant, posts, days, description) = match &suggestion.action {
        Action::MorePosts { creator, posts } => {
            (Kind::AddPosts, creator.as_str(), *posts, 0, format!("ask {creator} for {posts} more posts"))
        }
        Action::MoveBudget { from, to, posts } => (
            Kind::MoveBudget,
            to.as_str(),
            *posts,
            0,
            format!("call a planned post of {from} off and let {to} make {posts} for its fee"),
        ),
        Action::Replace { creator, by, posts } => (
            Kind::ReplaceParticipant,
            by.as_str(),
            *posts,
            0,
            format!("let {by} make the {posts} planned posts of {creator}"),
        ),
        Action::Extend { days } => (Kind::ExtendDeadline, "", 0, *days, format!("move the deadline by {days} days")),
        Action::Reduce { creator, posts } => {
            (Kind::Reduce, creator.as_str(), 0, 0, format!("call {posts} planned posts of {creator} off"))
        }
        Action::Keep => (Kind::Reduce, "", 0, 0, "keep as it is, or raise the target".to_owned()),
    };
    let currency = inputs.currency();
    pb::Adjustment {
        kind: kind.into(),
        description,
        participant: participant.to_owned(),
        expected_effect: suggestion.effect,
        target_probability: suggestion.probability,
        cost: (!currency.is_empty() && suggestion.cost_minor != 0)
            .then(|| pb::Money { amount_minor: suggestion.cost_minor, currency_code: currency.to_owned() }),
        added_posts: i32::try_from(posts).unwrap_or(i32::MAX),
        added_days: f64::from(days),
    }
}

fn wire_kind(kind: AlertKind) -> pb::AlertKind {
    match kind {
        AlertKind::Under => pb::AlertKind::Under,
        AlertKind::Over => pb::AlertKind::Over,
        AlertKind::AtRisk => pb::AlertKind::AtRisk,
        AlertKind::SentimentTurned => pb::AlertKind::SentimentTurned,
        AlertKind::ReviewOverdue => pb::AlertKind::ReviewOverdue,
        AlertKind::Drifted => pb::AlertKind::Drifted,
        AlertKind::DisclosureFailed => pb::AlertKind::DisclosureFailed,
    }
}

/// The kind in subjects, which are kept.
fn name_of(kind: AlertKind) -> &'static str {
    wire_kind(kind).as_str_name()
}

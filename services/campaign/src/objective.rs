//! Owns which objectives are measurable. Never how far one is.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use creatorscope_kit::fault::Violations;
use creatorscope_proto::{
    campaign::v1::{Campaign, Objective, ObjectiveMetric as Metric},
    common::v1::Unit,
};
use jiff::Timestamp;

use crate::validate::{name, parts, time};

/// The most objectives of a campaign.
const MOST_OBJECTIVES: usize = 20;
/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 500;
/// The largest target of a count: up to here every whole number is exact in a double.
const LARGEST_COUNT: f64 = 9_007_199_254_740_992.0;

/// What a metric asks of its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// Its short name, as in the contract, lower case with `-`; ids are made of it.
    pub slug: &'static str,
    /// The unit that fits.
    pub unit: Unit,
}

/// What a metric asks; none for one that is not given.
pub fn measure(metric: Metric) -> Option<Measure> {
    let (slug, unit) = match metric {
        Metric::Unspecified => return None,
        Metric::Views => ("views", Unit::Count),
        Metric::Engagements => ("engagements", Unit::Count),
        Metric::EngagementRate => ("engagement-rate", Unit::Fraction),
        Metric::Posts => ("posts", Unit::Count),
        Metric::Reach => ("reach", Unit::Count),
        Metric::Clicks => ("clicks", Unit::Count),
        Metric::Conversions => ("conversions", Unit::Count),
        Metric::Revenue => ("revenue", Unit::MoneyMinor),
        Metric::NetSentiment => ("net-sentiment", Unit::Fraction),
    };
    Some(Measure { slug, unit })
}

/// Notes everything that keeps a campaign's objectives from being measured; `field` is the path of the campaign, `fee_currency` the
/// currency of agreed fees, in which revenue is counted when there is no budget.
pub fn check(problems: &mut Violations, field: &str, campaign: &Campaign, fee_currency: Option<&str>) {
    let list = format!("{field}.objectives");
    parts::most(problems, &list, campaign.objectives.len(), MOST_OBJECTIVES);
    let known = |time: Option<&prost_types::Timestamp>| time.and_then(|time| time::read(time).ok());
    let span = (known(campaign.start_time.as_ref()), known(campaign.end_time.as_ref()));
    let has_currency = campaign.budget.is_some() || fee_currency.is_some();
    let mut ids = HashSet::new();
    for (place, objective) in campaign.objectives.iter().enumerate().take(MOST_OBJECTIVES) {
        let at = parts::entry(&list, place);
        let id = &objective.objective_id;
        if !id.is_empty() {
            problems.take(name::id(&format!("{at}.objective_id"), id));
            if !ids.insert(id.as_str()) {
                let description = format!("`{}` stands twice; each id is accepted once in a campaign", parts::cut(id));
                problems.add(format!("{at}.objective_id"), "DUPLICATE", description);
            }
        }
        target(problems, &at, objective, has_currency);
        deadline(problems, &format!("{at}.deadline_time"), objective, span);
        if let Some(weight) = objective.weight.filter(|weight| !(0.0..=100.0).contains(weight)) {
            problems.add(format!("{at}.weight"), "OUT_OF_RANGE", format!("{weight}; accepted are 0 to 100"));
        }
        parts::length(problems, &format!("{at}.description"), &objective.description, 0, LONGEST_DESCRIPTION);
    }
    if !campaign.objectives.is_empty() && campaign.objectives.iter().all(|objective| objective.weight == Some(0.0)) {
        problems.add(list, "ALL_ZERO", "every weight is 0; at least one must be above 0, unset counts as 1");
    }
}

fn target(problems: &mut Violations, at: &str, objective: &Objective, has_currency: bool) {
    let metric = Metric::try_from(objective.metric).ok();
    let Some(measure) = metric.and_then(measure) else {
        const METRICS: &str = "accepted are VIEWS, ENGAGEMENTS, ENGAGEMENT_RATE, POSTS, REACH, CLICKS, CONVERSIONS, REVENUE \
                               and NET_SENTIMENT";
        let description = if objective.metric == 0 {
            format!("not set, so that nothing can be measured; {METRICS}")
        } else {
            format!("{} is not a metric; {METRICS}", objective.metric)
        };
        problems.add(format!("{at}.metric"), "UNKNOWN_METRIC", description);
        positive(problems, at, objective.target);
        return;
    };
    if objective.unit != measure.unit as i32 {
        let found = Unit::try_from(objective.unit).map_or("no unit", |unit| unit.as_str_name());
        let description = format!("{found} does not fit {}; accepted is {}", measure.slug, measure.unit.as_str_name());
        problems.add(format!("{at}.unit"), "UNIT_MISMATCH", description);
    }
    if measure.unit == Unit::MoneyMinor && !has_currency {
        let description =
            "money needs a currency, and the campaign has none yet; set the campaign's `budget`, 0 is accepted";
        problems.add(format!("{at}.metric"), "CURRENCY_MISSING", description);
    }
    if !positive(problems, at, objective.target) {
        return;
    }
    let field = format!("{at}.target");
    let told = objective.target;
    if measure.unit == Unit::Fraction && told > 1.0 {
        let description = format!("{told}; accepted is above 0 to 1, e.g. 0.036 for 3.6 %");
        problems.add(field, "OUT_OF_RANGE", description);
    } else if measure.unit != Unit::Fraction && told.fract() != 0.0 {
        let of = if measure.unit == Unit::MoneyMinor { "minor units of money, e.g. cents" } else { "a count" };
        problems.add(field, "NOT_WHOLE", format!("{told} is not whole; accepted are whole numbers of {of}"));
    } else if measure.unit != Unit::Fraction && told > LARGEST_COUNT {
        problems.add(field, "OUT_OF_RANGE", format!("{told:e}; accepted is up to {LARGEST_COUNT}"));
    }
}

/// Whether the target is a number above 0; notes when it is not.
fn positive(problems: &mut Violations, at: &str, target: f64) -> bool {
    let positive = target.is_finite() && target > 0.0;
    if !positive {
        problems.add(format!("{at}.target"), "OUT_OF_RANGE", format!("{target}; accepted are numbers above 0"));
    }
    positive
}

fn deadline(
    problems: &mut Violations,
    field: &str,
    objective: &Objective,
    span: (Option<Timestamp>, Option<Timestamp>),
) {
    let Some(deadline) = time::required(problems, field, objective.deadline_time.as_ref()) else { return };
    if let Some(start) = span.0.filter(|start| deadline <= *start) {
        let description = format!("{deadline} is not after the campaign's start; accepted is after {start}");
        problems.add(field, "DEADLINE_BEFORE_START", description);
    } else if let Some(end) = span.1.filter(|end| deadline > *end) {
        let description = format!("{deadline} is after the campaign's end; accepted is up to {end}");
        problems.add(field, "DEADLINE_AFTER_END", description);
    }
}

/// Gives an id to each objective that has none: the metric's name, with a number from 2 on when it is taken. The same objectives
/// get the same ids.
pub fn give_ids(objectives: &mut [Objective]) {
    let mut taken: HashSet<String> = objectives.iter().map(|objective| objective.objective_id.clone()).collect();
    for objective in objectives.iter_mut().filter(|objective| objective.objective_id.is_empty()) {
        let slug = measure(objective.metric()).map_or("objective", |measure| measure.slug);
        let mut id = slug.to_owned();
        let mut number = 2;
        while !taken.insert(id.clone()) {
            id = format!("{slug}-{number}");
            number += 1;
        }
        objective.objective_id = id;
    }
}

//! Tests of objectives: what keeps one from being measured, and what the refusal tells.

use creatorscope_kit::fault::{Violation, Violations};
use creatorscope_proto::{
    campaign::v1::{Campaign, Money, Objective, ObjectiveMetric as Metric},
    common::v1::Unit,
};
use proptest::prelude::*;
use prost_types::Timestamp;

use super::{check, give_ids, measure};

/// 2026-09-21T14:13:20Z.
const START: i64 = 1_790_000_000;
const END: i64 = START + 30 * 86_400;

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

fn views() -> Objective {
    Objective {
        metric: Metric::Views.into(),
        target: 100_000.0,
        unit: Unit::Count.into(),
        deadline_time: at(END),
        ..Objective::default()
    }
}

fn campaign(objectives: Vec<Objective>) -> Campaign {
    Campaign { start_time: at(START), end_time: at(END), objectives, ..Campaign::default() }
}

fn problems(campaign: &Campaign, fees: Option<&str>) -> Vec<Violation> {
    let mut problems = Violations::default();
    check(&mut problems, "campaign", campaign, fees);
    problems.into_vec()
}

/// Field below the objective and reason of what is wrong with one objective.
fn wrong(objective: Objective) -> Vec<(String, &'static str)> {
    let told = problems(&campaign(vec![objective]), None).into_iter();
    told.map(|problem| (problem.field.replace("campaign.objectives[0].", ""), problem.reason)).collect()
}

fn one(field: &str, reason: &'static str) -> Vec<(String, &'static str)> {
    vec![(field.to_owned(), reason)]
}

#[test]
fn a_measurable_objective_is_accepted() {
    assert_eq!(wrong(views()), []);
    let rate =
        |metric: Metric, target| Objective { metric: metric.into(), target, unit: Unit::Fraction.into(), ..views() };
    assert_eq!(wrong(rate(Metric::EngagementRate, 0.036)), []);
    assert_eq!(wrong(rate(Metric::NetSentiment, 1.0)), []);
}

#[test]
fn an_objective_without_anything_is_told_all_that_is_missing() {
    let told = problems(&campaign(vec![Objective::default()]), None);
    let fields: Vec<_> = told.iter().map(|problem| (problem.field.as_str(), problem.reason)).collect();
    assert_eq!(
        fields,
        [
            ("campaign.objectives[0].metric", "UNKNOWN_METRIC"),
            ("campaign.objectives[0].target", "OUT_OF_RANGE"),
            ("campaign.objectives[0].deadline_time", "REQUIRED"),
        ]
    );
    assert!(told[0].description.contains("accepted are VIEWS, ENGAGEMENTS"), "{}", told[0].description);
}

#[test]
fn the_target_is_a_number_above_0() {
    for target in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(wrong(Objective { target, ..views() }), one("target", "OUT_OF_RANGE"), "{target}");
    }
}

#[test]
fn counts_and_money_are_whole() {
    let posts = |target| Objective { metric: Metric::Posts.into(), target, ..views() };
    assert_eq!(wrong(posts(3.0)), []);
    assert_eq!(wrong(posts(2.5)), one("target", "NOT_WHOLE"));
    assert_eq!(wrong(posts(1e300)), one("target", "OUT_OF_RANGE"));
}

#[test]
fn a_rate_is_at_most_1() {
    let rate = Objective { metric: Metric::EngagementRate.into(), target: 3.6, unit: Unit::Fraction.into(), ..views() };
    assert_eq!(wrong(rate), one("target", "OUT_OF_RANGE"));
}

#[test]
fn the_unit_fits_the_metric() {
    assert_eq!(wrong(Objective { unit: Unit::Fraction.into(), ..views() }), one("unit", "UNIT_MISMATCH"));
    assert_eq!(wrong(Objective { unit: 99, ..views() }), one("unit", "UNIT_MISMATCH"));
    let told = problems(&campaign(vec![Objective { unit: 0, ..views() }]), None);
    assert!(told[0].description.ends_with("accepted is UNIT_COUNT"), "{}", told[0].description);
}

#[test]
fn revenue_needs_a_currency() {
    let revenue = Objective { metric: Metric::Revenue.into(), unit: Unit::MoneyMinor.into(), ..views() };
    assert_eq!(wrong(revenue.clone()), one("metric", "CURRENCY_MISSING"));
    let budget = Some(Money { amount_minor: 0, currency_code: "EUR".to_owned() });
    assert_eq!(problems(&Campaign { budget, ..campaign(vec![revenue.clone()]) }, None), []);
    assert_eq!(problems(&campaign(vec![revenue.clone()]), Some("EUR")), []);
    assert_eq!(wrong(Objective { target: 10.5, ..revenue })[1], ("target".to_owned(), "NOT_WHOLE"));
}

#[test]
fn the_deadline_lies_in_the_campaign() {
    let due = |deadline_time| wrong(Objective { deadline_time, ..views() });
    assert_eq!(due(at(START + 1)), []);
    assert_eq!(due(at(START)), one("deadline_time", "DEADLINE_BEFORE_START"));
    assert_eq!(due(at(END + 1)), one("deadline_time", "DEADLINE_AFTER_END"));
    assert_eq!(due(Some(Timestamp { seconds: i64::MAX, nanos: 0 })), one("deadline_time", "INVALID_TIME"));
    assert_eq!(due(Some(Timestamp { seconds: START + 1, nanos: -1 })), one("deadline_time", "INVALID_TIME"));
}

#[test]
fn ids_are_well_made_and_stand_once() {
    let named = |id: &str| Objective { objective_id: id.to_owned(), ..views() };
    let told = problems(&campaign(vec![named("reach-it"), named("Reach"), named("reach-it")]), None);
    let told: Vec<_> = told.iter().map(|problem| (problem.field.as_str(), problem.reason)).collect();
    assert_eq!(
        told,
        [("campaign.objectives[1].objective_id", "INVALID_ID"), ("campaign.objectives[2].objective_id", "DUPLICATE"),]
    );
}

#[test]
fn weights_are_0_to_100_and_not_all_0() {
    let weighed = |weight| Objective { weight, ..views() };
    assert_eq!(wrong(weighed(Some(100.0))), []);
    assert_eq!(wrong(weighed(Some(100.5))), one("weight", "OUT_OF_RANGE"));
    assert_eq!(wrong(weighed(Some(f64::NAN))), one("weight", "OUT_OF_RANGE"));
    assert_eq!(wrong(weighed(Some(0.0))), one("campaign.objectives", "ALL_ZERO"));
    assert_eq!(problems(&campaign(vec![weighed(Some(0.0)), weighed(None)]), None), []);
}

#[test]
fn there_are_at_most_20_objectives() {
    let told = problems(&campaign(vec![views(); 21]), None);
    assert_eq!((told[0].field.as_str(), told[0].reason), ("campaign.objectives", "TOO_MANY"));
}

#[test]
fn every_metric_of_the_contract_has_a_measure() {
    for number in 1..=9 {
        let metric = Metric::try_from(number).expect("a metric");
        assert!(measure(metric).is_some());
    }
    assert!(Metric::try_from(10).is_err() && measure(Metric::Unspecified).is_none());
}

#[test]
fn objectives_without_an_id_are_given_one() {
    let mut objectives = vec![
        views(),
        Objective { objective_id: "views-2".to_owned(), ..views() },
        views(),
        Objective { metric: 77, ..views() },
    ];
    give_ids(&mut objectives);
    let ids: Vec<_> = objectives.iter().map(|objective| objective.objective_id.as_str()).collect();
    assert_eq!(ids, ["views", "views-2", "views-3", "objective"]);
}

proptest! {
    #[test]
    fn any_objective_is_taken_or_told_what_is_wrong(
        metric in any::<i32>(), target in any::<f64>(), unit in -1..12i32, seconds in any::<i64>(), nanos in any::<i32>(), weight in any::<Option<f64>>(),
    ) {
        let objective = Objective {
            metric: metric % 12,
            target,
            unit,
            deadline_time: Some(Timestamp { seconds, nanos }),
            weight,
            ..Objective::default()
        };
        let told = problems(&campaign(vec![objective]), None);
        let measurable = measure(Metric::try_from(metric % 12).unwrap_or(Metric::Unspecified)).is_some_and(|found| {
            found.unit as i32 == unit && target.is_finite() && target > 0.0
        });
        prop_assert!(measurable || !told.is_empty());
        prop_assert!(told.iter().all(|problem| problem.description.contains("accepted") || problem.reason == "ALL_ZERO" || problem.reason == "CURRENCY_MISSING"));
    }
}

//! Owns what fit promises. Never a service.

use creatorscope_proto::{
    common::v1::{MetricValue, MissingReason, Standing, metric_value},
    discovery::v1::Creator,
    metrics::v1::{Post, PostState, Sponsorship},
    scoring::v1::{self as pb, FitComponentKind as Kind, fit::Decision},
};
use proptest::prelude::*;

use super::{COUNT, DEFAULT_WEIGHTS, Evidence, KINDS, brief, by_id, decide::State, number, score};

fn value(definition: &str, number: f64, percentile: Option<f64>) -> MetricValue {
    MetricValue {
        definition: definition.into(),
        result: Some(metric_value::Result::Value(number)),
        standing: percentile.map(|percentile| Standing { percentile, cohort_size: 900, ..Default::default() }),
        ..Default::default()
    }
}

fn brand() -> pb::BrandBrief {
    pb::BrandBrief {
        display_name: "Lumen".into(),
        brief: "Vegan skincare for young people".into(),
        niches: vec!["beauty".into()],
        countries: vec!["de".into()],
        competitors: vec!["Glow Works".into()],
        excluded_topics: vec!["alcohol".into()],
        ..Default::default()
    }
}

fn profile() -> Creator {
    Creator {
        niches: vec!["beauty".into()],
        hashtags: vec!["skincare".into(), "vegan".into()],
        country: "DE".into(),
        recent_titles: vec!["My evening skincare".into()],
        ..Default::default()
    }
}

fn post(caption: &str, sponsored: bool) -> PostState {
    PostState {
        post: Some(Post { name: "creators/tiktok:1/posts/2".into(), caption: caption.into(), ..Default::default() }),
        sponsorship: Some(Sponsorship { sponsored: Some(sponsored), ..Default::default() }),
        ..Default::default()
    }
}

fn fit(brand: &pb::BrandBrief, posts: &[PostState]) -> pb::Fit {
    let (profile, metrics) = (profile(), [value("er.views@1", 0.06, Some(80.0))]);
    let authenticity =
        pb::Authenticity { score: Some(value("authenticity.score@1", 90.0, None)), ..Default::default() };
    let evidence = Evidence {
        profile: Some(&profile),
        metrics: &metrics,
        posts,
        authenticity: Some(&authenticity),
        ..Default::default()
    };
    score(&brief::read(brand).expect("a brief"), &evidence, None)
}

fn component(fit: &pb::Fit, kind: Kind) -> &pb::FitComponent {
    fit.components.iter().find(|component| component.component == kind as i32).expect("every component is there")
}

fn total(fit: &pb::Fit) -> f64 {
    number(fit.score.as_ref().expect("a value")).expect("a score")
}

#[test]
fn a_creator_of_the_niche_fits() {
    let fit = fit(&brand(), &[post("calm evening", false)]);
    assert_eq!(fit.decision(), Decision::Good, "{fit:#?}");
    assert_eq!(fit.components.len(), COUNT);
    assert!(fit.reasons[0].starts_with("niche"), "{:?}", fit.reasons);
    let sentiment = component(&fit, Kind::Sentiment);
    assert_eq!((sentiment.value, sentiment.missing()), (None, MissingReason::TooFewComments));
    let interval = fit.score.clone().and_then(|score| score.interval).expect("an interval");
    assert!(interval.low < total(&fit) && total(&fit) < interval.high);
}

#[test]
fn an_excluded_topic_in_a_caption_refuses_and_is_named() {
    let fit = fit(&brand(), &[post("ALCOHOL, again", false)]);
    assert_eq!(fit.decision(), Decision::Avoid);
    assert!(fit.reasons[0].contains("`alcohol` is in creators/tiktok:1/posts/2"), "{:?}", fit.reasons);
    let safety = component(&fit, Kind::BrandSafety);
    assert_eq!(safety.references, ["creators/tiktok:1/posts/2"]);
    assert!(fit.counterfactuals.iter().all(|change| change.component == Kind::BrandSafety as i32));
    assert!(!fit.counterfactuals.is_empty());
}

#[test]
fn paid_work_for_a_competitor_refuses_and_a_mention_does_not() {
    assert_eq!(fit(&brand(), &[post("thanks @glowworks", true)]).decision(), Decision::Avoid);
    let mentioned = fit(&brand(), &[post("compared with Glow Works", false)]);
    assert_ne!(mentioned.decision(), Decision::Avoid);
    assert!(component(&mentioned, Kind::CompetitorConflict).value.is_some_and(|value| value < 1.0));
}

#[test]
fn of_an_unknown_creator_nothing_is_said() {
    let fit = score(&brief::read(&brand()).expect("a brief"), &Evidence::default(), None);
    assert_eq!(fit.decision(), Decision::InsufficientData);
    assert!(fit.score.is_some_and(|score| number(&score).is_none()));
}

#[test]
fn a_brief_is_told_everything_that_is_wrong_at_once() {
    let wrong = pb::BrandBrief {
        niches: vec!["wine".into(), "Wine".into()],
        excluded_topics: vec!["WINE".into()],
        countries: vec!["Germany".into()],
        languages: vec!["1".into()],
        competitors: vec!["lumen".into()],
        weights: (1..=10).map(|component| pb::FitWeight { component, weight: 0.0 }).collect(),
        brief: "a".repeat(20_001),
        max_cpm_minor: Some(0),
        ..brand()
    };
    let problems = brief::read(&wrong).expect_err("it is wrong").into_vec();
    let reasons: Vec<&str> = problems.iter().map(|problem| problem.reason).collect();
    let expected = [
        "TOO_LONG",
        "DUPLICATE",
        "INVALID_VALUE",
        "INVALID_VALUE",
        "OUT_OF_RANGE",
        "ALL_ZERO",
        "CONTRADICTION",
        "CONTRADICTION",
    ];
    assert_eq!(reasons, expected, "{problems:?}");
    let empty = brief::read(&pb::BrandBrief { brief: " ".into(), ..Default::default() }).expect_err("it says nothing");
    assert_eq!(empty.into_vec()[0].reason, "EMPTY_BRIEF");
}

#[test]
fn the_default_weights_sum_to_a_hundred() {
    assert_eq!(DEFAULT_WEIGHTS.iter().sum::<f64>(), 100.0);
}

proptest! {
    #[test]
    fn contributions_sum_to_the_score_and_it_stays_in_its_range(
        weights in prop::collection::vec(0.1..100.0f64, COUNT),
        percentile in 0.0..100.0f64,
        authentic in 0.0..100.0f64,
        cosine in -1.0..1.0f64,
        known in any::<[bool; 3]>(),
    ) {
        let mut brand = brand();
        brand.weights = KINDS.iter().zip(&weights).map(|(kind, weight)| pb::FitWeight { component: *kind as i32, weight: *weight }).collect();
        let (profile, metrics) = (profile(), [value("er.views@1", 0.03, Some(percentile))]);
        let authenticity = pb::Authenticity { score: Some(value("authenticity.score@1", authentic, None)), ..Default::default() };
        let evidence = Evidence {
            profile: known[0].then_some(&profile),
            metrics: if known[1] { &metrics } else { &[] },
            authenticity: known[2].then_some(&authenticity),
            similarity: Some((cosine, "m@1")),
            ..Default::default()
        };
        let fit = score(&brief::read(&brand).expect("a brief"), &evidence, None);
        let sum: f64 = fit.components.iter().map(|component| component.contribution).sum();
        if let Some(score) = fit.score.as_ref().and_then(number) {
            prop_assert_eq!(sum, score);
            prop_assert!((0.0..=100.000_001).contains(&score));
            let interval = fit.score.and_then(|score| score.interval).expect("an interval");
            prop_assert!(interval.low <= score && score <= interval.high);
        } else {
            prop_assert_eq!(sum, 0.0);
        }
    }

    #[test]
    fn what_would_change_a_decision_really_changes_it(
        weights in prop::collection::vec(0.0..10.0f64, COUNT),
        values in prop::collection::vec(prop::option::of(0.0..=1.0f64), COUNT),
        refused in prop::option::of(0..COUNT),
    ) {
        let mut state = State { weights: [0.0; COUNT], values: [None; COUNT], asked: [false; COUNT], refusals: [false; COUNT] };
        for slot in (0..COUNT).filter(|slot| weights[*slot] > 0.0) {
            state.weights[slot] = weights[slot];
            state.values[slot] = values[slot];
            state.asked[slot] = values[slot].is_some() || slot % 2 == 0;
            state.refusals[slot] = refused == Some(slot) && values[slot].is_some();
        }
        for change in state.counterfactuals() {
            let slot = KINDS.iter().position(|kind| *kind as i32 == change.component).expect("a component");
            let changed = state.with(slot, change.to).decision();
            prop_assert_eq!(changed as i32, change.decision);
            prop_assert_ne!(changed, state.decision());
            prop_assert_eq!(change.from, state.values[slot]);
        }
    }
}

#[test]
fn a_value_is_found_whatever_its_version() {
    assert!(by_id(&[value("er.views@2", 0.1, None)], "er.views").is_some());
    assert!(by_id(&[value("er.views.median@2", 0.1, None)], "er.views").is_none());
}

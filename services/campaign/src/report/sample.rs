//! Owns a made-up report that the tests of its files share: a post that was read, one that was not, and one that is still to come. Never an
//! expectation.

use creatorscope_proto::common::v1::{Interval, MissingReason, Unit};
use prost_types::Timestamp;

use super::*;
use crate::tracking::{Found, told};

/// 2026-03-01T00:00:00Z and so many days.
pub(super) fn day(days: i64) -> Timestamp {
    Timestamp { seconds: 1_772_323_200 + days * 86_400, nanos: 0 }
}

pub(super) fn value(number: Number, value: f64) -> MetricValue {
    told(number, &Found::counted(value, 1, 0), "JPY", Some(day(10)))
}

fn missing(number: Number, reason: MissingReason) -> MetricValue {
    told(number, &Found::missing(reason, 1), "JPY", Some(day(10)))
}

fn forecast(low: f64, expected: f64, high: f64) -> pb::Forecast {
    pb::Forecast {
        time: Some(day(30)),
        expected,
        band: Some(Interval { low, high, confidence: 0.8, method: "built-in curve".to_owned() }),
        target_probability: 0.34,
        method: "built-in curve".to_owned(),
        measured_posts: 1,
        planned_posts: 1,
    }
}

fn objective(metric: pb::ObjectiveMetric, target: f64, unit: Unit) -> pb::Objective {
    pb::Objective {
        objective_id: metric.as_str_name().to_lowercase(),
        metric: metric.into(),
        target,
        unit: unit.into(),
        deadline_time: Some(day(30)),
        ..Default::default()
    }
}

fn deliverable(id: &str, state: pb::DeliverableState, publication: Option<pb::Publication>) -> pb::Deliverable {
    pb::Deliverable {
        name: format!("campaigns/spring/deliverables/{id}"),
        participant: "campaigns/spring/participants/maya".to_owned(),
        state: state.into(),
        publication,
        ..Default::default()
    }
}

fn publication(number: u32) -> pb::Publication {
    pb::Publication {
        post: format!("creators/tiktok:maya/posts/{number}"),
        publish_time: Some(day(2)),
        ..Default::default()
    }
}

fn check() -> pb::DisclosureCheck {
    let verdict = |jurisdiction: &str, verdict: pb::DisclosureVerdict| pb::JurisdictionVerdict {
        jurisdiction: jurisdiction.to_owned(),
        verdict: verdict.into(),
        ..Default::default()
    };
    let mut failed = verdict("DE", pb::DisclosureVerdict::Fail);
    failed.findings.push(pb::DisclosureFinding {
        effect: pb::DisclosureVerdict::Fail.into(),
        description: "no label that readers know".to_owned(),
        fix: "begin with `Anzeige`".to_owned(),
        ..Default::default()
    });
    pb::DisclosureCheck {
        verdicts: vec![failed, verdict("US", pb::DisclosureVerdict::Pass)],
        verdict: pb::DisclosureVerdict::Fail.into(),
        ..Default::default()
    }
}

fn alert() -> pb::Alert {
    pb::Alert {
        kind: pb::AlertKind::AtRisk.into(),
        objective_id: "objective_metric_views".to_owned(),
        message: "views will probably not be reached".to_owned(),
        raise_time: Some(day(9)),
        adjustments: vec![pb::Adjustment {
            kind: pb::AdjustmentKind::AddPosts.into(),
            description: "one more post by maya".to_owned(),
            expected_effect: 8_000.0,
            target_probability: 0.61,
            cost: Some(pb::Money { amount_minor: 45_000, currency_code: "JPY".to_owned() }),
            added_posts: 1,
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// The report.
pub(super) fn report() -> pb::CampaignReport {
    use pb::ObjectiveMetric::{Clicks, EngagementRate, Views};
    let views = objective(Views, 40_000.0, Unit::Count);
    let rate = objective(EngagementRate, 0.05, Unit::Fraction);
    let clicks = objective(Clicks, 500.0, Unit::Count);
    let mut first = publication(1);
    first.comparison = Some(pb::TextComparison { r#match: pb::TextMatch::Identical.into(), ..Default::default() });
    first.disclosure = Some(check());
    let read = pb::PostProgress {
        deliverable: "campaigns/spring/deliverables/reel-1".to_owned(),
        post: first.post.clone(),
        values: vec![
            value(Number::Views, 12_500.0),
            value(Number::Engagements, 1_000.0),
            value(Number::EngagementRate, 0.08),
            value(Number::NetSentiment, -0.25),
            value(Number::Spend, 15_000.0),
            value(Number::CostPerMille, 1_200.0),
        ],
        forecast: Some(forecast(14_000.0, 17_000.0, 21_000.0)),
    };
    let unread = pb::PostProgress {
        deliverable: "campaigns/spring/deliverables/reel-2".to_owned(),
        post: publication(2).post,
        values: vec![
            missing(Number::Views, MissingReason::NotReported),
            value(Number::Spend, 15_000.0),
            missing(Number::CostPerMille, MissingReason::NotReported),
        ],
        forecast: None,
    };
    let numbers = vec![
        value(Number::Views, 12_500.0),
        value(Number::Engagements, 1_000.0),
        value(Number::EngagementRate, 0.08),
        value(Number::Spend, 30_000.0),
        missing(Number::Clicks, MissingReason::NotReported),
        missing(Number::Conversions, MissingReason::NotReported),
        missing(Number::Return, MissingReason::ZeroDenominator),
    ];
    pb::CampaignReport {
        campaign: Some(pb::Campaign {
            name: "campaigns/spring".to_owned(),
            brand: "brands/lumo".to_owned(),
            display_name: "Warm evenings".to_owned(),
            state: pb::CampaignState::Active.into(),
            start_time: Some(day(0)),
            end_time: Some(day(30)),
            budget: Some(pb::Money { amount_minor: 100_000, currency_code: "JPY".to_owned() }),
            objectives: vec![views.clone(), rate.clone(), clicks.clone()],
            ..Default::default()
        }),
        brand: Some(pb::Brand { display_name: "Lumo".to_owned(), ..Default::default() }),
        progress: Some(pb::CampaignProgress {
            as_of: Some(day(10)),
            objectives: vec![
                pb::ObjectiveProgress {
                    objective: Some(views),
                    delivered: Some(value(Number::Views, 12_500.0)),
                    pacing: Some(pb::Pacing {
                        linear_index: Some(0.94),
                        linear_state: pb::PacingState::OnTrack.into(),
                        forecast: Some(forecast(21_000.0, 33_000.0, 52_000.0)),
                        expected_by_now: None,
                    }),
                },
                pb::ObjectiveProgress {
                    objective: Some(rate),
                    delivered: Some(value(Number::EngagementRate, 0.08)),
                    pacing: None,
                },
                pb::ObjectiveProgress {
                    objective: Some(clicks),
                    delivered: Some(missing(Number::Clicks, MissingReason::NotReported)),
                    pacing: None,
                },
            ],
            overall_share: Some(0.66),
            values: numbers.clone(),
            participants: vec![pb::ParticipantProgress {
                participant: "campaigns/spring/participants/maya".to_owned(),
                creator: "creators/tiktok:maya".to_owned(),
                values: numbers,
                posts: vec![read, unread],
                comparisons: vec![pb::UsualComparison {
                    value: Some(value(Number::Views, 12_500.0)),
                    usual: Some(value(Number::Views, 10_000.0)),
                    ratio: Some(1.25),
                    benchmark: None,
                }],
            }],
            last_reading_time: Some(day(9)),
            notes: vec!["1 of 2 posts have no reading yet".to_owned()],
            ..Default::default()
        }),
        participants: vec![pb::Participant {
            name: "campaigns/spring/participants/maya".to_owned(),
            creator: "creators/tiktok:maya".to_owned(),
            state: pb::ParticipantState::Accepted.into(),
            fee: Some(pb::Money { amount_minor: 45_000, currency_code: "JPY".to_owned() }),
            ..Default::default()
        }],
        deliverables: vec![
            deliverable("reel-1", pb::DeliverableState::Verified, Some(first)),
            deliverable("reel-2", pb::DeliverableState::Published, Some(publication(2))),
            deliverable("reel-3", pb::DeliverableState::AwaitingDraft, None),
        ],
        alerts: vec![alert()],
        disclosure: vec![
            pb::DisclosureTally { jurisdiction: "DE".to_owned(), fail_count: 1, ..Default::default() },
            pb::DisclosureTally { jurisdiction: "US".to_owned(), pass_count: 1, ..Default::default() },
        ],
        days: [(2, 4_000, 300), (3, 8_000, 700), (9, 12_500, 1_000)]
            .into_iter()
            .map(|(days, views, engagements)| pb::DailyTotals {
                date: format!("2026-03-{:02}", days + 1),
                views: Some(views),
                engagements: Some(engagements),
                post_count: 2,
            })
            .collect(),
        create_time: Some(day(10)),
    }
}

//! What progress says of campaigns made by hand.

use creatorscope_domain::PostName;
use creatorscope_proto::common::v1::{MetricValue, MissingReason, Provenance, Unit, metric_value::Result};
use prost_types::Timestamp as WireTime;

use super::*;

/// 2026-03-01T00:00:00Z and so many hours.
fn hour(hours: i64) -> Timestamp {
    Timestamp::from_second(1_772_323_200 + hours * 3_600).expect("within range")
}

fn wire(hours: i64) -> Option<WireTime> {
    Some(to_wire_time(hour(hours)))
}

fn participant(id: &str, fee: Option<i64>) -> pb::Participant {
    pb::Participant {
        name: format!("campaigns/spring/participants/{id}"),
        creator: format!("creators/tiktok:{id}"),
        state: pb::ParticipantState::Accepted.into(),
        fee: fee.map(|amount_minor| pb::Money { amount_minor, currency_code: "EUR".to_owned() }),
        ..Default::default()
    }
}

/// A deliverable of a participant; published at an hour when one is given.
fn deliverable(id: &str, participant: &str, published: Option<i64>) -> pb::Deliverable {
    let publication = published.map(|hours| pb::Publication {
        post: post_name(id, participant),
        publish_time: wire(hours),
        ..Default::default()
    });
    let state = if published.is_some() { pb::DeliverableState::Published } else { pb::DeliverableState::AwaitingDraft };
    pb::Deliverable {
        name: format!("campaigns/spring/deliverables/{id}"),
        participant: format!("campaigns/spring/participants/{participant}"),
        state: state.into(),
        publication,
        ..Default::default()
    }
}

fn post_name(id: &str, participant: &str) -> String {
    let number: u64 = id.bytes().map(u64::from).sum();
    format!("creators/tiktok:{participant}/posts/{}", 700_000_000_000_000_000 + number)
}

fn counts(hours: i64, views: Option<i64>, likes: Option<i64>, comments: Option<i64>) -> Counts {
    Counts { at: hour(hours), views, likes, comments, shares: None }
}

fn objective(metric: pb::ObjectiveMetric, target: f64, unit: Unit) -> pb::Objective {
    pb::Objective { metric: metric.into(), target, unit: unit.into(), deadline_time: wire(480), ..Default::default() }
}

fn views() -> pb::Objective {
    objective(pb::ObjectiveMetric::Views, 40_000.0, Unit::Count)
}

/// A campaign of 20 days on its 10th: maya (800 EUR) owes two posts, both out; noa (no fee) owes one that is out and one to come.
fn inputs() -> Inputs {
    let mut inputs = Inputs {
        campaign: pb::Campaign {
            name: "campaigns/spring".to_owned(),
            start_time: wire(0),
            end_time: wire(480),
            objectives: vec![views()],
            ..Default::default()
        },
        participants: vec![participant("maya", Some(80_000)), participant("noa", None)],
        deliverables: vec![
            deliverable("a", "maya", Some(24)),
            deliverable("b", "maya", Some(48)),
            deliverable("c", "noa", Some(72)),
            deliverable("d", "noa", None),
        ],
        posts: BTreeMap::new(),
        feelings: BTreeMap::new(),
        converted: Vec::new(),
        usuals: BTreeMap::new(),
        curves: Curves::default(),
        as_of: hour(240),
    };
    read(
        &mut inputs,
        "a",
        vec![counts(48, Some(6_000), Some(500), None), counts(200, Some(10_000), Some(900), Some(100))],
    );
    read(&mut inputs, "b", vec![counts(100, Some(4_000), Some(100), Some(20)), counts(220, Some(6_000), None, None)]);
    read(&mut inputs, "c", vec![counts(230, Some(4_000), Some(60), None)]);
    inputs
}

/// Gives a deliverable's post its counts.
fn read(inputs: &mut Inputs, id: &str, counts: Vec<Counts>) {
    let name = format!("campaigns/spring/deliverables/{id}");
    let found = inputs.deliverables.iter().find(|one| one.name == name).expect("there is one");
    let post = found.publication.clone().expect("it is published").post;
    let post = PostName::parse(&post).expect("a name");
    inputs.posts.insert(name, PostReadings { post, format: 0, published: None, counts });
}

/// The number of values by a definition, or why it is missing.
fn found(values: &[MetricValue], number: Number) -> std::result::Result<f64, MissingReason> {
    let value = values.iter().find(|value| value.definition == number.definition()).expect("every number is told");
    match value.result {
        Some(Result::Value(number)) => Ok(number),
        Some(Result::Missing(reason)) => Err(MissingReason::try_from(reason).expect("a reason")),
        None => panic!("neither value nor reason: {value:?}"),
    }
}

/// What a campaign's one objective has.
fn pacing(inputs: &Inputs) -> Option<pb::Pacing> {
    progress(inputs).objectives[0].pacing.clone()
}

#[test]
fn counts_are_summed_over_posts_by_the_last_reading_that_has_them() {
    let told = progress(&inputs());
    assert_eq!(found(&told.values, Number::Views), Ok(20_000.0));
    // 900 + 100, then 100 + 20 of the older reading, since the newer has none, then 60.
    assert_eq!(found(&told.values, Number::Engagements), Ok(1_180.0));
    assert_eq!(found(&told.values, Number::Posts), Ok(3.0));
    assert_eq!(told.last_reading_time, wire(230));
    assert_eq!(told.objectives[0].delivered.as_ref().and_then(|value| value.result), Some(Result::Value(20_000.0)));
    assert_eq!(told.overall_share, Some(0.5));
}

#[test]
fn the_engagement_rate_is_a_ratio_of_sums_over_posts_with_both() {
    let mut inputs = inputs();
    assert_eq!(found(&progress(&inputs).values, Number::EngagementRate), Ok(1_180.0 / 20_000.0));
    read(&mut inputs, "c", vec![counts(230, None, Some(60), None)]);
    let told = progress(&inputs);
    assert_eq!(
        found(&told.values, Number::EngagementRate),
        Ok(1_120.0 / 16_000.0),
        "not the mean of rates, not with half a post"
    );
    let rate = told.values.iter().find(|value| value.definition == Number::EngagementRate.definition()).expect("told");
    assert_eq!((rate.sample_size, rate.excluded_count), (2, 1));
}

#[test]
fn a_fee_is_shared_out_by_deliverables_and_costs_count_posts_with_a_fee_only() {
    let mut inputs = inputs();
    let told = progress(&inputs);
    assert_eq!(found(&told.values, Number::Spend), Ok(80_000.0), "both posts of maya are out");
    assert_eq!(found(&told.values, Number::CostPerMille), Ok(1_000.0 * 80_000.0 / 16_000.0), "noa has no fee");
    assert_eq!(found(&told.values, Number::CostPerView), Ok(5.0));
    assert_eq!(found(&told.participants[0].posts[0].values, Number::Spend), Ok(40_000.0), "half of the fee");
    let spend = told.values.iter().find(|value| value.definition == Number::Spend.definition()).expect("told");
    assert_eq!((spend.currency_code.as_str(), spend.excluded_count), ("EUR", 1));
    inputs.deliverables.insert(2, deliverable("e", "maya", None));
    assert_eq!(found(&progress(&inputs).values, Number::Spend), Ok(80_000.0 * 2.0 / 3.0), "a third is not published");
    inputs.deliverables[2].state = pb::DeliverableState::Cancelled.into();
    assert_eq!(found(&progress(&inputs).values, Number::Spend), Ok(80_000.0), "what was called off costs nothing");
}

#[test]
fn reach_lies_between_the_largest_post_and_all_views_and_is_marked_as_modelled() {
    let told = progress(&inputs());
    let reach = told.values.iter().find(|value| value.definition == Number::Reach.definition()).expect("told");
    assert_eq!(reach.result, Some(Result::Value(14_000.0)), "maya's largest and noa's");
    let interval = reach.interval.as_ref().expect("a range");
    assert_eq!((interval.low, interval.high), (10_000.0, 20_000.0));
    assert_eq!(reach.provenance(), Provenance::Modelled);
}

#[test]
fn what_is_missing_says_why_and_is_never_zero() {
    let mut inputs = inputs();
    let told = progress(&inputs);
    for number in [Number::Clicks, Number::Conversions, Number::Revenue, Number::CostPerConversion, Number::Return] {
        assert_eq!(found(&told.values, number), Err(MissingReason::NotReported), "{number:?}");
    }
    assert_eq!(found(&told.values, Number::NetSentiment), Err(MissingReason::TooFewComments));
    assert_eq!(found(&told.participants[1].values, Number::Spend), Err(MissingReason::NotReported), "noa has no fee");
    inputs.posts.clear();
    let unread = progress(&inputs);
    for number in [Number::Views, Number::Engagements, Number::EngagementRate, Number::Reach, Number::CostPerMille] {
        assert_eq!(found(&unread.values, number), Err(MissingReason::NotReported), "{number:?}");
    }
    assert_eq!((unread.overall_share, unread.objectives[0].pacing.clone()), (None, None));
    assert!(unread.notes.iter().any(|note| note.contains("3 of 3 posts have no reading yet")), "{:?}", unread.notes);
    inputs.deliverables.truncate(0);
    let empty = progress(&inputs);
    for number in [Number::Views, Number::Engagements, Number::EngagementRate, Number::Reach, Number::Spend] {
        assert_eq!(found(&empty.values, number), Err(MissingReason::NoPostsInWindow), "{number:?}");
    }
    assert_eq!(found(&empty.values, Number::Posts), Ok(0.0), "that there are none is known");
}

#[test]
fn a_cost_of_nothing_delivered_is_missing_and_no_division_by_zero() {
    let mut inputs = inputs();
    inputs.deliverables.truncate(1);
    read(&mut inputs, "a", vec![counts(200, Some(0), Some(0), Some(0))]);
    let told = progress(&inputs);
    assert_eq!(found(&told.values, Number::Views), Ok(0.0), "a counted 0 is a value");
    for number in [Number::EngagementRate, Number::CostPerView, Number::CostPerEngagement, Number::CostPerMille] {
        assert_eq!(found(&told.values, number), Err(MissingReason::ZeroDenominator), "{number:?}");
    }
}

#[test]
fn conversions_and_return_are_of_what_was_recorded_by_each_participant() {
    let mut inputs = inputs();
    inputs.converted = vec![Converted {
        participant: inputs.participants[0].name.clone(),
        records: 4,
        clicks: Some(300),
        conversions: Some(20),
        revenue_minor: Some(120_000),
    }];
    let told = progress(&inputs);
    assert_eq!(found(&told.values, Number::Clicks), Ok(300.0));
    assert_eq!(found(&told.values, Number::CostPerConversion), Ok(4_000.0));
    assert_eq!(found(&told.values, Number::Return), Ok(1.5));
    assert_eq!(found(&told.participants[1].values, Number::Conversions), Err(MissingReason::NotReported));
}

#[test]
fn sentiment_is_a_mean_by_comments_of_the_last_that_is_known_of_each_post() {
    let mut inputs = inputs();
    let feeling = |hours, sample_size, net| Feeling { at: hour(hours), sample_size, net };
    inputs.feelings.insert(inputs.deliverables[0].name.clone(), vec![feeling(50, 10, -1.0), feeling(90, 300, 0.4)]);
    inputs.feelings.insert(inputs.deliverables[2].name.clone(), vec![feeling(90, 100, -0.4)]);
    let net = found(&progress(&inputs).values, Number::NetSentiment).expect("known");
    assert!((net - 0.2).abs() < 1e-12, "{net}");
}

#[test]
fn a_forecast_lies_above_what_is_there_and_in_its_band() {
    let told = pacing(&inputs()).expect("there is a value");
    let forecast = told.forecast.expect("posts were read");
    let band = forecast.band.expect("a band");
    assert!(band.low >= 20_000.0 && band.low < forecast.expected && forecast.expected < band.high, "{band:?}");
    assert!(forecast.target_probability > 0.0 && forecast.target_probability < 1.0);
    assert_eq!((forecast.time, forecast.measured_posts, forecast.planned_posts), (wire(480), 3, 1));
    assert_eq!(forecast.method, "built-in curve");
    // Half of the time is over and half of the target is there.
    assert_eq!((told.linear_index, told.linear_state), (Some(1.0), pb::PacingState::OnTrack.into()));
    let post = progress(&inputs()).participants[0].posts[0].clone();
    assert!(post.forecast.is_some_and(|forecast| forecast.expected > 10_000.0 && forecast.target_probability == 0.0));
}

#[test]
fn a_planned_post_adds_to_the_forecast_when_the_usual_of_its_creator_is_known() {
    let mut inputs = inputs();
    let without = pacing(&inputs).and_then(|told| told.forecast).expect("a forecast").expected;
    inputs.usuals.insert("creators/tiktok:noa".to_owned(), Usual { median: 9_000.0, spread: 0.5 });
    let told = pacing(&inputs).expect("there is a value");
    let with = told.forecast.expect("a forecast").expected;
    assert!(with > without + 2_000.0, "{with} and {without}");
    assert!(told.expected_by_now.is_some_and(|views| views > 0.0 && views < 9_000.0), "{:?}", told.expected_by_now);
}

#[test]
fn there_is_no_pace_before_the_start_and_none_for_rates() {
    let mut inputs = inputs();
    inputs.campaign.start_time = wire(300);
    let told = pacing(&inputs).expect("there is a value");
    assert_eq!((told.linear_index, told.linear_state()), (None, pb::PacingState::Unspecified));
    inputs.campaign.objectives = vec![objective(pb::ObjectiveMetric::EngagementRate, 0.05, Unit::Fraction)];
    assert_eq!(pacing(&inputs), None);
    assert!(progress(&inputs).objectives[0].delivered.is_some(), "its value is told");
    inputs.campaign.objectives = vec![objective(pb::ObjectiveMetric::Posts, 6.0, Unit::Count)];
    assert_eq!(pacing(&inputs).expect("posts add up").forecast, None, "but are not forecast by curves");
}

#[test]
fn the_same_inputs_give_the_same_progress() {
    let inputs = inputs();
    assert_eq!(progress(&inputs), progress(&inputs.clone()));
}

#[test]
fn posts_that_come_out_later_do_not_count() {
    let mut inputs = inputs();
    inputs.as_of = hour(60);
    for read in inputs.posts.values_mut() {
        read.counts.retain(|counts| counts.at <= hour(60));
    }
    let told = progress(&inputs);
    assert_eq!(found(&told.values, Number::Posts), Ok(2.0), "the third came out in hour 72");
    assert_eq!(found(&told.values, Number::Views), Ok(6_000.0));
    assert_eq!(told.participants[1].posts, []);
    assert_eq!(found(&told.participants[1].values, Number::Views), Err(MissingReason::NoPostsInWindow));
}

#[test]
fn who_declined_has_no_part_in_progress() {
    let mut inputs = inputs();
    inputs.deliverables.retain(|one| !one.participant.ends_with("noa"));
    inputs.participants[1].state = pb::ParticipantState::Declined.into();
    let told = progress(&inputs);
    assert_eq!(told.participants.iter().map(|one| one.creator.as_str()).collect::<Vec<_>>(), ["creators/tiktok:maya"]);
}

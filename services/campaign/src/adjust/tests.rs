//! Owns what is suggested for campaigns behind and ahead. Never another module's.

use creatorscope_domain::{Platform, PostFormat};
use proptest::prelude::*;

use super::*;
use crate::{
    curve::{Reading, outlook::USUAL_SPREAD as SPREAD, prior},
    forecast::CORRELATION,
};

fn growth() -> Growth {
    prior::growth(Platform::Youtube, PostFormat::Long)
}

fn day(day: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + day * 86_400).expect("within range")
}

fn creator<'a>(growth: &'a Growth, id: &str, fee: i64, median: f64) -> Creator<'a> {
    let usual = Some(Usual { median, spread: SPREAD });
    Creator { id: id.into(), takes_part: true, fee_minor: Some(fee), usual, growth, earliest: day(11) }
}

fn planned(growth: &Growth, creator: usize, fee_minor: i64) -> CampaignPost<'_> {
    CampaignPost { creator, growth, published: day(12), series: Series::default(), fee_minor }
}

/// On day 10 of 30: one post out with 50 000 views, one planned by the dear creator; cheap, dear, and one who waits.
fn situation(growth: &Growth, target: f64) -> Situation<'_> {
    let read = |hours: i64, views| Reading { at: day(5) + SignedDuration::from_hours(hours), views: Some(views) };
    let series = Series::new(day(5), &[read(24, 35_000), read(90, 47_000), read(118, 50_000)], day(10));
    let out = CampaignPost { creator: 0, growth, published: day(5), series, fee_minor: 100_000 };
    let waits = Creator { takes_part: false, ..creator(growth, "waits", 150_000, 120_000.0) };
    Situation {
        as_of: day(10),
        deadline: day(30),
        target,
        posts: vec![out, planned(growth, 1, 300_000)],
        creators: vec![creator(growth, "cheap", 100_000, 60_000.0), creator(growth, "dear", 300_000, 40_000.0), waits],
        budget_left_minor: None,
        correlation: CORRELATION,
    }
}

#[test]
fn a_campaign_behind_is_told_to_ask_the_cheaper_creator_first() {
    let growth = growth();
    let advice = raise(&situation(&growth, 200_000.0));
    assert!(advice.probability < 0.2, "{}", advice.probability);
    let more: Vec<&Suggestion> =
        advice.suggestions.iter().filter(|it| matches!(it.action, Action::MorePosts { .. })).collect();
    assert_eq!(more.len(), 2);
    assert!(matches!(&more[0].action, Action::MorePosts { creator, posts } if creator == "cheap" && *posts > 1));
    assert!(more[0].probability >= SAFE && more[0].cost_minor > 0);
}

#[test]
fn the_dear_planned_post_is_moved_to_the_cheap_creator_at_no_cost() {
    let growth = growth();
    let advice = raise(&situation(&growth, 200_000.0));
    let moved = advice.suggestions.iter().find(|it| matches!(it.action, Action::MoveBudget { .. })).expect("suggested");
    assert_eq!(moved.action, Action::MoveBudget { from: "dear".into(), to: "cheap".into(), posts: 3 });
    assert_eq!(moved.cost_minor, 0);
    assert!(moved.effect > 0.0 && moved.probability > advice.probability);
}

#[test]
fn planned_posts_are_given_to_a_better_creator_who_waits() {
    let growth = growth();
    let advice = raise(&situation(&growth, 200_000.0));
    let replaced = advice.suggestions.iter().find(|it| matches!(it.action, Action::Replace { .. })).expect("suggested");
    assert_eq!(replaced.action, Action::Replace { creator: "dear".into(), by: "waits".into(), posts: 1 });
    assert_eq!(replaced.cost_minor, -150_000);
}

#[test]
fn an_extension_is_the_shortest_that_does() {
    let growth = growth();
    let situation = situation(&growth, 112_000.0);
    let advice = raise(&situation);
    assert!(advice.probability < EVEN, "{}", advice.probability);
    let extended: Vec<&Suggestion> =
        advice.suggestions.iter().filter(|it| matches!(it.action, Action::Extend { .. })).collect();
    let Action::Extend { days } = extended[extended.len() - 1].action else { panic!("an extension") };
    let at = |days: i64| situation.total(situation.deadline + SignedDuration::from_hours(24 * days)).0;
    assert!(at(i64::from(days)).probability_of(112_000.0) >= EVEN);
    assert!(at(i64::from(days) - 1).probability_of(112_000.0) < EVEN);
}

#[test]
fn nothing_dearer_than_what_is_left_is_suggested() {
    let growth = growth();
    let poor = Situation { budget_left_minor: Some(99_999), ..situation(&growth, 200_000.0) };
    assert!(raise(&poor).suggestions.iter().all(|it| it.cost_minor <= 99_999));
    assert!(raise(&poor).suggestions.iter().all(|it| !matches!(it.action, Action::MorePosts { .. })));
}

#[test]
fn a_campaign_ahead_may_cancel_what_it_does_not_need_or_keep_all() {
    let growth = growth();
    let advice = lower(&situation(&growth, 45_000.0));
    let actions: Vec<&Action> = advice.suggestions.iter().map(|it| &it.action).collect();
    assert_eq!(actions, [&Action::Reduce { creator: "dear".into(), posts: 1 }, &Action::Keep]);
    assert_eq!(advice.suggestions[0].cost_minor, -300_000);
    assert!(advice.suggestions[0].probability >= STILL_SAFE);
}

#[test]
fn posts_that_nothing_is_known_of_are_counted_and_not_guessed() {
    let growth = growth();
    let mut unknown = situation(&growth, 200_000.0);
    unknown.creators[1].usual = None;
    let advice = raise(&unknown);
    assert_eq!(advice.unknown_posts, 1);
    assert!(
        advice
            .suggestions
            .iter()
            .all(|it| !matches!(&it.action, Action::MorePosts { creator, .. } if creator == "dear"))
    );
}

#[test]
fn a_creator_who_did_worse_than_usual_is_expected_to_do_so_again() {
    let growth = growth();
    let mut disappointing = situation(&growth, 200_000.0);
    disappointing.creators[0].usual = Some(Usual { median: 600_000.0, spread: SPREAD });
    let expected = disappointing.expected_of(0).expect("known").median;
    assert!((100_000.0..500_000.0).contains(&expected), "{expected}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn advice_is_the_same_each_time_and_never_makes_it_worse(
        target in 1e4..1e7_f64,
        fees in proptest::collection::vec(0..1_000_000_i64, 3),
        medians in proptest::collection::vec(1.0..1e6_f64, 3),
    ) {
        let growth = growth();
        let mut situation = situation(&growth, target);
        for (creator, (fee, median)) in situation.creators.iter_mut().zip(fees.iter().zip(&medians)) {
            creator.fee_minor = Some(*fee);
            creator.usual = Some(Usual { median: *median, spread: SPREAD });
        }
        let advice = raise(&situation);
        prop_assert_eq!(&advice, &raise(&situation));
        for suggestion in &advice.suggestions {
            prop_assert!(suggestion.effect > 0.0);
            prop_assert!((0.0..=1.0).contains(&suggestion.probability));
        }
        for pair in advice.suggestions.windows(2) {
            prop_assert!(by_effect_per_cost(&pair[0], &pair[1]) != Ordering::Greater);
        }
        for suggestion in lower(&situation).suggestions {
            prop_assert!(suggestion.action == Action::Keep || suggestion.probability >= STILL_SAFE);
        }
    }
}

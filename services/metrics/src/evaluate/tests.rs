//! Owns the examples that fix what the registry's formulas mean.

use creatorscope_domain::{PostFormat, Window};

use super::*;
use crate::{
    definitions::find,
    testing::{account, counts, day, history, post},
};

fn number(history: &CreatorHistory, definition: &str, window: Window) -> Metric {
    evaluate(history, find(definition).expect("known"), window, None, None).expect("observed")
}

fn value(history: &CreatorHistory, definition: &str) -> Result<f64, Missing> {
    let found = find(definition).expect("known");
    number(history, definition, found.default_window()).result
}

fn rounded(result: Result<f64, Missing>, places: i32) -> Result<f64, Missing> {
    let scale = 10_f64.powi(places);
    result.map(|value| (value * scale).round() / scale)
}

#[test]
fn the_published_sample_has_an_engagement_rate_of_0_0336() {
    let history = history("tiktok", vec![post("1", 0.0, 10.0, [5_009_695, 153_000, -1, 15_182, -1])], vec![]);
    let metric = number(&history, "er.views", Window::Window90d);
    assert_eq!(rounded(metric.result, 4), Ok(0.0336));
    assert_eq!(metric.absent_terms, ["dislikes", "shares"]);
    assert_eq!(metric.flags, [Flag::LowSample, Flag::PartialTerms]);
    assert_eq!(metric.sample_size, 1);
}

#[test]
fn an_engagement_rate_above_one_is_flagged() {
    let posts = vec![post("1", 0.0, 10.0, [-1, 153_000, -1, 269, -1])];
    let metric =
        number(&history("instagram", posts, vec![account(10.0, 80_080, -1)]), "er.followers.lc", Window::Window90d);
    assert_eq!(rounded(metric.result, 3), Ok(1.914));
    assert!(metric.flags.contains(&Flag::AnomalyErOverOne));
}

#[test]
fn a_post_counts_from_an_age_of_exactly_four_days() {
    let edge = day(4.0);
    let young = day(3.999_999);
    for (read, expected) in [(edge, Ok(100.0)), (young, Err(Missing::TooFewPosts))] {
        let mut one = post("1", 0.0, 1.0, [100, 1, -1, -1, -1]);
        one.observations[0].time = read;
        let metric = number(&history("tiktok", vec![one], vec![]), "views.mean", Window::Window90d);
        assert_eq!(metric.result, expected);
        assert_eq!(metric.excluded_count, usize::from(expected.is_err()));
    }
}

#[test]
fn young_posts_count_for_frequency_only() {
    let posts = vec![post("1", 0.0, 14.0, [10, 1, -1, 1, -1]), post("2", 13.0, 14.0, [90, 9, -1, 9, -1])];
    let history = history("tiktok", posts, vec![]);
    assert_eq!(value(&history, "posts"), Ok(2.0));
    assert_eq!(value(&history, "posts_per_week"), Ok(1.0));
    assert_eq!(value(&history, "views.mean"), Ok(10.0));
    assert_eq!(value(&history, "days_since_last_post"), Ok(1.0));
}

#[test]
fn a_window_begins_behind_its_start_and_ends_at_as_of() {
    let posts = vec![post("1", 0.0, 30.0, [10, 1, -1, 1, -1]), post("2", 0.000_001, 30.0, [20, 1, -1, 1, -1])];
    let history = history("tiktok", posts, vec![]);
    assert_eq!(number(&history, "posts", Window::Window30d).result, Ok(1.0));
    assert_eq!(number(&history, "posts", Window::Window7d).result, Err(Missing::NoPostsInWindow));
    assert_eq!(number(&history, "posts", Window::Lifetime).result, Ok(2.0));
}

#[test]
fn the_reasons_for_a_missing_value_are_told_apart() {
    let of = |posts, accounts| history("tiktok", posts, accounts);
    let absent = of(vec![post("1", 0.0, 10.0, [50, -1, -1, -1, -1])], vec![account(10.0, -2, -1)]);
    let hidden = of(vec![post("1", 0.0, 10.0, [50, -2, -1, -1, -1])], vec![]);
    let unviewed = of(vec![post("1", 0.0, 10.0, [0, 3, -1, -1, -1])], vec![account(10.0, 0, -1)]);
    assert_eq!(value(&absent, "likes.mean"), Err(Missing::NotReported));
    assert_eq!(value(&absent, "view_rate"), Err(Missing::Hidden));
    assert_eq!(value(&absent, "followers"), Err(Missing::Hidden));
    assert_eq!(value(&hidden, "likes.mean"), Err(Missing::Hidden));
    assert_eq!(value(&hidden, "er.followers.median_likes"), Err(Missing::Hidden));
    assert_eq!(value(&unviewed, "er.views"), Err(Missing::ZeroDenominator));
    assert_eq!(value(&unviewed, "er.views.median"), Err(Missing::ZeroDenominator));
    assert_eq!(value(&unviewed, "view_rate"), Err(Missing::ZeroDenominator));
    assert_eq!(value(&unviewed, "consistency.cv"), Err(Missing::TooFewPosts));
    assert_eq!(value(&unviewed, "sponsored.share@1"), Err(Missing::NotReported));
    assert_eq!(value(&unviewed, "best_hour"), Err(Missing::TooFewPosts));
    assert_eq!(value(&unviewed, "views.growth"), Err(Missing::NotReported));
}

#[test]
fn terms_that_some_posts_lack_are_counted() {
    let posts = vec![post("1", 0.0, 10.0, [100, 10, -1, -1, 5]), post("2", 1.0, 10.0, [100, 20, -1, -1, -1])];
    let metric = number(&history("tiktok", posts, vec![]), "er.views", Window::Window90d);
    assert_eq!(metric.result, Ok(0.175));
    let uses: Vec<(&str, f64, usize)> =
        metric.terms.iter().map(|part| (part.term, part.total, part.reported_count)).collect();
    assert_eq!(uses, [("likes", 30.0, 2), ("shares", 5.0, 1), ("views", 200.0, 2)]);
    assert_eq!(metric.absent_terms, ["dislikes", "comments"]);
}

#[test]
fn the_ratio_of_means_takes_each_mean_over_the_posts_that_report_it() {
    let posts = vec![
        post("1", 0.0, 10.0, [100, 10, -1, -1, -1]),
        post("2", 1.0, 10.0, [300, -1, -1, -1, -1]),
        post("3", 2.0, 10.0, [-1, 30, -1, -1, -1]),
    ];
    let metric = number(&history("tiktok", posts, vec![]), "er.views.likes", Window::Window90d);
    assert_eq!((metric.result, metric.sample_size), (Ok(0.1), 3));
}

#[test]
fn the_last_twenty_posts_are_the_newest_that_are_old_enough() {
    let mut posts: Vec<_> = (0..25)
        .map(|place| post(&format!("{place:02}"), f64::from(place), 30.0, [i64::from(place), 1, -1, 1, -1]))
        .collect();
    posts.push(post("young", 29.0, 30.0, [1_000, 1, -1, 1, -1]));
    let history = history("tiktok", posts, vec![]);
    let metric = number(&history, "views.mean", Window::Last20Posts);
    assert_eq!((metric.result, metric.sample_size, metric.excluded_count), (Ok(14.5), 20, 1));
    // Of all 26 posts the last 20 reach back to the one of day 6.
    assert_eq!(number(&history, "posts", Window::Last20Posts).result, Ok(20.0));
    assert_eq!(number(&history, "posts_per_week", Window::Last20Posts).result, Ok(20.0 / 24.0 * 7.0));
}

#[test]
fn frequency_needs_seven_days_of_observation() {
    let posts = vec![post("1", 0.0, 6.9, [10, 1, -1, 1, -1])];
    assert_eq!(value(&history("tiktok", posts, vec![]), "posts_per_week"), Err(Missing::ObservedTooShort));
    let posts = vec![post("1", 0.0, 7.0, [10, 1, -1, 1, -1])];
    assert_eq!(value(&history("tiktok", posts, vec![]), "posts_per_week"), Ok(1.0));
}

#[test]
fn growth_compares_with_the_observation_at_the_start_of_the_window() {
    let of = |points: &[(f64, i64)]| {
        history("tiktok", vec![], points.iter().map(|(read, followers)| account(*read, *followers, -1)).collect())
    };
    let growth = |points: &[(f64, i64)]| number(&of(points), "followers.growth", Window::Window30d).result;
    assert_eq!(rounded(growth(&[(0.0, 33_566), (30.0, 69_168)]), 3), Ok(1.061));
    assert_eq!(growth(&[(0.0, 100), (5.0, 50), (30.0, 150)]), Ok(0.5));
    // Nothing at or before the start: the first observation within 6 days behind it.
    assert_eq!(growth(&[(6.0, 100), (30.0, 150), (36.0, 200)]), Ok(1.0));
    assert_eq!(growth(&[(0.0, 100), (6.0, 150)]), Err(Missing::ObservedTooShort));
    assert_eq!(growth(&[(6.1, 100), (30.0, 150)]), Err(Missing::ObservedTooShort));
    // More than a window before the start is no measure of the window.
    assert_eq!(growth(&[(0.0, 100), (60.1, 150)]), Err(Missing::ObservedTooShort));
    assert_eq!(growth(&[(0.0, 0), (30.0, 150)]), Err(Missing::ZeroDenominator));
    // Followers read long before as_of, which a later reading of a post has moved on.
    let stale =
        |read| history("tiktok", vec![post("1", 0.0, 30.0, [1; 5])], vec![account(0.0, 5, -1), account(read, 6, -1)]);
    assert_eq!(value(&stale(24.0), "followers.growth"), Ok(0.2));
    assert_eq!(value(&stale(23.9), "followers.growth"), Err(Missing::ObservedTooShort));
}

#[test]
fn rounded_subscribers_carry_their_bound() {
    let of = |slug: &str, before, now| {
        let history = history(slug, vec![], vec![account(0.0, before, -1), account(30.0, now, -1)]);
        number(&history, "followers.growth", Window::Window30d)
    };
    let within = of("youtube", 1_230_000, 1_230_000);
    let interval = within.interval.expect("rounded");
    assert_eq!((within.result, within.flags), (Ok(0.0), vec![Flag::RoundedSource]));
    assert_eq!((interval.low, interval.high), (-9_999.0 / 1_239_999.0, 9_999.0 / 1_230_000.0));
    let beyond = of("youtube", 1_230_000, 1_250_000);
    assert!(beyond.interval.is_some_and(|interval| interval.low > 0.0) && beyond.flags.is_empty());
    assert!(of("youtube", 1_234_567, 1_234_568).interval.is_none());
    assert!(of("tiktok", 1_230_000, 1_230_000).interval.is_none());
}

#[test]
fn totals_that_fall_and_changes_of_meaning_are_flagged() {
    let total = |points: &[(f64, i64)]| {
        let accounts = points.iter().map(|(read, views)| account(*read, -1, *views)).collect();
        number(&history("youtube", vec![], accounts), "views.growth", Window::Window30d)
    };
    // 2026-08-27 is day 238.
    assert_eq!(total(&[(220.0, 100), (230.0, 90), (250.0, 120)]).flags, [Flag::AcrossChangepoint, Flag::Recounted]);
    assert_eq!(total(&[(238.0, 100), (268.0, 120)]).flags, []);
    let mut fallen = post("XpVt6Z1Gjjo", 0.0, 10.0, [100, 1, -1, 1, -1]);
    fallen.observations.push(crate::model::Observed {
        time: day(11.0),
        counts: counts([90, 1, -1, 1, -1]),
        source: creatorscope_domain::Source::Synthetic,
    });
    let metric = number(&history("youtube", vec![fallen], vec![]), "views.mean", Window::Window90d);
    assert_eq!(metric.result, Ok(90.0));
    assert_eq!(metric.flags, [Flag::LowSample, Flag::Synthetic, Flag::Recounted]);
}

#[test]
fn the_best_hour_has_three_posts_and_the_highest_median() {
    let at = |hour: f64, place: i32, views| {
        post(&format!("{hour}-{place}"), f64::from(place) + hour / 24.0, 20.0, [views, 1, -1, 1, -1])
    };
    let mut posts: Vec<_> = (0..3).map(|place| at(9.5, place, 100)).collect();
    posts.extend((0..3).map(|place| at(18.5, place, 200)));
    posts.extend((0..2).map(|place| at(20.5, place, 900)));
    assert_eq!(value(&history("tiktok", posts, vec![]), "best_hour"), Ok(18.0));
}

#[test]
fn sponsored_posts_are_compared_with_the_others() {
    let marked = |id: &str, mark, likes| {
        let mut one = post(id, 0.0, 10.0, [100, likes, -1, -1, -1]);
        if let Some(facts) = &mut one.facts {
            facts.sponsored = mark;
        }
        one
    };
    let posts = vec![marked("1", Some(true), 5), marked("2", Some(false), 10), marked("3", None, 90)];
    let history = history("tiktok", posts, vec![]);
    assert_eq!(value(&history, "sponsored.er_ratio"), Ok(0.5));
    let share = number(&history, "sponsored.share@1", Window::Window90d);
    assert_eq!((share.result, share.sample_size, share.excluded_count), (Ok(0.5), 2, 1));
}

#[test]
fn consistency_is_published_and_needs_six_posts() {
    let views = [2, 4, 4, 4, 5, 5, 7, 9];
    let posts = |count: usize| {
        let made = views[..count].iter().enumerate();
        made.map(|(place, views)| post(&place.to_string(), 0.0, 10.0, [*views, -1, -1, -1, -1])).collect::<Vec<_>>()
    };
    let full = history("tiktok", posts(8), vec![]);
    assert_eq!(value(&full, "consistency.cv"), Ok(0.4));
    assert_eq!(value(&full, "consistency.score"), Ok(100.0 / 1.4));
    assert_eq!(value(&history("tiktok", posts(5), vec![]), "consistency.cv"), Err(Missing::TooFewPosts));
}

#[test]
fn a_form_of_post_restricts_posts_and_not_the_account() {
    let history = history("tiktok", vec![post("1", 0.0, 10.0, [10, 1, -1, 1, -1])], vec![account(10.0, 500, -1)]);
    let of = |definition: &str, format| {
        evaluate(&history, find(definition).expect("known"), Window::Lifetime, Some(format), None).expect("observed")
    };
    assert_eq!(of("views.mean", PostFormat::Short).result, Ok(10.0));
    assert_eq!(of("views.mean", PostFormat::Long).result, Err(Missing::NoPostsInWindow));
    assert_eq!((of("followers", PostFormat::Long).result, of("followers", PostFormat::Long).format), (Ok(500.0), None));
}

#[test]
fn a_view_of_the_past_knows_only_the_past() {
    let mut one = post("1", 0.0, 10.0, [100, 1, -1, 1, -1]);
    one.observations.push(crate::model::Observed {
        time: day(20.0),
        counts: counts([500, 1, -1, 1, -1]),
        source: creatorscope_domain::Source::File,
    });
    let history = history("tiktok", vec![one, post("2", 15.0, 20.0, [9, 1, -1, 1, -1])], vec![]);
    let then = evaluate(&history, find("views.mean").expect("known"), Window::Lifetime, None, Some(day(19.0)));
    assert_eq!(then.map(|metric| (metric.result, metric.as_of)), Some((Ok(100.0), day(10.0))));
    assert!(evaluate(&history, find("posts").expect("known"), Window::Lifetime, None, Some(day(9.0))).is_none());
}

//! Owns the laws that numbers obey whatever the input.

use creatorscope_domain::{CreatorId, Window};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;
use crate::{
    definitions::{DEFINITIONS, find},
    model::{AccountTerm, Observed, PostHistory},
    testing::{account, counts, day, post},
};

/// Posts with one to three observations; counts may be missing or hidden.
fn posts() -> impl Strategy<Value = Vec<PostHistory>> {
    let count = || prop_oneof![Just(-1_i64), Just(-2_i64), 0..10_000_i64];
    let values = move || [count(), count(), count(), count(), count()];
    let one = (0.0..100.0_f64, vec((0.0..20.0_f64, values()), 1..4));
    vec(one, 1..15).prop_map(|made| {
        made.into_iter()
            .enumerate()
            .map(|(place, (published, readings))| {
                let mut one = post(&format!("{place:03}"), published, published + 20.0, [-1; 5]);
                one.observations = readings
                    .into_iter()
                    .enumerate()
                    .map(|(nth, (after, values))| Observed {
                        // The nth microsecond keeps the times of one post apart.
                        time: day(published + after.floor() + nth as f64 / 1e6),
                        counts: counts(values),
                        source: creatorscope_domain::Source::File,
                    })
                    .collect();
                one
            })
            .collect()
    })
}

fn accounts() -> impl Strategy<Value = Vec<Observed<AccountTerm>>> {
    vec((-2..100_000_i64, -2..1_000_000_i64), 0..6).prop_map(|made| {
        made.into_iter()
            .enumerate()
            .map(|(place, (followers, views))| account(place as f64 * 15.0, followers, views))
            .collect()
    })
}

fn shuffle<T>(items: &mut [T], order: &[Index]) {
    for (place, index) in order.iter().enumerate().take(items.len()) {
        items.swap(place, index.index(items.len()));
    }
}

fn all(history: &CreatorHistory) -> Vec<Metric> {
    let view = View::at(history, None).expect("observed");
    let of = |definition: &'static Definition| {
        let view = &view;
        definition.windows.iter().map(move |window| metric(view, definition, *window, None))
    };
    DEFINITIONS.iter().flat_map(of).collect()
}

fn creator(posts: Vec<PostHistory>, accounts: Vec<Observed<AccountTerm>>) -> CreatorHistory {
    CreatorHistory::new(CreatorId::parse("youtube:a").expect("valid"), 1, posts, accounts)
}

proptest! {
    #[test]
    fn the_order_of_arrival_changes_no_number(
        posts in posts(), accounts in accounts(), order in vec(any::<Index>(), 20)
    ) {
        let (mut other_posts, mut other_accounts) = (posts.clone(), accounts.clone());
        shuffle(&mut other_posts, &order);
        shuffle(&mut other_accounts, &order);
        for post in &mut other_posts {
            shuffle(&mut post.observations, &order);
        }
        prop_assert_eq!(all(&creator(posts, accounts)), all(&creator(other_posts, other_accounts)));
    }

    #[test]
    fn an_engagement_rate_lies_between_those_of_its_posts(made in vec((1..1_000_000_i64, 0..1_000_000_i64), 1..20)) {
        let ratios: Vec<f64> = made.iter().map(|(views, likes)| *likes as f64 / *views as f64).collect();
        let posts = made.iter().enumerate();
        let posts = posts.map(|(place, (views, likes))| post(&format!("{place}"), 0.0, 10.0, [*views, *likes, -1, -1, -1]));
        let history = creator(posts.collect(), vec![]);
        let (low, high) = ratios.iter().fold((f64::MAX, 0.0_f64), |(low, high), ratio| (low.min(*ratio), high.max(*ratio)));
        for definition in ["er.views", "er.views.median", "er.views.likes"] {
            let metric = evaluate(&history, find(definition).expect("known"), Window::Window90d, None, None).expect("observed");
            let value = metric.result.expect("posts with views");
            prop_assert!(low * (1.0 - 1e-12) <= value && value <= high * (1.0 + 1e-12), "{} {}", definition, value);
        }
    }

    #[test]
    fn a_number_is_finite_and_its_account_adds_up(posts in posts(), accounts in accounts()) {
        for metric in all(&creator(posts, accounts)) {
            let name = metric.definition.name();
            prop_assert!(metric.result.is_err() || metric.result.is_ok_and(f64::is_finite), "{}", name);
            prop_assert!(metric.result.is_err() || metric.definition.unit != crate::definitions::Unit::Score
                || metric.result.is_ok_and(|score| (0.0..=100.0).contains(&score)), "{}", name);
            prop_assert!(metric.flags.windows(2).all(|pair| pair[0] < pair[1]), "{}", name);
            for part in &metric.terms {
                prop_assert!(part.total >= 0.0 && part.reported_count <= metric.sample_size.max(1), "{} {:?}", name, part);
                prop_assert!(!metric.absent_terms.contains(&part.term), "{}", name);
            }
            if let (Ok(value), Some(interval)) = (metric.result, metric.interval) {
                prop_assert!(interval.low <= value && value <= interval.high, "{}", name);
            }
        }
    }

    #[test]
    fn a_later_observation_does_not_change_the_past(posts in posts(), accounts in accounts(), cut in 0.0..100.0_f64) {
        let whole = creator(posts.clone(), accounts.clone());
        let past_posts: Vec<PostHistory> = posts.into_iter().map(|mut post| {
            post.observations.retain(|observed| observed.time <= day(cut));
            if let Some(facts) = &mut post.facts { facts.describe_time = day(1_000.0); }
            post
        }).collect();
        let mut described_later = whole.posts;
        for post in &mut described_later {
            if let Some(facts) = &mut post.facts { facts.describe_time = day(1_000.0); }
        }
        let whole = creator(described_later, accounts.clone());
        let past = creator(past_posts, accounts.into_iter().filter(|observed| observed.time <= day(cut)).collect());
        for definition in DEFINITIONS {
            let window = definition.default_window();
            prop_assert_eq!(
                evaluate(&whole, definition, window, None, Some(day(cut))),
                evaluate(&past, definition, window, None, Some(day(cut)))
            );
        }
    }
}

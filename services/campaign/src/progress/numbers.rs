//! Owns the numbers of a set of posts. Never what is to be expected.

use creatorscope_proto::common::v1::MissingReason;

use super::{Inputs, PublicPost};
use crate::{
    store::{Converted, Counts},
    tracking::{Found, Number},
};

/// Numbers with what was found of them.
pub(super) type Numbers = Vec<(Number, Found)>;

/// The found number; missing when it is not among them.
pub(super) fn find(numbers: &Numbers, wanted: Number) -> Found {
    let found = numbers.iter().find(|(number, _)| *number == wanted);
    found.map_or_else(|| Found::missing(MissingReason::NotReported, 0), |(_, found)| found.clone())
}

/// The numbers of a campaign's posts, or of one participant's.
pub(super) fn of_scope(inputs: &Inputs, posts: &[PublicPost<'_>], participant: Option<&str>) -> Numbers {
    let records: Vec<&Converted> = inputs
        .converted
        .iter()
        .filter(|converted| participant.is_none_or(|wanted| wanted == converted.participant))
        .collect();
    let mut numbers = of_posts(inputs, posts);
    numbers.push((Number::Posts, Found::counted(posts.len() as f64, posts.len(), 0)));
    numbers.push((Number::Reach, reach(posts)));
    let clicks = recorded(&records, |one| one.clicks);
    let conversions = recorded(&records, |one| one.conversions);
    let revenue = recorded(&records, |one| one.revenue_minor);
    let spend = find(&numbers, Number::Spend);
    numbers.push((Number::CostPerConversion, divided(&spend, &conversions, 1.0)));
    numbers.push((Number::Return, divided(&revenue, &spend, 1.0)));
    numbers.extend([(Number::Clicks, clicks), (Number::Conversions, conversions), (Number::Revenue, revenue)]);
    numbers.sort_by_key(|(number, _)| *number);
    numbers
}

/// The numbers of one post.
pub(super) fn of_post(inputs: &Inputs, post: &PublicPost<'_>) -> Numbers {
    let mut numbers = of_posts(inputs, std::slice::from_ref(post));
    numbers.sort_by_key(|(number, _)| *number);
    numbers
}

fn of_posts(inputs: &Inputs, posts: &[PublicPost<'_>]) -> Numbers {
    let views = |post: &PublicPost<'_>| post.last(|counts| counts.views).map(|count| count as f64);
    let engagements = |post: &PublicPost<'_>| post.last(Counts::engagements).map(|count| count as f64);
    let spend = summed(posts, |post| post.fee);
    vec![
        (Number::Views, summed(posts, views)),
        (Number::Engagements, summed(posts, engagements)),
        (Number::EngagementRate, ratio(posts, engagements, views, 1.0)),
        (Number::NetSentiment, net_sentiment(inputs, posts)),
        (Number::CostPerView, ratio(posts, |post| post.fee, views, 1.0)),
        (Number::CostPerEngagement, ratio(posts, |post| post.fee, engagements, 1.0)),
        (Number::CostPerMille, ratio(posts, |post| post.fee, views, 1_000.0)),
        (Number::Spend, spend),
    ]
}

/// The sum of what posts have; those without it are left out.
fn summed<'a>(posts: &[PublicPost<'a>], number: impl Fn(&PublicPost<'a>) -> Option<f64>) -> Found {
    let known: Vec<f64> = posts.iter().filter_map(number).collect();
    match known.as_slice() {
        [] if posts.is_empty() => Found::missing(MissingReason::NoPostsInWindow, 0),
        [] => Found::missing(MissingReason::NotReported, posts.len()),
        known => Found::counted(known.iter().sum(), known.len(), posts.len() - known.len()),
    }
}

/// The ratio of sums over the posts that have both, times a factor.
fn ratio<'a>(
    posts: &[PublicPost<'a>],
    above: impl Fn(&PublicPost<'a>) -> Option<f64>,
    below: impl Fn(&PublicPost<'a>) -> Option<f64>,
    factor: f64,
) -> Found {
    let both: Vec<(f64, f64)> = posts.iter().filter_map(|post| above(post).zip(below(post))).collect();
    if both.is_empty() {
        let reason = if posts.is_empty() { MissingReason::NoPostsInWindow } else { MissingReason::NotReported };
        return Found::missing(reason, posts.len());
    }
    let (above, below) = both.iter().fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    if below <= 0.0 {
        return Found::missing(MissingReason::ZeroDenominator, both.len());
    }
    Found::counted(factor * above / below, both.len(), posts.len() - both.len())
}

/// One found number over another.
fn divided(above: &Found, below: &Found, factor: f64) -> Found {
    match (above.value, below.value) {
        (Ok(above_value), Ok(below_value)) if below_value > 0.0 => {
            Found::counted(factor * above_value / below_value, above.sample_size.min(below.sample_size), 0)
        }
        (Ok(_), Ok(_)) => Found::missing(MissingReason::ZeroDenominator, below.sample_size),
        (Err(reason), _) | (_, Err(reason)) => Found::missing(reason, 0),
    }
}

fn recorded(records: &[&Converted], number: impl Fn(&Converted) -> Option<i64>) -> Found {
    let known: Vec<i64> = records.iter().filter_map(|one| number(one)).collect();
    if known.is_empty() {
        return Found::missing(MissingReason::NotReported, 0);
    }
    let count: i64 = records.iter().filter(|one| number(one).is_some()).map(|one| one.records).sum();
    let sum: f64 = known.iter().map(|count| *count as f64).sum();
    Found::counted(sum, usize::try_from(count).unwrap_or(usize::MAX), 0)
}

/// People who saw at least one post; see the definition.
fn reach(posts: &[PublicPost<'_>]) -> Found {
    let mut by_creator: Vec<(&str, f64)> = Vec::new();
    let (mut all, mut largest, mut known) = (0.0, 0.0_f64, 0);
    for post in posts {
        let Some(views) = post.last(|counts| counts.views).map(|count| count as f64) else { continue };
        (all, largest, known) = (all + views, largest.max(views), known + 1);
        match by_creator.iter_mut().find(|(creator, _)| *creator == post.participant.creator) {
            Some((_, most)) => *most = most.max(views),
            None => by_creator.push((&post.participant.creator, views)),
        }
    }
    if known == 0 {
        let reason = if posts.is_empty() { MissingReason::NoPostsInWindow } else { MissingReason::NotReported };
        return Found::missing(reason, posts.len());
    }
    let value = by_creator.iter().map(|(_, views)| views).sum();
    Found { value: Ok(value), sample_size: known, excluded: posts.len() - known, interval: Some((largest, all)) }
}

/// The mean of the posts' net sentiments, by comments read.
fn net_sentiment(inputs: &Inputs, posts: &[PublicPost<'_>]) -> Found {
    let feelings: Vec<_> = posts
        .iter()
        .filter_map(|post| inputs.feeling_of(&post.deliverable.name))
        .filter(|one| one.sample_size > 0)
        .collect();
    let comments: i64 = feelings.iter().map(|feeling| feeling.sample_size).sum();
    if comments == 0 {
        return Found::missing(MissingReason::TooFewComments, 0);
    }
    let sum: f64 = feelings.iter().map(|feeling| feeling.net * feeling.sample_size as f64).sum();
    let sample_size = usize::try_from(comments).unwrap_or(usize::MAX);
    Found::counted(sum / comments as f64, sample_size, posts.len() - feelings.len())
}

//! Owns numbers made of account counts: the last value and growth, with the rounding and the changes of meaning that they
//! carry. Never posts.

use creatorscope_domain::{Platform, Window};
use jiff::Timestamp;

use super::{
    DAY, Outcome, View,
    arithmetic::{quantile, ratio, sorted},
    rounding_step,
    view::first,
};
use crate::{
    changepoints,
    model::{AccountTerm, Flag, Interval, Missing, Observed, PostTerm, Term, TermUse},
};

/// Days between two readings that make a step, and how many steps tell what is usual.
const SHORTEST_STEP: f64 = 0.5;
const USUAL_STEPS: usize = 8;
/// A jump is a change a day above this, and so many spreads from the usual.
const LEAST_JUMP: f64 = 0.02;
const JUMP_SPREADS: f64 = 10.0;

/// How the range of a rounded count is found.
const ROUNDING: &str = "rounding bound";

pub(super) fn latest(view: &View<'_>, term: AccountTerm) -> Outcome {
    let value = match reported(view, term) {
        Ok(value) => value,
        Err(reason) => return Outcome { absent_terms: vec![term.word()], ..Outcome::missing(reason) },
    };
    let mut outcome = Outcome::value(value as f64, 1);
    outcome.expires_at = view.latest(term).and_then(|observed| view.expiry(observed));
    outcome.terms.push(term_use(term.word(), value));
    let step = rounding_step(view.platform(), term, value);
    if step > 1 {
        outcome.interval = Some(rounded(value as f64, (value + step - 1) as f64));
        outcome.flags.push(Flag::RoundedSource);
    }
    outcome
}

/// The last value of a count divided by that of another; the range is what the rounding of both leaves.
pub(super) fn latest_ratio(view: &View<'_>, numerator: AccountTerm, denominator: AccountTerm) -> Outcome {
    let mut outcome = Outcome { sample_size: 1, ..Outcome::missing(Missing::NotReported) };
    let mut found = Vec::with_capacity(2);
    for term in [numerator, denominator] {
        match reported(view, term) {
            Ok(value) => {
                outcome.terms.push(term_use(term.word(), value));
                found.push((value, rounding_step(view.platform(), term, value)));
            }
            Err(reason) => {
                outcome.absent_terms.push(term.word());
                outcome.result = Err(reason);
            }
        }
    }
    let [(above, above_step), (below, below_step)] = found[..] else {
        return Outcome { sample_size: 0, ..outcome };
    };
    outcome.result = ratio(above as f64, below as f64);
    let ends = [numerator, denominator].into_iter().filter_map(|term| view.latest(term));
    outcome.expires_at = first(ends.map(|observed| view.expiry(observed)));
    if above_step.max(below_step) > 1 && below > 0 {
        let (low, high) =
            (above as f64 / (below + below_step - 1) as f64, (above + above_step - 1) as f64 / below as f64);
        outcome.interval = Some(rounded(low, high));
        outcome.flags.push(Flag::RoundedSource);
    }
    outcome
}

/// The last value of a count, or why there is none.
pub(super) fn reported(view: &View<'_>, term: AccountTerm) -> Result<i64, Missing> {
    let observed = view.latest(term).ok_or(Missing::NotReported)?;
    observed.counts.get(term).ok_or(Missing::Hidden)
}

pub(super) fn growth(view: &View<'_>, term: AccountTerm, window: Window) -> Outcome {
    if let Err(reason) = reported(view, term) {
        return Outcome { absent_terms: vec![term.word()], ..Outcome::missing(reason) };
    }
    let points: Vec<(Timestamp, i64)> = view.account().iter().filter_map(|observed| point(observed, term)).collect();
    let span = window.days().unwrap_or(0) * DAY;
    let Some((earlier, now)) = ends(&points, view.as_of().as_microsecond(), span) else {
        return Outcome { sample_size: points.len().min(1), ..Outcome::missing(Missing::ObservedTooShort) };
    };
    let ((earlier_time, before), (now_time, current)) = (points[earlier], points[now]);
    let change = |now: i64, before: i64| ratio((now - before) as f64, before as f64);
    let mut outcome = Outcome { result: change(current, before), ..Outcome::value(0.0, 2) };
    outcome.terms.push(term_use(term.word(), current));
    outcome.terms.push(term_use(before_word(term), before));
    outcome.flags = flags(view.platform(), term, &points[earlier..=now], (earlier_time, now_time));
    if term == AccountTerm::Followers && jumps(&points, earlier_time) {
        outcome.flags.push(Flag::AnomalyFollowersJump);
    }
    let ends = view.account().iter().filter(|observed| [earlier_time, now_time].contains(&observed.time));
    outcome.expires_at = first(ends.map(|observed| view.expiry(observed)));

    let (before_step, now_step) =
        (rounding_step(view.platform(), term, before), rounding_step(view.platform(), term, current));
    let highest = change(current + now_step - 1, before);
    let lowest = change(current, before + before_step - 1);
    if before_step.max(now_step) > 1
        && let (Ok(low), Ok(high)) = (lowest, highest)
    {
        outcome.interval = Some(rounded(low, high));
        if low <= 0.0 && 0.0 <= high {
            outcome.flags.push(Flag::RoundedSource);
        }
    }
    outcome
}

/// Which observations growth compares, as places in `points`. The later one is the last, read at most a fifth of a span
/// before `end`. The earlier one is the nearest to `span` before `end`: at or before that by at most another span, else
/// behind it by at most a fifth of a span. None when they are not two.
fn ends(points: &[(Timestamp, i64)], end: i64, span: i64) -> Option<(usize, usize)> {
    let now = points.len().checked_sub(1)?;
    let start = end - span;
    let behind = points.partition_point(|(time, _)| time.as_microsecond() <= start);
    let time = |place: usize| points.get(place).map(|(time, _)| time.as_microsecond());
    if time(now)? < end - span / 5 {
        return None;
    }
    let earlier = match behind.checked_sub(1) {
        Some(place) if time(place)? >= start - span => place,
        _ if time(behind)? <= start + span / 5 => behind,
        _ => return None,
    };
    (earlier < now).then_some((earlier, now))
}

fn flags(
    platform: Platform,
    term: AccountTerm,
    points: &[(Timestamp, i64)],
    span: (Timestamp, Timestamp),
) -> Vec<Flag> {
    let mut flags = Vec::new();
    if term != AccountTerm::TotalViews {
        return flags;
    }
    if changepoints::of(platform, PostTerm::Views).any(|changepoint| changepoint.lies_in(span.0, span.1)) {
        flags.push(Flag::AcrossChangepoint);
    }
    if points.windows(2).any(|pair| pair[1].1 < pair[0].1) {
        flags.push(Flag::Recounted);
    }
    flags
}

/// Whether the followers changed at one time since `from` far more than they usually do: by more than 2 % a day, and further
/// from the median change a day than 10 times the median of such distances. Readings less than half a day apart are one step;
/// fewer than 8 steps tell no usual.
fn jumps(points: &[(Timestamp, i64)], from: Timestamp) -> bool {
    let mut steps: Vec<(Timestamp, f64)> = Vec::new();
    let mut last: Option<(Timestamp, i64)> = None;
    for (time, count) in points.iter().copied().filter(|(_, count)| *count > 0) {
        let Some((before, then)) = last else {
            last = Some((time, count));
            continue;
        };
        let days = (time.as_microsecond() - before.as_microsecond()) as f64 / DAY as f64;
        if days >= SHORTEST_STEP {
            steps.push((time, (count as f64 / then as f64).ln() / days));
            last = Some((time, count));
        }
    }
    if steps.len() < USUAL_STEPS {
        return false;
    }
    let median = |values: Vec<f64>| quantile(&sorted(values), 0.5);
    let usual = median(steps.iter().map(|(_, change)| *change).collect());
    let distance = |change: f64| (change - usual).abs();
    let spread = median(steps.iter().map(|(_, change)| distance(*change)).collect());
    steps
        .iter()
        .any(|(time, change)| *time > from && change.abs() > LEAST_JUMP && distance(*change) > JUMP_SPREADS * spread)
}

fn point(observed: &Observed<AccountTerm>, term: AccountTerm) -> Option<(Timestamp, i64)> {
    observed.counts.get(term).map(|value| (observed.time, value))
}

fn term_use(term: &'static str, value: i64) -> TermUse {
    TermUse { term, total: value as f64, reported_count: 1 }
}

/// The name under which the earlier value of a growth is told.
fn before_word(term: AccountTerm) -> &'static str {
    match term {
        AccountTerm::Followers => "followers_before",
        AccountTerm::Following => "following_before",
        AccountTerm::TotalViews => "total_views_before",
        AccountTerm::TotalLikes => "total_likes_before",
        AccountTerm::TotalPosts => "total_posts_before",
    }
}

fn rounded(low: f64, high: f64) -> Interval {
    Interval { low, high, confidence: 1.0, method: ROUNDING }
}

//! Owns numbers made of when and how posts were published, whatever their counts. Young posts count.

use creatorscope_domain::{PostFormat, Window};

use super::{DAY, Outcome, View};
use crate::model::Missing;

/// Rates over a shorter time say nothing.
const SHORTEST: i64 = 7 * DAY;

pub(super) fn posts(view: &View<'_>, window: Window, format: Option<PostFormat>) -> Outcome {
    match view.posts(window, format).len() {
        0 => Outcome::missing(Missing::NoPostsInWindow),
        count => Outcome::value(count as f64, count),
    }
}

pub(super) fn posts_per_week(view: &View<'_>, window: Window, format: Option<PostFormat>) -> Outcome {
    let posts = view.posts(window, format);
    if posts.is_empty() {
        return Outcome::missing(Missing::NoPostsInWindow);
    }
    let dated: Vec<i64> = posts.iter().filter_map(|post| post.publish_time).map(|time| time.as_microsecond()).collect();
    let Some(first) = dated.first() else { return Outcome::missing(Missing::NotReported) };
    let end = view.as_of().as_microsecond();
    let start = match window.days() {
        Some(days) => view.earliest().as_microsecond().max(end - days * DAY),
        None => *first,
    };
    if end - start < SHORTEST {
        return Outcome { sample_size: dated.len(), ..Outcome::missing(Missing::ObservedTooShort) };
    }
    let days = (end - start) as f64 / DAY as f64;
    Outcome::value(dated.len() as f64 / days * 7.0, dated.len())
}

pub(super) fn days_since_last_post(view: &View<'_>, format: Option<PostFormat>) -> Outcome {
    let posts = view.posts(Window::Lifetime, format);
    if posts.is_empty() {
        return Outcome::missing(Missing::NoPostsInWindow);
    }
    let dated = || posts.iter().filter_map(|post| post.publish_time);
    let Some(last) = dated().max() else { return Outcome::missing(Missing::NotReported) };
    let micros = view.as_of().as_microsecond() - last.as_microsecond();
    Outcome::value(micros as f64 / DAY as f64, dated().count())
}

pub(super) fn sponsored_share(view: &View<'_>, window: Window, format: Option<PostFormat>) -> Outcome {
    let posts = view.posts(window, format);
    if posts.is_empty() {
        return Outcome::missing(Missing::NoPostsInWindow);
    }
    let marks: Vec<bool> = posts.iter().filter_map(|post| post.sponsored).collect();
    if marks.is_empty() {
        return Outcome::missing(Missing::NotReported);
    }
    let sponsored = marks.iter().filter(|mark| **mark).count();
    let share = sponsored as f64 / marks.len() as f64;
    Outcome { excluded_count: posts.len() - marks.len(), ..Outcome::value(share, marks.len()) }
}

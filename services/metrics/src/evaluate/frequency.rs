//! Owns numbers made of when and how posts were published, whatever their counts. Young posts count.

use creatorscope_domain::{PostFormat, Window};
use jiff::Timestamp;

use super::{
    DAY, Outcome, View,
    view::{SeenPost, first},
};
use crate::model::Missing;

/// Rates over a shorter time say nothing.
const SHORTEST: i64 = 7 * DAY;

pub(super) fn posts(view: &View<'_>, window: Window, format: Option<PostFormat>) -> Outcome {
    let posts = view.posts(window, format);
    match posts.len() {
        0 => Outcome::missing(Missing::NoPostsInWindow),
        count => Outcome { expires_at: expiry(view, &posts), ..Outcome::value(count as f64, count) },
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
    Outcome { expires_at: expiry(view, &posts), ..Outcome::value(dated.len() as f64 / days * 7.0, dated.len()) }
}

/// When the first of the posts is no longer known.
fn expiry(view: &View<'_>, posts: &[&SeenPost<'_>]) -> Option<Timestamp> {
    first(posts.iter().map(|post| view.post_expiry(post)))
}

pub(super) fn days_since_last_post(view: &View<'_>, format: Option<PostFormat>) -> Outcome {
    let posts = view.posts(Window::Lifetime, format);
    if posts.is_empty() {
        return Outcome::missing(Missing::NoPostsInWindow);
    }
    let dated = || posts.iter().filter_map(|post| post.publish_time);
    let Some(last) = dated().max() else { return Outcome::missing(Missing::NotReported) };
    let micros = view.as_of().as_microsecond() - last.as_microsecond();
    let newest = posts.iter().rev().find(|post| post.publish_time == Some(last));
    let expires_at = newest.and_then(|post| view.post_expiry(post));
    Outcome { expires_at, ..Outcome::value(micros as f64 / DAY as f64, dated().count()) }
}

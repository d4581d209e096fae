//! Owns which share of the posts is sponsored: by the platform's mark alone, or as detected. Young posts count. Never how a post
//! is found to be sponsored.

use creatorscope_domain::{PostFormat, Window};

use super::{
    Outcome, View, sampling,
    view::{SeenPost, first},
};
use crate::model::Missing;

pub(super) fn marked_share(view: &View<'_>, window: Window, format: Option<PostFormat>) -> Outcome {
    share(view, window, format, |post| post.sponsored)
}

pub(super) fn detected_share(view: &View<'_>, window: Window, format: Option<PostFormat>) -> Outcome {
    share(view, window, format, |post| post.detected)
}

fn share(
    view: &View<'_>,
    window: Window,
    format: Option<PostFormat>,
    mark: impl Fn(&SeenPost<'_>) -> Option<bool>,
) -> Outcome {
    let posts = view.posts(window, format);
    if posts.is_empty() {
        return Outcome::missing(Missing::NoPostsInWindow);
    }
    let known: Vec<&SeenPost<'_>> = posts.iter().copied().filter(|post| mark(post).is_some()).collect();
    if known.is_empty() {
        return Outcome { excluded_count: posts.len(), ..Outcome::missing(Missing::NotReported) };
    }
    let sponsored = known.iter().filter(|post| mark(post) == Some(true)).count();
    Outcome {
        excluded_count: posts.len() - known.len(),
        interval: sampling::of_share(sponsored, known.len()),
        expires_at: first(known.iter().map(|post| view.description_expiry(post))),
        ..Outcome::value(sponsored as f64 / known.len() as f64, known.len())
    }
}

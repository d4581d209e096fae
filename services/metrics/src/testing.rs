//! Owns short ways to write histories in tests. Never an assertion.

use creatorscope_domain::{CreatorId, PostFormat, Source};
use jiff::Timestamp;

use crate::evaluate::DAY;
use crate::model::{AccountCounts, CreatorHistory, Facts, Observed, PostCounts, PostHistory};

/// So many days (with fraction) after 2026-01-01.
pub(crate) fn day(days: f64) -> Timestamp {
    let origin: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    Timestamp::from_microsecond(origin.as_microsecond() + (days * DAY as f64) as i64).expect("in range")
}

/// Counts in the order views, likes, dislikes, comments, shares; -1 is not reported, -2 hidden.
pub(crate) fn counts(values: [i64; 5]) -> PostCounts {
    let (mut given, mut hidden) = ([None; 6], 0);
    for (place, value) in values.into_iter().enumerate() {
        given[place] = Some(value).filter(|value| *value >= 0);
        hidden |= i64::from(value == -2) << place;
    }
    PostCounts::stored(given, hidden)
}

/// A post that was published and read once.
pub(crate) fn post(id: &str, published: f64, read: f64, values: [i64; 5]) -> PostHistory {
    PostHistory {
        id: id.to_owned(),
        facts: Some(Facts {
            describe_time: day(read),
            publish_time: Some(day(published)),
            format: Some(PostFormat::Short),
            sponsored: None,
            source: Source::File,
            verdict: crate::sponsorship::Verdict::default(),
        }),
        observations: vec![Observed { time: day(read), counts: counts(values), source: Source::File }],
    }
}

/// Account counts: followers and total views; -1 is not reported, -2 hidden.
pub(crate) fn account(read: f64, followers: i64, total_views: i64) -> Observed<crate::model::AccountTerm> {
    let known = |value: i64| Some(value).filter(|value| *value >= 0);
    let hidden = i64::from(followers == -2) | i64::from(total_views == -2) << 2;
    let values = [known(followers), None, known(total_views), None, None, None];
    Observed { time: day(read), counts: AccountCounts::stored(values, hidden), source: Source::File }
}

/// A history of a creator on the platform with the slug.
pub(crate) fn history(
    slug: &str,
    posts: Vec<PostHistory>,
    account: Vec<Observed<crate::model::AccountTerm>>,
) -> CreatorHistory {
    CreatorHistory::new(CreatorId::parse(&format!("{slug}:a")).expect("valid"), 1, posts, account)
}

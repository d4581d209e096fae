//! Owns a post as it is known now. Never its past.

use creatorscope_domain::{PostName, Source};
use jiff::Timestamp;

use super::{Description, Observed, PostTerm};

/// A post as it is known now: described, counted, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostState {
    /// Which post.
    pub name: PostName,
    /// The last description; none when only counts are known.
    pub described: Option<Described>,
    /// The last counts; none when it was never counted.
    pub last: Option<Observed<PostTerm>>,
    /// When the first of these may no longer be shown; none when nothing limits it.
    pub expires: Option<Timestamp>,
}

/// A description with the time and place of its reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// What was published.
    pub description: Description,
    /// When it was read.
    pub time: Timestamp,
    /// Where it was read.
    pub source: Source,
}

//! Owns everything known about one creator's posts and counts, in the form that the evaluator reads. Never a computation.

use creatorscope_domain::{CreatorId, PostFormat, Source};
use jiff::Timestamp;

use super::{AccountTerm, Counts, PostTerm};

/// Counts with the time and place of their reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed<T> {
    /// When they were read.
    pub time: Timestamp,
    /// What was counted.
    pub counts: Counts<T>,
    /// Where they were read.
    pub source: Source,
}

/// The part of a post's description that numbers depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// When the description was read.
    pub describe_time: Timestamp,
    /// When the post was published; none when the source does not say.
    pub publish_time: Option<Timestamp>,
    /// Its form; none when not known.
    pub format: Option<PostFormat>,
    /// Whether the platform marks it as sponsored; none when the platform does not say.
    pub sponsored: Option<bool>,
    /// Where it was read.
    pub source: Source,
}

/// Everything known about one post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostHistory {
    /// Its id on the platform.
    pub id: String,
    /// What was published; none when only counts are known.
    pub facts: Option<Facts>,
    /// Its counts, oldest first.
    pub observations: Vec<Observed<PostTerm>>,
}

/// Everything known about one creator's posts and counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatorHistory {
    /// Whose it is.
    pub creator: CreatorId,
    /// Differs after every change; never used twice, not even after an erasure.
    pub version: i64,
    /// The posts, ordered by id.
    pub posts: Vec<PostHistory>,
    /// Counts of the account, oldest first.
    pub account: Vec<Observed<AccountTerm>>,
}

impl CreatorHistory {
    /// Makes a history; whatever the order of the arguments, the history is the same.
    pub fn new(
        creator: CreatorId,
        version: i64,
        mut posts: Vec<PostHistory>,
        mut account: Vec<Observed<AccountTerm>>,
    ) -> Self {
        for post in &mut posts {
            post.observations.sort_by_key(|observed| observed.time);
        }
        posts.sort_by(|left, right| left.id.cmp(&right.id));
        account.sort_by_key(|observed| observed.time);
        Self { creator, version, posts, account }
    }

    /// Every time at which something was read: descriptions, counts of posts, counts of the account. Not ordered.
    pub fn times(&self) -> impl Iterator<Item = Timestamp> {
        let posts = self.posts.iter().flat_map(|post| {
            let described = post.facts.iter().map(|facts| facts.describe_time);
            described.chain(post.observations.iter().map(|observed| observed.time))
        });
        posts.chain(self.account.iter().map(|observed| observed.time))
    }
}

//! Owns everything known about one creator's posts and counts, in the form that the evaluator reads. Never a computation.

use creatorscope_domain::{CreatorId, PostFormat, Retention, Source};
use jiff::Timestamp;

use super::{AccountTerm, Counts, PostTerm};
use crate::sponsorship::Verdict;

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
    /// Whether it is sponsored, as found in flag and texts when it was described; unknown for posts that were described to an
    /// earlier program.
    pub verdict: Verdict,
}

impl Facts {
    /// What may stay of an expired description while counts refer to it: when the post was published.
    fn cleared(self) -> Self {
        Self { format: None, sponsored: None, verdict: Verdict::default(), ..self }
    }
}

/// Removes what is gone and answers with its times.
fn drain<T>(observations: &mut Vec<Observed<T>>, is_gone: impl Fn(Source, Timestamp) -> bool) -> Vec<Timestamp> {
    let mut gone = Vec::new();
    observations.retain(|observed| {
        let kept = !is_gone(observed.source, observed.time);
        if !kept {
            gone.push(observed.time);
        }
        kept
    });
    gone
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
    /// How long all this may be kept.
    pub retention: Retention,
    /// What is no longer here because it expired.
    pub expired: Expired,
}

/// The last readings that are gone because they expired; none when nothing is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// Of posts.
    pub posts: Option<Timestamp>,
    /// Of the account.
    pub account: Option<Timestamp>,
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
        Self { creator, version, posts, account, retention: Retention::unlimited(), expired: Expired::default() }
    }

    /// Leaves out what may no longer be shown at `now`. Of a description that expired before the counts of its post the
    /// publish time stays.
    #[must_use]
    pub fn unexpired(mut self, retention: Retention, now: Timestamp) -> Self {
        self.retention = retention;
        let is_gone = |source, time| retention.is_expired(source, time, now);
        for post in &mut self.posts {
            for gone in drain(&mut post.observations, is_gone) {
                self.expired.posts = self.expired.posts.max(Some(gone));
            }
            let Some(facts) = post.facts.take_if(|facts| is_gone(facts.source, facts.describe_time)) else { continue };
            self.expired.posts = self.expired.posts.max(Some(facts.describe_time));
            if !post.observations.is_empty() {
                post.facts = Some(facts.cleared());
            }
        }
        self.posts.retain(|post| post.facts.is_some() || !post.observations.is_empty());
        for gone in drain(&mut self.account, is_gone) {
            self.expired.account = self.expired.account.max(Some(gone));
        }
        self
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

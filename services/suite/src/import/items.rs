//! Owns what a row yields. Never how it was read and never where it is sent.

use creatorscope_domain::{CreatorId, Source};
use creatorscope_proto::metrics::v1::{AccountCounts, Observation, PostRecord, observation};
use jiff::Timestamp;

use super::problem::Problem;

/// A row of a table or an item of a JSON document.
#[derive(Debug)]
pub(super) struct Row {
    /// Its number in the file, from 1.
    pub(super) ordinal: u64,
    /// Its first line in the file, from 1.
    pub(super) line: u64,
    /// Where it ends, in bytes of the decoded text.
    pub(super) end: u64,
    /// Its text, verbatim.
    pub(super) raw: Vec<u8>,
    /// What it yields, or everything that is wrong with it.
    pub(super) content: Result<Items, Vec<Problem>>,
}

/// What a row yields: at least one of the options, or comments.
#[derive(Debug)]
pub(super) struct Items {
    /// Whose row it is.
    pub(super) creator: CreatorId,
    /// When it was read at its source.
    pub(super) observed_at: Timestamp,
    /// Where it was read.
    pub(super) source: Source,
    /// What it says about the creator.
    pub(super) profile: Option<Profile>,
    /// Counts of the account.
    pub(super) account: Option<AccountCounts>,
    /// A post or its counts.
    pub(super) post: Option<PostItem>,
    /// Comments on posts of this creator; nothing else comes with them.
    pub(super) comments: Vec<Comment>,
}

/// A comment on a post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Comment {
    /// The platform's id of it; where the source has none, one made of what it says, which begins with `~`.
    pub(super) id: String,
    /// The post, as `creators/{creator}/posts/{post}`; the creator is `-` where the source does not say whose post it is.
    pub(super) post: String,
    /// When it was written.
    pub(super) time: Option<Timestamp>,
    /// Its likes.
    pub(super) likes: Option<i64>,
    /// BCP 47, where the source says it.
    pub(super) language: String,
    /// What it says, as plain text.
    pub(super) text: String,
    /// Who wrote it: an id or a name. It is never kept.
    pub(super) author: String,
    /// The id of the comment that it answers; empty for a comment on the post.
    pub(super) reply_to: String,
    /// ISO 3166-1 alpha-2 of its author, where the source says it.
    pub(super) author_country: String,
}

/// What a row says about a post.
#[derive(Debug)]
pub(super) enum PostItem {
    /// The post and its counts.
    Record(Box<PostRecord>),
    /// Its counts only: sent so that a description that is known is kept.
    Counts(Box<Observation>),
}

/// What a row says about a creator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) display_name: String,
    pub(super) handle: String,
    pub(super) bio: String,
    pub(super) country: String,
    pub(super) languages: Vec<String>,
    pub(super) niches: Vec<String>,
    pub(super) topics: Vec<String>,
    pub(super) links: Vec<String>,
    pub(super) verified: Option<bool>,
    pub(super) account_create_time: Option<Timestamp>,
    /// Ways to reach the creator; sent by themselves, after the profile.
    pub(super) contact: ContactWords,
}

/// What a row says about ways to reach a creator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ContactWords {
    pub(super) emails: Vec<String>,
    pub(super) agency: String,
    pub(super) links: Vec<String>,
}

impl Items {
    /// The counts of the account as an observation.
    pub(super) fn account_observation(&self) -> Option<Observation> {
        self.account.clone().map(|counts| Observation {
            subject: self.creator.name(),
            observe_time: Some(wire_time(self.observed_at)),
            counts: Some(observation::Counts::Account(counts)),
            source: self.source.number(),
        })
    }
}

/// A time as the wire has it.
pub(super) fn wire_time(time: Timestamp) -> prost_types::Timestamp {
    let whole = time.as_second() - i64::from(time.subsec_nanosecond() < 0);
    let nanos = time.subsec_nanosecond().rem_euclid(1_000_000_000);
    prost_types::Timestamp { seconds: whole, nanos }
}

/// A time from the wire; none outside of what can be written.
pub(super) fn domain_time(time: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(time.seconds, time.nanos).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_1970_have_positive_nanoseconds_on_the_wire() {
        for text in ["1969-12-31T23:59:59.25Z", "2026-08-07T06:47:19.749Z", "1969-12-31T23:59:59Z"] {
            let time: Timestamp = text.parse().expect("valid");
            let wire = wire_time(time);
            assert!((0..1_000_000_000).contains(&wire.nanos), "{text}");
            assert_eq!(domain_time(&wire), Some(time), "{text}");
        }
    }
}

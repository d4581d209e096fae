//! Owns a comment as it is kept: what was read from it, and hashes in place of what it said and who said it. Never the reading.

use creatorscope_domain::{PostName, Source};
use creatorscope_text::{
    sentiment::{Probabilities, Unknown},
    target::{Aim, Target},
};
use jiff::Timestamp;

/// What was read from a comment's text.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// ISO 639-1; empty when nothing speaks for a language.
    pub language: String,
    /// How certain the language is, 0 to 1.
    pub language_confidence: f64,
    /// The probabilities, or why there are none.
    pub sentiment: Result<Probabilities, Unknown>,
    /// The model of the probabilities with its version, e.g. `fast@1`; empty without them.
    pub model: String,
    /// Whom or what it is about; none when nothing shows it.
    pub aim: Option<Aim>,
}

/// What the encoders made of a comment. It was among those that their sample is drawn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Second {
    /// The model with its version.
    pub model: String,
    /// What it read; none when the comment was not chosen.
    pub read: Option<Probabilities>,
}

/// Hashes of an author and a text under one key. Those of different keys cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashes {
    /// The key.
    pub key_id: i64,
    /// Of the author on their platform; none when not known.
    pub author: Option<i64>,
    /// Of the words of the text.
    pub fingerprint: i64,
    /// Of the comment's name: those with the smallest are read a second time. It says nothing about what the comment says.
    pub rank: i64,
}

/// A comment as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    /// The post.
    pub post: PostName,
    /// The comment's id on its platform.
    pub comment_id: String,
    /// When it was written, if the source says so.
    pub publish_time: Option<Timestamp>,
    /// When it was read.
    pub observe_time: Timestamp,
    /// Where it was read.
    pub source: Source,
    /// What was read from its text.
    pub score: Score,
    /// What the encoders made of it; none where they had no part in it, or it has no sentiment.
    pub second: Option<Second>,
    /// Its likes, 0 and more, if the source gives them.
    pub likes: Option<i64>,
    /// In place of author and text.
    pub hashes: Hashes,
    /// Whether it says nothing: no letters, or one word.
    pub is_empty: bool,
    /// Whether it answers another comment.
    pub is_reply: bool,
    /// ISO 3166-1 alpha-2, upper case; empty when not known.
    pub author_country: String,
    /// Its beginning, where the operator keeps it.
    pub excerpt: Option<String>,
}

impl Comment {
    /// When it was written; where that is not known, when it was read.
    pub fn at(&self) -> Timestamp {
        self.publish_time.unwrap_or(self.observe_time)
    }

    /// Its weight by likes, `log2(2 + likes)`, 1 and more.
    pub fn weight(&self) -> f64 {
        (2.0 + self.likes.unwrap_or(0) as f64).log2()
    }
}

/// A comment as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentRow {
    /// `creators/{creator}/posts/{post}/comments/{comment}`.
    pub name: String,
    /// The post's id on its platform.
    pub post_id: String,
    /// When it was written, if the source says so.
    pub publish_time: Option<Timestamp>,
    /// What was read from it.
    pub score: Score,
    /// Its likes, if the source gives them.
    pub likes: Option<i64>,
    /// Its beginning, where the operator keeps it.
    pub excerpt: Option<String>,
}

/// The number of a reason, as on the wire and in the database.
pub fn unknown_number(reason: Unknown) -> i64 {
    match reason {
        Unknown::NoText => 1,
        Unknown::LanguageUnknown => 2,
        Unknown::LanguageNotSupported => 3,
    }
}

/// Reads the number of a reason; numbers that are not known count as "no text".
pub fn unknown_of(number: i64) -> Unknown {
    match number {
        2 => Unknown::LanguageUnknown,
        3 => Unknown::LanguageNotSupported,
        _ => Unknown::NoText,
    }
}

/// The number of a target, as on the wire and in the database.
pub fn target_number(target: Target) -> i64 {
    match target {
        Target::Creator => 1,
        Target::Product => 2,
        Target::Topic => 3,
        Target::OtherPeople => 4,
    }
}

/// Reads the number of a target; none for numbers that are not known.
pub fn target_of(number: i64) -> Option<Target> {
    [Target::Creator, Target::Product, Target::Topic, Target::OtherPeople]
        .into_iter()
        .find(|target| target_number(*target) == number)
}

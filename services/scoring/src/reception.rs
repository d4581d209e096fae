//! Owns the judgement how an audience receives a creator: pure, from sums over posts. Never where they come from.
//!
//! Pooled sentiment says nothing about dislike (rank correlation 0.05 with the share of dislikes over 999 videos), because people
//! also write negative comments about what a post shows. The judgement therefore rests on how posts deviate in several signs at
//! once: from the creator's own posts and from its cohort. The weights come near to a ridge regression over four channels with
//! true dislikes (0.28, 0.36, 0.19); the two of the counts were made equal, which ranks 2017's trending videos a little better.
//! The thresholds are proposals: nothing labelled exists to fit them on, so the score is no probability.

mod signs;
mod verdict;

#[cfg(test)]
pub(crate) mod real;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::model::Cell;
pub use signs::{Sign, Usual};

/// The fewest posts with counts that give a score.
pub const MIN_POSTS: usize = 3;
/// The fewest comments with a sentiment that count as known feelings.
pub const MIN_SCORED: i64 = 100;
/// The fewest comments aimed at the creator that tell how it is spoken to.
pub const MIN_AT_CREATOR: i64 = 20;
/// The largest share of comments without a sentiment.
pub const MAX_UNKNOWN: f64 = 0.4;

/// What is known of one post.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PostSigns {
    /// The post's id on its platform.
    pub post_id: String,
    /// When it was published or, where that is not known, last commented on.
    pub time: Option<Timestamp>,
    /// Views, 0 and more.
    pub views: Option<i64>,
    /// Likes, 0 and more.
    pub likes: Option<i64>,
    /// Dislikes, 0 and more; hardly a source gives them.
    pub dislikes: Option<i64>,
    /// Comments as the platform counts them, 0 and more.
    pub comments: Option<i64>,
    /// Sums over the comments that were read.
    pub cell: Option<Cell>,
}

/// With what a creator is compared beside its own posts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cohort {
    /// What it is called, e.g. `tiktok/micro`.
    pub name: String,
    /// ln of comments per like.
    pub comments_per_like: Option<Usual>,
    /// Minus ln of likes per view.
    pub likes_per_view: Option<Usual>,
}

/// What the judgement rests on.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The posts, in any order.
    pub posts: &'a [PostSigns],
    /// The creators it is compared with.
    pub cohort: &'a Cohort,
    /// The percentile of its comments per view in the cohort, 0 to 100.
    pub engagement_percentile: Option<f64>,
}

/// How an audience receives a creator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// What is aimed at the creator is rarely negative.
    Loved,
    /// Neither.
    Mixed,
    /// Negative about the topic, not about the creator.
    ContestedTopic,
    /// Watched, over several posts, by people who dislike the creator.
    HateWatched,
    /// A few posts drew dislike; it did not last.
    Backlash,
    /// Not enough evidence.
    InsufficientData,
}

/// A score with the range that holds it in 90 % of samples of posts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// 0 to 1.
    pub value: f64,
    /// The lower end, 0 to `value`.
    pub low: f64,
    /// The upper end, `value` to 1.
    pub high: f64,
}

/// One kind of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Its name, e.g. `comments_per_like`.
    pub signal: &'static str,
    /// What was found, in the sign's own unit.
    pub value: Option<f64>,
    /// What is usual, in the same unit.
    pub usual: Option<f64>,
    /// With what it is compared.
    pub against: String,
    /// In robust standard deviations; above 0 speaks for dislike.
    pub deviation: Option<f64>,
    /// What it adds to the score's logit.
    pub contribution: f64,
    /// Posts or comments that it rests on.
    pub sample_size: usize,
    /// For people.
    pub description: String,
}

/// A post and its own score.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedPost {
    /// The post's id on its platform.
    pub post_id: String,
    /// When it was published.
    pub time: Option<Timestamp>,
    /// 0 to 1.
    pub score: f64,
    /// How many signs are known of it.
    pub signs: usize,
    /// For people.
    pub description: String,
}

/// The judgement with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The score; none with fewer than [`MIN_POSTS`] posts that have signs.
    pub score: Option<Score>,
    /// Whether neither comments nor dislikes stand behind the score: counts alone.
    pub counts_only: bool,
    /// The weightiest first.
    pub evidence: Vec<Evidence>,
    /// Judged posts, those with the highest score first.
    pub posts: Vec<JudgedPost>,
    /// What a reader must know.
    pub caveats: Vec<String>,
    /// What would be needed, when the verdict is [`Verdict::InsufficientData`].
    pub needed: Vec<String>,
}

/// Judges. The score is `sigmoid(-1.5 + 1.6 * m)` with m the mean over posts of the weighted sum of their deviations; its interval
/// is `1.645 * s / sqrt(n)` around m, with the spread s of the posts shrunk to 1 (weight of 2 posts).
pub fn judge(inputs: Inputs<'_>) -> Judgement {
    let read = signs::read(&inputs);
    verdict::conclude(&inputs, read)
}

//! Owns what this room thinks in: sums over comments, and which comments they are of. Never the wire or SQL.

mod comment;

use jiff::Timestamp;

pub use self::comment::{
    Comment, CommentRow, Hashes, Score, Second, target_number, target_of, unknown_number, unknown_of,
};

/// Sums over the comments of one scope: a post, a language, a window. Sums of two scopes add up to those of both.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cell {
    /// Comments, 0 and more.
    pub comments: i64,
    /// Comments without a sentiment because there is no text, the language is unknown, or it is not supported.
    pub unknown: [i64; 3],
    /// Comments with a sentiment that count for the shares: those that say the same as an earlier one by the same author do not.
    pub scored: i64,
    /// The sum of the probabilities of being negative over the scored ones.
    pub negative: f64,
    /// The same of neutral.
    pub neutral: f64,
    /// The same of positive.
    pub positive: f64,
    /// The sum of the weights `log2(2 + likes)` of the scored ones.
    pub weight: f64,
    /// The sum of weight times the probability of being negative.
    pub weighted_negative: f64,
    /// The same of neutral.
    pub weighted_neutral: f64,
    /// The same of positive.
    pub weighted_positive: f64,
    /// Scored comments aimed at the creator.
    pub at_creator: i64,
    /// The sum of the probabilities of being negative over those.
    pub at_creator_negative: f64,
    /// Comments that say, word for word, what an earlier one of the creator's comments says.
    pub repeated: i64,
    /// Comments that say nothing: no letters, or one word.
    pub empty: i64,
}

impl Cell {
    /// Adds the sums of another scope.
    pub fn add(&mut self, other: &Self) {
        self.comments += other.comments;
        for (sum, more) in self.unknown.iter_mut().zip(other.unknown) {
            *sum += more;
        }
        self.scored += other.scored;
        self.negative += other.negative;
        self.neutral += other.neutral;
        self.positive += other.positive;
        self.weight += other.weight;
        self.weighted_negative += other.weighted_negative;
        self.weighted_neutral += other.weighted_neutral;
        self.weighted_positive += other.weighted_positive;
        self.at_creator += other.at_creator;
        self.at_creator_negative += other.at_creator_negative;
        self.repeated += other.repeated;
        self.empty += other.empty;
    }
}

/// The sums of one post.
#[derive(Debug, Clone, PartialEq)]
pub struct PostCell {
    /// The post's id on its platform.
    pub post_id: String,
    /// When the last of the comments was written (read, where that is not known).
    pub last_time: Timestamp,
    /// The sums.
    pub cell: Cell,
}

/// Who wrote the comments of a creator.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Commenters {
    /// The smallest keyed hashes of the authors, each once, ascending; at most [`SKETCH_SIZE`]: a bottom-k sketch.
    pub smallest: Vec<i64>,
    /// Different authors that are known, exact.
    pub authors: i64,
    /// Those who commented on 2 posts and more.
    pub returning: i64,
    /// Comments of the author who wrote most.
    pub most: i64,
    /// Comments whose author is known.
    pub known: i64,
}

/// How many hashes a sketch has.
pub const SKETCH_SIZE: usize = 4096;

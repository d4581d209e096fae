//! Owns the form of a computed number: the value or why there is none, and what a reader must know. Never its computation.

use creatorscope_domain::{PostFormat, Window};
use jiff::Timestamp;

use crate::definitions::Definition;

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The source did not report a term that the formula needs.
    NotReported,
    /// The creator hides the count.
    Hidden,
    /// There are posts in the window, but fewer usable ones than the definition's minimum.
    TooFewPosts,
    /// No post is known to lie in the window.
    NoPostsInWindow,
    /// The account was observed for too short a time.
    ObservedTooShort,
    /// The denominator is zero.
    ZeroDenominator,
    /// What the value needs is gone by the retention class of its source.
    Expired,
}

/// What a reader must know about a value. Ordered as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// An engagement rate above 1.
    AnomalyErOverOne,
    /// Fewer than 6 posts in the sample.
    LowSample,
    /// The source rounds, and the change is within the rounding or the value carries it.
    RoundedSource,
    /// The platform changed the meaning of the count inside the span.
    AcrossChangepoint,
    /// A post lies more than 3 interquartile ranges outside the quartiles.
    Outliers,
    /// A term was not reported for some or all posts of the sample.
    PartialTerms,
    /// The account is generated.
    Synthetic,
    /// A total fell between observations.
    Recounted,
    /// A post has more likes than views.
    AnomalyLikesOverViews,
    /// Followers changed on a day far more than the account's own days do.
    AnomalyFollowersJump,
    /// A post has far more comments than likes.
    AnomalyCommentsOverLikes,
}

/// One thing that a model looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What it is, e.g. `cpm`.
    pub factor: &'static str,
    /// How it compares: `low`, `typical` or `high`; empty when it does not.
    pub level: &'static str,
    /// What was found and where it comes from.
    pub description: String,
}

/// One term of a formula and what it added up to.
#[derive(Debug, Clone, PartialEq)]
pub struct TermUse {
    /// The term, e.g. `likes`.
    pub term: &'static str,
    /// Its sum over the sample; for account counts the count; 0 and more.
    pub total: f64,
    /// In how many posts of the sample it was reported; 1 for account counts.
    pub reported_count: usize,
}

/// The range that holds the true value, in the unit of the value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The share of cases in which it holds, 0 to 1.
    pub confidence: f64,
    /// How it was found.
    pub method: &'static str,
}

/// One number with what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// What it means.
    pub definition: &'static Definition,
    /// Which posts or which time it is about.
    pub window: Window,
    /// The form of post it is restricted to; none for all.
    pub format: Option<PostFormat>,
    /// The value, finite, or why there is none.
    pub result: Result<f64, Missing>,
    /// How many posts (for growth: observations) it was computed from.
    pub sample_size: usize,
    /// How many posts of the window the exclusions left out.
    pub excluded_count: usize,
    /// The terms that were used.
    pub terms: Vec<TermUse>,
    /// Terms of the definition that no post of the sample reports.
    pub absent_terms: Vec<&'static str>,
    /// The end of the window.
    pub as_of: Timestamp,
    /// The range of the true value, where sampling, rounding or a model matters.
    pub interval: Option<Interval>,
    /// What a reader must know; ordered, no duplicates.
    pub flags: Vec<Flag>,
    /// When the first of what it was made of may no longer be kept; none when nothing limits it or there is no value.
    pub expires_at: Option<Timestamp>,
    /// For modelled values what the model looked at; else empty.
    pub explanations: Vec<Explanation>,
}

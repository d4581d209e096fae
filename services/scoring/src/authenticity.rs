//! Owns the judgement whether engagement is earned: signs, how suspicious each is, and the score they make. Pure; never where the
//! counts come from.
//!
//! Every limit below is a proposal from what bought accounts are known for; only those of the profile were tried on labelled
//! accounts (`authenticity/real.rs`).

mod signs;

#[cfg(test)]
mod real;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::{
    model::{Cell, Commenters},
    reception::{PostSigns, Usual},
};

/// The fewest signs that give a score; engagement above and below the cohort are one.
pub const MIN_SIGNALS: usize = 3;

/// Signs of bought engagement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Followers jump up and sag again.
    GrowthSawtooth,
    /// Engagement far above the cohort.
    FarAboveCohort,
    /// Engagement far below the cohort.
    FarBelowCohort,
    /// The same comments again and again.
    RepeatedComments,
    /// Comments that say nothing.
    EmptyComments,
    /// Follows far more accounts than follow it.
    FollowingRatio,
    /// Few people write most comments.
    ConcentratedAuthors,
    /// Counts that do not fit together.
    CountsDoNotFit,
    /// A profile as bought accounts have it.
    EmptyProfile,
    /// Likes that hardly vary.
    UniformEngagement,
}

/// What a profile shows; each unset when it is not known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// Characters of the bio, 0 and more.
    pub bio_length: Option<usize>,
    /// Digits in the characters of the handle, 0 to 1.
    pub digits_in_handle: Option<f64>,
    /// Whether it has a picture.
    pub picture: Option<bool>,
    /// Posts of all times, 0 and more.
    pub posts: Option<i64>,
    /// Followers, 0 and more.
    pub followers: Option<i64>,
    /// Accounts that it follows, 0 and more.
    pub following: Option<i64>,
}

/// The engagement rate against the cohort.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Engagement {
    /// The creator's rate, a fraction above 0.
    pub rate: f64,
    /// The cohort's, of the rate's logarithm.
    pub usual: Usual,
    /// Posts behind the rate.
    pub posts: usize,
}

/// What the judgement rests on.
#[derive(Debug, Clone, Default)]
pub struct Inputs<'a> {
    /// Followers as observed, in any order.
    pub followers: Vec<(Timestamp, f64)>,
    /// The engagement rate, when a cohort is known.
    pub engagement: Option<Engagement>,
    /// The posts.
    pub posts: &'a [PostSigns],
    /// Sums over all comments; none when none were read.
    pub comments: Option<Cell>,
    /// Who wrote them.
    pub commenters: Option<&'a Commenters>,
    /// The profile.
    pub profile: Profile,
}

/// Why a sign has no data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacks {
    /// No source said it.
    NotReported,
    /// Fewer posts than it needs.
    Posts,
    /// Fewer comments than it needs.
    Comments,
    /// Observed too few times.
    Observations,
}

/// One sign.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Which.
    pub kind: Kind,
    /// 0 (as usual) to 1, or why it is not known.
    pub suspicion: Result<f64, Lacks>,
    /// What was found, in the sign's own unit.
    pub value: Option<f64>,
    /// What is usual, in the same unit.
    pub usual: Option<f64>,
    /// How much it weighs.
    pub weight: f64,
    /// Posts, observations or comments behind it.
    pub sample_size: usize,
    /// For people.
    pub description: String,
    /// Ids of posts that show it, up to 10.
    pub posts: Vec<String>,
}

/// A score with its range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// 0 (nothing looks earned) to 100.
    pub value: f64,
    /// The lowest that leaving one sign out gives.
    pub low: f64,
    /// The highest that leaving one sign out gives.
    pub high: f64,
    /// Signs behind it.
    pub signals: usize,
}

/// The judgement.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The score; none with fewer than [`MIN_SIGNALS`] signs.
    pub score: Option<Score>,
    /// Every sign, the most suspicious first, those without data last.
    pub signals: Vec<Signal>,
}

/// Judges: the score is `100 * (1 - sum(weight * suspicion) / sum(weight))` over the signs that are known; its range is that of the
/// scores with one sign left out.
pub fn judge(inputs: &Inputs<'_>) -> Judgement {
    let mut signals = signs::all(inputs);
    let rank = |signal: &Signal| signal.suspicion.map_or(-1.0, |suspicion| suspicion * signal.weight);
    signals.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    Judgement { score: score(&signals), signals }
}

fn score(signals: &[Signal]) -> Option<Score> {
    let known: Vec<(Kind, f64, f64)> =
        signals.iter().filter_map(|signal| Some((signal.kind, signal.weight, signal.suspicion.ok()?))).collect();
    let distinct = known.iter().filter(|(kind, ..)| *kind != Kind::FarBelowCohort).count();
    if distinct < MIN_SIGNALS {
        return None;
    }
    let without = |left_out: Option<Kind>| {
        let (sum, weights) = known
            .iter()
            .filter(|(kind, ..)| Some(*kind) != left_out)
            .fold((0.0, 0.0), |(sum, weights), (_, weight, suspicion)| (sum + weight * suspicion, weights + weight));
        100.0 * (1.0 - sum / weights)
    };
    let value = without(None);
    let (low, high) = known
        .iter()
        .map(|(kind, ..)| without(Some(*kind)))
        .fold((value, value), |(low, high), score| (low.min(score), high.max(score)));
    Some(Score {
        value: value.clamp(0.0, 100.0),
        low: low.clamp(0.0, 100.0),
        high: high.clamp(0.0, 100.0),
        signals: distinct,
    })
}

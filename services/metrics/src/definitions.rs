//! Owns the registry: what each number means, as values that the evaluator reads. Never a computation.
//!
//! The semantics that all formulas share:
//! * `as_of` is the last time anything of the creator was read, at or before the time asked for. Windows of days hold the posts
//!   with `as_of - days < publish_time <= as_of`.
//! * A post's counts are those of its last observation at or before `as_of`, all terms from that one observation. A post that
//!   was described but never counted is known for frequency and reports no term.
//! * A post's age is the observe time of those counts minus its publish time (without one: minus the first time its counts were
//!   read). Posts with counts and an age below 4 days (96 hours) are left out of per-post numbers and counted as excluded.
//! * `last_20_posts` has dated posts only, newest first by (publish time, id). For per-post numbers these are the 20 newest of
//!   the posts with counts and an age of 4 days or more, so that young posts occupy no place; for frequency the 20 newest of all.
//! * A term that no post of the sample reports is absent: left out, listed, and flagged. A term that some posts lack adds what
//!   the others report; `reported_count` says how many did.
//! * Whether a post is sponsored is either the platform's mark alone, or what `crate::sponsorship` detects in mark and texts.
//! * A value made of 6 posts or more carries the range that the choice of posts leaves, 95 %, where its formula has one: t interval
//!   of a mean, delta method of a ratio of sums, order statistics of a quantile, Wilson's of a share.
//! * Sums are of integers, exact; one division at the end. Quantiles are linear between neighbours (Hyndman and Fan's type 7).

mod added;
mod merged;
mod table;

use creatorscope_domain::Window;

use crate::model::{AccountTerm, PostTerm, Term};

use self::{added::ADDED, merged::merged, table::TABLE};

/// Every definition, ordered by id and version.
pub static DEFINITIONS: &[Definition] = &merged::<{ TABLE.len() + ADDED.len() }>(TABLE, ADDED);

/// The age from which a post counts for per-post numbers, in days.
pub const MATURE_DAYS: i64 = 4;
/// Below so many posts a sample is flagged.
pub const LOW_SAMPLE: usize = 6;
/// Posts of one hour that the best hour needs.
pub const HOUR_SAMPLE: usize = 3;
/// Posts of each kind, sponsored and not, that a comparison by detection needs.
pub const KIND_SAMPLE: usize = 3;

/// How a number is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Formula {
    /// Sum of the numerator's terms divided by the sum of the denominator.
    RatioOfSums {
        /// Added up.
        numerator: &'static [PostTerm],
        /// Divided by.
        denominator: PostTerm,
    },
    /// Mean of one term divided by the mean of another, each over the posts that report it.
    RatioOfMeans {
        /// The mean above.
        numerator: PostTerm,
        /// The mean below.
        denominator: PostTerm,
    },
    /// Median of each post's ratio.
    MedianOfRatios {
        /// Added up per post.
        numerator: &'static [PostTerm],
        /// Divided by per post.
        denominator: PostTerm,
    },
    /// Mean per post of the terms' sum, divided by followers.
    MeanPerFollower(&'static [PostTerm]),
    /// Median of a term, divided by followers.
    MedianPerFollower(PostTerm),
    /// Mean of a term.
    Mean(PostTerm),
    /// Quantile of a term at a probability.
    Quantile(PostTerm, f64),
    /// Standard deviation of a term (of the population) divided by its mean.
    Dispersion(PostTerm),
    /// 100 / (1 + dispersion).
    Consistency(PostTerm),
    /// The UTC hour of publishing with the highest median of a term.
    BestHour(PostTerm),
    /// Posts marked as sponsored divided by posts for which the mark is known.
    SponsoredShare,
    /// Ratio of sums over sponsored posts divided by the same over the others.
    SponsoredRatio {
        /// Added up.
        numerator: &'static [PostTerm],
        /// Divided by.
        denominator: PostTerm,
    },
    /// Posts detected as sponsored divided by posts of which something is known.
    DetectedShare,
    /// Ratio of sums over the posts that are, or are not, sponsored as detected.
    SponsorshipRatio {
        /// Added up.
        numerator: &'static [PostTerm],
        /// Divided by.
        denominator: PostTerm,
        /// Which of them.
        sponsored: bool,
    },
    /// Ratio of sums over posts detected as sponsored divided by the same over the others.
    DetectedRatio {
        /// Added up.
        numerator: &'static [PostTerm],
        /// Divided by.
        denominator: PostTerm,
    },
    /// Relative change of a ratio of sums from the window before to the window.
    RatioGrowth {
        /// Added up.
        numerator: &'static [PostTerm],
        /// Divided by.
        denominator: PostTerm,
    },
    /// Posts that hide a count divided by posts that report or hide it.
    HiddenShare(PostTerm),
    /// Price of thousand views times the median of views, by a published band.
    Price,
    /// Number of posts.
    Posts,
    /// Posts per 7 days.
    PostsPerWeek,
    /// Days since the last post.
    DaysSinceLastPost,
    /// The last value of an account count.
    Latest(AccountTerm),
    /// The last value of an account count divided by that of another.
    AccountRatio {
        /// Divided.
        numerator: AccountTerm,
        /// Divided by.
        denominator: AccountTerm,
    },
    /// Relative change of an account count over the window.
    Growth(AccountTerm),
}

/// How the posts of a window become one number, as the wire names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// Sum over sum.
    RatioOfSums,
    /// Mean of ratios.
    MeanOfRatios,
    /// Median of ratios.
    MedianOfRatios,
    /// Mean over mean.
    RatioOfMeans,
    /// Mean.
    Mean,
    /// Median.
    Median,
    /// Quantile.
    Quantile,
    /// Count or rate of posts.
    Count,
    /// Change between two observations.
    Growth,
    /// Last observation.
    Latest,
    /// Spread.
    Dispersion,
}

impl Formula {
    /// How posts become one number.
    pub fn aggregation(self) -> Aggregation {
        match self {
            Self::RatioOfSums { .. }
            | Self::SponsoredRatio { .. }
            | Self::SponsorshipRatio { .. }
            | Self::DetectedRatio { .. } => Aggregation::RatioOfSums,
            Self::RatioOfMeans { .. } => Aggregation::RatioOfMeans,
            Self::MedianOfRatios { .. } | Self::MedianPerFollower(_) => Aggregation::MedianOfRatios,
            Self::MeanPerFollower(_) => Aggregation::MeanOfRatios,
            Self::Mean(_) => Aggregation::Mean,
            Self::Quantile(_, 0.5) | Self::BestHour(_) | Self::Price => Aggregation::Median,
            Self::Quantile(..) => Aggregation::Quantile,
            Self::SponsoredShare | Self::DetectedShare | Self::HiddenShare(_) | Self::Posts | Self::PostsPerWeek => {
                Aggregation::Count
            }
            Self::DaysSinceLastPost | Self::Latest(_) | Self::AccountRatio { .. } => Aggregation::Latest,
            Self::Growth(_) | Self::RatioGrowth { .. } => Aggregation::Growth,
            Self::Dispersion(_) | Self::Consistency(_) => Aggregation::Dispersion,
        }
    }

    /// The post terms in groups: a post can be used when it reports at least one term of each group. The order is that of
    /// `terms`, denominator last.
    pub fn groups(self) -> Vec<Vec<PostTerm>> {
        match self {
            Self::RatioOfSums { numerator, denominator }
            | Self::MedianOfRatios { numerator, denominator }
            | Self::SponsoredRatio { numerator, denominator }
            | Self::SponsorshipRatio { numerator, denominator, .. }
            | Self::DetectedRatio { numerator, denominator }
            | Self::RatioGrowth { numerator, denominator } => vec![numerator.to_vec(), vec![denominator]],
            Self::RatioOfMeans { numerator, denominator } => vec![vec![numerator], vec![denominator]],
            Self::MeanPerFollower(terms) => vec![terms.to_vec()],
            Self::MedianPerFollower(term)
            | Self::Mean(term)
            | Self::Quantile(term, _)
            | Self::Dispersion(term)
            | Self::Consistency(term)
            | Self::BestHour(term)
            | Self::HiddenShare(term) => vec![vec![term]],
            Self::Price => vec![vec![PostTerm::Views]],
            Self::SponsoredShare
            | Self::DetectedShare
            | Self::Posts
            | Self::PostsPerWeek
            | Self::DaysSinceLastPost
            | Self::Latest(_)
            | Self::AccountRatio { .. }
            | Self::Growth(_) => vec![],
        }
    }

    /// The account counts that it needs, denominator last.
    pub fn account_terms(self) -> Vec<AccountTerm> {
        match self {
            Self::MeanPerFollower(_) | Self::MedianPerFollower(_) => vec![AccountTerm::Followers],
            Self::Latest(term) | Self::Growth(term) => vec![term],
            Self::AccountRatio { numerator, denominator } => vec![numerator, denominator],
            _ => Vec::new(),
        }
    }

    /// The names of all terms.
    pub fn terms(self) -> Vec<&'static str> {
        let posts = self.groups().into_iter().flatten().map(Term::word);
        posts.chain(self.account_terms().into_iter().map(Term::word)).collect()
    }

    /// Whether it compares two times.
    pub fn is_growth(self) -> bool {
        matches!(self, Self::Growth(_) | Self::RatioGrowth { .. })
    }

    /// Whether it is an estimate of a model.
    pub fn is_modelled(self) -> bool {
        self == Self::Price
    }

    /// Whether it needs to know which posts are sponsored.
    pub fn reads_sponsorship(self) -> bool {
        matches!(
            self,
            Self::SponsoredShare
                | Self::SponsoredRatio { .. }
                | Self::DetectedShare
                | Self::SponsorshipRatio { .. }
                | Self::DetectedRatio { .. }
        )
    }

    /// Whether it is about posts, so that it can be restricted to a form of post.
    pub fn is_about_posts(self) -> bool {
        !matches!(self, Self::Latest(_) | Self::AccountRatio { .. } | Self::Growth(_))
    }
}

/// What one number means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Definition {
    /// Without the version, e.g. `er.views`.
    pub id: &'static str,
    /// From 1; a changed formula is a new version.
    pub version: u32,
    /// What it tells, one sentence.
    pub description: &'static str,
    /// The formula in words, precise enough to compute it again.
    pub formula_text: &'static str,
    /// How it is made.
    pub formula: Formula,
    /// The unit of its values.
    pub unit: Unit,
    /// The windows that it can be asked for; the first is the default.
    pub windows: &'static [Window],
    /// Which posts are left out, in words.
    pub exclusions: &'static [&'static str],
    /// The fewest posts (for growth: observations) that give a value.
    pub minimum_sample: usize,
    /// Which vendor's number it reproduces and where that is written; empty when none.
    pub reproduces: &'static str,
    /// Whether a higher value is better for a brand; none when neither is.
    pub higher_is_better: Option<bool>,
}

/// The unit of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A ratio as a fraction.
    Fraction,
    /// A count.
    Count,
    /// Posts per 7 days.
    PostsPerWeek,
    /// Days of 24 hours.
    Days,
    /// 0 to 100.
    Score,
    /// UTC hour, 0 to 23.
    HourOfDay,
    /// A plain number.
    Ratio,
    /// Minor units of money, in [`crate::price::CURRENCY`].
    MoneyMinor,
}

impl Definition {
    /// `{id}@{version}`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// The window when none is asked for.
    pub fn default_window(&self) -> Window {
        self.windows[0]
    }

    /// Whether it is an engagement rate, which is an anomaly above 1.
    pub fn is_engagement_rate(&self) -> bool {
        self.id.starts_with("er.") && self.unit == Unit::Fraction && !self.formula.is_growth()
    }
}

/// Finds a definition by `id` (the newest version) or `id@version`.
pub fn find(name: &str) -> Option<&'static Definition> {
    let (id, version) = match name.split_once('@') {
        Some((id, version)) => (id, Some(version)),
        None => (name, None),
    };
    let mut found = DEFINITIONS.iter().filter(|definition| definition.id == id);
    match version {
        Some(version) => found.find(|definition| definition.version.to_string() == version),
        None => found.max_by_key(|definition| definition.version),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_registry_is_ordered_and_complete() {
        let keys: Vec<(&str, u32)> = DEFINITIONS.iter().map(|definition| (definition.id, definition.version)).collect();
        let sorted: Vec<(&str, u32)> = keys.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        assert_eq!(keys, sorted);
        assert_eq!(keys.len(), 44);
        for definition in DEFINITIONS {
            assert!(!definition.windows.is_empty(), "{}", definition.id);
            assert!(!definition.description.is_empty() && definition.description.ends_with('.'), "{}", definition.id);
            assert!(!definition.formula_text.is_empty() && definition.minimum_sample > 0, "{}", definition.id);
        }
    }

    #[test]
    fn a_definition_is_found_with_and_without_its_version() {
        assert_eq!(find("er.views").map(Definition::name), Some("er.views@1".to_owned()));
        assert_eq!(find("er.views@1"), find("er.views"));
        assert!(find("er.views@2").is_none() && find("er").is_none() && find("er.views@01").is_none());
    }
}

//! Owns counts with their missing and hidden terms, and which counts are refused. Never a sum over posts.

use std::marker::PhantomData;

use super::Checks;

/// The largest count that is taken: sums of counts stay exact, and no platform counts so far.
pub const MAX_COUNT: i64 = 1_000_000_000_000_000;
/// How many terms the widest kind of counts has.
pub const MAX_TERMS: usize = 6;

/// One of the counts that a post or an account has.
pub trait Term: Copy + Eq + 'static {
    /// Every term, in the order of `index`.
    const ALL: &'static [Self];

    /// Its place in `ALL`, 0 to 5.
    fn index(self) -> usize;

    /// Its name on the wire and in the registry.
    fn word(self) -> &'static str;
}

/// A count of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PostTerm {
    /// Times it was viewed or played.
    Views,
    /// Likes.
    Likes,
    /// Dislikes.
    Dislikes,
    /// Comments.
    Comments,
    /// Shares.
    Shares,
    /// Saves.
    Saves,
}

impl Term for PostTerm {
    const ALL: &'static [Self] = &[Self::Views, Self::Likes, Self::Dislikes, Self::Comments, Self::Shares, Self::Saves];

    fn index(self) -> usize {
        self as usize
    }

    fn word(self) -> &'static str {
        match self {
            Self::Views => "views",
            Self::Likes => "likes",
            Self::Dislikes => "dislikes",
            Self::Comments => "comments",
            Self::Shares => "shares",
            Self::Saves => "saves",
        }
    }
}

/// A count of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountTerm {
    /// Followers or subscribers.
    Followers,
    /// Accounts that it follows.
    Following,
    /// Views of all posts together.
    TotalViews,
    /// Likes of all posts together.
    TotalLikes,
    /// Posts.
    TotalPosts,
}

impl Term for AccountTerm {
    const ALL: &'static [Self] =
        &[Self::Followers, Self::Following, Self::TotalViews, Self::TotalLikes, Self::TotalPosts];

    fn index(self) -> usize {
        self as usize
    }

    fn word(self) -> &'static str {
        match self {
            Self::Followers => "followers",
            Self::Following => "following",
            Self::TotalViews => "total_views",
            Self::TotalLikes => "total_likes",
            Self::TotalPosts => "total_posts",
        }
    }
}

/// Counts read at one time. A term has a value (0 and more), or is hidden by the creator, or was not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts<T> {
    values: [Option<i64>; MAX_TERMS],
    hidden: u8,
    terms: PhantomData<fn() -> T>,
}

/// Counts of a post.
pub type PostCounts = Counts<PostTerm>;
/// Counts of an account.
pub type AccountCounts = Counts<AccountTerm>;

impl<T: Term> Counts<T> {
    /// Takes counts as a source gave them: values in the order of `T::ALL`, and the names of hidden terms. What is wrong goes
    /// into `checks` with paths below `path`: `NEGATIVE_COUNT`, `COUNT_TOO_LARGE`,
    /// `UNKNOWN_COUNT`, `HIDDEN_WITH_VALUE`.
    pub fn checked(values: [Option<i64>; MAX_TERMS], hidden: &[String], path: &str, checks: &mut Checks) -> Self {
        let mut counts = Self { values, hidden: 0, terms: PhantomData };
        for term in T::ALL {
            let Some(value) = counts.get(*term) else { continue };
            if value < 0 {
                checks.add(
                    format!("{path}.{}", term.word()),
                    "NEGATIVE_COUNT",
                    format!("{value} is below 0; a count is 0 or more, and unset when it is not known"),
                );
            }
            if value > MAX_COUNT {
                checks.add(
                    format!("{path}.{}", term.word()),
                    "COUNT_TOO_LARGE",
                    format!("{value} is more than any platform counts; up to {MAX_COUNT} are accepted"),
                );
            }
        }
        for (place, name) in hidden.iter().enumerate() {
            let Some(term) = T::ALL.iter().find(|term| term.word() == name) else {
                let accepted: Vec<&str> = T::ALL.iter().map(|term| term.word()).collect();
                let shown: String = name.chars().take(80).collect();
                checks.add(
                    format!("{path}.hidden[{place}]"),
                    "UNKNOWN_COUNT",
                    format!("`{shown}` is not a count; accepted are {}", accepted.join(", ")),
                );
                continue;
            };
            if let Some(value) = counts.get(*term) {
                checks.add(
                    format!("{path}.{name}"),
                    "HIDDEN_WITH_VALUE",
                    format!("{value} is given and `{name}` is hidden; a hidden count has no value"),
                );
            }
            counts.hidden |= 1 << term.index();
        }
        counts
    }

    /// Takes counts that were checked before they were stored; `hidden` is what [`Self::hidden_bits`] gave.
    pub fn stored(values: [Option<i64>; MAX_TERMS], hidden: i64) -> Self {
        Self { values, hidden: (hidden & 0xff) as u8, terms: PhantomData }
    }

    /// The value of a term, 0 and more; none when it is hidden or was not reported.
    pub fn get(&self, term: T) -> Option<i64> {
        self.values[term.index()]
    }

    /// Whether the creator hides the term.
    pub fn hides(&self, term: T) -> bool {
        self.hidden & (1 << term.index()) != 0
    }

    /// The hidden terms as bits, bit n for `T::ALL[n]`.
    pub fn hidden_bits(&self) -> i64 {
        i64::from(self.hidden)
    }

    /// Whether nothing is reported and nothing hidden: such counts say nothing.
    pub fn is_empty(&self) -> bool {
        self.hidden == 0 && self.values.iter().all(Option::is_none)
    }

    /// The names of the terms in which two counts differ, in value or in being hidden.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let differ = |term: &&T| self.get(**term) != other.get(**term) || self.hides(**term) != other.hides(**term);
        T::ALL.iter().filter(differ).map(|term| term.word()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(values: [Option<i64>; 6], hidden: &[&str]) -> Vec<(String, &'static str)> {
        let hidden: Vec<String> = hidden.iter().map(|name| (*name).to_owned()).collect();
        let mut checks = Checks::default();
        PostCounts::checked(values, &hidden, "counts", &mut checks);
        checks.into_vec().into_iter().map(|found| (found.field, found.reason)).collect()
    }

    #[test]
    fn a_negative_count_is_refused_by_its_path() {
        let found = reasons([Some(-1), Some(0), None, None, None, None], &[]);
        assert_eq!(found, [("counts.views".to_owned(), "NEGATIVE_COUNT")]);
    }

    #[test]
    fn a_hidden_count_has_no_value_and_a_known_name() {
        let found = reasons([Some(7), None, None, None, None, None], &["views", "likes", "plays"]);
        let expected =
            [("counts.views".to_owned(), "HIDDEN_WITH_VALUE"), ("counts.hidden[2]".to_owned(), "UNKNOWN_COUNT")];
        assert_eq!(found, expected);
    }

    #[test]
    fn counts_that_differ_name_the_terms() {
        let first = PostCounts::stored([Some(1), Some(2), None, None, None, None], 0);
        let second = PostCounts::stored([Some(1), Some(3), None, None, None, None], 0b1000);
        assert_eq!(first.differences(&second), ["likes", "comments"]);
        assert!(first.differences(&first).is_empty());
    }
}

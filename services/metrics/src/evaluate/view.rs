//! Owns what was known of a creator at one time, and which posts a window holds then. Never a formula.

use creatorscope_domain::{Platform, PostFormat, Source, Window};
use jiff::Timestamp;

use super::DAY;
use crate::{
    definitions::{Formula, MATURE_DAYS},
    model::{AccountTerm, CreatorHistory, Facts, Missing, Observed, PostHistory, PostTerm},
};

/// Posts that the window `last_20_posts` holds.
const LAST_POSTS: usize = 20;

/// A post as it was known at the view's time.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeenPost<'a> {
    pub(super) id: &'a str,
    pub(super) publish_time: Option<Timestamp>,
    pub(super) format: Option<PostFormat>,
    pub(super) sponsored: Option<bool>,
    /// What flag and texts say together; none when nothing is known.
    pub(super) detected: Option<bool>,
    /// Its description.
    facts: Option<&'a Facts>,
    /// The last counts; none when it was never counted.
    pub(super) observed: Option<&'a Observed<PostTerm>>,
    /// Whether those counts were read 4 days or more after publishing.
    pub(super) mature: bool,
    /// Whether its views ever fell between two observations.
    pub(super) views_fell: bool,
}

/// The posts of a window that per-post numbers are made of.
#[derive(Debug)]
pub(super) struct Sample<'v, 'a> {
    /// Counted and old enough, oldest first.
    pub(super) posts: Vec<&'v SeenPost<'a>>,
    /// Counted and too young.
    pub(super) young: usize,
    /// Whether the window holds any post, counted or not.
    pub(super) any: bool,
}

/// What was known of a creator at one time.
#[derive(Debug)]
pub struct View<'a> {
    history: &'a CreatorHistory,
    as_of: Timestamp,
    /// Ordered by publish time and id, undated posts first.
    posts: Vec<SeenPost<'a>>,
    /// The first time that is known of the account: a post's publishing or any observation.
    earliest: Timestamp,
    synthetic: bool,
}

impl<'a> View<'a> {
    /// The view as of the last observation at or before `until` (of all when none); none when there is no observation.
    pub fn at(history: &'a CreatorHistory, until: Option<Timestamp>) -> Option<Self> {
        let until = until.unwrap_or(Timestamp::MAX);
        let seen = || history.times().filter(|time| *time <= until);
        let as_of = seen().max()?;
        let mut earliest = seen().min()?;
        let mut posts: Vec<SeenPost<'a>> = history.posts.iter().filter_map(|post| see(post, as_of)).collect();
        posts.sort_by(|left, right| (left.publish_time, left.id).cmp(&(right.publish_time, right.id)));
        for publish_time in posts.iter().filter_map(|post| post.publish_time) {
            earliest = earliest.min(publish_time);
        }
        let generated_post = |post: &PostHistory| {
            let described = post.facts.as_ref().is_some_and(|facts| facts.source == Source::Synthetic);
            described || post.observations.iter().any(|observed| observed.source == Source::Synthetic)
        };
        let synthetic = history.account.iter().any(|observed| observed.source == Source::Synthetic)
            || history.posts.iter().any(generated_post);
        Some(Self { history, as_of, posts, earliest, synthetic })
    }

    /// The end of all windows: the last observation.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The followers of the last account observation that reports or hides them; none when hidden or never reported.
    pub fn followers(&self) -> Option<i64> {
        self.latest(AccountTerm::Followers).and_then(|observed| observed.counts.get(AccountTerm::Followers))
    }

    pub(super) fn platform(&self) -> Platform {
        self.history.creator.platform()
    }

    pub(super) fn earliest(&self) -> Timestamp {
        self.earliest
    }

    /// Whether anything of the creator is generated.
    pub(super) fn synthetic(&self) -> bool {
        self.synthetic
    }

    /// Observations of the account up to the view's time, oldest first.
    pub(super) fn account(&self) -> &'a [Observed<AccountTerm>] {
        let known = self.history.account.partition_point(|observed| observed.time <= self.as_of);
        &self.history.account[..known]
    }

    /// The last account observation that reports or hides the term.
    pub(super) fn latest(&self, term: AccountTerm) -> Option<&'a Observed<AccountTerm>> {
        let tells =
            |observed: &&Observed<AccountTerm>| observed.counts.get(term).is_some() || observed.counts.hides(term);
        self.account().iter().rev().find(tells)
    }

    /// When counts may no longer be shown.
    pub(super) fn expiry<T>(&self, observed: &Observed<T>) -> Option<Timestamp> {
        self.history.retention.expiry(observed.source, observed.time)
    }

    /// When the counts of a post may no longer be shown.
    pub(super) fn counts_expiry(&self, post: &SeenPost<'_>) -> Option<Timestamp> {
        post.observed.and_then(|observed| self.expiry(observed))
    }

    /// When the description of a post may no longer be shown.
    pub(super) fn description_expiry(&self, post: &SeenPost<'_>) -> Option<Timestamp> {
        post.facts.and_then(|facts| self.history.retention.expiry(facts.source, facts.describe_time))
    }

    /// When a post is no longer known: behind the last of its description and its counts.
    pub(super) fn post_expiry(&self, post: &SeenPost<'_>) -> Option<Timestamp> {
        match (post.facts, post.observed) {
            (Some(_), Some(_)) => Some(self.description_expiry(post)?.max(self.counts_expiry(post)?)),
            (Some(_), None) => self.description_expiry(post),
            (None, _) => self.counts_expiry(post),
        }
    }

    /// The reason for a missing value, once it is asked whether what is needed is gone because it expired.
    pub(super) fn why_missing(&self, reason: Missing, formula: Formula, window: Window) -> Missing {
        let may_be_gone = matches!(
            reason,
            Missing::NoPostsInWindow | Missing::TooFewPosts | Missing::NotReported | Missing::ObservedTooShort
        );
        let inside = |gone: Option<Timestamp>, days: Option<i64>| {
            let start = days.map(|days| self.as_of.as_microsecond() - days * DAY);
            gone.is_some_and(|gone| start.is_none_or(|start| gone.as_microsecond() > start))
        };
        let expired = self.history.expired;
        // Growth looks back at most twice its window.
        let looks_back = window.days().map(|days| if formula.is_growth() { 2 * days } else { days });
        let account = formula.account_terms().iter().any(|term| formula.is_growth() || self.latest(*term).is_none());
        let gone = (formula.is_about_posts() && inside(expired.posts, looks_back))
            || (account && inside(expired.account, looks_back.filter(|_| formula.is_growth())));
        if may_be_gone && gone { Missing::Expired } else { reason }
    }

    /// All posts of the window, young ones included, oldest first; of `last_20_posts` and windows of days dated ones only.
    pub(super) fn posts(&self, window: Window, format: Option<PostFormat>) -> Vec<&SeenPost<'a>> {
        let start = window.days().map(|days| self.as_of.as_microsecond() - days * DAY);
        let holds = |post: &&SeenPost<'a>| {
            let in_time = match (start, post.publish_time) {
                (Some(start), Some(published)) => published.as_microsecond() > start,
                (Some(_), None) => false,
                (None, published) => window == Window::Lifetime || published.is_some(),
            };
            in_time && (format.is_none() || post.format == format)
        };
        let mut posts: Vec<&SeenPost<'a>> = self.posts.iter().filter(holds).collect();
        if window == Window::Last20Posts {
            posts.drain(..posts.len().saturating_sub(LAST_POSTS));
        }
        posts
    }

    /// The posts of the window that per-post numbers are made of. In `last_20_posts` young posts occupy no place; those
    /// newer than the oldest post of the sample (all, when it is not full) are counted as young.
    pub(super) fn sample(&self, window: Window, format: Option<PostFormat>) -> Sample<'_, 'a> {
        let wide = if window == Window::Last20Posts { Window::Lifetime } else { window };
        let candidates =
            self.posts(wide, format).into_iter().filter(|post| wide == window || post.publish_time.is_some());
        let mut sample = Sample { posts: Vec::new(), young: 0, any: false };
        let mut young = Vec::new();
        for post in candidates {
            sample.any = true;
            match post.observed {
                Some(_) if post.mature => sample.posts.push(post),
                Some(_) => young.push(post),
                None => {}
            }
        }
        if window == Window::Last20Posts && sample.posts.len() > LAST_POSTS {
            sample.posts.drain(..sample.posts.len() - LAST_POSTS);
            let oldest = sample.posts.first().map(|post| (post.publish_time, post.id));
            young.retain(|post| Some((post.publish_time, post.id)) > oldest);
        }
        sample.young = young.len();
        sample
    }

    /// The counted posts, old enough, of as many days before the window's start as the window has; none for other windows.
    pub(super) fn sample_before(&self, window: Window, format: Option<PostFormat>) -> Vec<&SeenPost<'a>> {
        let Some(span) = window.days().map(|days| days * DAY) else { return Vec::new() };
        let end = self.as_of.as_microsecond() - span;
        let holds = |post: &&SeenPost<'a>| {
            let published = post.publish_time.map(|time| time.as_microsecond());
            published.is_some_and(|time| time > end - span && time <= end)
                && (format.is_none() || post.format == format)
                && post.mature
        };
        self.posts.iter().filter(holds).collect()
    }
}

/// The first of several expiries; none never comes.
pub(super) fn first(expiries: impl Iterator<Item = Option<Timestamp>>) -> Option<Timestamp> {
    expiries.flatten().min()
}

/// The post as it was known at a time; none when it was not.
fn see(post: &PostHistory, as_of: Timestamp) -> Option<SeenPost<'_>> {
    let known = post.observations.partition_point(|observed| observed.time <= as_of);
    let observations = &post.observations[..known];
    let observed = observations.last();
    if observed.is_none() && post.facts.as_ref().is_none_or(|facts| facts.describe_time > as_of) {
        return None;
    }
    let facts = post.facts.as_ref();
    // A publish time after the view's time contradicts that the post was known then.
    let publish_time = facts.and_then(|facts| facts.publish_time).filter(|published| *published <= as_of);
    let born = publish_time.or_else(|| observations.first().map(|first| first.time));
    let mature = observed
        .zip(born)
        .is_some_and(|(observed, born)| observed.time.as_microsecond() - born.as_microsecond() >= MATURE_DAYS * DAY);
    let mut views_fell = false;
    let mut highest = 0;
    for views in observations.iter().filter_map(|observed| observed.counts.get(PostTerm::Views)) {
        views_fell |= views < highest;
        highest = highest.max(views);
    }
    Some(SeenPost {
        id: &post.id,
        publish_time,
        format: facts.and_then(|facts| facts.format),
        sponsored: facts.and_then(|facts| facts.sponsored),
        detected: facts.and_then(|facts| facts.verdict.sponsored),
        facts,
        observed,
        mature,
        views_fell,
    })
}

/// How far above a count the true one may lie, plus 1: YouTube rounds subscribers down to 3 significant figures, so a count
/// of 1 230 000 stands for 1 230 000 to 1 239 999 and its step is 10 000. A count with more figures was not rounded: 1.
pub fn rounding_step(platform: Platform, term: AccountTerm, count: i64) -> i64 {
    if platform != Platform::Youtube || term != AccountTerm::Followers || count < 1_000 {
        return 1;
    }
    let step = 10_i64.pow(count.ilog10() - 2);
    if count % step == 0 { step } else { 1 }
}

//! Owns numbers made of the counts of posts that are old enough. Never which posts a window holds.

use std::collections::BTreeMap;

use creatorscope_domain::{PostFormat, Window};
use jiff::Timestamp;

use super::{
    DAY, Outcome, View, account,
    arithmetic::{dispersion, has_outliers, mean, quantile, ratio, sorted, sum},
    sampling,
    view::{SeenPost, first},
};
use crate::{
    changepoints,
    definitions::{Definition, Formula, HOUR_SAMPLE, KIND_SAMPLE, LOW_SAMPLE},
    model::{AccountTerm, Flag, Interval, Missing, PostCounts, PostTerm, Term, TermUse},
};

const HOUR: i64 = DAY / 24;
/// Comments are far more than likes from so many times as many, and when they are more than so many.
const COMMENTS_TIMES: i64 = 10;
const COMMENTS_LEAST: i64 = 100;

/// A post whose counts are used.
#[derive(Clone, Copy)]
struct Used<'v, 'a> {
    post: &'v SeenPost<'a>,
    counts: &'a PostCounts,
}

impl Used<'_, '_> {
    /// The sum of those of the terms that are reported.
    fn total(&self, terms: &[PostTerm]) -> i64 {
        terms.iter().filter_map(|term| self.counts.get(*term)).sum()
    }

    fn reports_any(&self, terms: &[PostTerm]) -> bool {
        terms.iter().any(|term| self.counts.get(*term).is_some())
    }
}

pub(super) fn outcome(
    view: &View<'_>,
    definition: &'static Definition,
    window: Window,
    format: Option<PostFormat>,
) -> Outcome {
    let formula = definition.formula;
    let groups = formula.groups();
    let sample = view.sample(window, format);
    let counted: Vec<Used<'_, '_>> = sample
        .posts
        .iter()
        .filter_map(|post| post.observed.map(|observed| Used { post, counts: &observed.counts }))
        .collect();
    let missing = |reason| Outcome { excluded_count: sample.young, ..Outcome::missing(reason) };
    if counted.is_empty() {
        return missing(match (sample.any, sample.young) {
            (false, _) => Missing::NoPostsInWindow,
            (true, 0) => Missing::NotReported,
            (true, _) => Missing::TooFewPosts,
        });
    }
    let used: Vec<Used<'_, '_>> = counted.iter().copied().filter(|post| is_usable(post, formula, &groups)).collect();
    let excluded_count = sample.young + left_out_by_formula(&counted, &used, formula, &groups);
    let (terms, absent_terms) = term_uses(&used, &groups);
    let mut outcome = Outcome {
        sample_size: used.len(),
        excluded_count,
        terms,
        absent_terms,
        ..Outcome::missing(Missing::NotReported)
    };

    // A share of hidden counts needs none that is reported.
    let hides = matches!(formula, Formula::HiddenShare(_)) && !used.is_empty();
    outcome.result = match unreported(&counted, &groups).filter(|_| !hides) {
        Some(reason) => Err(reason),
        None if used.is_empty() => Err(nothing_used(&counted, formula, &groups)),
        None if used.len() < definition.minimum_sample => Err(Missing::TooFewPosts),
        None => compute(view, formula, &used),
    };
    for term in formula.account_terms() {
        match account::reported(view, term) {
            Ok(value) => outcome.terms.push(TermUse { term: term.word(), total: value as f64, reported_count: 1 }),
            Err(_) => outcome.absent_terms.push(term.word()),
        }
    }
    if outcome.result.is_ok() {
        outcome.interval = interval(view, formula, &used);
        outcome.expires_at = expiry(view, formula, format, &used);
    }
    outcome.flags = flags(view, formula, &used, &outcome);
    outcome
}

/// The change of a ratio of sums from the window before to the window.
pub(super) fn ratio_growth(
    view: &View<'_>,
    definition: &'static Definition,
    numerator: &'static [PostTerm],
    denominator: PostTerm,
    window: Window,
    format: Option<PostFormat>,
) -> Outcome {
    let mut outcome = outcome(view, definition, window, format);
    let groups = definition.formula.groups();
    let before: Vec<Used<'_, '_>> = view
        .sample_before(window, format)
        .into_iter()
        .filter_map(|post| post.observed.map(|observed| Used { post, counts: &observed.counts }))
        .filter(|post| is_usable(post, definition.formula, &groups))
        .collect();
    let Ok(now) = outcome.result else { return outcome };
    outcome.interval = None;
    if before.len() < definition.minimum_sample {
        outcome.result = Err(Missing::TooFewPosts);
        return outcome;
    }
    let then = ratio_of_sums(&before, numerator, denominator);
    outcome.result = then.and_then(|then| ratio(now - then, then));
    outcome.expires_at = first([outcome.expires_at, expiry(view, definition.formula, format, &before)].into_iter());
    outcome
}

/// The range that the choice of posts leaves, where the formula has one.
fn interval(view: &View<'_>, formula: Formula, used: &[Used<'_, '_>]) -> Option<Interval> {
    let of_ratio = |used: &[Used<'_, '_>], numerator: &[PostTerm], denominator: PostTerm| {
        sampling::of_ratio(&totals(used, numerator), &values(used, denominator))
    };
    match formula {
        Formula::RatioOfSums { numerator, denominator } => of_ratio(used, numerator, denominator),
        Formula::SponsorshipRatio { numerator, denominator, sponsored } => {
            of_ratio(&of_kind(used, sponsored), numerator, denominator)
        }
        Formula::RatioOfMeans { numerator, denominator } => {
            let both: Vec<Used<'_, '_>> = used
                .iter()
                .copied()
                .filter(|post| post.reports_any(&[numerator]) && post.reports_any(&[denominator]))
                .collect();
            if both.len() == used.len() { of_ratio(&both, &[numerator], denominator) } else { None }
        }
        Formula::MedianOfRatios { numerator, denominator } => {
            sampling::of_quantile(&sorted(ratios(used, numerator, denominator)), 0.5)
        }
        Formula::Mean(term) => sampling::of_mean(&values(used, term)),
        Formula::Quantile(term, probability) => sampling::of_quantile(&floats(&values(used, term)), probability),
        Formula::MeanPerFollower(terms) => {
            let followers = followers(view).ok().filter(|followers| *followers > 0.0)?;
            sampling::of_mean(&totals(used, terms)).map(|range| sampling::scaled(range, 1.0 / followers))
        }
        Formula::MedianPerFollower(term) => {
            let followers = followers(view).ok().filter(|followers| *followers > 0.0)?;
            let range = sampling::of_quantile(&floats(&values(used, term)), 0.5);
            range.map(|range| sampling::scaled(range, 1.0 / followers))
        }
        Formula::DetectedRatio { numerator, denominator } => {
            let part = |sponsored: bool| {
                let posts = of_kind(used, sponsored);
                let error = sampling::error_of_ratio(&totals(&posts, numerator), &values(&posts, denominator))?;
                Some((ratio_of_sums(&posts, numerator, denominator).ok()?, error))
            };
            sampling::of_quotient(part(true)?, part(false)?)
        }
        Formula::HiddenShare(term) => {
            sampling::of_share(used.iter().filter(|post| post.counts.hides(term)).count(), used.len())
        }
        _ => None,
    }
}

/// When the first of what a value is made of may no longer be shown: counts; followers; and descriptions, where more of them is
/// used than the publish time.
fn expiry(view: &View<'_>, formula: Formula, format: Option<PostFormat>, used: &[Used<'_, '_>]) -> Option<Timestamp> {
    let described = format.is_some() || formula.reads_sponsorship();
    let posts = used.iter().flat_map(|used| {
        let description = if described { view.description_expiry(used.post) } else { None };
        [view.counts_expiry(used.post), description]
    });
    let account = formula.account_terms().into_iter().filter_map(|term| view.latest(term));
    first(posts.chain(account.map(|observed| view.expiry(observed))))
}

/// The posts that are, or are not, sponsored as detected.
fn of_kind<'v, 'a>(used: &[Used<'v, 'a>], sponsored: bool) -> Vec<Used<'v, 'a>> {
    used.iter().copied().filter(|post| post.post.detected == Some(sponsored)).collect()
}

/// Whether a post can be part of the sample of a formula.
fn is_usable(post: &Used<'_, '_>, formula: Formula, groups: &[Vec<PostTerm>]) -> bool {
    let reports_all = || groups.iter().all(|group| post.reports_any(group));
    match formula {
        Formula::RatioOfMeans { .. } => groups.iter().any(|group| post.reports_any(group)),
        Formula::MedianOfRatios { denominator, .. } => reports_all() && post.counts.get(denominator) != Some(0),
        Formula::BestHour(_) => reports_all() && post.post.publish_time.is_some(),
        Formula::SponsoredRatio { .. } => reports_all() && post.post.sponsored.is_some(),
        Formula::DetectedRatio { .. } => reports_all() && post.post.detected.is_some(),
        Formula::SponsorshipRatio { sponsored, .. } => reports_all() && post.post.detected == Some(sponsored),
        Formula::HiddenShare(term) => post.counts.hides(term) || reports_all(),
        _ => reports_all(),
    }
}

/// How many posts report all that is needed and are left out by an exclusion of the definition's own.
fn left_out_by_formula(
    counted: &[Used<'_, '_>],
    used: &[Used<'_, '_>],
    formula: Formula,
    groups: &[Vec<PostTerm>],
) -> usize {
    match formula {
        Formula::MedianOfRatios { .. }
        | Formula::BestHour(_)
        | Formula::SponsoredRatio { .. }
        | Formula::DetectedRatio { .. }
        | Formula::SponsorshipRatio { .. } => {
            let reporting = counted.iter().filter(|post| groups.iter().all(|group| post.reports_any(group)));
            reporting.count() - used.len()
        }
        _ => 0,
    }
}

/// Why there is no value when a group of terms is reported by no post: hidden when one hides it.
fn unreported(counted: &[Used<'_, '_>], groups: &[Vec<PostTerm>]) -> Option<Missing> {
    let group = groups.iter().find(|group| !counted.iter().any(|post| post.reports_any(group)))?;
    let hidden = counted.iter().any(|post| group.iter().any(|term| post.counts.hides(*term)));
    Some(if hidden { Missing::Hidden } else { Missing::NotReported })
}

/// Why there is no value when each group is reported but no post can be used.
fn nothing_used(counted: &[Used<'_, '_>], formula: Formula, groups: &[Vec<PostTerm>]) -> Missing {
    let together = counted.iter().any(|post| groups.iter().all(|group| post.reports_any(group)));
    match formula {
        Formula::MedianOfRatios { .. } if together => Missing::ZeroDenominator,
        // Whether they are sponsored is known of some: none of the kind is a sample that is too small.
        Formula::SponsorshipRatio { .. } if counted.iter().any(|post| post.post.detected.is_some()) => {
            Missing::TooFewPosts
        }
        _ => Missing::NotReported,
    }
}

fn term_uses(used: &[Used<'_, '_>], groups: &[Vec<PostTerm>]) -> (Vec<TermUse>, Vec<&'static str>) {
    let (mut uses, mut absent) = (Vec::new(), Vec::new());
    for term in groups.iter().flatten() {
        let values = values(used, *term);
        if values.is_empty() {
            absent.push(term.word());
        } else {
            uses.push(TermUse { term: term.word(), total: sum(&values), reported_count: values.len() });
        }
    }
    (uses, absent)
}

fn values(used: &[Used<'_, '_>], term: PostTerm) -> Vec<i64> {
    used.iter().filter_map(|post| post.counts.get(term)).collect()
}

fn totals(used: &[Used<'_, '_>], terms: &[PostTerm]) -> Vec<i64> {
    used.iter().map(|post| post.total(terms)).collect()
}

fn floats(values: &[i64]) -> Vec<f64> {
    sorted(values.iter().map(|value| *value as f64).collect())
}

fn compute(view: &View<'_>, formula: Formula, used: &[Used<'_, '_>]) -> Result<f64, Missing> {
    match formula {
        Formula::RatioOfSums { numerator, denominator }
        | Formula::RatioGrowth { numerator, denominator }
        | Formula::SponsorshipRatio { numerator, denominator, .. } => ratio_of_sums(used, numerator, denominator),
        Formula::HiddenShare(term) => {
            let hidden = used.iter().filter(|post| post.counts.hides(term)).count();
            Ok(hidden as f64 / used.len() as f64)
        }
        Formula::Price => Ok(quantile(&floats(&values(used, PostTerm::Views)), 0.5)),
        Formula::DetectedRatio { numerator, denominator } => {
            let (sponsored, organic) = (of_kind(used, true), of_kind(used, false));
            if sponsored.len().min(organic.len()) < KIND_SAMPLE {
                return Err(Missing::TooFewPosts);
            }
            let above = ratio_of_sums(&sponsored, numerator, denominator)?;
            ratio(above, ratio_of_sums(&organic, numerator, denominator)?)
        }
        Formula::RatioOfMeans { numerator, denominator } => {
            ratio(mean(&values(used, numerator)), mean(&values(used, denominator)))
        }
        Formula::MedianOfRatios { numerator, denominator } => {
            Ok(quantile(&sorted(ratios(used, numerator, denominator)), 0.5))
        }
        Formula::MeanPerFollower(terms) => ratio(mean(&totals(used, terms)), followers(view)?),
        Formula::MedianPerFollower(term) => ratio(quantile(&floats(&values(used, term)), 0.5), followers(view)?),
        Formula::Mean(term) => Ok(mean(&values(used, term))),
        Formula::Quantile(term, probability) => Ok(quantile(&floats(&values(used, term)), probability)),
        Formula::Dispersion(term) => dispersion(&values(used, term)),
        Formula::Consistency(term) => dispersion(&values(used, term)).map(|spread| 100.0 / (1.0 + spread)),
        Formula::BestHour(term) => best_hour(used, term),
        Formula::SponsoredRatio { numerator, denominator } => {
            let (sponsored, organic): (Vec<_>, Vec<_>) =
                used.iter().partition(|post| post.post.sponsored == Some(true));
            if sponsored.is_empty() || organic.is_empty() {
                return Err(Missing::TooFewPosts);
            }
            let above = ratio_of_sums(&sponsored, numerator, denominator)?;
            ratio(above, ratio_of_sums(&organic, numerator, denominator)?)
        }
        // These are not made of the counts of posts; `evaluate` sends them elsewhere.
        Formula::SponsoredShare
        | Formula::DetectedShare
        | Formula::Posts
        | Formula::PostsPerWeek
        | Formula::DaysSinceLastPost
        | Formula::Latest(_)
        | Formula::AccountRatio { .. }
        | Formula::Growth(_) => Err(Missing::NotReported),
    }
}

fn ratio_of_sums(used: &[Used<'_, '_>], numerator: &[PostTerm], denominator: PostTerm) -> Result<f64, Missing> {
    ratio(sum(&totals(used, numerator)), sum(&values(used, denominator)))
}

/// Each post's ratio, of posts with a denominator above 0.
fn ratios(used: &[Used<'_, '_>], numerator: &[PostTerm], denominator: PostTerm) -> Vec<f64> {
    let of_post = |post: &Used<'_, '_>| {
        let below = post.counts.get(denominator).filter(|below| *below > 0)?;
        Some(post.total(numerator) as f64 / below as f64)
    };
    used.iter().filter_map(of_post).collect()
}

fn followers(view: &View<'_>) -> Result<f64, Missing> {
    account::reported(view, AccountTerm::Followers).map(|followers| followers as f64)
}

fn best_hour(used: &[Used<'_, '_>], term: PostTerm) -> Result<f64, Missing> {
    let mut hours: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for post in used {
        if let (Some(published), Some(value)) = (post.post.publish_time, post.counts.get(term)) {
            hours.entry(published.as_microsecond().rem_euclid(DAY) / HOUR).or_default().push(value);
        }
    }
    let mut best: Option<(i64, f64)> = None;
    for (hour, values) in hours {
        let median = quantile(&floats(&values), 0.5);
        if values.len() >= HOUR_SAMPLE && best.is_none_or(|(_, highest)| median > highest) {
            best = Some((hour, median));
        }
    }
    best.map(|(hour, _)| hour as f64).ok_or(Missing::TooFewPosts)
}

fn flags(view: &View<'_>, formula: Formula, used: &[Used<'_, '_>], outcome: &Outcome) -> Vec<Flag> {
    let mut flags = Vec::new();
    if used.is_empty() {
        return flags;
    }
    if used.len() < LOW_SAMPLE {
        flags.push(Flag::LowSample);
    }
    let posts = |part: &TermUse| formula.groups().iter().flatten().any(|term| term.word() == part.term);
    let partly = |part: &TermUse| posts(part) && part.reported_count < used.len();
    if !outcome.absent_terms.is_empty() || outcome.terms.iter().any(partly) {
        flags.push(Flag::PartialTerms);
    }
    if has_outliers(per_post_values(formula, used)) {
        flags.push(Flag::Outliers);
    }
    let over = |above: PostTerm, below: PostTerm, times: i64, least: i64| {
        used.iter().any(|post| {
            let both = post.counts.get(above).zip(post.counts.get(below));
            both.is_some_and(|(above, below)| above > least && above > below.saturating_mul(times))
        })
    };
    let uses = |term: PostTerm| formula.groups().iter().flatten().any(|used| *used == term);
    if uses(PostTerm::Likes) && over(PostTerm::Likes, PostTerm::Views, 1, 0) {
        flags.push(Flag::AnomalyLikesOverViews);
    }
    if uses(PostTerm::Comments) && over(PostTerm::Comments, PostTerm::Likes, COMMENTS_TIMES, COMMENTS_LEAST) {
        flags.push(Flag::AnomalyCommentsOverLikes);
    }
    if uses(PostTerm::Views) {
        if used.iter().any(|post| post.post.views_fell) {
            flags.push(Flag::Recounted);
        }
        if spans_changepoint(view, used) {
            flags.push(Flag::AcrossChangepoint);
        }
    }
    flags
}

/// What each post adds, for the search of outliers.
fn per_post_values(formula: Formula, used: &[Used<'_, '_>]) -> Vec<f64> {
    match formula {
        Formula::RatioOfSums { numerator, denominator }
        | Formula::MedianOfRatios { numerator, denominator }
        | Formula::SponsoredRatio { numerator, denominator }
        | Formula::DetectedRatio { numerator, denominator }
        | Formula::RatioGrowth { numerator, denominator }
        | Formula::SponsorshipRatio { numerator, denominator, .. } => ratios(used, numerator, denominator),
        Formula::RatioOfMeans { numerator, denominator } => ratios(used, &[numerator], denominator),
        Formula::MeanPerFollower(terms) => floats(&totals(used, terms)),
        Formula::MedianPerFollower(term)
        | Formula::Mean(term)
        | Formula::Quantile(term, _)
        | Formula::Dispersion(term)
        | Formula::Consistency(term)
        | Formula::BestHour(term) => floats(&values(used, term)),
        Formula::Price => floats(&values(used, PostTerm::Views)),
        _ => Vec::new(),
    }
}

/// Whether the meaning of views changed between the first publishing and the last reading of the sample's posts, of those
/// whose form the change is about.
fn spans_changepoint(view: &View<'_>, used: &[Used<'_, '_>]) -> bool {
    changepoints::of(view.platform(), PostTerm::Views).any(|changepoint| {
        let concerned =
            || used.iter().filter(|post| changepoint.format.is_none() || post.post.format == changepoint.format);
        let read = || concerned().filter_map(|post| post.post.observed).map(|observed| observed.time);
        let first = concerned().filter_map(|post| post.post.publish_time).chain(read()).min();
        first.zip(read().max()).is_some_and(|(first, last)| changepoint.lies_in(first, last))
    })
}

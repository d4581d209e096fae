//! Owns numbers made of the counts of posts that are old enough. Never which posts a window holds.

use std::collections::BTreeMap;

use creatorscope_domain::{PostFormat, Window};

use super::{
    DAY, Outcome, View, account,
    arithmetic::{dispersion, has_outliers, mean, quantile, ratio, sorted, sum},
    view::SeenPost,
};
use crate::{
    changepoints,
    definitions::{Definition, Formula, HOUR_SAMPLE, LOW_SAMPLE},
    model::{AccountTerm, Flag, Missing, PostCounts, PostTerm, Term, TermUse},
};

const HOUR: i64 = DAY / 24;

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

    outcome.result = match unreported(&counted, &groups) {
        Some(reason) => Err(reason),
        None if used.is_empty() => Err(nothing_used(&counted, formula, &groups)),
        None if used.len() < definition.minimum_sample => Err(Missing::TooFewPosts),
        None => compute(view, formula, &used),
    };
    if let Some(term) = formula.account_term() {
        match account::reported(view, term) {
            Ok(value) => outcome.terms.push(TermUse { term: term.word(), total: value as f64, reported_count: 1 }),
            Err(_) => outcome.absent_terms.push(term.word()),
        }
    }
    outcome.flags = flags(view, formula, &used, &outcome);
    outcome
}

/// Whether a post can be part of the sample of a formula.
fn is_usable(post: &Used<'_, '_>, formula: Formula, groups: &[Vec<PostTerm>]) -> bool {
    let reports_all = || groups.iter().all(|group| post.reports_any(group));
    match formula {
        Formula::RatioOfMeans { .. } => groups.iter().any(|group| post.reports_any(group)),
        Formula::MedianOfRatios { denominator, .. } => reports_all() && post.counts.get(denominator) != Some(0),
        Formula::BestHour(_) => reports_all() && post.post.publish_time.is_some(),
        Formula::SponsoredRatio { .. } => reports_all() && post.post.sponsored.is_some(),
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
        Formula::MedianOfRatios { .. } | Formula::BestHour(_) | Formula::SponsoredRatio { .. } => {
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
        Formula::RatioOfSums { numerator, denominator } => ratio_of_sums(used, numerator, denominator),
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
        | Formula::Posts
        | Formula::PostsPerWeek
        | Formula::DaysSinceLastPost
        | Formula::Latest(_)
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
    if formula.groups().iter().flatten().any(|term| *term == PostTerm::Views) {
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
        | Formula::SponsoredRatio { numerator, denominator } => ratios(used, numerator, denominator),
        Formula::RatioOfMeans { numerator, denominator } => ratios(used, &[numerator], denominator),
        Formula::MeanPerFollower(terms) => floats(&totals(used, terms)),
        Formula::MedianPerFollower(term)
        | Formula::Mean(term)
        | Formula::Quantile(term, _)
        | Formula::Dispersion(term)
        | Formula::Consistency(term)
        | Formula::BestHour(term) => floats(&values(used, term)),
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

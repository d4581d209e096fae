//! Owns the evaluation of a definition over a creator's history. Never I/O, and no definition of its own: what is computed
//! stands in the registry.

mod account;
mod arithmetic;
mod frequency;
mod per_post;
mod price;
mod sampling;
mod sponsored;
mod values;
mod view;

#[cfg(test)]
mod added_tests;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use creatorscope_domain::{PostFormat, Window};
use jiff::Timestamp;

pub(crate) use self::arithmetic::quantile;
pub use self::{
    values::values,
    view::{View, rounding_step},
};
use crate::{
    definitions::{Definition, Formula},
    model::{CreatorHistory, Explanation, Flag, Interval, Metric, Missing, TermUse},
};

/// Microseconds of a day of 24 hours.
pub(crate) const DAY: i64 = 86_400_000_000;

/// What a formula makes of a view; the rest of a metric is the same for all.
#[derive(Debug)]
struct Outcome {
    result: Result<f64, Missing>,
    sample_size: usize,
    excluded_count: usize,
    terms: Vec<TermUse>,
    absent_terms: Vec<&'static str>,
    interval: Option<Interval>,
    flags: Vec<Flag>,
    expires_at: Option<Timestamp>,
    explanations: Vec<Explanation>,
}

impl Outcome {
    fn missing(reason: Missing) -> Self {
        Self {
            result: Err(reason),
            sample_size: 0,
            excluded_count: 0,
            terms: Vec::new(),
            absent_terms: Vec::new(),
            interval: None,
            flags: Vec::new(),
            expires_at: None,
            explanations: Vec::new(),
        }
    }

    fn value(value: f64, sample_size: usize) -> Self {
        Self { result: Ok(value), sample_size, ..Self::missing(Missing::NotReported) }
    }
}

/// Computes one number of a view. It depends on nothing else: neither on the wall clock nor on the order in which the
/// observations arrived. A form of post is ignored by definitions that are not about posts.
pub fn metric(view: &View<'_>, definition: &'static Definition, window: Window, format: Option<PostFormat>) -> Metric {
    let format = format.filter(|_| definition.formula.is_about_posts());
    let outcome = match definition.formula {
        Formula::Posts => frequency::posts(view, window, format),
        Formula::PostsPerWeek => frequency::posts_per_week(view, window, format),
        Formula::DaysSinceLastPost => frequency::days_since_last_post(view, format),
        Formula::SponsoredShare => sponsored::marked_share(view, window, format),
        Formula::DetectedShare => sponsored::detected_share(view, window, format),
        Formula::Latest(term) => account::latest(view, term),
        Formula::AccountRatio { numerator, denominator } => account::latest_ratio(view, numerator, denominator),
        Formula::Growth(term) => account::growth(view, term, window),
        Formula::RatioGrowth { numerator, denominator } => {
            per_post::ratio_growth(view, definition, numerator, denominator, window, format)
        }
        Formula::Price => price::per_post(view, definition, window, format),
        _ => per_post::outcome(view, definition, window, format),
    };
    let result = outcome.result.map_err(|reason| view.why_missing(reason, definition.formula, window));
    let mut flags = outcome.flags;
    if definition.is_engagement_rate() && outcome.result.is_ok_and(|value| value > 1.0) {
        flags.push(Flag::AnomalyErOverOne);
    }
    if view.synthetic() {
        flags.push(Flag::Synthetic);
    }
    flags.sort_unstable();
    flags.dedup();
    Metric {
        definition,
        window,
        format,
        // An overflow to infinity would need counts beyond any platform's; such a sum says nothing.
        result: result.and_then(|value| if value.is_finite() { Ok(value) } else { Err(Missing::NotReported) }),
        sample_size: outcome.sample_size,
        excluded_count: outcome.excluded_count,
        terms: outcome.terms,
        absent_terms: outcome.absent_terms,
        as_of: view.as_of(),
        interval: outcome.interval,
        flags,
        expires_at: outcome.expires_at.filter(|_| result.is_ok()),
        explanations: outcome.explanations,
    }
}

/// Computes one number of a history as of a time; none when nothing was observed until then.
pub fn evaluate(
    history: &CreatorHistory,
    definition: &'static Definition,
    window: Window,
    format: Option<PostFormat>,
    until: Option<Timestamp>,
) -> Option<Metric> {
    View::at(history, until).map(|view| metric(&view, definition, window, format))
}

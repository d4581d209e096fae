//! Owns what a post of a creator may cost, from its expected views and the price of thousand views. Never a band's numbers.

use creatorscope_domain::{PostFormat, Window};

use super::{Outcome, View, per_post};
use crate::{
    definitions::Definition,
    model::{Explanation, Interval},
    price::{self, Cpm},
};

/// How the range is found.
const METHOD: &str = "CPM band";
/// Views of an average post for each follower below which they are few and from which they are many: the quarters between
/// which half of the accounts lie is not published, so these are the tenth and the whole of the audience.
const FEW: f64 = 0.1;
const MANY: f64 = 1.0;

pub(super) fn per_post(
    view: &View<'_>,
    definition: &'static Definition,
    window: Window,
    format: Option<PostFormat>,
) -> Outcome {
    // The result of the formula over posts is the expected views: their median.
    let mut outcome = per_post::outcome(view, definition, window, format);
    let Ok(views) = outcome.result else { return outcome };
    let Some(cpm) = price::cpm(view.platform(), format) else { return outcome };
    let cents = |cpm: f64| cpm * views / 1_000.0;
    outcome.result = Ok(cents(cpm.typical));
    // The share of cases in which the band holds is not known; it is not a bound either.
    outcome.interval =
        Some(Interval { low: cents(cpm.low()), high: cents(cpm.high()), confidence: 0.0, method: METHOD });
    outcome.explanations = explanations(view, cpm, views, outcome.sample_size);
    outcome
}

fn explanations(view: &View<'_>, cpm: &Cpm, views: f64, posts: usize) -> Vec<Explanation> {
    let dollars = |cents: f64| format!("{:.2} {}", cents / 100.0, price::CURRENCY);
    let reach = view.followers().filter(|followers| *followers > 0).map(|followers| views / followers as f64);
    let level = match reach {
        Some(reach) if reach < FEW => "low",
        Some(reach) if reach >= MANY => "high",
        Some(_) => "typical",
        None => "",
    };
    let beside = reach.map_or_else(
        || "followers are not known".to_owned(),
        |reach| format!("{reach:.3} for each follower; below {FEW} is low, from {MANY} high"),
    );
    vec![
        Explanation {
            factor: "expected_views",
            level,
            description: format!("{views:.0} views, the median of {posts} posts; {beside}"),
        },
        Explanation {
            factor: "cpm",
            level: "typical",
            description: format!(
                "{} for thousand views, {} to {}; {}; band: {}",
                dollars(cpm.typical),
                dollars(cpm.low()),
                dollars(cpm.high()),
                cpm.reference,
                price::BAND_REFERENCE
            ),
        },
    ]
}

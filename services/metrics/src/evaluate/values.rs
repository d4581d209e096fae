//! Owns values without what they were made of, for many creators: samples are taken once a window, and a column once a term.
//! Never a formula of its own: every value is that of [`metric`], to the bit.

use creatorscope_domain::Window;

use super::{
    View, account,
    arithmetic::{dispersion, mean, quantile, ratio, sorted},
    metric,
    view::SeenPost,
};
use crate::{
    definitions::{Definition, Formula},
    model::{AccountTerm, Missing, PostTerm, Term},
    selection::Pick,
};

const TERMS: usize = 6;

/// The values of numbers over all posts together, in their order; NaN where there is none.
pub fn values(view: &View<'_>, picks: &[Pick], row: &mut Vec<f64>) {
    let mut samples: Vec<Sample> = Vec::new();
    for pick in picks {
        let value = if pick.format.is_none() && has_columns(pick.definition.formula) {
            let known = samples.iter().position(|sample| sample.window == pick.window);
            let place = known.unwrap_or_else(|| {
                samples.push(Sample::take(view, pick.window));
                samples.len() - 1
            });
            samples[place].value(view, pick.definition).unwrap_or(f64::NAN)
        } else {
            metric(view, pick.definition, pick.window, pick.format).result.unwrap_or(f64::NAN)
        };
        row.push(if value.is_finite() { value } else { f64::NAN });
    }
}

/// Whether the formula is computed here from columns.
fn has_columns(formula: Formula) -> bool {
    matches!(
        formula,
        Formula::RatioOfSums { .. }
            | Formula::RatioOfMeans { .. }
            | Formula::MedianOfRatios { .. }
            | Formula::MeanPerFollower(_)
            | Formula::MedianPerFollower(_)
            | Formula::Mean(_)
            | Formula::Quantile(..)
            | Formula::Dispersion(_)
            | Formula::Consistency(_)
    )
}

/// The counts of the posts of a window that per-post numbers are made of.
struct Sample {
    window: Window,
    /// One row a post, in the order of terms.
    rows: Vec<[Option<i64>; TERMS]>,
    /// The values of a term in rising order, once they were needed.
    rising: [Option<Vec<f64>>; TERMS],
}

impl Sample {
    fn take(view: &View<'_>, window: Window) -> Self {
        let posts = view.sample(window, None).posts;
        let row = |post: &&SeenPost<'_>| {
            let observed = post.observed?;
            let mut row = [None; TERMS];
            for term in PostTerm::ALL {
                row[term.index()] = observed.counts.get(*term);
            }
            Some(row)
        };
        Self { window, rows: posts.iter().filter_map(row).collect(), rising: Default::default() }
    }

    fn value(&mut self, view: &View<'_>, definition: &Definition) -> Result<f64, Missing> {
        let least = definition.minimum_sample;
        match definition.formula {
            Formula::RatioOfSums { numerator, denominator } => {
                let (used, above, below) = self.sums(numerator, denominator);
                enough(used, least)?;
                ratio(above as f64, below as f64)
            }
            Formula::RatioOfMeans { numerator, denominator } => {
                let either = |row: &&[Option<i64>; TERMS]| {
                    row[numerator.index()].is_some() || row[denominator.index()].is_some()
                };
                enough(self.rows.iter().filter(either).count(), least)?;
                let (above, below) = (self.column(numerator), self.column(denominator));
                enough(above.len().min(below.len()), 1)?;
                ratio(mean(&above), mean(&below))
            }
            Formula::MedianOfRatios { numerator, denominator } => {
                let ratios = self.ratios(numerator, denominator);
                enough(ratios.len(), least)?;
                Ok(quantile(&sorted(ratios), 0.5))
            }
            Formula::MeanPerFollower(terms) => {
                let totals: Vec<i64> = self.rows.iter().filter_map(|row| total(row, terms)).collect();
                enough(totals.len(), least)?;
                ratio(mean(&totals), followers(view)?)
            }
            Formula::MedianPerFollower(term) => {
                let rising = self.rising(term);
                enough(rising.len(), least)?;
                ratio(quantile(rising, 0.5), followers(view)?)
            }
            Formula::Mean(term) => {
                let column = self.column(term);
                enough(column.len(), least)?;
                Ok(mean(&column))
            }
            Formula::Quantile(term, probability) => {
                let rising = self.rising(term);
                enough(rising.len(), least)?;
                Ok(quantile(rising, probability))
            }
            Formula::Dispersion(term) => self.dispersion(term, least),
            Formula::Consistency(term) => self.dispersion(term, least).map(|spread| 100.0 / (1.0 + spread)),
            // `has_columns` sends the others elsewhere.
            _ => Err(Missing::NotReported),
        }
    }

    /// Posts that report the denominator and a term of the numerator, and what both add up to. Counts have 15 digits at most,
    /// so that the sum over all posts of an account fits.
    fn sums(&self, numerator: &[PostTerm], denominator: PostTerm) -> (usize, i128, i128) {
        let (mut used, mut above, mut below) = (0, 0_i128, 0_i128);
        for row in &self.rows {
            if let (Some(total), Some(part)) = (total(row, numerator), row[denominator.index()]) {
                used += 1;
                above += i128::from(total);
                below += i128::from(part);
            }
        }
        (used, above, below)
    }

    fn ratios(&self, numerator: &[PostTerm], denominator: PostTerm) -> Vec<f64> {
        let of_post = |row: &[Option<i64>; TERMS]| {
            let below = row[denominator.index()].filter(|below| *below > 0)?;
            Some(total(row, numerator)? as f64 / below as f64)
        };
        self.rows.iter().filter_map(of_post).collect()
    }

    fn column(&self, term: PostTerm) -> Vec<i64> {
        self.rows.iter().filter_map(|row| row[term.index()]).collect()
    }

    fn rising(&mut self, term: PostTerm) -> &[f64] {
        let rows = &self.rows;
        self.rising[term.index()].get_or_insert_with(|| {
            sorted(rows.iter().filter_map(|row| row[term.index()]).map(|value| value as f64).collect())
        })
    }

    fn dispersion(&self, term: PostTerm, least: usize) -> Result<f64, Missing> {
        let column = self.column(term);
        enough(column.len(), least)?;
        dispersion(&column)
    }
}

/// Why there is no value of too few posts does not matter here.
fn enough(used: usize, least: usize) -> Result<(), Missing> {
    if used < least.max(1) { Err(Missing::TooFewPosts) } else { Ok(()) }
}

/// The sum of those of the terms that are reported; none when none is.
fn total(row: &[Option<i64>; TERMS], terms: &[PostTerm]) -> Option<i64> {
    let mut found = None;
    for value in terms.iter().filter_map(|term| row[term.index()]) {
        found = Some(found.unwrap_or(0) + value);
    }
    found
}

fn followers(view: &View<'_>) -> Result<f64, Missing> {
    account::reported(view, AccountTerm::Followers).map(|followers| followers as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        definitions::DEFINITIONS,
        model::PostHistory,
        testing::{account, history, post},
    };

    fn posts() -> impl Strategy<Value = Vec<PostHistory>> {
        let count = || prop_oneof![3 => 0..5_000_i64, 1 => Just(-1), 1 => Just(-2), 1 => Just(0)];
        let one = (-200.0..100.0_f64, 0.0..30.0_f64, [count(), count(), count(), count(), count()]);
        prop::collection::vec(one, 0..40).prop_map(|posts| {
            let numbered = posts.into_iter().enumerate();
            numbered
                .map(|(id, (published, age, values))| post(&format!("{id}"), published, published + age, values))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn every_value_is_that_of_the_whole_metric_to_the_bit(posts in posts(), followers in -2..5_000_i64) {
            let history = history("tiktok", posts, vec![account(99.0, followers, 7)]);
            let view = View::at(&history, None).expect("observed");
            for definition in DEFINITIONS {
                for window in definition.windows {
                    let pick = Pick { definition, window: *window, format: None };
                    let expected = metric(&view, definition, *window, None).result.unwrap_or(f64::NAN);
                    let mut found = Vec::new();
                    // The second reads what the first has left.
                    values(&view, &[pick, pick], &mut found);
                    let bits: Vec<u64> = found.iter().map(|value| value.to_bits()).collect();
                    prop_assert_eq!(bits, vec![expected.to_bits(); 2], "{} {}", definition.name(), window);
                }
            }
        }
    }
}

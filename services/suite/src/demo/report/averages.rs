//! Owns the averages of a cohort, made of the metrics that the service answers creator by creator. Never a default for a value
//! that is missing.

use anyhow::Context;
use creatorscope_domain::{Platform, Tier};
use creatorscope_kit::transport::Transport;
use creatorscope_proto::{
    common::v1::{MetricValue, metric_value::Result as Outcome},
    discovery::v1::{Creator, SearchCreatorsRequest, discovery_service_client::DiscoveryServiceClient},
};
use serde::Serialize;

/// Creators in a page.
const PAGE: i32 = 1_000;

/// One definition over all creators of a cohort.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Average {
    /// The platform.
    pub(super) platform: Platform,
    /// The tier.
    pub(super) tier: Tier,
    /// The definition without its version.
    pub(super) definition: &'static str,
    /// Mean over the creators with a value, in the definition's unit; none without any.
    pub(super) mean: Option<f64>,
    /// Median over the same.
    pub(super) median: Option<f64>,
    /// Creators with a value.
    pub(super) sample_size: usize,
    /// Creators without one.
    pub(super) missing: usize,
}

/// The averages of a cohort and the name of one of its creators.
pub(super) struct Found {
    pub(super) averages: Vec<Average>,
    pub(super) example: Option<String>,
}

/// Pages through the synthetic creators of the cohort and averages their metrics.
pub(super) async fn ask(
    client: &mut DiscoveryServiceClient<Transport>,
    platform: Platform,
    tier: Tier,
    definitions: &[&'static str],
    tokens: &[String],
) -> anyhow::Result<Found> {
    let mut values = vec![Values::default(); definitions.len()];
    let mut example = None;
    let mut page_token = String::new();
    loop {
        let request = SearchCreatorsRequest {
            filter: format!("platform = {platform} AND tier = {tier} AND synthetic = true"),
            page_size: PAGE,
            page_token,
            read_mask: Some(prost_types::FieldMask { paths: vec!["name".to_owned(), "metrics".to_owned()] }),
            read_after: tokens.to_vec(),
            ..SearchCreatorsRequest::default()
        };
        let page = client.search_creators(request).await.context("asking for the creators of a cohort")?.into_inner();
        for creator in &page.creators {
            for (definition, values) in definitions.iter().zip(&mut values) {
                values.add(value_of(creator, definition));
            }
        }
        example = example.or_else(|| page.creators.first().map(|creator| creator.name.clone()));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let averages =
        definitions.iter().zip(values).map(|(definition, values)| values.average(platform, tier, definition));
    Ok(Found { averages: averages.collect(), example })
}

/// The creator's value of a definition; none when it is missing.
fn value_of(creator: &Creator, definition: &str) -> Option<f64> {
    let id = |metric: &&MetricValue| metric.definition.split('@').next() == Some(definition);
    match creator.metrics.iter().find(id)?.result {
        Some(Outcome::Value(value)) => Some(value),
        Some(Outcome::Missing(_)) | None => None,
    }
}

#[derive(Debug, Clone, Default)]
struct Values {
    known: Vec<f64>,
    missing: usize,
}

impl Values {
    fn add(&mut self, value: Option<f64>) {
        match value {
            Some(value) => self.known.push(value),
            None => self.missing += 1,
        }
    }

    fn average(mut self, platform: Platform, tier: Tier, definition: &'static str) -> Average {
        self.known.sort_unstable_by(f64::total_cmp);
        let sample_size = self.known.len();
        let mean = (sample_size > 0).then(|| self.known.iter().sum::<f64>() / sample_size as f64);
        Average { platform, tier, definition, mean, median: median(&self.known), sample_size, missing: self.missing }
    }
}

/// The middle of sorted values; of the two middle ones the mean.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 { Some(upper) } else { Some(f64::midpoint(sorted[middle - 1], upper)) }
}

#[cfg(test)]
mod tests {
    use creatorscope_proto::common::v1::MissingReason;

    use super::*;

    fn creator(definition: &str, result: Outcome) -> Creator {
        let metric = MetricValue { definition: definition.to_owned(), result: Some(result), ..MetricValue::default() };
        Creator { metrics: vec![metric], ..Creator::default() }
    }

    #[test]
    fn a_missing_value_is_counted_and_not_averaged() {
        let creators = [
            creator("er.views@1", Outcome::Value(0.02)),
            creator("er.views@1", Outcome::Missing(MissingReason::TooFewPosts.into())),
            creator("er.views.median@1", Outcome::Value(9.0)),
            creator("er.views@1", Outcome::Value(0.04)),
        ];
        let mut values = Values::default();
        for creator in &creators {
            values.add(value_of(creator, "er.views"));
        }
        let average = values.average(Platform::Youtube, Tier::Micro, "er.views");
        assert!(average.mean.is_some_and(|mean| (mean - 0.03).abs() < 1e-12));
        assert!(average.median.is_some_and(|median| (median - 0.03).abs() < 1e-12));
        assert_eq!((average.sample_size, average.missing), (2, 2));
    }

    #[test]
    fn a_cohort_without_values_has_no_average() {
        let average = Values::default().average(Platform::Tiktok, Tier::Nano, "views.mean");
        assert_eq!((average.mean, average.median, average.sample_size), (None, None, 0));
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(median(&[1.0, 5.0, 9.0]), Some(5.0));
        assert_eq!(median(&[1.0, 5.0]), Some(3.0));
        assert_eq!(median(&[]), None);
    }
}

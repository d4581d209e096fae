//! Owns the averages of cohorts as the service answers them. Never a figure of its own, and no default for one that is missing.

use anyhow::{Context, bail};
use creatorscope_domain::{Platform, Tier};
use creatorscope_kit::{fault::Code, transport::Transport};
use creatorscope_proto::metrics::v1::{
    Benchmark, Cohort, CompareCohortsRequest, metrics_service_client::MetricsServiceClient,
};
use serde::Serialize;

/// One definition over all creators of a cohort.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Average {
    /// The platform.
    pub(super) platform: Platform,
    /// The tier that was asked for.
    pub(super) tier: Tier,
    /// The definition without its version.
    pub(super) definition: String,
    /// Mean over the creators with a value, in the definition's unit; none without any.
    pub(super) mean: Option<f64>,
    /// The ends of the range that holds the true mean in 95 of 100 cases; none for fewer than two values.
    pub(super) mean_interval: Option<(f64, f64)>,
    /// The 10th, 50th and 90th percentile over the same.
    pub(super) percentiles: [Option<f64>; 3],
    /// Creators with a value.
    pub(super) sample_size: i32,
    /// Whether a wider cohort was taken, because this one has fewer than 200 creators with a value.
    pub(super) widened: bool,
}

/// Asks for the benchmarks of tiers on their platforms in one call. The answers show all changes behind `tokens`. Errors: the
/// service does not answer, or waits for its values longer than `waits` times.
pub(super) async fn ask(
    transport: Transport,
    cohorts: &[(Platform, Tier)],
    definitions: &[&str],
    tokens: Vec<String>,
    waits: u32,
) -> anyhow::Result<Vec<Average>> {
    let cohort = |(platform, tier): &(Platform, Tier)| Cohort {
        platform: platform.number(),
        tier: tier.number(),
        ..Cohort::default()
    };
    let request = CompareCohortsRequest {
        cohorts: cohorts.iter().map(cohort).collect(),
        definitions: definitions.iter().map(|id| (*id).to_owned()).collect(),
        read_after: tokens,
        ..CompareCohortsRequest::default()
    };
    let mut client = MetricsServiceClient::new(transport);
    for _ in 0..waits {
        match client.compare_cohorts(request.clone()).await {
            Ok(answer) => {
                let entries = answer.into_inner().entries.into_iter().zip(cohorts);
                let averages = entries.flat_map(|(entry, cohort)| {
                    entry.benchmarks.into_iter().map(move |benchmark| average(*cohort, benchmark))
                });
                return Ok(averages.collect());
            }
            Err(status) if status.code() == Code::DeadlineExceeded => {
                super::console::note("computing the metrics …");
            }
            Err(status) => return Err(status).context("asking for the averages of cohorts"),
        }
    }
    bail!("the values of the demo's creators were not computed in time")
}

fn average((platform, tier): (Platform, Tier), benchmark: Benchmark) -> Average {
    let definition = benchmark.definition.split('@').next().unwrap_or_default().to_owned();
    Average {
        platform,
        tier,
        definition,
        mean: benchmark.mean,
        mean_interval: benchmark.mean_interval.map(|interval| (interval.low, interval.high)),
        percentiles: [benchmark.p10, benchmark.p50, benchmark.p90],
        sample_size: benchmark.sample_size,
        widened: benchmark.widened,
    }
}

#[cfg(test)]
mod tests {
    use creatorscope_proto::common::v1::Interval;

    use super::*;

    #[test]
    fn what_the_service_left_out_stays_missing() {
        let empty = Benchmark { definition: "er.views@1".into(), ..Benchmark::default() };
        let found = average((Platform::Youtube, Tier::Micro), empty);
        assert_eq!((found.definition.as_str(), found.mean, found.mean_interval), ("er.views", None, None));
        assert_eq!((found.percentiles, found.sample_size), ([None; 3], 0));
    }

    #[test]
    fn figures_are_taken_as_they_are() {
        let mean_interval = Some(Interval { low: 1.0, high: 3.0, ..Interval::default() });
        let told = Benchmark {
            mean: Some(2.0),
            mean_interval,
            p10: Some(0.5),
            p50: Some(1.5),
            p90: Some(4.0),
            sample_size: 300,
            widened: true,
            ..Benchmark::default()
        };
        let found = average((Platform::Tiktok, Tier::Nano), told);
        assert_eq!((found.mean, found.mean_interval), (Some(2.0), Some((1.0, 3.0))));
        assert_eq!(
            (found.percentiles, found.sample_size, found.widened),
            ([Some(0.5), Some(1.5), Some(4.0)], 300, true)
        );
    }
}

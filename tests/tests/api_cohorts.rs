//! Benchmarks, standing and recomputation as clients see them, in both modes.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use creatorscope_proto::{
    common::v1::{Mark, Platform, Standing, Tier, Window},
    metrics::v1::{
        Benchmark, CancelRecomputeOperationRequest, Cohort, CompareCohortsRequest, EraseCreatorMetricsRequest,
        GetBenchmarkRequest, GetCreatorMetricsRequest, GetRecomputeOperationRequest, ListRecomputeOperationsRequest,
        MetricSelection, RecomputeMetricsRequest, RecomputeOperation, recompute_operation::State,
    },
};
use creatorscope_tests::{
    Suite, in_both_modes,
    make::{creator, creator_name, followers, post},
};
use tonic::Code;
use tonic_types::StatusExt;

/// Micro creators, then nano creators.
const MICRO: i64 = 240;
const NANO: i64 = 30;

fn name(number: i64) -> String {
    format!("c{number:03}")
}

/// Each creator has two posts: views 1000 (n + 1) in the last 90 days, and twice as many before.
fn views(number: i64) -> f64 {
    1_000.0 * (number + 1) as f64
}

/// A world of creators; answers with the tokens to read after. The first 210 micro creators are of beauty, the first 205 of
/// them speak Brazilian Portuguese, the first 50 of those live in Brazil.
async fn populate(suite: &Suite) -> Vec<String> {
    let (mut profiles, mut posts, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..MICRO + NANO {
        let id = name(number);
        let mut profile = creator(&id);
        profile.niches = vec![if number < 210 { "beauty" } else { "food" }.to_owned()];
        profile.languages = vec![if number < 205 { "pt-BR" } else { "pt" }.to_owned()];
        profile.country = if number < 50 { "BR" } else { "PT" }.to_owned();
        profiles.push(profile);
        let count = 1_000 * (number + 1);
        posts.push(post(&id, number as u32 * 2, 90, 100, [count, count / 10, 0]));
        posts.push(post(&id, number as u32 * 2 + 1, 5, 100, [2 * count, count / 10, 0]));
        accounts.push(followers(&id, 100, if number < MICRO { 20_000 } else { 5_000 }));
    }
    let profiles = suite.ingest_creators(profiles).await.expect("taken").change_token;
    suite.ingest_posts(vec![posts]).await.expect("taken");
    let accounts = suite.ingest_observations(accounts).await.expect("taken").change_token;
    vec![profiles, accounts]
}

fn cohort(niche: &str, country: &str, language: &str) -> Cohort {
    Cohort {
        platform: Platform::Tiktok.into(),
        tier: Tier::Micro.into(),
        niche: niche.into(),
        country: country.into(),
        language: language.into(),
    }
}

async fn benchmark(suite: &Suite, cohort: Cohort, window: Window, tokens: &[String]) -> Benchmark {
    let request = GetBenchmarkRequest {
        cohort: Some(cohort),
        definitions: vec!["views.mean".into()],
        window: window.into(),
        read_after: tokens.to_vec(),
    };
    let answer = suite.metrics().get_benchmark(request).await.expect("answered").into_inner();
    assert_eq!(answer.benchmarks.len(), 1);
    answer.benchmarks.into_iter().next().expect("one")
}

/// Type 7 of rising values, written independently of the service.
fn quantile(rising: &[f64], p: f64) -> f64 {
    let h = (rising.len() as f64 - 1.0) * p;
    let (low, high) = (h.floor() as usize, h.ceil() as usize);
    rising[low] * (1.0 - h.fract()) + rising[high] * h.fract()
}

fn close(found: Option<f64>, expected: f64) {
    let found = found.expect("a figure");
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} is not {expected}");
}

async fn ended(suite: &Suite, mut operation: RecomputeOperation) -> RecomputeOperation {
    while operation.state() == State::Running {
        let request = GetRecomputeOperationRequest { name: operation.name.clone() };
        let answer = suite.metrics().get_recompute_operation(request).await.expect("known").into_inner();
        operation = answer.operation.expect("set");
    }
    operation
}

async fn standing(suite: &Suite, id: &str, definition: &str) -> Option<Standing> {
    let request = GetCreatorMetricsRequest {
        name: creator_name(id),
        selection: Some(MetricSelection { definitions: vec![definition.into()], ..MetricSelection::default() }),
        with_standing: true,
        ..GetCreatorMetricsRequest::default()
    };
    let metrics = suite.metrics().get_creator_metrics(request).await.expect("found").into_inner().metrics;
    metrics.expect("metrics").values.remove(0).standing
}

in_both_modes! {
    async fn a_benchmark_shows_what_was_written_before_and_how_values_are_distributed(suite: &mut Suite) {
        let tokens = populate(suite).await;
        let found = benchmark(suite, cohort("", "", ""), Window::Unspecified, &tokens).await;
        let values: Vec<f64> = (0..MICRO).map(views).collect();
        assert_eq!((found.definition.as_str(), found.sample_size), ("views.mean@1", 240));
        assert_eq!((found.window(), found.widened, found.below_minimum), (Window::Window90d, false, false));
        assert_eq!(found.cohort, Some(cohort("", "", "")));
        let mean = values.iter().sum::<f64>() / 240.0;
        close(found.mean, mean);
        for (figure, p) in [(found.p10, 0.1), (found.p25, 0.25), (found.p50, 0.5), (found.p75, 0.75), (found.p90, 0.9)] {
            close(figure, quantile(&values, p));
        }
        let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / 239.0;
        let interval = found.mean_interval.expect("240 values");
        close(Some(interval.low), mean - 1.959_963_984_540_054 * (variance / 240.0).sqrt());
        close(Some(interval.high), mean + 1.959_963_984_540_054 * (variance / 240.0).sqrt());
    }

    async fn a_small_cohort_is_widened_in_the_documented_order(suite: &mut Suite) {
        let tokens = populate(suite).await;
        let widened = async |asked: Cohort| {
            let found = benchmark(suite, asked, Window::Unspecified, &tokens).await;
            (found.cohort.expect("set"), found.widened, found.sample_size)
        };
        assert_eq!(widened(cohort("beauty", "BR", "pt")).await, (cohort("beauty", "", "pt"), true, 210));
        assert_eq!(widened(cohort("beauty", "", "pt-BR")).await, (cohort("beauty", "", "pt-BR"), false, 205));
        assert_eq!(widened(cohort("BEAUTY", "", "de")).await, (cohort("beauty", "", ""), true, 210));
        assert_eq!(widened(cohort("food", "", "")).await, (cohort("", "", ""), true, 240));
        let nano = Cohort { tier: Tier::Nano.into(), ..cohort("", "", "") };
        let all = Cohort { tier: Tier::Unspecified.into(), ..cohort("", "", "") };
        assert_eq!(widened(nano).await, (all, true, 270));
    }

    async fn even_the_widest_cohort_may_be_small_and_says_so(suite: &mut Suite) {
        let answers = suite.ingest_posts(vec![vec![post("ann", 1, 90, 100, [500, 5, 5])]]).await.expect("taken");
        let token = suite.ingest_observations(vec![followers("ann", 100, 20_000)]).await.expect("taken").change_token;
        let found = benchmark(suite, cohort("", "", ""), Window::Unspecified, &[answers[0].change_token.clone(), token]).await;
        assert_eq!((found.sample_size, found.below_minimum, found.widened), (1, true, true));
        assert_eq!((found.mean, found.p90, found.mean_interval), (Some(500.0), Some(500.0), None));
        let empty = Cohort { platform: Platform::Youtube.into(), ..cohort("", "", "") };
        let found = benchmark(suite, empty, Window::Unspecified, &[]).await;
        assert_eq!((found.sample_size, found.below_minimum, found.mean, found.p50), (0, true, None, None));
    }

    async fn another_window_is_computed_from_the_posts(suite: &mut Suite) {
        let tokens = populate(suite).await;
        let found = benchmark(suite, cohort("", "", ""), Window::Window365d, &tokens).await;
        assert_eq!((found.sample_size, found.window()), (240, Window::Window365d));
        close(found.p50, 1.5 * quantile(&(0..MICRO).map(views).collect::<Vec<_>>(), 0.5));
        let found = benchmark(suite, cohort("beauty", "", ""), Window::Window7d, &tokens).await;
        assert_eq!((found.sample_size, found.below_minimum), (0, true), "the posts are 10 days old and more");
    }

    async fn several_cohorts_are_answered_in_their_order_with_every_definition(suite: &mut Suite) {
        let tokens = populate(suite).await;
        let nano = Cohort { tier: Tier::Nano.into(), ..cohort("", "", "") };
        let cohorts = vec![nano, cohort("", "", ""), cohort("food", "PT", "")];
        let request = CompareCohortsRequest { cohorts: cohorts.clone(), read_after: tokens, ..CompareCohortsRequest::default() };
        let answer = suite.metrics().compare_cohorts(request).await.expect("answered").into_inner();
        let asked: Vec<_> = answer.entries.iter().map(|entry| entry.cohort.clone().expect("set")).collect();
        assert_eq!(asked, cohorts);
        for entry in &answer.entries {
            assert!(entry.benchmarks.len() >= 30 && entry.benchmarks.iter().all(|one| one.as_of.is_some()));
            let followers = entry.benchmarks.iter().find(|one| one.definition == "followers@1").expect("in the registry");
            assert_eq!(followers.p90, Some(20_000.0));
        }
    }

    async fn an_answer_that_is_kept_is_not_older_than_the_token(suite: &mut Suite) {
        let tokens = populate(suite).await;
        let first = benchmark(suite, cohort("", "", ""), Window::Unspecified, &tokens).await;
        suite.ingest_posts(vec![vec![post("new", 900, 90, 100, [1_000_000_000, 5, 5])]]).await.expect("taken");
        let token = suite.ingest_observations(vec![followers("new", 100, 20_000)]).await.expect("taken").change_token;
        let kept = benchmark(suite, cohort("", "", ""), Window::Unspecified, &[]).await;
        assert_eq!(kept, first, "answers are kept");
        let newer = benchmark(suite, cohort("", "", ""), Window::Unspecified, &[token]).await;
        assert_eq!(newer.sample_size, 241);
    }

    async fn a_value_says_where_it_stands(suite: &mut Suite) {
        let tokens = populate(suite).await;
        benchmark(suite, cohort("", "", ""), Window::Unspecified, &tokens).await;
        let best = standing(suite, &name(MICRO - 1), "views.mean").await.expect("a standing");
        assert_eq!((best.mark(), best.cohort.as_str(), best.cohort_size, best.widened), (Mark::Excellent, "tiktok/micro", 240, false));
        assert!((best.percentile - 239.5 / 240.0 * 100.0).abs() < 1e-9, "{}", best.percentile);
        let middle = standing(suite, &name(119), "views.mean").await.expect("a standing");
        assert!((middle.percentile - 119.5 / 240.0 * 100.0).abs() < 1e-9);
        assert_eq!(middle.mark(), Mark::Average);
        // The last publishing is equally long ago for all, and lower is better: the middle, mirrored.
        let equal = standing(suite, &name(3), "days_since_last_post").await.expect("a standing");
        assert_eq!((equal.percentile, equal.mark()), (50.0, Mark::Good));
        let nano = standing(suite, &name(MICRO), "views.mean").await.expect("a standing");
        assert_eq!((nano.cohort.as_str(), nano.cohort_size, nano.widened), ("tiktok", 270, true));
    }

    async fn a_recomputation_is_done_once_for_one_request_id_and_changes_nothing_that_is_right(suite: &mut Suite) {
        let tokens = populate(suite).await;
        benchmark(suite, cohort("", "", ""), Window::Unspecified, &tokens).await;
        let request = RecomputeMetricsRequest {
            request_id: "nightly".into(),
            tiers: vec![Tier::Micro.into()],
            ..RecomputeMetricsRequest::default()
        };
        let begun = suite.metrics().recompute_metrics(request.clone()).await.expect("begun").into_inner().operation;
        let operation = ended(suite, begun.expect("set")).await;
        assert_eq!(operation.state(), State::Succeeded, "{}", operation.error_message);
        assert_eq!((operation.total_count, operation.done_count, operation.changed_count), (240, 240, 0));
        assert!(operation.end_time.is_some());
        let again = suite.metrics().recompute_metrics(request).await.expect("known").into_inner().operation;
        assert_eq!(again, Some(operation.clone()));
        let one = RecomputeMetricsRequest { creators: vec![creator_name(&name(7)), creator_name("nobody")], ..RecomputeMetricsRequest::default() };
        let begun = suite.metrics().recompute_metrics(one).await.expect("begun").into_inner().operation;
        let other = ended(suite, begun.expect("set")).await;
        assert_eq!((other.total_count, other.done_count), (1, 1));
        let list = |page_token: String| ListRecomputeOperationsRequest { page_size: 1, page_token };
        let first = suite.metrics().list_recompute_operations(list(String::new())).await.expect("listed").into_inner();
        let second = suite.metrics().list_recompute_operations(list(first.next_page_token)).await.expect("listed").into_inner();
        assert_eq!((first.operations, second.operations), (vec![other.clone()], vec![operation]));
        assert!(second.next_page_token.is_empty());
        let cancel = CancelRecomputeOperationRequest { name: other.name.clone() };
        let cancelled = suite.metrics().cancel_recompute_operation(cancel).await.expect("no error").into_inner();
        assert_eq!(cancelled.operation, Some(other), "what has ended stays as it is");
    }

    async fn erasure_takes_the_values_and_the_log_with_it(suite: &mut Suite) {
        let posts = suite.ingest_posts(vec![vec![post("bea", 1, 90, 100, [500, 5, 5])]]).await.expect("taken");
        benchmark(suite, cohort("", "", ""), Window::Unspecified, &[posts[0].change_token.clone()]).await;
        let request = EraseCreatorMetricsRequest { name: creator_name("bea") };
        let erased = suite.metrics().erase_creator_metrics(request).await.expect("erased").into_inner();
        assert_eq!((erased.post_count, erased.computed_count, erased.change_count), (1, 1, 1));
        let found = benchmark(suite, cohort("", "", ""), Window::Unspecified, &[erased.change_token]).await;
        assert_eq!(found.sample_size, 0);
    }

    async fn what_is_wrong_with_a_request_is_named(suite: &mut Suite) {
        let request = GetBenchmarkRequest {
            cohort: Some(Cohort { country: "Brazil".into(), ..Cohort::default() }),
            definitions: vec!["er.viewz".into()],
            read_after: vec!["nonsense".into()],
            ..GetBenchmarkRequest::default()
        };
        let status = suite.metrics().get_benchmark(request).await.expect_err("refused");
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        let violations = &details.bad_request().expect("violations").field_violations;
        let fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["cohort.platform", "cohort.tier", "cohort.country", "definitions[0]", "read_after[0]"]);
        let request = GetBenchmarkRequest { cohort: Some(cohort("", "", "")), definitions: vec!["followers".into()], window: Window::Window7d.into(), ..GetBenchmarkRequest::default() };
        let status = suite.metrics().get_benchmark(request).await.expect_err("refused");
        let details = status.get_error_details();
        let violation = &details.bad_request().expect("violations").field_violations[0];
        assert_eq!(violation.field, "window");
        assert!(violation.description.contains("followers@1 has no window 7D"), "{}", violation.description);
        let unknown = GetRecomputeOperationRequest { name: "recomputeOperations/019a0000-0000-7000-8000-000000000000".into() };
        assert_eq!(suite.metrics().get_recompute_operation(unknown).await.expect_err("refused").code(), Code::NotFound);
        let status = suite.metrics().get_recompute_operation(GetRecomputeOperationRequest { name: "operations/1".into() }).await;
        assert_eq!(status.expect_err("refused").code(), Code::InvalidArgument);
        let request = CompareCohortsRequest::default();
        assert_eq!(suite.metrics().compare_cohorts(request).await.expect_err("refused").code(), Code::InvalidArgument);
    }
}

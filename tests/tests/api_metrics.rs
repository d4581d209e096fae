//! The metrics service as its clients see it, in both modes.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use creatorscope_proto::{
    common::v1::{MetricFlag, MetricValue, MissingReason, Platform, Window, metric_value::Result as Outcome},
    metrics::v1::{
        BatchGetCreatorMetricsRequest, GetCreatorMetricsRequest, ListMetricDefinitionsRequest,
        ListMetricHistoryRequest, MetricSelection, PostCounts, WatchMetricsRequest, WatchMetricsResponse,
        watch_metrics_response::Event,
    },
};
use creatorscope_tests::{
    in_both_modes,
    make::{creator_name, day, followers, post},
};
use tonic::{Code, Streaming};
use tonic_types::StatusExt;

fn select(definition: &str) -> Option<MetricSelection> {
    Some(MetricSelection { definitions: vec![definition.to_owned()], ..MetricSelection::default() })
}

fn value(found: &MetricValue) -> f64 {
    match found.result {
        Some(Outcome::Value(value)) => value,
        other => panic!("{} has no value: {other:?}", found.definition),
    }
}

async fn next(stream: &mut Streaming<WatchMetricsResponse>) -> WatchMetricsResponse {
    stream.message().await.expect("the stream lives").expect("the stream goes on")
}

/// The next state, past heartbeats: creator, value and token.
async fn next_state(stream: &mut Streaming<WatchMetricsResponse>) -> (String, f64, String) {
    loop {
        let message = next(stream).await;
        match message.event.expect("an event") {
            Event::Metrics(metrics) => {
                return (metrics.creator.clone(), value(&metrics.values[0]), message.resume_token);
            }
            Event::Heartbeat(_) => {}
            other => panic!("not a state: {other:?}"),
        }
    }
}

in_both_modes! {
    async fn a_number_says_what_it_means_and_what_it_was_made_of(suite: &mut Suite) {
        let posts = vec![post("ann", 1, 0, 10, [1_000, 80, 20]), post("ann", 2, 1, 10, [3_000, 100, 0])];
        let answers = suite.ingest_posts(vec![posts]).await.expect("taken");
        assert_eq!((answers[0].sequence, answers[0].accepted_count, answers[0].duplicate_count), (1, 2, 0));
        let request = GetCreatorMetricsRequest { name: creator_name("ann"), selection: select("er.views"), ..Default::default() };
        let metrics = suite.metrics().get_creator_metrics(request).await.expect("found").into_inner().metrics.expect("metrics");
        let er = &metrics.values[0];
        assert_eq!(er.definition, "er.views@1");
        assert_eq!(value(er), 200.0 / 4_000.0);
        assert_eq!(er.sample_size, 2);
        assert_eq!(er.window(), Window::Window90d);
        assert_eq!(er.as_of, Some(day(10)));
        assert_eq!(er.absent_terms, ["dislikes", "shares"]);
        let terms: Vec<_> = er.terms.iter().map(|term| (term.term.as_str(), term.total)).collect();
        assert_eq!(terms, [("likes", 180.0), ("comments", 20.0), ("views", 4_000.0)]);
        assert!(er.flags.contains(&MetricFlag::LowSample.into()) && er.flags.contains(&MetricFlag::PartialTerms.into()));
    }

    async fn what_is_missing_has_a_reason_and_is_never_zero(suite: &mut Suite) {
        let mut hidden = post("bea", 1, 0, 10, [0, 0, 0]);
        hidden.counts = Some(PostCounts { views: Some(10), hidden: vec!["likes".into()], ..PostCounts::default() });
        suite.ingest_posts(vec![vec![hidden]]).await.expect("taken");
        let request = GetCreatorMetricsRequest { name: creator_name("bea"), ..Default::default() };
        let metrics = suite.metrics().get_creator_metrics(request).await.expect("found").into_inner().metrics.expect("metrics");
        let missing = |id: &str| metrics.values.iter().find(|value| value.definition == id).expect("asked").result;
        assert_eq!(missing("likes.mean@1"), Some(Outcome::Missing(MissingReason::Hidden.into())));
        assert_eq!(missing("comments.mean@1"), Some(Outcome::Missing(MissingReason::NotReported.into())));
        assert_eq!(missing("consistency.score@1"), Some(Outcome::Missing(MissingReason::TooFewPosts.into())));
        assert_eq!(missing("followers@1"), Some(Outcome::Missing(MissingReason::NotReported.into())));
    }

    async fn sending_the_same_again_changes_nothing_and_a_contradiction_is_named(suite: &mut Suite) {
        let batch = vec![post("cem", 1, 0, 10, [100, 10, 1]), post("cem", 2, 0, 10, [100, 10, 1])];
        suite.ingest_posts(vec![batch.clone()]).await.expect("taken");
        let mut again = batch;
        again[1].counts.as_mut().expect("counts").likes = Some(11);
        let answer = suite.ingest_posts(vec![again]).await.expect("taken").remove(0);
        assert_eq!((answer.accepted_count, answer.duplicate_count), (0, 2));
        assert_eq!(answer.conflicts.len(), 1);
        assert_eq!((answer.conflicts[0].index, answer.conflicts[0].fields.clone()), (1, vec!["counts.likes".to_owned()]));
        let request = GetCreatorMetricsRequest { name: creator_name("cem"), selection: select("likes.mean"), ..Default::default() };
        let metrics = suite.metrics().get_creator_metrics(request).await.expect("found").into_inner().metrics.expect("metrics");
        assert_eq!(value(&metrics.values[0]), 10.0);
    }

    async fn a_bad_item_is_named_with_every_reason_and_the_rest_is_taken(suite: &mut Suite) {
        let mut bad = post("dan", 1, 0, 10, [-5, 1, 1]);
        bad.post.as_mut().expect("a post").publish_time = Some(day(11));
        let mut mangled = post("dan", 2, 0, 10, [1, 1, 1]);
        mangled.post.as_mut().expect("a post").name = "creators/tiktok:dan/posts/7.52E+18".into();
        let mut future = post("dan", 3, 0, 10, [1, 1, 1]);
        future.observe_time = Some(day(100_000));
        let good = post("dan", 4, 0, 10, [1, 1, 1]);
        let answer = suite.ingest_posts(vec![vec![bad, mangled, future, good]]).await.expect("taken").remove(0);
        assert_eq!(answer.accepted_count, 1);
        let reasons: Vec<Vec<&str>> = answer
            .rejections
            .iter()
            .map(|item| item.violations.iter().map(|violation| violation.field.as_str()).collect())
            .collect();
        assert_eq!(answer.rejections.iter().map(|item| item.index).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(reasons[0].contains(&"counts.views") && reasons[0].contains(&"post.publish_time"), "{reasons:?}");
        assert_eq!(answer.rejections[1].violations[0].reason, "MANGLED_ID");
        assert!(reasons[2].contains(&"observe_time"), "{reasons:?}");
    }

    async fn a_batch_answers_in_the_order_asked_for_and_lists_what_is_not_known(suite: &mut Suite) {
        suite.ingest_posts(vec![vec![post("eva", 1, 0, 10, [100, 10, 1]), post("fay", 2, 0, 10, [100, 20, 1])]]).await.expect("taken");
        let names = ["fay", "nobody", "eva", "fay"].map(creator_name).to_vec();
        let request = BatchGetCreatorMetricsRequest { names: names.clone(), selection: select("likes.mean"), ..Default::default() };
        let entries = suite.metrics().batch_get_creator_metrics(request).await.expect("answered").into_inner().entries;
        assert_eq!(entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>(), names);
        let likes: Vec<Option<f64>> = entries.iter().map(|entry| entry.metrics.as_ref().map(|found| value(&found.values[0]))).collect();
        assert_eq!(likes, [Some(20.0), None, Some(10.0), Some(20.0)]);
    }

    async fn later_observations_never_erase_earlier_ones(suite: &mut Suite) {
        suite.ingest_posts(vec![vec![post("gus", 1, 0, 20, [300, 30, 3])]]).await.expect("taken");
        suite.ingest_posts(vec![vec![post("gus", 1, 0, 10, [100, 20, 1])]]).await.expect("taken");
        let ask = |as_of| GetCreatorMetricsRequest { name: creator_name("gus"), selection: select("views.mean"), as_of, ..Default::default() };
        for (as_of, views) in [(None, 300.0), (Some(day(15)), 100.0)] {
            let metrics = suite.metrics().get_creator_metrics(ask(as_of)).await.expect("found").into_inner().metrics.expect("metrics");
            assert_eq!(value(&metrics.values[0]), views);
        }
        let status = suite.metrics().get_creator_metrics(ask(Some(day(5)))).await.expect_err("not observed by then");
        assert_eq!(status.code(), Code::NotFound);
        let mut request = ListMetricHistoryRequest {
            parent: creator_name("gus"),
            definition: "views.mean@1".into(),
            page_size: 1,
            ..Default::default()
        };
        let first = suite.metrics().list_metric_history(request.clone()).await.expect("answered").into_inner();
        request.page_token = first.next_page_token.clone();
        let second = suite.metrics().list_metric_history(request.clone()).await.expect("answered").into_inner();
        assert_eq!((value(&first.values[0]), value(&second.values[0])), (300.0, 100.0));
        assert_eq!(second.next_page_token, "");
        request.definition = "likes.mean@1".into();
        let status = suite.metrics().list_metric_history(request).await.expect_err("a token of another query");
        assert_eq!(status.get_error_details().error_info().expect("info").reason, "INVALID_REQUEST");
    }

    async fn every_problem_of_a_request_is_told_at_once(suite: &mut Suite) {
        let selection = Some(MetricSelection { definitions: vec!["er.view".into(), "nonsense@7".into()], ..Default::default() });
        let request = GetCreatorMetricsRequest { name: "creators/myspace:tom".into(), selection, ..Default::default() };
        let status = suite.metrics().get_creator_metrics(request).await.expect_err("three problems");
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        let violations = &details.bad_request().expect("violations").field_violations;
        assert_eq!(violations.len(), 3, "{violations:?}");
        assert_eq!(details.error_info().expect("info").domain, "creatorscope.dev");
        let empty = suite.ingest_posts(vec![vec![]]).await.expect_err("a batch of nothing");
        assert_eq!(empty.code(), Code::InvalidArgument);
    }

    async fn the_registry_tells_every_definition_and_changepoint(suite: &mut Suite) {
        let mut request = ListMetricDefinitionsRequest { page_size: 10, ..Default::default() };
        let mut ids = Vec::new();
        loop {
            let page = suite.metrics().list_metric_definitions(request.clone()).await.expect("answered").into_inner();
            assert!(page.changepoints.len() >= 3);
            ids.extend(page.metric_definitions.iter().map(|definition| {
                assert!(!definition.formula.is_empty() && !definition.windows.is_empty() && definition.minimum_sample >= 1);
                assert_eq!(definition.name, format!("metricDefinitions/{}@{}", definition.id, definition.version));
                definition.id.clone()
            }));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        for wanted in ["er.views", "er.views.median", "er.followers.lcs", "posts_per_week", "view_rate", "followers.growth", "consistency.score"] {
            assert!(ids.iter().any(|id| id == wanted), "{wanted} in {ids:?}");
        }
        let mut sorted = ids.clone();
        sorted.sort();
        assert_eq!(ids, sorted);
    }

    async fn a_watcher_gets_a_snapshot_then_deltas_and_resumes_where_it_was(suite: &mut Suite) {
        suite.ingest_posts(vec![vec![post("hal", 1, 0, 10, [100, 10, 1])]]).await.expect("taken");
        let request = WatchMetricsRequest { creators: vec![creator_name("hal")], selection: select("views.mean"), ..Default::default() };
        let mut stream = suite.metrics().watch_metrics(request.clone()).await.expect("watching").into_inner();
        assert_eq!(next_state(&mut stream).await.1, 100.0);
        assert!(matches!(next(&mut stream).await.event, Some(Event::SnapshotEnd(end)) if end.creator_count == 1));
        suite.ingest_posts(vec![vec![post("someone.else", 9, 0, 10, [1, 1, 1])]]).await.expect("taken");
        suite.ingest_posts(vec![vec![post("hal", 1, 0, 20, [200, 10, 1])]]).await.expect("taken");
        let (creator, views, token) = next_state(&mut stream).await;
        assert_eq!((creator, views), (creator_name("hal"), 200.0));
        drop(stream);
        suite.ingest_posts(vec![vec![post("hal", 1, 0, 30, [300, 10, 1])]]).await.expect("taken");
        let resumed = WatchMetricsRequest { resume_token: token, ..request.clone() };
        let mut stream = suite.metrics().watch_metrics(resumed).await.expect("watching").into_inner();
        assert_eq!(next_state(&mut stream).await.1, 300.0);
        let unknown = WatchMetricsRequest { resume_token: creatorscope_kit::token::Token::new("metrics", 1 << 40).to_string(), ..request.clone() };
        let mut stream = suite.metrics().watch_metrics(unknown).await.expect("watching").into_inner();
        let status = stream.message().await.expect_err("a token from elsewhere");
        assert_eq!(status.code(), Code::OutOfRange);
        assert_eq!(status.get_error_details().error_info().expect("info").reason, "RESUME_TOKEN_EXPIRED");
        let rubbish = WatchMetricsRequest { resume_token: "rubbish".into(), ..request };
        assert_eq!(suite.metrics().watch_metrics(rubbish).await.expect_err("rubbish").code(), Code::InvalidArgument);
    }

    async fn a_silent_stream_gives_a_sign_of_life(suite: &mut Suite) {
        let heartbeat_interval = Some(prost_types::Duration { seconds: 1, nanos: 0 });
        let request = WatchMetricsRequest { skip_snapshot: true, heartbeat_interval, ..Default::default() };
        let mut stream = suite.metrics().watch_metrics(request).await.expect("watching").into_inner();
        for _ in 0..2 {
            let message = next(&mut stream).await;
            assert!(matches!(message.event, Some(Event::Heartbeat(_))));
            assert!(!message.resume_token.is_empty());
        }
    }

    async fn a_slow_watcher_gets_the_latest_state_and_not_every_state(suite: &mut Suite) {
        let request = WatchMetricsRequest { skip_snapshot: true, selection: select("views.mean"), ..Default::default() };
        let mut stream = suite.metrics().watch_metrics(request).await.expect("watching").into_inner();
        assert!(matches!(next(&mut stream).await.event, Some(Event::Heartbeat(_))));
        let batches = (1..=60).map(|at| vec![post("ivy", 1, 0, 10 + at, [at * 10, 1, 1])]).collect();
        suite.ingest_posts(batches).await.expect("taken");
        let mut states = 0;
        loop {
            states += 1;
            if next_state(&mut stream).await.1 == 600.0 {
                break;
            }
        }
        assert!(states <= 60, "{states} states for 60 changes");
    }

    async fn what_is_erased_is_gone_and_watchers_are_told(suite: &mut Suite) {
        suite.ingest_posts(vec![vec![post("jon", 1, 0, 10, [100, 10, 1])]]).await.expect("taken");
        suite.ingest_observations(vec![followers("jon", 10, 5_000)]).await.expect("taken");
        let request = WatchMetricsRequest { skip_snapshot: true, ..Default::default() };
        let mut stream = suite.metrics().watch_metrics(request).await.expect("watching").into_inner();
        assert!(matches!(next(&mut stream).await.event, Some(Event::Heartbeat(_))));
        let erase = creatorscope_proto::metrics::v1::EraseCreatorMetricsRequest { name: creator_name("jon") };
        let erased = suite.metrics().erase_creator_metrics(erase.clone()).await.expect("erased").into_inner();
        assert_eq!((erased.post_count, erased.observation_count), (1, 2));
        assert_eq!(next(&mut stream).await.event, Some(Event::Removed(creator_name("jon"))));
        let request = GetCreatorMetricsRequest { name: creator_name("jon"), ..Default::default() };
        assert_eq!(suite.metrics().get_creator_metrics(request).await.expect_err("gone").code(), Code::NotFound);
        let again = suite.metrics().erase_creator_metrics(erase).await.expect("no error").into_inner();
        assert_eq!((again.post_count, again.observation_count, again.change_token.as_str()), (0, 0, ""));
    }

    async fn a_watcher_of_a_tier_is_told_when_a_creator_leaves_it(suite: &mut Suite) {
        suite.ingest_observations(vec![followers("kim", 1, 50_000), followers("lou", 1, 5_000)]).await.expect("taken");
        let request = WatchMetricsRequest {
            platforms: vec![Platform::Tiktok.into()],
            tiers: vec![creatorscope_proto::common::v1::Tier::Micro.into()],
            selection: select("followers"),
            ..Default::default()
        };
        let mut stream = suite.metrics().watch_metrics(request).await.expect("watching").into_inner();
        assert_eq!(next_state(&mut stream).await.0, creator_name("kim"));
        assert!(matches!(next(&mut stream).await.event, Some(Event::SnapshotEnd(end)) if end.creator_count == 1));
        suite.ingest_observations(vec![followers("kim", 2, 150_000)]).await.expect("taken");
        assert_eq!(next(&mut stream).await.event, Some(Event::Removed(creator_name("kim"))));
    }
}

//! What is acknowledged survives `kill -9` at any moment, and the order of things does not matter.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use std::collections::BTreeMap;

use creatorscope_proto::{
    discovery::v1::{IngestCreatorsRequest, SearchCreatorsRequest},
    metrics::v1::{GetCreatorMetricsRequest, IngestPostsRequest, WatchMetricsRequest, watch_metrics_response::Event},
};
use creatorscope_tests::{
    Mode, Suite, in_both_modes,
    make::{creator, creator_name, followers, post},
    postgres_is_there,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, TestRunner},
};

/// What a client can see of a suite: metrics, watch results and search results, without times of writing.
#[derive(Debug, PartialEq)]
struct Seen {
    metrics: BTreeMap<String, String>,
    watched: BTreeMap<String, String>,
    found: Vec<(String, Option<i64>, String)>,
}

const CREATORS: [&str; 4] = ["amy", "ben", "cho", "dov"];

async fn see(suite: &Suite, read_after: Vec<String>) -> Seen {
    let mut metrics = BTreeMap::new();
    for id in CREATORS {
        let request = GetCreatorMetricsRequest { name: creator_name(id), ..Default::default() };
        if let Ok(answer) = suite.metrics().get_creator_metrics(request).await {
            let found = answer.into_inner().metrics.expect("metrics");
            metrics.insert(id.to_owned(), format!("{:?} {:?}", found.as_of, found.values));
        }
    }
    let mut watched = BTreeMap::new();
    let mut stream =
        suite.metrics().watch_metrics(WatchMetricsRequest::default()).await.expect("watching").into_inner();
    loop {
        match stream.message().await.expect("the stream lives").expect("it goes on").event.expect("an event") {
            Event::Metrics(found) => _ = watched.insert(found.creator.clone(), format!("{:?}", found.values)),
            Event::SnapshotEnd(_) => break,
            other => panic!("not part of a snapshot: {other:?}"),
        }
    }
    let request = SearchCreatorsRequest {
        filter: "followers > 0 AND views.mean > 0".into(),
        order_by: "followers desc".into(),
        read_after,
        ..Default::default()
    };
    let answer = suite.discovery().search_creators(request).await.expect("answered").into_inner();
    let found =
        answer.creators.into_iter().map(|one| (one.name, one.followers, format!("{:?}", one.metrics))).collect();
    Seen { metrics, watched, found }
}

/// One thing that a client does; `place` names the same content every time.
#[derive(Debug, Clone, Copy)]
enum Step {
    Posts(usize),
    Followers(usize),
    Profile(usize),
    Crash(&'static str),
}

const PLACES: usize = 12;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = proptest::prop_oneof![
        5 => (0..PLACES).prop_map(Step::Posts),
        3 => (0..PLACES).prop_map(Step::Followers),
        2 => (0..CREATORS.len()).prop_map(Step::Profile),
        1 => proptest::sample::select(vec!["metrics", "discovery", "gateway"]).prop_map(Step::Crash),
    ];
    proptest::collection::vec(step, 12..24)
}

/// Does a step and answers with the change token.
async fn take(suite: &mut Suite, step: Step) -> Option<String> {
    match step {
        Step::Posts(place) => {
            let (id, observed) = (CREATORS[place % CREATORS.len()], 10 + place as i64);
            let posts = (0..3).map(|post_number| {
                let number = (place % 3 * 10 + post_number) as u32;
                post(id, number, i64::from(number), observed + 40, [1_000 + place as i64, 100, i64::from(number)])
            });
            Some(suite.ingest_posts(vec![posts.collect()]).await.expect("taken").remove(0).change_token)
        }
        Step::Followers(place) => {
            let observation =
                followers(CREATORS[place % CREATORS.len()], 30 + place as i64, 1_000 * (place as i64 + 1));
            Some(suite.ingest_observations(vec![observation]).await.expect("taken").change_token)
        }
        Step::Profile(place) => {
            Some(suite.ingest_creators(vec![creator(CREATORS[place])]).await.expect("taken").change_token)
        }
        Step::Crash(role) => {
            suite.kill(role).await;
            suite.restart(role).await;
            None
        }
    }
}

async fn take_all(suite: &mut Suite, steps: impl IntoIterator<Item = Step>) -> Seen {
    let mut tokens = Vec::new();
    for step in steps {
        tokens.extend(take(suite, step).await.filter(|token| !token.is_empty()));
    }
    let last = tokens.split_off(tokens.len().saturating_sub(8));
    see(suite, last).await
}

async fn interleavings_agree(mode: Mode, cases: u32) {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    for case in 0..cases {
        let steps = steps().new_tree(&mut runner).expect("steps").current();
        let mut disturbed = Suite::start(mode).await;
        // Whatever the random part left out is sent at the end, so that both suites have been told everything.
        let rest = everything();
        let seen = take_all(&mut disturbed, steps.iter().copied().chain(rest)).await;
        disturbed.kill("gateway").await;
        drop(disturbed);
        let mut calm = Suite::start(mode).await;
        let expected = take_all(&mut calm, everything()).await;
        assert_eq!(seen, expected, "case {case}: {steps:?}");
        calm.stop().await;
    }
}

fn everything() -> Vec<Step> {
    let posts = (0..PLACES).map(Step::Posts);
    posts.chain((0..PLACES).map(Step::Followers)).chain((0..CREATORS.len()).map(Step::Profile)).collect()
}

#[tokio::test]
async fn any_interleaving_of_ingests_and_crashes_ends_like_ingesting_once_in_order_embedded() {
    interleavings_agree(Mode::Embedded, 6).await;
}

#[tokio::test]
async fn any_interleaving_of_ingests_and_crashes_ends_like_ingesting_once_in_order_distributed() {
    if postgres_is_there() {
        interleavings_agree(Mode::Distributed, 3).await;
    }
}

in_both_modes! {
    async fn what_was_acknowledged_before_a_kill_is_there_after_it(suite: &mut Suite) {
        let mut acknowledged = 0;
        for round in 0..4_u32 {
            let batches = (0..400_u32).map(|batch| {
                let number = round * 100_000 + batch * 10;
                let records = (0..10).map(|place| post("amy", number + place, 0, 10, [1_000, 10, 1])).collect();
                IngestPostsRequest { records }
            });
            let mut answers = suite.metrics().ingest_posts(tokio_stream::iter(batches.collect::<Vec<_>>())).await.expect("open").into_inner();
            // The kill comes while batches are on their way: after a few answers, not at the end.
            for _ in 0..=(round * 20) {
                match answers.message().await {
                    Ok(Some(answer)) => acknowledged += i64::from(answer.accepted_count),
                    _ => break,
                }
            }
            suite.kill("metrics").await;
            while let Ok(Some(answer)) = answers.message().await {
                acknowledged += i64::from(answer.accepted_count);
            }
            suite.restart("metrics").await;
        }
        assert!(acknowledged > 0);
        let selection = Some(creatorscope_proto::metrics::v1::MetricSelection { definitions: vec!["posts".into()], ..Default::default() });
        let request = GetCreatorMetricsRequest { name: creator_name("amy"), selection, ..Default::default() };
        let found = suite.metrics().get_creator_metrics(request).await.expect("found").into_inner().metrics.expect("metrics");
        let Some(creatorscope_proto::common::v1::metric_value::Result::Value(posts)) = found.values[0].result else { panic!("no value") };
        assert!(posts as i64 >= acknowledged, "{posts} posts are there, {acknowledged} were acknowledged");
    }

    async fn a_watcher_resumes_after_a_kill_and_the_index_is_right(suite: &mut Suite) {
        suite.ingest_creators(vec![creator("amy")]).await.expect("taken");
        let request = WatchMetricsRequest { skip_snapshot: true, ..Default::default() };
        let mut stream = suite.metrics().watch_metrics(request.clone()).await.expect("watching").into_inner();
        let first = stream.message().await.expect("alive").expect("one");
        suite.kill("discovery").await;
        suite.kill("metrics").await;
        suite.restart("metrics").await;
        suite.restart("discovery").await;
        let token = suite.ingest_posts(vec![vec![post("amy", 1, 0, 10, [1_000, 10, 1])]]).await.expect("taken").remove(0).change_token;
        let resumed = WatchMetricsRequest { resume_token: first.resume_token, skip_snapshot: false, ..request };
        let mut stream = suite.metrics().watch_metrics(resumed).await.expect("watching").into_inner();
        let Some(Event::Metrics(metrics)) = stream.message().await.expect("alive").expect("one").event else { panic!("not metrics") };
        assert_eq!(metrics.creator, creator_name("amy"));
        let search = SearchCreatorsRequest { filter: "views.mean = 1000".into(), read_after: vec![token], ..Default::default() };
        assert_eq!(suite.discovery().search_creators(search).await.expect("found").into_inner().total_size, Some(1));
    }

    async fn profiles_that_were_acknowledged_before_a_kill_are_found_after_it(suite: &mut Suite) {
        let batches: Vec<_> = (0..50).map(|batch| {
            let creators = (0..20).map(|place| creator(&format!("many.{batch}.{place}"))).collect();
            IngestCreatorsRequest { creators }
        }).collect();
        let mut answers = suite.discovery().ingest_creators(tokio_stream::iter(batches)).await.expect("open").into_inner();
        let mut acknowledged = 0;
        let mut token = String::new();
        for _ in 0..15 {
            let answer = answers.message().await.expect("good").expect("one");
            acknowledged += answer.results.len() as i64;
            token = answer.change_token;
        }
        suite.kill("discovery").await;
        suite.restart("discovery").await;
        let search = SearchCreatorsRequest { read_after: vec![token], ..Default::default() };
        let found = suite.discovery().search_creators(search).await.expect("found").into_inner();
        let total = found.total_size.unwrap_or_default();
        assert!(total >= acknowledged, "{total} found, {acknowledged} acknowledged");
    }
}

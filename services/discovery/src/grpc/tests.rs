//! Owns the service as a caller on the wire sees it, with metrics and scoring services that say what a test tells them. Never a network.

mod finding;
mod meaning;
mod people;
mod posts;
mod scores;

use std::sync::{Arc, Mutex};

use creatorscope_kit::db::{Db, DbConfig};
use creatorscope_kit::{
    cache::Cache, caller::Identity, changes::Bell, clock::Clock, role::BuiltRole, task, token::Token, transport,
};
use creatorscope_proto::{
    common::v1::{MetricValue, metric_value},
    discovery::v1::{discovery_service_client::DiscoveryServiceClient, watch_creators_response, *},
    metrics::v1::{
        metrics_service_server::{MetricsService, MetricsServiceServer},
        *,
    },
};
use futures::{StreamExt, stream, stream::BoxStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, Streaming, service::Routes};

use crate::{Config, Deps, MIGRATIONS, role};

type Message = Result<WatchMetricsResponse, Status>;
type Answer<T> = Result<Response<T>, Status>;

/// A metrics service that streams what it is told.
#[derive(Clone, Default)]
struct Script {
    /// One receiver for each time that a watcher comes; with the tokens they came with.
    streams: Arc<Mutex<Vec<mpsc::UnboundedReceiver<Message>>>>,
    tokens: Arc<Mutex<Vec<String>>>,
    posts: posts::PostScript,
}

impl Script {
    fn next_stream(&self) -> mpsc::UnboundedSender<Message> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.streams.lock().expect("no panic").insert(0, receiver);
        sender
    }
}

/// What this metrics service is not asked in these tests.
fn unused<T>() -> Answer<T> {
    Err(Status::unimplemented("not a part of the script"))
}

#[tonic::async_trait]
impl MetricsService for Script {
    type IngestPostsStream = BoxStream<'static, Result<IngestPostsResponse, Status>>;
    type IngestObservationsStream = BoxStream<'static, Result<IngestObservationsResponse, Status>>;
    type WatchMetricsStream = BoxStream<'static, Message>;
    type WatchPostsStream = BoxStream<'static, Result<WatchPostsResponse, Status>>;
    type ExportRecordsStream = BoxStream<'static, Result<ExportRecordsResponse, Status>>;

    async fn list_metric_definitions(
        &self,
        _: Request<ListMetricDefinitionsRequest>,
    ) -> Answer<ListMetricDefinitionsResponse> {
        let definition = |id: &str| MetricDefinition { id: id.into(), version: 1, ..Default::default() };
        let metric_definitions = vec![definition("er.views"), definition("followers"), finding::growth()];
        Ok(Response::new(ListMetricDefinitionsResponse { metric_definitions, ..Default::default() }))
    }

    async fn watch_metrics(&self, request: Request<WatchMetricsRequest>) -> Answer<Self::WatchMetricsStream> {
        let request = request.into_inner();
        // Who skips the snapshot asks how far the log has come; a follower does not.
        let follows = !request.skip_snapshot;
        let Some(receiver) = self.streams.lock().expect("no panic").pop_if(|_| follows) else {
            return Err(Status::unavailable("no stream is ready"));
        };
        assert_eq!(request.additional_selections[0].windows.len(), 2);
        self.tokens.lock().expect("no panic").push(request.resume_token);
        let messages = stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) });
        Ok(Response::new(messages.boxed()))
    }

    async fn erase_creator_metrics(
        &self,
        _: Request<EraseCreatorMetricsRequest>,
    ) -> Answer<EraseCreatorMetricsResponse> {
        let erased = EraseCreatorMetricsResponse { post_count: 3, observation_count: 9, ..Default::default() };
        Ok(Response::new(erased))
    }

    async fn ingest_posts(&self, _: Request<Streaming<IngestPostsRequest>>) -> Answer<Self::IngestPostsStream> {
        unused()
    }

    async fn ingest_observations(
        &self,
        _: Request<Streaming<IngestObservationsRequest>>,
    ) -> Answer<Self::IngestObservationsStream> {
        unused()
    }

    async fn get_creator_metrics(&self, _: Request<GetCreatorMetricsRequest>) -> Answer<GetCreatorMetricsResponse> {
        unused()
    }

    async fn batch_get_creator_metrics(
        &self,
        request: Request<BatchGetCreatorMetricsRequest>,
    ) -> Answer<BatchGetCreatorMetricsResponse> {
        finding::standings(request.into_inner()).map(Response::new)
    }

    async fn list_metric_history(&self, _: Request<ListMetricHistoryRequest>) -> Answer<ListMetricHistoryResponse> {
        unused()
    }

    async fn get_benchmark(&self, _: Request<GetBenchmarkRequest>) -> Answer<GetBenchmarkResponse> {
        unused()
    }

    async fn recompute_metrics(&self, _: Request<RecomputeMetricsRequest>) -> Answer<RecomputeMetricsResponse> {
        unused()
    }

    async fn compare_cohorts(&self, _: Request<CompareCohortsRequest>) -> Answer<CompareCohortsResponse> {
        unused()
    }

    async fn get_post(&self, _: Request<GetPostRequest>) -> Answer<GetPostResponse> {
        unused()
    }

    async fn list_posts(&self, _: Request<ListPostsRequest>) -> Answer<ListPostsResponse> {
        unused()
    }

    async fn watch_posts(&self, request: Request<WatchPostsRequest>) -> Answer<Self::WatchPostsStream> {
        self.posts.watch(&request.into_inner().resume_token)
    }

    async fn export_records(&self, _: Request<ExportRecordsRequest>) -> Answer<Self::ExportRecordsStream> {
        unused()
    }

    async fn get_recompute_operation(
        &self,
        _: Request<GetRecomputeOperationRequest>,
    ) -> Answer<GetRecomputeOperationResponse> {
        unused()
    }

    async fn list_recompute_operations(
        &self,
        _: Request<ListRecomputeOperationsRequest>,
    ) -> Answer<ListRecomputeOperationsResponse> {
        unused()
    }

    async fn cancel_recompute_operation(
        &self,
        _: Request<CancelRecomputeOperationRequest>,
    ) -> Answer<CancelRecomputeOperationResponse> {
        unused()
    }
}

struct Node {
    client: DiscoveryServiceClient<transport::Transport>,
    script: Script,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn node(script: Script) -> Node {
    node_with(script, transport::later().0).await
}

async fn node_with(script: Script, scoring: transport::Transport) -> Node {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let metrics = transport::local("metrics", transport::bare(Routes::new(MetricsServiceServer::new(script.clone()))));
    let database = DbConfig::File(folder.path().join("discovery.db"));
    let deps = Deps {
        db: Db::open(&database, "discovery", &MIGRATIONS).await.expect("a database"),
        clock: Clock::system(),
        cache: Cache::memory(1 << 20),
        bell: Bell::none(),
        config: Config::default(),
        index_dir: folder.path().join("index"),
        metrics,
        scoring,
        retention: creatorscope_domain::Retention::unlimited(),
    };
    let identity = Identity::generated(Clock::system()).expect("randomness");
    let BuiltRole { service, jobs, .. } = role(deps).await.expect("a role").build(&identity).await.expect("built");
    let stop = CancellationToken::new();
    for job in jobs {
        let run = (job.run)(stop.clone());
        task::spawn(job.name, async move { run.await.expect("the job goes on") });
    }
    let client = DiscoveryServiceClient::new(identity.speak_as("tests", transport::local("discovery", service)));
    Node { client, script, stop, _folder: folder }
}

fn profile(id: &str) -> Creator {
    Creator {
        name: format!("creators/tiktok:{id}"),
        display_name: format!("Creator {id}"),
        country: "br".into(),
        niches: vec!["Beauty".into()],
        source: 6,
        observe_time: Some(prost_types::Timestamp { seconds: 1_000, nanos: 123_456_789 }),
        ..Default::default()
    }
}

async fn ingest(node: &Node, creators: Vec<Creator>) -> IngestCreatorsResponse {
    let requests = stream::iter([IngestCreatorsRequest { creators }]);
    let mut answers = node.client.clone().ingest_creators(requests).await.expect("accepted").into_inner();
    answers.message().await.expect("answered").expect("one answer a message")
}

async fn search(node: &Node, request: SearchCreatorsRequest) -> Result<SearchCreatorsResponse, Status> {
    Ok(node.client.clone().search_creators(request).await?.into_inner())
}

fn event(event: watch_metrics_response::Event, position: Option<i64>) -> Message {
    let resume_token = position.map(|position| Token::new("metrics", position).to_string()).unwrap_or_default();
    Ok(WatchMetricsResponse { event: Some(event), resume_token })
}

fn metrics(id: &str, followers: f64, rate: f64, position: Option<i64>) -> Message {
    let value = |definition: &str, value: f64| MetricValue {
        definition: format!("{definition}@1"),
        result: Some(metric_value::Result::Value(value)),
        ..Default::default()
    };
    let metrics = CreatorMetrics {
        creator: format!("creators/tiktok:{id}"),
        values: vec![value("er.views", rate), value("followers", followers)],
        ..Default::default()
    };
    event(watch_metrics_response::Event::Metrics(metrics), position)
}

fn snapshot_end(position: i64) -> Message {
    let end = watch_metrics_response::SnapshotEnd { creator_count: 1 };
    event(watch_metrics_response::Event::SnapshotEnd(end), Some(position))
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_become_searchable_and_survive_breaks_of_the_stream() {
    let script = Script::default();
    let first = script.next_stream();
    let second = script.next_stream();
    let node = node(script).await;
    ingest(&node, vec![profile("a"), profile("b")]).await;
    for message in [metrics("a", 20_000.0, 0.06, None), metrics("b", 500.0, 0.01, None), snapshot_end(5)] {
        first.send(message).expect("followed");
    }
    let request = |filter: &str, position: i64| SearchCreatorsRequest {
        filter: filter.into(),
        read_after: vec![Token::new("metrics", position).to_string()],
        facets: vec!["tier".into()],
        ..Default::default()
    };
    let found = search(&node, request("er.views > 0.05 AND tier = MICRO", 5)).await.expect("answered");
    assert_eq!(found.total_size, Some(1));
    assert_eq!(found.creators[0].followers, Some(20_000));
    assert_eq!(found.creators[0].metrics.len(), 2);
    drop(first);
    second.send(metrics("b", 15_000.0, 0.07, Some(6))).expect("followed");
    let found = search(&node, request("er.views > 0.05 AND tier = MICRO", 6)).await.expect("answered");
    let names: Vec<&str> = found.creators.iter().map(|creator| creator.name.as_str()).collect();
    assert_eq!(names, ["creators/tiktok:a", "creators/tiktok:b"]);
    let tokens = node.script.tokens.lock().expect("no panic").clone();
    assert_eq!(tokens, [String::new(), Token::new("metrics", 5).to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_leads_to_a_new_snapshot() {
    let script = Script::default();
    let streams: Vec<_> = (0..3).map(|_| script.next_stream()).collect();
    let node = node(script).await;
    ingest(&node, vec![profile("a"), profile("b")]).await;
    for message in [metrics("a", 1.0, 0.1, None), metrics("b", 2.0, 0.1, None), snapshot_end(5)] {
        streams[0].send(message).expect("followed");
    }
    streams[0].send(Err(Status::unavailable("restarts"))).expect("followed");
    streams[1].send(Err(Status::out_of_range("the log no longer reaches back"))).expect("followed");
    for message in [metrics("b", 3.0, 0.1, None), snapshot_end(9)] {
        streams[2].send(message).expect("followed");
    }
    let request = SearchCreatorsRequest {
        read_after: vec![Token::new("metrics", 9).to_string()],
        order_by: "followers desc".into(),
        ..Default::default()
    };
    let found = search(&node, request).await.expect("answered");
    let followers: Vec<Option<i64>> = found.creators.iter().map(|creator| creator.followers).collect();
    assert_eq!(followers, [Some(3), None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_item_of_a_batch_tells_what_came_of_it() {
    let node = node(Script::default()).await;
    let bad = Creator { name: "creators/vimeo:1".into(), country: "Brazil".into(), ..Default::default() };
    let answer = ingest(&node, vec![profile("a"), bad, profile("a")]).await;
    assert_eq!(answer.sequence, 1);
    let outcomes: Vec<i32> = answer.results.iter().map(|result| result.outcome).collect();
    assert_eq!(outcomes, [1, 5, 3]);
    let fields: Vec<&str> = answer.results[1].violations.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["name", "source", "observe_time", "country"]);
    let name = "creators/tiktok:a".to_owned();
    let creator = node.client.clone().get_creator(GetCreatorRequest { name, ..Default::default() }).await;
    let creator = creator.expect("known").into_inner().creator.expect("set");
    assert_eq!((creator.country.as_str(), creator.niches[0].as_str(), creator.platform), ("BR", "beauty", 2));
    assert!(!creator.etag.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_answered_in_the_order_asked_for() {
    let node = node(Script::default()).await;
    ingest(&node, vec![profile("a"), profile("b")]).await;
    let names: Vec<String> = ["b", "x", "a", "b"].iter().map(|id| format!("creators/tiktok:{id}")).collect();
    let read_mask = Some(prost_types::FieldMask { paths: vec!["name".into()] });
    let request = BatchGetCreatorsRequest { names: names.clone(), read_mask };
    let entries = node.client.clone().batch_get_creators(request).await.expect("answered").into_inner().entries;
    assert_eq!(entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>(), names);
    assert!(entries[1].creator.is_none());
    assert_eq!(entries[3].creator, Some(Creator { name: names[0].clone(), ..Default::default() }));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_problem_of_a_search_is_told_at_once() {
    let node = node(Script::default()).await;
    let request = SearchCreatorsRequest {
        filter: "folowers > 5 AND tier = BIG".into(),
        order_by: "niche".into(),
        page_size: 5_000,
        page_token: "rubbish".into(),
        facets: vec!["bio".into()],
        explain_creator: "creators/tiktok:x".into(),
        read_after: vec!["rubbish".into()],
        read_mask: Some(prost_types::FieldMask { paths: vec!["nam".into()] }),
        ..Default::default()
    };
    let status = search(&node, request).await.expect_err("refused");
    assert_eq!(status.code(), Code::InvalidArgument);
    for part in [
        "at character 0",
        "did you mean `followers`",
        "at character 17",
        "order_by",
        "page_size",
        "page_token",
        "facets[0]",
        "explain_creator",
        "read_after[0]",
        "read_mask",
    ] {
        assert!(status.message().contains(part), "{part}: {}", status.message());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_explanations_fit_what_was_asked() {
    let node = node(Script::default()).await;
    let other = Creator { country: "US".into(), ..profile("other") };
    let mut profiles: Vec<Creator> = (0..7).map(|id| profile(&format!("c{id}"))).collect();
    profiles.push(other);
    let token = ingest(&node, profiles).await.change_token;
    let mut request = SearchCreatorsRequest {
        filter: "country = BR AND niche:beauty".into(),
        page_size: 3,
        read_after: vec![token],
        explain: true,
        explain_creator: "creators/tiktok:other".into(),
        ..Default::default()
    };
    let mut names = Vec::new();
    loop {
        let page = search(&node, request.clone()).await.expect("answered");
        assert_eq!(page.total_size, Some(7));
        let without_total = SearchCreatorsRequest { skip_total: true, ..request.clone() };
        let same = search(&node, without_total).await.expect("answered");
        assert_eq!((same.total_size, &same.creators), (None, &page.creators));
        let explanation = page.explanation.expect("asked for");
        let counts: Vec<(i64, i64)> =
            explanation.clauses.iter().map(|clause| (clause.kept_count, clause.without_count)).collect();
        assert_eq!((counts, explanation.removed_by), (vec![(7, 8), (8, 7)], vec![0]));
        names.extend(page.creators.into_iter().map(|creator| creator.name));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 7);
    request.order_by = "display_name".into();
    let status = search(&node, request).await.expect_err("a token of another order");
    assert!(status.message().contains("page_token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_creator_is_gone_everywhere() {
    let node = node(Script::default()).await;
    ingest(&node, vec![profile("a"), profile("b")]).await;
    let mut watcher =
        node.client.clone().watch_creators(WatchCreatorsRequest::default()).await.expect("watched").into_inner();
    for _ in 0..3 {
        watcher.message().await.expect("streamed").expect("snapshot and its end");
    }
    let mut request =
        DeleteCreatorRequest { name: "creators/tiktok:a".into(), etag: "old".into(), ..Default::default() };
    let mut client = node.client.clone();
    assert_eq!(client.delete_creator(request.clone()).await.expect_err("another etag").code(), Code::Aborted);
    request.etag.clear();
    let removed = client.delete_creator(request.clone()).await.expect("removed").into_inner();
    assert_eq!((removed.profile_count, removed.post_count, removed.observation_count), (1, 3, 9));
    let event = watcher.message().await.expect("streamed").expect("a delta").event;
    assert_eq!(event, Some(watch_creators_response::Event::Removed("creators/tiktok:a".into())));
    let request_after = SearchCreatorsRequest { read_after: vec![removed.change_token], ..Default::default() };
    assert_eq!(search(&node, request_after).await.expect("answered").total_size, Some(1));
    assert_eq!(client.delete_creator(request.clone()).await.expect_err("gone").code(), Code::NotFound);
    request.allow_missing = true;
    assert_eq!(client.delete_creator(request).await.expect("no error").into_inner().profile_count, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_distribution_shows_what_was_written_before() {
    let node = node(Script::default()).await;
    for count in 1..3 {
        let token = ingest(&node, vec![profile(&format!("c{count}"))]).await.change_token;
        let request = GetDistributionRequest { read_after: vec![token], ..Default::default() };
        let answer = node.client.clone().get_distribution(request).await.expect("answered").into_inner();
        assert_eq!(answer.distributions[0].unknown_count, count);
    }
}

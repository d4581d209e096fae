//! Owns what callers see of this room through the contract, in one process. Never a formula.

use std::{sync::Arc, time::Duration};

use creatorscope_kit::{cache::Cache, changes::ChangeLog, clock::Clock, db::Db, fault::Code, page::Sealer};
use creatorscope_proto::{
    common::v1 as common,
    metrics::v1::{
        self as pb, metrics_service_client::MetricsServiceClient, metrics_service_server::MetricsServiceServer,
        watch_metrics_response::Event,
    },
};
use futures::stream;
use tonic::{Status, Streaming};

use crate::{
    MIGRATIONS,
    convert::to_wire_time,
    definitions::DEFINITIONS,
    grpc::MetricsGrpc,
    progress::Progress,
    service::{Cohorts, Service},
    store::Store,
    testing::day,
};

type Client = MetricsServiceClient<MetricsServiceServer<MetricsGrpc>>;

/// A client of a service over an empty database.
async fn client() -> Client {
    let db = Db::temporary(&MIGRATIONS).await.expect("opens");
    let clock = Clock::fixed(day(100.0));
    let sealer = Sealer::open(&db).await.expect("opens");
    let store = Store::new(db.clone(), ChangeLog::new(db, clock.clone()));
    let cache = Cache::memory(1 << 20);
    let (progress, none) = (Progress::new(), Duration::ZERO);
    let cohorts = Cohorts::new(store.clone(), clock.clone(), cache.clone(), progress, none, none);
    let service = Service::new(store, clock, cache, sealer, cohorts, Arc::default());
    MetricsServiceClient::new(MetricsServiceServer::new(MetricsGrpc::new(service.into())))
}

fn record(post: &str, read: f64, views: i64) -> pb::PostRecord {
    pb::PostRecord {
        post: Some(pb::Post {
            name: format!("creators/tiktok:a/posts/{post}"),
            publish_time: Some(to_wire_time(day(0.0))),
            ..pb::Post::default()
        }),
        observe_time: Some(to_wire_time(day(read))),
        counts: Some(pb::PostCounts { views: Some(views), likes: Some(10), ..pb::PostCounts::default() }),
        source: common::Source::File as i32,
    }
}

fn followers(creator: &str, read: f64, followers: i64) -> pb::Observation {
    pb::Observation {
        subject: format!("creators/{creator}"),
        observe_time: Some(to_wire_time(day(read))),
        counts: Some(pb::observation::Counts::Account(pb::AccountCounts {
            followers: Some(followers),
            ..pb::AccountCounts::default()
        })),
        source: common::Source::File as i32,
    }
}

const POST: &str = "123456789012345";

async fn put_posts(client: &mut Client, messages: Vec<Vec<pb::PostRecord>>) -> Streaming<pb::IngestPostsResponse> {
    let messages = messages.into_iter().map(|records| pb::IngestPostsRequest { records });
    client.ingest_posts(stream::iter(messages.collect::<Vec<_>>())).await.expect("answers").into_inner()
}

async fn put_followers(client: &mut Client, observations: Vec<pb::Observation>) -> pb::IngestObservationsResponse {
    let messages = vec![pb::IngestObservationsRequest { observations }];
    let mut answers = client.ingest_observations(stream::iter(messages)).await.expect("answers").into_inner();
    answers.message().await.expect("stores").expect("one answer a message")
}

async fn get(client: &mut Client, definition: &str, read: Option<f64>) -> Result<common::MetricValue, Status> {
    let selection = pb::MetricSelection { definitions: vec![definition.into()], ..pb::MetricSelection::default() };
    let request = pb::GetCreatorMetricsRequest {
        name: "creators/tiktok:a".into(),
        selection: Some(selection),
        as_of: read.map(|read| to_wire_time(day(read))),
        with_standing: false,
    };
    let metrics = client.get_creator_metrics(request).await?.into_inner().metrics.expect("set");
    Ok(metrics.values.into_iter().next().expect("one value"))
}

fn value(metric: &common::MetricValue) -> Option<f64> {
    match metric.result {
        Some(common::metric_value::Result::Value(value)) => Some(value),
        _ => None,
    }
}

#[tokio::test]
async fn each_message_is_answered_in_order_with_its_rejections_and_conflicts() {
    let mut client = client().await;
    let mut bad = record(POST, 200.0, -5);
    bad.source = 99;
    let messages =
        vec![vec![bad, record(POST, 5.0, 100)], vec![record(POST, 5.0, 101)], vec![], vec![record(POST, 6.0, 1)]];
    let mut answers = put_posts(&mut client, messages).await;
    let first = answers.message().await.expect("stores").expect("answered");
    assert_eq!((first.sequence, first.accepted_count, first.duplicate_count), (1, 1, 0));
    let told: Vec<(&str, &str)> =
        first.rejections[0].violations.iter().map(|found| (found.field.as_str(), found.reason.as_str())).collect();
    let expected = [("source", "UNKNOWN_VALUE"), ("observe_time", "FUTURE_TIME"), ("counts.views", "NEGATIVE_COUNT")];
    for problem in expected {
        assert!(told.contains(&problem), "{told:?}");
    }
    assert_eq!(told.len(), 3);
    let second = answers.message().await.expect("stores").expect("answered");
    assert_eq!((second.sequence, second.accepted_count, second.duplicate_count), (2, 0, 1));
    assert_eq!((second.conflicts[0].index, &second.conflicts[0].fields[..]), (0, &["counts.views".to_owned()][..]));
    assert_eq!(answers.message().await.expect_err("an empty message ends the stream").code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_metric_is_answered_as_of_any_time_and_from_the_cache() {
    let mut client = client().await;
    put_posts(&mut client, vec![vec![record(POST, 5.0, 100), record(POST, 6.0, 400)]])
        .await
        .message()
        .await
        .expect("stores");
    assert_eq!(value(&get(&mut client, "views.mean", None).await.expect("known")), Some(400.0));
    assert_eq!(value(&get(&mut client, "views.mean@1", Some(5.5)).await.expect("known")), Some(100.0));
    let missing = get(&mut client, "views.mean", Some(4.0)).await.expect_err("nothing was known then");
    assert_eq!(missing.code(), Code::NotFound);
    let all =
        || pb::GetCreatorMetricsRequest { name: "creators/tiktok:a".into(), ..pb::GetCreatorMetricsRequest::default() };
    let first = client.get_creator_metrics(all()).await.expect("known").into_inner().metrics.expect("set");
    assert_eq!(first.values.len(), DEFINITIONS.len());
    assert_eq!(client.get_creator_metrics(all()).await.expect("known").into_inner().metrics, Some(first.clone()));
    put_posts(&mut client, vec![vec![record(POST, 7.0, 500)]]).await.message().await.expect("stores");
    let next = client.get_creator_metrics(all()).await.expect("known").into_inner().metrics.expect("set");
    assert!(next.etag != first.etag && next.as_of == Some(to_wire_time(day(7.0))));
}

#[tokio::test]
async fn a_batch_is_answered_in_the_order_asked_for() {
    let mut client = client().await;
    put_followers(&mut client, vec![followers("youtube:b", 5.0, 7), followers("tiktok:a", 5.0, 9)]).await;
    let names =
        ["creators/youtube:b", "creators/tiktok:x", "creators/tiktok:a", "creators/youtube:b"].map(str::to_owned);
    let request =
        pb::BatchGetCreatorMetricsRequest { names: names.to_vec(), ..pb::BatchGetCreatorMetricsRequest::default() };
    let entries = client.batch_get_creator_metrics(request).await.expect("answers").into_inner().entries;
    let known: Vec<bool> = entries.iter().map(|entry| entry.metrics.is_some()).collect();
    assert_eq!(entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>(), names);
    assert_eq!(known, [true, false, true, true]);
}

#[tokio::test]
async fn the_past_is_paged_by_days_newest_first() {
    let mut client = client().await;
    let counted = (0..5)
        .flat_map(|read| [0.2, 0.8].map(|part| followers("tiktok:a", f64::from(read) + part, i64::from(read) * 10)));
    put_followers(&mut client, counted.collect()).await;
    let mut request = pb::ListMetricHistoryRequest {
        parent: "creators/tiktok:a".into(),
        definition: "followers".into(),
        start_time: Some(to_wire_time(day(1.0))),
        page_size: 3,
        ..pb::ListMetricHistoryRequest::default()
    };
    let first = client.list_metric_history(request.clone()).await.expect("answers").into_inner();
    assert_eq!(first.values.iter().filter_map(value).collect::<Vec<_>>(), [40.0, 30.0, 20.0]);
    assert_eq!(first.values[0].as_of, Some(to_wire_time(day(4.8))));
    request.page_token = first.next_page_token;
    let second = client.list_metric_history(request.clone()).await.expect("answers").into_inner();
    assert_eq!(
        (second.values.iter().filter_map(value).collect::<Vec<_>>(), second.next_page_token),
        (vec![10.0], String::new())
    );
    request.definition = "posts".into();
    assert_eq!(client.list_metric_history(request).await.expect_err("another query").code(), Code::InvalidArgument);
}

#[tokio::test]
async fn the_registry_is_paged_and_names_the_changepoints() {
    let mut client = client().await;
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListMetricDefinitionsRequest { page_size: 7, page_token };
        let page = client.list_metric_definitions(request).await.expect("answers").into_inner();
        assert_eq!(page.changepoints.len(), 3);
        names.extend(page.metric_definitions.into_iter().map(|definition| definition.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let expected: Vec<String> =
        DEFINITIONS.iter().map(|definition| format!("metricDefinitions/{}", definition.name())).collect();
    assert_eq!(names, expected);
}

async fn watch(client: &mut Client, request: pb::WatchMetricsRequest) -> Streaming<pb::WatchMetricsResponse> {
    client.watch_metrics(request).await.expect("answers").into_inner()
}

async fn next(stream: &mut Streaming<pb::WatchMetricsResponse>) -> (String, String) {
    let message = stream.message().await.expect("goes on").expect("does not end");
    let event = match message.event.expect("set") {
        Event::Metrics(metrics) => format!("{} {}", metrics.creator, value(&metrics.values[0]).unwrap_or(-1.0)),
        Event::Removed(name) => format!("{name} removed"),
        Event::SnapshotEnd(end) => format!("end {}", end.creator_count),
        Event::Heartbeat(_) => "heartbeat".into(),
    };
    (event, message.resume_token)
}

#[tokio::test]
async fn a_watcher_gets_the_snapshot_and_then_what_changes() {
    let mut client = client().await;
    put_followers(&mut client, vec![followers("tiktok:a", 5.0, 5_000), followers("tiktok:b", 5.0, 50)]).await;
    let request = pb::WatchMetricsRequest {
        tiers: vec![common::Tier::Nano as i32],
        selection: Some(pb::MetricSelection {
            definitions: vec!["followers".into()],
            ..pb::MetricSelection::default()
        }),
        ..pb::WatchMetricsRequest::default()
    };
    let mut watcher = watch(&mut client, request.clone()).await;
    assert_eq!(next(&mut watcher).await, ("creators/tiktok:a 5000".into(), String::new()));
    let (event, token) = next(&mut watcher).await;
    assert_eq!(event, "end 1");
    put_followers(&mut client, vec![followers("tiktok:a", 6.0, 6_000)]).await;
    assert_eq!(next(&mut watcher).await.0, "creators/tiktok:a 6000");
    // It leaves the tier.
    put_followers(&mut client, vec![followers("tiktok:a", 7.0, 60_000)]).await;
    assert_eq!(next(&mut watcher).await.0, "creators/tiktok:a removed");
    put_followers(&mut client, vec![followers("tiktok:c", 7.0, 7_000)]).await;
    assert_eq!(next(&mut watcher).await.0, "creators/tiktok:c 7000");
    client
        .erase_creator_metrics(pb::EraseCreatorMetricsRequest { name: "creators/tiktok:c".into() })
        .await
        .expect("erases");
    assert_eq!(next(&mut watcher).await.0, "creators/tiktok:c removed");
    // Who resumes behind the snapshot gets the state of now, each creator once.
    let mut resumed = watch(&mut client, pb::WatchMetricsRequest { resume_token: token, ..request }).await;
    let mut told = [next(&mut resumed).await.0, next(&mut resumed).await.0];
    told.sort();
    assert_eq!(told, ["creators/tiktok:a removed", "creators/tiktok:c removed"]);
}

#[tokio::test]
async fn a_snapshot_holds_every_creator_once() {
    let mut client = client().await;
    put_followers(&mut client, (0..450).map(|number| followers(&format!("tiktok:{number}"), 5.0, number)).collect())
        .await;
    let mut watcher = watch(&mut client, pb::WatchMetricsRequest::default()).await;
    let mut seen = Vec::new();
    loop {
        let (event, _) = next(&mut watcher).await;
        if event == "end 450" {
            break;
        }
        seen.push(event);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 450);
}

#[tokio::test]
async fn everything_wrong_with_a_request_is_told_at_once() {
    let mut client = client().await;
    let request = pb::WatchMetricsRequest {
        creators: vec!["creators/x:1".into()],
        platforms: vec![0],
        tiers: vec![77],
        selection: Some(pb::MetricSelection { definitions: vec!["er".into()], ..pb::MetricSelection::default() }),
        resume_token: "rubbish".into(),
        ..pb::WatchMetricsRequest::default()
    };
    let refused = client.watch_metrics(request).await.expect_err("is refused");
    assert_eq!(refused.code(), Code::InvalidArgument);
    for field in ["creators[0]", "platforms[0]", "tiers[0]", "selection.definitions[0]", "resume_token"] {
        assert!(refused.message().contains(field), "{field}: {}", refused.message());
    }
}

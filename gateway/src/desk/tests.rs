//! Owns the tests of calls from the door to their end. Never what a method means.

use std::time::Duration;

use bytes::Bytes;
use creatorscope_kit::transport::service;
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use jiff::SignedDuration;
use prost::Message;
use tonic_types::StatusExt;

use super::*;
use crate::testing::{Desk, end, message, peer};

const GET: &str = "/creatorscope.discovery.v1.DiscoveryService/GetCreator";
const SEARCH: &str = "/creatorscope.discovery.v1.DiscoveryService/SearchCreators";
const WATCH: &str = "/creatorscope.discovery.v1.DiscoveryService/WatchCreators";
const INGEST: &str = "/creatorscope.discovery.v1.DiscoveryService/IngestCreators";
const DELETE: &str = "/creatorscope.discovery.v1.DiscoveryService/DeleteCreator";

fn asked(path: &str, body: impl Into<Bytes>) -> Request<Body> {
    let body = Body::new(Full::from(body.into()));
    Request::post(path)
        .header("content-type", "application/grpc")
        .header("x-request-id", "r-1")
        .body(body)
        .expect("good")
}

fn dry(path: &str, body: impl Into<Bytes>) -> Request<Body> {
    let mut request = asked(path, body);
    request.headers_mut().insert("x-dry-run", http::HeaderValue::from_static("true"));
    request
}

/// Codes and costs of the lines.
async fn told(desk: &mut Desk) -> Vec<(String, i64)> {
    desk.lines().await.into_iter().map(|line| (line.code, line.units)).collect()
}

fn line(code: &str, units: i64) -> (String, i64) {
    (code.to_owned(), units)
}

fn header(response: &Response<Body>, name: &str) -> String {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_call_is_written_once_with_the_code_of_its_end() {
    let mut desk = Desk::new("{}").await;
    let (peer, _) = peer(vec![Frame::data(message(b"")), end("5")]);
    let response = desk.pass(peer).answer(asked(GET, message(b""))).await.expect("answered");
    assert!(desk.lines().await.is_empty(), "it has not ended");
    let trailers = response.into_body().collect().await.expect("a body").trailers().cloned();
    assert_eq!(trailers.expect("trailers")["grpc-status"], "5");
    let lines = desk.lines().await;
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!((line.code.as_str(), line.units, line.request_id.as_str()), ("NOT_FOUND", 1, "r-1"));
    assert_eq!((line.key.as_str(), line.tenant.as_str(), line.method.as_str()), ("anonymous", "default", &GET[1..]));
}

#[tokio::test]
async fn an_answer_without_messages_and_one_that_never_came_are_written_too() {
    let mut desk = Desk::new("{}").await;
    let refuses = service(|_| async { Ok(Status::invalid_argument("no").into_http()) });
    drop(desk.pass(refuses).answer(asked(GET, message(b""))).await.expect("answered"));
    let away = service(|_| async { Err(Status::unavailable("gone")) });
    desk.pass(away).answer(asked(GET, message(b""))).await.expect_err("nobody is there");
    let (breaks, _) = peer(vec![Frame::data(message(b""))]);
    let response = desk.pass(breaks).answer(asked(GET, message(b""))).await.expect("answered");
    response.into_body().collect().await.expect("it ends without a status");
    let found = told(&mut desk).await;
    assert_eq!(found, [line("INVALID_ARGUMENT", 1), line("UNAVAILABLE", 0), line("UNKNOWN", 1)]);
}

#[tokio::test]
async fn who_goes_away_leaves_a_line_and_frees_the_place() {
    let mut desk = Desk::new(r#"{"key_streams": 1}"#).await;
    let never = service(|_| std::future::pending());
    let pass = desk.pass(never);
    let mut call = Box::pin(pass.answer(asked(GET, message(b""))));
    assert!(futures::poll!(&mut call).is_pending());
    drop(call);
    let stream = || {
        let (peer, _) = peer(vec![Frame::data(message(b"a")), Frame::data(message(b"b")), end("0")]);
        peer
    };
    let mut first = desk.pass(stream()).answer(asked(WATCH, message(b""))).await.expect("answered").into_body();
    first.frame().await.expect("a frame").expect("good");
    let refused = desk.pass(stream()).answer(asked(WATCH, message(b""))).await.expect_err("one is open");
    assert_eq!(refused.get_error_details().error_info().expect("a reason").reason, "TOO_MANY_STREAMS");
    drop(first);
    let second = desk.pass(stream()).answer(asked(WATCH, message(b""))).await.expect("the place is free");
    second.into_body().collect().await.expect("it ends");
    let codes: Vec<String> = told(&mut desk).await.into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["CANCELLED", "RESOURCE_EXHAUSTED", "CANCELLED", "OK"]);
}

#[tokio::test]
async fn answers_tell_what_is_left_and_refusals_how_long_to_wait() {
    let mut desk = Desk::new(r#"{"key_rate": 5, "key_burst": 100, "tenant_rate": 0}"#).await;
    let ok = || peer(vec![Frame::data(message(b"")), end("0")]).0;
    for call in 1..=20 {
        let response = desk.pass(ok()).answer(asked(SEARCH, message(b""))).await.expect("there is enough");
        assert_eq!(header(&response, "x-ratelimit-remaining"), (100 - 5 * call).to_string());
        assert_eq!(header(&response, "x-ratelimit-reset"), call.to_string());
        response.into_body().collect().await.expect("it ends");
    }
    let refused = desk.pass(ok()).answer(asked(SEARCH, message(b""))).await.expect_err("empty");
    let details = refused.get_error_details();
    let told = details.error_info().expect("a reason");
    assert_eq!((refused.code(), told.reason.as_str()), (Code::ResourceExhausted, "RATE_LIMITED"));
    assert_eq!((told.metadata["limit"].as_str(), told.metadata["cost"].as_str()), ("100", "5"));
    assert_eq!(details.retry_info().expect("a wait").retry_delay, Some(Duration::from_secs(1)));
    assert_eq!(refused.metadata().get("x-ratelimit-remaining").expect("told"), "0");
    desk.clock.set(desk.clock.now() + SignedDuration::from_secs(1));
    desk.pass(ok()).answer(asked(SEARCH, message(b""))).await.expect("after the wait");
    let lines = desk.lines().await;
    let refused: Vec<_> = lines.iter().filter(|line| !line.reason.is_empty()).collect();
    assert_eq!((lines.len(), refused.len(), refused[0].reason.as_str()), (22, 1, "RATE_LIMITED"));
    assert_eq!(refused[0].units, 0);
}

#[tokio::test]
async fn a_monthly_quota_holds_open_calls_too_and_begins_anew() {
    let desk = Desk::new(r#"{"key_monthly_quota": 12}"#).await;
    let ok = || peer(vec![Frame::data(message(b"")), end("0")]).0;
    let open = desk.pass(ok()).answer(asked(SEARCH, message(b""))).await.expect("5 of 12");
    let second = desk.pass(ok()).answer(asked(SEARCH, message(b""))).await.expect("10 of 12");
    assert_eq!((header(&second, "x-quota-limit"), header(&second, "x-quota-remaining")), ("12".into(), "2".into()));
    let refused = desk.pass(ok()).answer(asked(SEARCH, message(b""))).await.expect_err("15 of 12");
    let details = refused.get_error_details();
    assert_eq!(details.error_info().expect("a reason").reason, "QUOTA_EXHAUSTED");
    // The test's clock stands on 2027-01-15T08:00:00Z.
    let until = Duration::from_secs(16 * 86_400 + 16 * 3_600);
    assert_eq!(details.retry_info().expect("a wait").retry_delay, Some(until));
    desk.pass(ok()).answer(asked(GET, message(b""))).await.expect("11 of 12");
    drop((open, second));
    desk.pass(ok()).answer(asked(SEARCH, message(b""))).await.expect_err("who goes away has used it");
    desk.clock.set(desk.clock.now() + SignedDuration::from_hours(17 * 24));
    desk.pass(ok()).answer(asked(SEARCH, message(b""))).await.expect("another month");
}

#[tokio::test]
async fn every_message_of_a_clients_stream_costs() {
    let mut desk = Desk::new("{}").await;
    let (peer, got) = peer(vec![Frame::data(message(b"")), end("0")]);
    let sent: Vec<u8> = [b"one".as_slice(), b"", b"three"].iter().flat_map(|content| message(content)).collect();
    let response = desk.pass(peer).answer(asked(INGEST, sent.clone())).await.expect("answered");
    response.into_body().collect().await.expect("it ends");
    assert_eq!(got.lock().expect("whole")[0], sent);
    assert_eq!(told(&mut desk).await, [line("OK", 3)]);
    let used = desk.door.fair.usage.used(&crate::fair::usage::Subject::Key("anonymous".to_owned())).await;
    desk.door.fair.usage.write().await.expect("written");
    let all = crate::fair::usage::Asked { begin: 0, end: i64::MAX, ..Default::default() };
    let rows = desk.door.fair.usage.told(&all).await.expect("read");
    assert_eq!((used, rows.units, rows.calls), (0, 3, 1), "nobody had asked for the quota before it was written");
}

#[tokio::test]
async fn a_dry_run_calls_nobody_but_counts_what_a_search_matches() {
    use creatorscope_proto::discovery::v1::{SearchCreatorsRequest, SearchCreatorsResponse};
    let mut desk = Desk::new("{}").await;
    let (nobody, got) = peer(vec![]);
    let response = desk.pass(nobody).answer(dry(DELETE, message(b""))).await.expect("answered");
    assert_eq!((header(&response, "x-quota-cost"), header(&response, "x-matches")), ("10".into(), String::new()));
    assert_eq!(header(&response, "x-ratelimit-limit"), "100000");
    let body = response.into_body().collect().await.expect("a body");
    assert_eq!(body.trailers().expect("trailers")["grpc-status"], "0");
    assert_eq!(body.to_bytes(), message(b""), "an empty message");
    assert!(got.lock().expect("whole").is_empty());

    let found = SearchCreatorsResponse { total_size: Some(321), ..Default::default() };
    let (search, got) = peer(vec![Frame::data(message(&found.encode_to_vec())), end("0")]);
    let request = SearchCreatorsRequest {
        query: "bread".to_owned(),
        page_size: 100,
        page_token: "abc".to_owned(),
        skip_total: true,
        ..Default::default()
    };
    let response = desk.pass(search).answer(dry(SEARCH, message(&request.encode_to_vec()))).await.expect("answered");
    assert_eq!((header(&response, "x-quota-cost"), header(&response, "x-matches")), ("5".into(), "321".into()));
    assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), message(b""));
    let asked = SearchCreatorsRequest::decode(&got.lock().expect("whole")[0][5..]).expect("a request");
    assert_eq!((asked.query.as_str(), asked.page_size, asked.skip_total), ("bread", 1, false));
    assert!(asked.page_token.is_empty());
    assert_eq!(told(&mut desk).await, [line("OK", 0), line("OK", 5)], "a search costs, others do not");

    let mut unclear = dry(DELETE, message(b""));
    unclear.headers_mut().insert("x-dry-run", http::HeaderValue::from_static("yes"));
    let refused = desk.pass(peer(vec![]).0).answer(unclear).await.expect_err("nobody knows what is meant");
    assert_eq!(refused.get_error_details().error_info().expect("a reason").reason, "BAD_DRY_RUN");
}

//! JSON over HTTP and gRPC-Web as their clients see them, in both modes.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use std::time::Duration;

use creatorscope_proto::discovery::v1::GetCreatorRequest;
use creatorscope_tests::{
    Mode, Suite, in_both_modes,
    make::{creator, creator_name},
};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic::body::Body;
use tower::ServiceExt;

const JSON: (&str, &str) = ("content-type", "application/json");
const LINES: (&str, &str) = ("content-type", "application/x-ndjson");

/// Sends a request over HTTP/2 and answers when the headers of the answer are there.
async fn open(suite: &Suite, verb: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Response<Body> {
    let mut request = Request::builder().method(verb).uri(format!("http://{}{path}", suite.address()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_empty() { Body::empty() } else { Body::new(Full::from(body)) };
    suite.transport().oneshot(request.body(body).expect("a request")).await.expect("answered")
}

/// Sends a request and answers with the whole answer.
async fn ask(suite: &Suite, verb: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, HeaderMap, String) {
    let response = open(suite, verb, path, headers, body.as_bytes().to_vec()).await;
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    (head.status.as_u16(), head.headers, String::from_utf8(bytes.to_vec()).expect("UTF-8"))
}

async fn get(suite: &Suite, path: &str) -> Value {
    let (status, _, text) = ask(suite, "GET", path, &[], "").await;
    assert_eq!(status, 200, "{path}: {text}");
    serde_json::from_str(&text).expect("JSON")
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON value a line")).collect()
}

/// Reads from an open answer until its text holds a word.
async fn until(body: &mut Body, word: &str) -> String {
    let mut text = String::new();
    while !text.contains(word) {
        let frame = tokio::time::timeout(Duration::from_secs(20), body.frame()).await.expect("in time");
        let bytes = frame.expect("it goes on").expect("good").into_data().unwrap_or_default();
        text.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
    }
    text
}

/// A profile as a line.
fn profile(id: &str) -> Value {
    json!({"name": creator_name(id), "displayName": format!("The {id}"), "handle": id, "source": "SOURCE_GIVEN", "observeTime": "2026-04-11T00:00:00Z"})
}

/// Sends bytes over HTTP/1.1 and answers with all that comes back.
async fn over_http1(suite: &Suite, request: &[u8]) -> Vec<u8> {
    let mut connection = tokio::net::TcpStream::connect(suite.address()).await.expect("open");
    connection.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.expect("answered");
    answer
}

fn web_request(kind: &str, name: &str) -> Vec<u8> {
    let mut message = vec![0x0a, name.len() as u8];
    message.extend_from_slice(name.as_bytes());
    let mut frame = vec![0];
    frame.extend_from_slice(&(message.len() as u32).to_be_bytes());
    frame.extend_from_slice(&message);
    let head = format!(
        "POST /creatorscope.discovery.v1.DiscoveryService/GetCreator HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: {kind}\r\naccept: {kind}\r\nx-grpc-web: 1\r\ncontent-length: {}\r\n\r\n",
        frame.len()
    );
    [head.into_bytes(), frame].concat()
}

in_both_modes! {
    async fn what_comes_as_lines_is_found_by_json_and_by_grpc(suite: &mut Suite) {
        let body = [json!({"creators": [profile("ann"), profile("ben")]}), json!({"creators": [profile("ann")]})];
        let body: String = body.iter().map(|line| format!("{line}\n")).collect();
        let (status, headers, text) = ask(suite, "POST", "/v1/creators:ingest", &[LINES], &body).await;
        assert_eq!((status, headers["content-type"].to_str().ok()), (200, Some("application/x-ndjson")), "{text}");
        let answers = lines(&text);
        assert_eq!((&answers[0]["sequence"], &answers[1]["sequence"]), (&json!("1"), &json!("2")));
        assert_eq!(answers[1]["results"][0]["outcome"], "OUTCOME_UNCHANGED");

        let found = get(suite, "/v1/creators/tiktok:ann").await;
        let request = GetCreatorRequest { name: creator_name("ann"), ..Default::default() };
        let told = suite.discovery().get_creator(request).await.expect("found").into_inner().creator.expect("a creator");
        assert_eq!((&found["creator"]["displayName"], &found["creator"]["etag"]), (&json!(told.display_name), &json!(told.etag)));
        assert_eq!(get(suite, "/v1/creators/tiktok:ann?read_mask=handle").await, json!({"creator": {"handle": "ann"}}));
        let both = get(suite, "/v1/creators:batchGet?names=creators/tiktok:ben&names=creators%2Ftiktok%3Anobody&readMask=name").await;
        assert_eq!(both["entries"][0]["creator"]["name"], creator_name("ben"));
        assert!(both["entries"][1].get("creator").is_none(), "{both}");

        let wanted = json!({"query": "the ann", "page_size": 1, "readAfter": [answers[1]["changeToken"]]});
        let (status, _, text) = ask(suite, "POST", "/v1/creators:search", &[JSON], &wanted.to_string()).await;
        let found: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((status, &found["totalSize"]), (200, &json!("1")), "{text}");
        assert_eq!(found["creators"].as_array().map(Vec::len), Some(1));
    }

    async fn errors_tell_what_and_where_and_carry_the_id_of_the_request(suite: &mut Suite) {
        let (status, headers, text) = ask(suite, "GET", "/v1/creators/tiktok:nobody", &[("x-request-id", "my-id")], "").await;
        let error: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((status, headers["x-request-id"].to_str().ok()), (404, Some("my-id")));
        assert_eq!((&error["error"]["code"], &error["error"]["status"]), (&json!(404), &json!("NOT_FOUND")));
        let details = error["error"]["details"].as_array().expect("details");
        let detail = |kind: &str| details.iter().find(|one| one["@type"] == format!("type.googleapis.com/google.rpc.{kind}")).expect("it is there");
        assert_eq!(detail("ErrorInfo")["reason"], "CREATOR_NOT_FOUND");
        assert_eq!(detail("ResourceInfo")["resourceName"], creator_name("nobody"));
        assert_eq!(detail("RequestInfo")["requestId"], "my-id");

        let wrong = r#"{"query": "a", "pageSise": 1, "facets": "country"}"#;
        let (status, _, text) = ask(suite, "POST", "/v1/creators:search", &[JSON], wrong).await;
        assert_eq!(status, 400);
        assert!(text.contains(r#""field":"pageSise""#) && text.contains("near are pageSize") && text.contains(r#""field":"facets""#), "{text}");
        let (status, _, text) = ask(suite, "POST", "/v1/creators:search", &[JSON], r#"{"filter": "followrs > 1"}"#).await;
        assert_eq!(status, 400, "the service refuses it: {text}");
        assert!(text.contains("followers"), "{text}");
        let (status, headers, _) = ask(suite, "PATCH", "/v1/creators/tiktok:nobody", &[JSON], "{}").await;
        assert_eq!((status, headers["allow"].to_str().ok()), (405, Some("DELETE, GET")));
        assert_eq!(ask(suite, "GET", "/v2/creators/tiktok:nobody", &[], "").await.0, 404);
    }

    async fn a_watch_goes_on_where_a_browser_left_it(suite: &mut Suite) {
        suite.ingest_creators(vec![creator("ann")]).await.expect("good");
        let events = ("accept", "text/event-stream");
        let mut first = open(suite, "GET", "/v1/creators:watch?heartbeatInterval=1s", &[events], Vec::new()).await;
        assert_eq!(first.headers()["content-type"], "text/event-stream");
        let text = until(first.body_mut(), "snapshotEnd").await;
        assert!(text.starts_with("retry: ") && text.contains("creators/tiktok:ann"), "{text}");
        let text = if text.contains("id: ") { text } else { until(first.body_mut(), "id: ").await };
        let token = text.split("id: ").nth(1).and_then(|rest| rest.lines().next()).expect("a token").to_owned();
        drop(first);
        suite.ingest_creators(vec![creator("ben")]).await.expect("good");
        let again = [events, ("last-event-id", token.as_str())];
        let mut second = open(suite, "GET", "/v1/creators:watch?heartbeatInterval=1s", &again, Vec::new()).await;
        let text = until(second.body_mut(), "creators/tiktok:ben").await;
        assert!(!text.contains("creators/tiktok:ann") && !text.contains("snapshotEnd"), "{text}");

        let timeout = [("x-request-timeout", "400ms")];
        let (status, _, text) = ask(suite, "GET", "/v1/creators:watch?skipSnapshot=true", &timeout, "").await;
        let last = lines(&text).pop().expect("an error at least");
        assert_eq!((status, &last["error"]["status"], &last["error"]["code"]), (200, &json!("DEADLINE_EXCEEDED"), &json!(504)), "{text}");
    }

    async fn lines_are_answered_while_more_are_sent(suite: &mut Suite) {
        let (sender, receiver) = tokio::sync::mpsc::channel::<Result<http_body::Frame<bytes::Bytes>, tonic::Status>>(1);
        let body = Body::new(http_body_util::StreamBody::new(tokio_stream::wrappers::ReceiverStream::new(receiver)));
        let line = |id: &str| http_body::Frame::data(bytes::Bytes::from(format!("{}\n", json!({"creators": [profile(id)]}))));
        let request = Request::post(format!("http://{}/v1/creators:ingest", suite.address())).header(LINES.0, LINES.1).body(body).expect("a request");
        sender.send(Ok(line("ann"))).await.expect("open");
        let mut response = suite.transport().oneshot(request).await.expect("answered");
        until(response.body_mut(), r#""sequence":"1""#).await;
        sender.send(Ok(line("ben"))).await.expect("open");
        until(response.body_mut(), r#""sequence":"2""#).await;
        let wrong = http_body::Frame::data(bytes::Bytes::from_static(b"{\"creator\": 1}\n"));
        sender.send(Ok(wrong)).await.expect("open");
        let text = until(response.body_mut(), "\n").await;
        assert!(text.contains("line 3.creator: is not known"), "{text}");
        // The rest of the request is not read, which may show as a reset.
        let rest = response.into_body().collect().await.map(|rest| rest.to_bytes()).unwrap_or_default();
        assert!(rest.is_empty(), "{rest:?}");
    }

    async fn every_method_of_the_document_is_reached(suite: &mut Suite) {
        let document = get(suite, "/openapi.json").await;
        let mut count = 0;
        for (path, verbs) in document["paths"].as_object().expect("paths") {
            let path = path.split('{').enumerate().fold(String::new(), |path, (place, part)| match (place, part.split_once('}')) {
                (0, _) | (_, None) => path + part,
                (_, Some((_, rest))) => path + "x:1" + rest,
            });
            for (verb, operation) in verbs.as_object().expect("verbs") {
                let takes_lines = operation["requestBody"]["content"].get("application/x-ndjson").is_some();
                let has_body = operation.get("requestBody").is_some();
                let kind = if takes_lines { LINES } else { JSON };
                let headers = [("x-request-timeout", "500ms"), kind];
                let headers = if has_body { &headers[..] } else { &headers[..1] };
                let (status, _, text) = ask(suite, &verb.to_uppercase(), &path, headers, if has_body { "{}" } else { "" }).await;
                assert!(![405, 415, 500, 501, 503].contains(&status) && !text.contains("UNKNOWN_PATH"), "{verb} {path}: {status} {text}");
                count += 1;
            }
        }
        assert!(count > 50, "{count}");
    }

    async fn a_web_client_is_answered_with_its_trailers_in_the_body(suite: &mut Suite) {
        suite.ingest_creators(vec![creator("ann")]).await.expect("good");
        let answer = over_http1(suite, &web_request("application/grpc-web+proto", "creators/tiktok:ann")).await;
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with("HTTP/1.1 200") && text.contains("content-type: application/grpc-web+proto"), "{text}");
        assert!(text.contains("The ann") && text.contains("grpc-status:0"), "{text}");
        let answer = over_http1(suite, &web_request("application/grpc-web+proto", "creators/tiktok:nobody")).await;
        let text = String::from_utf8_lossy(&answer);
        assert!(text.contains("content-type: application/grpc-web+proto") && text.contains("grpc-status: 5"), "{text}");
    }

    async fn the_page_needs_nothing_from_elsewhere(suite: &mut Suite) {
        for (path, kind) in [("/docs", "text/html"), ("/docs/page.css", "text/css"), ("/docs/page.js", "text/javascript")] {
            let (status, headers, text) = ask(suite, "GET", path, &[], "").await;
            assert_eq!(status, 200, "{path}");
            assert!(headers["content-type"].to_str().is_ok_and(|found| found.starts_with(kind)));
            assert!(headers["content-security-policy"].to_str().is_ok_and(|policy| policy.contains("default-src 'none'")));
            assert!(!text.contains("http://") && !text.contains("https://"), "{path}");
        }
    }
}

#[tokio::test]
async fn pages_of_listed_origins_may_call_and_no_others() {
    let suite = Suite::start_with(Mode::Embedded, &["gateway.cors_origins=https://app.example.com"]).await;
    for (origin, allowed) in [("https://app.example.com", true), ("https://evil.example.com", false)] {
        let asks = [("origin", origin), ("access-control-request-method", "POST")];
        let (status, headers, _) = ask(&suite, "OPTIONS", "/v1/creators:search", &asks, "").await;
        assert_eq!(status, if allowed { 204 } else { 403 });
        assert_eq!(headers.get("access-control-allow-origin").is_some(), allowed);
        let (status, headers, _) = ask(&suite, "GET", "/v1/metricDefinitions", &[("origin", origin)], "").await;
        assert_eq!((status, headers.get("access-control-allow-origin").is_some()), (200, allowed));
    }
    suite.stop().await;
}

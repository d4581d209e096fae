//! Owns the tests of a whole call: what of a request reaches a service, and what of its answer the client.

use std::sync::Mutex;

use creatorscope_kit::transport::service;
use futures::StreamExt;
use prost::Message;
use serde_json::{Value, json};

use super::*;
use crate::{policy, testing};

/// A service that notes what it gets and answers with these frames and trailers.
struct Double {
    got: Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>,
    front: Front,
}

fn trailers(code: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), HeaderValue::from_static(code))])
}

async fn double(messages: Vec<DynamicMessage>, code: &'static str) -> Double {
    let got = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&got);
    let transport = service(move |request: Request<Body>| {
        let (noted, messages) = (Arc::clone(&noted), messages.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            noted.lock().expect("not poisoned").push((head.uri.path().to_owned(), head.headers, body));
            let data =
                messages.iter().map(|message| Ok(http_body::Frame::data(call::frame(message)))).collect::<Vec<_>>();
            let end = [Ok::<_, Status>(http_body::Frame::trailers(trailers(code)))];
            let frames = futures::stream::iter(data.into_iter().chain(end));
            Ok(Response::new(Body::new(http_body_util::StreamBody::new(frames))))
        }
    });
    let services: Vec<&'static str> = vec![
        "creatorscope.discovery.v1.DiscoveryService",
        "creatorscope.metrics.v1.MetricsService",
        "creatorscope.scoring.v1.ScoringService",
    ];
    let methods = policy::read(creatorscope_proto::pool(), &services).expect("all can be exposed");
    let peers = [Peer { services, transport }];
    let front =
        Front::new(&methods, &peers, &Config::default(), testing::open_door().await).expect("the rules are good");
    Double { got, front }
}

impl Double {
    async fn ask(&self, verb: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, HeaderMap, String) {
        self.ask_bytes(verb, path, headers, body.as_bytes()).await
    }

    async fn ask_bytes(
        &self,
        verb: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (u16, HeaderMap, String) {
        let mut request = Request::builder().method(verb).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::new(Full::from(body.to_vec()))).expect("a request");
        let response = self.front.answer(request).await;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        (head.status.as_u16(), head.headers, String::from_utf8(bytes.to_vec()).expect("UTF-8"))
    }

    fn got(&self) -> Vec<(String, HeaderMap, Bytes)> {
        self.got.lock().expect("not poisoned").clone()
    }
}

fn of(name: &str, value: Value) -> DynamicMessage {
    let descriptor = creatorscope_proto::pool().get_message_by_name(name).expect("a message of the contracts");
    DynamicMessage::deserialize(descriptor, value).expect("it is good")
}

/// Verb, path, headers and body of a request, and the status and a part of the text that it is answered with.
type Wrong<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, u16, &'a str);

const JSON: (&str, &str) = ("content-type", "application/json");
const LINES: (&str, &str) = ("content-type", "application/x-ndjson; charset=utf-8");

async fn answered() -> Double {
    double(
        vec![of("creatorscope.discovery.v1.GetCreatorResponse", json!({"creator": {"name": "creators/tiktok:a"}}))],
        "0",
    )
    .await
}

#[tokio::test]
async fn path_and_parameters_become_the_message_of_a_call() {
    let double = answered().await;
    let headers = [
        ("x-request-timeout", "1.5s"),
        ("authorization", "Bearer x"),
        ("cookie", "a=b"),
        ("x-creatorscope-identity", "me"),
    ];
    let (status, _, text) = double.ask("GET", "/v1/creators/tiktok:a?readMask=displayName", &headers, "").await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), json!({"creator": {"name": "creators/tiktok:a"}}));
    let (path, headers, body) = double.got().remove(0);
    assert_eq!(path, "/creatorscope.discovery.v1.DiscoveryService/GetCreator");
    let expected = of(
        "creatorscope.discovery.v1.GetCreatorRequest",
        json!({"name": "creators/tiktok:a", "readMask": "displayName"}),
    );
    assert_eq!(&body[5..], expected.encode_to_vec());
    assert_eq!(headers["grpc-timeout"], HeaderValue::from_static("1500m"));
    assert!(!headers.contains_key("cookie") && !headers.contains_key("authorization"), "a key stays at the door");
    assert_ne!(headers["x-creatorscope-identity"], HeaderValue::from_static("me"));
}

#[tokio::test]
async fn a_further_way_of_a_rule_leads_to_the_same_call() {
    let double = double(vec![of("creatorscope.discovery.v1.BatchGetCreatorsResponse", json!({}))], "0").await;
    let body = r#"{"names": ["creators/tiktok:a", "creators/tiktok:b"]}"#;
    let (status, _, text) = double.ask("POST", "/v1/creators:batchGet", &[JSON], body).await;
    assert_eq!((status, text.as_str()), (200, r#"{"entries":[]}"#));
    let query = "/v1/creators:batchGet?names=creators/tiktok:a&names=creators/tiktok:b";
    assert_eq!(double.ask("GET", query, &[], "").await.0, 200);
    let got = double.got();
    assert_eq!((&got[0].0, &got[0].2), (&got[1].0, &got[1].2));
}

#[tokio::test]
async fn what_is_wrong_reaches_no_service() {
    let double = answered().await;
    let huge = format!("{{\"query\": \"{}\"}}", "a".repeat(5 << 20));
    let deep = format!("{}{}", "{\"a\":".repeat(1_000), "}".repeat(1_000));
    let cases: [Wrong; 20] = [
        ("GET", "/v1/nowhere", &[], "", 404, "UNKNOWN_PATH"),
        ("POST", "/v1/creators/tiktok:a", &[JSON], "{}", 405, "WRONG_VERB"),
        ("GET", "/v1/creators/..", &[], "", 400, "BAD_PATH"),
        ("GET", "/v1/creators/%2e%2e", &[], "", 400, "BAD_PATH"),
        ("GET", "/v1/creators/a%2Fb", &[], "", 400, "BAD_PATH"),
        ("GET", "/v1/creators/%ff", &[], "", 400, "BAD_PATH"),
        ("GET", "/v1//creators", &[], "", 400, "BAD_PATH"),
        ("GET", "/v1/creators/tiktok:a?readmask=name", &[], "", 400, "near are readMask"),
        ("GET", "/v1/creators/tiktok:a?name=b", &[], "", 400, "given by the path"),
        ("GET", "/v1/creators/tiktok:a", &[], "{}", 400, "UNEXPECTED_BODY"),
        ("GET", "/v1/creators/tiktok:a", &[("x-request-timeout", "soon")], "", 400, "BAD_TIMEOUT"),
        ("POST", "/v1/creators:search", &[JSON], "", 400, "EMPTY_BODY"),
        ("POST", "/v1/creators:search", &[("content-type", "text/plain")], "{}", 415, "WRONG_CONTENT_TYPE"),
        ("POST", "/v1/creators:search", &[], "{}", 415, "WRONG_CONTENT_TYPE"),
        ("POST", "/v1/creators:search", &[JSON], &huge, 413, "REQUEST_TOO_LARGE"),
        ("POST", "/v1/creators:search", &[JSON], &deep, 400, "nested more than 64 deep"),
        ("POST", "/v1/creators:search?pageSize=1", &[JSON], "{}", 400, "given by the path or the body"),
        (
            "POST",
            "/v1/creators/tiktok:a:exportDossier",
            &[JSON],
            "{\"name\": \"creators/tiktok:b\"}",
            400,
            "not what the path says",
        ),
        ("POST", "/v1/creators:ingest", &[JSON], "{}", 415, "application/x-ndjson"),
        ("POST", "/v1/creators:ingest", &[LINES], "\n \n", 400, "EMPTY_BODY"),
    ];
    for (verb, path, headers, body, status, part) in cases {
        let (found, _, text) = double.ask(verb, path, headers, body).await;
        assert_eq!(found, status, "{verb} {path}: {text}");
        let error: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(error["error"]["code"], status);
        assert!(text.contains(part), "{part} in {text}");
        assert_eq!(error["error"]["details"][0]["@type"], "type.googleapis.com/google.rpc.ErrorInfo");
    }
    let (_, headers, _) = double.ask("PUT", "/v1/creators/tiktok:a", &[JSON], "{}").await;
    assert_eq!(headers["allow"], "DELETE, GET");
    assert!(double.got().is_empty());
}

#[tokio::test]
async fn no_value_that_is_wrong_reaches_a_service() {
    let double = answered().await;
    let (search, campaign) = ("/v1/creators:search", "/v1/creators:batchGet");
    let lists = format!("{{\"names\": {}{}}}", "[".repeat(100), "]".repeat(100));
    let cases: [(&str, &[u8], &str); 24] = [
        (search, br#"{"query": "a", "query": "b"}"#, "MALFORMED_JSON"),
        (search, br#"{"pageSize": 1, "page_size": 1}"#, "page_size"),
        (search, br#"{"qvery": "a"}"#, "near are query"),
        (search, br#"{"query": 1}"#, "query: is a number"),
        (search, br#"{"query": ["a"]}"#, "query: is a list"),
        (search, br#"{"facets": {"a": 1}}"#, "facets: is an object"),
        (search, br#"{"exact": "true"}"#, "exact: is a text"),
        (search, br#"["query"]"#, "a list"),
        (search, br#"{"pageSize": NaN}"#, "MALFORMED_JSON"),
        (search, br#"{"pageSize": "NaN"}"#, "pageSize"),
        (search, br#"{"pageSize": 1e999}"#, "MALFORMED_JSON"),
        (search, br#"{"pageSize": 1.5}"#, "pageSize: is not a 32-bit integer"),
        (search, br#"{"pageSize": 2147483648}"#, "pageSize: is not within"),
        (search, br#"{"pageSize": "+1"}"#, "pageSize: is not a 32-bit integer"),
        (search, br#"{"pageSize": 01}"#, "MALFORMED_JSON"),
        (search, br#"{"query": "a"} {}"#, "MALFORMED_JSON"),
        (search, br#"{"query": "a""#, "MALFORMED_JSON"),
        (search, b"{\"query\": \"\xff\xfe\"}", "MALFORMED_JSON"),
        (search, b"{\"query\": \"a\x00b\"}", "MALFORMED_JSON"),
        (search, br#"{"query": "\ud800"}"#, "MALFORMED_JSON"),
        (search, b"\xef\xbb\xbf{}", "MALFORMED_JSON"),
        (search, b"\x1f\x8b\x08\x00", "MALFORMED_JSON"),
        (campaign, lists.as_bytes(), "nested more than 64 deep"),
        (campaign, br#"{"names": [null]}"#, "names[0]"),
    ];
    for (path, body, part) in cases {
        let (status, _, text) = double.ask_bytes("POST", path, &[JSON], body).await;
        assert_eq!(status, 400, "{}: {text}", String::from_utf8_lossy(body));
        assert!(text.contains(part), "{}: {part} in {text}", String::from_utf8_lossy(body));
    }
    for query in ["pageSize=1e9999", "pageSize=", "name=%ff", "readMask=a&readMask=b"] {
        let (status, _, text) = double.ask("GET", &format!("/v1/creators/tiktok:a?{query}"), &[], "").await;
        assert_eq!(status, 400, "{query}: {text}");
    }
    for name in ["..%2f..%2fetc", "%2e%2e%2fx", ".%2e", "a%00b", "a%0d%0ab", "%c0%ae", "tiktok:a/../b"] {
        let (status, _, text) = double.ask("GET", &format!("/v1/creators/{name}"), &[], "").await;
        assert_eq!((status, text.contains("BAD_PATH")), (400, true), "{name}: {text}");
    }
    assert!(double.got().is_empty());
}

#[tokio::test]
async fn a_large_integer_means_the_same_as_a_number_and_as_a_text() {
    let double = double(vec![of("creatorscope.metrics.v1.IngestPostsResponse", json!({}))], "0").await;
    let line = |views: &str| {
        format!(
            r#"{{"records": [{{"post": {{"name": "creators/tiktok:a/posts/1"}}, "counts": {{"views": {views}}}}}]}}"#
        )
    };
    let (exact, text) = ("9007199254740993", "\"9007199254740993\"");
    for views in [exact, text] {
        let (status, _, told) = double.ask("POST", "/v1/posts:ingest", &[LINES], &line(views)).await;
        assert_eq!(status, 200, "{told}");
    }
    let got = double.got();
    assert_eq!(got[0].2, got[1].2, "no digit is lost on the way");
    for views in ["9223372036854775808", "\"-9223372036854775809\"", "1e300"] {
        let (_, _, told) = double.ask("POST", "/v1/posts:ingest", &[LINES], &line(views)).await;
        assert!(told.contains("views: is not within a 64-bit integer"), "{told}");
    }
}

#[tokio::test]
async fn the_status_of_a_service_is_the_status_of_http() {
    for (code, status) in
        [("3", 400), ("5", 404), ("7", 403), ("8", 429), ("14", 503), ("16", 401), ("4", 504), ("10", 409)]
    {
        let (found, _, text) = double(Vec::new(), code).await.ask("DELETE", "/v1/creators/tiktok:a", &[], "").await;
        assert_eq!(found, status, "{text}");
    }
}

fn watched() -> Vec<DynamicMessage> {
    let response = |value| of("creatorscope.scoring.v1.WatchSentimentResponse", value);
    vec![
        response(json!({"removed": "creators/tiktok:a"})),
        response(json!({"removed": "creators/tiktok:b", "resumeToken": "t-2"})),
    ]
}

#[tokio::test]
async fn a_stream_is_answered_line_by_line_with_its_error_last() {
    let (status, headers, text) = double(watched(), "11").await.ask("GET", "/v1/sentiment:watch", &[], "").await;
    assert_eq!((status, &headers["content-type"]), (200, &HeaderValue::from_static("application/x-ndjson")));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1], json!({"removed": "creators/tiktok:b", "resumeToken": "t-2"}));
    assert_eq!((&lines[2]["error"]["status"], &lines[2]["error"]["code"]), (&json!("OUT_OF_RANGE"), &json!(400)));
}

#[tokio::test]
async fn a_stream_of_events_carries_the_token_to_go_on_with() {
    let double = double(watched(), "0").await;
    let headers = [("accept", "text/event-stream"), ("last-event-id", "t-1")];
    let (status, headers, text) = double.ask("GET", "/v1/sentiment:watch", &headers, "").await;
    assert_eq!((status, &headers["content-type"]), (200, &HeaderValue::from_static("text/event-stream")));
    assert!(text.starts_with("retry: 3000\n\ndata: {"), "{text}");
    assert!(text.ends_with("id: t-2\ndata: {\"removed\":\"creators/tiktok:b\",\"resumeToken\":\"t-2\"}\n\n"), "{text}");
    let expected = of("creatorscope.scoring.v1.WatchSentimentRequest", json!({"resumeToken": "t-1"}));
    assert_eq!(&double.got()[0].2[5..], expected.encode_to_vec());
}

#[tokio::test]
async fn lines_before_a_wrong_one_are_answered_and_the_wrong_one_is_told() {
    let answer = of("creatorscope.discovery.v1.IngestCreatorsResponse", json!({"sequence": "1"}));
    let double = double(vec![answer], "0").await;
    let body = "{\"creators\": []}\n\n{\"creators\": [{\"nam\": 1}]}\n{\"creators\": []}";
    let (status, _, text) = double.ask("POST", "/v1/creators:ingest", &[LINES], body).await;
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((status, lines.len()), (200, 2), "{text}");
    assert_eq!(lines[0]["sequence"], "1");
    assert!(
        lines[1]["error"]["message"].as_str().is_some_and(|told| told.starts_with("line 3.creators[0].nam: ")),
        "{text}"
    );
    assert_eq!(double.got()[0].2.len(), 5, "one empty message and no more");
}

#[tokio::test]
async fn a_line_without_end_is_refused_before_it_is_kept_whole() {
    let double = answered().await;
    let read = Arc::new(Mutex::new(0_usize));
    let count = Arc::clone(&read);
    let endless = futures::stream::repeat_with(move || {
        *count.lock().expect("not poisoned") += 1;
        Ok::<_, Status>(Bytes::from(vec![b' '; 1 << 20]))
    });
    let body = call::stream(endless.take(10_000));
    let request = Request::post("/v1/creators:ingest").header(LINES.0, LINES.1).body(body).expect("a request");
    let response = double.front.answer(request).await;
    assert_eq!(response.status(), 413);
    assert!(*read.lock().expect("not poisoned") <= 6);
}

/// A body that never ends and notes when it is dropped.
struct Endless(Arc<std::sync::atomic::AtomicBool>);

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_call() {
    let ended = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let noted = Arc::clone(&ended);
    let transport = service(move |_request: Request<Body>| {
        let guard = Endless(Arc::clone(&noted));
        let frames = futures::stream::pending::<Result<Bytes, Status>>().map(move |frame| {
            _ = &guard;
            frame
        });
        async move { Ok(Response::new(call::stream(frames))) }
    });
    let services = vec!["creatorscope.scoring.v1.ScoringService"];
    let methods = policy::read(creatorscope_proto::pool(), &services).expect("all can be exposed");
    let front = Front::new(&methods, &[Peer { services, transport }], &Config::default(), testing::open_door().await)
        .expect("the rules are good");
    let request = Request::get("/v1/sentiment:watch").body(Body::empty()).expect("a request");
    let response = front.answer(request).await;
    assert!(!ended.load(std::sync::atomic::Ordering::SeqCst));
    drop(response);
    assert!(ended.load(std::sync::atomic::Ordering::SeqCst));
}

#[test]
fn times_are_read_in_seconds_and_milliseconds() {
    let cases = [
        ("2s", Some(2_000)),
        ("1.5s", Some(1_500)),
        ("300ms", Some(300)),
        ("0.2ms", Some(1)),
        ("86400s", Some(86_400_000)),
    ];
    for (text, expected) in cases {
        assert_eq!(millis(text), expected, "{text}");
    }
    for text in ["", "s", "2", "0s", "-1s", "1e3s", "86401s", "1.2.3s", "infs", "2m"] {
        assert_eq!(millis(text), None, "{text}");
    }
}

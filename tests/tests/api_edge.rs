//! The listener of the gateway before bad clients, in both modes: broken frames, floods, drips, silence. Others are answered.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use bytes::Bytes;
use creatorscope_proto::{
    discovery::v1::{GetCreatorRequest, WatchCreatorsRequest},
    metrics::v1::ListMetricDefinitionsRequest,
};
use creatorscope_tests::{
    Suite, in_both_modes,
    make::{creator, creator_name},
};
use h2::{Reason, RecvStream, client::SendRequest};
use http::{HeaderMap, Request, Response};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tonic::Code;

const GET_CREATOR: &str = "/creatorscope.discovery.v1.DiscoveryService/GetCreator";
const INGEST: &str = "/creatorscope.discovery.v1.DiscoveryService/IngestCreators";
const SECRET: &str = "a secret of this very test and long enough";

/// Small limits, so that they are met soon.
const LIMITS: &[&str] = &[
    "limits.stall_seconds=1",
    "limits.header_seconds=1",
    "limits.header_kilobytes=16",
    "limits.client_resets=100",
    // All clients of a test have one address.
    "limits.shun_seconds=0",
    "limits.connections=32",
    "admin.listen=127.0.0.1:0",
    "identity.secret=a secret of this very test and long enough",
];

async fn http2(suite: &Suite) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(suite.address()).await.expect("connected");
    let (client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    drop(creatorscope_kit::task::spawn("client", connection));
    client
}

async fn http1(suite: &Suite) -> TcpStream {
    TcpStream::connect(suite.address()).await.expect("connected")
}

/// All that comes back until the other side closes.
async fn exchange(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn grpc(path: &str) -> http::request::Builder {
    let uri = format!("http://localhost{path}");
    Request::post(uri).header("content-type", "application/grpc").header("te", "trailers")
}

/// Sends a gRPC call whose body is these bytes and answers with its status and headers.
async fn call(suite: &Suite, request: http::request::Builder, body: &'static [u8]) -> (Code, HeaderMap) {
    let mut client = http2(suite).await;
    let (response, mut stream) = client.send_request(request.body(()).expect("a request"), false).expect("sent");
    stream.send_data(Bytes::from_static(body), true).expect("sent");
    status(response.await.expect("answered")).await
}

async fn status(response: Response<RecvStream>) -> (Code, HeaderMap) {
    let (head, mut body) = response.into_parts();
    while let Some(data) = body.data().await {
        data.expect("good");
    }
    let mut headers = head.headers;
    headers.extend(body.trailers().await.expect("good").unwrap_or_default());
    let code = headers.get("grpc-status").and_then(|code| code.to_str().ok()?.parse().ok());
    (Code::from_i32(code.expect("a status")), headers)
}

/// Somebody else is answered.
async fn others_are_answered(suite: &Suite) {
    let request = ListMetricDefinitionsRequest { page_size: 1, ..Default::default() };
    suite.metrics().list_metric_definitions(request).await.expect("answered");
}

/// The address of the pages for who runs the gateway, which its log tells.
fn admin(suite: &Suite) -> String {
    let log = std::fs::read_to_string(suite.folder().join("gateway.log")).expect("a log");
    let mut lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let told = lines.find(|line| line["role"] == "admin").expect("it listens");
    told["address"].as_str().expect("an address").to_owned()
}

fn get(path: &str, host: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").into_bytes()
}

in_both_modes! {
    with LIMITS;

    async fn a_broken_frame_is_the_callers_fault(suite: &mut Suite) {
        // A message that ends early, a prefix that does, a flag that is none.
        for body in [[0, 0, 0, 0, 10, 1].as_slice(), &[0, 0], &[7, 0, 0, 0, 0]] {
            let (code, _) = call(suite, grpc(GET_CREATOR), body).await;
            assert_eq!(code, Code::InvalidArgument, "{body:?}");
        }
        others_are_answered(suite).await;
    }

    async fn a_compressed_message_is_refused_before_it_is_unpacked(suite: &mut Suite) {
        // What follows says that it is 16 MB of one byte.
        let bomb = [1, 0, 0, 0, 6, 0x1f, 0x8b, 8, 0, 0, 0].as_slice();
        let (code, headers) = call(suite, grpc(GET_CREATOR).header("grpc-encoding", "gzip"), bomb).await;
        assert_eq!(code, Code::Unimplemented);
        assert_eq!(headers["grpc-accept-encoding"], "identity");
        let request = b"POST /v1/creators:search HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
            content-encoding: gzip\r\ncontent-length: 6\r\n\r\n\x1f\x8b\x08\0\0\0";
        let answer = exchange(&suite.address(), request).await;
        assert!(answer.starts_with("HTTP/1.1 415") && answer.contains("WRONG_CONTENT_ENCODING"), "{answer}");
        assert!(answer.contains("accept-encoding: identity") && answer.contains("x-request-id"), "{answer}");
    }

    async fn a_body_of_another_type_is_refused(suite: &mut Suite) {
        let request = b"POST /v1/creators:search HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: text/plain\r\n\
            content-length: 2\r\n\r\n{}";
        let answer = exchange(&suite.address(), request).await;
        assert!(answer.starts_with("HTTP/1.1 415") && answer.contains("WRONG_CONTENT_TYPE"), "{answer}");
        let request = format!("POST {GET_CREATOR} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\n{{}}");
        let answer = exchange(&suite.address(), request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("UNKNOWN_PATH"), "{answer}");
        assert!(exchange(&suite.address(), b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 a TLS handshake, more or less\r\n\r\n").await.starts_with("HTTP/1.1 400"));
        others_are_answered(suite).await;
    }

    async fn headers_of_a_megabyte_are_refused(suite: &mut Suite) {
        let mut client = http2(suite).await;
        let large = grpc(GET_CREATOR).header("x-large", "a".repeat(1 << 20)).body(()).expect("a request");
        let (response, _) = client.send_request(large, true).expect("sent");
        // Refused as a request or, because they are far too many, with the connection.
        assert!(response.await.map_or(true, |response| response.status() == 431));
        let mut head = b"GET /v1/metricDefinitions HTTP/1.1\r\nhost: localhost\r\nx-large: ".to_vec();
        head.resize(1 << 20, b'a');
        let mut plain = http1(suite).await;
        // It may be closed before all is sent.
        _ = plain.write_all(&head).await;
        let mut told = [0; 12];
        if plain.read_exact(&mut told).await.is_ok() {
            assert_eq!(&told, b"HTTP/1.1 431");
        }
        others_are_answered(suite).await;
    }

    async fn a_client_that_gives_up_call_after_call_is_cut_off(suite: &mut Suite) {
        let mut client = http2(suite).await;
        for sent in 0.. {
            assert!(sent < 100_000, "it may go on for ever");
            let Ok(ready) = client.ready().await else { break };
            client = ready;
            let request = grpc(GET_CREATOR).body(()).expect("a request");
            let Ok((_, mut stream)) = client.send_request(request, false) else { break };
            stream.send_reset(Reason::CANCEL);
            tokio::task::yield_now().await;
        }
        others_are_answered(suite).await;
    }

    async fn connections_that_say_nothing_keep_nobody_out_for_ever(suite: &mut Suite) {
        let mut begun = Vec::new();
        for _ in 0..64 {
            let mut slow = http1(suite).await;
            // Those that are too many are closed.
            _ = slow.write_all(b"GET /v1/metricDefinitions HT").await;
            begun.push(slow);
        }
        for slow in &mut begun {
            let mut answer = Vec::new();
            _ = slow.read_to_end(&mut answer).await;
            assert!(answer.is_empty());
        }
        others_are_answered(suite).await;
    }

    async fn a_client_that_never_reads_is_given_up_alone(suite: &mut Suite) {
        let mut client = http2(suite).await;
        let request = Request::get("http://localhost/openapi.json").body(()).expect("a request");
        let (response, _) = client.send_request(request, true).expect("sent");
        let mut body = response.await.expect("answered").into_body();
        // What comes is not given back to the window, so the answer stands still.
        let end = loop {
            match body.data().await {
                Some(Ok(_)) => others_are_answered(suite).await,
                Some(Err(error)) => break error,
                None => panic!("it came although it was not read"),
            }
        };
        assert_eq!(end.reason(), Some(Reason::CANCEL));
        let request = Request::get("http://localhost/docs").body(()).expect("a request");
        let (response, _) = client.ready().await.expect("open").send_request(request, true).expect("sent");
        assert_eq!(response.await.expect("answered").status(), 200);
    }

    async fn a_request_that_stops_in_its_middle_is_given_up_and_a_stream_that_waits_is_not(suite: &mut Suite) {
        let watching = WatchCreatorsRequest { skip_snapshot: true, ..Default::default() };
        let mut news = suite.discovery().watch_creators(watching).await.expect("watching").into_inner();
        let mut client = http2(suite).await;
        let (pouring, mut stream) = client.send_request(grpc(INGEST).body(()).expect("a request"), false).expect("sent");

        let mut stopped = http1(suite).await;
        let head = b"POST /v1/creators:search HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
        stopped.write_all(head).await.expect("sent");
        let mut answer = Vec::new();
        _ = stopped.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5"), "{answer}");

        // A client that waits with its next message and a watcher have been silent as long.
        suite.ingest_creators(vec![creator("sam")]).await.expect("taken");
        let seen = loop {
            let update = news.message().await.expect("it lives").expect("it lives");
            if format!("{update:?}").contains(&creator_name("sam")) {
                break true;
            }
        };
        assert!(seen);
        stream.send_data(Bytes::new(), true).expect("it lives");
        assert_eq!(status(pouring.await.expect("answered")).await.0, Code::Ok);

        let mut client = http2(suite).await;
        let (half, mut stream) = client.send_request(grpc(GET_CREATOR).body(()).expect("a request"), false).expect("sent");
        stream.send_data(Bytes::from_static(&[0, 0, 0, 0, 9, 1]), false).expect("sent");
        let code = match half.await {
            Ok(response) => status(response).await.0,
            Err(error) => panic!("{error}"),
        };
        assert!([Code::DeadlineExceeded, Code::Unavailable].contains(&code), "{code:?}");
        let request = GetCreatorRequest { name: creator_name("sam"), ..Default::default() };
        suite.discovery().get_creator(request).await.expect("others are answered");
    }

    async fn a_page_under_a_strange_name_is_refused(suite: &mut Suite) {
        let strange = exchange(&suite.address(), &get("/v1/metricDefinitions", "evil.example:8642")).await;
        assert!(strange.starts_with("HTTP/1.1 421") && strange.contains("HOST_UNKNOWN"), "{strange}");
        let known = exchange(&suite.address(), &get("/v1/metricDefinitions", &suite.address())).await;
        assert!(known.starts_with("HTTP/1.1 200"), "{known}");
        let request = Request::post(format!("http://creators.example{GET_CREATOR}")).header("content-type", "application/grpc");
        let (code, _) = call(suite, request, &[0, 0, 0, 0, 0]).await;
        assert_eq!(code, Code::InvalidArgument, "gRPC may name what it likes, and asks for nobody here");
    }

    async fn who_runs_the_node_has_pages_that_callers_do_not_reach(suite: &mut Suite) {
        others_are_answered(suite).await;
        let admin = admin(suite);
        for (path, told) in [("/livez", "alive"), ("/readyz", "ready")] {
            let answer = exchange(&admin, &get(path, &admin)).await;
            assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(told), "{answer}");
        }
        let metrics = exchange(&admin, &get("/metrics", &admin)).await;
        for told in [
            "grpc_server_calls_total{role=\"gateway\",method=\"/creatorscope.metrics.v1.MetricsService/ListMetricDefinitions\",code=\"Ok\"}",
            "grpc_server_call_seconds_bucket{role=\"gateway\",method=\"/creatorscope.metrics.v1.MetricsService/ListMetricDefinitions\",code=\"Ok\",le=\"0.1\"}",
            "server_connections_total{listener=\"gateway\"}",
            "server_connections_open{listener=\"gateway\"}",
        ] {
            assert!(metrics.contains(told), "{told} in\n{metrics}");
        }
        let settings = exchange(&admin, &get("/config", &admin)).await;
        assert!(settings.contains("stall_seconds = 1 # --set") && settings.contains("secret = \"***\""), "{settings}");
        assert!(!settings.contains(SECRET), "{settings}");
        assert!(exchange(&admin, &get("/livez", "evil.example")).await.starts_with("HTTP/1.1 421"));
        assert!(exchange(&admin, &get("/v1/metricDefinitions", &admin)).await.starts_with("HTTP/1.1 404"));
        for path in ["/livez", "/readyz", "/metrics", "/config"] {
            let answer = exchange(&suite.address(), &get(path, &suite.address())).await;
            assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        }
    }
}

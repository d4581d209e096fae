//! The front door as its clients see it, in both modes.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use std::time::Duration;

use creatorscope_proto::{
    discovery::v1::{GetCreatorRequest, SearchCreatorsRequest, discovery_service_server::SERVICE_NAME as DISCOVERY},
    metrics::v1::{IngestPostsRequest, WatchMetricsRequest, metrics_service_server::SERVICE_NAME as METRICS},
};
use creatorscope_tests::{
    in_both_modes,
    make::{creator, creator_name, post},
};
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_stream::{StreamExt, once};
use tonic::{Code, Request, Status, body::Body};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_types::StatusExt;
use tower::ServiceExt;

/// Sends bytes as the one message of a call and answers with the status.
async fn send_raw(suite: &creatorscope_tests::Suite, path: &str, message: &[u8]) -> Status {
    let mut frame = vec![0];
    frame.extend_from_slice(&(message.len() as u32).to_be_bytes());
    frame.extend_from_slice(message);
    let request = http::Request::post(format!("http://{}{path}", suite.address()))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(Full::from(frame)))
        .expect("a request");
    let response = suite.transport().oneshot(request).await.expect("answered");
    if let Some(status) = Status::from_header_map(response.headers()) {
        return status;
    }
    let trailers = response.into_body().collect().await.expect("a body").trailers().cloned().unwrap_or_default();
    Status::from_header_map(&trailers).expect("a status")
}

in_both_modes! {
    async fn every_service_is_reflected_in_both_versions_and_is_healthy(suite: &mut Suite) {
        use tonic_reflection::pb::{
            v1::{ServerReflectionRequest, server_reflection_client::ServerReflectionClient, server_reflection_request::MessageRequest, server_reflection_response::MessageResponse},
            v1alpha,
        };
        let request = ServerReflectionRequest { host: String::new(), message_request: Some(MessageRequest::ListServices(String::new())) };
        let mut answers = ServerReflectionClient::new(suite.transport()).server_reflection_info(once(request)).await.expect("answered").into_inner();
        let Some(MessageResponse::ListServicesResponse(list)) = answers.next().await.expect("one").expect("good").message_response else {
            panic!("not a list");
        };
        let names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
        let request = v1alpha::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(v1alpha::server_reflection_request::MessageRequest::FileContainingSymbol(METRICS.into())),
        };
        let mut answers = v1alpha::server_reflection_client::ServerReflectionClient::new(suite.transport())
            .server_reflection_info(once(request))
            .await
            .expect("answered")
            .into_inner();
        assert!(answers.next().await.expect("one").is_ok());
        for service in [DISCOVERY, METRICS] {
            assert!(names.iter().any(|name| name == service), "{names:?}");
        }
        for service in [DISCOVERY, METRICS, ""] {
            let request = HealthCheckRequest { service: service.to_owned() };
            let health = HealthClient::new(suite.transport()).check(request.clone()).await.expect("answered").into_inner();
            assert_eq!(health.status(), ServingStatus::Serving, "{service}");
            let mut watch = HealthClient::new(suite.transport()).watch(request).await.expect("answered").into_inner();
            assert_eq!(watch.message().await.expect("one").expect("one").status(), ServingStatus::Serving);
        }
        let unknown = HealthCheckRequest { service: "nobody".into() };
        assert_eq!(HealthClient::new(suite.transport()).check(unknown).await.expect_err("unknown").code(), Code::NotFound);
    }

    async fn a_request_that_cannot_be_read_is_the_callers_fault(suite: &mut Suite) {
        let path = format!("/{METRICS}/GetCreatorMetrics");
        let malformed = send_raw(suite, &path, &[0xff, 0xff, 0xff]).await;
        assert_eq!(malformed.code(), Code::InvalidArgument, "{malformed}");
        assert_eq!(malformed.get_error_details().bad_request().expect("violations").field_violations.len(), 1);
        // A field 1 of 20 MB: larger than any message may be.
        let mut large = vec![0x0a, 0x80, 0xda, 0xc4, 0x09];
        large.resize(20_000_000, b'a');
        let large = send_raw(suite, &path, &large).await;
        assert_eq!(large.code(), Code::InvalidArgument, "{large}");
        let nested = format!("{}country = FR{}", "(".repeat(5_000), ")".repeat(5_000));
        let deep = suite.discovery().search_creators(SearchCreatorsRequest { filter: nested, ..Default::default() }).await.expect_err("too deep");
        assert_eq!(deep.code(), Code::InvalidArgument);
    }

    async fn an_unknown_service_or_method_is_unimplemented(suite: &mut Suite) {
        assert_eq!(send_raw(suite, "/nobody.v1.NoService/Do", &[]).await.code(), Code::Unimplemented);
        assert_eq!(send_raw(suite, &format!("/{METRICS}/Do"), &[]).await.code(), Code::Unimplemented);
    }

    async fn metadata_trailers_and_request_ids_pass(suite: &mut Suite) {
        let mut request = Request::new(GetCreatorRequest { name: creator_name("nobody"), ..Default::default() });
        request.metadata_mut().insert("x-request-id", "my-own-id".parse().expect("ascii"));
        let status = suite.discovery().get_creator(request).await.expect_err("not found");
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(status.metadata().get("x-request-id").and_then(|id| id.to_str().ok()), Some("my-own-id"));
        let resource = status.get_error_details();
        assert_eq!(resource.request_info().expect("an id to quote").request_id, "my-own-id");
        assert_eq!(resource.resource_info().expect("a resource").resource_name, creator_name("nobody"));
    }

    async fn a_deadline_ends_a_stream(suite: &mut Suite) {
        let mut request = Request::new(WatchMetricsRequest { skip_snapshot: true, ..Default::default() });
        request.set_timeout(Duration::from_millis(300));
        let mut stream = suite.metrics().watch_metrics(request).await.expect("watching").into_inner();
        let end = loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("ended without a status"),
                Err(status) => break status,
            }
        };
        assert_eq!(end.code(), Code::DeadlineExceeded);
    }

    async fn a_client_stream_is_answered_message_by_message_through_the_gateway(suite: &mut Suite) {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let requests = tokio_stream::wrappers::ReceiverStream::new(receiver);
        let mut client = suite.metrics();
        let mut answers = client.ingest_posts(requests).await.expect("open").into_inner();
        for number in 1..=3_u32 {
            let records = vec![post("ray", number, 0, 10, [1, 1, 1])];
            sender.send(IngestPostsRequest { records }).await.expect("open");
            assert_eq!(answers.message().await.expect("good").expect("one").sequence, i64::from(number));
        }
        drop(sender);
        assert!(answers.message().await.expect("good").is_none());
    }

    async fn a_browser_is_shown_the_documentation(suite: &mut Suite) {
        let mut connection = tokio::net::TcpStream::connect(suite.address()).await.expect("open");
        connection.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.expect("sent");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.expect("answered");
        assert!(answer.starts_with("HTTP/1.1 302") && answer.contains("location: /docs"), "{answer}");
        suite.ingest_creators(vec![creator("sam")]).await.expect("the gateway lives");
    }
}

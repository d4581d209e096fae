//! Tests of requests that must keep arriving.

use futures::{FutureExt, StreamExt, channel::mpsc};
use http_body_util::{BodyExt, StreamBody};
use tonic::Code;

use super::*;

const INGEST: &str = "/creatorscope.metrics.v1.MetricsService/IngestPosts";
const GET: &str = "/creatorscope.metrics.v1.MetricsService/GetPost";

/// A body of this request that brings these bytes and then nothing more, and what keeps it open.
async fn begun(path: &str, kind: &str, bytes: &'static [u8]) -> (mpsc::UnboundedSender<&'static [u8]>, Arrival) {
    let (sender, receiver) = mpsc::unbounded();
    let frames = receiver.map(|bytes: &'static [u8]| Ok::<_, Status>(Frame::data(Bytes::from_static(bytes))));
    let request = Request::builder().uri(path).header("content-type", kind).body(()).expect("a request");
    let inner = Body::new(StreamBody::new(frames));
    let mut arrival = Arrival::new(inner, Messages::of(&request), Duration::ZERO);
    if !bytes.is_empty() {
        sender.unbounded_send(bytes).expect("open");
        assert!(arrival.frame().await.is_some_and(|frame| frame.is_ok()));
    }
    (sender, arrival)
}

#[tokio::test]
async fn a_request_that_stops_in_its_middle_fails() {
    for (path, kind, bytes) in [
        ("/v1/posts", "application/json", b"{\"a\"".as_slice()),
        (GET, "application/grpc", &[0, 0, 0, 0, 9, 1]),
        (GET, "application/grpc", &[]),
        (INGEST, "application/grpc", &[0, 0]),
        (INGEST, "application/grpc+proto", &[0, 0, 0, 0, 2, 1]),
        (INGEST, "application/grpc-web", &[0, 0, 0, 0, 1, 1]),
        ("/v1/posts", "application/x-ndjson", b"{}\n{"),
    ] {
        let (_sender, mut arrival) = begun(path, kind, bytes).await;
        let failed = arrival.frame().await.expect("an end").map(|_| ()).map_err(|status| status.code());
        assert_eq!(failed, Err(Code::DeadlineExceeded), "{path} {kind} {bytes:?}");
    }
}

#[tokio::test]
async fn a_client_stream_may_be_silent_between_messages() {
    for (path, kind, bytes) in [
        (INGEST, "application/grpc", [].as_slice()),
        (INGEST, "application/grpc", &[0, 0, 0, 0, 1, 7]),
        (INGEST, "application/grpc", &[0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1]),
        ("/v1/posts", "application/x-ndjson", b"{}\n"),
    ] {
        let (_sender, mut arrival) = begun(path, kind, bytes).await;
        assert!(arrival.frame().now_or_never().is_none());
        assert!(arrival.waiting.is_none(), "{kind} {bytes:?}: a time runs");
    }
}

#[tokio::test]
async fn a_request_that_drips_has_less_and_less_time_and_one_that_flows_has_all_of_it() {
    let (_sender, mut arrival) = begun("/v1/posts", "application/json", b"{").await;
    arrival.stall = Duration::from_secs(10);
    let wait = |arrival: &mut Arrival, bytes: &[u8]| {
        let since = Instant::now() - Duration::from_secs(4);
        arrival.waiting = Some((since, Box::pin(tokio::time::sleep(Duration::ZERO))));
        arrival.arrived(bytes);
        arrival.left()
    };
    assert!(wait(&mut arrival, b"x") <= Duration::from_secs(6));
    assert!(wait(&mut arrival, b"x") <= Duration::from_secs(2));
    assert_eq!(wait(&mut arrival, b"x"), Duration::ZERO);
    assert_eq!(wait(&mut arrival, &[b'x'; EARNS]), arrival.stall);
    assert!(wait(&mut arrival, b"x") <= Duration::from_secs(6));
}

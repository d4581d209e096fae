//! Two roles in this process: one is called and calls the other, which keeps what it is told.

use std::sync::{Arc, Mutex};

use futures::{StreamExt, stream};
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tonic::{Status, body::Body};
use tower::ServiceExt;

use super::*;
use crate::{
    caller::{Caller, Identity},
    clock::Clock,
    layers, task,
    transport::{Transport, local, service},
};

/// The headers of a call, and who called.
type Told = (HeaderMap, Option<Caller>);

/// A role that keeps what it is told.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Told>>>);

impl Kept {
    fn role(&self) -> Transport {
        let kept = self.clone();
        service(move |request: Request<Body>| {
            let caller = request.extensions().get::<Caller>().cloned();
            kept.0.lock().expect("no panic").push((request.headers().clone(), caller));
            async { Ok(Response::new(Body::empty())) }
        })
    }

    fn only(&self) -> Told {
        let kept = self.0.lock().expect("no panic");
        assert_eq!(kept.len(), 1);
        kept[0].clone()
    }

    /// How long the call could take, as the role was told.
    fn timeout(&self) -> Option<String> {
        self.only().0.get("grpc-timeout").map(|value| value.to_str().expect("ASCII").to_owned())
    }
}

fn call(path: &str, headers: &[(&'static str, &'static str)]) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().expect("a path");
    request.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    request
}

/// A role that answers with what `work` does with the way to its peer.
fn role<F, R>(peer: Transport, work: F) -> Transport
where
    F: Fn(Transport) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    layers::server(
        "tests",
        service(move |_| {
            let work = work(peer.clone());
            async move {
                work.await;
                Ok(Response::new(Body::empty()))
            }
        }),
    )
}

/// Calls the peer without more.
async fn plainly(peer: Transport) {
    peer.oneshot(call("/a.B/C", &[])).await.expect("an answer");
}

#[tokio::test]
async fn the_request_and_the_trace_go_on_to_peers() {
    let kept = Kept::default();
    let identity = Identity::generated(Clock::system()).expect("randomness");
    let peer = identity.speak_as("outer", local("tests", identity.guard(kept.role())));
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [("x-request-id", "abc"), ("traceparent", trace), ("tracestate", "a=b")];
    role(peer, plainly).oneshot(call("/a.B/C", &headers)).await.expect("an answer");
    let (told, caller) = kept.only();
    assert_eq!((told["x-request-id"].as_bytes(), told["traceparent"].as_bytes()), (&b"abc"[..], trace.as_bytes()));
    assert_eq!(told["tracestate"], "a=b");
    let caller = caller.expect("it is known");
    assert_eq!((caller.request_id.as_str(), caller.key.as_str()), ("abc", "role:outer"));
}

#[tokio::test]
async fn the_rest_of_the_deadline_goes_on_unless_the_call_has_a_shorter_one() {
    let kept = Kept::default();
    let outer = role(local("tests", kept.role()), plainly);
    outer.oneshot(call("/a.B/C", &[("grpc-timeout", "20S")])).await.expect("an answer");
    let told = kept.timeout().expect("a deadline");
    let micros: u64 = told.strip_suffix('u').expect("microseconds").parse().expect("a number");
    assert!((1..=20_000_000).contains(&micros), "{told}");

    let kept = Kept::default();
    let outer = role(local("tests", kept.role()), |peer| async move {
        peer.oneshot(call("/a.B/C", &[("grpc-timeout", "5S")])).await.expect("an answer");
    });
    outer.oneshot(call("/a.B/C", &[("grpc-timeout", "20S")])).await.expect("an answer");
    assert_eq!(kept.timeout().as_deref(), Some("5S"));

    let kept = Kept::default();
    role(local("tests", kept.role()), plainly).oneshot(call("/a.B/C", &[])).await.expect("an answer");
    assert_eq!(kept.timeout(), None);
}

#[tokio::test]
async fn no_call_is_made_when_the_time_is_over() {
    let kept = Kept::default();
    let late = Onward { end: Some(Instant::now()), ..Onward::default() };
    let refused = late.scope(local("tests", kept.role()).oneshot(call("/a.B/C", &[]))).await.expect_err("too late");
    assert_eq!(refused.code(), tonic::Code::DeadlineExceeded);
    assert!(kept.0.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn a_task_keeps_the_request_but_not_the_deadline_of_the_call_that_started_it() {
    let kept = Kept::default();
    let outer = role(local("tests", kept.role()), |peer| async move {
        task::spawn("test", plainly(peer)).await.expect("no panic");
    });
    outer.oneshot(call("/a.B/C", &[("x-request-id", "abc"), ("grpc-timeout", "20S")])).await.expect("an answer");
    assert_eq!(kept.only().0["x-request-id"], "abc");
    assert_eq!(kept.timeout(), None);
}

#[tokio::test]
async fn a_stream_that_is_made_while_it_is_read_belongs_to_its_call() {
    let kept = Kept::default();
    let peer = local("tests", kept.role());
    let outer = layers::server(
        "tests",
        service(move |_| {
            let peer = peer.clone();
            let made = stream::once(plainly(peer)).map(|()| Ok::<_, Status>(Frame::data(bytes::Bytes::new())));
            async move { Ok(Response::new(Body::new(StreamBody::new(made)))) }
        }),
    );
    let path = "/creatorscope.metrics.v1.MetricsService/WatchMetrics";
    let answer = outer.oneshot(call(path, &[("x-request-id", "abc")])).await.expect("an answer");
    answer.into_body().collect().await.expect("a stream");
    assert_eq!(kept.only().0["x-request-id"], "abc");
}

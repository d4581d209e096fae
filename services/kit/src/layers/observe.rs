//! Owns what is seen of a call: its span, its request id, its counters. Never its content.

use std::{
    collections::HashSet,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use http::HeaderValue;
use http_body::{Body as HttpBody, Frame, SizeHint};
use metrics::Label;
use tonic::{Code, Status, body::Body};
use tonic_types::StatusExt;
use tower::ServiceExt;
use tracing::{Instrument, Span, debug, field, info_span};

use super::deadline;
use crate::{
    onward::{Onward, TRACE},
    telemetry,
    transport::Transport,
};

/// What a call was, where the path does not tell it: put into the extensions of an answer that is not gRPC's.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The method, e.g. `/creatorscope.metrics.v1.MetricsService/GetPost`.
    pub method: String,
    /// The code that the HTTP status stands for.
    pub code: Code,
}

/// The header that carries the id of a request, in and out.
pub const REQUEST_ID: &str = "x-request-id";
/// Methods of gRPC itself that roles answer.
const OWN: [&str; 4] = [
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];
/// A client's id is taken over up to this length.
const LONGEST: usize = 128;

pub(super) async fn call(
    role: &'static str,
    inner: Transport,
    mut request: http::Request<Body>,
) -> Result<http::Response<Body>, Status> {
    let id = given_id(&request).unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    let path = request.uri().path().to_owned();
    let span = info_span!("call", method = path, request_id = id, trace_id = field::Empty);
    // What is passed on to another role keeps its id.
    let request_id = HeaderValue::from_str(&id).ok();
    if let Some(value) = &request_id {
        request.headers_mut().insert(REQUEST_ID, value.clone());
    }
    let trace = telemetry::answering(&path, request.headers_mut());
    if let Some(trace_id) = telemetry::trace_id(request.headers()) {
        span.record("trace_id", trace_id);
    }
    let traced = TRACE.map(|name| request.headers().get(name).cloned());
    let onward = Onward { request_id, trace: traced, end: deadline::end_of(&request) };
    let begun = Instant::now();
    let answering = inner.oneshot(request).instrument(trace.clone()).instrument(span.clone());
    let mut outcome = onward.clone().scope(answering).await;
    if streams().contains(path.as_str()) {
        let spans = [span.clone(), trace.clone()];
        outcome = outcome.map(|response| response.map(|inner| Body::new(Within { inner, onward, spans })));
    }
    let answered = outcome.as_ref().ok().and_then(|response| response.extensions().get::<Answered>().cloned());
    let Answered { method, code } = answered.unwrap_or_else(|| Answered { method: known(path), code: code(&outcome) });
    let [role, method] = [Label::from_static_parts("role", role), Label::new("method", method)];
    let labels = vec![role, method, Label::new("code", format!("{code:?}"))];
    metrics::counter!("grpc_server_calls_total", labels.clone()).increment(1);
    metrics::histogram!("grpc_server_call_seconds", labels).record(begun.elapsed().as_secs_f64());
    telemetry::ended(&trace, code);
    span.in_scope(|| debug!(?code, micros = begun.elapsed().as_micros() as u64, "answered"));
    // A status that comes as an error is made an answer here, so that it carries the id too.
    let mut response = tell_id(outcome.unwrap_or_else(|status| status.into_http()), &id);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    Ok(response)
}

/// The path of a method that there is. Callers may ask for any other, which together count as one.
fn known(path: String) -> String {
    static PATHS: OnceLock<HashSet<String>> = OnceLock::new();
    let paths = PATHS.get_or_init(|| {
        let services = creatorscope_proto::pool().services();
        let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
        let paths = methods.map(|method| format!("/{}/{}", method.parent_service().full_name(), method.name()));
        paths.chain(OWN.map(str::to_owned)).collect()
    });
    if paths.contains(&path) { path } else { "unknown".to_owned() }
}

/// Puts the id among the details of an error, where clients look for what to quote. A role behind this one has done so
/// already.
fn tell_id(response: http::Response<Body>, id: &str) -> http::Response<Body> {
    let Some(status) = Status::from_header_map(response.headers()).filter(|status| status.code() != Code::Ok) else {
        return response;
    };
    let mut details = status.get_error_details();
    if details.request_info().is_some() {
        return response;
    }
    details.set_request_info(id, "");
    let told = Status::with_error_details(status.code(), status.message(), details);
    let mut response = response;
    // All other headers stay: the type of a gRPC-Web answer, what a browser may read. A status that was read from headers fits
    // into headers, its details grow by an id that is bounded.
    _ = told.add_header(response.headers_mut());
    response
}

fn given_id(request: &http::Request<Body>) -> Option<String> {
    let text = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    (!text.is_empty() && text.len() <= LONGEST).then(|| text.to_owned())
}

/// The code as far as it is known when the answer begins; a stream may still end with another.
pub(super) fn code(outcome: &Result<http::Response<Body>, Status>) -> Code {
    match outcome {
        Ok(response) => Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code()),
        Err(status) => status.code(),
    }
}

/// The paths of all methods that answer with streams.
fn streams() -> &'static HashSet<String> {
    static PATHS: OnceLock<HashSet<String>> = OnceLock::new();
    PATHS.get_or_init(|| {
        let methods = creatorscope_proto::pool().services().flat_map(|service| service.methods().collect::<Vec<_>>());
        let streams = methods.filter(prost_reflect::MethodDescriptor::is_server_streaming);
        streams.map(|method| format!("/{}/{}", method.parent_service().full_name(), method.name())).collect()
    })
}

/// A stream that is made while it is read: still within its call.
struct Within {
    inner: Body,
    onward: Onward,
    spans: [Span; 2],
}

impl HttpBody for Within {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { inner, onward, spans: [span, trace] } = &mut *self;
        let (_span, _trace) = (span.enter(), trace.enter());
        onward.poll(|| Pin::new(inner).poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

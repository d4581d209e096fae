//! Owns the spans that collectors see: of calls that are answered, of calls that are made, of statements. Never a value of a
//! statement or a message of a call.

use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::TraceContextExt,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::Code;
use tracing::{Span, debug_span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::onward::{Onward, TRACE};

/// Spans of this target are for collectors, all others for the log.
pub(super) const TARGET: &str = "creatorscope::trace";

static ON: AtomicBool = AtomicBool::new(false);

/// From now on spans are made; before, they cost nothing.
pub(super) fn begin() {
    ON.store(true, Ordering::Relaxed);
}

fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// The span of a call that is answered, below the one that its headers name. Its own takes that place among the headers, so that
/// what is passed on goes below it.
pub(crate) fn answering(path: &str, headers: &mut HeaderMap) -> Span {
    if !is_on() {
        return Span::none();
    }
    let span = debug_span!(
        target: TARGET, "answer", otel.name = path.trim_start_matches('/'), otel.kind = "server", otel.status_code = Empty,
        rpc.system.name = "grpc", rpc.response.status_code = Empty
    );
    let outside = TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers));
    if outside.span().span_context().is_valid() {
        // It fails only where no collector is, e.g. in a test beside one that has one.
        _ = span.set_parent(outside);
    }
    inject(&span, headers);
    span
}

/// The span of a call that is made, and its place among the headers of the call.
pub(crate) fn calling(path: &str, headers: &mut HeaderMap) -> Span {
    if !is_on() {
        return Span::none();
    }
    let span = debug_span!(
        target: TARGET, "call", otel.name = path.trim_start_matches('/'), otel.kind = "client", otel.status_code = Empty,
        rpc.system.name = "grpc", rpc.response.status_code = Empty
    );
    inject(&span, headers);
    span
}

/// The span of a statement: its text, never its values. Only within calls and tasks that they start: what runs by itself would be
/// many traces of one span.
pub(crate) fn statement(engine: &'static str, text: &str) -> Span {
    if !is_on() || Onward::current().is_none() {
        return Span::none();
    }
    let verb = text.split_whitespace().next().unwrap_or_default();
    debug_span!(
        target: TARGET, "statement", otel.name = verb, otel.kind = "client", otel.status_code = Empty,
        db.system.name = engine, db.query.text = text
    )
}

/// Notes how a call ended.
pub(crate) fn ended(span: &Span, code: Code) {
    if span.is_none() {
        return;
    }
    span.record("rpc.response.status_code", format!("{code:?}"));
    // What the caller did wrong is no error of who answers.
    let wrong =
        [Code::Unknown, Code::DeadlineExceeded, Code::Unimplemented, Code::Internal, Code::Unavailable, Code::DataLoss];
    if wrong.contains(&code) {
        span.record("otel.status_code", "ERROR");
    }
}

/// Notes that a statement failed.
pub(crate) fn failed(span: &Span) {
    span.record("otel.status_code", "ERROR");
}

/// The trace of a span, 32 hexadecimal digits; none where no collector is.
pub(crate) fn trace_id(span: &Span) -> Option<String> {
    if span.is_none() {
        return None;
    }
    let context = span.context();
    let found = context.span().span_context().clone();
    found.is_valid().then(|| found.trace_id().to_string())
}

fn inject(span: &Span, headers: &mut HeaderMap) {
    let context = span.context();
    if context.span().span_context().is_valid() {
        for name in TRACE {
            headers.remove(name);
        }
        TraceContextPropagator::new().inject_context(&context, &mut Carrier(headers));
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct Carrier<'a>(&'a mut HeaderMap);

impl Injector for Carrier<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (key.parse::<HeaderName>(), HeaderValue::try_from(value)) {
            // An empty state says nothing.
            if !value.is_empty() {
                self.0.insert(name, value);
            }
        }
    }
}

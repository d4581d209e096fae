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
    // What is not sampled is passed on as it is.
    if !is_on() || headers.get(&TRACE[0]).is_some_and(is_unsampled) {
        return Span::none();
    }
    let span = debug_span!(
        target: TARGET, "call", otel.name = path.trim_start_matches('/'), otel.kind = "client", otel.status_code = Empty,
        rpc.system.name = "grpc", rpc.response.status_code = Empty
    );
    inject(&span, headers);
    span
}

/// The root span of a run of a job, and its place among headers for the calls that it makes.
pub(crate) fn running(role: &'static str, job: &'static str, headers: &mut HeaderMap) -> Span {
    if !is_on() {
        return Span::none();
    }
    let span = debug_span!(
        target: TARGET, parent: None, "run", otel.name = job, otel.kind = "internal", otel.status_code = Empty,
        job.role = role, job.outcome = Empty
    );
    inject(&span, headers);
    span
}

/// Notes how a run of a job ended.
pub(crate) fn ran(span: &Span, is_done: bool) {
    span.record("job.outcome", if is_done { "done" } else { "failed" });
    if !is_done {
        span.record("otel.status_code", "ERROR");
    }
}

/// Whether this is within a call or a run that a collector may want.
fn is_within() -> bool {
    is_on() && Onward::current().is_some_and(|onward| !onward.trace[0].as_ref().is_some_and(is_unsampled))
}

/// The span of a question to Redis: what kind it is, never its keys or values.
pub(crate) fn asking(operation: &'static str) -> Span {
    if !is_within() {
        return Span::none();
    }
    debug_span!(
        target: TARGET, "ask", otel.name = operation, otel.kind = "client", otel.status_code = Empty,
        db.system.name = "redis", db.operation.name = operation
    )
}

/// The span of a statement: its text, never its values. Only within calls and tasks that they start: what runs by itself would be
/// many traces of one span.
pub(crate) fn statement(engine: &'static str, text: &str) -> Span {
    if !is_within() {
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

/// The trace that headers name, 32 hexadecimal digits; with a collector or without.
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let mut parts = headers.get(&TRACE[0])?.to_str().ok()?.split('-');
    let id = parts.nth(1)?;
    let is_id = id.len() == 32 && id.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    (is_id && id.bytes().any(|digit| digit != b'0')).then_some(id)
}

/// Whether this `traceparent` is of a trace that no collector wants: the lowest bit of its flags is not set.
fn is_unsampled(parent: &HeaderValue) -> bool {
    let flags = parent.as_bytes().last();
    flags.is_some_and(|flags| matches!(flags, b'0' | b'2' | b'4' | b'6' | b'8' | b'a' | b'c' | b'e'))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(parent: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(TRACE[0].clone(), HeaderValue::from_static(parent))])
    }

    #[test]
    fn a_trace_is_told_by_its_id_when_it_has_one() {
        let told = headers("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        assert_eq!(trace_id(&told), Some("0af7651916cd43dd8448eb211c80319c"));
        for none in
            ["", "00-", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-<script>-b7ad6b7169203331-01"]
        {
            assert_eq!(trace_id(&headers(none)), None, "{none}");
        }
    }

    #[test]
    fn the_lowest_bit_of_the_flags_says_whether_a_trace_is_wanted() {
        for (flags, unsampled) in [("00", true), ("01", false), ("02", true), ("0f", false)] {
            let parent = format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}");
            let parent = HeaderValue::try_from(parent).expect("ASCII");
            assert_eq!(is_unsampled(&parent), unsampled, "{flags}");
        }
    }
}

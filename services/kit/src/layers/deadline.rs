//! Owns deadlines: a call with `grpc-timeout` is answered `DEADLINE_EXCEEDED` in time, streams included. tonic's own
//! timeouts answer `CANCELLED` and do not hold in process.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::HeaderValue;
use http_body::{Body as HttpBody, Frame};
use tokio::time::{Instant, Sleep};
use tonic::{Status, body::Body};
use tower::ServiceExt;

use crate::{onward::Onward, transport::Transport};

const TIMEOUT: &str = "grpc-timeout";

/// Around a role: the call is answered in time.
pub(super) async fn call(inner: Transport, request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
    match end_of(&request) {
        Some(end) => bounded(inner, request, end).await,
        None => inner.oneshot(request).await,
    }
}

/// Around a peer: as [`call`], and a call that is made for another one ends with it.
pub(super) async fn send(inner: Transport, mut request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
    let own = end_of(&request);
    let Some(end) = Onward::current().and_then(|onward| onward.end).filter(|end| own.is_none_or(|own| *end < own))
    else {
        return match own {
            Some(end) => bounded(inner, request, end).await,
            None => inner.oneshot(request).await,
        };
    };
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(exceeded());
    }
    request.headers_mut().insert(TIMEOUT, form(left));
    bounded(inner, request, end).await
}

/// Until when a gRPC call wants its answer.
pub(super) fn end_of(request: &http::Request<Body>) -> Option<Instant> {
    let timeout = request.headers().get(TIMEOUT).and_then(|value| parse(value.to_str().ok()?))?;
    is_grpc(request).then(|| Instant::now() + timeout)
}

async fn bounded(inner: Transport, request: http::Request<Body>, end: Instant) -> Result<http::Response<Body>, Status> {
    let response = tokio::time::timeout_at(end, inner.oneshot(request)).await.map_err(|_| exceeded())??;
    Ok(response
        .map(|body| Body::new(Bounded { inner: body, end: Box::pin(tokio::time::sleep_until(end)), over: false })))
}

/// Who comes otherwise (gRPC-Web, JSON) is answered in the form of its own by who translates the call, and the peer behind holds
/// the deadline.
fn is_grpc(request: &http::Request<Body>) -> bool {
    let kind =
        request.headers().get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.strip_prefix("application/grpc").is_some_and(|rest| !rest.starts_with("-web"))
}

fn exceeded() -> Status {
    Status::deadline_exceeded("the deadline of the call has passed")
}

/// gRPC's form: up to 8 digits and a unit of H, M, S, m, u or n.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// A time in gRPC's form, in the finest unit that its digits allow; never longer than it is.
fn form(left: Duration) -> HeaderValue {
    let text = match left.as_micros() {
        micros @ ..100_000_000 => format!("{micros}u"),
        micros @ ..100_000_000_000 => format!("{}m", micros / 1_000),
        micros => format!("{}S", (micros / 1_000_000).min(99_999_999)),
    };
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("0u"))
}

/// A body that ends with `DEADLINE_EXCEEDED` when its time is up.
struct Bounded {
    inner: Body,
    end: Pin<Box<Sleep>>,
    over: bool,
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        if self.end.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.over = true;
        let mut trailers = http::HeaderMap::new();
        // The status of a deadline is plain ASCII, so it always fits into headers.
        _ = exceeded().add_header(&mut trailers);
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.inner.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_are_read() {
        for (text, expected) in
            [("1500000u", "1500000u"), ("99999999u", "99999999u"), ("250S", "250000m"), ("99999999H", "99999999S")]
        {
            let time = parse(text).expect("a time");
            let written = form(time);
            assert_eq!(written, expected);
            assert!(parse(written.to_str().expect("ASCII")).expect("a time") <= time, "{text}");
        }
    }

    #[test]
    fn timeouts_are_read_in_every_unit_and_rubbish_is_ignored() {
        assert_eq!(parse("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse("3S"), Some(Duration::from_secs(3)));
        for rubbish in ["", "S", "123456789S", "-1S", "1x", "é"] {
            assert_eq!(parse(rubbish), None, "{rubbish}");
        }
    }
}

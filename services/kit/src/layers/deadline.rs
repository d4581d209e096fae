//! Owns deadlines: a call with `grpc-timeout` is answered `DEADLINE_EXCEEDED` in time, streams included. tonic's own
//! timeouts answer `CANCELLED` and do not hold in process.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use tokio::time::{Instant, Sleep};
use tonic::{Status, body::Body};
use tower::ServiceExt;

use crate::transport::Transport;

pub(super) async fn call(inner: Transport, request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
    let timeout = request.headers().get("grpc-timeout").and_then(|value| parse(value.to_str().ok()?));
    let Some(timeout) = timeout.filter(|_| is_grpc(&request)) else {
        return inner.oneshot(request).await;
    };
    let end = Instant::now() + timeout;
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
    fn timeouts_are_read_in_every_unit_and_rubbish_is_ignored() {
        assert_eq!(parse("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse("3S"), Some(Duration::from_secs(3)));
        for rubbish in ["", "S", "123456789S", "-1S", "1x", "é"] {
            assert_eq!(parse(rubbish), None, "{rubbish}");
        }
    }
}

//! Owns the end of an answer: what is held while it goes out, and who is told how it ended. Never its content.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{Code, Status, body::Body};

/// What is held until an answer has ended, and dropped then. When the caller goes away it is dropped without being told.
pub(crate) trait Held: Send + Unpin + 'static {
    /// The answer has ended with this code.
    fn ended(&mut self, _code: Code) {}
}

impl Held for tokio::sync::OwnedSemaphorePermit {}

/// The code among headers or trailers, when there is one.
pub(crate) fn code_of(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()))
}

/// The answer with what is held until its end.
pub(crate) fn hold(response: http::Response<Body>, mut held: impl Held) -> http::Response<Body> {
    if response.body().is_end_stream() {
        held.ended(code_of(response.headers()).unwrap_or(Code::Unknown));
        return response;
    }
    response.map(|inner| Body::new(Holding { inner, held: Some(held) }))
}

struct Holding<H> {
    inner: Body,
    held: Option<H>,
}

impl<H: Held> Holding<H> {
    fn end(&mut self, code: Code) {
        if let Some(mut held) = self.held.take() {
            held.ended(code);
        }
    }
}

impl<H: Held> HttpBody for Holding<H> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.end(code_of(trailers).unwrap_or(Code::Unknown));
                }
            }
            // A body that breaks is a peer that went away.
            Poll::Ready(Some(Err(status))) => self.end(match status.code() {
                Code::DeadlineExceeded => Code::DeadlineExceeded,
                _ => Code::Unavailable,
            }),
            Poll::Ready(None) => self.end(Code::Unknown),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

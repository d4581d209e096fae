//! Owns the bodies of calls that are spread: requests that can be had back, answers that count until they end. Never an address.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{Status, body::Body};

use super::member::Link;

/// A request's body that can be lent again as long as nobody has begun to read it: until then no message was sent.
pub(super) struct Kept(Arc<Mutex<Option<Body>>>);

impl Kept {
    pub(super) fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Some(body))))
    }

    pub(super) fn lend(&self) -> Body {
        Body::new(Lent { kept: Arc::clone(&self.0), begun: None })
    }

    /// Whether it can be lent again. A body without content is never read, so that nobody knows.
    pub(super) fn is_untouched(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|body| !body.is_end_stream())
    }
}

struct Lent {
    kept: Arc<Mutex<Option<Body>>>,
    begun: Option<Body>,
}

impl Lent {
    fn look<T>(&self, of: impl FnOnce(&Body) -> T) -> Option<T> {
        match &self.begun {
            Some(body) => Some(of(body)),
            None => self.kept.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(of),
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.begun.is_none() {
            let taken = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.begun = taken;
        }
        let Some(body) = &mut self.begun else { return Poll::Ready(None) };
        loop {
            let polled = Pin::new(&mut *body).poll_frame(cx);
            match &polled {
                // The end of a client's stream comes here as a frame of nothing. Sent on it would be one more frame, and servers
                // (h2 after a hundred) take a connection with many of them for an attack and end it.
                Poll::Ready(Some(Ok(frame))) if frame.data_ref().is_some_and(Bytes::is_empty) => {}
                _ => return polled,
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.look(HttpBody::is_end_stream).unwrap_or(true)
    }

    fn size_hint(&self) -> SizeHint {
        self.look(HttpBody::size_hint).unwrap_or_default()
    }
}

/// One call to an address, from its beginning until it is dropped.
pub(super) struct InFlight(Arc<Link>);

impl InFlight {
    pub(super) fn new(link: Arc<Link>) -> Self {
        link.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(link)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An answer's body that counts as a call until it ends. One that breaks ends as an answer does: with the status of a peer that
/// went away, which may be asked again. Otherwise who passes it on could only reset the stream, and that tells nobody why.
pub(super) struct Counted {
    pub(super) body: Body,
    pub(super) call: InFlight,
    pub(super) broken: bool,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.broken {
            return Poll::Ready(None);
        }
        let error = match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Err(error))) => error,
            polled => return polled,
        };
        self.broken = true;
        self.call.0.doubt();
        let status = Status::unavailable(format!("the peer went away while it answered: {}", error.message()));
        let mut trailers = HeaderMap::new();
        Poll::Ready(Some(status.add_header(&mut trailers).map(|()| Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.broken || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

//! Owns how a request arrives: one that stops in its middle, or drips, fails. Never what is asked.
//!
//! A client that sends a stream of messages may be silent between two of them for as long as it likes, in the middle of one it
//! may not. A client that sends one message may never.

use std::{
    collections::HashSet,
    future::Future,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::{Instant, Sleep};
use tonic::{Status, body::Body};

/// So many bytes earn a client the whole time again; with fewer it drips.
const EARNS: usize = 1_024;
/// What is still read of a body over HTTP/1 that nobody wants, in bytes, and for how long: a connection that is closed before the client
/// has sent it all takes the answer with it.
const DRAINED: usize = 1 << 20;
const DRAINING: Duration = Duration::from_secs(2);
/// What stands before a message of gRPC: a flag and four bytes of length.
const PREFIX: usize = 5;

/// Which places of a body are between two messages.
#[derive(Debug)]
enum Messages {
    /// None: it is one message.
    One,
    /// Those of gRPC: how much of the prefix was read, what it says so far, and what of the message is missing.
    Framed { prefix: usize, length: usize, missing: usize },
    /// The beginnings of lines; whether this is one.
    Lines(bool),
}

impl Messages {
    fn of<B>(request: &Request<B>) -> Self {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        match kind.strip_prefix("application/grpc") {
            Some(rest) if !rest.starts_with("-web") && !single().contains(request.uri().path()) => {
                Self::Framed { prefix: 0, length: 0, missing: 0 }
            }
            None if is_lines(kind) => Self::Lines(true),
            _ => Self::One,
        }
    }

    /// Takes bytes; answers whether a message ended among them.
    fn take(&mut self, bytes: &[u8]) -> bool {
        match self {
            Self::One => false,
            Self::Lines(between) => {
                *between = bytes.last() == Some(&b'\n');
                bytes.contains(&b'\n')
            }
            Self::Framed { prefix, length, missing } => {
                let (mut rest, mut ended) = (bytes, false);
                while !rest.is_empty() {
                    if *prefix < PREFIX {
                        // The first byte is the flag; a length of 32 bits fits.
                        if *prefix > 0 {
                            *length = (*length << 8) | rest[0] as usize;
                        }
                        *prefix += 1;
                        rest = &rest[1..];
                        *missing = *length;
                    } else {
                        let taken = rest.len().min(*missing);
                        *missing -= taken;
                        rest = &rest[taken..];
                    }
                    if *prefix == PREFIX && *missing == 0 {
                        (*prefix, *length, ended) = (0, 0, true);
                    }
                }
                ended
            }
        }
    }

    fn is_between(&self) -> bool {
        match self {
            Self::One => false,
            Self::Framed { prefix, .. } => *prefix == 0,
            Self::Lines(between) => *between,
        }
    }
}

/// Whether a body of this type is JSON, a line a message.
pub(super) fn is_lines(kind: &str) -> bool {
    ["application/x-ndjson", "application/ndjson", "application/jsonl"].iter().any(|lines| kind.starts_with(lines))
}

/// The paths of all methods that take one message.
fn single() -> &'static HashSet<String> {
    static PATHS: OnceLock<HashSet<String>> = OnceLock::new();
    PATHS.get_or_init(|| {
        let services = creatorscope_proto::pool().services();
        let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
        let single = methods.filter(|method| !method.is_client_streaming());
        single.map(|method| format!("/{}/{}", method.parent_service().full_name(), method.name())).collect()
    })
}

/// The body of a request that must keep arriving.
pub(super) struct Arrival {
    inner: Body,
    messages: Messages,
    stall: Duration,
    /// What of the time was used since the client last earned it.
    used: Duration,
    earned: usize,
    /// Since when bytes are waited for, and until when.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    /// Whether there is more that must be read before the connection can be used again.
    owes: bool,
}

impl Arrival {
    /// The request with a body that must keep arriving.
    pub(super) fn watch(request: Request<Body>, stall: Duration) -> Request<Body> {
        if request.body().is_end_stream() {
            return request;
        }
        let messages = Messages::of(&request);
        let owes = request.version() < http::Version::HTTP_2;
        request.map(|inner| {
            let mut arrival = Self::new(inner, messages, stall);
            arrival.owes = owes;
            Body::new(arrival)
        })
    }

    fn new(inner: Body, messages: Messages, stall: Duration) -> Self {
        Self { inner, messages, stall, used: Duration::ZERO, earned: 0, waiting: None, owes: false }
    }

    /// What the client has left.
    fn left(&self) -> Duration {
        self.stall.saturating_sub(self.used)
    }

    fn arrived(&mut self, bytes: &[u8]) {
        if let Some((since, _)) = self.waiting.take() {
            self.used += since.elapsed();
        }
        self.earned += bytes.len();
        if self.messages.take(bytes) || self.earned >= EARNS {
            (self.used, self.earned) = (Duration::ZERO, 0);
        }
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        if !self.owes || self.inner.is_end_stream() {
            return;
        }
        let mut rest = std::mem::take(&mut self.inner);
        crate::task::spawn("drain", async move {
            let drain = async {
                let mut left = DRAINED;
                while let Some(Ok(frame)) = rest.frame().await {
                    left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
                    if left == 0 {
                        break;
                    }
                }
            };
            _ = tokio::time::timeout(DRAINING, drain).await;
        });
    }
}

impl HttpBody for Arrival {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Poll::Ready(next) = Pin::new(&mut self.inner).poll_frame(cx) {
            if let Some(Ok(frame)) = &next
                && let Some(data) = frame.data_ref()
            {
                let data = data.clone();
                self.arrived(&data);
            }
            self.owes &= matches!(next, Some(Ok(_)));
            return Poll::Ready(next);
        }
        if self.messages.is_between() {
            return Poll::Pending;
        }
        let left = self.left();
        let (_, end) = self.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            (now, Box::pin(tokio::time::sleep_until(now + left)))
        });
        ready!(end.as_mut().poll(cx));
        metrics::counter!("server_requests_stalled_total").increment(1);
        Poll::Ready(Some(Err(Status::deadline_exceeded("the request came too slowly, or stopped in its middle"))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests;

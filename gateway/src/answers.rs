//! Owns answers that are used again: of methods whose contract says for how long, to requests of the same bytes, for callers who may
//! see the same. Never an error, a stream, or an answer that is older than the contract allows.
//!
//! Requests that mean the same but are written in another order of fields are not known as the same: each is asked once more. Who
//! has written and must see it sends `read_after` (another request) or `cache-control: no-cache` (asked anew, and kept for others).

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use creatorscope_kit::{
    cache::bounded::{Bounded, Kept},
    caller::Identity,
    clock::Clock,
    transport::{Transport, service},
};
use http::{HeaderMap, HeaderValue, Request, Response, header, request};
use http_body::Frame;
use http_body_util::BodyExt;
use jiff::Timestamp;
use tonic::{Code, Status, body::Body};
use tower::ServiceExt;

use crate::policy::Method;

/// How old an answer is, in seconds.
pub(crate) const AGE: &str = "age";
/// `hit` or `miss`.
pub(crate) const KEPT: &str = "x-cache";
/// Such a call asks for something else than an answer.
const DRY_RUN: &str = "x-dry-run";
/// Longer requests are not looked at, in bytes.
const LONGEST_REQUEST: usize = 64 << 10;
/// Longer answers are not kept, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;
/// Services whose answers are the same for all who may call them. Of all others each tenant has its own.
const SHARED: [&str; 3] = ["/creatorscope.discovery.", "/creatorscope.metrics.", "/creatorscope.scoring."];
/// How long one load for all may take; each caller's own deadline holds besides.
const LOAD: HeaderValue = HeaderValue::from_static("60S");
/// Headers of one answer alone.
const OWN: [&str; 5] = ["x-request-id", "date", "connection", "transfer-encoding", "content-length"];

/// What makes two calls the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    path: Arc<str>,
    /// Raised by whoever erases, so that a load that began before is never found.
    epoch: u64,
    /// Whose data is seen; empty where it is nobody's.
    tenant: String,
    /// The language that texts are asked for in.
    language: Bytes,
    request: Bytes,
}

impl Key {
    fn bytes(&self) -> usize {
        self.path.len() + self.tenant.len() + self.language.len() + self.request.len()
    }
}

/// A good answer.
#[derive(Clone)]
struct Answer {
    headers: Arc<HeaderMap>,
    body: Bytes,
    trailers: Arc<HeaderMap>,
    /// When it was asked for: it holds at least what was known then.
    asked: Timestamp,
    lifetime: Duration,
}

impl Kept for Answer {
    fn bytes(&self) -> usize {
        let text = |headers: &HeaderMap| {
            headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum::<usize>()
        };
        self.body.len() + text(&self.headers) + text(&self.trailers)
    }

    fn lifetime(&self) -> Duration {
        self.lifetime
    }
}

/// What the answers of all peers are kept in.
#[derive(Clone)]
pub(crate) struct Answers {
    kept: Bounded<Key, Answer>,
    /// How long answers are used again, of the methods that have a time.
    lifetimes: Arc<HashMap<Arc<str>, Duration>>,
    /// Methods that erase: what was erased must not be shown on.
    erasing: Arc<Vec<String>>,
    epoch: Arc<AtomicU64>,
    identity: Identity,
    clock: Clock,
}

impl Answers {
    /// Keeps up to so many bytes of answers to these methods.
    pub(crate) fn new(bytes: u64, methods: &[Arc<Method>], identity: Identity, clock: Clock) -> Self {
        let has_one = |method: &&Arc<Method>| {
            let descriptor = &method.descriptor;
            !method.cache_lifetime.is_zero() && !descriptor.is_client_streaming() && !descriptor.is_server_streaming()
        };
        let lifetimes =
            methods.iter().filter(has_one).map(|method| (method.path.as_str().into(), method.cache_lifetime));
        let erasing = methods.iter().filter(|method| method.scope.ends_with(".delete"));
        Self {
            kept: Bounded::new(bytes, Key::bytes),
            lifetimes: Arc::new(lifetimes.collect()),
            erasing: Arc::new(erasing.map(|method| method.path.clone()).collect()),
            epoch: Arc::default(),
            identity,
            clock,
        }
    }

    /// The peer behind the kept answers.
    pub(crate) fn before(&self, peer: Transport) -> Transport {
        let answers = self.clone();
        service(move |request| {
            let (answers, peer) = (answers.clone(), peer.clone());
            async move { answers.answer(peer, request).await }
        })
    }

    async fn answer(&self, peer: Transport, request: Request<Body>) -> Result<Response<Body>, Status> {
        let path = request.uri().path();
        let lifetime = self.lifetimes.get_key_value(path).filter(|_| !request.headers().contains_key(DRY_RUN));
        let Some((path, lifetime)) = lifetime else {
            let erases = self.erasing.iter().any(|erasing| erasing == path);
            let response = peer.oneshot(request).await;
            if erases {
                self.epoch.fetch_add(1, Ordering::SeqCst);
                self.kept.clear();
            }
            return response;
        };
        let (path, lifetime) = (Arc::clone(path), *lifetime);
        let (mut head, body) = request.into_parts();
        // A kept answer must be readable to everybody.
        head.headers.remove("grpc-accept-encoding");
        let bytes = match Collected::of(body, LONGEST_REQUEST).await {
            Collected::Whole(bytes, _) if is_one_message(&bytes) => bytes,
            other => return peer.oneshot(Request::from_parts(head, other.into_body())).await,
        };
        let tenant = if SHARED.iter().any(|shared| path.starts_with(shared)) {
            String::new()
        } else {
            // Signed by this gateway just now; without it the peer refuses.
            self.identity.read(&head.headers).map(|caller| caller.tenant).unwrap_or_default()
        };
        let language = head.headers.get(header::ACCEPT_LANGUAGE).map(|value| Bytes::copy_from_slice(value.as_bytes()));
        let anew = wants_anew(&head.headers);
        let epoch = self.epoch.load(Ordering::SeqCst);
        let key = Key { path, epoch, tenant, language: language.unwrap_or_default(), request: bytes };
        if anew {
            let request = Request::from_parts(head, whole(key.request.clone()));
            let loaded = self.load(peer, request, lifetime).await;
            if let Loaded::Good(answer) = &loaded {
                self.kept.put(key, answer.clone()).await;
            }
            return loaded.into_response(&self.clock, "miss");
        }
        if let Some(answer) = self.kept.get(&key).await {
            if answer.is_fresh(&self.clock) {
                return Ok(answer.into_response(&self.clock, "hit"));
            }
            self.kept.remove(&key).await;
        }
        self.shared(peer, head, key, lifetime).await
    }

    /// One call for all who ask the same at once. What cannot be kept goes to the one who made the call; the others make their own.
    async fn shared(
        &self,
        peer: Transport,
        head: request::Parts,
        key: Key,
        lifetime: Duration,
    ) -> Result<Response<Body>, Status> {
        let bytes = key.request.clone();
        let again = || Request::from_parts(head.clone(), whole(bytes.clone()));
        // The first one's deadline must not end the call of those who wait for it.
        let mut first = again();
        first.headers_mut().insert("grpc-timeout", LOAD);
        let own = Mutex::new(None);
        let load = async {
            match self.load(peer.clone(), first, lifetime).await {
                Loaded::Good(answer) => {
                    *own.lock().unwrap_or_else(PoisonError::into_inner) = Some(Ok(answer.clone()));
                    Ok(answer)
                }
                Loaded::Other(response) => {
                    *own.lock().unwrap_or_else(PoisonError::into_inner) = Some(Err(response));
                    Err(())
                }
            }
        };
        let found = self.kept.get_or_load(key, load).await;
        match (own.into_inner().unwrap_or_else(PoisonError::into_inner), found) {
            (Some(Ok(answer)), _) => Ok(answer.into_response(&self.clock, "miss")),
            (Some(Err(response)), _) => *response,
            (None, Ok(answer)) => Ok(answer.into_response(&self.clock, "hit")),
            (None, Err(_)) => peer.oneshot(again()).await,
        }
    }

    async fn load(&self, peer: Transport, request: Request<Body>, lifetime: Duration) -> Loaded {
        let asked = self.clock.now();
        let response = match peer.oneshot(request).await {
            Ok(response) => response,
            Err(status) => return Loaded::Other(Box::new(Err(status))),
        };
        let has_status = Status::from_header_map(response.headers()).is_some();
        if has_status || !response.status().is_success() {
            return Loaded::Other(Box::new(Ok(response)));
        }
        let (head, body) = response.into_parts();
        match Collected::of(body, LONGEST_ANSWER).await {
            Collected::Whole(bytes, Some(trailers)) if is_good(&bytes, &trailers) => {
                let mut headers = head.headers;
                for own in OWN {
                    headers.remove(own);
                }
                let (headers, trailers) = (Arc::new(headers), Arc::new(trailers));
                Loaded::Good(Answer { headers, body: bytes, trailers, asked, lifetime })
            }
            other => Loaded::Other(Box::new(Ok(Response::from_parts(head, other.into_body())))),
        }
    }
}

/// What came of a call.
enum Loaded {
    Good(Answer),
    Other(Box<Result<Response<Body>, Status>>),
}

impl Loaded {
    fn into_response(self, clock: &Clock, kept: &'static str) -> Result<Response<Body>, Status> {
        match self {
            Self::Good(answer) => Ok(answer.into_response(clock, kept)),
            Self::Other(response) => *response,
        }
    }
}

impl Answer {
    fn age(&self, clock: &Clock) -> Duration {
        Duration::try_from(clock.now().duration_since(self.asked)).unwrap_or_default()
    }

    /// moka measures in time that no test can set, so the clock of everything else decides.
    fn is_fresh(&self, clock: &Clock) -> bool {
        self.age(clock) < self.lifetime
    }

    fn into_response(self, clock: &Clock, kept: &'static str) -> Response<Body> {
        let age = self.age(clock).as_secs();
        let mut response = Response::new(Joined::body(Some(self.body), Some(HeaderMap::clone(&self.trailers)), None));
        *response.headers_mut() = HeaderMap::clone(&self.headers);
        response.headers_mut().insert(AGE, age.into());
        response.headers_mut().insert(KEPT, HeaderValue::from_static(kept));
        response
    }
}

/// Whether the caller wants no kept answer.
fn wants_anew(headers: &HeaderMap) -> bool {
    let told = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    told.flat_map(|value| value.split(',')).any(|part| {
        let part = part.trim();
        ["no-cache", "no-store", "max-age=0"].iter().any(|word| part.eq_ignore_ascii_case(word))
    })
}

/// Whether these are the bytes of one message that is not compressed.
fn is_one_message(bytes: &[u8]) -> bool {
    let [flag, a, b, c, d, message @ ..] = bytes else { return false };
    *flag == 0 && u32::from_be_bytes([*a, *b, *c, *d]) as usize == message.len()
}

fn is_good(bytes: &[u8], trailers: &HeaderMap) -> bool {
    let status = Status::from_header_map(trailers);
    is_one_message(bytes) && status.is_some_and(|status| status.code() == Code::Ok)
}

fn whole(bytes: Bytes) -> Body {
    Joined::body(Some(bytes), None, None)
}

/// A body that was read as far as allowed.
enum Collected {
    /// All of it, with its trailers.
    Whole(Bytes, Option<HeaderMap>),
    /// What was read, and what is left or how it broke.
    Part(Bytes, Result<Body, Status>),
}

impl Collected {
    async fn of(mut body: Body, limit: usize) -> Self {
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = match frame {
                Ok(frame) => frame,
                Err(status) => return Self::Part(bytes.freeze(), Err(status)),
            };
            match frame.into_data() {
                Ok(data) => bytes.extend_from_slice(&data),
                Err(frame) => return Self::Whole(bytes.freeze(), frame.into_trailers().ok()),
            }
            if bytes.len() > limit {
                return Self::Part(bytes.freeze(), Ok(body));
            }
        }
        Self::Whole(bytes.freeze(), None)
    }

    /// The body as it was.
    fn into_body(self) -> Body {
        match self {
            Self::Whole(bytes, trailers) => Joined::body(Some(bytes), trailers, None),
            Self::Part(bytes, rest) => Joined::body(Some(bytes), None, Some(rest)),
        }
    }
}

/// Bytes, and trailers or the rest of a body behind them.
struct Joined {
    bytes: Option<Bytes>,
    trailers: Option<HeaderMap>,
    rest: Option<Result<Body, Status>>,
}

impl Joined {
    fn body(bytes: Option<Bytes>, trailers: Option<HeaderMap>, rest: Option<Result<Body, Status>>) -> Body {
        Body::new(Self { bytes: bytes.filter(|bytes| !bytes.is_empty()), trailers, rest })
    }
}

impl http_body::Body for Joined {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Some(bytes) = self.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if let Some(trailers) = self.trailers.take() {
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
        match self.rest.take() {
            None => Poll::Ready(None),
            Some(Err(status)) => Poll::Ready(Some(Err(status))),
            Some(Ok(mut rest)) => {
                let polled = Pin::new(&mut rest).poll_frame(cx);
                self.rest = Some(Ok(rest));
                polled
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let ended = match &self.rest {
            None => true,
            Some(Ok(rest)) => rest.is_end_stream(),
            Some(Err(_)) => false,
        };
        self.bytes.is_none() && self.trailers.is_none() && ended
    }
}

#[cfg(test)]
mod tests;

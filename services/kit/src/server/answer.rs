//! Owns how an answer leaves: in pieces, watched by whoever sends it, so that a client that does not read it is found out. Never
//! what is answered.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::rt::Executor;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};
use tonic::{Status, body::Body};

use super::{
    limits::Limits,
    seen::{OpenCall, Seen},
};

/// The largest piece of an answer: what an unread stream holds besides the message that it is a piece of.
const PIECE: usize = 64 * 1_024;

/// How far the answer of one stream has come.
#[derive(Default)]
pub(super) struct Progress {
    /// Pieces handed over, times two, and one while the last of them is not yet followed by a question for more.
    handed: AtomicU64,
    /// The answer is whole, or cannot go on for a reason of its own.
    ended: AtomicBool,
}

impl Progress {
    fn asked(&self) {
        self.handed.fetch_and(!1, Relaxed);
    }

    fn handed(&self) {
        self.handed.store((self.handed.load(Relaxed) + 2) | 1, Relaxed);
    }

    /// The piece that nobody has asked beyond, if any.
    fn unread(&self) -> Option<u64> {
        Some(self.handed.load(Relaxed)).filter(|handed| handed & 1 == 1)
    }
}

/// The body of an answer.
pub(super) struct Answer {
    inner: Body,
    /// What is left of a large frame.
    rest: Bytes,
    progress: Arc<Progress>,
    _call: OpenCall,
}

impl Answer {
    pub(super) fn new(inner: Body, progress: Arc<Progress>, call: OpenCall) -> Self {
        let answer = Self { inner, rest: Bytes::new(), progress, _call: call };
        answer.mark();
        answer
    }

    fn mark(&self) {
        if self.is_end_stream() {
            self.progress.ended.store(true, Relaxed);
        }
    }

    /// The next piece of what is left. The last one lets go of the large frame.
    fn piece(&mut self) -> Bytes {
        if self.rest.len() > PIECE {
            return self.rest.split_to(PIECE);
        }
        Bytes::copy_from_slice(&std::mem::take(&mut self.rest))
    }

    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(self.piece()))));
        }
        let frame = match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            other => return Poll::Ready(other),
        };
        Poll::Ready(Some(Ok(match frame.into_data() {
            Ok(data) if data.len() > PIECE => {
                self.rest = data;
                Frame::data(self.piece())
            }
            Ok(data) => Frame::data(data),
            Err(other) => other,
        })))
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.progress.asked();
        let next = ready!(self.next(cx));
        match &next {
            Some(Ok(frame)) if frame.is_data() => {
                self.progress.handed();
                self.mark();
            }
            _ => self.progress.ended.store(true, Relaxed),
        }
        Poll::Ready(next)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, rest) = (self.inner.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

/// Runs the streams of one HTTP/2 connection, each as a task that watches its answer.
#[derive(Clone)]
pub(super) struct Streams {
    /// The answer of the stream whose service was called last: hyper runs a stream right after the call.
    latest: Arc<Mutex<Arc<Progress>>>,
    seen: Arc<Seen>,
    stall: Duration,
    resets: u32,
    listener: &'static str,
}

impl Streams {
    pub(super) fn new(limits: &Limits, seen: Arc<Seen>, listener: &'static str) -> Self {
        Self { latest: Arc::default(), seen, stall: limits.stall(), resets: limits.client_resets(), listener }
    }

    /// A stream begins.
    pub(super) fn begin(&self) -> Arc<Progress> {
        let progress = Arc::<Progress>::default();
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&progress);
        progress
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    #[allow(
        clippy::disallowed_methods,
        reason = "a span for each stream would cost more than it tells: calls have their own"
    )]
    fn execute(&self, stream: F) {
        let progress = Arc::clone(&self.latest.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::spawn(Watched { inner: Some(stream), progress, streams: self.clone(), waiting: None });
    }
}

struct Waiting {
    piece: u64,
    end: Pin<Box<Sleep>>,
}

pin_project! {
    /// A stream that is given up, and so reset, when its client leaves a piece of the answer unread for too long.
    struct Watched<F> {
        #[pin]
        inner: Option<F>,
        progress: Arc<Progress>,
        streams: Streams,
        waiting: Option<Waiting>,
    }
}

impl<F: Future<Output = ()>> Future for Watched<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(()) };
        if inner.poll(cx).is_ready() {
            if !this.progress.ended.load(Relaxed) {
                this.streams.seen.reset(this.streams.resets);
            }
            return Poll::Ready(());
        }
        let Some(piece) = this.progress.unread() else {
            *this.waiting = None;
            return Poll::Pending;
        };
        let stall = this.streams.stall;
        let begin = || Waiting { piece, end: Box::pin(tokio::time::sleep_until(Instant::now() + stall)) };
        if this.waiting.as_ref().is_some_and(|waiting| waiting.piece != piece) {
            *this.waiting = None;
        }
        ready!(this.waiting.get_or_insert_with(begin).end.as_mut().poll(cx));
        metrics::counter!("server_streams_cut_total", "listener" => this.streams.listener, "reason" => "unread")
            .increment(1);
        this.inner.set(None);
        Poll::Ready(())
    }
}

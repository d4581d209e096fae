//! Owns the end of watches when the gateway stops: they are told so and go on elsewhere with their resume token. Never calls that end
//! by themselves.
//!
//! Without it every watch would hold the gateway for the whole grace time, and be cut off in a form of which clients cannot tell that
//! trying again helps.

use std::{
    collections::HashSet,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use creatorscope_kit::{
    fault::{Fault, status},
    transport::{Transport, service},
};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use thiserror::Error;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::{Code, Status, body::Body};
use tower::ServiceExt;

use crate::policy::Method;

/// Bytes before each message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// The gateway ends.
#[derive(Debug, Error)]
#[error("the gateway stops; watch again with the resume token")]
struct Stopping;

impl Fault for Stopping {
    fn code(&self) -> Code {
        Code::Unavailable
    }
    fn reason(&self) -> &'static str {
        "NODE_STOPPING"
    }
}

/// The way to a role whose watches end when the gateway closes. A watch is what can be resumed.
pub(crate) fn around(role: Transport, methods: &[Arc<Method>], closing: CancellationToken) -> Transport {
    let resumes = |method: &&Arc<Method>| method.descriptor.input().get_field_by_name("resume_token").is_some();
    let watches: HashSet<String> = methods.iter().filter(resumes).map(|method| method.path.clone()).collect();
    let watches = Arc::new(watches);
    service(move |request| {
        let watch = watches.contains(request.uri().path()).then(|| closing.clone());
        let role = role.clone();
        async move {
            let response = role.oneshot(request).await?;
            Ok(match watch {
                Some(closing) => response.map(|body| Body::new(Watch::new(body, closing))),
                None => response,
            })
        }
    })
}

/// An answer that ends between two messages when the gateway closes.
struct Watch {
    inner: Body,
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
    place: Place,
    over: bool,
}

impl Watch {
    fn new(inner: Body, closing: CancellationToken) -> Self {
        Self { inner, closing: Box::pin(closing.cancelled_owned()), place: Place::default(), over: false }
    }
}

/// Where in its messages an answer is.
#[derive(Default)]
struct Place {
    prefix: [u8; PREFIX],
    /// Bytes of the prefix that are there.
    begun: usize,
    /// Bytes of the message that are still to come.
    left: usize,
}

impl Place {
    fn is_between(&self) -> bool {
        self.begun == 0 && self.left == 0
    }

    fn pass(&mut self, mut bytes: &[u8]) {
        while let Some(&first) = bytes.first() {
            if self.left > 0 {
                let passed = self.left.min(bytes.len());
                self.left -= passed;
                bytes = &bytes[passed..];
                continue;
            }
            self.prefix[self.begun] = first;
            self.begun += 1;
            bytes = &bytes[1..];
            if self.begun == PREFIX {
                let [_, length @ ..] = self.prefix;
                (self.begun, self.left) = (0, u32::from_be_bytes(length) as usize);
            }
        }
    }
}

impl HttpBody for Watch {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if self.place.is_between() && self.closing.as_mut().poll(cx).is_ready() {
            self.over = true;
            let mut trailers = HeaderMap::new();
            let told = status(&Stopping).add_header(&mut trailers);
            return Poll::Ready(Some(told.map(|()| Frame::trailers(trailers))));
        }
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(bytes) = frame.data_ref()
        {
            self.place.pass(bytes);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http::{Request, Response};
    use http_body_util::{BodyExt, StreamBody};
    use tokio::sync::mpsc;

    use super::*;
    use crate::{
        held::code_of,
        policy,
        testing::{self, message},
    };

    /// A role whose answers have these bytes as they come, and what lets it say more.
    fn role(closing: &CancellationToken) -> (Transport, mpsc::UnboundedSender<Bytes>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let receiver = Arc::new(std::sync::Mutex::new(Some(receiver)));
        let role = service(move |_: Request<Body>| {
            let receiver = receiver.lock().expect("whole").take();
            async move {
                let receiver: mpsc::UnboundedReceiver<Bytes> = receiver.expect("asked once");
                let frames = futures::stream::unfold(receiver, |mut receiver| async move {
                    let bytes = receiver.recv().await?;
                    Some((Ok::<_, Status>(Frame::data(bytes)), receiver))
                });
                Ok(Response::new(Body::new(StreamBody::new(frames))))
            }
        });
        let methods = policy::read(creatorscope_proto::pool(), &testing::SERVICES).expect("all can be exposed");
        (around(role, &methods, closing.clone()), sender)
    }

    fn asked(method: &str) -> Request<Body> {
        let path = format!("/creatorscope.metrics.v1.MetricsService/{method}");
        Request::post(path).body(Body::empty()).expect("a request")
    }

    #[tokio::test]
    async fn a_watch_ends_when_the_gateway_closes_and_is_told_to_go_on_elsewhere() {
        let closing = CancellationToken::new();
        let (role, says) = role(&closing);
        let mut body = role.oneshot(asked("WatchMetrics")).await.expect("answered").into_body();
        says.send(message(b"first")).expect("it is read");
        assert!(body.frame().await.expect("a frame").expect("whole").is_data());
        assert!(futures::poll!(Box::pin(body.frame())).is_pending(), "it stays open");
        closing.cancel();
        let end = body.frame().await.expect("a frame").expect("whole").into_trailers().expect("the end");
        assert_eq!(code_of(&end), Some(Code::Unavailable));
        assert!(body.frame().await.is_none());
    }

    #[tokio::test]
    async fn no_message_is_broken_off() {
        let closing = CancellationToken::new();
        let (role, says) = role(&closing);
        let mut body = role.oneshot(asked("WatchMetrics")).await.expect("answered").into_body();
        let whole = message(b"in two parts");
        says.send(whole.slice(..3)).expect("it is read");
        assert!(body.frame().await.expect("a frame").expect("whole").is_data());
        closing.cancel();
        assert!(futures::poll!(Box::pin(body.frame())).is_pending(), "the rest of the message is to come");
        says.send(whole.slice(3..)).expect("it is read");
        assert!(body.frame().await.expect("a frame").expect("whole").is_data());
        assert!(body.frame().await.expect("a frame").expect("whole").is_trailers());
    }

    #[tokio::test]
    async fn a_call_that_ends_by_itself_goes_on() {
        let closing = CancellationToken::new();
        let (role, says) = role(&closing);
        closing.cancel();
        let mut body = role.oneshot(asked("ExportRecords")).await.expect("answered").into_body();
        says.send(message(b"first")).expect("it is read");
        assert!(body.frame().await.expect("a frame").expect("whole").is_data());
        drop(says);
        assert!(body.frame().await.is_none());
    }
}

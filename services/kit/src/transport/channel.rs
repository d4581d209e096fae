//! Owns a connection to one place over HTTP/2: made when it is first used, checked while it is idle, made again when it is lost.
//! Never which place, and never what a call means.
//!
//! Calls go straight to the connection; tonic's own channel hands each of them to a task and back.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{Request, Response, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connected, Connection},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;
use tonic::body::Body;
use tower::service_fn;

use super::CallTls;

/// How long a connection may take to be made, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a connection is checked, also without calls, and how long the other side may take to answer: a machine that is cut
/// off is noticed within their sum.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a call has no answer: there is no connection, or it was lost.
pub(crate) type Lost = hyper_util::client::legacy::Error;

/// A connection to one place. Clones share it.
#[derive(Clone)]
pub(crate) struct Channel {
    client: Client<Dial, Body>,
    origin: Uri,
}

type Dial = tower::util::BoxCloneSyncService<Uri, Stream, io::Error>;

impl Channel {
    /// To a place, over TLS when the origin is at `https`, whose certificate must then name the origin's host.
    pub(crate) fn new<P>(place: P, origin: &Uri, tls: &CallTls) -> Self
    where
        P: ToSocketAddrs + Clone + Send + Sync + 'static,
        P::Future: Send,
    {
        let (target, tls) = (origin.clone(), tls.clone());
        let connector = service_fn(move |_: Uri| -> BoxFuture<'static, io::Result<Stream>> {
            let (place, origin, tls) = (place.clone(), target.clone(), tls.clone());
            Box::pin(async move { dial(place, &origin, &tls).await })
        });
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .http2_only(true)
            .pool_idle_timeout(None)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .http2_keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
            .http2_keep_alive_while_idle(true)
            .http2_initial_stream_window_size(1 << 20)
            .http2_initial_connection_window_size(4 << 20)
            .build(Dial::new(connector));
        Self { client, origin: origin.clone() }
    }

    /// The answer to a call. Errors: nothing of it was sent, or nobody knows what became of it.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, Lost> {
        let mut uri = std::mem::take(request.uri_mut()).into_parts();
        uri.scheme = self.origin.scheme().cloned();
        uri.authority = self.origin.authority().cloned();
        // A call has a path, and with the rest of an origin that is an address.
        *request.uri_mut() = Uri::from_parts(uri).unwrap_or_else(|_| self.origin.clone());
        *request.version_mut() = http::Version::HTTP_2;
        self.client.request(request).await.map(|response| response.map(Body::new))
    }
}

/// Makes a connection to a place. Errors: nobody is there in time, or nobody that can be trusted.
pub(super) async fn dial<P: ToSocketAddrs>(place: P, origin: &Uri, tls: &CallTls) -> io::Result<Stream> {
    let connecting = async {
        let stream = TcpStream::connect(place).await?;
        stream.set_nodelay(true)?;
        Ok(Stream(TokioIo::new(match origin.scheme_str() {
            Some("https") => {
                let host = origin.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
                Either::Right(tls.shake_hands(host, stream).await?)
            }
            _ => Either::Left(stream),
        })))
    };
    let late =
        || io::Error::new(io::ErrorKind::TimedOut, format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()));
    tokio::time::timeout(CONNECT_TIMEOUT, connecting).await.map_err(|_| late())?
}

/// The bytes of a connection.
pub(super) struct Stream(TokioIo<Either<TcpStream, TlsStream<TcpStream>>>);

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, into)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

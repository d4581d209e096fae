//! Owns one connection, from its handshake to its end. Never what is asked on it.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use http::{Request, Response, StatusCode, header};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::Instant,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, body::Body};
use tower::ServiceExt;
use tracing::debug;

use super::{
    Listening,
    answer::{Answer, Streams},
    arrival::{Arrival, is_lines},
    limits::Limits,
    refusal::refusal,
    seen::{Seen, Verdict},
    socket::Socket,
};
use crate::transport::Transport;

/// Windows of HTTP/2: what a client may send before it is read.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
/// How long a connection that is asked to end because it is idle has for it.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why a connection ended whose client gave up too many calls.
pub(super) const RESETS: &str = "resets";

/// The address that a call came from: of the client, or of what stands between. In the extensions of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameFrom(pub SocketAddr);

/// Asks connections to end.
#[derive(Clone)]
pub(super) struct Ends {
    /// With what is open on them.
    pub(super) stop: CancellationToken,
    /// At once.
    pub(super) cut: CancellationToken,
}

/// Serves a connection to its end. Answers with the reason of it.
pub(super) async fn serve(socket: TcpStream, from: SocketAddr, listening: &Listening, ends: Ends) -> &'static str {
    // Without it small answers wait for the other side's confirmations; where it cannot be set they do.
    _ = socket.set_nodelay(true);
    let Some(tls) = &listening.tls else {
        return talk(socket, from, listening, ends).await;
    };
    let accepting = TlsAcceptor::from(tls.config()).accept(socket);
    let shaken = ends.stop.run_until_cancelled(tokio::time::timeout(listening.limits.handshake(), accepting)).await;
    match shaken {
        None => "stop",
        Some(Err(_)) => "handshake_slow",
        Some(Ok(Err(error))) => {
            debug!(listener = listening.name, %from, %error, "no TLS");
            "handshake_failed"
        }
        // The state of a TLS connection is large.
        Some(Ok(Ok(stream))) => Box::pin(talk(stream, from, listening, ends)).await,
    }
}

async fn talk<S>(stream: S, from: SocketAddr, listening: &Listening, ends: Ends) -> &'static str
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let seen = Seen::new();
    let limits = &listening.limits;
    let streams = Streams::new(limits, Arc::clone(&seen), listening.name);
    let builder = builder(limits, streams.clone());
    let service = service_fn(|request: Request<Incoming>| {
        let (call, progress) = (seen.call(), streams.begin());
        let service = listening.service.clone();
        let limits = limits.clone();
        async move {
            let answer = answer(service, request, from, &limits).await;
            Ok::<_, Infallible>(answer.map(|body| Answer::new(body, progress, call)))
        }
    });
    let io = TokioIo::new(Socket::new(stream, limits.stall(), Arc::clone(&seen)));
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut timer = pin!(tokio::time::sleep(Duration::ZERO));
    let (mut closing, mut aged) = (None, false);
    loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = &ended {
                    debug!(listener = listening.name, %from, error = %crate::fault::causes(&**error), "a connection ended");
                }
                return match (closing, ended) {
                    _ if seen.has_stalled() => "stalled",
                    (Some(reason), _) => reason,
                    (None, Ok(())) => "client",
                    (None, Err(error)) if is_too_much(&*error) => RESETS,
                    (None, Err(_)) => "error",
                };
            }
            () = ends.stop.cancelled(), if closing != Some("stop") => {
                closing = Some("stop");
                connection.as_mut().graceful_shutdown();
            }
            () = ends.cut.cancelled() => return "cut",
            () = seen.abused.notified() => return RESETS,
            () = timer.as_mut(), if closing != Some("stop") => match seen.judge(limits, aged, Instant::now()) {
                Verdict::Wait(again) => timer.as_mut().reset(again),
                Verdict::SlowHead => return "head_slow",
                Verdict::Idle if closing == Some("idle") => return "idle",
                Verdict::Idle => {
                    closing = Some("idle");
                    connection.as_mut().graceful_shutdown();
                    timer.as_mut().reset(Instant::now() + FAREWELL);
                }
                Verdict::Old => {
                    (closing, aged) = (Some("old"), true);
                    connection.as_mut().graceful_shutdown();
                    timer.as_mut().reset(Instant::now());
                }
            },
        }
    }
}

/// Whether HTTP/2 ended a connection because of what its client did too often.
fn is_too_much(error: &(dyn std::error::Error + 'static)) -> bool {
    let calm = |error: &h2::Error| error.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM);
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(calm)
}

fn builder(limits: &Limits, streams: Streams) -> auto::Builder<Streams> {
    let mut builder = auto::Builder::new(streams);
    let (keepalive, answer) = limits.keepalive();
    // Connections that were made together are not all asked at once.
    let keepalive = keepalive.mul_f64(1.0 - 0.25 * fastrand::f64());
    // How long a head takes is judged by what is seen of the connection: hyper's own time runs between requests too.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(limits.header_bytes() as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(limits.header_bytes())
        .max_concurrent_streams(limits.streams())
        .max_pending_accept_reset_streams(limits.unaccepted_resets())
        .max_local_error_reset_streams(limits.error_resets())
        .keep_alive_interval(keepalive)
        .keep_alive_timeout(answer)
        .max_send_buf_size(limits.send_buffer())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    builder
}

async fn answer(service: Transport, request: Request<Incoming>, from: SocketAddr, limits: &Limits) -> Response<Body> {
    let bounded = !may_be_long(&request);
    let mut request = Arrival::watch(request.map(Body::new), limits.stall());
    request.extensions_mut().insert(CameFrom(from));
    let answering = service.oneshot(request);
    let answered = if bounded {
        match tokio::time::timeout(limits.request(), answering).await {
            Ok(answered) => answered,
            Err(_) => return late(limits.request()),
        }
    } else {
        answering.await
    };
    answered.unwrap_or_else(|status: Status| status.into_http())
}

/// Whether the call keeps a deadline of its own (gRPC), or its answer waits for a request that is a stream.
fn may_be_long<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/grpc") || is_lines(kind)
}

fn late(after: Duration) -> Response<Body> {
    let message = format!("the call took longer than {} seconds, as long as one may here", after.as_secs());
    refusal(StatusCode::GATEWAY_TIMEOUT, Code::DeadlineExceeded, "REQUEST_TIME", &message)
}

//! Owns listeners: binding, serving and stopping within a bound. Never what is served.

use std::time::Duration;

use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Server, server::TcpIncoming};
use tracing::{info, warn};

use crate::transport::Transport;

/// Streams that one connection may have open.
const STREAMS: u32 = 1_000;
/// How often a silent connection is checked.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Takes an address. Port 0 takes a free one. Errors: the address is not one, or is taken.
pub async fn bind(role: &str, address: &str) -> Result<TcpListener, BindError> {
    let fail = |cause| BindError { role: role.to_owned(), address: address.to_owned(), cause };
    TcpListener::bind(address).await.map_err(fail)
}

/// A listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "{role} cannot listen on {address}: {cause}; choose another with --set {role}.listen=HOST:PORT (port 0 takes a free one)"
)]
pub struct BindError {
    role: String,
    address: String,
    cause: std::io::Error,
}

/// Serves until `stop`, then lets calls end for at most `grace`: one silent peer would otherwise hold the node for ever.
/// Errors: the server ended by itself.
pub async fn serve(
    listener: TcpListener,
    service: Transport,
    stop: CancellationToken,
    grace: Duration,
) -> Result<(), tonic::transport::Error> {
    let address = listener.local_addr().ok();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let server = Server::builder()
        // Who comes with HTTP/1 is told what this address is, instead of a broken connection.
        .accept_http1(true)
        .max_concurrent_streams(Some(STREAMS))
        .http2_keepalive_interval(Some(KEEP_ALIVE))
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20)
        .serve_with_incoming_shutdown(service, incoming, stop.clone().cancelled_owned());
    tokio::select! {
        ended = server => ended,
        () = late(&stop, grace) => {
            warn!(?address, seconds = grace.as_secs(), "calls were still open at the end of the grace time and are cut off");
            Ok(())
        }
    }
}

async fn late(stop: &CancellationToken, grace: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(grace).await;
}

/// The signals that ask a process to end. Installed before anything is announced: until then they would kill the process.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Takes over SIGINT and SIGTERM. Errors: the system does not allow it.
    pub fn install() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Ends at the first of them.
    pub async fn first(&mut self) {
        let name = tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        };
        info!(name, "stopping");
    }
}

//! Owns listeners: binding, accepting, serving and stopping within a bound. Never what is served.
//!
//! | file | owns |
//! |---|---|
//! | `limits.rs` | how much is taken of one client and of all |
//! | `connection.rs` | one connection, from its handshake to its end |
//! | `seen.rs`, `socket.rs` | what is known of it, and how long its bytes may stand still |
//! | `arrival.rs`, `answer.rs` | requests that must keep arriving, answers that must be read |
//! | `shunned.rs` | from which addresses no connection is taken for a while |
//! | `hosts.rs`, `refusal.rs` | which names it answers to, and what it answers by itself |

mod answer;
mod arrival;
mod connection;
mod hosts;
mod limits;
mod refusal;
mod seen;
mod shunned;
mod socket;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use metrics::{counter, gauge};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{Signal, SignalKind, signal},
    sync::Semaphore,
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use self::{connection::CameFrom, hosts::Hosts, limits::Limits, refusal::unencoded};
use self::{connection::Ends, shunned::Shunned};
use crate::{
    task::{Owned, spawn},
    tls::Tls,
    transport::Transport,
};

/// So many connections are taken within a millisecond, and then the calls of those who are connected have their turn: a thousand
/// that come at once kept everybody waiting for 7 ms.
const AT_ONCE: u32 = 8;
const TURN: Duration = Duration::from_millis(1);
/// How long to wait when the machine has no room for another connection.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

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

/// What is served on a listener.
#[derive(Clone)]
pub struct Listening {
    /// The name in logs and metrics, e.g. the role's.
    pub name: &'static str,
    /// What answers.
    pub service: Transport,
    /// How much is taken.
    pub limits: Limits,
    /// With it TLS alone is spoken; without it HTTP/1 and HTTP/2 without.
    pub tls: Option<Arc<Tls>>,
}

/// Serves until `stop`, then lets calls end for at most `grace`: one silent peer would otherwise hold the node for ever.
pub async fn serve(listener: TcpListener, listening: Listening, stop: CancellationToken, grace: Duration) {
    let address = listener.local_addr().ok();
    let name = listening.name;
    let most = listening.limits.connections().min(Semaphore::MAX_PERMITS);
    let free = Arc::new(Semaphore::new(most));
    let ends = Ends { stop: stop.clone(), cut: CancellationToken::new() };
    // However this ends, no connection is left behind.
    let _cut = ends.cut.clone().drop_guard();
    let listening = Arc::new(listening);
    let _following = listening.tls.clone().map(|tls| {
        let stop = stop.clone();
        Owned::spawn("certificate", async move { tls.follow(stop).await })
    });
    let shunned = Arc::new(Shunned::new(listening.limits.shun()));
    let mut pace = Pace { begun: Instant::now(), taken: 0 };
    while let Some((socket, from)) = accepted(&listener, name, &stop).await {
        if shunned.has(from.ip(), Instant::now()) {
            counter!("server_connections_refused_total", "listener" => name).increment(1);
            continue;
        }
        let Ok(place) = Arc::clone(&free).try_acquire_owned() else {
            counter!("server_connections_refused_total", "listener" => name).increment(1);
            continue;
        };
        let (listening, ends, shunned) = (Arc::clone(&listening), ends.clone(), Arc::clone(&shunned));
        spawn("connection", async move {
            counter!("server_connections_total", "listener" => name).increment(1);
            gauge!("server_connections_open", "listener" => name).increment(1.0);
            let reason = connection::serve(socket, from, &listening, ends).await;
            if reason == connection::RESETS {
                shunned.add(from.ip(), Instant::now());
            }
            gauge!("server_connections_open", "listener" => name).decrement(1.0);
            counter!("server_connections_closed_total", "listener" => name, "reason" => reason).increment(1);
            drop(place);
        });
        pace.keep().await;
    }
    drop(listener);
    if tokio::time::timeout(grace, free.acquire_many(most as u32)).await.is_err() {
        warn!(
            ?address,
            seconds = grace.as_secs(),
            "calls were still open at the end of the grace time and are cut off"
        );
    }
}

/// How many connections were taken lately.
struct Pace {
    begun: Instant,
    taken: u32,
}

impl Pace {
    /// Counts one more, and waits when there were many.
    async fn keep(&mut self) {
        self.taken += 1;
        if self.taken < AT_ONCE {
            return;
        }
        tokio::time::sleep_until(self.begun + TURN).await;
        *self = Self { begun: Instant::now(), taken: 0 };
    }
}

/// The next connection; none after `stop`.
async fn accepted(
    listener: &TcpListener,
    name: &'static str,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr)> {
    let mut failed = false;
    loop {
        match stop.run_until_cancelled(listener.accept()).await? {
            Ok(accepted) => return Some(accepted),
            // The client went away before its turn.
            Err(error) if is_of_the_client(&error) => {}
            // Out of file descriptors or memory: it passes when connections end, and until then others are served.
            Err(error) => {
                if !failed {
                    warn!(listener = name, %error, "no connection can be accepted now");
                }
                failed = true;
                stop.run_until_cancelled(tokio::time::sleep(ACCEPT_AGAIN)).await?;
            }
        }
    }
}

fn is_of_the_client(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
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

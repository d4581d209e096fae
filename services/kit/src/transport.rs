//! Owns how a caller reaches a peer: in this process or over the network, in one type. Never which peer, and not at which of its
//! addresses.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

use http::HeaderValue;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tonic::{
    Status,
    body::Body,
    service::Routes,
    transport::{Channel, Endpoint},
};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

pub use crate::balance::InvalidAddress;
use crate::{
    balance::{self, Address, Resolver},
    db::Secret,
    layers,
};

/// What generated clients call. The error is `Status`: with a boxed error a spawned call does not compile.
pub type Transport = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Status>;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a connection is checked, also without calls, and how long the other side may take to answer: a machine that is cut
/// off is noticed within their sum.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// How peers elsewhere are called.
#[derive(Debug, Clone)]
pub struct Calling {
    /// After how long names are looked up again at the latest.
    pub resolve_every: Duration,
    /// Connections to each address, at least 1.
    pub connections: usize,
}

/// A peer in this process behind the layers of a server and of a client.
pub fn local(service: Transport) -> Transport {
    layers::client(layers::server(service))
}

/// Routes without layers.
pub fn bare(routes: Routes) -> Transport {
    let routes = routes.prepare();
    service(move |request| {
        let routes = routes.clone();
        async move { routes.oneshot(request).await.map_err(|never| match never {}) }
    })
}

/// A peer elsewhere, e.g. `http://127.0.0.1:7001`. It is connected when it is first called, and again when the connection
/// is lost. Errors: the address is not one.
pub fn remote(address: &str) -> Result<Transport, InvalidAddress> {
    Ok(layers::client(connected(endpoint(address)?.connect_lazy())))
}

/// A peer that may have several addresses, without the layers of a client: one or several URLs separated by commas, names with
/// several addresses among them. `name` is its name in the log. Errors: one of them is no address.
pub fn peer(name: &str, urls: &str, calling: &Calling) -> Result<Transport, InvalidAddress> {
    let resolver = Resolver::of_urls(urls, calling.resolve_every)?;
    Ok(balance::balanced(name, resolver, calling.connections, Arc::new(connect)))
}

/// A connection to one address of a peer, made when it is first used and again when it is lost.
pub(crate) fn connect(address: &Address) -> Channel {
    let socket = address.socket;
    let connector = service_fn(move |_| async move {
        let stream = TcpStream::connect(socket).await?;
        stream.set_nodelay(true)?;
        Ok::<_, std::io::Error>(TokioIo::new(stream))
    });
    tuned(Endpoint::from(address.origin.clone())).connect_with_connector_lazy(connector)
}

/// The settings of every connection of ours to a server. Errors: the address is not one.
pub fn endpoint(address: &str) -> Result<Endpoint, InvalidAddress> {
    let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|_| InvalidAddress(address.to_owned()))?;
    Ok(tuned(endpoint))
}

fn tuned(endpoint: Endpoint) -> Endpoint {
    endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20)
}

async fn call(channel: Channel, request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
    // Whatever happens to a connection means that the peer is not there now: a killed peer would show as UNKNOWN otherwise.
    channel
        .oneshot(request)
        .await
        .map_err(|error| Status::unavailable(format!("the peer cannot be reached: {}", crate::fault::causes(&error))))
}

/// Calls to this peer carry the key that the gateway asks for. Errors: the key cannot stand in a header.
pub fn with_key(peer: Transport, key: &Secret) -> Result<Transport, http::header::InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.reveal()))?;
    value.set_sensitive(true);
    Ok(service(move |mut request: http::Request<Body>| {
        request.headers_mut().insert(http::header::AUTHORIZATION, value.clone());
        peer.clone().oneshot(request)
    }))
}

/// A peer that is connected to already.
pub fn connected(channel: Channel) -> Transport {
    service(move |request| call(channel.clone(), request))
}

/// A transport made of a function.
pub fn service<F, R>(call: F) -> Transport
where
    F: Fn(http::Request<Body>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<http::Response<Body>, Status>> + Send + 'static,
{
    BoxCloneSyncService::new(service_fn(call))
}

/// The other end of [`later`]. Cheap to clone.
#[derive(Clone, Default)]
pub struct Later(Arc<OnceLock<Transport>>);

impl Later {
    /// Sets where calls go; the first peer stays.
    pub fn set(&self, peer: Transport) {
        _ = self.0.set(peer);
    }
}

/// A peer that is set later, for two roles that call each other. Until then, and for ever when it is never set, calls are
/// answered with `UNAVAILABLE`.
pub fn later() -> (Transport, Later) {
    let later = Later::default();
    let peer = later.clone();
    let transport = service(move |request| {
        let peer = peer.0.get().cloned();
        async move {
            match peer {
                Some(peer) => peer.oneshot(request).await,
                None => Err(Status::unavailable("the peer is not there")),
            }
        }
    });
    (transport, later)
}

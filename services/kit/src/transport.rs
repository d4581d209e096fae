//! Owns how a caller reaches a peer: in this process or over the network, in one type. Never which peer.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

use http::HeaderValue;
use tonic::{
    Status,
    body::Body,
    service::Routes,
    transport::{Channel, Endpoint},
};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

use crate::{db::Secret, layers};

/// What generated clients call. The error is `Status`: with a boxed error a spawned call does not compile.
pub type Transport = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Status>;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a connection is checked, also without calls.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

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
    Ok(layers::client(raw_remote(address)?))
}

/// A peer elsewhere without the layers of a client, for who passes calls through.
pub fn raw_remote(address: &str) -> Result<Transport, InvalidAddress> {
    Ok(connected(endpoint(address)?.connect_lazy()))
}

/// The settings of every connection of ours to a server. Errors: the address is not one.
pub fn endpoint(address: &str) -> Result<Endpoint, InvalidAddress> {
    let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|_| InvalidAddress(address.to_owned()))?;
    Ok(endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20))
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

/// An address that is none.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an address of the form http://host:port")]
pub struct InvalidAddress(String);

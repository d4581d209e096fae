//! Owns how a caller reaches a peer: in this process or over the network, in one type. Never which peer, and not at which of its
//! addresses.

mod channel;
#[cfg(test)]
mod tests;
mod tls;

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

use http::HeaderValue;
use tonic::{Status, body::Body, service::Routes};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

pub(crate) use self::channel::Channel;
pub use self::tls::{CallTls, CallTlsError};
pub use crate::balance::InvalidAddress;
use crate::{
    balance::{self, Address, Name, Resolver},
    db::Secret,
    layers,
};

/// What generated clients call. The error is `Status`: with a boxed error a spawned call does not compile.
pub type Transport = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Status>;

/// How peers elsewhere are called.
#[derive(Debug, Clone)]
pub struct Calling {
    /// After how long names are looked up again at the latest.
    pub resolve_every: Duration,
    /// Connections to each address, at least 1.
    pub connections: usize,
    /// How those at `https` are trusted, and what they are shown.
    pub tls: CallTls,
}

/// Why there is no way to a peer.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// The files of TLS cannot be used.
    #[error(transparent)]
    Tls(#[from] CallTlsError),
    /// Nobody is there, or nobody that can be trusted.
    #[error("{0}")]
    Nobody(String),
}

/// The role of this name in this process, behind the layers of a server and of a client.
pub fn local(role: &'static str, service: Transport) -> Transport {
    layers::client(layers::server(role, service))
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
    let name = Name::parse(address)?;
    let channel = Channel::new((name.host, name.port), &name.origin, &CallTls::default());
    Ok(layers::client(connected(channel)))
}

/// A peer that may have several addresses, without the layers of a client: one or several URLs separated by commas, names with
/// several addresses among them. `name` is its name in the log. Errors: one of them is no address; with `https` among them, files
/// that cannot be used.
pub fn peer(name: &str, urls: &str, calling: &Calling) -> Result<Transport, ReachError> {
    let resolver = Resolver::of_urls(urls, calling.resolve_every)?;
    if urls.contains("https://") {
        calling.tls.check()?;
    }
    let tls = calling.tls.clone();
    Ok(balance::balanced(name, resolver, calling.connections, Arc::new(move |address| connect(address, &tls))))
}

/// A suite elsewhere, connected now. Errors: the address is none, or nobody is there who can be trusted.
pub async fn reach(url: &str, tls: &CallTls) -> Result<Transport, ReachError> {
    let name = Name::parse(url)?;
    let place = (name.host, name.port);
    let nobody = |error: std::io::Error| ReachError::Nobody(crate::fault::causes(&error));
    channel::dial(place.clone(), &name.origin, tls).await.map_err(nobody)?;
    Ok(connected(Channel::new(place, &name.origin, tls)))
}

/// A connection to one address of a peer, made when it is first used and again when it is lost.
pub(crate) fn connect(address: &Address, tls: &CallTls) -> Channel {
    Channel::new(address.socket, &address.origin, tls)
}

async fn call(channel: Channel, request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
    // Whatever happens to a connection means that the peer is not there now: a killed peer would show as UNKNOWN otherwise.
    let sent = channel.send(request).await;
    sent.map_err(|error| Status::unavailable(format!("the peer cannot be reached: {}", crate::fault::causes(&error))))
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
pub(crate) fn connected(channel: Channel) -> Transport {
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

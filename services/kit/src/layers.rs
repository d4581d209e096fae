//! Owns what stands around every call: on the server and on the client, in process and over the network. Never a method.
//!
//! A layer is an async function of the inner transport and the request; [`server`] and [`client`] say in which order they
//! stand.

mod deadline;
mod observe;
pub mod refuse;
mod retry;
mod shield;
mod told;

pub use self::observe::{Answered, REQUEST_ID};
use crate::transport::{Transport, service};

/// Around the role of this name: what is answered is observed, bounded in time, safe from panics, and says what was wrong with a request
/// that could not be read.
pub fn server(role: &'static str, inner: Transport) -> Transport {
    let shielded = layer(inner, shield::call);
    let refusing = layer(shielded, refuse::call);
    let bounded = layer(refusing, deadline::call);
    layer(bounded, move |inner, request| observe::call(role, inner, request))
}

/// Around a peer: calls that may be repeated are, within the caller's deadline and that of the call for which they are made, and
/// the peer is told of that one.
pub fn client(inner: Transport) -> Transport {
    telling(repeating(inner))
}

/// Around a peer that is told already: calls that may be repeated are, within their deadlines.
pub fn repeating(inner: Transport) -> Transport {
    let retried = layer(inner, retry::call);
    layer(retried, deadline::send)
}

/// Around a peer to which calls are passed as they come: it is told of the request and the trace that they belong to.
pub fn telling(inner: Transport) -> Transport {
    layer(inner, told::call)
}

fn layer<F, R>(inner: Transport, call: F) -> Transport
where
    F: Fn(Transport, http::Request<tonic::body::Body>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<http::Response<tonic::body::Body>, tonic::Status>> + Send + 'static,
{
    service(move |request| call(inner.clone(), request))
}

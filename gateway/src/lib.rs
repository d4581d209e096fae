//! Owns the front door: one address for all services, wherever they run. Never what a call means.
//!
//! | file | owns |
//! |---|---|
//! | `policy.rs` | what the contract says about each exposed method |
//! | `front.rs` | which language a request speaks |
//! | `pass.rs` | gRPC and gRPC-Web: which peer a call goes to, byte for byte |
//! | `json.rs` | JSON over HTTP by the contract's `google.api.http` rules |
//! | `openapi.rs`, `docs.rs` | the description of the JSON side, for programs and for people |
//! | `cors.rs` | which pages may call from a browser |
//! | `health.rs` | the health of all services, asked where they are |
//!
//! Reflection comes from the descriptors that are compiled in, so it names every service also while a peer is away.

mod config;
mod cors;
mod docs;
mod front;
mod health;
mod json;
mod openapi;
mod pass;
mod policy;

use creatorscope_kit::{
    role::{BoxError, Role, reflection},
    transport::Transport,
};
use tonic_health::pb::health_server::HealthServer;

pub use self::config::Config;

/// Services that can be reached behind one transport.
#[derive(Clone)]
pub struct Peer {
    /// Full names, e.g. `creatorscope.metrics.v1.MetricsService`.
    pub services: Vec<&'static str>,
    /// The way to them.
    pub transport: Transport,
}

/// The gateway before these peers. Errors: the descriptors are not readable; a method has no policy or no HTTP rule, or its
/// rule cannot be read; all of them are named.
pub fn role(peers: Vec<Peer>, config: &Config) -> Result<Role, BoxError> {
    let services: Vec<&'static str> = peers.iter().flat_map(|peer| peer.services.clone()).collect();
    let methods = policy::read(creatorscope_proto::pool(), &services)?;
    let health = HealthServer::new(health::MergedHealth::new(&peers));
    let json = json::Front::new(&methods, &peers, config)?;
    let docs = docs::Docs::new(&openapi::document(&methods));
    let cors = cors::Cors::new(config.cors_origins());
    let front = move |own| {
        let pass = pass::Pass::new(own, &methods, &peers);
        front::Front { web: pass.clone().for_web(), pass, json, docs, cors }.into_transport()
    };
    Ok(Role::front("gateway", front)
        .service(health)
        .service(reflection(&services).build_v1()?)
        .service(reflection(&services).build_v1alpha()?))
}

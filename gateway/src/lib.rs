//! Owns the front door: one address for all services, wherever they run. Never what a call means.
//!
//! | file | owns |
//! |---|---|
//! | `pass.rs` | which peer a call goes to, byte for byte |
//! | `health.rs` | the health of all services, asked where they are |
//!
//! Reflection comes from the descriptors that are compiled in, so it names every service also while a peer is away.

mod health;
mod pass;

use creatorscope_kit::{
    role::{BoxError, Role, reflection},
    transport::Transport,
};
use tonic_health::pb::health_server::HealthServer;

/// Services that can be reached behind one transport.
#[derive(Clone)]
pub struct Peer {
    /// Full names, e.g. `creatorscope.metrics.v1.MetricsService`.
    pub services: Vec<&'static str>,
    /// The way to them.
    pub transport: Transport,
}

/// The gateway before these peers. Errors: the descriptors are not readable.
pub fn role(peers: Vec<Peer>) -> Result<Role, BoxError> {
    let services: Vec<&'static str> = peers.iter().flat_map(|peer| peer.services.clone()).collect();
    let health = HealthServer::new(health::MergedHealth::new(&peers));
    Ok(Role::front("gateway", move |own| pass::front(own, &peers))
        .service(health)
        .service(reflection(&services).build_v1()?)
        .service(reflection(&services).build_v1alpha()?))
}

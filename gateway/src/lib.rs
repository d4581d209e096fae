//! Owns the front door: one address for all services, wherever they run. Never what a call means.
//!
//! | file | owns |
//! |---|---|
//! | `policy.rs` | what the contract says about each exposed method |
//! | `front.rs` | which language a request speaks |
//! | `desk.rs`, `held.rs`, `toll.rs` | a call from the door to the end of its answer: let in or refused, its price, its line |
//! | `door.rs` | who comes in, and what services are told of the caller |
//! | `fair.rs`, `shed.rs`, `dry.rs` | what a caller may take, how much goes to a role at once, calls that are not made |
//! | `audit.rs`, `books.rs` | who called what, and when what was noted is written |
//! | `grpc.rs` | the gateway's own service: usage and audit log |
//! | `key.rs`, `scope.rs` | keys and scopes as texts |
//! | `keys.rs`, `store.rs`, `migrations/` | which keys are accepted |
//! | `jwt.rs` | which tokens of an issuer are accepted |
//! | `pass.rs` | gRPC and gRPC-Web: which peer a call goes to, byte for byte |
//! | `answers.rs` | answers that are used again |
//! | `json.rs` | JSON over HTTP by the contract's `google.api.http` rules |
//! | `openapi.rs`, `docs.rs` | the description of the JSON side, for programs and for people |
//! | `cors.rs` | which pages may call from a browser |
//! | `health.rs` | the health of all services, asked where they are |
//! | `fuzzing.rs` | what fuzz targets see of all this, with the feature `fuzzing` only |
//!
//! Reflection comes from the descriptors that are compiled in, so it names every service also while a peer is away.

mod answers;
mod audit;
mod books;
mod config;
mod cors;
mod desk;
mod docs;
mod door;
mod dry;
mod fair;
mod farewell;
mod front;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod grpc;
mod health;
mod held;
mod json;
mod jwt;
pub mod key;
mod keys;
mod openapi;
mod pass;
mod policy;
pub mod scope;
mod shed;
mod store;
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(test), allow(dead_code, reason = "fuzz targets need the door alone"))]
mod testing;
mod toll;

use std::{sync::Arc, time::Duration};

use creatorscope_kit::{
    Redis,
    caller::Identity,
    clock::Clock,
    db::Db,
    lease::Lease,
    role::{BoxError, Role, reflection},
    transport::{self, Transport},
};
use creatorscope_proto::gateway::v1::gateway_service_server::{GatewayServiceServer, SERVICE_NAME};
use tokio_util::sync::CancellationToken;
use tonic_health::pb::health_server::HealthServer;

pub use self::{
    audit::AuditConfig,
    config::{Auth, Config},
    fair::FairUse,
    jwt::Oidc,
    store::{Grant, KeyStore, KeyStoreError, MIGRATIONS, Stored, is_tenant},
};
use self::{
    books::Open,
    door::{Callers, Door},
    fair::Fair,
    jwt::Tokens,
    keys::Keys,
};

/// Services that can be reached behind one transport.
#[derive(Clone)]
pub struct Peer {
    /// Full names, e.g. `creatorscope.metrics.v1.MetricsService`.
    pub services: Vec<&'static str>,
    /// The way to them.
    pub transport: Transport,
}

/// What the gateway is given.
pub struct Deps {
    /// The services behind it.
    pub peers: Vec<Peer>,
    /// The tables of keys, usage and audit log.
    pub db: Db,
    /// Where replicas share the buckets of callers; none for buckets of this process.
    pub redis: Option<Redis>,
    /// The time.
    pub clock: Clock,
    /// What signs callers for services.
    pub identity: Identity,
    /// The settings.
    pub config: Config,
    /// Whose tokens are taken besides keys.
    pub oidc: Oidc,
    /// What callers may take.
    pub fair_use: FairUse,
    /// What is written of calls.
    pub audit: AuditConfig,
    /// How long open calls may go on after a stop.
    pub grace: Duration,
}

/// The gateway before its peers. Errors: the descriptors are not readable; a method has no policy or no HTTP rule, or its
/// rule cannot be read; all of them are named. A bucket that is too small for a method; tokens without settings for them.
pub fn role(deps: Deps) -> Result<Role, BoxError> {
    let Deps { mut peers, db, redis, clock, identity, config, oidc, fair_use, audit: audit_config, grace } = deps;
    let mut services: Vec<&'static str> = peers.iter().flat_map(|peer| peer.services.clone()).collect();
    services.push(SERVICE_NAME);
    let methods = policy::read(creatorscope_proto::pool(), &services)?;
    let answers = answers::Answers::new(config.answer_cache(), &methods, identity.clone(), clock.clone());
    let closing = CancellationToken::new();
    for peer in &mut peers {
        let watched = farewell::around(peer.transport.clone(), &methods, closing.clone());
        let shed = shed::around(watched, &methods, fair_use.room());
        // An answer that is used again takes no room of a role.
        peer.transport = if config.answer_cache() == 0 { shed } else { answers.before(shed) };
    }
    let health = HealthServer::new(health::MergedHealth::new(&peers, closing.clone()));
    // The gateway's own service is one more behind the same door. It is there when the front is made.
    let (own_service, later) = transport::later();
    peers.push(Peer { services: vec![SERVICE_NAME], transport: identity.guard(own_service) });
    let fair = Arc::new(Fair::new(fair_use, &methods, redis, db.clone(), clock.clone())?);
    let (audit, writer) = audit::open(&audit_config, &db);
    let lines = audit_config.table().then(|| audit::Store::new(db.clone()));
    let lease = Lease::new(&db, "purge");
    let keys = KeyStore::new(db, clock.clone());
    let service =
        grpc::Service { fair: Arc::clone(&fair), keys: keys.clone(), lines: lines.clone(), clock: clock.clone() };
    let mut keeps = None;
    let callers = match config.auth() {
        Auth::Off => Callers::Anyone,
        Auth::Keys => {
            let keys = Keys::new(keys, config.environment(), clock.clone(), config.key_cache());
            let tokens = oidc.is_on().then(|| Tokens::new(oidc, scopes_of(&methods), clock.clone())).transpose()?;
            keeps = tokens.as_ref().map(Tokens::keep);
            Callers::Known { keys, tokens: tokens.map(Box::new) }
        }
    };
    let (open_health, open_contract) = (config.is_health_open(), config.is_contract_open());
    let (open, usage, purge_clock) = (Open::new(), Arc::clone(&fair.usage), clock.clone());
    let door = Door { callers, identity, fair, audit, open: open.clone(), clock, open_health, open_contract };
    let door = Arc::new(door);
    let json = json::Front::new(&methods, &peers, &config, Arc::clone(&door))?;
    let docs = docs::Docs::new(&openapi::document(&methods));
    let cors = cors::Cors::new(config.cors_origins());
    let front = move |own: Transport| {
        later.set(own.clone());
        let pass = pass::Pass::new(own, &methods, &peers, Arc::clone(&door));
        front::Front { web: pass.clone().for_web(), pass, json, docs, cors, door }.into_transport()
    };
    let role = Role::front("gateway", front)
        .service(health)
        .service(GatewayServiceServer::new(service))
        .service(reflection(&services).build_v1()?)
        .service(reflection(&services).build_v1alpha()?)
        .job("end watches", move |stop| async move {
            stop.cancelled().await;
            closing.cancel();
            Ok(())
        })
        // Every replica writes what it counted itself.
        .job("books", move |stop| books::write(writer, usage, open, grace, stop));
    let role = match keeps {
        Some(keep) => role.job("jwks", keep),
        None => role,
    };
    Ok(match lines {
        // Each removes what the other has not: two at once only wait for one another's locks.
        Some(lines) => {
            let purge = move |stop| books::purge(lines.clone(), audit_config.clone(), purge_clock.clone(), stop);
            role.job("purge", lease.over(purge))
        }
        None => role,
    })
}

/// Every scope that a method of these services asks for, in order. Errors: as [`role`].
pub fn scopes(services: &[&str]) -> Result<Vec<String>, BoxError> {
    Ok(scopes_of(&policy::read(creatorscope_proto::pool(), services)?))
}

fn scopes_of(methods: &[Arc<policy::Method>]) -> Vec<String> {
    let scopes: std::collections::BTreeSet<&String> = methods.iter().map(|method| &method.scope).collect();
    scopes.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests;

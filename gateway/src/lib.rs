//! Owns the front door: one address for all services, wherever they run. Never what a call means.
//!
//! | file | owns |
//! |---|---|
//! | `policy.rs` | what the contract says about each exposed method |
//! | `front.rs` | which language a request speaks |
//! | `door.rs` | who comes in, and what services are told of the caller |
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
mod config;
mod cors;
mod docs;
mod door;
mod front;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod health;
mod json;
mod jwt;
pub mod key;
mod keys;
mod openapi;
mod pass;
mod policy;
pub mod scope;
mod store;

use std::sync::Arc;

use creatorscope_kit::{
    caller::Identity,
    clock::Clock,
    db::Db,
    role::{BoxError, Role, reflection},
    transport::Transport,
};
use tonic_health::pb::health_server::HealthServer;

pub use self::{
    config::{Auth, Config},
    jwt::Oidc,
    store::{Grant, KeyStore, KeyStoreError, MIGRATIONS, Stored, is_tenant},
};
use self::{
    door::{Callers, Door},
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
    /// The tables of keys; needed when the settings ask for keys.
    pub db: Option<Db>,
    /// The time.
    pub clock: Clock,
    /// What signs callers for services.
    pub identity: Identity,
    /// The settings.
    pub config: Config,
    /// Whose tokens are taken besides keys.
    pub oidc: Oidc,
}

/// The gateway before its peers. Errors: the descriptors are not readable; a method has no policy or no HTTP rule, or its
/// rule cannot be read; all of them are named. Keys are asked for without tables of them; tokens without settings for them.
pub fn role(deps: Deps) -> Result<Role, BoxError> {
    let Deps { peers, db, clock, identity, config, oidc } = deps;
    let services: Vec<&'static str> = peers.iter().flat_map(|peer| peer.services.clone()).collect();
    let methods = policy::read(creatorscope_proto::pool(), &services)?;
    let peers: Vec<Peer> = match config.answer_cache() {
        0 => peers,
        bytes => {
            let answers = answers::Answers::new(bytes, &methods, identity.clone(), clock.clone());
            let kept = |Peer { services, transport }| Peer { services, transport: answers.before(transport) };
            peers.into_iter().map(kept).collect()
        }
    };
    let mut keeps = None;
    let callers = match (config.auth(), db) {
        (Auth::Off, _) => Callers::Anyone,
        (Auth::Keys, Some(db)) => {
            let store = KeyStore::new(db, clock.clone());
            let keys = Keys::new(store, config.environment(), clock.clone(), config.key_cache());
            let tokens = oidc.is_on().then(|| Tokens::new(oidc, scopes_of(&methods), clock)).transpose()?;
            keeps = tokens.as_ref().map(Tokens::keep);
            Callers::Known { keys, tokens: tokens.map(Box::new) }
        }
        (Auth::Keys, None) => return Err("the gateway has no tables of keys".into()),
    };
    let (open_health, open_contract) = (config.is_health_open(), config.is_contract_open());
    let door = Arc::new(Door { callers, identity, open_health, open_contract });
    let health = HealthServer::new(health::MergedHealth::new(&peers));
    let json = json::Front::new(&methods, &peers, &config, Arc::clone(&door))?;
    let docs = docs::Docs::new(&openapi::document(&methods));
    let cors = cors::Cors::new(config.cors_origins());
    let front = move |own| {
        let pass = pass::Pass::new(own, methods, &peers, Arc::clone(&door));
        front::Front { web: pass.clone().for_web(), pass, json, docs, cors, door }.into_transport()
    };
    let role = Role::front("gateway", front)
        .service(health)
        .service(reflection(&services).build_v1()?)
        .service(reflection(&services).build_v1alpha()?);
    Ok(match keeps {
        Some(keep) => role.job("jwks", keep),
        None => role,
    })
}

/// Every scope that a method of these services asks for, in order. Errors: as [`role`].
pub fn scopes(services: &[&str]) -> Result<Vec<String>, BoxError> {
    Ok(scopes_of(&policy::read(creatorscope_proto::pool(), services)?))
}

fn scopes_of(methods: &[policy::Method]) -> Vec<String> {
    let scopes: std::collections::BTreeSet<&String> = methods.iter().map(|method| &method.scope).collect();
    scopes.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests;

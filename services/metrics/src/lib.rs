//! Owns the map of the metrics service: posts and observations in, defined numbers out. Never logic.
//!
//! | room | what it holds |
//! |---|---|
//! | [`model`] | counts, posts, observations, histories, numbers, and the rules that refuse items |
//! | [`definitions`], [`changepoints`], [`price`] | the registry: what each number means, as values |
//! | [`evaluate`] | a definition over a history at a time, pure |
//! | [`sponsorship`] | whether a post is sponsored, and what shows it, pure |
//! | [`selection`], [`query`] | what callers may ask for |
//! | [`store`] | tables, transactions, the change log's entries |
//! | [`service`], [`cache`] | the use cases, and what of them is kept |
//! | [`convert`], [`grpc`] | the contract |
//! | [`config`], [`jobs`], [`error`] | settings, background work, faults |

#[cfg(test)]
mod api_tests;
pub mod cache;
pub mod changepoints;
pub mod config;
pub mod convert;
pub mod definitions;
pub mod error;
pub mod evaluate;
#[cfg(test)]
mod expiry_tests;
pub mod grpc;
pub mod jobs;
pub mod model;
pub mod price;
pub mod query;
pub mod selection;
pub mod service;
pub mod sponsorship;
pub mod store;
#[cfg(test)]
mod testing;

use std::sync::Arc;

pub use creatorscope_domain::Retention;
use creatorscope_kit::{
    cache::Cache,
    changes::ChangeLog,
    clock::Clock,
    db::Db,
    page::Sealer,
    role::{BoxError, Role},
};
use creatorscope_proto::metrics::v1::metrics_service_server::MetricsServiceServer;

pub use self::{config::Config, store::MIGRATIONS};
use self::{grpc::MetricsGrpc, service::Service, store::Store};

/// The name of this role, of its schema and in its tokens.
pub const SERVICE: &str = "metrics";
/// The largest message that is read: 5 000 posts with long captions.
const MAX_MESSAGE: usize = 16 << 20;

/// What the role stands on.
#[derive(Clone)]
pub struct Deps {
    /// Its database, brought up to date with [`MIGRATIONS`].
    pub db: Db,
    /// Tells the time.
    pub clock: Clock,
    /// Keeps evaluated metrics.
    pub cache: Cache,
    /// Its settings.
    pub config: Config,
    /// How long what the sources told may be kept.
    pub retention: Retention,
}

/// Builds the role. Errors: the database's.
pub async fn role(deps: Deps) -> Result<Role, BoxError> {
    let Deps { db, clock, cache, config, retention } = deps;
    sponsorship::check()?;
    let sealer = Sealer::open(&db).await?;
    let store = Store::new(db.clone(), ChangeLog::new(db, clock.clone())).kept(retention, clock.clone());
    let service = Arc::new(Service::new(store.clone(), clock.clone(), cache, sealer));
    let server = MetricsServiceServer::new(MetricsGrpc::new(service)).max_decoding_message_size(MAX_MESSAGE);
    let (purged, purge_clock) = (store.clone(), clock.clone());
    let (changes_kept, purge_every) = (config.changes_kept(), config.purge_every());
    let purge = move |stop| jobs::purge_expired(purged, purge_clock, purge_every, stop);
    let trim = move |stop| jobs::trim_changes(store, clock, changes_kept, stop);
    Ok(Role::new(SERVICE).service(server).job("trim metrics changes", trim).job("purge expired metrics", purge))
}

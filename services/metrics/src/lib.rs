//! Owns the map of the metrics service: posts and observations in, defined numbers out. Never logic.
//!
//! | room | what it holds |
//! |---|---|
//! | [`model`] | counts, posts, observations, histories, numbers, and the rules that refuse items |
//! | [`definitions`], [`changepoints`], [`price`] | the registry: what each number means, as values |
//! | [`evaluate`] | a definition over a history at a time, pure |
//! | [`cohort`], [`benchmark`], `columns` | who is comparable, how their values are summed up, the columns that this is done on |
//! | [`computed`], [`compute`] | the compact form of values, and bringing stored ones up to date |
//! | [`sponsorship`] | whether a post is sponsored, and what shows it, pure |
//! | [`selection`], [`query`] | what callers may ask for |
//! | [`store`] | tables, transactions, the change log's entries |
//! | [`service`], [`cache`] | the use cases, and what of them is kept |
//! | [`convert`], [`grpc`] | the contract |
//! | [`config`], [`jobs`], [`progress`], [`error`] | settings, background work, how far it is, faults |

#[cfg(test)]
mod api_tests;
pub mod benchmark;
pub mod cache;
pub mod changepoints;
pub mod cohort;
mod columns;
pub mod compute;
pub mod computed;
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
pub mod progress;
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
    changes::{Bell, ChangeLog},
    clock::Clock,
    db::Db,
    figures,
    lease::Lease,
    page::Sealer,
    role::{BoxError, Role},
    transport::Transport,
};
use creatorscope_proto::metrics::v1::metrics_service_server::MetricsServiceServer;
use tokio::sync::Notify;

pub use self::{config::Config, store::MIGRATIONS};
use self::{
    grpc::{MetricsGrpc, peer::Discovery},
    jobs::{compute::Computer, profiles::Follower, recompute::Recomputer},
    progress::Progress,
    service::{Cohorts, Service},
    store::Store,
};

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
    /// Wakes up who waits for changes, in all replicas.
    pub bell: Bell,
    /// Its settings.
    pub config: Config,
    /// The discovery service.
    pub discovery: Transport,
    /// How long what the sources told may be kept.
    pub retention: Retention,
}

/// Builds the role. Errors: the database's.
pub async fn role(deps: Deps) -> Result<Role, BoxError> {
    let Deps { db, clock, cache, bell, config, retention, discovery } = deps;
    sponsorship::check()?;
    figures::model(&format!("metric_definitions@{:x}", *computed::LAYOUT));
    let sealer = Sealer::open(&db).await?;
    let store = Store::new(db.clone(), ChangeLog::new(db.clone(), clock.clone()).rung_by(&bell, SERVICE))
        .kept(retention, clock.clone());
    let (progress, begun) = (Progress::new(), Arc::new(Notify::new()));
    let cohorts = Cohorts::new(
        store.clone(),
        clock.clone(),
        cache.clone(),
        progress.clone(),
        config.benchmark_lifetime(),
        config.patience(),
    );
    let service = Service::new(store.clone(), clock.clone(), cache, sealer, cohorts, begun.clone());
    let server = MetricsServiceServer::new(MetricsGrpc::new(Arc::new(service))).max_decoding_message_size(MAX_MESSAGE);
    let (followed, stored, log) = (progress.followed.clone(), progress.computed.clone(), store.log().clone());
    let peer = Discovery::new(discovery);
    let profiles_head = peer.clone();
    let lease = |name| Lease::new(&db, name);
    // Two at once store the same values twice: what was computed from an older state is left out. Only wasteful, but that much for each
    // item that comes.
    let (computed, reached) = (store.clone(), progress.computed.clone());
    let compute = lease("compute metrics").over_else(
        move |stop| Computer { store: computed.clone(), reached: reached.clone() }.run(stop),
        {
            let (store, reached) = (store.clone(), progress.computed);
            move |stop| jobs::compute::look_on(store.clone(), reached.clone(), stop)
        },
    );
    // Two at once would count the same creators into one operation.
    let recomputer = Recomputer { store: store.clone(), clock: clock.clone(), begun };
    let recompute = lease("recompute metrics").over(move |stop| recomputer.clone().run(stop));
    // Harmful: the end of one's snapshot removes what the other's has brought.
    let follower = Follower { store: store.clone(), peer, reached: progress.followed.clone() };
    let follow = lease("follow profiles").over_else(move |stop| follower.clone().run(stop), {
        let (store, reached) = (store.clone(), progress.followed);
        move |stop| jobs::profiles::look_on(store.clone(), reached.clone(), stop)
    });
    let watched = store.log().clone();
    let (purged, purge_clock) = (store.clone(), clock.clone());
    let (changes_kept, purge_every) = (config.changes_kept(), config.purge_every());
    // Each removes what the other has not: two at once only wait for one another's locks.
    let purge = lease("purge expired metrics")
        .over(move |stop| jobs::purge_expired(purged.clone(), purge_clock.clone(), purge_every, stop));
    let trim = lease("trim metrics changes")
        .over(move |stop| jobs::trim_changes(store.clone(), clock.clone(), changes_kept, stop));
    Ok(Role::new(SERVICE)
        .service(server)
        .job("compute metrics", compute)
        .job("recompute metrics", recompute)
        .job("follow profiles", follow)
        .job("end watches of metrics", |stop| watched.end_watches(stop))
        .job("trim metrics changes", trim)
        .job("purge expired metrics", purge)
        .lag(SERVICE, "computed", move || stored.now(), move || log.clone().newest())
        .lag(progress::DISCOVERY, "profiles", move || followed.now(), move || profiles_head.clone().head()))
}

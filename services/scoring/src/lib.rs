//! Owns the map of the scoring service: comments in; how an audience feels, whether it is real and whom it fits out. Never logic.
//!
//! | room | what it holds |
//! |---|---|
//! | [`fit`] | how well a creator fits a brand, and what would change it |
//! | [`model`] | comments as they are kept, sums over comments |
//! | [`reading`] | one text with the fast tier |
//! | [`second`], [`two_phase`] | what encoders read too, and what that changes in shares |
//! | [`aggregate`], [`interval`] | sums become shares, and how far those may be off |
//! | [`store`] | tables, keyed hashes, transactions, the change log's entries |
//! | [`service`] | the use cases |
//! | [`reception`], [`authenticity`], [`audience`] | judgements, pure |
//! | [`portfolio`] | whom to choose under a budget, pure |
//! | [`dossier`] | what is known as a file |
//! | [`convert`], [`grpc`] | the contract, and calls to peers |
//! | [`config`], [`jobs`], [`error`] | settings, background work, faults |

pub mod aggregate;
#[cfg(test)]
mod api_tests;
pub mod audience;
pub mod authenticity;
pub mod config;
pub mod convert;
pub mod definitions;
pub mod dossier;
pub mod error;
pub mod fit;
pub mod grpc;
pub mod interval;
pub mod jobs;
pub mod model;
pub mod portfolio;
pub mod reading;
pub mod reception;
pub mod second;
pub mod service;
pub mod store;
pub mod two_phase;

use std::{path::PathBuf, sync::Arc};

use creatorscope_domain::Retention;
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
use creatorscope_proto::scoring::v1::scoring_service_server::ScoringServiceServer;
use creatorscope_text::{embed::Embedder, encoder::Encoders, sentiment::FAST_MODEL};
use tokio::sync::Semaphore;

pub use self::{config::Config, store::MIGRATIONS};
use self::{
    grpc::{
        ScoringGrpc,
        peer::{discovery::Discovery, metrics::Metrics},
    },
    second::SecondReader,
    service::Service,
    store::{Sampling, Store},
};

/// The name of this role, of its schema and in its tokens.
pub const SERVICE: &str = "scoring";
/// The largest message that is read: 5 000 comments, some of them long.
const MAX_MESSAGE: usize = 16 << 20;

/// What the role stands on.
pub struct Deps {
    /// Its database, brought up to date with [`MIGRATIONS`].
    pub db: Db,
    /// Tells the time.
    pub clock: Clock,
    /// Keeps answers for a while.
    pub cache: Cache,
    /// Wakes up who waits for changes, in all replicas.
    pub bell: Bell,
    /// Its settings.
    pub config: Config,
    /// The folder of imported models, when the settings name none.
    pub models_dir: PathBuf,
    /// The metrics service.
    pub metrics: Transport,
    /// The discovery service.
    pub discovery: Transport,
    /// How long what the sources told may be kept.
    pub retention: Retention,
}

/// Builds the role. Errors: the database's, a model file that cannot be read.
pub async fn role(deps: Deps) -> Result<Role, BoxError> {
    let Deps { db, clock, cache, bell, config, models_dir, metrics, discovery, retention } = deps;
    let models_dir = config.models_dir().cloned().unwrap_or(models_dir);
    let sealer = Sealer::open(&db).await?;
    let encoders = Encoders::open(&models_dir)?.map(|encoders| Arc::new(encoders) as Arc<dyn SecondReader>);
    let sampling = sampling(encoders.as_deref(), &config);
    let store = Store::new(
        db.clone(),
        ChangeLog::new(db.clone(), clock.clone()).rung_by(&bell, SERVICE),
        clock.clone(),
        retention,
    )
    .with_sampling(sampling);
    let watched = store.log().clone();
    let (trimmed, trim_clock, kept) = (store.clone(), clock.clone(), config.changes_kept());
    let (purged, purge_clock, every) = (store.clone(), clock.clone(), config.purge_every());
    let embedder = Embedder::open(&models_dir)?;
    let readers = encoders.as_deref().map_or(FAST_MODEL, SecondReader::model);
    for model in readers.split('+').chain([embedder.model()]) {
        figures::model(model);
    }
    // Each removes what the other has not: two at once only wait for one another's locks.
    let trim = Lease::new(&db, "trim scoring changes")
        .over(move |stop| jobs::trim_changes(trimmed.clone(), trim_clock.clone(), kept, stop));
    let purge = Lease::new(&db, "purge expired comments")
        .over(move |stop| jobs::purge_expired(purged.clone(), purge_clock.clone(), every, stop));
    let service = Service {
        store,
        clock,
        cache,
        sealer,
        encoders,
        encoders_turn: Arc::new(Semaphore::new(1)),
        embedder: Arc::new(embedder),
        metrics: Metrics::new(metrics),
        discovery: Discovery::new(discovery),
        config,
    };
    let server = ScoringServiceServer::new(ScoringGrpc::new(Arc::new(service))).max_decoding_message_size(MAX_MESSAGE);
    Ok(Role::new(SERVICE)
        .service(server)
        .job("end watches of scoring", |stop| watched.end_watches(stop))
        .job("trim scoring changes", trim)
        .job("purge expired comments", purge))
}

/// What of each creator's comments encoders read too; none without encoders that correct shares, and where the settings want none.
fn sampling(encoders: Option<&dyn SecondReader>, config: &Config) -> Option<Sampling> {
    let size = config.encoder_sample();
    encoders
        .filter(|encoders| size > 0 && encoders.corrects())
        .map(|encoders| Sampling { model: encoders.model().to_owned(), size })
}

//! Owns the use cases. Never the wire or SQL.

mod audience;
mod authenticity;
mod away;
mod dossier;
mod facts;
mod fit;
pub mod ingest;
mod judged;
pub mod models;
mod portfolio;
mod rank;
mod reception;
pub mod scores;
pub mod sentiment;

use std::sync::Arc;

use creatorscope_kit::{cache::Cache, clock::Clock, page::Sealer};
use creatorscope_text::embed::Embedder;
use tokio::sync::Semaphore;

use crate::{
    config::Config,
    grpc::peer::{discovery::Discovery, metrics::Metrics},
    second::SecondReader,
    store::Store,
};

/// The service as its callers hold it.
pub type Shared = Arc<Service>;

/// What the use cases stand on. Each topic adds its own `impl Service` in a file beside this one.
pub struct Service {
    /// The tables.
    pub(crate) store: Store,
    /// The time.
    pub(crate) clock: Clock,
    /// What may be kept for a while.
    pub(crate) cache: Cache,
    /// Seals page tokens.
    pub(crate) sealer: Sealer,
    /// The settings.
    pub(crate) config: Config,
    /// The encoders, when the operator imported them.
    pub(crate) encoders: Option<Arc<dyn SecondReader>>,
    /// Whose turn it is to have comments read by the encoders: they use all cores for one message.
    pub(crate) encoders_turn: Arc<Semaphore>,
    /// Turns texts into vectors.
    pub(crate) embedder: Arc<Embedder>,
    /// The metrics service.
    pub(crate) metrics: Metrics,
    /// The discovery service.
    pub(crate) discovery: Discovery,
}

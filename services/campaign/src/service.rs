//! Owns the use cases. Never the wire or SQL.

mod alerts;
mod brands;
mod campaigns;
mod conversions;
mod deliverables;
mod disclosure;
mod drafts;
mod events;
mod looking;
mod participants;
mod publications;
mod report;
mod resources;
pub(crate) mod tracking;

use std::sync::Arc;

use creatorscope_disclosure::Rules;
use creatorscope_kit::{cache::Cache, clock::Clock, page::Sealer, reached::Reached};
use tokio::sync::watch;

use crate::{
    config::Config,
    grpc::peer::{discovery::Discovery, metrics::Metrics, scoring::Scoring},
    progress::Curves,
    sample::Sample,
    store::Store,
};

pub use self::{
    drafts::Verdict,
    publications::Report,
    resources::{Creation, Mutation, PageRequest, check_states},
};

/// The service as its callers hold it.
pub type Shared = Arc<Service>;

/// What the use cases stand on. Each topic adds its own `impl Service` in a file beside this one.
pub struct Service {
    /// The tables.
    pub(crate) store: Store,
    /// The time.
    pub(crate) clock: Clock,
    /// Seals page tokens.
    pub(crate) sealer: Sealer,
    /// The settings.
    pub(crate) config: Config,
    /// What may be kept for a while.
    pub(crate) cache: Cache,
    /// How posts grow, as learned last.
    pub(crate) curves: watch::Receiver<Curves>,
    /// Which posts are kept to learn from.
    pub(crate) sample: Sample,
    /// How far metrics' posts were followed.
    pub(crate) reached: Reached,
    /// The disclosure rules.
    pub(crate) rules: Arc<Rules>,
    /// The metrics service.
    pub(crate) metrics: Metrics,
    /// The scoring service.
    pub(crate) scoring: Scoring,
    /// The discovery service.
    pub(crate) discovery: Discovery,
}

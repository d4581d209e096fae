//! Owns the use cases. Never the wire or SQL.

mod brands;
mod campaigns;
mod deliverables;
mod disclosure;
mod drafts;
mod events;
mod participants;
mod publications;
mod resources;

use std::sync::Arc;

use creatorscope_disclosure::Rules;
use creatorscope_kit::{clock::Clock, page::Sealer};

use crate::{
    config::Config,
    grpc::peer::{discovery::Discovery, metrics::Metrics, scoring::Scoring},
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
    /// The disclosure rules.
    pub(crate) rules: Arc<Rules>,
    /// The metrics service.
    pub(crate) metrics: Metrics,
    /// The scoring service.
    pub(crate) scoring: Scoring,
    /// The discovery service.
    pub(crate) discovery: Discovery,
}

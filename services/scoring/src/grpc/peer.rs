//! Owns calls to other services. Never what becomes of the answers.

pub mod discovery;
pub mod metrics;

pub use creatorscope_kit::peer::PeerError;

/// The discovery service, as errors name it.
pub const DISCOVERY: &str = "discovery";
/// The metrics service, as errors name it.
pub const METRICS: &str = "metrics";

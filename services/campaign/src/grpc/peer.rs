//! Owns calls to other services. Never what becomes of the answers.

pub mod discovery;
pub mod metrics;
pub mod scoring;

pub use creatorscope_kit::peer::PeerError;

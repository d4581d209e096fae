//! Owns what runs in the background: the index follows the log of this service, the tables follow the metrics service, the
//! log is trimmed. Never how either is written.

mod follower;
mod indexer;
#[cfg(test)]
mod tests;
mod trimmer;

pub(crate) use self::{follower::Follower, indexer::Indexer, trimmer::trim_changes};

//! Owns what runs in the background: the index follows the log of this service, and the tables follow the metrics service.
//! Never how either is written.

mod follower;
mod indexer;
#[cfg(test)]
mod tests;

pub(crate) use self::{follower::Follower, indexer::Indexer};

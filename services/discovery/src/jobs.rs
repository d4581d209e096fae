//! Owns what runs in the background: the index follows the log of this service, the tables follow the metrics service, the
//! log is trimmed, expired and erased profiles go. Never how either is written.

mod eraser;
mod follower;
mod indexer;
mod keeper;
mod posts;
#[cfg(test)]
mod tests;
mod trimmer;

pub(crate) use self::{
    eraser::Eraser, follower::Follower, indexer::Indexer, keeper::Keeper, posts::PostFollower, trimmer::trim_changes,
};

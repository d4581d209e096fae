//! Owns what runs in the background: the index follows the log of this service, the tables follow the metrics and the scoring service, the
//! log is trimmed, expired and erased profiles go. Never how either is written.

mod eraser;
mod follower;
mod indexer;
mod keeper;
mod posts;
mod scores;
#[cfg(test)]
mod tests;
mod trimmer;
mod vectors;

pub(crate) use self::{
    eraser::Eraser, follower::Follower, indexer::Indexer, keeper::Keeper, posts::PostFollower, scores::ScoreFollower,
    trimmer::trim_changes, vectors::Embedder,
};

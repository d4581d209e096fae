//! wip
pub mod distribution;
pub mod facts;
pub mod filter;
pub mod index;
pub mod model;
pub mod order;
pub mod words;

//! wip
pub mod facts;
pub mod filter;
pub mod model;
pub mod words;

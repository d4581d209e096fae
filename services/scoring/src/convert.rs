//! Owns the translation between the contract and the model, both ways. Never I/O.

pub mod ingest;
pub mod reading;

pub use creatorscope_kit::clock::{from_wire_time, to_wire_time};

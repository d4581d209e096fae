//! Owns the map of the metrics service. Never logic.

pub mod changepoints;
pub mod definitions;
pub mod evaluate;
pub mod model;
#[cfg(test)]
mod testing;

//! Owns the translation between the contract and what is kept or computed, both ways. Never I/O.

pub mod disclosure;
pub mod event;

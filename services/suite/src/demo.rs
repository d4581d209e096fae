//! Owns the demo. Never the suite.

pub mod population;

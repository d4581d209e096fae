//! Owns the map of the campaign service: from brief to report. Never logic.

pub mod adjust;
pub mod curve;
pub mod forecast;
pub mod hysteresis;
pub mod normal;
pub mod pacing;

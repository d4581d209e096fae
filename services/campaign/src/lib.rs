//! Owns the map of the campaign service: from brief to report. Never logic.
//!
//! | room | what it holds |
//! |---|---|
//! | [`curve`] | how a post's views grow with age: prior, learning, one post's forecast |
//! | [`forecast`] | a campaign's total with its band and the probability of its target |
//! | [`pacing`] | the linear delivery index |
//! | [`hysteresis`] | when alerts are raised and cleared |
//! | [`adjust`] | what could be changed, with its expected effect |
//! | [`normal`] | the normal distribution |

pub mod adjust;
pub mod curve;
pub mod forecast;
pub mod hysteresis;
pub mod normal;
pub mod pacing;

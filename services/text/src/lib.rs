//! Owns the map of reading texts: language, sentiment, target and meaning. Never a creator, a database or a network.
//!
//! | room | what it holds |
//! |---|---|
//! | [`clean`] | texts as people write them, made readable: entities, mojibake, stacked marks |
//! | [`language`] | which language a text is in, and how certain that is |
//! | [`sentiment`] | the fast tier: a table of hashed n-grams, calibrated |
//! | [`target`] | whom or what a comment is about |
//! | [`encoder`] | the optional tier: frozen multilingual encoders read from a file |
//! | [`embed`] | texts as vectors whose nearness is nearness of meaning |

pub mod clean;
pub mod embed;
pub mod encoder;
pub mod language;
pub mod sentiment;
pub mod target;

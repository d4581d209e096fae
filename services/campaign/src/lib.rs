//! Owns the map of the campaign service: from brief to report. Never logic.
//!
//! The rules know nothing of stores and wires; they work on the messages of the contract:
//!
//! * [`machine`]: which change of state is allowed, one table each; `STATES.md` is made from it
//! * [`compare`]: how near a published text is to the approved one, word by word, and the hash of a text

pub mod compare;
pub mod machine;

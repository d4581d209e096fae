//! Owns the map of the campaign service: from brief to report. Never logic.
//!
//! The rules know nothing of stores and wires; they work on the messages of the contract:
//!
//! * [`machine`]: which change of state is allowed, one table each; `STATES.md` is made from it
//! * [`approval`]: what a review of a draft leads to, and when one is due
//! * [`compare`]: how near a published text is to the approved one, word by word, and the hash of a text
//! * [`guideline`]: whether a draft holds to the campaign's guidelines, as far as words can tell
//! * [`objective`]: which objectives are measurable
//! * [`validate`]: what is wrong with a brand, a campaign, a participant, a deliverable or a content, all at once

pub mod approval;
pub mod compare;
pub mod guideline;
pub mod machine;
pub mod objective;
pub mod validate;

//! Owns what was received about a creator's scores. Never how they are computed.

use std::collections::BTreeMap;

use super::CreatorRecord;

/// What the scoring service said last about a creator.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoreSnapshot {
    /// The values by the ids of their definitions; finite. Missing ones are left out.
    pub measures: BTreeMap<String, f64>,
    /// How the audience receives it, as a word of the contract; empty when not judged.
    pub reception: String,
    /// Signs that speak against its numbers.
    pub flags: Vec<String>,
    /// Languages of its comments with their shares, 0 to 1; what could not be told is left out.
    pub languages: Vec<(String, f64)>,
    /// The scores as they came, for passing them on; opaque here.
    pub encoded: Vec<u8>,
}

impl CreatorRecord {
    /// How the audience receives it; none when not judged.
    pub fn reception(&self) -> Option<&str> {
        self.scores.as_ref().map(|scores| scores.reception.as_str()).filter(|word| !word.is_empty())
    }

    /// The languages of its comments with their shares, 0 to 1.
    pub fn comment_languages(&self) -> &[(String, f64)] {
        self.scores.as_ref().map_or(&[], |scores| &scores.languages)
    }
}

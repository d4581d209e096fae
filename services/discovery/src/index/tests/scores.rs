//! Owns random scores of creators. Never what is asked of them.

use super::*;
use crate::model::ScoreSnapshot;

pub(super) fn scores() -> impl Strategy<Value = Option<ScoreSnapshot>> {
    let id = pick(&["sentiment.net", "sentiment.negative", "authenticity.score"]);
    let value = prop::sample::select(vec![-1.0, 0.0, 0.2, 70.0]);
    let share = prop::sample::select(vec![0.0, 0.3, 0.5, 1.0]);
    let scores = (
        prop::collection::btree_map(id, value, 0..3),
        pick(&["", "LOVED", "HATE_WATCHED"]),
        some(&["REPEATED_COMMENTS", "FEW_AUTHORS"]),
        prop::collection::btree_map(pick(&["pt", "fr"]), share, 0..3),
    );
    prop::option::of(scores.prop_map(|(measures, reception, flags, languages)| ScoreSnapshot {
        measures,
        reception,
        flags,
        languages: languages.into_iter().collect(),
        encoded: Vec::new(),
    }))
}

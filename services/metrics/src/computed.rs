//! Owns the compact form of a creator's values: which definitions in which order, and their bytes. Never their computation.

use std::sync::LazyLock;

use crate::{
    definitions::DEFINITIONS,
    evaluate::{View, values},
    model::CreatorHistory,
    selection::Selection,
};

/// Rises when the evaluator computes something else although no definition changed, e.g. after a fault was repaired.
const EVALUATOR: u32 = 1;
/// Bytes of one value.
const WIDTH: usize = 8;

/// Which values the compact form has: every definition in its default window, all posts together, in the order of the
/// registry. The number differs when the registry or the evaluator does (FNV-1a over both).
pub static LAYOUT: LazyLock<i64> = LazyLock::new(|| {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(&EVALUATOR.to_string());
    for definition in DEFINITIONS {
        add(&definition.name());
        add(definition.default_window().word());
        add(definition.formula_text);
    }
    hash.cast_signed()
});

/// What the compact form has, in its order.
static PICKS: LazyLock<Selection> = LazyLock::new(Selection::everything);

/// The values of a history in the compact form; none when nothing was observed.
pub fn numbers(history: &CreatorHistory) -> Option<Vec<u8>> {
    let view = View::at(history, None)?;
    let picks = PICKS.picks();
    let mut row = Vec::with_capacity(picks.len());
    values(&view, picks, &mut row);
    Some(row.into_iter().flat_map(f64::to_le_bytes).collect())
}

/// The value at a place of the registry; NaN where there is none.
pub fn number_at(numbers: &[u8], place: usize) -> f64 {
    let bytes = numbers.get(place * WIDTH..).and_then(|rest| rest.first_chunk());
    bytes.map_or(f64::NAN, |bytes| f64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, history, post};

    #[test]
    fn a_value_reads_back_at_the_place_of_its_definition_and_a_missing_one_is_nan() {
        let history = history("tiktok", vec![post("1", 0.0, 10.0, [100, 7, -1, 3, -1])], vec![account(10.0, 500, -1)]);
        let numbers = numbers(&history).expect("observed");
        let at = |id: &str| number_at(&numbers, DEFINITIONS.iter().position(|known| known.id == id).expect("known"));
        assert_eq!(numbers.len(), DEFINITIONS.len() * 8);
        assert_eq!((at("views.mean"), at("followers"), at("er.views")), (100.0, 500.0, 0.1));
        assert!(at("shares.mean").is_nan() && number_at(&numbers, DEFINITIONS.len()).is_nan());
    }
}

//! Owns the laws of raising and clearing. Never another module's.

use proptest::prelude::*;

use super::*;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).expect("within range")
}

/// Runs values a given number of minutes apart; none stands for a gap.
fn run(rule: &Rule, minutes: i64, values: &[Option<f64>]) -> Vec<(usize, Decision)> {
    let mut memory = Memory::default();
    let mut decided = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let decision;
        (memory, decision) = step(rule, memory, at(index as i64 * minutes), *value);
        decided.extend(decision.map(|decision| (index, decision)));
    }
    decided
}

fn some(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

#[test]
fn the_standard_rules_can_work() {
    for kind in AlertKind::ALL {
        assert_eq!(Rule::standard(kind).check(), Ok(()), "{kind:?}");
    }
}

#[test]
fn a_value_far_past_the_edge_raises_at_once_and_one_near_it_after_three() {
    let rule = Rule::standard(AlertKind::Under);
    assert_eq!(run(&rule, 60, &some(&[0.79])), [(0, Decision::Raise)]);
    assert_eq!(run(&rule, 60, &some(&[0.89, 0.88, 0.89])), [(2, Decision::Raise)]);
    assert_eq!(run(&rule, 60, &some(&[0.89, 0.88, 0.91, 0.89, 0.88])), []);
}

#[test]
fn trembling_at_the_edge_raises_once() {
    let rule = Rule::standard(AlertKind::Under);
    let values: Vec<f64> = (0..100).map(|index| if index % 2 == 0 { 0.79 } else { 0.93 }).collect();
    assert_eq!(run(&rule, 60, &some(&values)), [(0, Decision::Raise)]);
}

#[test]
fn within_the_cool_down_it_is_cleared_but_not_raised_again() {
    let rule = Rule::standard(AlertKind::AtRisk);
    let mut values = vec![0.2, 0.7];
    values.extend([0.2; 30]);
    // Hourly: raised at 0, cleared at 1, raised again when 24 hours are over.
    let expected = [(0, Decision::Raise), (1, Decision::Clear), (24, Decision::Raise)];
    assert_eq!(run(&rule, 60, &some(&values)), expected);
}

#[test]
fn gaps_neither_clear_nor_break_a_row() {
    let rule = Rule::standard(AlertKind::Over);
    let values = [Some(1.12), None, Some(1.13), Some(f64::NAN), Some(1.12), None];
    assert_eq!(run(&rule, 60, &values), [(4, Decision::Raise)]);
}

#[test]
fn a_failed_disclosure_is_raised_each_time_it_comes_back() {
    let rule = Rule::standard(AlertKind::DisclosureFailed);
    let decided = run(&rule, 1, &some(&[0.0, 1.0, 2.0, 0.0, 1.0]));
    assert_eq!(decided, [(1, Decision::Raise), (3, Decision::Clear), (4, Decision::Raise)]);
}

#[test]
fn a_review_is_overdue_from_its_minute_on() {
    let rule = Rule::standard(AlertKind::ReviewOverdue);
    assert_eq!(run(&rule, 1, &some(&[-0.5, 0.0])), [(1, Decision::Raise)]);
}

#[test]
fn edges_in_the_wrong_order_are_refused() {
    let rule = Rule { clear_at: 0.85, ..Rule::standard(AlertKind::Under) };
    assert!(matches!(rule.check(), Err(RuleError::Edges { .. })));
    let rule = Rule { evaluations: 0, ..Rule::standard(AlertKind::Under) };
    assert_eq!(rule.check(), Err(RuleError::Amounts));
}

fn values() -> impl Strategy<Value = Vec<Option<f64>>> {
    proptest::collection::vec(proptest::option::weighted(0.9, -2.5..2.5_f64), 0..200)
}

fn rules() -> impl Strategy<Value = Rule> {
    let kinds = proptest::sample::select(AlertKind::ALL.to_vec());
    (kinds, 0..90_000_i64).prop_map(|(kind, cool_down_seconds)| Rule { cool_down_seconds, ..Rule::standard(kind) })
}

proptest! {
    #[test]
    fn raises_and_clears_alternate_and_start_with_a_raise(rule in rules(), values in values(), minutes in 1..600_i64) {
        let decided = run(&rule, minutes, &values);
        for (index, (_, decision)) in decided.iter().enumerate() {
            let expected = if index % 2 == 0 { Decision::Raise } else { Decision::Clear };
            prop_assert_eq!(*decision, expected);
        }
    }

    #[test]
    fn two_raises_lie_a_cool_down_apart(rule in rules(), values in values(), minutes in 1..600_i64) {
        let raises: Vec<usize> = run(&rule, minutes, &values).iter().filter(|it| it.1 == Decision::Raise).map(|it| it.0).collect();
        for pair in raises.windows(2) {
            prop_assert!((pair[1] - pair[0]) as i64 * minutes * 60 >= rule.cool_down_seconds);
        }
    }

    #[test]
    fn a_raise_lies_past_its_edge_and_a_clear_past_the_other(rule in rules(), values in values()) {
        for (index, decision) in run(&rule, 60, &values) {
            let value = values[index].expect("a gap decides nothing");
            match decision {
                Decision::Raise => prop_assert!(rule.badness(value, rule.raise_at) >= 0.0),
                Decision::Clear => prop_assert!(rule.badness(value, rule.clear_at) <= 0.0),
            }
        }
    }

    #[test]
    fn evaluations_taken_twice_or_late_change_nothing(rule in rules(), values in values()) {
        let (mut once, mut twice) = (Memory::default(), Memory::default());
        for (index, value) in values.iter().enumerate() {
            let (next, decision) = step(&rule, once, at(index as i64), *value);
            let (again, same) = step(&rule, twice, at(index as i64), *value);
            prop_assert_eq!(decision, same);
            let (repeated, nothing) = step(&rule, again, at(index as i64), Some(2.0));
            let (repeated, late) = step(&rule, repeated, at(index as i64 - 1), Some(-2.0));
            prop_assert_eq!((nothing, late), (None, None));
            (once, twice) = (next, repeated);
            prop_assert_eq!(once, twice);
        }
    }

    #[test]
    fn a_stored_memory_goes_on_as_if_it_had_never_been_stored(rule in rules(), values in values()) {
        let (mut kept, mut stored) = (Memory::default(), Memory::default());
        for (index, value) in values.iter().enumerate() {
            let text = serde_json::to_string(&stored).expect("serialisable");
            stored = serde_json::from_str(&text).expect("readable");
            let (one, other) = (step(&rule, kept, at(index as i64), *value), step(&rule, stored, at(index as i64), *value));
            prop_assert_eq!(one, other);
            (kept, stored) = (one.0, other.0);
        }
    }
}

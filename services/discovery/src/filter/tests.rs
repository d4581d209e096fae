//! Owns the properties of the filter language as a text. Never the index.

use proptest::prelude::*;

use super::{
    Condition, Expression, Field, Fields, Filter, MAX_DEPTH, MAX_LENGTH,
    parse::parse,
    tree::{Atom, Comparator, Node, NodeKind, Value},
};

fn fields() -> Fields {
    Fields::new(["er.views".to_owned(), "views.mean".to_owned()])
}

fn problems(text: &str) -> Vec<super::Problem> {
    Filter::parse(text, &fields()).expect_err("the filter is wrong")
}

#[test]
fn or_binds_tighter_than_and() {
    let filter =
        Filter::parse("tier = MICRO AND niche:beauty OR niche:hair platform = TIKTOK", &fields()).expect("valid");
    let texts: Vec<&str> = filter.clauses.iter().map(|clause| clause.text.as_str()).collect();
    assert_eq!(texts, ["tier = MICRO", "niche:beauty OR niche:hair", "platform = TIKTOK"]);
    assert!(matches!(filter.clauses[1].expression, Expression::Or(_)));
    assert_eq!(filter.clauses[1].position, 17);
}

#[test]
fn a_minus_negates() {
    let filter = Filter::parse("-verified = true", &fields()).expect("valid");
    assert!(matches!(filter.clauses[0].expression, Expression::Not(_)));
}

#[test]
fn an_empty_filter_keeps_everything() {
    assert_eq!(Filter::parse(" \n", &fields()), Ok(Filter::default()));
}

#[test]
fn every_problem_is_reported_with_its_position_and_clause() {
    let found = problems("er.viws > 0.05 AND tier = BIG AND followers = many");
    let places: Vec<(usize, &str, &str)> =
        found.iter().map(|problem| (problem.position, problem.clause.as_str(), problem.reason)).collect();
    assert_eq!(
        places,
        [
            (0, "er.viws > 0.05", "UNKNOWN_FIELD"),
            (19, "tier = BIG", "INVALID_VALUE"),
            (34, "followers = many", "INVALID_VALUE"),
        ]
    );
    assert!(found[0].message.contains("did you mean `er.views`?"));
    assert!(found[1].message.contains("NONE, NANO, MICRO, MACRO, MEGA"));
}

#[test]
fn a_broken_clause_does_not_hide_the_next() {
    for (text, count) in [
        ("tier =  AND er.viws > 1", 2),
        ("(tier = MICRO", 1),
        ("tier = MICRO)", 1),
        ("() AND beauty", 2),
        ("tier == MICRO", 1),
        ("a and b", 3),
        ("AND tier = MICRO OR", 2),
        ("NOT", 1),
        ("handle = \"open", 1),
        ("followers = ..", 1),
        ("niche = 1..2", 1),
        ("bio = x", 1),
        ("followers : \"\\x\"", 1),
    ] {
        let found = problems(text);
        assert_eq!(found.len(), count, "{text}: {found:?}");
    }
}

#[test]
fn nesting_and_length_are_bounded() {
    let deep = |levels: usize| format!("{}tier = MICRO{}", "(".repeat(levels), ")".repeat(levels));
    assert!(Filter::parse(&deep(MAX_DEPTH), &fields()).is_ok());
    assert_eq!(problems(&deep(MAX_DEPTH + 1)).len(), 1);
    assert_eq!(problems(&"NOT ".repeat(MAX_DEPTH + 2))[0].reason, "FILTER_TOO_DEEP");
    assert_eq!(problems(&" ".repeat(MAX_LENGTH + 1))[0].reason, "FILTER_TOO_LONG");
    let many = vec!["niche:a"; 1_500].join(" OR ");
    assert!(Filter::parse(&many, &fields()).is_ok());
}

#[test]
fn a_day_is_the_whole_day() {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    let day = 86_400_000_000;
    for (text, bounds) in [
        ("account_create_time = 1970-01-02", (Included(day), Excluded(2 * day))),
        ("account_create_time > 1970-01-02", (Included(2 * day), Unbounded)),
        ("account_create_time <= 1970-01-02", (Unbounded, Excluded(2 * day))),
        ("account_create_time < \"1970-01-02T00:00:00Z\"", (Unbounded, Excluded(day))),
        ("account_create_time = 1970-01-02..1970-01-03", (Included(day), Excluded(3 * day))),
    ] {
        let filter = Filter::parse(text, &fields()).expect(text);
        let Expression::Test(test) = &filter.clauses[0].expression else { panic!("{text}") };
        assert_eq!(test.field, Field::AccountCreateTime);
        assert_eq!(test.condition, Condition::Time(bounds.0, bounds.1), "{text}");
    }
}

fn atom() -> impl Strategy<Value = Atom> {
    ("\\PC{1,8}|[\"'\\\\ \n\t*.]{1,4}", any::<bool>()).prop_map(|(text, prefix)| Atom { text, prefix })
}

fn node() -> impl Strategy<Value = Node> {
    let at = |kind| Node { span: 0..0, kind };
    let value = prop_oneof![
        Just(Value::Any),
        atom().prop_map(Value::One),
        (atom(), atom()).prop_map(|(low, high)| Value::Range(Some(low), Some(high))),
        atom().prop_map(|low| Value::Range(Some(low), None)),
        atom().prop_map(|high| Value::Range(None, Some(high))),
    ];
    let key = prop::option::of("\\PC{1,6}");
    let leaf = ("[a-z][a-z._-]{0,8}", key, prop::sample::select(Comparator::ALL.to_vec()), value)
        .prop_map(move |(field, key, comparator, value)| at(NodeKind::Restriction { field, key, comparator, value }));
    leaf.prop_recursive(6, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |parts| at(NodeKind::And(parts))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |parts| at(NodeKind::Or(parts))),
            inner.prop_map(move |part| at(NodeKind::Not(Box::new(part)))),
        ]
    })
}

proptest! {
    #[test]
    fn a_printed_tree_reads_back(tree in node()) {
        let text = tree.to_string();
        let chars: Vec<char> = text.chars().collect();
        let (nodes, problems) = parse(&chars);
        prop_assert!(problems.is_empty(), "{text}: {problems:?}");
        let top = match &tree.kind {
            NodeKind::And(parts) => parts.clone(),
            _ => vec![tree],
        };
        prop_assert_eq!(nodes, top);
    }

    #[test]
    fn any_text_is_read_and_every_problem_lies_inside_it(text in "\\PC*|[a-z=<>:!.*()\"' ANDORT0-9-]{0,60}") {
        if let Err(problems) = Filter::parse(&text, &fields()) {
            for problem in problems {
                prop_assert!(problem.position < text.chars().count());
            }
        }
    }
}

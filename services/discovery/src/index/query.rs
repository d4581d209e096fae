//! Owns how filters become queries of the index, and how a filter and words to look for are put together. Never which words
//! are looked for where, or how results are collected.

use std::ops::Bound;

use tantivy::{
    Term,
    query::{AllQuery, BooleanQuery, ConstScoreQuery, EmptyQuery, ExistsQuery, Occur, Query, RangeQuery, TermQuery},
    schema::{Field as Column, IndexRecordOption},
};

use super::schema::IndexSchema;
use crate::filter::{Condition, Expression, Field, Filter, Kind, Pattern, Test};

pub(super) type Boxed = Box<dyn Query>;

/// Creators that the text finds, with its scores, and that pass the filter; all that pass it when there is no text.
pub(super) fn matching(schema: &IndexSchema, text: Option<&Boxed>, filter: &Filter) -> Boxed {
    let clauses = filter.clauses.iter().map(|clause| unscored(expression(schema, &clause.expression)));
    let mut parts: Vec<(Occur, Boxed)> = text.map(|text| (Occur::Must, text.box_clone())).into_iter().collect();
    parts.extend(clauses.map(|clause| (Occur::Must, clause)));
    if parts.is_empty() { Box::new(AllQuery) } else { Box::new(BooleanQuery::new(parts)) }
}

/// Creators for which an expression holds.
pub(super) fn expression(schema: &IndexSchema, expression: &Expression) -> Boxed {
    negatable(schema, expression, true)
}

/// Creators for which an expression holds, or does not. `NOT` is carried down to the comparisons: the engine excludes single
/// conditions correctly and fast, and trips in debug builds over exclusions of whole conjunctions.
fn negatable(schema: &IndexSchema, expression: &Expression, holds: bool) -> Boxed {
    let all = |parts: &[Expression]| parts.iter().map(|part| negatable(schema, part, holds)).collect();
    match expression {
        Expression::Not(part) => negatable(schema, part, !holds),
        Expression::Test(test) => self::test(schema, test, holds),
        Expression::And(parts) if holds => Box::new(BooleanQuery::intersection(all(parts))),
        Expression::Or(parts) if !holds => Box::new(BooleanQuery::intersection(all(parts))),
        Expression::And(parts) | Expression::Or(parts) => Box::new(BooleanQuery::union(all(parts))),
    }
}

fn test(schema: &IndexSchema, test: &Test, holds: bool) -> Boxed {
    let equal = condition(schema, &test.field, &test.condition);
    match (test.differs, holds) {
        (false, true) => equal,
        (false, false) => without(Box::new(AllQuery), equal),
        (true, true) => without(known(schema, &test.field), equal),
        (true, false) => {
            let unknown = without(Box::new(AllQuery), known(schema, &test.field));
            Box::new(BooleanQuery::union(vec![unknown, equal]))
        }
    }
}

fn condition(schema: &IndexSchema, field: &Field, condition: &Condition) -> Boxed {
    let found = match condition {
        Condition::Known => Some(known(schema, field)),
        Condition::Term(pattern) => schema.terms(field).map(|column| exact(column, field, pattern)),
        Condition::Words(patterns) => schema.words(field).map(|column| {
            let words = patterns.iter().map(|pattern| matching_pattern(column, pattern)).collect();
            Box::new(BooleanQuery::intersection(words)) as Boxed
        }),
        Condition::Number(low, high) if field.share().is_some() => field.share().map(|(part, key)| {
            let path = format!("{}.{key}", part.key_word());
            range(*low, *high, |value| {
                let mut term = Term::from_field_json_path(schema.audience, &path, false);
                term.append_type_and_fast_value(value);
                term
            })
        }),
        Condition::Number(low, high) if field.comment_share().is_some() => field.comment_share().map(|key| {
            range(*low, *high, |value| {
                let mut term = Term::from_field_json_path(schema.comments, key, false);
                term.append_type_and_fast_value(value);
                term
            })
        }),
        Condition::Number(low, high) => {
            schema.numbers(field).map(|column| range(*low, *high, |value| Term::from_field_f64(column, value)))
        }
        Condition::Time(low, high) => {
            schema.times(field).map(|column| range(*low, *high, |value| Term::from_field_i64(column, value)))
        }
    };
    // A checked filter names only fields that the schema has.
    found.unwrap_or_else(|| Box::new(EmptyQuery))
}

fn exact(column: Column, field: &Field, pattern: &Pattern) -> Boxed {
    let whole = matching_pattern(column, pattern);
    if *field != Field::Language || pattern.prefix {
        return whole;
    }
    let regional = Pattern { text: format!("{}-", pattern.text), prefix: true };
    Box::new(BooleanQuery::union(vec![whole, matching_pattern(column, &regional)]))
}

fn matching_pattern(column: Column, pattern: &Pattern) -> Boxed {
    if pattern.prefix { beginning(column, &pattern.text) } else { term(column, &pattern.text) }
}

/// Creators with a term that begins so.
pub(super) fn beginning(column: Column, prefix: &str) -> Boxed {
    let low = Bound::Included(Term::from_field_text(column, prefix));
    let high = match behind_prefix(prefix) {
        Some(text) => Bound::Excluded(Term::from_field_text(column, &text)),
        None => Bound::Unbounded,
    };
    Box::new(RangeQuery::new(low, high))
}

/// The first text that is behind all texts with this prefix; none when there is none.
fn behind_prefix(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            other => char::from_u32(other as u32 + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

fn range<T: Copy>(low: Bound<T>, high: Bound<T>, as_term: impl Fn(T) -> Term) -> Boxed {
    Box::new(RangeQuery::new(low.map(&as_term), high.map(&as_term)))
}

fn known(schema: &IndexSchema, field: &Field) -> Boxed {
    if matches!(field.kind(), Kind::Number | Kind::Time) {
        return Box::new(ExistsQuery::new(schema.column(field), false));
    }
    term(schema.known, field.name())
}

pub(super) fn term(column: Column, text: &str) -> Boxed {
    Box::new(TermQuery::new(Term::from_field_text(column, text), IndexRecordOption::Basic))
}

fn without(all: Boxed, removed: Boxed) -> Boxed {
    Box::new(BooleanQuery::new(vec![(Occur::Must, all), (Occur::MustNot, removed)]))
}

fn unscored(query: Boxed) -> Boxed {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

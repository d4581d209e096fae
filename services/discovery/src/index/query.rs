//! Owns how filters and words to look for become queries of the index. Never how results are collected.
//!
//! Relevance is the sum over the words of the weight of the best field that has the word, and a reward for a handle or a name
//! that is the whole query. It does not depend on other creators, so that it, and with it pages by relevance, stay as
//! they are while others change.

use std::ops::Bound;

use tantivy::{
    Score, Term,
    query::{
        AllQuery, BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, ExistsQuery, Occur, Query,
        RangeQuery, TermQuery,
    },
    schema::{Field as Column, IndexRecordOption},
};

use super::schema::IndexSchema;
use crate::{
    facts,
    filter::{Condition, Expression, Field, Pattern, Test},
    words,
};

const NAME_WEIGHT: Score = 8.0;
const HANDLE_WEIGHT: Score = 6.0;
const TAG_WEIGHT: Score = 4.0;
const TITLE_WEIGHT: Score = 2.0;
const BIO_WEIGHT: Score = 1.0;
/// More than any sum of words that a query can have.
const WHOLE_NAME_REWARD: Score = 10_000.0;
const WHOLE_HANDLE_REWARD: Score = 20_000.0;

type Boxed = Box<dyn Query>;

/// Creators that have all words of the text, with scores; none when there is no text, and so all are looked for.
pub(super) fn text(schema: &IndexSchema, text: &str) -> Option<Boxed> {
    if text.trim().is_empty() {
        return None;
    }
    let found = words::of_query(text);
    if found.is_empty() {
        return Some(Box::new(EmptyQuery));
    }
    let mut parts: Vec<(Occur, Boxed)> = Vec::new();
    for word in found {
        parts.push((Occur::Must, in_any_field(schema, &word)));
    }
    for (field, reward) in [(Field::Handle, WHOLE_HANDLE_REWARD), (Field::DisplayName, WHOLE_NAME_REWARD)] {
        if let Some(column) = schema.terms(&field) {
            let whole = term(column, &facts::normal_term(&field, text));
            parts.push((Occur::Should, Box::new(ConstScoreQuery::new(whole, reward))));
        }
    }
    Some(Box::new(BooleanQuery::new(parts)))
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
    if !pattern.prefix {
        return term(column, &pattern.text);
    }
    let low = Bound::Included(Term::from_field_text(column, &pattern.text));
    let high = match behind_prefix(&pattern.text) {
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
    if schema.numbers(field).is_some() || schema.times(field).is_some() {
        return Box::new(ExistsQuery::new(schema.column(field), false));
    }
    term(schema.known, field.name())
}

fn term(column: Column, text: &str) -> Boxed {
    Box::new(TermQuery::new(Term::from_field_text(column, text), IndexRecordOption::Basic))
}

fn without(all: Boxed, removed: Boxed) -> Boxed {
    Box::new(BooleanQuery::new(vec![(Occur::Must, all), (Occur::MustNot, removed)]))
}

fn in_any_field(schema: &IndexSchema, word: &str) -> Boxed {
    let weighed = |column: Column, weight: Score| Box::new(ConstScoreQuery::new(term(column, word), weight)) as Boxed;
    Box::new(DisjunctionMaxQuery::new(vec![
        weighed(schema.name_words, NAME_WEIGHT),
        weighed(schema.handle_words, HANDLE_WEIGHT),
        weighed(schema.tag_words, TAG_WEIGHT),
        weighed(schema.title_words, TITLE_WEIGHT),
        weighed(schema.bio_words, BIO_WEIGHT),
    ]))
}

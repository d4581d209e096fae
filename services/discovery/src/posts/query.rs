//! Owns how filters over posts and words to look for become queries. Never how results are collected.

use std::ops::Bound;

use tantivy::{
    Score, Term,
    query::{
        AllQuery, BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, ExistsQuery, Occur, Query,
        RangeQuery, TermQuery, TermSetQuery,
    },
    schema::{Field as Column, IndexRecordOption},
};

use super::document::Columns;
use crate::{
    filter::{Condition, Expression, Field, Filter, Pattern, Test},
    words,
};

const TITLE_WEIGHT: Score = 4.0;
const TAG_WEIGHT: Score = 2.0;
const CAPTION_WEIGHT: Score = 1.0;

type Boxed = Box<dyn Query>;

/// Posts that have all words of the text and pass the filter.
pub(super) fn matching(columns: &Columns, text: &str, filter: &Filter) -> Boxed {
    let mut parts: Vec<(Occur, Boxed)> = Vec::new();
    for clause in &filter.clauses {
        let unscored = ConstScoreQuery::new(expression(columns, &clause.expression, true), 0.0);
        parts.push((Occur::Must, Box::new(unscored)));
    }
    if !text.trim().is_empty() {
        let found = words::of_query(text);
        if found.is_empty() {
            return Box::new(EmptyQuery);
        }
        for word in found {
            let weighed =
                |column: Column, weight: Score| Box::new(ConstScoreQuery::new(term(column, &word), weight)) as Boxed;
            let any = DisjunctionMaxQuery::new(vec![
                weighed(columns.title, TITLE_WEIGHT),
                weighed(columns.tags, TAG_WEIGHT),
                weighed(columns.caption, CAPTION_WEIGHT),
            ]);
            parts.push((Occur::Must, Box::new(any)));
        }
    }
    if parts.is_empty() { Box::new(AllQuery) } else { Box::new(BooleanQuery::new(parts)) }
}

/// Posts that have one of these terms of a field.
pub(super) fn any_term<'a>(columns: &Columns, field: &Field, terms: impl Iterator<Item = &'a str>) -> Boxed {
    match columns.terms(field) {
        Some(column) => Box::new(TermSetQuery::new(terms.map(|text| Term::from_field_text(column, text)))),
        None => Box::new(EmptyQuery),
    }
}

/// Posts for which an expression holds, or does not: `NOT` is carried down to the comparisons.
fn expression(columns: &Columns, expression: &Expression, holds: bool) -> Boxed {
    let all = |parts: &[Expression]| parts.iter().map(|part| self::expression(columns, part, holds)).collect();
    match expression {
        Expression::Not(part) => self::expression(columns, part, !holds),
        Expression::Test(test) => self::test(columns, test, holds),
        Expression::And(parts) if holds => Box::new(BooleanQuery::intersection(all(parts))),
        Expression::Or(parts) if !holds => Box::new(BooleanQuery::intersection(all(parts))),
        Expression::And(parts) | Expression::Or(parts) => Box::new(BooleanQuery::union(all(parts))),
    }
}

fn test(columns: &Columns, test: &Test, holds: bool) -> Boxed {
    let equal = condition(columns, &test.field, &test.condition);
    match (test.differs, holds) {
        (false, true) => equal,
        (false, false) => without(Box::new(AllQuery), equal),
        (true, true) => without(known(columns, &test.field), equal),
        (true, false) => {
            let unknown = without(Box::new(AllQuery), known(columns, &test.field));
            Box::new(BooleanQuery::union(vec![unknown, equal]))
        }
    }
}

fn condition(columns: &Columns, field: &Field, condition: &Condition) -> Boxed {
    let found = match condition {
        Condition::Known => Some(known(columns, field)),
        Condition::Term(pattern) => columns.terms(field).map(|column| exact(column, field, pattern)),
        Condition::Words(patterns) => columns.words(field).map(|column| {
            let words = patterns.iter().map(|word| pattern(column, word)).collect();
            Box::new(BooleanQuery::intersection(words)) as Boxed
        }),
        Condition::Number(low, high) => {
            columns.numbers(field).map(|column| range(*low, *high, |value| Term::from_field_f64(column, value)))
        }
        Condition::Time(low, high) => {
            let column = columns.publish_time;
            Some(range(*low, *high, |value| Term::from_field_i64(column, value)))
        }
    };
    // A checked filter names only fields that there are.
    found.unwrap_or_else(|| Box::new(EmptyQuery))
}

fn exact(column: Column, field: &Field, wanted: &Pattern) -> Boxed {
    let whole = pattern(column, wanted);
    if *field != Field::Language || wanted.prefix {
        return whole;
    }
    let regional = Pattern { text: format!("{}-", wanted.text), prefix: true };
    Box::new(BooleanQuery::union(vec![whole, pattern(column, &regional)]))
}

fn pattern(column: Column, wanted: &Pattern) -> Boxed {
    if !wanted.prefix {
        return term(column, &wanted.text);
    }
    // No text has this character, the last one there is, behind a prefix that people write.
    let last = format!("{}\u{10FFFF}", wanted.text);
    range(Bound::Included(wanted.text.as_str()), Bound::Excluded(last.as_str()), |text| {
        Term::from_field_text(column, text)
    })
}

fn range<T: Copy>(low: Bound<T>, high: Bound<T>, as_term: impl Fn(T) -> Term) -> Boxed {
    Box::new(RangeQuery::new(low.map(&as_term), high.map(&as_term)))
}

fn known(columns: &Columns, field: &Field) -> Boxed {
    if columns.numbers(field).is_some() || *field == Field::PublishTime {
        return Box::new(ExistsQuery::new(columns.column_name(field), false));
    }
    term(columns.known, field.name())
}

fn term(column: Column, text: &str) -> Boxed {
    Box::new(TermQuery::new(Term::from_field_text(column, text), IndexRecordOption::Basic))
}

fn without(all: Boxed, removed: Boxed) -> Boxed {
    Box::new(BooleanQuery::new(vec![(Occur::Must, all), (Occur::MustNot, removed)]))
}

//! Owns the filter language: from text to a checked filter, with every problem and its position. Never I/O or the index.
//!
//! The grammar is AIP-160's: `AND`, `OR`, `NOT`, `-`, parentheses; clauses that stand side by side are joined by `AND`, and
//! `OR` binds tighter than `AND`. A clause is `field comparator value`; a word alone is refused, because a forgotten
//! comparator would otherwise become a text search.
//!
//! A comparison with a value that is missing is false, for `!=` too; so `NOT` of it is true: `er.views != 0.05` leaves out
//! creators without the rate, `NOT er.views = 0.05` keeps them. On a list, `=` and `:` hold when one of its values does, and
//! `!=` when the list is not empty and none of its values does.

mod check;
mod eval;
mod fields;
mod lex;
mod parse;
mod tree;

#[cfg(test)]
mod tests;

use std::ops::Bound;

pub use fields::{COMMENT_LANGUAGE, FOLLOWERS, Field, Fields, Kind, POST_NUMBERS, SCORES};

/// Longest filter, in characters.
pub const MAX_LENGTH: usize = 20_000;
/// Deepest nesting of parentheses and `NOT`.
pub const MAX_DEPTH: usize = 64;

/// A checked filter: the conjunction of its clauses. Without clauses it keeps everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// What is joined by `AND` at the top, in the order of the text.
    pub clauses: Vec<Clause>,
}

/// One part of a filter that `AND` joins at the top.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// Where it begins, in characters from 0.
    pub position: usize,
    /// Its text.
    pub text: String,
    /// What it means.
    pub expression: Expression,
}

/// A typed expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// All hold.
    And(Vec<Expression>),
    /// At least one holds.
    Or(Vec<Expression>),
    /// It does not hold.
    Not(Box<Expression>),
    /// A comparison.
    Test(Test),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// What is compared.
    pub field: Field,
    /// With what.
    pub condition: Condition,
    /// Whether the comparator was `!=`: the field is known and the condition does not hold.
    pub differs: bool,
}

/// What a field must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// It has a value.
    Known,
    /// One of its terms, in the field's normal form, is this.
    Term(Pattern),
    /// Its text has all of these words.
    Words(Vec<Pattern>),
    /// Its number lies in between.
    Number(Bound<f64>, Bound<f64>),
    /// Its time, in microseconds since the epoch, lies in between.
    Time(Bound<i64>, Bound<i64>),
}

/// A term or the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The term, in the field's normal form.
    pub text: String,
    /// Whether it is only the beginning.
    pub prefix: bool,
}

/// Something wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, in characters from 0; inside the text.
    pub position: usize,
    /// The clause that is concerned, as written; at most 200 characters.
    pub clause: String,
    /// UPPER_SNAKE reason; append-only.
    pub reason: &'static str,
    /// What was found and what would be accepted.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at character {}, `{}`: {}", self.position, self.clause, self.message)
    }
}

impl Filter {
    /// Reads a filter. Errors: every problem of the text, ordered by position.
    pub fn parse(text: &str, fields: &Fields) -> Result<Self, Vec<Problem>> {
        let chars: Vec<char> = text.chars().collect();
        if chars.len() > MAX_LENGTH {
            return Err(vec![Problem {
                position: MAX_LENGTH,
                clause: chars[MAX_LENGTH..].iter().take(lex::EXCERPT).collect(),
                reason: "FILTER_TOO_LONG",
                message: format!("the filter has {} characters, at most {MAX_LENGTH} are accepted", chars.len()),
            }]);
        }
        let (nodes, mut problems) = parse::parse(&chars);
        let mut clauses = Vec::with_capacity(nodes.len());
        for node in &nodes {
            if let Some(expression) = check::expression(node, &chars, fields, &mut problems) {
                clauses.push(Clause {
                    position: node.span.start,
                    text: chars[node.span.clone()].iter().collect(),
                    expression,
                });
            }
        }
        problems.sort_by_key(|problem| problem.position);
        if problems.is_empty() { Ok(Self { clauses }) } else { Err(problems) }
    }
}

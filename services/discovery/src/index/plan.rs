//! Owns how a filter finds documents of a segment, block by block. Never what is done with them.
//!
//! Numbers and times are compared through their codes; followers are a span of the segment, which is sorted by them;
//! everything else is a set that the engine finds.

use std::{ops::Bound, sync::Arc};

use tantivy::columnar::MonotonicallyMappableToU64;

use super::{
    columns::{self, Bits, Codes, Matches, Numbers, Window},
    schema::{IndexSchema, RANK},
    snapshot::Segment,
};
use crate::filter::{Condition, Expression, FOLLOWERS, Field, Filter, Kind, Test};

/// A filter as one segment answers it.
pub(super) enum Plan {
    All,
    Nothing,
    And(Vec<Plan>),
    Or(Vec<Plan>),
    Not(Box<Plan>),
    /// Documents from the first to before the second.
    Span(usize, usize),
    Range(Range),
    Set(Arc<Matches>),
}

/// Documents whose value lies in between, bounds included.
pub(super) struct Range {
    numbers: Numbers,
    codes: Option<(Arc<Codes>, Window)>,
    low: u64,
    high: u64,
}

/// Makes plans of one filter for many segments.
pub(super) struct Planner<'a> {
    schema: &'a IndexSchema,
    segment: &'a Segment,
}

impl<'a> Planner<'a> {
    pub(super) fn new(schema: &'a IndexSchema, segment: &'a Segment) -> Self {
        Self { schema, segment }
    }

    /// The plan of a filter.
    pub(super) fn filter(&self, filter: &Filter) -> tantivy::Result<Plan> {
        let parts: tantivy::Result<Vec<Plan>> =
            filter.clauses.iter().map(|clause| self.expression(&clause.expression)).collect();
        Ok(self.and(parts?))
    }

    /// The plan of an expression.
    pub(super) fn expression(&self, expression: &Expression) -> tantivy::Result<Plan> {
        match expression {
            Expression::Test(test) => self.test(test),
            Expression::Not(part) => Ok(Plan::Not(Box::new(self.expression(part)?))),
            Expression::And(parts) => {
                let parts: tantivy::Result<Vec<Plan>> = parts.iter().map(|part| self.expression(part)).collect();
                Ok(self.and(parts?))
            }
            // One set for a list of many terms.
            Expression::Or(parts) if parts.iter().all(is_set) => self.set(expression),
            Expression::Or(parts) => {
                let parts: tantivy::Result<Vec<Plan>> = parts.iter().map(|part| self.expression(part)).collect();
                Ok(Plan::Or(parts?))
            }
        }
    }

    fn and(&self, mut parts: Vec<Plan>) -> Plan {
        if parts.iter().any(|part| matches!(part, Plan::Nothing)) {
            return Plan::Nothing;
        }
        parts.retain(|part| !matches!(part, Plan::All));
        // What keeps fewest is asked first.
        let documents = self.segment.documents();
        parts.sort_by(|left, right| left.part(documents).total_cmp(&right.part(documents)));
        if parts.is_empty() { Plan::All } else { Plan::And(parts) }
    }

    fn test(&self, test: &Test) -> tantivy::Result<Plan> {
        if !is_number(&test.field) {
            return self.set(&Expression::Test(test.clone()));
        }
        let (low, high) = match &test.condition {
            Condition::Number(low, high) => bits(*low, *high, number_bits),
            Condition::Time(low, high) => bits(*low, *high, |value, _| value.to_u64()),
            Condition::Known => (0, u64::MAX),
            Condition::Term(_) | Condition::Words(_) => return Ok(Plan::Nothing),
        };
        let equal = self.range(&test.field, low, high)?;
        if !test.differs {
            return Ok(equal);
        }
        let known = self.range(&test.field, 0, u64::MAX)?;
        Ok(self.and(vec![known, Plan::Not(Box::new(equal))]))
    }

    fn range(&self, field: &Field, low: u64, high: u64) -> tantivy::Result<Plan> {
        if low > high {
            return Ok(Plan::Nothing);
        }
        if matches!(field, Field::Metric(id) if id == FOLLOWERS) {
            // Rank 0 means that they are not known.
            let below = low.max(1) - 1;
            let (start, end) = (self.segment.first_ranked(high), self.segment.first_ranked(below));
            return Ok(if start < end { Plan::Span(start, end) } else { Plan::Nothing });
        }
        let (reader, column) = (&self.segment.reader, self.schema.column(field));
        let Some(numbers) = self.segment.columns.numbers(reader, &column)? else { return Ok(Plan::Nothing) };
        let codes = match self.segment.columns.codes(reader, &column)? {
            Some(codes) => match codes.window(low, high) {
                Some(window) => Some((codes, window)),
                None => return Ok(Plan::Nothing),
            },
            None => None,
        };
        Ok(Plan::Range(Range { numbers, codes, low, high }))
    }

    fn set(&self, expression: &Expression) -> tantivy::Result<Plan> {
        let key: Arc<str> = format!("{expression:?}").into();
        let matches = self.segment.matches(self.schema, &key, expression)?;
        Ok(if matches.count() == 0 { Plan::Nothing } else { Plan::Set(matches) })
    }
}

/// The column of a field of numbers or times.
pub(super) fn column(schema: &IndexSchema, field: &Field) -> String {
    match field {
        Field::Metric(id) if id == FOLLOWERS => RANK.to_owned(),
        other => schema.column(other),
    }
}

fn is_number(field: &Field) -> bool {
    matches!(field.kind(), Kind::Number | Kind::Time)
}

fn is_set(expression: &Expression) -> bool {
    match expression {
        Expression::And(parts) | Expression::Or(parts) => parts.iter().all(is_set),
        Expression::Not(part) => is_set(part),
        Expression::Test(test) => !is_number(&test.field),
    }
}

/// Which side of a range a bound is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Lower than the value, or the value as a first one.
    Least,
    /// The value as a last one.
    Greatest,
}

/// Bits of a number. -0 and 0 are one number with two representations.
fn number_bits(value: f64, side: Side) -> u64 {
    match (value == 0.0, side) {
        (true, Side::Least) => (-0.0f64).to_u64(),
        (true, Side::Greatest) => 0.0f64.to_u64(),
        (false, _) => value.to_u64(),
    }
}

/// The least and the greatest bits of a range; the wrong way round when it is empty.
fn bits<T: Copy>(low: Bound<T>, high: Bound<T>, bits: impl Fn(T, Side) -> u64) -> (u64, u64) {
    let low = match low {
        Bound::Unbounded => Some(0),
        Bound::Included(value) => Some(bits(value, Side::Least)),
        Bound::Excluded(value) => bits(value, Side::Greatest).checked_add(1),
    };
    let high = match high {
        Bound::Unbounded => Some(u64::MAX),
        Bound::Included(value) => Some(bits(value, Side::Greatest)),
        Bound::Excluded(value) => bits(value, Side::Least).checked_sub(1),
    };
    low.zip(high).unwrap_or((1, 0))
}

impl Plan {
    /// How large a part of the documents it keeps, roughly.
    fn part(&self, documents: usize) -> f64 {
        let of_all = |count: usize| count as f64 / documents.max(1) as f64;
        match self {
            Self::All => 1.0,
            Self::Nothing => 0.0,
            Self::And(parts) => parts.iter().map(|part| part.part(documents)).product(),
            Self::Or(parts) => parts.iter().map(|part| part.part(documents)).sum::<f64>().min(1.0),
            Self::Not(part) => 1.0 - part.part(documents),
            Self::Span(start, end) => of_all(end - start),
            // Without codes each document is read: last.
            Self::Range(range) => range.codes.as_ref().map_or(1.0, |(codes, window)| codes.part(*window)),
            Self::Set(matches) => of_all(matches.count()),
        }
    }

    /// Whether a block may have documents that it keeps.
    pub(super) fn may_match(&self, block: usize) -> bool {
        match self {
            Self::All | Self::Not(_) => true,
            Self::Nothing => false,
            Self::And(parts) => parts.iter().all(|part| part.may_match(block)),
            Self::Or(parts) => parts.iter().any(|part| part.may_match(block)),
            Self::Span(start, end) => *start < (block + 1) * columns::BLOCK && *end > block * columns::BLOCK,
            Self::Range(range) => range.codes.as_ref().is_none_or(|(codes, window)| codes.may_match(*window, block)),
            Self::Set(matches) => matches.may_match(block),
        }
    }

    /// Leaves those of a block that it keeps.
    pub(super) fn narrow(&self, block: usize, bits: &mut Bits) {
        match self {
            Self::All => {}
            Self::Nothing => *bits = Bits::EMPTY,
            Self::And(parts) => {
                for part in parts {
                    part.narrow(block, bits);
                    if bits.is_empty() {
                        return;
                    }
                }
            }
            Self::Or(parts) => {
                let mut found = Bits::EMPTY;
                for part in parts {
                    let mut rest = *bits;
                    rest.subtract(&found);
                    part.narrow(block, &mut rest);
                    found.unite(&rest);
                }
                *bits = found;
            }
            Self::Not(part) => {
                let mut kept = *bits;
                part.narrow(block, &mut kept);
                bits.subtract(&kept);
            }
            Self::Span(start, end) => bits.intersect(&Bits::of_span(block, *start, *end)),
            Self::Range(range) => range.narrow(block, bits),
            Self::Set(matches) => matches.narrow(block, bits),
        }
    }
}

impl Range {
    fn narrow(&self, block: usize, bits: &mut Bits) {
        let holds = |value: Option<u64>| value.is_some_and(|value| (self.low..=self.high).contains(&value));
        match &self.codes {
            Some((codes, window)) => {
                codes.narrow(*window, block, bits, |document| holds(self.numbers.first(document)));
            }
            None => {
                let asked = *bits;
                *bits = Bits::EMPTY;
                for document in asked.documents(block).filter(|document| holds(self.numbers.first(*document))) {
                    bits.insert(document as usize % columns::BLOCK);
                }
            }
        }
    }
}

//! Owns what a filter says of one creator. It is the definition that the index must agree with. Never the index.

use std::ops::{Bound, RangeBounds};

use super::{Clause, Condition, Expression, Filter, Pattern, Test};
use crate::{facts, model::CreatorRecord, words};

impl Filter {
    /// Whether the filter keeps a creator.
    pub fn keeps(&self, creator: &CreatorRecord) -> bool {
        self.clauses.iter().all(|clause| clause.keeps(creator))
    }
}

impl Clause {
    /// Whether the clause keeps a creator.
    pub fn keeps(&self, creator: &CreatorRecord) -> bool {
        self.expression.keeps(creator)
    }
}

impl Expression {
    /// Whether it holds for a creator.
    pub fn keeps(&self, creator: &CreatorRecord) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.keeps(creator)),
            Self::Or(parts) => parts.iter().any(|part| part.keeps(creator)),
            Self::Not(part) => !part.keeps(creator),
            Self::Test(test) => test.keeps(creator),
        }
    }
}

impl Test {
    fn keeps(&self, creator: &CreatorRecord) -> bool {
        let holds = self.condition_holds(creator);
        if self.differs { facts::is_known(creator, &self.field) && !holds } else { holds }
    }

    fn condition_holds(&self, creator: &CreatorRecord) -> bool {
        match &self.condition {
            Condition::Known => facts::is_known(creator, &self.field),
            Condition::Term(pattern) => {
                facts::terms(creator, &self.field).iter().any(|term| pattern.fits_term(&self.field, term))
            }
            Condition::Words(patterns) => {
                let texts = facts::texts(creator, &self.field);
                let known: Vec<String> = texts.iter().flat_map(|text| words::of_text(text)).collect();
                patterns.iter().all(|pattern| known.iter().any(|word| pattern.fits(word)))
            }
            Condition::Number(low, high) => {
                facts::number(creator, &self.field).is_some_and(|value| lies_between(&value, *low, *high))
            }
            Condition::Time(low, high) => {
                facts::time(creator, &self.field).is_some_and(|value| lies_between(&value, *low, *high))
            }
        }
    }
}

fn lies_between<T: PartialOrd>(value: &T, low: Bound<T>, high: Bound<T>) -> bool {
    (low, high).contains(value)
}

impl Pattern {
    fn fits(&self, term: &str) -> bool {
        if self.prefix { term.starts_with(&self.text) } else { term == self.text }
    }

    fn fits_term(&self, field: &super::Field, term: &str) -> bool {
        let regional = || {
            *field == super::Field::Language && term.strip_prefix(&self.text).is_some_and(|rest| rest.starts_with('-'))
        };
        self.fits(term) || regional()
    }
}

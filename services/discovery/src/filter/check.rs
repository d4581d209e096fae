//! Owns the types of a filter: which comparator and value a field accepts, and the normal form of the value. Never grammar.

use std::ops::Bound;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    Condition, Expression, Field, Fields, Kind, Pattern, Problem, Test,
    fields::nearest,
    parse::excerpt,
    tree::{Atom, Comparator, Node, NodeKind, Value},
};
use crate::{facts, words};

/// Types a tree. Adds what is wrong to `problems`; none when the whole part was wrong.
pub(super) fn expression(
    node: &Node,
    chars: &[char],
    fields: &Fields,
    problems: &mut Vec<Problem>,
) -> Option<Expression> {
    match &node.kind {
        NodeKind::And(parts) => Some(Expression::And(all(parts, chars, fields, problems))),
        NodeKind::Or(parts) => Some(Expression::Or(all(parts, chars, fields, problems))),
        NodeKind::Not(part) => Some(Expression::Not(Box::new(expression(part, chars, fields, problems)?))),
        NodeKind::Restriction { field: name, key, comparator, value } => {
            let found = match fields.find(name) {
                Some(field) => keyed(field, key.as_deref()).and_then(|field| test(field, *comparator, value)),
                None => Err(("UNKNOWN_FIELD", fields.unknown(name))),
            };
            match found {
                Ok(test) => Some(Expression::Test(test)),
                Err((reason, message)) => {
                    let clause = excerpt(chars, &node.span);
                    problems.push(Problem { position: node.span.start, clause, reason, message });
                    None
                }
            }
        }
    }
}

fn all(parts: &[Node], chars: &[char], fields: &Fields, problems: &mut Vec<Problem>) -> Vec<Expression> {
    parts.iter().filter_map(|part| expression(part, chars, fields, problems)).collect()
}

type Refusal = (&'static str, String);

/// The field that a key selects of another: `audience.country:FR` with a comparison is the share of FR.
fn keyed(field: Field, key: Option<&str>) -> Result<Field, Refusal> {
    let Some(key) = key else { return Ok(field) };
    let accepted = "fields with keys are those of the audience and of comments, as in `audience.country:FR > 0.3`";
    field.of_key(key).ok_or_else(|| operator(&field, Comparator::Has, accepted))
}

fn test(field: Field, comparator: Comparator, value: &Value) -> Result<Test, Refusal> {
    let differs = comparator == Comparator::NotEqual;
    if *value == Value::Any {
        if comparator != Comparator::Has {
            return Err(operator(&field, comparator, "a value that is known is asked for with `:*`"));
        }
        return Ok(Test { field, condition: Condition::Known, differs: false });
    }
    let condition = match field.kind() {
        Kind::Choice(accepted) => choice(&field, comparator, value, accepted)?,
        Kind::Term => term(&field, comparator, value)?,
        Kind::Text { whole } => text(&field, comparator, value, whole)?,
        Kind::Number => {
            let (low, high) = range(&field, comparator, value, number)?;
            Condition::Number(low, high)
        }
        Kind::Time => {
            let (low, high) = range(&field, comparator, value, time)?;
            Condition::Time(low, high)
        }
    };
    Ok(Test { field, condition, differs })
}

fn operator(field: &Field, comparator: Comparator, accepted: &str) -> Refusal {
    let message = format!("`{}` does not take `{}` here; {accepted}", field.name(), comparator.sign());
    ("UNSUPPORTED_OPERATOR", message)
}

fn bad(field: &Field, found: &impl std::fmt::Display, accepted: &str) -> Refusal {
    ("INVALID_VALUE", format!("{found} is not a value of `{}`; accepted are {accepted}", field.name()))
}

/// One word or string, compared for equality.
fn equal<'a>(field: &Field, comparator: Comparator, value: &'a Value) -> Result<&'a Atom, Refusal> {
    if !matches!(comparator, Comparator::Equal | Comparator::NotEqual | Comparator::Has) {
        return Err(operator(field, comparator, "accepted are `=`, `!=` and `:`"));
    }
    match value {
        Value::One(atom) => Ok(atom),
        other => Err(bad(field, other, "single values; ranges are for numbers and times")),
    }
}

fn choice(
    field: &Field,
    comparator: Comparator,
    value: &Value,
    accepted: &'static [&'static str],
) -> Result<Condition, Refusal> {
    let atom = equal(field, comparator, value)?;
    let known = accepted.iter().find(|word| word.eq_ignore_ascii_case(&atom.text));
    if let Some(word) = known.filter(|_| !atom.prefix) {
        return Ok(Condition::Term(Pattern { text: (*word).to_owned(), prefix: false }));
    }
    let (reason, mut message) = bad(field, atom, &accepted.join(", "));
    if let Some(near) = nearest(&atom.text, accepted) {
        message = format!("{message}; did you mean {near}?");
    }
    Err((reason, message))
}

fn term(field: &Field, comparator: Comparator, value: &Value) -> Result<Condition, Refusal> {
    let atom = equal(field, comparator, value)?;
    let text = facts::normal_term(field, &atom.text);
    if text.is_empty() {
        return Err(bad(field, atom, "texts that are not empty"));
    }
    Ok(Condition::Term(Pattern { text, prefix: atom.prefix }))
}

fn text(field: &Field, comparator: Comparator, value: &Value, whole: bool) -> Result<Condition, Refusal> {
    if comparator != Comparator::Has {
        if whole {
            return term(field, comparator, value);
        }
        return Err(operator(field, comparator, "`:` looks for words in it"));
    }
    let atom = equal(field, comparator, value)?;
    let mut patterns: Vec<Pattern> =
        words::of_query(&atom.text).into_iter().map(|text| Pattern { text, prefix: false }).collect();
    match patterns.last_mut() {
        Some(last) => last.prefix = atom.prefix,
        None => return Err(bad(field, atom, "texts with at least one word")),
    }
    Ok(Condition::Words(patterns))
}

/// What a value stands for: from its first to its last moment (a day has many), or one number.
struct Extent<T> {
    first: Bound<T>,
    before_first: Bound<T>,
    last: Bound<T>,
    after_last: Bound<T>,
}

impl<T: Copy> Extent<T> {
    fn point(value: T) -> Self {
        Self {
            first: Bound::Included(value),
            before_first: Bound::Excluded(value),
            last: Bound::Included(value),
            after_last: Bound::Excluded(value),
        }
    }
}

type Read<T> = fn(&Field, &Atom) -> Result<Extent<T>, Refusal>;

fn range<T: Copy>(
    field: &Field,
    comparator: Comparator,
    value: &Value,
    read: Read<T>,
) -> Result<(Bound<T>, Bound<T>), Refusal> {
    match value {
        Value::Any => Ok((Bound::Unbounded, Bound::Unbounded)),
        Value::One(atom) => {
            let extent = read(field, atom)?;
            Ok(match comparator {
                Comparator::Equal | Comparator::NotEqual | Comparator::Has => (extent.first, extent.last),
                Comparator::Less => (Bound::Unbounded, extent.before_first),
                Comparator::LessOrEqual => (Bound::Unbounded, extent.last),
                Comparator::Greater => (extent.after_last, Bound::Unbounded),
                Comparator::GreaterOrEqual => (extent.first, Bound::Unbounded),
            })
        }
        Value::Range(low, high) => {
            if !matches!(comparator, Comparator::Equal | Comparator::NotEqual | Comparator::Has) {
                return Err(operator(field, comparator, "ranges are compared with `=`, `!=` or `:`"));
            }
            let first = low.as_ref().map(|atom| read(field, atom)).transpose()?;
            let last = high.as_ref().map(|atom| read(field, atom)).transpose()?;
            Ok((
                first.map_or(Bound::Unbounded, |extent| extent.first),
                last.map_or(Bound::Unbounded, |extent| extent.last),
            ))
        }
    }
}

fn number(field: &Field, atom: &Atom) -> Result<Extent<f64>, Refusal> {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    let value = Some(&atom.text).filter(|text| !atom.prefix && text.bytes().all(plain));
    match value.and_then(|text| text.parse::<f64>().ok()).filter(|value| value.is_finite()) {
        // -0 and 0 are one number, and the index tells them apart.
        Some(value) => Ok(Extent::point(value + 0.0)),
        None => Err(bad(field, atom, "numbers such as 20, 0.05 or 1e6, and ranges such as 10..20")),
    }
}

fn time(field: &Field, atom: &Atom) -> Result<Extent<i64>, Refusal> {
    let refuse = || bad(field, atom, "days such as 2020-01-31 and times such as 2020-01-31T12:00:00Z");
    if atom.prefix {
        return Err(refuse());
    }
    if let Ok(time) = atom.text.parse::<Timestamp>() {
        return Ok(Extent::point(time.as_microsecond()));
    }
    if atom.text.len() != "2020-01-31".len() {
        return Err(refuse());
    }
    let day: Date = atom.text.parse().map_err(|_| refuse())?;
    let midnight = |day: Date| day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp().as_microsecond());
    let start = midnight(day).map_err(|_| refuse())?;
    let end = day.tomorrow().and_then(midnight).map_err(|_| refuse())?;
    Ok(Extent {
        first: Bound::Included(start),
        before_first: Bound::Excluded(start),
        last: Bound::Excluded(end),
        after_last: Bound::Included(end),
    })
}

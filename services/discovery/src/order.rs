//! Owns orders of creators: how they are written, and the place of one creator in an order, which page tokens hold. Never
//! how creators are read.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::filter::{FOLLOWERS, Field, Fields, Kind};

/// The most fields of an order.
pub const MAX_KEYS: usize = 3;
/// The word for "how well it fits the query".
pub const RELEVANCE: &str = "relevance";

/// What creators are ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// How well the creator fits the words of the query.
    Relevance,
    /// A number, a time or the display name.
    Field(Field),
}

/// One part of an order. Creators without the value come last, in both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// By what.
    pub by: By,
    /// From the highest to the lowest.
    pub descending: bool,
}

/// An order: 1 to 3 keys. Creators that are equal in all of them follow a fixed order that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The first decides, then the second.
    pub keys: Vec<Key>,
}

impl Order {
    /// Reads `field [asc|desc], …`; empty text is by relevance when there is a query, and by followers, most first.
    /// Errors: each part that is wrong, with what would be accepted.
    pub fn parse(text: &str, has_query: bool, fields: &Fields) -> Result<Self, Vec<String>> {
        let followers = Key { by: By::Field(Field::Metric(FOLLOWERS.to_owned())), descending: true };
        if text.trim().is_empty() {
            let relevance = Key { by: By::Relevance, descending: true };
            return Ok(Self { keys: if has_query { vec![relevance, followers] } else { vec![followers] } });
        }
        let mut keys: Vec<Key> = Vec::new();
        let mut problems = Vec::new();
        for part in text.split(',') {
            match key(part, fields) {
                Ok(key) if keys.iter().any(|known| known.by == key.by) => {
                    problems.push(format!("`{}` stands twice", part.trim()));
                }
                Ok(key) => keys.push(key),
                Err(problem) => problems.push(problem),
            }
        }
        if keys.len() > MAX_KEYS {
            problems.push(format!("{} fields; at most {MAX_KEYS} are accepted", keys.len()));
        }
        if problems.is_empty() { Ok(Self { keys }) } else { Err(problems) }
    }

    /// Compares two places in this order.
    pub fn compare(&self, left: &Place, right: &Place) -> Ordering {
        for (place, key) in self.keys.iter().enumerate() {
            let ordering = match (left.values.get(place), right.values.get(place)) {
                (Some(left), Some(right)) => left.compare(right, key.descending),
                _ => Ordering::Equal,
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
        left.tie.cmp(&right.tie)
    }
}

fn key(part: &str, fields: &Fields) -> Result<Key, String> {
    let words: Vec<&str> = part.split_whitespace().collect();
    let (name, descending) = match words.as_slice() {
        [name] => (*name, false),
        [name, direction] if direction.eq_ignore_ascii_case("asc") => (*name, false),
        [name, direction] if direction.eq_ignore_ascii_case("desc") => (*name, true),
        _ => {
            let shown: String = part.trim().chars().take(80).collect();
            return Err(format!("`{shown}` is not of the form `field`, `field asc` or `field desc`"));
        }
    };
    if name == RELEVANCE {
        return Ok(Key { by: By::Relevance, descending });
    }
    let field = fields.find(name).ok_or_else(|| format!("{}, {RELEVANCE}", fields.unknown(name)))?;
    match field.kind() {
        Kind::Number | Kind::Time | Kind::Text { whole: true } => Ok(Key { by: By::Field(field), descending }),
        _ => Err(format!("`{name}` cannot be ordered by; accepted are {RELEVANCE}, display_name, numbers and times")),
    }
}

/// The value of one key of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Bits that are ordered as the key is, its direction included; `u64::MAX` for a value that is missing.
    Bits(u64),
    /// A text; none for one that is missing.
    Text(Option<String>),
}

impl Value {
    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        match (self, other) {
            (Self::Bits(left), Self::Bits(right)) => left.cmp(right),
            (Self::Text(Some(left)), Self::Text(Some(right))) if descending => right.cmp(left),
            (Self::Text(Some(left)), Self::Text(Some(right))) => left.cmp(right),
            (Self::Text(left), Self::Text(right)) => left.is_none().cmp(&right.is_none()),
            (Self::Bits(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Bits(_)) => Ordering::Greater,
        }
    }
}

/// Where a creator stands in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// One value a key.
    pub values: Vec<Value>,
    /// Decides between creators that are equal in all keys.
    pub tie: u64,
}

/// The bits of a value that are ordered as it is: descending ones inverted, missing ones last.
pub fn bits(ascending: Option<u64>, descending: bool) -> u64 {
    match ascending {
        None => u64::MAX,
        Some(bits) if descending => !bits,
        Some(bits) => bits,
    }
}

/// Decides between creators that are equal in all keys: the first bytes of a hash of the id.
pub fn tie(creator_id: &str) -> u64 {
    let hash = blake3::hash(creator_id.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        Fields::new(["er.views".to_owned()])
    }

    #[test]
    fn an_empty_order_is_by_relevance_only_when_there_is_a_query() {
        let with_query = Order::parse("", true, &fields()).expect("valid");
        assert_eq!(with_query.keys[0].by, By::Relevance);
        let without = Order::parse(" ", false, &fields()).expect("valid");
        assert_eq!(without.keys, [Key { by: By::Field(Field::Metric("followers".into())), descending: true }]);
    }

    #[test]
    fn every_wrong_part_of_an_order_is_told() {
        let problems = Order::parse("er.viws desc, niche, followers down, followers, followers desc", false, &fields())
            .expect_err("four problems");
        assert_eq!(problems.len(), 4, "{problems:?}");
    }

    #[test]
    fn missing_values_come_last_in_both_directions() {
        for descending in [false, true] {
            let by = By::Field(Field::DisplayName);
            let order = Order { keys: vec![Key { by, descending }] };
            let place = |text: Option<&str>| Place { values: vec![Value::Text(text.map(str::to_owned))], tie: 0 };
            assert_eq!(order.compare(&place(Some("a")), &place(None)), Ordering::Less);
            assert!(bits(Some(u64::MAX - 1), descending) < bits(None, descending));
        }
    }
}

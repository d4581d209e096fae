//! Owns how JSON becomes a message: canonical proto3 JSON, told field by field what is wrong. Never where the JSON is from.
//!
//! Names are taken in both forms (`pageSize`, `page_size`), 64-bit integers as numbers and as texts, enums by name and number.
//! Refused are unknown fields, fields given twice, two members of a oneof, numbers out of range, enum values that the contract
//! does not have, and NaN and Infinity, which no field here means.

mod known;
mod scalar;

use std::fmt;

use creatorscope_kit::fault::Violations;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};

use super::{refusal::near, strict::Json};

pub(crate) use self::{known::is_known, scalar::scalar};

/// At most so many problems of one request are told.
const MOST_PROBLEMS: usize = 50;

/// Where a value stands, e.g. `records[3].counts.views`.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    before: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Item(usize),
    Key(&'a str),
}

impl<'a> At<'a> {
    /// The request itself.
    pub(crate) const ROOT: At<'static> = At { before: None, step: Step::Root };

    /// A field of it.
    pub(crate) fn field(&'a self, name: &'a str) -> At<'a> {
        At { before: Some(self), step: Step::Field(name) }
    }

    fn item(&'a self, place: usize) -> At<'a> {
        At { before: Some(self), step: Step::Item(place) }
    }

    fn key(&'a self, key: &'a str) -> At<'a> {
        At { before: Some(self), step: Step::Key(key) }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before {
            before.fmt(f)?;
        }
        let first = self.before.is_none_or(|before| matches!(before.step, Step::Root));
        match self.step {
            Step::Root => Ok(()),
            Step::Field(name) => {
                write!(f, "{}{}", if first { "" } else { "." }, name.chars().take(100).collect::<String>())
            }
            Step::Item(place) => write!(f, "[{place}]"),
            Step::Key(key) => write!(f, "[{:?}]", key.chars().take(100).collect::<String>()),
        }
    }
}

/// What was found wrong with a request so far.
#[derive(Default)]
pub(crate) struct Problems {
    told: Violations,
    count: usize,
}

impl Problems {
    /// Notes a problem; of very many only the first.
    pub(crate) fn add(&mut self, at: At<'_>, reason: &'static str, description: impl Into<String>) {
        self.count += 1;
        if self.count <= MOST_PROBLEMS {
            self.told.add(at.to_string(), reason, description);
        }
    }

    /// Errs with everything that was found.
    pub(crate) fn check(self) -> Result<(), Violations> {
        self.told.check()
    }
}

/// The message that an object stands for; with problems it is incomplete.
pub(crate) fn message(
    descriptor: &MessageDescriptor,
    json: Json,
    at: At<'_>,
    problems: &mut Problems,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    let Json::Object(pairs) = json else {
        problems.add(at, "WRONG_TYPE", format!("is {}; expected is an object", json.kind()));
        return message;
    };
    for (key, json) in pairs {
        let here = at.field(&key);
        let Some(field) = field(descriptor, &key) else {
            problems.add(
                here,
                "UNKNOWN_FIELD",
                format!("is not known; {}", near(&key, names(descriptor).iter().map(String::as_str))),
            );
            continue;
        };
        if matches!(json, Json::Null) && !takes_null(&field) {
            continue;
        }
        if taken(&message, &field, here, problems) {
            continue;
        }
        if let Some(value) = value(&field, json, here, problems) {
            message.set_field(&field, value);
        }
    }
    message
}

/// A field by its JSON name or the name in the contract.
pub(crate) fn field(descriptor: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    descriptor.get_field_by_json_name(name).or_else(|| descriptor.get_field_by_name(name))
}

/// The JSON names of a message's fields.
pub(crate) fn names(descriptor: &MessageDescriptor) -> Vec<String> {
    descriptor.fields().map(|field| field.json_name().to_owned()).collect()
}

/// Whether a field, or another of its oneof, has been given; says so. Fields without presence are not noticed when what was
/// given is their default, which changes nothing.
pub(crate) fn taken(message: &DynamicMessage, field: &FieldDescriptor, at: At<'_>, problems: &mut Problems) -> bool {
    let twice = message.has_field(field);
    if twice {
        problems.add(at, "GIVEN_TWICE", "is given twice");
    }
    twice || has_rival(message, field, at, problems)
}

/// Whether another field of the same oneof has been given; says so.
pub(crate) fn has_rival(
    message: &DynamicMessage,
    field: &FieldDescriptor,
    at: At<'_>,
    problems: &mut Problems,
) -> bool {
    let oneof = field.containing_oneof();
    let rival =
        oneof.as_ref().and_then(|oneof| oneof.fields().find(|other| other != field && message.has_field(other)));
    if let Some(rival) = &rival {
        problems.add(at, "TWO_OF_ONE", format!("cannot be given together with {}", rival.json_name()));
    }
    rival.is_some()
}

fn takes_null(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(kind) if kind.full_name() == "google.protobuf.Value") && !field.is_list()
}

/// The value of a field.
pub(crate) fn value(field: &FieldDescriptor, json: Json, at: At<'_>, problems: &mut Problems) -> Option<Value> {
    if field.is_map() {
        return map(field, json, at, problems);
    }
    if !field.is_list() {
        return single(&field.kind(), json, at, problems);
    }
    let Json::List(items) = json else {
        problems.add(at, "WRONG_TYPE", format!("is {}; expected is a list", json.kind()));
        return None;
    };
    let kind = field.kind();
    let items = items.into_iter().enumerate().map(|(place, item)| single(&kind, item, at.item(place), problems));
    // Read all, so that all problems are found.
    let items: Vec<Option<Value>> = items.collect();
    items.into_iter().collect::<Option<Vec<Value>>>().map(Value::List)
}

/// The value of one item.
pub(crate) fn single(kind: &Kind, json: Json, at: At<'_>, problems: &mut Problems) -> Option<Value> {
    let result = match kind {
        Kind::Message(descriptor) if is_known(descriptor) => known::read(descriptor, json).map(Value::Message),
        Kind::Message(descriptor) => return Some(Value::Message(message(descriptor, json, at, problems))),
        kind => scalar(kind, &json),
    };
    result.map_err(|wrong| problems.add(at, wrong.reason, wrong.description)).ok()
}

fn map(field: &FieldDescriptor, json: Json, at: At<'_>, problems: &mut Problems) -> Option<Value> {
    let Kind::Message(entry) = field.kind() else { return None };
    let Json::Object(pairs) = json else {
        problems.add(at, "WRONG_TYPE", format!("is {}; expected is an object", json.kind()));
        return None;
    };
    let (keys, values) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
    let mut map = std::collections::HashMap::new();
    for (key, json) in pairs {
        let here = at.key(&key);
        let value = single(&values, json, here, problems);
        match map_key(&keys, &key) {
            Ok(read) if map.contains_key(&read) => problems.add(here, "GIVEN_TWICE", "is given twice"),
            Ok(read) => {
                if let Some(value) = value {
                    map.insert(read, value);
                }
            }
            Err(wrong) => problems.add(here, wrong.reason, wrong.description),
        }
    }
    Some(Value::Map(map))
}

fn map_key(kind: &Kind, key: &str) -> Result<MapKey, Wrong> {
    let json = match (kind, key) {
        (Kind::Bool, "true") => Json::Bool(true),
        (Kind::Bool, "false") => Json::Bool(false),
        _ => Json::Text(key.to_owned()),
    };
    let value = scalar(kind, &json)?;
    value.into_map_key().ok_or_else(|| Wrong::new("WRONG_TYPE", "cannot be a key"))
}

/// What is wrong with one value.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) reason: &'static str,
    pub(crate) description: String,
}

impl Wrong {
    fn new(reason: &'static str, description: impl Into<String>) -> Self {
        Self { reason, description: description.into() }
    }

    fn kind(found: &Json, expected: &str) -> Self {
        Self::new("WRONG_TYPE", format!("is {}; expected is {expected}", found.kind()))
    }
}

#[cfg(test)]
mod tests;

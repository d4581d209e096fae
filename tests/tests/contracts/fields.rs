//! Owns the rules that tie a field's name or place to its type and behaviour (AIP-140, 142, 148, 154, 203). Never judges
//! methods.

use prost_reflect::{FieldDescriptor, Kind, Value};

use super::{Contracts, holds};

const TIMESTAMP: &str = "google.protobuf.Timestamp";
/// `OPTIONAL` and `REQUIRED` of `google.api.FieldBehavior`.
const SAYS_WHETHER_NEEDED: [i32; 2] = [1, 2];

/// Timestamps that are not called `…_time`, with the reason.
const OTHER_TIMESTAMPS: [(&str, &str); 3] = [
    ("as_of", "the end of the windows that a number is about: every number carries it, and people say it so"),
    ("expires_at", "carried by every number beside `as_of`"),
    ("time", "a heartbeat has one time and nothing that it could be the time of"),
];

/// Whether a field is one value of the message with this full name.
fn is_message(field: &FieldDescriptor, name: &str) -> bool {
    matches!(field.kind(), Kind::Message(message) if message.full_name() == name)
}

#[test]
fn fields_named_time_are_timestamps_and_timestamps_are_named_time() {
    holds(times);
}

pub(crate) fn times(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for field in contracts.fields() {
        let named = field.name().ends_with("_time");
        let excepted = OTHER_TIMESTAMPS.iter().any(|(name, _)| *name == field.name());
        if is_message(&field, TIMESTAMP) {
            if !named && !excepted {
                found.push(format!("{}: is a Timestamp that does not end in _time", field.full_name()));
            }
        } else if named {
            found.push(format!("{}: ends in _time and is no Timestamp", field.full_name()));
        }
    }
    found
}

#[test]
fn fields_named_count_or_size_are_integers() {
    holds(counts);
}

pub(crate) fn counts(contracts: &Contracts) -> Vec<String> {
    let mut fields = contracts.fields();
    fields.retain(|field| {
        let named = field.name() == "count" || field.name().ends_with("_count") || field.name().ends_with("_size");
        named && (field.is_list() || !matches!(field.kind(), Kind::Int32 | Kind::Int64))
    });
    fields.iter().map(|field| format!("{}: is not an int32 or int64", field.full_name())).collect()
}

#[test]
fn etag_name_parent_and_page_tokens_are_strings() {
    holds(words);
}

pub(crate) fn words(contracts: &Contracts) -> Vec<String> {
    let strings = ["etag", "name", "parent", "filter", "order_by", "request_id", "page_token", "next_page_token"];
    let mut fields = contracts.fields();
    fields.retain(|field| {
        let named = strings.contains(&field.name()) || field.name().ends_with("_token");
        named && (field.is_list() || !matches!(field.kind(), Kind::String))
    });
    fields.iter().map(|field| format!("{}: is not one string", field.full_name())).collect()
}

#[test]
fn masks_are_field_masks() {
    holds(masks);
}

pub(crate) fn masks(contracts: &Contracts) -> Vec<String> {
    let mut fields = contracts.fields();
    fields.retain(|field| field.name().ends_with("_mask") && !is_message(field, "google.protobuf.FieldMask"));
    fields.iter().map(|field| format!("{}: is no FieldMask", field.full_name())).collect()
}

#[test]
fn fields_of_requests_say_whether_they_are_needed() {
    holds(behaviours);
}

pub(crate) fn behaviours(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for method in contracts.methods() {
        for field in method.input().fields() {
            let said = behaviour(contracts, &field);
            if said.iter().filter(|number| SAYS_WHETHER_NEEDED.contains(number)).count() != 1 {
                found.push(format!("{}: field_behavior is not exactly one of OPTIONAL, REQUIRED", field.full_name()));
            }
        }
    }
    found
}

/// The numbers of a field's `google.api.field_behavior`.
pub(crate) fn behaviour(contracts: &Contracts, field: &FieldDescriptor) -> Vec<i32> {
    match contracts.option(&field.options(), "google.api.field_behavior") {
        Some(Value::List(values)) => values.iter().filter_map(Value::as_enum_number).collect(),
        _ => Vec::new(),
    }
}

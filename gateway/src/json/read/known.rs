//! Owns the well-known types that JSON writes in a form of their own: times, durations, masks, wrappers. Never ours.

use prost_reflect::{DynamicMessage, MessageDescriptor, Value};

use super::{Wrong, scalar};
use crate::json::strict::Json;

/// Whether JSON writes the message in a form of its own.
pub(crate) fn is_known(descriptor: &MessageDescriptor) -> bool {
    let Some(name) = descriptor.full_name().strip_prefix("google.protobuf.") else { return false };
    is_wrapper(name)
        || ["Timestamp", "Duration", "FieldMask", "Struct", "Value", "ListValue", "Any", "Empty"].contains(&name)
}

fn is_wrapper(name: &str) -> bool {
    const WRAPPED: [&str; 9] = ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"];
    name.strip_suffix("Value").is_some_and(|wrapped| WRAPPED.contains(&wrapped))
}

/// The message. Errors: another form.
pub(super) fn read(descriptor: &MessageDescriptor, json: Json) -> Result<DynamicMessage, Wrong> {
    let name = descriptor.full_name().trim_start_matches("google.protobuf.");
    let expected = match name {
        "Timestamp" => "a time such as \"2026-03-01T12:00:00Z\"",
        "Duration" => "a duration such as \"1.5s\"",
        "FieldMask" => return mask(descriptor, &json),
        name if is_wrapper(name) => return wrapped(descriptor, &json),
        _ => "JSON of this type",
    };
    if ["Timestamp", "Duration"].contains(&name) && !matches!(json, Json::Text(_)) {
        return Err(Wrong::kind(&json, expected));
    }
    let value: serde_json::Value = json.into();
    let read = DynamicMessage::deserialize(descriptor.clone(), value);
    read.map_err(|error| Wrong::new("WRONG_TYPE", format!("is not {expected}: {error}")))
}

fn wrapped(descriptor: &MessageDescriptor, json: &Json) -> Result<DynamicMessage, Wrong> {
    let mut message = DynamicMessage::new(descriptor.clone());
    if let Some(field) = descriptor.get_field(1) {
        message.set_field(&field, scalar(&field.kind(), json)?);
    }
    Ok(message)
}

/// A mask: paths with commas between, in the names of JSON or of the contract.
fn mask(descriptor: &MessageDescriptor, json: &Json) -> Result<DynamicMessage, Wrong> {
    let Json::Text(text) = json else {
        return Err(Wrong::kind(json, "paths with commas between, e.g. \"name,audience\""));
    };
    let mut paths = Vec::new();
    for path in text.split(',').map(str::trim).filter(|_| !text.is_empty()) {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._*".contains(letter);
        if path.is_empty() || !path.chars().all(plain) {
            return Err(Wrong::new("WRONG_TYPE", "is not a list of paths with commas between, e.g. \"name,audience\""));
        }
        paths.push(Value::String(snake(path)));
    }
    let mut message = DynamicMessage::new(descriptor.clone());
    if let Some(field) = descriptor.get_field(1) {
        message.set_field(&field, Value::List(paths));
    }
    Ok(message)
}

fn snake(path: &str) -> String {
    let mut name = String::with_capacity(path.len() + 4);
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

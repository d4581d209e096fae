//! Owns finding values in a JSON document by path. Never what they mean.

use serde_json::{Map, Value};

/// The value at a path with dots; null when there is none. A key that has the whole path as its name wins, and a path through a
/// list of objects gives the list of what they have there.
pub(super) fn at(value: &Value, path: &str) -> Value {
    match value {
        Value::Object(entries) => {
            if let Some(found) = entries.get(path) {
                return found.clone();
            }
            let Some((key, rest)) = path.split_once('.') else { return Value::Null };
            entries.get(key).map_or(Value::Null, |inner| at(inner, rest))
        }
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| at(item, path)).filter(|item| !item.is_null()).collect())
        }
        _ => Value::Null,
    }
}

/// The value at a path through objects, or the entries of lists by number or by their `name`; none when it is absent
/// or null. A key that has the whole path as its name wins.
pub(super) fn find<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(found) = value.get(path).filter(|_| path.contains('.')) {
        return (!found.is_null()).then_some(found);
    }
    let mut value = value;
    for key in path.split('.') {
        value = match key.parse::<usize>() {
            Ok(place) if value.is_array() => value.get(place)?,
            _ => match value.as_array() {
                Some(items) => items.iter().find(|item| item.get("name").and_then(Value::as_str) == Some(key))?,
                None => value.get(key)?,
            },
        };
    }
    (!value.is_null()).then_some(value)
}

/// Puts a value at a path through objects, unless there is one.
pub(super) fn put(target: &mut Value, path: &str, value: Value) {
    let Some(entries) = target.as_object_mut() else { return };
    match path.split_once('.') {
        None => {
            let slot = entries.entry(path).or_insert(Value::Null);
            if slot.is_null() {
                *slot = value;
            }
        }
        Some((key, rest)) => {
            let slot = entries.entry(key).or_insert_with(|| Value::Object(Map::new()));
            put(slot, rest, value);
        }
    }
}

/// Takes a value out; null when there is none.
pub(super) fn take(target: &mut Value, path: &str) -> Value {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let pointer = if parent.is_empty() { String::new() } else { format!("/{}", parent.replace('.', "/")) };
    target.pointer_mut(&pointer).and_then(|parent| parent.get_mut(key)).map_or(Value::Null, Value::take)
}

/// Every path to a value that is no object.
pub(super) fn paths(value: &Value, prefix: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, inner) in entries {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                paths(inner, &path, found);
            }
        }
        Value::Array(items) if items.first().is_some_and(Value::is_object) => paths(&items[0], prefix, found),
        _ => found.push(prefix.to_owned()),
    }
}

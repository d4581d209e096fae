//! Owns reading Python literals: what `repr` writes of lists, dictionaries, texts, numbers, True, False and None. Never what they
//! mean.

use serde_json::{Map, Value};

use super::lists::python_text;

/// Deepest nesting that is read.
const DEEPEST: usize = 16;

/// Reads a literal; none when the text is no literal or something follows it.
pub(super) fn python(text: &str) -> Option<Value> {
    let (value, rest) = value(text.trim(), 0)?;
    rest.trim().is_empty().then_some(value)
}

fn value(text: &str, depth: usize) -> Option<(Value, &str)> {
    if depth > DEEPEST {
        return None;
    }
    match text.chars().next()? {
        '\'' | '"' => python_text(text).map(|(word, rest)| (Value::String(word), rest)),
        '[' => sequence(&text[1..], ']', depth),
        '(' => sequence(&text[1..], ')', depth),
        '{' => dictionary(&text[1..], depth),
        _ => word(text),
    }
}

fn sequence(text: &str, closing: char, depth: usize) -> Option<(Value, &str)> {
    let mut items = Vec::new();
    let mut rest = text.trim_start();
    while !rest.starts_with(closing) {
        let (item, after) = value(rest, depth + 1)?;
        items.push(item);
        rest = after_comma(after, closing)?;
    }
    Some((Value::Array(items), &rest[1..]))
}

fn dictionary(text: &str, depth: usize) -> Option<(Value, &str)> {
    let mut entries = Map::new();
    let mut rest = text.trim_start();
    while !rest.starts_with('}') {
        let (key, after) = python_text(rest)?;
        let (entry, after) = value(after.trim_start().strip_prefix(':')?.trim_start(), depth + 1)?;
        entries.insert(key, entry);
        rest = after_comma(after, '}')?;
    }
    Some((Value::Object(entries), &rest[1..]))
}

/// What follows an item: the closing bracket, or the next item behind a comma.
fn after_comma(text: &str, closing: char) -> Option<&str> {
    let text = text.trim_start();
    if text.starts_with(closing) { Some(text) } else { text.strip_prefix(',').map(str::trim_start) }
}

fn word(text: &str) -> Option<(Value, &str)> {
    let end = text.find(|c: char| c.is_whitespace() || ",:]})".contains(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let value = match word {
        "None" | "nan" => Value::Null,
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        number => serde_json::from_str(number).ok().filter(Value::is_number)?,
    };
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_literal_is_read_as_python_would_and_anything_else_is_none() {
        for (text, expected) in [
            ("[]", Some(json!([]))),
            (
                "[{'a': 'it\\'s', \"b\": 2}, {'a': None, 'c': True,},]",
                Some(json!([{"a": "it's", "b": 2}, {"a": null, "c": true}])),
            ),
            ("('a', -1.5)", Some(json!(["a", -1.5]))),
            ("[1, 2", None),
            ("[1] x", None),
            ("open('x')", None),
            ("{1: 2}", None),
            (&"[".repeat(1_000), None),
        ] {
            assert_eq!(python(text), expected, "{text}");
        }
    }
}

//! Owns the reading of JSON text, stricter than most: no key twice, bounded depth. Never what a value is for.

use std::{collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// How deep arrays and objects may stand in one another.
pub(crate) const DEPTH: u32 = 64;

/// A JSON value as it was written, keys in their order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A finite number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Each key once.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one value that is the whole text. Errors: what is wrong, with line and column.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let value = Level(DEPTH).deserialize(&mut reader).map_err(|error| error.to_string())?;
        reader.end().map_err(|error| error.to_string())?;
        Ok(value)
    }

    /// What kind of value it is, for people.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl From<Json> for serde_json::Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(value) => Self::Number(value),
            Json::Text(value) => Self::String(value),
            Json::List(items) => Self::Array(items.into_iter().map(Into::into).collect()),
            Json::Object(pairs) => Self::Object(pairs.into_iter().map(|(key, value)| (key, value.into())).collect()),
        }
    }
}

/// How many levels are left.
#[derive(Clone, Copy)]
struct Level(u32);

impl Level {
    fn below<E: Error>(self) -> Result<Self, E> {
        let below = self.0.checked_sub(1).map(Self);
        below.ok_or_else(|| E::custom(format_args!("lists and objects are nested more than {DEPTH} deep")))
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let below = self.below()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(below)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let below = self.below()?;
        let mut pairs: Vec<(String, Json)> = Vec::new();
        let mut many: HashSet<String> = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            // Most objects are small; a set would cost more than a look at each key.
            let twice =
                if pairs.len() < 16 { pairs.iter().any(|(known, _)| *known == key) } else { many.contains(&key) };
            if twice {
                let key: String = key.chars().take(100).collect();
                return Err(A::Error::custom(format_args!("the key `{key}` stands twice in one object")));
            }
            let value = entries.next_value_seed(below)?;
            if pairs.len() == 15 {
                many.extend(pairs.iter().map(|(known, _)| known.clone()));
            }
            if pairs.len() >= 15 {
                many.insert(key.clone());
            }
            pairs.push((key, value));
        }
        Ok(Json::Object(pairs))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_plain_json_is_refused() {
        let deep = format!("{}1{}", "[".repeat(65), "]".repeat(65));
        let very_deep = "[".repeat(1_000_000);
        let many: Vec<String> = (0..40).map(|number| format!("\"k{number}\":1")).collect();
        let late_twice = format!("{{{},\"k30\":2}}", many.join(","));
        let texts: [&[u8]; 16] = [
            b"",
            b" ",
            b"{",
            b"{\"a\":1,\"a\":2}",
            b"{\"a\":1}{}",
            b"NaN",
            b"[Infinity]",
            b"{\"a\":-Infinity}",
            b"1e999",
            b"\"\xff\"",
            b"\"\\ud800\"",
            b"{a:1}",
            b"[1,]",
            deep.as_bytes(),
            very_deep.as_bytes(),
            late_twice.as_bytes(),
        ];
        for text in texts {
            let shown = String::from_utf8_lossy(&text[..text.len().min(50)]).into_owned();
            assert!(Json::parse(text).is_err(), "{shown}");
        }
        assert!(Json::parse(b"{\"a\":1,\"a\":2}").expect_err("twice").contains("`a` stands twice"));
        assert!(Json::parse(format!("{}1{}", "[".repeat(64), "]".repeat(64)).as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            _ = Json::parse(&bytes);
        }
    }
}

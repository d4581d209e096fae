//! Owns the values that go into statements. Never SQL.

use jiff::Timestamp;
use sqlx::{Arguments, postgres::PgArguments, sqlite::SqliteArguments};

/// One value for one placeholder. `None` is NULL; the kind is needed even then, because Postgres types its parameters.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// BIGINT.
    Int(Option<i64>),
    /// DOUBLE PRECISION.
    Real(Option<f64>),
    /// TEXT.
    Text(Option<String>),
    /// BLOB or BYTEA.
    Bytes(Option<Vec<u8>>),
}

macro_rules! from {
    ($($kind:ty => |$value:ident| $arg:expr),+ $(,)?) => {
        $(impl From<$kind> for Arg {
            fn from($value: $kind) -> Self {
                $arg
            }
        })+
    };
}

from! {
    i64 => |value| Self::Int(Some(value)),
    i32 => |value| Self::Int(Some(value.into())),
    bool => |value| Self::Int(Some(value.into())),
    Option<i64> => |value| Self::Int(value),
    f64 => |value| Self::Real(Some(value)),
    Option<f64> => |value| Self::Real(value),
    &str => |value| Self::Text(Some(value.to_owned())),
    String => |value| Self::Text(Some(value)),
    Option<String> => |value| Self::Text(value),
    Vec<u8> => |value| Self::Bytes(Some(value)),
    Option<Vec<u8>> => |value| Self::Bytes(value),
    Timestamp => |value| Self::Int(Some(value.as_microsecond())),
    Option<Timestamp> => |value| Self::Int(value.map(|time| time.as_microsecond())),
}

/// Many texts as one argument, a JSON array; see [`Engine::in_texts`](super::Engine::in_texts).
pub fn json_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Arg {
    let array: Vec<&str> = texts.into_iter().collect();
    Arg::Text(Some(serde_json::Value::from(array).to_string()))
}

/// Adding a plain value to the arguments fails only when its encoding does, which it cannot for these four kinds.
const ENCODES: &str = "integers, floats, texts and bytes always encode";

#[allow(clippy::expect_used, reason = "see ENCODES")]
pub(super) fn bind_sqlite(args: Vec<Arg>) -> SqliteArguments {
    let mut bound = SqliteArguments::default();
    for arg in args {
        match arg {
            Arg::Int(value) => bound.add(value),
            Arg::Real(value) => bound.add(value),
            Arg::Text(value) => bound.add(value),
            Arg::Bytes(value) => bound.add(value),
        }
        .expect(ENCODES);
    }
    bound
}

#[allow(clippy::expect_used, reason = "see ENCODES")]
pub(super) fn bind_postgres(args: Vec<Arg>) -> PgArguments {
    let mut bound = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Int(value) => bound.add(value),
            Arg::Real(value) => bound.add(value),
            Arg::Text(value) => bound.add(value),
            Arg::Bytes(value) => bound.add(value),
        }
        .expect(ENCODES);
    }
    bound
}

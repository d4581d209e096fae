//! Owns columns of a table in memory: their types and their values until they are written. Never a file.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Text.
    Text,
    /// Several texts.
    Texts,
    /// Whole numbers.
    Count,
    /// Numbers.
    Number,
    /// Yes or no.
    Flag,
    /// Microseconds since the epoch, UTC.
    Time,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) holds: Type,
}

impl Column {
    pub(super) fn new(name: impl Into<String>, holds: Type) -> Self {
        Self { name: name.into(), holds }
    }
}

/// One value of a row; `None` and `Texts` without entries are what is not known.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    None,
    Text(String),
    Texts(Vec<String>),
    Count(i64),
    Number(f64),
    Flag(bool),
    Time(i64),
}

impl Value {
    /// A text; none when it is empty.
    pub(super) fn text(text: &str) -> Self {
        if text.is_empty() { Self::None } else { Self::Text(text.to_owned()) }
    }

    /// Several texts.
    pub(super) fn texts(texts: &[String]) -> Self {
        Self::Texts(texts.to_vec())
    }

    /// A whole number.
    pub(super) fn count(count: Option<i64>) -> Self {
        count.map_or(Self::None, Self::Count)
    }

    /// Yes or no.
    pub(super) fn flag(flag: Option<bool>) -> Self {
        flag.map_or(Self::None, Self::Flag)
    }

    /// A time of the contracts.
    pub(super) fn time(time: Option<&prost_types::Timestamp>) -> Self {
        time.map_or(Self::None, |time| {
            Self::Time(time.seconds.saturating_mul(1_000_000).saturating_add(i64::from(time.nanos) / 1_000))
        })
    }
}

//! Owns what is wrong with a row: the reasons, where it stands and what would be accepted. Never decides that something is
//! wrong.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Longest value that is shown, in characters.
const SHOWN: usize = 100;

/// Why a cell's text is not what its field needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// UPPER_SNAKE reason for machines.
    pub(super) reason: &'static str,
    /// What would be accepted, for people.
    pub(super) accepted: Cow<'static, str>,
}

impl Unreadable {
    pub(super) fn new(reason: &'static str, accepted: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, accepted: accepted.into() }
    }
}

/// One thing that is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Number of the column in the file, from 1; none when the problem is not in one cell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<usize>,
    /// Name of the column in the file; empty when the problem is not in one cell.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub header: String,
    /// The field that the cell was meant for, e.g. `counts.views`; for JSON the path in the item.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub field: String,
    /// What was found, cut to 100 characters.
    pub value: String,
    /// UPPER_SNAKE reason; append-only.
    pub reason: Cow<'static, str>,
    /// What would be accepted.
    pub accepted: String,
}

impl Problem {
    /// A problem of the whole row.
    pub(super) fn of_row(reason: &'static str, value: &str, accepted: impl Into<String>) -> Self {
        Self::of_field("", reason, value, accepted)
    }

    /// A problem of one field that has no column, as in JSON.
    pub(super) fn of_field(field: &str, reason: &'static str, value: &str, accepted: impl Into<String>) -> Self {
        Self {
            column: None,
            header: String::new(),
            field: field.into(),
            value: cut(value),
            reason: reason.into(),
            accepted: accepted.into(),
        }
    }

    /// One line for people.
    pub(super) fn sentence(&self) -> String {
        let mut place = match (self.column, self.header.as_str()) {
            (Some(column), "") => format!("column {column}: "),
            (Some(column), header) => format!("column {column} `{header}`: "),
            (None, _) => String::new(),
        };
        if !self.field.is_empty() {
            place = format!("{place}{} ", self.field);
        }
        format!("{place}`{}` is {}; accepted: {}", self.value, self.reason, self.accepted)
    }
}

/// Cuts a value to what is shown, on one line.
pub(super) fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Why a whole file was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// UPPER_SNAKE reason; append-only.
    pub reason: &'static str,
    /// Everything that is wrong, one sentence each; at least one.
    pub problems: Vec<String>,
}

impl Refusal {
    pub(super) fn new(reason: &'static str, problem: impl Into<String>) -> Self {
        Self { reason, problems: vec![problem.into()] }
    }
}

//! Owns the untyped tree of a filter and its text form. Never which fields exist.

use std::{fmt, ops::Range};

/// A part of a filter, as written. Equality leaves the span out.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Where it stands, in characters.
    pub(super) span: Range<usize>,
    /// What it is.
    pub(super) kind: NodeKind,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NodeKind {
    /// Two and more.
    And(Vec<Node>),
    /// Two and more.
    Or(Vec<Node>),
    Not(Box<Node>),
    Restriction {
        field: String,
        /// As in `field:key > 0.3`.
        key: Option<String>,
        comparator: Comparator,
        value: Value,
    },
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Has,
}

impl Comparator {
    pub(super) const ALL: [Self; 7] =
        [Self::NotEqual, Self::LessOrEqual, Self::GreaterOrEqual, Self::Equal, Self::Less, Self::Greater, Self::Has];

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Has => ":",
        }
    }
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// `*`
    Any,
    /// `beauty`, `"long hair"`, `beau*`
    One(Atom),
    /// `10..20`, `10..`, `..20`
    Range(Option<Atom>, Option<Atom>),
}

/// A word or a quoted string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) text: String,
    /// Whether `*` follows.
    pub(super) prefix: bool,
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            NodeKind::And(parts) => joined(f, parts, " AND "),
            NodeKind::Or(parts) => joined(f, parts, " OR "),
            NodeKind::Not(part) => {
                f.write_str("NOT ")?;
                operand(f, part)
            }
            NodeKind::Restriction { field, key, comparator, value } => {
                f.write_str(field)?;
                if let Some(key) = key {
                    write!(f, ":{}", Atom { text: key.clone(), prefix: false })?;
                }
                write!(f, " {} {value}", comparator.sign())
            }
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Node], separator: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(separator)?;
        }
        operand(f, part)?;
    }
    Ok(())
}

fn operand(f: &mut fmt::Formatter<'_>, part: &Node) -> fmt::Result {
    match part.kind {
        NodeKind::And(_) | NodeKind::Or(_) => write!(f, "({part})"),
        NodeKind::Not(_) | NodeKind::Restriction { .. } => write!(f, "{part}"),
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::One(atom) => write!(f, "{atom}"),
            Self::Range(low, high) => {
                if let Some(low) = low {
                    write!(f, "{low}")?;
                }
                f.write_str("..")?;
                if let Some(high) = high {
                    write!(f, "{high}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for letter in self.text.chars() {
            match letter {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                other => write!(f, "{other}")?,
            }
        }
        f.write_str(if self.prefix { "\"*" } else { "\"" })
    }
}

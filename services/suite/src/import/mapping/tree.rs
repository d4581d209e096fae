//! Owns reading TOML into values that know where they stand, and collecting everything that is wrong. Never what a key means.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

/// The key under which the parser gives a date that is written without quotes.
const BARE_DATE: &str = "$__toml_private_datetime";

/// A value of a TOML file.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Table(BTreeMap<String, Spanned<Node>>),
    List(Vec<Node>),
    Text(String),
    Whole(i64),
    Fraction(f64),
    Flag(bool),
}

impl Node {
    fn kind(&self) -> &'static str {
        match self {
            Self::Table(_) => "a table",
            Self::List(_) => "a list",
            Self::Text(_) => "a text",
            Self::Whole(_) => "a whole number",
            Self::Fraction(_) => "a fraction",
            Self::Flag(_) => "true or false",
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a TOML value")
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Flag(flag))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Whole(number))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Fraction(number))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut table = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == BARE_DATE {
                return Ok(Node::Text(map.next_value()?));
            }
            table.insert(key, map.next_value()?);
        }
        Ok(Node::Table(table))
    }
}

/// Everything that is wrong with a file, with line and column.
pub(super) struct Problems<'a> {
    text: &'a str,
    found: Vec<(usize, String)>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    pub(super) fn add(&mut self, place: &Range<usize>, message: impl Into<String>) {
        self.found.push((place.start, message.into()));
    }

    /// The problems in the order of the file, each as `line 3, column 5: …`.
    pub(super) fn into_sentences(mut self) -> Vec<String> {
        self.found.sort();
        let text = self.text;
        let place = |at: usize| {
            let before = text.get(..at).unwrap_or(text);
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            (before.matches('\n').count() + 1, column)
        };
        self.found
            .into_iter()
            .map(|(at, message)| {
                let (line, column) = place(at);
                format!("line {line}, column {column}: {message}")
            })
            .collect()
    }
}

/// A table whose keys are taken one by one; what is left over is unknown.
pub(super) struct Table {
    path: String,
    pub(super) place: Range<usize>,
    entries: BTreeMap<String, Spanned<Node>>,
}

impl Table {
    /// The table of the whole file. Errors: text that is no TOML, as one sentence.
    pub(super) fn of_file(text: &str) -> Result<Self, String> {
        let entries = toml::from_str::<BTreeMap<String, Spanned<Node>>>(text).map_err(|error| {
            let mut problems = Problems::new(text);
            problems.add(&error.span().unwrap_or_default(), format!("this is no TOML: {}", error.message()));
            problems.into_sentences().concat()
        })?;
        Ok(Self { path: String::new(), place: 0..0, entries })
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<(Range<usize>, Node)> {
        self.entries.remove(key).map(|node| (node.span(), node.into_inner()))
    }

    pub(super) fn text(&mut self, key: &str, problems: &mut Problems<'_>) -> Option<(Range<usize>, String)> {
        match self.take(key)? {
            (place, Node::Text(text)) => Some((place, text)),
            (place, other) => self.wrong(key, &place, "a text", &other, problems),
        }
    }

    pub(super) fn whole(&mut self, key: &str, problems: &mut Problems<'_>) -> Option<(Range<usize>, i64)> {
        match self.take(key)? {
            (place, Node::Whole(number)) => Some((place, number)),
            (place, other) => self.wrong(key, &place, "a whole number", &other, problems),
        }
    }

    pub(super) fn flag(&mut self, key: &str, problems: &mut Problems<'_>) -> Option<(Range<usize>, bool)> {
        match self.take(key)? {
            (place, Node::Flag(flag)) => Some((place, flag)),
            (place, other) => self.wrong(key, &place, "true or false", &other, problems),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &str, problems: &mut Problems<'_>) -> Option<Vec<String>> {
        let (place, node) = self.take(key)?;
        let Node::List(items) = node else { return self.wrong(key, &place, "a list of texts", &node, problems) };
        let mut texts = Vec::new();
        for item in items {
            match item {
                Node::Text(text) => texts.push(text),
                other => return self.wrong(key, &place, "a list of texts", &other, problems),
            }
        }
        Some(texts)
    }

    pub(super) fn table(&mut self, key: &str, problems: &mut Problems<'_>) -> Option<Self> {
        let path = self.path_of(key);
        match self.take(key)? {
            (place, Node::Table(entries)) => Some(Self { path, place, entries }),
            (place, other) => self.wrong(key, &place, "a table", &other, problems),
        }
    }

    /// A table, or a list of tables.
    pub(super) fn tables(&mut self, key: &str, problems: &mut Problems<'_>) -> Vec<Self> {
        let path = self.path_of(key);
        let Some((place, node)) = self.take(key) else { return Vec::new() };
        let nodes = match node {
            Node::List(nodes) => nodes,
            node => vec![node],
        };
        let mut tables = Vec::new();
        for node in nodes {
            match node {
                Node::Table(entries) => tables.push(Self { path: path.clone(), place: place.clone(), entries }),
                other => {
                    self.wrong::<()>(key, &place, "a table or a list of tables", &other, problems);
                }
            }
        }
        tables
    }

    /// A table that stands at a value already taken.
    pub(super) fn nested(&self, key: &str, place: Range<usize>, entries: BTreeMap<String, Spanned<Node>>) -> Self {
        Self { path: self.path_of(key), place, entries }
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.entries.keys().cloned().collect()
    }

    /// Every key that was not taken is a problem.
    pub(super) fn finish(self, accepted: &str, problems: &mut Problems<'_>) {
        for (key, node) in &self.entries {
            problems.add(&node.span(), format!("`{}` is not a key; accepted: {accepted}", self.path_of(key)));
        }
    }

    fn wrong<T>(
        &self,
        key: &str,
        place: &Range<usize>,
        wanted: &str,
        found: &Node,
        problems: &mut Problems<'_>,
    ) -> Option<T> {
        problems.add(place, format!("`{}` is {}; accepted: {wanted}", self.path_of(key), found.kind()));
        None
    }
}

//! Owns which shape a JSON document has and what it yields: one table of shapes for all platforms. Never where a document came
//! from and never how one value is read.

use creatorscope_domain::{CreatorId, Platform, Source};
use jiff::Timestamp;
use serde_json::Value;

use super::documents::{Meaning, Part, is_error};
use super::items::{Items, Profile};
use super::problem::{Problem, cut};
use super::rows::UNTOLD;
use super::values;

use fields::{Paths, Reader};

mod fields;
mod instagram;
mod tiktok;
mod youtube;

/// Deepest document in a document.
const DEEPEST: usize = 6;

/// One shape of document.
pub(super) struct Shape {
    /// What it is, for people.
    name: &'static str,
    platform: Platform,
    source: Source,
    /// All of these hold for documents of this shape.
    marks: &'static [Mark],
    yields: Yields,
    /// Documents in it that yield rows of their own.
    children: &'static [Child],
}

/// What tells a shape.
enum Mark {
    /// A value at this path.
    Has(&'static str),
    /// A value at one of these paths.
    Any(&'static [&'static str]),
    /// None at this path.
    Lacks(&'static str),
    /// This text at this path.
    Is(&'static str, &'static str),
}

/// What a document of a shape yields besides its children.
enum Yields {
    Nothing,
    /// What these fields say.
    Fields(&'static [Paths]),
    /// What a function reads.
    Read(fn(Value, Timestamp, Timestamp) -> Result<Items, Vec<Problem>>),
}

/// Documents in a document, and what they need of it: where it goes in them and where it is in the outer one, or `=` and a
/// word.
struct Child {
    path: &'static str,
    given: &'static [(&'static str, &'static str)],
}

/// Every shape; the first one that fits is taken.
fn shapes() -> impl Iterator<Item = &'static Shape> {
    youtube::SHAPES.iter().chain(tiktok::SHAPES).chain(instagram::SHAPES)
}

/// Where documents are that are packed into others: a list, or one document.
const WRAPPERS: [&str; 29] = [
    "data.videos",
    "data.comments",
    "data.user",
    "data.xdt_api__v1__feed__user_timeline_graphql_connection.edges",
    "data.xdt_shortcode_media",
    "data.shortcode_media",
    "graphql.shortcode_media",
    "graphql.user",
    "business_discovery",
    "userInfo",
    "itemInfo.itemStruct",
    "itemStruct",
    "aweme_detail",
    "aweme_info",
    "videos",
    "comments",
    "itemList",
    "item_list",
    "aweme_list",
    "collector",
    "items",
    "edges",
    "media_or_ad",
    "media.data",
    "node",
    "posts",
    "latestPosts",
    "topPosts",
    "data",
];

/// Reads the platforms' own JSON.
pub(super) struct Native {
    /// The platform that is asked for; none for any.
    pub(super) platform: Option<Platform>,
    /// Whose documents are that do not say it themselves.
    pub(super) creator: Option<String>,
    pub(super) observed_at: Timestamp,
    pub(super) now: Timestamp,
}

impl Meaning for Native {
    fn has_pages(&self) -> bool {
        true
    }

    fn read(&self, mut value: Value, kind: &str) -> Vec<Part> {
        let present = |key: &str| values::find(&value, key);
        if !value.is_object() || present("kind").is_some_and(|kind| !kind.is_string()) {
            return vec![self.refused(&value, "it is not a response")];
        }
        if present("error").is_some_and(is_error) {
            return vec![self.refused(&value, "the API's answer is an error")];
        }
        let own = present("kind").and_then(Value::as_str).unwrap_or_default();
        if own.ends_with("ListResponse") && present("items").is_none() {
            return Vec::new();
        }
        if !kind.is_empty() {
            values::put(&mut value, "kind", kind.replace("ListResponse", "").replace("Response", "").into());
        }
        let mut parts = Vec::new();
        self.expand(value, "", 0, &mut parts);
        parts
    }

    fn accepted(&self, why: &str) -> String {
        let known: Vec<&str> = shapes()
            .filter(|shape| self.platform.is_none_or(|platform| platform == shape.platform))
            .map(|shape| shape.name)
            .collect();
        format!("{}, alone or in responses and lists; {why}", known.join(", "))
    }
}

impl Native {
    /// Reads a document and those in it. Parts below the top have their own text, so that they can be imported by themselves.
    fn expand(&self, mut value: Value, path: &str, depth: usize, parts: &mut Vec<Part>) {
        let raw = |value: &Value| (depth > 0).then(|| value.to_string().into_bytes());
        let Some(shape) = shape_of(&value) else {
            let packed =
                WRAPPERS.iter().find(|path| values::find(&value, path).is_some_and(|inner| !inner.is_string()));
            match packed.filter(|_| depth < DEEPEST) {
                Some(wrapper) => self.children(&mut value, &Child { path: wrapper, given: &[] }, path, depth, parts),
                None => parts.push(Part { raw: raw(&value), path: path.to_owned(), ..self.not_importable(&value) }),
            }
            return;
        };
        if let Some(platform) = self.platform.filter(|platform| *platform != shape.platform) {
            let why = format!("this is {} and not of {}", shape.name, platform.slug());
            parts.push(Part { raw: raw(&value), path: path.to_owned(), ..self.refused(&value, &why) });
            return;
        }
        let whole = raw(&value);
        let mut below = Vec::new();
        if depth < DEEPEST {
            for child in shape.children {
                self.children(&mut value, child, path, depth, &mut below);
            }
        }
        match &shape.yields {
            Yields::Nothing => {}
            Yields::Read(read) => {
                let content = read(value, self.observed_at, self.now);
                parts.push(Part { path: path.to_owned(), raw: whole, content });
            }
            Yields::Fields(fields) => {
                let content = self.fields(shape, fields, &value);
                // The children have rows of their own: mending this one must not bring them again.
                let raw = if below.is_empty() { whole } else { Some(value.to_string().into_bytes()) };
                parts.push(Part { path: path.to_owned(), raw, content });
            }
        }
        parts.append(&mut below);
    }

    fn children(&self, value: &mut Value, child: &Child, path: &str, depth: usize, parts: &mut Vec<Part>) {
        let given: Vec<(&str, Value)> = child
            .given
            .iter()
            .filter_map(|(to, from)| match from.strip_prefix('=') {
                Some(word) => Some((*to, Value::from(word))),
                None => values::find(value, from).map(|given| (*to, given.clone())),
            })
            .collect();
        let found = values::take(value, child.path);
        let (items, listed) = match found {
            Value::Array(items) => (items, true),
            Value::Null => return,
            one => (vec![one], false),
        };
        for (place, mut item) in items.into_iter().enumerate() {
            for (to, given) in &given {
                values::put(&mut item, to, given.clone());
            }
            let place = if listed { format!("[{place}]") } else { String::new() };
            let path = format!("{path}{}{place}.", child.path);
            self.expand(item, &path, depth + 1, parts);
        }
    }

    fn fields(&self, shape: &Shape, fields: &[Paths], value: &Value) -> Result<Items, Vec<Problem>> {
        let mut reader = Reader::new(shape.platform, shape.source, self.observed_at, self.now);
        let wants = fields::wants(fields, shape.source);
        let mut draft = reader.draft(fields, value);
        if draft.creator.is_none() && reader.problems.is_empty() {
            let told = self.creator.as_deref().or(wants.comment.then_some(UNTOLD));
            match told.map(|told| CreatorId::new(shape.platform, told)) {
                Some(Ok(creator)) => draft.creator = Some(creator),
                _ => {
                    let accepted = "a document that says whose it is, or --creator for those that do not";
                    reader.problems.push(Problem::of_field("creator.id", "MISSING_ID", "", accepted));
                }
            }
        }
        if wants.comment {
            draft.end_comment();
        }
        if !reader.problems.is_empty() {
            return Err(reader.problems);
        }
        let mut items = draft.finish(&wants, self.observed_at).map_err(|problem| vec![*problem])?;
        items.profile = items.profile.filter(|profile| *profile != Profile::default());
        Ok(items)
    }

    fn refused(&self, value: &Value, why: &str) -> Part {
        let problem = Problem::of_row("NOT_IMPORTABLE", &cut(&value.to_string()), self.accepted(why));
        Part { path: String::new(), raw: None, content: Err(vec![problem]) }
    }

    fn not_importable(&self, value: &Value) -> Part {
        if let Some(kind) = value.get("kind").and_then(Value::as_str) {
            let problem = Problem::of_field("kind", "NOT_IMPORTABLE", kind, self.accepted(youtube::why_not(kind)));
            return Part { path: String::new(), raw: None, content: Err(vec![problem]) };
        }
        self.refused(value, "it has none of these shapes")
    }
}

fn shape_of(value: &Value) -> Option<&'static Shape> {
    value.is_object().then(|| shapes().find(|shape| shape.marks.iter().all(|mark| mark.holds(value)))).flatten()
}

impl Mark {
    fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Has(path) => values::find(value, path).is_some(),
            Self::Any(paths) => paths.iter().any(|path| values::find(value, path).is_some()),
            Self::Lacks(path) => values::find(value, path).is_none(),
            Self::Is(path, text) => values::find(value, path).and_then(Value::as_str) == Some(text),
        }
    }
}

#[cfg(test)]
#[path = "shapes/tests.rs"]
mod tests;

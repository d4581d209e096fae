//! Owns what a mapping file says: which column becomes which field, and how its cells are read. Never a row.

use creatorscope_domain::{Platform, Source};

use super::dates::{DateForm, DurationForm};
use super::draft::Wants;
use super::encoding::Encoding;
use super::lists::ListForm;
use super::numbers::NumberForm;

mod read;
mod spec;
mod tree;

pub(super) use read::read;

/// A mapping file.
#[derive(Debug, Clone)]
pub(super) struct Mapping {
    /// The platform of all creators and posts.
    pub(super) platform: Platform,
    /// Where the numbers come from; a file unless the mapping says better.
    pub(super) source: Source,
    /// What the mapping says between cells; none to take it from the header.
    pub(super) delimiter: Option<u8>,
    /// How the file writes characters.
    pub(super) encoding: Encoding,
    /// Cells that say nothing, in every column.
    pub(super) missing: Vec<String>,
    /// What each field is made of.
    pub(super) fields: Vec<Field>,
    /// The column that holds a list of comments, and how it is written; then the fields of `comment` are keys of its entries.
    pub(super) comments: Option<(String, ListForm)>,
}

/// One field and what it is made of.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Its path, e.g. `counts.views`.
    pub(super) path: &'static str,
    /// Where its text comes from.
    pub(super) origin: Origin,
    /// Cells that say nothing, besides the mapping's.
    pub(super) missing: Vec<String>,
    /// Cells that say that the count is hidden.
    pub(super) hidden_if: Vec<String>,
    /// Another column and the cells that say that this count is hidden.
    pub(super) hidden_when: Option<(String, Vec<String>)>,
    /// What the beginning of the text is replaced by.
    pub(super) prefix: Option<(String, String)>,
    /// Texts and what stands for them.
    pub(super) values: Vec<(String, String)>,
    /// Other files that translate the text, one after another.
    pub(super) lookups: Vec<Lookup>,
    /// How the text is read.
    pub(super) reading: Reading,
}

/// Where the text of a field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// A column.
    Column(String),
    /// The same in every row.
    Constant(String),
    /// Text with columns in it.
    Template(Vec<Part>),
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// As it stands.
    Text(String),
    /// The cell of a column.
    Column(String),
}

/// A file beside the imported one in which a column finds its translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lookup {
    /// Its path, relative to the imported file.
    pub(super) file: String,
    /// The column that holds the text.
    pub(super) key: String,
    /// The column that holds the translation.
    pub(super) value: String,
}

/// How the text of a field is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// As it is.
    Text,
    /// The platform's id of the creator.
    CreatorId,
    /// A name from which the creator's id is made.
    CreatorName,
    /// The platform's id of the post.
    PostId,
    /// A count, 0 and more.
    Count(NumberForm),
    /// A time.
    Time(DateForm),
    /// A list of words.
    List(ListForm),
    /// A length of time.
    Length(DurationForm),
    /// A form of post.
    Format,
    /// Yes or no.
    Flag,
    /// ISO 3166-1 alpha-2.
    Country,
}

/// What kinds of reading a field allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    CreatorId,
    PostId,
    Count,
    Time,
    List,
    Length,
    Format,
    Flag,
    Country,
}

/// Every field that a row can yield: table, key, kind. `observed_at` stands outside the tables.
pub(super) const FIELDS: [(&str, Kind); 44] = [
    ("observed_at", Kind::Time),
    ("creator.id", Kind::CreatorId),
    ("creator.display_name", Kind::Text),
    ("creator.handle", Kind::Text),
    ("creator.bio", Kind::Text),
    ("creator.country", Kind::Country),
    ("creator.emails", Kind::List),
    ("creator.agency", Kind::Text),
    ("creator.contact_links", Kind::List),
    ("creator.languages", Kind::List),
    ("creator.niches", Kind::List),
    ("creator.topics", Kind::List),
    ("creator.links", Kind::List),
    ("creator.verified", Kind::Flag),
    ("creator.account_create_time", Kind::Time),
    ("account.followers", Kind::Count),
    ("account.following", Kind::Count),
    ("account.total_views", Kind::Count),
    ("account.total_likes", Kind::Count),
    ("account.total_posts", Kind::Count),
    ("post.id", Kind::PostId),
    ("post.publish_time", Kind::Time),
    ("post.title", Kind::Text),
    ("post.caption", Kind::Text),
    ("post.hashtags", Kind::List),
    ("post.format", Kind::Format),
    ("post.duration", Kind::Length),
    ("post.language", Kind::Text),
    ("post.sponsored", Kind::Flag),
    ("post.category", Kind::Text),
    ("counts.views", Kind::Count),
    ("counts.likes", Kind::Count),
    ("counts.dislikes", Kind::Count),
    ("counts.comments", Kind::Count),
    ("counts.shares", Kind::Count),
    ("counts.saves", Kind::Count),
    ("comment.id", Kind::Text),
    ("comment.text", Kind::Text),
    ("comment.author", Kind::Text),
    ("comment.language", Kind::Text),
    ("comment.publish_time", Kind::Time),
    ("comment.likes", Kind::Count),
    ("comment.reply_to", Kind::Text),
    ("comment.author_country", Kind::Country),
];

impl Mapping {
    /// The columns that the file must have, in the order of the mapping, each once.
    pub(super) fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.comments.iter().map(|(column, _)| column.as_str()).collect();
        for field in self.fields.iter().filter(|field| !self.is_in_list(field)) {
            let hidden = field.hidden_when.iter().map(|(column, _)| column.as_str());
            for column in field.origin.columns().into_iter().chain(hidden) {
                if !columns.contains(&column) {
                    columns.push(column);
                }
            }
        }
        columns
    }

    /// Whether a field is read from the entries of a list of comments.
    pub(super) fn is_in_list(&self, field: &Field) -> bool {
        self.comments.is_some() && field.path.starts_with("comment.")
    }

    /// What its rows say.
    pub(super) fn wants(&self) -> Wants {
        Wants {
            creator: self.yields("creator"),
            post: self.yields("post"),
            counts: self.yields("counts"),
            comment: self.yields("comment"),
            source: self.source,
        }
    }

    /// Whether a row says anything in this table besides ids.
    pub(super) fn yields(&self, table: &str) -> bool {
        self.fields
            .iter()
            .any(|field| field.path.split_once('.').is_some_and(|(found, key)| found == table && key != "id"))
    }

    /// Whether the mapping has this field.
    pub(super) fn has(&self, path: &str) -> bool {
        self.fields.iter().any(|field| field.path == path)
    }
}

impl Origin {
    /// The columns that it needs.
    pub(super) fn columns(&self) -> Vec<&str> {
        match self {
            Self::Column(column) => vec![column],
            Self::Constant(_) => Vec::new(),
            Self::Template(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    Part::Column(column) => Some(column.as_str()),
                    Part::Text(_) => None,
                })
                .collect(),
        }
    }
}

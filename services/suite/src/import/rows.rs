//! Owns turning the cells of one record into what the row yields, as a mapping says. Never reads a file.

use std::borrow::Cow;
use std::collections::HashMap;

use creatorscope_domain::{CreatorId, NameError, PostFormat, PostId};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::dates;
use super::draft::{Draft, Value, Wants};
use super::items::Items;
use super::lists;
use super::literal;
use super::mapping::{Field, Mapping, Origin, Part, Reading};
use super::numbers::{self, refuse_spreadsheet_error};
use super::problem::{Problem, Unreadable};
use super::scan::Cell;

/// Stands for a creator whom the source does not tell, with comments only.
pub(super) const UNTOLD: &str = "-";
/// How far a time may lie in the future: clocks differ.
pub(super) const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Translations of a lookup file; none for keys that have several.
pub(super) type Translations = HashMap<String, Option<String>>;

/// A mapping bound to the header of one file.
pub(super) struct RowReader<'a> {
    mapping: &'a Mapping,
    wants: Wants,
    fields: Vec<Bound<'a>>,
    /// Where the list of comments is, and what the fields of a comment are in its entries.
    comments: Option<(usize, lists::ListForm, Vec<&'a str>)>,
    observed_at: Timestamp,
    now: Timestamp,
}

struct Bound<'a> {
    field: &'a Field,
    columns: Vec<usize>,
    hidden_when: Option<(usize, &'a [String])>,
    translations: Vec<Translations>,
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Record<'a> {
    /// Its text and where its cells lie.
    Cells(&'a str, &'a [Cell]),
    /// Its values, in the order of the columns.
    Values(&'a [Json]),
}

impl<'a> Record<'a> {
    fn cell(&self, column: usize) -> Cow<'a, str> {
        let text = match self {
            Self::Cells(text, cells) => cells.get(column).map(|cell| cell.text(text)).unwrap_or_default(),
            Self::Values(values) => match values.get(column) {
                None | Some(Json::Null) => Cow::default(),
                Some(Json::String(text)) => Cow::Borrowed(text.as_str()),
                Some(other) => Cow::Owned(other.to_string()),
            },
        };
        match text {
            Cow::Borrowed(text) => text.trim().into(),
            Cow::Owned(text) => text.trim().to_owned().into(),
        }
    }

    /// A list of texts where the file has lists, not texts of lists.
    fn list(&self, column: usize) -> Option<Vec<String>> {
        let Self::Values(values) = self else { return None };
        let word = |item: &Json| match item {
            Json::String(text) => Some(text.trim().trim_start_matches(['#', '＃']).to_owned()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let words: Option<Vec<String>> = values.get(column)?.as_array()?.iter().map(word).collect();
        words.map(|words| words.into_iter().filter(|word| !word.is_empty()).collect())
    }
}

/// What a cell says before it is read.
enum Said<'a> {
    Nothing,
    Hidden,
    Text(Cow<'a, str>),
    Words(Vec<String>),
}

impl<'a> RowReader<'a> {
    /// Binds a mapping to the columns of a file. `places` must have every column of the mapping; `translations` are in the order
    /// of the mapping's fields. `observed_at` is for rows that do not say when they were read.
    pub(super) fn new(
        mapping: &'a Mapping,
        places: &HashMap<&str, usize>,
        translations: Vec<Vec<Translations>>,
        observed_at: Timestamp,
        now: Timestamp,
    ) -> Self {
        let in_list = mapping.fields.iter().filter(|field| mapping.is_in_list(field));
        let keys: Vec<&str> = in_list.flat_map(|field| field.origin.columns()).collect();
        let place = |column: &str| places.get(column).copied().unwrap_or(usize::MAX);
        let of_field = |field: &Field, column: &str| match mapping.is_in_list(field) {
            true => keys.iter().position(|key| *key == column).unwrap_or(usize::MAX),
            false => place(column),
        };
        let fields = mapping
            .fields
            .iter()
            .zip(translations)
            .map(|(field, translations)| Bound {
                field,
                columns: field.origin.columns().into_iter().map(|column| of_field(field, column)).collect(),
                hidden_when: field.hidden_when.as_ref().map(|(column, values)| (place(column), values.as_slice())),
                translations,
            })
            .collect();
        let comments = mapping.comments.as_ref().map(|(column, form)| (place(column), *form, keys));
        Self { mapping, wants: mapping.wants(), fields, comments, observed_at, now }
    }

    /// Reads one record. Errors: everything that is wrong with it.
    pub(super) fn read(&self, record: Record<'_>) -> Result<Items, Vec<Problem>> {
        let record = &record;
        let mut draft = Draft::default();
        let mut problems = Vec::new();
        let in_list = |bound: &&Bound<'_>| self.mapping.is_in_list(bound.field);
        for bound in self.fields.iter().filter(|bound| !in_list(bound)) {
            self.set(bound, record, &mut draft, &mut problems);
        }
        if self.wants.comment {
            self.comments(record, &mut draft, &mut problems);
            let nobody = CreatorId::new(self.mapping.platform, UNTOLD).ok();
            draft.creator = draft.creator.or(nobody);
        }
        if let Some(problem) = self.published_too_late(&draft, record) {
            problems.push(problem);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut items = draft.finish(&self.wants, self.observed_at);
        if let Err(missing) = &mut items {
            let known = self.fields.iter().find(|bound| bound.field.path == missing.field);
            if let Some(bound) = known {
                let named = bound.problem(record, Unreadable::new("MISSING_ID", ""));
                (missing.column, missing.header) = (named.column, named.header);
            }
        }
        items.map_err(|problem| vec![*problem])
    }

    fn set(&self, bound: &Bound<'_>, record: &Record<'_>, draft: &mut Draft, problems: &mut Vec<Problem>) {
        let found = self.said(bound, record).and_then(|said| match said {
            Said::Nothing => Ok(None),
            Said::Hidden => Ok(Some(Value::Hidden)),
            Said::Words(words) => Ok(Some(Value::Words(words))),
            Said::Text(text) => self.value(bound, &text).map(Some),
        });
        match found {
            Ok(None) => {}
            Ok(Some(value)) => draft.set(bound.field.path, value),
            Err(unreadable) => problems.push(bound.problem(record, unreadable)),
        }
    }

    /// Reads the comments of a record: its own fields, or those of every entry of its list.
    fn comments(&self, record: &Record<'_>, draft: &mut Draft, problems: &mut Vec<Problem>) {
        let Some((column, form, keys)) = &self.comments else { return draft.end_comment() };
        let entries = match record {
            Record::Values(values) if values.get(*column).is_some_and(Json::is_array) => values.get(*column).cloned(),
            record => {
                let text = record.cell(*column);
                let text = if text.is_empty() { "[]" } else { &text };
                match form {
                    lists::ListForm::Python => literal::python(text),
                    _ => serde_json::from_str(text).ok(),
                }
            }
        };
        let Some(Json::Array(entries)) = entries else {
            let accepted = "a list of comments, each with its keys: `[{'text': 'so good', 'likes': 2}]`";
            problems.push(Problem::of_field("comment.list", "BAD_LIST", &record.cell(*column), accepted));
            return;
        };
        for entry in entries {
            let values: Vec<Json> = keys.iter().map(|key| super::values::at(&entry, key)).collect();
            for bound in self.fields.iter().filter(|bound| self.mapping.is_in_list(bound.field)) {
                self.set(bound, &Record::Values(&values), draft, problems);
            }
            draft.end_comment();
        }
    }

    /// The place and name of the column that a field of the service's answer came from.
    pub(super) fn column_of(&self, path: &str) -> Option<usize> {
        let bound = self.fields.iter().find(|bound| bound.field.path == path)?;
        bound.columns.first().copied()
    }

    fn published_too_late(&self, draft: &Draft, record: &Record<'_>) -> Option<Problem> {
        let published = draft.publish_time?;
        let observed_at = draft.observed_at.unwrap_or(self.observed_at);
        let bound = self.fields.iter().find(|bound| bound.field.path == "post.publish_time")?;
        (published > observed_at).then(|| {
            let accepted = format!("a time that is not after {observed_at}, when the row was read");
            bound.problem(record, Unreadable::new("PUBLISHED_AFTER_OBSERVATION", accepted))
        })
    }

    fn said<'r>(&self, bound: &Bound<'r>, record: &Record<'r>) -> Result<Said<'r>, Unreadable>
    where
        'a: 'r,
    {
        let field = bound.field;
        if bound.hidden_when.is_some_and(|(column, values)| values.iter().any(|value| *value == record.cell(column))) {
            return Ok(Said::Hidden);
        }
        let says_nothing = |text: &str| {
            text.is_empty() || self.mapping.missing.iter().chain(&field.missing).any(|marker| marker == text)
        };
        let text = match &field.origin {
            Origin::Constant(text) => Cow::Borrowed(text.as_str()),
            Origin::Column(_) => {
                let text = record.cell(bound.columns[0]);
                if field.hidden_if.iter().any(|marker| *marker == text) {
                    return Ok(Said::Hidden);
                }
                if says_nothing(&text) {
                    return Ok(Said::Nothing);
                }
                text
            }
            Origin::Template(parts) => {
                let mut columns = bound.columns.iter();
                let mut whole = String::new();
                for part in parts {
                    match part {
                        Part::Text(text) => whole.push_str(text),
                        Part::Column(_) => {
                            let text = record.cell(columns.next().copied().unwrap_or(usize::MAX));
                            if says_nothing(&text) {
                                return Ok(Said::Nothing);
                            }
                            whole.push_str(&text);
                        }
                    }
                }
                Cow::Owned(whole)
            }
        };
        let listed = matches!((&field.reading, &field.origin), (Reading::List(_), Origin::Column(_)));
        if let Some(words) = bound.columns.first().filter(|_| listed).and_then(|column| record.list(*column)) {
            return Ok(Said::Words(words));
        }
        bound.translated(text).map(Said::Text)
    }

    fn value(&self, bound: &Bound<'_>, text: &str) -> Result<Value, Unreadable> {
        let platform = self.mapping.platform;
        Ok(match &bound.field.reading {
            Reading::Text => {
                refuse_spreadsheet_error(text)?;
                Value::Text(text.to_owned())
            }
            Reading::CreatorId => Value::Creator(creator_id(text, |text| CreatorId::new(platform, text))?),
            Reading::CreatorName => {
                Value::Creator(creator_id(text, |text| CreatorId::from_display_name(platform, text))?)
            }
            Reading::PostId => Value::Post(creator_id(text, |text| PostId::new(platform, text))?),
            Reading::Count(form) => Value::Count(numbers::count(text, form)?),
            Reading::Time(form) => {
                let time = dates::time(text, form)?;
                if time > self.now + TOLERANCE {
                    return Err(Unreadable::new("FUTURE_DATE", "a time that is not in the future"));
                }
                Value::Time(time)
            }
            Reading::List(form) => Value::Words(lists::words(text, *form)?),
            Reading::Length(form) => Value::Milliseconds(dates::length(text, *form)?),
            Reading::Format => Value::Format(PostFormat::from_word(text).ok_or_else(|| {
                let known: Vec<&str> = PostFormat::ALL.iter().map(|format| format.word()).collect();
                Unreadable::new(
                    "UNKNOWN_FORMAT",
                    format!("{}; say `values` in the mapping for other words", known.join(", ")),
                )
            })?),
            Reading::Flag => Value::Flag(flag(text)?),
            Reading::Country => {
                let letters = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
                if !letters {
                    return Err(Unreadable::new("INVALID_COUNTRY", "two letters as in ISO 3166-1, e.g. `BR`"));
                }
                Value::Text(text.to_ascii_uppercase())
            }
        })
    }
}

impl Bound<'_> {
    fn translated<'r>(&self, text: Cow<'r, str>) -> Result<Cow<'r, str>, Unreadable> {
        let mut text = text;
        if let Some((_, word)) = self.field.values.iter().find(|(from, _)| *from == text) {
            text = Cow::Owned(word.clone());
        }
        for (translations, lookup) in self.translations.iter().zip(&self.field.lookups) {
            text = match translations.get(text.as_ref()) {
                Some(Some(word)) => Cow::Owned(word.clone()),
                Some(None) => {
                    let accepted = format!("a text that stands once in column `{}` of {}", lookup.key, lookup.file);
                    return Err(Unreadable::new("LOOKUP_AMBIGUOUS", accepted));
                }
                None => {
                    let accepted = format!("a text that stands in column `{}` of {}", lookup.key, lookup.file);
                    return Err(Unreadable::new("LOOKUP_NOT_FOUND", accepted));
                }
            };
        }
        if let Some((from, to)) = &self.field.prefix {
            let Some(rest) = text.strip_prefix(from.as_str()) else {
                return Err(Unreadable::new("BAD_PREFIX", format!("a text that begins with `{from}`")));
            };
            text = Cow::Owned(format!("{to}{rest}"));
        }
        Ok(text)
    }

    fn problem(&self, record: &Record<'_>, unreadable: Unreadable) -> Problem {
        let value = match &self.field.origin {
            Origin::Constant(text) => Cow::Borrowed(text.as_str()),
            _ => self.columns.first().map(|column| record.cell(*column)).unwrap_or_default(),
        };
        let mut problem = Problem::of_field(self.field.path, unreadable.reason, &value, unreadable.accepted);
        problem.column = self.columns.first().map(|column| column + 1);
        problem.header = self.field.origin.columns().first().map(|column| (*column).to_owned()).unwrap_or_default();
        problem
    }
}

fn creator_id<T>(text: &str, make: impl Fn(&str) -> Result<T, NameError>) -> Result<T, Unreadable> {
    refuse_spreadsheet_error(text)?;
    make(text).map_err(unreadable_name)
}

/// What a name error says, as a problem of a cell.
pub(super) fn unreadable_name(error: NameError) -> Unreadable {
    let reason = error.reason();
    let accepted = match error {
        NameError::Id { rule, .. } => rule.to_owned(),
        NameError::Mangled(_) => "all digits; the spreadsheet has lost some, export the ids as text".to_owned(),
        other => other.to_string(),
    };
    Unreadable::new(reason, accepted)
}

fn flag(text: &str) -> Result<bool, Unreadable> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" | "t" | "y" => Ok(true),
        "false" | "no" | "0" | "f" | "n" => Ok(false),
        _ => Err(Unreadable::new("NOT_A_FLAG", "true, false, yes, no, 1 or 0")),
    }
}

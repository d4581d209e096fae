//! Owns reading the fields of one document, each from the first of its paths that says something. Never which document it is.

use creatorscope_domain::{CreatorId, NameError, Platform, PostFormat, PostId, Source};
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Value as Json;

use crate::import::dates::{self, DateForm, DurationForm};
use crate::import::draft::{Draft, Value, Wants};
use crate::import::html;
use crate::import::mapping::{FIELDS, Kind};
use crate::import::numbers::{self, NumberForm, Style};
use crate::import::problem::{Problem, Unreadable};
use crate::import::rows::{TOLERANCE, unreadable_name};
use crate::import::values;

/// A field and where it may stand. A path may be followed by a `|` and how its text is taken:
/// `|/p/` is what stands behind `/p/` in an address, up to the next `/` or `?`; several of these are tried;
/// `|ms` is a length in milliseconds; `|html` is text with marks; `|=WORD` is this word where the value is there and not false;
/// and `=WORD` without a path is this word always.
pub(super) type Paths = (&'static str, &'static [&'static str]);

/// Words of the platforms for the forms of posts, in lower case.
const FORMATS: [(&str, PostFormat); 19] = [
    ("reels", PostFormat::Reel),
    ("reel", PostFormat::Reel),
    ("clips", PostFormat::Reel),
    ("story", PostFormat::Story),
    ("carousel_album", PostFormat::Carousel),
    ("carousel_container", PostFormat::Carousel),
    ("carousel", PostFormat::Carousel),
    ("sidecar", PostFormat::Carousel),
    ("graphsidecar", PostFormat::Carousel),
    ("xdtgraphsidecar", PostFormat::Carousel),
    ("8", PostFormat::Carousel),
    ("image", PostFormat::Image),
    ("graphimage", PostFormat::Image),
    ("xdtgraphimage", PostFormat::Image),
    ("1", PostFormat::Image),
    ("short", PostFormat::Short),
    ("live", PostFormat::Live),
    ("igtv", PostFormat::Long),
    ("long", PostFormat::Long),
];

/// What a table of fields yields.
pub(super) fn wants(fields: &[Paths], source: Source) -> Wants {
    let has = |table: &str| {
        fields.iter().any(|(path, _)| path.split_once('.').is_some_and(|(found, key)| found == table && key != "id"))
    };
    Wants { creator: has("creator"), post: has("post"), counts: has("counts"), comment: has("comment"), source }
}

/// Reads one document and collects what is wrong.
pub(super) struct Reader {
    platform: Platform,
    source: Source,
    observed_at: Timestamp,
    now: Timestamp,
    pub(super) problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn new(platform: Platform, source: Source, observed_at: Timestamp, now: Timestamp) -> Self {
        Self { platform, source, observed_at, now, problems: Vec::new() }
    }

    /// Everything that the fields say.
    pub(super) fn draft(&mut self, fields: &[Paths], document: &Json) -> Draft {
        let mut draft = Draft::default();
        for (field, paths) in fields {
            let kind = FIELDS.iter().find(|(path, _)| path == field).map_or(Kind::Text, |(_, kind)| *kind);
            for path in *paths {
                let (path, how) = path.split_once('|').unwrap_or((path, ""));
                if let Some(word) = path.strip_prefix('=') {
                    self.set(&mut draft, (field, field), kind, how, &Json::from(word));
                    break;
                }
                let Some(value) = values::find(document, path) else { continue };
                if self.set(&mut draft, (field, path), kind, how, value) {
                    break;
                }
            }
        }
        if let Some(late) = draft.publish_time.filter(|time| *time > self.observed_at) {
            let accepted = format!(
                "a time that is not after {}, when the file was read; say --observed-at if it was read later",
                self.observed_at
            );
            let problem =
                Problem::of_field("post.publish_time", "PUBLISHED_AFTER_OBSERVATION", &late.to_string(), accepted);
            self.problems.push(problem);
        }
        draft
    }

    /// Sets a field; whether the value says something.
    fn set(&mut self, draft: &mut Draft, (field, path): (&str, &str), kind: Kind, how: &str, value: &Json) -> bool {
        match self.value(kind, how, value) {
            Ok(None) => false,
            Ok(Some(value)) => {
                draft.set(field, value);
                true
            }
            Err(unreadable) => {
                let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                self.problems.push(Problem::of_field(path, unreadable.reason, &shown, unreadable.accepted));
                true
            }
        }
    }

    fn value(&self, kind: Kind, how: &str, value: &Json) -> Result<Option<Value>, Unreadable> {
        if kind == Kind::List {
            return list(value).map(|words| Some(Value::Words(words)));
        }
        if let Some(word) = how.strip_prefix('=') {
            let is_set = !matches!(value, Json::Null | Json::Bool(false)) && value.as_str() != Some("");
            return if is_set { self.value(kind, "", &Json::from(word)) } else { Ok(None) };
        }
        let text = match value {
            Json::String(text) => text.trim().to_owned(),
            Json::Number(number) => number.to_string(),
            Json::Bool(flag) if kind == Kind::Flag => flag.to_string(),
            // Some exports have an account where others have its name.
            Json::Object(_) if kind == Kind::CreatorId => return Ok(None),
            _ => return Err(Unreadable::new("WRONG_TYPE", "a text or a number")),
        };
        let text = if how.starts_with('/') { behind(&text, how) } else { text };
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Some(match kind {
            Kind::Text if how == "html" => Value::Text(html::plain(&text)),
            Kind::Text => Value::Text(text),
            Kind::CreatorId => {
                Value::Creator(id(text.trim_start_matches('@'), |text| CreatorId::new(self.platform, text))?)
            }
            Kind::PostId => Value::Post(id(&text, |text| PostId::new(self.platform, text))?),
            Kind::Count => return self.count(&text).map(Some),
            Kind::Time => Value::Time(self.time(&text)?),
            Kind::Length => {
                let form = match how {
                    "ms" => DurationForm::Milliseconds,
                    _ if text.contains(':') => DurationForm::Clock,
                    _ => DurationForm::Seconds,
                };
                let length = dates::length(&text, form)?;
                return Ok((length > 0).then_some(Value::Milliseconds(length)));
            }
            Kind::Format => {
                let text = text.to_lowercase();
                let known = FORMATS.iter().find(|(word, _)| *word == text);
                return Ok(known.map(|(_, format)| Value::Format(*format)));
            }
            Kind::Flag => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Value::Flag(true),
                "false" | "0" => Value::Flag(false),
                _ => return Err(Unreadable::new("WRONG_TYPE", "true or false")),
            },
            Kind::Country => {
                let letters = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
                return Ok(letters.then(|| Value::Text(text.to_ascii_uppercase())));
            }
            Kind::List => return Ok(None),
        }))
    }

    /// What is written for people (`1.2M`) is read in files only. Instagram's exports write -1 for what its creator hides.
    fn count(&self, text: &str) -> Result<Value, Unreadable> {
        if text == "-1" && self.platform == Platform::Instagram {
            return Ok(Value::Hidden);
        }
        let style = if self.source == Source::File { Style::Suffix } else { Style::Plain };
        numbers::count(text, &NumberForm { style, ..NumberForm::default() }).map(Value::Count)
    }

    fn time(&self, text: &str) -> Result<Timestamp, Unreadable> {
        let pattern =
            |pattern: &str| DateForm::Pattern { pattern: pattern.to_owned(), year: None, offset: Offset::UTC };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let form = match text.len() {
            _ if digits && text.split('.').next().is_some_and(|whole| whole.len() > 11) => DateForm::EpochMilliseconds,
            _ if digits => DateForm::EpochSeconds,
            24 if text.ends_with("+0000") => pattern("%Y-%m-%dT%H:%M:%S%z"),
            19 if text.as_bytes()[10] == b' ' => pattern("%Y-%m-%d %H:%M:%S"),
            23 if text.ends_with(" UTC") => pattern("%Y-%m-%d %H:%M:%S UTC"),
            _ => DateForm::Rfc3339,
        };
        let time = dates::time(text, &form).map_err(|error| match error.reason {
            "BAD_DATE" => Unreadable::new("BAD_DATE", "seconds since 1970, or a time such as `2024-05-01T12:00:00Z`"),
            _ => error,
        })?;
        if time > self.now + TOLERANCE {
            return Err(Unreadable::new("FUTURE_DATE", "a time that is not in the future"));
        }
        Ok(time)
    }
}

fn id<T>(text: &str, make: impl Fn(&str) -> Result<T, NameError>) -> Result<T, Unreadable> {
    let scientific = text.to_ascii_lowercase().split_once('e').is_some_and(|(mantissa, exponent)| {
        mantissa.parse::<f64>().is_ok() && exponent.parse::<i32>().is_ok() && mantissa.contains('.')
    });
    if scientific {
        return Err(unreadable_name(NameError::Mangled(text.to_owned())));
    }
    make(text).map_err(unreadable_name)
}

/// What stands behind the first of the marks that is in the text: `/p/|/reel/`.
fn behind(text: &str, marks: &str) -> String {
    let found = marks.split('|').find_map(|mark| text.split_once(mark).map(|(_, rest)| rest));
    found.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default().to_owned()
}

/// Words, or objects with a name.
fn list(value: &Json) -> Result<Vec<String>, Unreadable> {
    let named = |item: &Json| {
        ["name", "title", "hashtag_name", "hashtagName", "cha_name"]
            .iter()
            .find_map(|key| item.get(key)?.as_str().map(str::to_owned))
    };
    let words: Option<Vec<String>> = match value {
        Json::Array(items) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).or_else(|| named(item))).collect()
        }
        Json::String(text) => Some(vec![text.clone()]),
        _ => None,
    };
    let words = words.ok_or_else(|| Unreadable::new("WRONG_TYPE", "a list of texts"))?;
    let words = words.iter().map(|word| word.trim().trim_start_matches(['#', '＃']).to_owned());
    Ok(words.filter(|word| !word.is_empty()).collect())
}

//! Owns creators, their invariants and what was received about their metrics. Never wire, SQL or index types.

mod audience;
mod language;
mod scores;

use std::collections::BTreeMap;

use creatorscope_domain::{CreatorId, Source, Tier};
use creatorscope_kit::fault::Violations;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::audience::{Audience, AudienceDraft, AudiencePart, Provenance, Share};
use self::language::language_tags;
pub use self::scores::ScoreSnapshot;
use crate::{facts::normal_term, filter::Field};

/// The most creators in one message of `IngestCreators`.
pub const MAX_BATCH: usize = 5_000;
/// How far in the future a profile may have been read, because clocks differ.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// The metric that tells how long ago the last post was, in days.
const DAYS_SINCE_LAST_POST: &str = "days_since_last_post";
/// Longest value of a list, in characters.
const MAX_ITEM: usize = 2_000;

/// A creator's profile as it was read; its values are in normal form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creator {
    /// The account.
    pub id: CreatorId,
    /// The name that people see; up to 300 characters.
    pub display_name: String,
    /// Without `@`; up to 200 characters.
    pub handle: String,
    /// Up to 10 000 characters.
    pub bio: String,
    /// ISO 3166-1 alpha-2, upper case, or empty.
    pub country: String,
    /// BCP 47, the main one first; up to 20.
    pub languages: Vec<String>,
    /// Lower case; up to 50.
    pub niches: Vec<String>,
    /// As the platform names them; up to 100.
    pub topics: Vec<String>,
    /// Without `#`; up to 200.
    pub hashtags: Vec<String>,
    /// Newest first; up to 50.
    pub recent_titles: Vec<String>,
    /// None when not known.
    pub verified: Option<bool>,
    /// None when not known.
    #[serde(with = "micros")]
    pub account_create_time: Option<Timestamp>,
    /// Up to 50.
    pub links: Vec<String>,
    /// `persons/{person}`, or empty.
    pub person: String,
    /// Generated, not real.
    pub synthetic: bool,
    /// Where the profile was read.
    pub source: Source,
    /// When the profile was read.
    #[serde(with = "micros_required")]
    pub observe_time: Timestamp,
    /// As given; up to 100 characters, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// As given; up to 100 characters, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// None when not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_type: Option<AccountType>,
    /// Handles without `@` that its posts mention, the most mentioned first; up to 200.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
    /// None when not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
}

/// What kind of account it is on its platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountType {
    /// A private person's.
    #[serde(rename = "PERSONAL")]
    Personal,
    /// A professional account of a creator.
    #[serde(rename = "CREATOR")]
    Creator,
    /// A professional account of a business.
    #[serde(rename = "BUSINESS")]
    Business,
}

impl AccountType {
    /// The word in filters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Personal => "PERSONAL",
            Self::Creator => "CREATOR",
            Self::Business => "BUSINESS",
        }
    }
}

/// A profile as somebody gave it, before it was looked at. The fields are those of [`Creator`].
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the fields are those of Creator")]
pub struct Draft {
    pub name: String,
    pub display_name: String,
    pub handle: String,
    pub bio: String,
    pub country: String,
    pub languages: Vec<String>,
    pub niches: Vec<String>,
    pub topics: Vec<String>,
    pub hashtags: Vec<String>,
    pub recent_titles: Vec<String>,
    pub verified: Option<bool>,
    pub account_create_time: Option<Timestamp>,
    pub links: Vec<String>,
    pub person: String,
    pub synthetic: bool,
    pub source: Option<Source>,
    pub observe_time: Option<Timestamp>,
    pub region: String,
    pub city: String,
    pub account_type: Option<AccountType>,
    pub mentions: Vec<String>,
    pub audience: AudienceDraft,
}

impl Creator {
    /// Makes a profile of a draft. Errors: everything that is wrong, with the field; `problems` are what was found before.
    pub fn new(draft: Draft, mut problems: Violations, now: Timestamp) -> Result<Self, Violations> {
        let id = match CreatorId::parse_name(&draft.name) {
            Ok(id) => Some(id),
            Err(error) => {
                problems.add("name", error.reason(), error.to_string());
                None
            }
        };
        if draft.source.is_none() {
            problems.add("source", "REQUIRED", "the source of the profile is missing");
        }
        match draft.observe_time {
            None => problems.add("observe_time", "REQUIRED", "the time at which the profile was read is missing"),
            Some(time) if time > now + CLOCK_TOLERANCE => {
                problems.add("observe_time", "FUTURE_TIME", format!("{time} is in the future; it is {now}"));
            }
            Some(_) => {}
        }
        if let Some(time) = draft.account_create_time.filter(|time| *time > now + CLOCK_TOLERANCE) {
            problems.add("account_create_time", "FUTURE_TIME", format!("{time} is in the future; it is {now}"));
        }
        let country = draft.country.trim().to_uppercase();
        let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        if !country.is_empty() && !is_code {
            let found: String = country.chars().take(40).collect();
            problems.add(
                "country",
                "INVALID_COUNTRY",
                format!("`{found}` is not an ISO 3166-1 alpha-2 code such as BR"),
            );
        }
        let person = draft.person.trim().to_owned();
        if !person.is_empty() && !is_person(&person) {
            problems.add(
                "person",
                "INVALID_NAME",
                "accepted is `persons/{person}` with 1 to 200 of A-Z a-z 0-9 . _ - ~",
            );
        }
        let handle = draft.handle.trim().trim_start_matches('@').to_owned();
        for (field, text, most) in [
            ("display_name", &draft.display_name, 300),
            ("handle", &handle, 200),
            ("bio", &draft.bio, 10_000),
            ("region", &draft.region, 100),
            ("city", &draft.city, 100),
        ] {
            check_length(&mut problems, field, text, most);
        }
        let audience = Audience::read(draft.audience, &mut problems);
        let languages = language_tags(&mut problems, &draft.languages);
        let mut lists = Lists { problems };
        let niches = lists.distinct("niches", &draft.niches, 50, |text| normal_term(&Field::Niche, text));
        let topics = lists.distinct("topics", &draft.topics, 100, |text| text.trim().to_owned());
        let hashtags =
            lists.distinct("hashtags", &draft.hashtags, 200, |text| text.trim().trim_start_matches('#').to_owned());
        let recent_titles = lists.distinct("recent_titles", &draft.recent_titles, 50, |text| text.trim().to_owned());
        let mentions =
            lists.distinct("mentions", &draft.mentions, 200, |text| text.trim().trim_start_matches('@').to_owned());
        let links = lists.distinct("links", &draft.links, 50, |text| text.trim().to_owned());
        let (Some(id), Some(source), Some(observe_time)) = (id, draft.source, draft.observe_time) else {
            return Err(lists.problems);
        };
        lists.problems.check()?;
        Ok(Self {
            id,
            display_name: draft.display_name.trim().to_owned(),
            handle,
            bio: draft.bio,
            country,
            languages,
            niches,
            topics,
            hashtags,
            recent_titles,
            verified: draft.verified,
            account_create_time: draft.account_create_time,
            links,
            person,
            synthetic: draft.synthetic,
            source,
            observe_time,
            region: draft.region.trim().to_owned(),
            city: draft.city.trim().to_owned(),
            account_type: draft.account_type,
            mentions,
            audience,
        })
    }
}

fn check_length(problems: &mut Violations, field: &str, text: &str, most: usize) {
    let count = text.chars().count();
    if count > most {
        problems.add(field, "TOO_LONG", format!("{count} characters; at most {most} are accepted"));
    }
}

/// Whether this is a name of the form `persons/{person}`.
pub(crate) fn is_person(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'~');
    name.strip_prefix("persons/").is_some_and(|person| (1..=200).contains(&person.len()) && person.bytes().all(plain))
}

struct Lists {
    problems: Violations,
}

impl Lists {
    /// The values in normal form, each once, without empty ones.
    fn distinct(&mut self, field: &str, values: &[String], most: usize, normal: fn(&str) -> String) -> Vec<String> {
        if values.len() > most {
            self.problems.add(field, "TOO_MANY", format!("{} values; at most {most} are accepted", values.len()));
        }
        let mut list: Vec<String> = Vec::with_capacity(values.len());
        for (place, value) in values.iter().enumerate() {
            let value = normal(value);
            check_length(&mut self.problems, &format!("{field}[{place}]"), &value, MAX_ITEM);
            if !value.is_empty() && !list.contains(&value) {
                list.push(value);
            }
        }
        list
    }
}

/// What the metrics service said last about a creator.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricSnapshot {
    /// The values by the ids of their definitions, in the default window; finite. Missing ones are left out.
    pub measures: BTreeMap<String, f64>,
    /// Followers, 0 and more.
    pub followers: Option<i64>,
    /// The end of the windows.
    pub as_of: Option<Timestamp>,
    /// The values as they came, for passing them on; opaque here.
    pub encoded: Vec<u8>,
}

/// Everything that is known about a creator.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatorRecord {
    /// The profile.
    pub creator: Creator,
    /// The metrics; none when none were received.
    pub metrics: Option<MetricSnapshot>,
    /// The scores; none when none were received.
    pub scores: Option<ScoreSnapshot>,
    /// When the profile was first taken.
    pub create_time: Timestamp,
    /// When the profile, the metrics or the scores last changed.
    pub update_time: Timestamp,
    /// Grows with every change.
    pub version: i64,
    /// What is known beside both.
    pub standing: Standing,
}

/// What is known about a creator beside its profile and its metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// `persons/{person}` that somebody linked it to; goes before what the profile says.
    pub linked_person: Option<String>,
    /// Whether there are ways to reach it.
    pub has_contact: bool,
    /// When the profile may no longer be kept or shown; none when nothing limits it.
    pub expire_time: Option<Timestamp>,
}

impl CreatorRecord {
    /// Followers; none when not known.
    pub fn followers(&self) -> Option<i64> {
        self.metrics.as_ref()?.followers
    }

    /// The size class; none when followers are not known.
    pub fn tier(&self) -> Option<Tier> {
        self.followers().map(Tier::of)
    }

    /// When it last published, as far as its metrics tell.
    pub fn last_post_time(&self) -> Option<Timestamp> {
        let metrics = self.metrics.as_ref()?;
        let days = metrics.measures.get(DAYS_SINCE_LAST_POST)?;
        let back = SignedDuration::try_from_secs_f64(days * 86_400.0).ok()?;
        let time = metrics.as_of?.checked_sub(back).ok()?;
        // To the microsecond, as the times of posts are.
        Timestamp::from_microsecond((time.as_nanosecond() as f64 / 1e3).round() as i64).ok()
    }

    /// `persons/{person}`, or empty: as linked by a call, else as the profile says.
    pub fn person(&self) -> &str {
        self.standing.linked_person.as_deref().unwrap_or(&self.creator.person)
    }

    /// Whether there are ways to reach it.
    pub fn has_contact(&self) -> bool {
        self.standing.has_contact
    }

    /// Differs after every change; a creator that was removed and made anew does not get an old one again.
    pub fn etag(&self) -> String {
        format!("{:x}-{:x}", self.create_time.as_microsecond(), self.version)
    }
}

/// What was done with a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The creator was not known.
    Created,
    /// The profile replaced the one before.
    Updated,
    /// The profile is the one that is known.
    Unchanged,
    /// A profile read later is known.
    Stale,
}

impl Outcome {
    /// Its name among figures.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "accepted",
            Self::Updated => "updated",
            Self::Unchanged => "duplicate",
            Self::Stale => "stale",
        }
    }

    /// What happens when `next` comes and `known` is there. The one that was read later stays; of two that were read at the
    /// same time, the one that came last.
    pub fn of(known: Option<&Creator>, next: &Creator) -> Self {
        match known {
            None => Self::Created,
            Some(known) if known == next => Self::Unchanged,
            Some(known) if known.observe_time > next.observe_time => Self::Stale,
            Some(_) => Self::Updated,
        }
    }

    /// Whether the profile is written.
    pub fn writes(self) -> bool {
        matches!(self, Self::Created | Self::Updated)
    }
}

mod micros {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        time.map(|time| time.as_microsecond()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let micros: Option<i64> = Option::deserialize(deserializer)?;
        micros.map(Timestamp::from_microsecond).transpose().map_err(D::Error::custom)
    }
}

mod micros_required {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        time.as_microsecond().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_microsecond(i64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

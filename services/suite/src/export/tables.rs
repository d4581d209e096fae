//! Owns which columns the tables have and what stands in them. Never how they are written.

use creatorscope_proto::{
    common::v1::{Platform, PostFormat, Source, Tier, metric_value},
    discovery::v1::{AccountType, Creator},
    metrics::v1::{Observation, PostCounts, PostRecord, observation},
};

use super::{
    Kind,
    columns::{Column, Type, Value},
};

const CREATORS: &[(&str, Type)] = &[
    ("name", Type::Text),
    ("platform", Type::Text),
    ("display_name", Type::Text),
    ("handle", Type::Text),
    ("bio", Type::Text),
    ("country", Type::Text),
    ("region", Type::Text),
    ("city", Type::Text),
    ("languages", Type::Texts),
    ("niches", Type::Texts),
    ("topics", Type::Texts),
    ("hashtags", Type::Texts),
    ("mentions", Type::Texts),
    ("links", Type::Texts),
    ("recent_titles", Type::Texts),
    ("account_type", Type::Text),
    ("verified", Type::Flag),
    ("person", Type::Text),
    ("synthetic", Type::Flag),
    ("source", Type::Text),
    ("account_create_time", Type::Time),
    ("observe_time", Type::Time),
    ("followers", Type::Count),
    ("tier", Type::Text),
    ("last_post_time", Type::Time),
    ("update_time", Type::Time),
];

const POSTS: &[(&str, Type)] = &[
    ("name", Type::Text),
    ("creator", Type::Text),
    ("platform", Type::Text),
    ("publish_time", Type::Time),
    ("title", Type::Text),
    ("caption", Type::Text),
    ("hashtags", Type::Texts),
    ("format", Type::Text),
    ("duration_seconds", Type::Number),
    ("language", Type::Text),
    ("category", Type::Text),
    ("sponsored", Type::Flag),
    ("source", Type::Text),
    ("observe_time", Type::Time),
    ("views", Type::Count),
    ("likes", Type::Count),
    ("dislikes", Type::Count),
    ("comments", Type::Count),
    ("shares", Type::Count),
    ("saves", Type::Count),
    ("hidden", Type::Texts),
];

const OBSERVATIONS: &[(&str, Type)] = &[
    ("subject", Type::Text),
    ("creator", Type::Text),
    ("platform", Type::Text),
    ("observe_time", Type::Time),
    ("source", Type::Text),
    ("followers", Type::Count),
    ("following", Type::Count),
    ("total_views", Type::Count),
    ("total_likes", Type::Count),
    ("total_posts", Type::Count),
    ("views", Type::Count),
    ("likes", Type::Count),
    ("dislikes", Type::Count),
    ("comments", Type::Count),
    ("shares", Type::Count),
    ("saves", Type::Count),
    ("hidden", Type::Texts),
];

/// The columns of a table; that of creators has one for each metric, in its default window, e.g. `er.views@1`.
pub(super) fn columns(kind: Kind, definitions: &[String]) -> Vec<Column> {
    let (fixed, metrics) = match kind {
        Kind::Creators => (CREATORS, definitions),
        Kind::Posts => (POSTS, [].as_slice()),
        Kind::Observations => (OBSERVATIONS, [].as_slice()),
    };
    let fixed = fixed.iter().map(|(name, holds)| Column::new(*name, *holds));
    fixed.chain(metrics.iter().map(|name| Column::new(name, Type::Number))).collect()
}

/// Writes values into the columns of a row, by their names.
pub(super) trait Row {
    /// Sets a value; the columns of the table are those of [`columns`].
    fn set(&mut self, column: &str, value: Value);
}

/// What stands behind the prefix of an enum's value, lower case; nothing for the value that is not given.
fn word(name: &str, prefix: &str) -> Value {
    let word = name.strip_prefix(prefix).unwrap_or(name).to_lowercase();
    if word == "unspecified" { Value::None } else { Value::Text(word) }
}

fn source(number: i32) -> Value {
    word(Source::try_from(number).unwrap_or_default().as_str_name(), "SOURCE_")
}

/// The name and the platform of the creator behind a name.
fn creator_of(name: &str, row: &mut impl Row) {
    let creator = name.split("/posts/").next().unwrap_or_default();
    let platform = creator.strip_prefix("creators/").and_then(|id| id.split(':').next()).unwrap_or_default();
    row.set("creator", Value::text(creator));
    row.set("platform", Value::text(platform));
}

/// A row of creators.
pub(super) fn creator(creator: &Creator, row: &mut impl Row) {
    row.set("name", Value::text(&creator.name));
    let platform = Platform::try_from(creator.platform).unwrap_or_default();
    row.set("platform", word(platform.as_str_name(), "PLATFORM_"));
    for (column, text) in [
        ("display_name", &creator.display_name),
        ("handle", &creator.handle),
        ("bio", &creator.bio),
        ("country", &creator.country),
        ("region", &creator.region),
        ("city", &creator.city),
        ("person", &creator.person),
    ] {
        row.set(column, Value::text(text));
    }
    for (column, texts) in [
        ("languages", &creator.languages),
        ("niches", &creator.niches),
        ("topics", &creator.topics),
        ("hashtags", &creator.hashtags),
        ("mentions", &creator.mentions),
        ("links", &creator.links),
        ("recent_titles", &creator.recent_titles),
    ] {
        row.set(column, Value::texts(texts));
    }
    let account_type = AccountType::try_from(creator.account_type).unwrap_or_default();
    row.set("account_type", word(account_type.as_str_name(), "ACCOUNT_TYPE_"));
    row.set("verified", Value::flag(creator.verified));
    row.set("synthetic", Value::Flag(creator.synthetic));
    row.set("source", source(creator.source));
    row.set("account_create_time", Value::time(creator.account_create_time.as_ref()));
    row.set("observe_time", Value::time(creator.observe_time.as_ref()));
    row.set("followers", Value::count(creator.followers));
    row.set("tier", word(Tier::try_from(creator.tier).unwrap_or_default().as_str_name(), "TIER_"));
    row.set("last_post_time", Value::time(creator.last_post_time.as_ref()));
    row.set("update_time", Value::time(creator.update_time.as_ref()));
    for metric in &creator.metrics {
        if let Some(metric_value::Result::Value(value)) = metric.result {
            row.set(&metric.definition, Value::Number(value));
        }
    }
}

/// A row of posts.
pub(super) fn post(record: &PostRecord, row: &mut impl Row) {
    let post = record.post.clone().unwrap_or_default();
    row.set("name", Value::text(&post.name));
    creator_of(&post.name, row);
    row.set("publish_time", Value::time(post.publish_time.as_ref()));
    row.set("title", Value::text(&post.title));
    row.set("caption", Value::text(&post.caption));
    row.set("hashtags", Value::texts(&post.hashtags));
    let format = PostFormat::try_from(post.format).unwrap_or_default();
    row.set("format", word(format.as_str_name(), "POST_FORMAT_"));
    let seconds = post.duration.map(|duration| duration.seconds as f64 + f64::from(duration.nanos) / 1e9);
    row.set("duration_seconds", seconds.map_or(Value::None, Value::Number));
    row.set("language", Value::text(&post.language));
    row.set("category", Value::text(&post.category));
    row.set("sponsored", Value::flag(post.sponsored));
    row.set("source", source(record.source));
    row.set("observe_time", Value::time(record.observe_time.as_ref()));
    if let Some(counts) = &record.counts {
        post_counts(counts, row);
    }
}

fn post_counts(counts: &PostCounts, row: &mut impl Row) {
    for (column, count) in [
        ("views", counts.views),
        ("likes", counts.likes),
        ("dislikes", counts.dislikes),
        ("comments", counts.comments),
        ("shares", counts.shares),
        ("saves", counts.saves),
    ] {
        row.set(column, Value::count(count));
    }
    row.set("hidden", Value::texts(&counts.hidden));
}

/// A row of observations.
pub(super) fn observation(observation: &Observation, row: &mut impl Row) {
    row.set("subject", Value::text(&observation.subject));
    creator_of(&observation.subject, row);
    row.set("observe_time", Value::time(observation.observe_time.as_ref()));
    row.set("source", source(observation.source));
    match &observation.counts {
        Some(observation::Counts::Post(counts)) => post_counts(counts, row),
        Some(observation::Counts::Account(counts)) => {
            for (column, count) in [
                ("followers", counts.followers),
                ("following", counts.following),
                ("total_views", counts.total_views),
                ("total_likes", counts.total_likes),
                ("total_posts", counts.total_posts),
            ] {
                row.set(column, Value::count(count));
            }
            row.set("hidden", Value::texts(&counts.hidden));
        }
        None => {}
    }
}

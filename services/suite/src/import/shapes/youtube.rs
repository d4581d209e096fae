//! Owns the shapes of the YouTube Data API's documents and the fields of its channels and videos. Never a file.

use creatorscope_domain::{CreatorId, Platform, PostFormat, PostId, Source};
use creatorscope_proto::metrics::v1::{AccountCounts, Post, PostCounts, PostRecord};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Child, Mark, Shape, Yields};
use crate::import::dates::{self, DateForm, DurationForm};
use crate::import::draft::wire_length;
use crate::import::items::{Items, PostItem, Profile, wire_time};
use crate::import::numbers::{self, NumberForm};
use crate::import::problem::{Problem, Unreadable};
use crate::import::rows::unreadable_name;

/// No Short is longer, in milliseconds; a longer video is an ordinary one.
const LONGEST_SHORT: i64 = 180_000;

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        name: "a channel of the YouTube Data API",
        platform: Platform::Youtube,
        source: Source::YoutubeApi,
        marks: &[Mark::Is("kind", "youtube#channel")],
        yields: Yields::Read(channel),
        children: &[],
    },
    Shape {
        name: "a video of the YouTube Data API",
        platform: Platform::Youtube,
        source: Source::YoutubeApi,
        marks: &[Mark::Is("kind", "youtube#video")],
        yields: Yields::Read(video),
        children: &[],
    },
    Shape {
        name: "a comment thread of the YouTube Data API",
        platform: Platform::Youtube,
        source: Source::YoutubeApi,
        marks: &[Mark::Is("kind", "youtube#commentThread"), Mark::Has("snippet.topLevelComment")],
        yields: Yields::Nothing,
        children: &[
            Child { path: "replies.comments", given: OF_REPLY },
            Child { path: "snippet.topLevelComment", given: OF_THREAD },
        ],
    },
    Shape {
        name: "a comment of the YouTube Data API",
        platform: Platform::Youtube,
        source: Source::YoutubeApi,
        marks: &[Mark::Is("kind", "youtube#comment"), Mark::Has("snippet.videoId")],
        yields: Yields::Fields(&[
            ("post.id", &["snippet.videoId"]),
            ("creator.id", &["snippet.channelId"]),
            ("comment.id", &["id"]),
            ("comment.text", &["snippet.textOriginal", "snippet.textDisplay|html"]),
            ("comment.publish_time", &["snippet.publishedAt"]),
            ("comment.likes", &["snippet.likeCount"]),
            ("comment.reply_to", &["snippet.parentId"]),
            (
                "comment.author",
                &["snippet.authorChannelId.value", "snippet.authorChannelUrl", "snippet.authorDisplayName"],
            ),
        ]),
        children: &[],
    },
];

/// A comment in a thread is one on its video.
const OF_THREAD: &[(&str, &str)] =
    &[("snippet.videoId", "snippet.videoId"), ("snippet.channelId", "snippet.channelId")];

/// A reply in a thread answers the comment whose id the thread has.
const OF_REPLY: &[(&str, &str)] =
    &[("snippet.videoId", "snippet.videoId"), ("snippet.channelId", "snippet.channelId"), ("snippet.parentId", "id")];

/// Why a kind of item cannot be imported.
pub(super) fn why_not(kind: &str) -> &'static str {
    match kind {
        "youtube#searchResult" => "a search result has no counts; ask videos.list for its ids",
        "youtube#playlistItem" | "youtube#playlist" => "a playlist has no counts of posts; ask videos.list for its ids",
        "youtube#comment" | "youtube#commentThread" => "it does not say on which video; ask commentThreads.list for it",
        "" => "the item has no `kind`",
        _ => "it says nothing about a creator, a post or a comment",
    }
}

/// Reads a channel: a profile, and counts when the item has `statistics`.
fn channel(value: Value, observed_at: Timestamp, now: Timestamp) -> Result<Items, Vec<Problem>> {
    let mut item = Item { value, now, problems: Vec::new() };
    let creator = item.id("id", |text| CreatorId::new(Platform::Youtube, text));
    let mut profile = Profile {
        display_name: item.first_text(&["snippet.title", "brandingSettings.channel.title"]),
        handle: item.text("snippet.customUrl").trim_start_matches('@').to_owned(),
        bio: item.first_text(&["snippet.description", "brandingSettings.channel.description"]),
        country: item.first_text(&["snippet.country", "brandingSettings.channel.country"]).to_ascii_uppercase(),
        topics: item.texts("topicDetails.topicCategories"),
        account_create_time: item.time("snippet.publishedAt"),
        ..Profile::default()
    };
    profile
        .languages
        .extend(Some(item.first_text(&["snippet.defaultLanguage", "brandingSettings.channel.defaultLanguage"])));
    profile.languages.retain(|language| !language.is_empty());
    let mut counts = AccountCounts {
        followers: item.count("statistics.subscriberCount"),
        total_views: item.count("statistics.viewCount"),
        total_posts: item.count("statistics.videoCount"),
        ..AccountCounts::default()
    };
    if item.flag("statistics.hiddenSubscriberCount") == Some(true) {
        counts.followers = None;
        counts.hidden.push("followers".to_owned());
    }
    let account = (counts != AccountCounts::default()).then_some(counts);
    match creator {
        Some(creator) if item.problems.is_empty() => Ok(Items {
            creator,
            observed_at,
            source: Source::YoutubeApi,
            profile: Some(profile),
            account,
            post: None,
            comments: Vec::new(),
        }),
        _ => Err(item.problems),
    }
}

/// Reads a video: a post, with counts when the item has `statistics`.
fn video(value: Value, observed_at: Timestamp, now: Timestamp) -> Result<Items, Vec<Problem>> {
    let mut item = Item { value, now, problems: Vec::new() };
    let creator = item.id("snippet.channelId", |text| CreatorId::new(Platform::Youtube, text));
    let post_id = item.id("id", |text| PostId::new(Platform::Youtube, text));
    let published = item.time("snippet.publishedAt");
    if let Some(late) = published.filter(|published| *published > observed_at) {
        let accepted = format!(
            "a time that is not after {observed_at}, when the file was read; say --observed-at if it was read later"
        );
        let value = late.to_string();
        item.problems.push(Problem::of_field("snippet.publishedAt", "PUBLISHED_AFTER_OBSERVATION", &value, accepted));
    }
    let length = item.length("contentDetails.duration");
    let counts = PostCounts {
        views: item.count("statistics.viewCount"),
        likes: item.count("statistics.likeCount"),
        dislikes: item.count("statistics.dislikeCount"),
        comments: item.count("statistics.commentCount"),
        ..PostCounts::default()
    };
    let post = Post {
        publish_time: published.map(wire_time),
        title: item.text("snippet.title"),
        caption: item.text("snippet.description"),
        hashtags: item.texts("snippet.tags"),
        format: item.format(length).map(PostFormat::number).unwrap_or_default(),
        duration: length.map(wire_length),
        language: item.first_text(&["snippet.defaultAudioLanguage", "snippet.defaultLanguage"]),
        sponsored: item.flag("paidProductPlacementDetails.hasPaidProductPlacement"),
        category: item.text("snippet.categoryId"),
        ..Post::default()
    };
    match (creator, post_id) {
        (Some(creator), Some(id)) if item.problems.is_empty() => {
            let name = format!("{}/posts/{}", creator.name(), id.as_str());
            let record = PostRecord {
                post: Some(Post { name, ..post }),
                observe_time: Some(wire_time(observed_at)),
                counts: (counts != PostCounts::default()).then_some(counts),
                source: Source::YoutubeApi.number(),
            };
            let post = Some(PostItem::Record(Box::new(record)));
            Ok(Items {
                creator,
                observed_at,
                source: Source::YoutubeApi,
                profile: None,
                account: None,
                post,
                comments: Vec::new(),
            })
        }
        _ => Err(item.problems),
    }
}

/// An item whose fields are read one by one; what is absent stays absent.
struct Item {
    value: Value,
    now: Timestamp,
    problems: Vec<Problem>,
}

impl Item {
    fn get(&self, path: &str) -> Option<&Value> {
        let mut value = &self.value;
        for key in path.split('.') {
            value = value.get(key)?;
        }
        (!value.is_null()).then_some(value)
    }

    fn wrong(&mut self, path: &str, value: &str, unreadable: Unreadable) {
        self.problems.push(Problem::of_field(path, unreadable.reason, value, unreadable.accepted));
    }

    /// A text or a number, as text.
    fn word(&mut self, path: &str) -> Option<String> {
        match self.get(path)?.clone() {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            other => {
                self.wrong(path, &other.to_string(), Unreadable::new("WRONG_TYPE", "a text"));
                None
            }
        }
    }

    fn text(&mut self, path: &str) -> String {
        self.word(path).unwrap_or_default()
    }

    fn first_text(&mut self, paths: &[&str]) -> String {
        paths.iter().map(|path| self.text(path)).find(|text| !text.is_empty()).unwrap_or_default()
    }

    fn texts(&mut self, path: &str) -> Vec<String> {
        let Some(value) = self.get(path) else { return Vec::new() };
        let list = value
            .as_array()
            .map(|list| list.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
        match list {
            Some(Some(texts)) => texts
                .into_iter()
                .map(|text| text.trim_start_matches('#').to_owned())
                .filter(|text| !text.is_empty())
                .collect(),
            _ => {
                let shown = value.to_string();
                self.wrong(path, &shown, Unreadable::new("WRONG_TYPE", "a list of texts"));
                Vec::new()
            }
        }
    }

    fn flag(&mut self, path: &str) -> Option<bool> {
        match self.get(path)?.clone() {
            Value::Bool(flag) => Some(flag),
            Value::String(text) if text == "true" || text == "false" => Some(text == "true"),
            other => {
                self.wrong(path, &other.to_string(), Unreadable::new("WRONG_TYPE", "true or false"));
                None
            }
        }
    }

    fn id<T>(&mut self, path: &str, make: impl Fn(&str) -> Result<T, creatorscope_domain::NameError>) -> Option<T> {
        let Some(text) = self.word(path) else {
            if self.problems.is_empty() {
                self.wrong(path, "", Unreadable::new("MISSING_ID", "an id; ask the API for part=snippet"));
            }
            return None;
        };
        match make(&text) {
            Ok(id) => Some(id),
            Err(error) => {
                self.wrong(path, &text, unreadable_name(error));
                None
            }
        }
    }

    fn count(&mut self, path: &str) -> Option<i64> {
        let text = self.word(path)?;
        self.read(path, &text, |text| numbers::count(text, &NumberForm::default()))
    }

    fn time(&mut self, path: &str) -> Option<Timestamp> {
        let text = self.word(path)?;
        let time = self.read(path, &text, |text| dates::time(text, &DateForm::Rfc3339))?;
        if time > self.now + SignedDuration::from_mins(5) {
            self.wrong(path, &text, Unreadable::new("FUTURE_DATE", "a time that is not in the future"));
            return None;
        }
        Some(time)
    }

    /// In milliseconds; a broadcast that has no length yet says `P0D`.
    fn length(&mut self, path: &str) -> Option<i64> {
        let text = self.word(path)?;
        self.read(path, &text, |text| dates::length(text, DurationForm::Iso8601)).filter(|length| *length > 0)
    }

    fn read<T>(&mut self, path: &str, text: &str, read: impl Fn(&str) -> Result<T, Unreadable>) -> Option<T> {
        match read(text) {
            Ok(value) => Some(value),
            Err(unreadable) => {
                self.wrong(path, text, unreadable);
                None
            }
        }
    }

    /// The form of the post where the item says it. A video of up to 3 minutes may be a Short or not, and is left open.
    fn format(&mut self, length: Option<i64>) -> Option<PostFormat> {
        let broadcast = self.text("snippet.liveBroadcastContent");
        if self.get("liveStreamingDetails").is_some() || matches!(broadcast.as_str(), "live" | "upcoming") {
            return Some(PostFormat::Live);
        }
        let long = length.is_some_and(|length| length > LONGEST_SHORT);
        (broadcast == "none" && long).then_some(PostFormat::Long)
    }
}

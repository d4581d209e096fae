//! Owns putting the fields of a row together. Never reads a cell.

use creatorscope_domain::{CreatorId, PostFormat, PostId, Source};
use creatorscope_proto::metrics::v1::{AccountCounts, Observation, Post, PostCounts, PostRecord, observation};
use jiff::Timestamp;

use super::comment_ids::{CommentIds, comment_id};
use super::items::{Comment, Items, PostItem, Profile, wire_time};
use super::problem::Problem;

/// What one field says.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Hidden,
    Text(String),
    Creator(CreatorId),
    Post(PostId),
    Count(i64),
    Time(Timestamp),
    Words(Vec<String>),
    Milliseconds(i64),
    Format(PostFormat),
    Flag(bool),
}

/// What the rows of one kind say, and where they come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wants {
    /// Something about a creator besides the id.
    pub(super) creator: bool,
    /// Something about a post besides the id.
    pub(super) post: bool,
    /// Counts of a post.
    pub(super) counts: bool,
    /// Comments.
    pub(super) comment: bool,
    /// Where they come from.
    pub(super) source: Source,
}

/// A comment in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct CommentDraft {
    id: String,
    text: String,
    author: String,
    language: String,
    reply_to: String,
    author_country: String,
    time: Option<Timestamp>,
    likes: Option<i64>,
}

/// A row in the making.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) observed_at: Option<Timestamp>,
    pub(super) publish_time: Option<Timestamp>,
    pub(super) creator: Option<CreatorId>,
    post_id: Option<PostId>,
    profile: Profile,
    account: AccountCounts,
    post: Post,
    counts: PostCounts,
    comment: CommentDraft,
    /// Comments that are put together: several when a row has a list of them.
    comments: Vec<CommentDraft>,
}

impl Draft {
    /// Sets one field. A value of another kind than the field's is left out: the mapping does not let that happen.
    pub(super) fn set(&mut self, path: &str, value: Value) {
        let (table, key) = path.split_once('.').unwrap_or(("", path));
        match (table, value) {
            ("account", Value::Hidden) => self.account.hidden.push(key.to_owned()),
            ("counts", Value::Hidden) => self.counts.hidden.push(key.to_owned()),
            ("account", Value::Count(count)) => {
                if let Some(slot) = self.account_slot(key) {
                    *slot = Some(count);
                }
            }
            ("counts", Value::Count(count)) => {
                if let Some(slot) = post_slot(&mut self.counts, key) {
                    *slot = Some(count);
                }
            }
            ("comment", value) => self.comment.set(key, value),
            ("creator", Value::Creator(id)) => self.creator = Some(id),
            ("post", Value::Post(id)) => self.post_id = Some(id),
            ("creator", value) => set_profile(&mut self.profile, key, value),
            ("post", value) => self.set_post(key, value),
            (_, Value::Time(time)) => self.observed_at = Some(time),
            _ => {}
        }
    }

    fn set_post(&mut self, key: &str, value: Value) {
        let post = &mut self.post;
        match (key, value) {
            ("publish_time", Value::Time(time)) => {
                self.publish_time = Some(time);
                post.publish_time = Some(wire_time(time));
            }
            ("title", Value::Text(text)) => post.title = text,
            ("caption", Value::Text(text)) => post.caption = text,
            ("language", Value::Text(text)) => post.language = text,
            ("category", Value::Text(text)) => post.category = text,
            ("hashtags", Value::Words(words)) => post.hashtags = words,
            ("format", Value::Format(format)) => post.format = format.number(),
            ("duration", Value::Milliseconds(milliseconds)) => post.duration = Some(wire_length(milliseconds)),
            ("sponsored", Value::Flag(flag)) => post.sponsored = Some(flag),
            _ => {}
        }
    }

    fn account_slot(&mut self, key: &str) -> Option<&mut Option<i64>> {
        let counts = &mut self.account;
        Some(match key {
            "followers" => &mut counts.followers,
            "following" => &mut counts.following,
            "total_views" => &mut counts.total_views,
            "total_likes" => &mut counts.total_likes,
            "total_posts" => &mut counts.total_posts,
            _ => return None,
        })
    }

    /// Puts a comment together: what is set next belongs to another one.
    pub(super) fn end_comment(&mut self) {
        self.comments.push(std::mem::take(&mut self.comment));
    }

    /// Makes the row. Errors: an id that is missing, or a row that says nothing.
    pub(super) fn finish(self, wants: &Wants, observed_at: Timestamp) -> Result<Items, Box<Problem>> {
        if wants.comment {
            return self.finish_comments(wants.source, observed_at);
        }
        let missing = |field: &str| Box::new(Problem::of_field(field, "MISSING_ID", "", "an id in every row"));
        let creator = self.creator.ok_or_else(|| missing("creator.id"))?;
        let observed_at = self.observed_at.unwrap_or(observed_at);
        let counts = (self.counts != PostCounts::default()).then_some(self.counts);
        let post = match self.post_id {
            None if wants.post || wants.counts => return Err(missing("post.id")),
            None => None,
            Some(id) => {
                let name = format!("{}/posts/{}", creator.name(), id.as_str());
                let (observe_time, source) = (Some(wire_time(observed_at)), wants.source.number());
                if wants.post {
                    let post = Some(Post { name, ..self.post });
                    Some(PostItem::Record(Box::new(PostRecord { post, observe_time, counts, source })))
                } else {
                    counts.map(|counts| {
                        let counts = Some(observation::Counts::Post(counts));
                        PostItem::Counts(Box::new(Observation { subject: name, observe_time, counts, source }))
                    })
                }
            }
        };
        let account = (self.account != AccountCounts::default()).then_some(self.account);
        let profile = wants.creator.then_some(self.profile);
        if post.is_none() && account.is_none() && profile.as_ref().is_none_or(|profile| *profile == Profile::default())
        {
            let accepted = "a count, a post or something about the creator; every mapped cell of this row is empty";
            return Err(Box::new(Problem::of_row("NOTHING_TO_IMPORT", creator.as_str(), accepted)));
        }
        Ok(Items { creator, observed_at, source: wants.source, profile, account, post, comments: Vec::new() })
    }

    fn finish_comments(self, source: Source, observed_at: Timestamp) -> Result<Items, Box<Problem>> {
        let missing = |field: &str| Box::new(Problem::of_field(field, "MISSING_ID", "", "an id in every row"));
        let (Some(creator), Some(post)) = (self.creator, self.post_id) else { return Err(missing("post.id")) };
        let post = format!("{}/posts/{}", creator.name(), post.as_str());
        let observed_at = self.observed_at.unwrap_or(observed_at);
        let mut ids = CommentIds::default();
        let said = self.comments.into_iter().filter(CommentDraft::says_something);
        let comments: Vec<Comment> = said.map(|draft| draft.finish(&post, &mut ids)).collect();
        if comments.is_empty() {
            return Err(Box::new(Problem::of_row("NOTHING_TO_IMPORT", &post, "a comment with a text")));
        }
        if let Some(late) = comments.iter().filter_map(|comment| comment.time).find(|time| *time > observed_at) {
            let accepted = format!(
                "a time that is not after {observed_at}, when the comment was read; say --observed-at if it was read later"
            );
            let path = "comment.publish_time";
            return Err(Box::new(Problem::of_field(path, "PUBLISHED_AFTER_OBSERVATION", &late.to_string(), accepted)));
        }
        Ok(Items { creator, observed_at, source, profile: None, account: None, post: None, comments })
    }
}

impl CommentDraft {
    fn set(&mut self, key: &str, value: Value) {
        match (key, value) {
            ("id", Value::Text(text)) => self.id = text,
            ("text", Value::Text(text)) => self.text = text,
            ("author", Value::Text(text)) => self.author = text,
            ("language", Value::Text(text)) => self.language = text,
            ("reply_to", Value::Text(text)) => self.reply_to = text,
            ("author_country", Value::Text(text)) => self.author_country = text,
            ("publish_time", Value::Time(time)) => self.time = Some(time),
            ("likes", Value::Count(count)) => self.likes = Some(count),
            _ => {}
        }
    }

    fn says_something(&self) -> bool {
        !(self.text.is_empty() && self.id.is_empty() && self.author.is_empty()) || self.likes.is_some()
    }

    fn finish(self, post: &str, ids: &mut CommentIds) -> Comment {
        let id = ids.of(post, &self.id, &self.author, self.time, &self.text);
        let reply_to = match self.reply_to.as_str() {
            // Sources that name what a comment answers name the post, or nothing, for those that answer no other comment.
            "" | "0" => String::new(),
            to if post.rsplit('/').next() == Some(to) || to == self.id => String::new(),
            to => comment_id(post, to),
        };
        Comment {
            id,
            post: post.to_owned(),
            time: self.time,
            likes: self.likes,
            language: self.language,
            text: self.text,
            author: self.author,
            reply_to,
            author_country: self.author_country,
        }
    }
}

/// The place of a post's count.
pub(super) fn post_slot<'a>(counts: &'a mut PostCounts, key: &str) -> Option<&'a mut Option<i64>> {
    Some(match key {
        "views" => &mut counts.views,
        "likes" => &mut counts.likes,
        "dislikes" => &mut counts.dislikes,
        "comments" => &mut counts.comments,
        "shares" => &mut counts.shares,
        "saves" => &mut counts.saves,
        _ => return None,
    })
}

/// A length of time as the wire has it.
pub(super) fn wire_length(milliseconds: i64) -> prost_types::Duration {
    let nanos = i32::try_from(milliseconds % 1_000).unwrap_or_default() * 1_000_000;
    prost_types::Duration { seconds: milliseconds / 1_000, nanos }
}

fn set_profile(profile: &mut Profile, key: &str, value: Value) {
    match (key, value) {
        ("display_name", Value::Text(text)) => profile.display_name = text,
        ("handle", Value::Text(text)) => profile.handle = text.trim_start_matches('@').to_owned(),
        ("bio", Value::Text(text)) => profile.bio = text,
        ("country", Value::Text(text)) => profile.country = text,
        ("languages", Value::Words(words)) => profile.languages = words,
        ("niches", Value::Words(words)) => profile.niches = words.iter().map(|word| word.to_lowercase()).collect(),
        ("topics", Value::Words(words)) => profile.topics = words,
        ("links", Value::Words(words)) => profile.links = words,
        ("emails", Value::Words(words)) => profile.contact.emails = words,
        ("agency", Value::Text(text)) => profile.contact.agency = text,
        ("contact_links", Value::Words(words)) => profile.contact.links = words,
        ("verified", Value::Flag(flag)) => profile.verified = Some(flag),
        ("account_create_time", Value::Time(time)) => profile.account_create_time = Some(time),
        _ => {}
    }
}

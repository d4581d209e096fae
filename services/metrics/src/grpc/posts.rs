//! Owns what a watcher of posts sees of the tables. Never the order of a stream.
//!
//! A place in a snapshot, and in what changes brought, is the key of the last post: `{creator}/{post}`; or a creator whose
//! posts are all told.

use std::{collections::BTreeMap, sync::Arc};

use creatorscope_domain::CreatorId;
use creatorscope_kit::{
    changes::Change,
    watch::{Event, Page, WatchSource},
};
use creatorscope_proto::metrics::v1::{
    self as pb,
    watch_posts_response::{self as wire, CreatorPosts},
};
use tonic::Status;

use super::refuse;
use crate::{
    convert::{post::post_state, to_wire_time},
    error::MetricsError,
    service::{MAX_TEXT, Shared, weight},
    store::{CreatorFilter, Entry, PostKey},
};

/// The most posts of one message, and those that are read at once.
const POSTS: usize = 500;
/// Creators whose posts are looked for at once.
const CREATORS: usize = 32;

/// One watcher's view: its filter over the posts.
pub(super) struct PostsWatch {
    service: Shared,
    filter: CreatorFilter,
}

impl PostsWatch {
    pub(super) fn new(service: Shared, filter: CreatorFilter) -> Self {
        Self { service, filter }
    }

    /// Posts with these keys, one message or more a creator. Keys of which nothing is known are told as removed.
    async fn load(&self, keys: &[PostKey]) -> Result<Vec<(String, CreatorPosts)>, MetricsError> {
        let states = self.service.store().posts(keys).await?;
        let mut messages: Vec<(String, CreatorPosts)> = Vec::new();
        let mut bytes = 0;
        for ((creator, post), state) in keys.iter().zip(states) {
            let weight = state.as_ref().map_or(0, weight);
            let goes_on = messages.last().is_some_and(|(last, _)| last == creator) && bytes + weight <= MAX_TEXT;
            if !goes_on {
                let name = format!("creators/{creator}");
                messages.push((creator.clone(), CreatorPosts { creator: name, ..CreatorPosts::default() }));
                bytes = 0;
            }
            bytes += weight;
            let Some((_, message)) = messages.last_mut() else { continue };
            match state {
                Some(state) => message.posts.push(post_state(state)),
                None => message.removed_posts.push(format!("creators/{creator}/posts/{post}")),
            }
        }
        Ok(messages)
    }

    async fn part_of_snapshot(&self, after: Option<String>) -> Result<Page<CreatorPosts>, MetricsError> {
        let place = read_place(after);
        let store = self.service.store();
        let states = store
            .creators_after(Some(&place.0).filter(|id| !id.is_empty()).map(String::as_str), CREATORS, &self.filter)
            .await?;
        let is_last = states.len() < CREATORS;
        let mut creators: Vec<(&str, i64)> = Vec::with_capacity(states.len() + 1);
        if !place.1.is_empty() {
            creators.push((&place.0, i64::MIN));
        }
        creators.extend(states.iter().map(|state| (state.creator.as_str(), i64::MIN)));
        let keys = store.changed_posts(&creators, &place, POSTS).await?;
        let last_key = match keys.last() {
            Some((creator, post)) if keys.len() == POSTS => Some(format!("{creator}/{post}")),
            _ if is_last => None,
            _ => creators.last().map(|(creator, _)| (*creator).to_owned()),
        };
        let mut messages = self.load(&keys).await?;
        // What was purged, long ago or just now, is not part of a snapshot.
        for (_, message) in &mut messages {
            message.removed_posts.clear();
        }
        messages.retain(|(_, message)| !message.posts.is_empty());
        Ok(Page { states: messages, last_key })
    }

    async fn changed(
        &self,
        changes: &[Arc<Change>],
        after: Option<String>,
    ) -> Result<Page<Option<CreatorPosts>>, MetricsError> {
        let mut states = Vec::new();
        let mut since: BTreeMap<&str, i64> = BTreeMap::new();
        for change in changes {
            if !CreatorId::parse(&change.key).is_ok_and(|creator| self.filter.may_hold(&creator)) {
                continue;
            }
            match Entry::of_kind(change.kind) {
                Entry::Numbers => {}
                // Told first: if the creator came back, its posts follow.
                Entry::Removed if after.is_none() => states.push((change.key.clone(), None)),
                Entry::Removed => {}
                Entry::Posts { since: version } => {
                    let least = since.entry(&change.key).or_insert(version);
                    *least = version.min(*least);
                }
            }
        }
        if since.is_empty() {
            return Ok(Page { states, last_key: None });
        }
        let since: Vec<(&str, i64)> = since.into_iter().collect();
        let keys = self.service.store().changed_posts(&since, &read_place(after), POSTS).await?;
        let last_key = keys.last().filter(|_| keys.len() == POSTS).map(|(creator, post)| format!("{creator}/{post}"));
        states.extend(self.load(&keys).await?.into_iter().map(|(key, message)| (key, Some(message))));
        Ok(Page { states, last_key })
    }
}

impl WatchSource for PostsWatch {
    type Message = CreatorPosts;
    type Response = pb::WatchPostsResponse;

    async fn snapshot(&self, after: Option<String>, _: usize) -> Result<Page<CreatorPosts>, Status> {
        self.part_of_snapshot(after).await.map_err(|fault| refuse(&fault))
    }

    async fn current(
        &self,
        changes: &[Arc<Change>],
        after: Option<String>,
        _: i64,
    ) -> Result<Page<Option<CreatorPosts>>, Status> {
        self.changed(changes, after).await.map_err(|fault| refuse(&fault))
    }

    fn event(&self, event: Event<CreatorPosts>, resume_token: String) -> pb::WatchPostsResponse {
        let event = match event {
            Event::State(_, posts) => wire::Event::Posts(posts),
            Event::Removed(key) => wire::Event::Removed(format!("creators/{key}")),
            Event::SnapshotEnd(creator_count) => wire::Event::SnapshotEnd(wire::SnapshotEnd { creator_count }),
            Event::Heartbeat(time) => wire::Event::Heartbeat(wire::Heartbeat { time: Some(to_wire_time(time)) }),
        };
        pb::WatchPostsResponse { event: Some(event), resume_token }
    }
}

/// Neither ids of creators nor of posts have a `/`.
fn read_place(place: Option<String>) -> PostKey {
    let place = place.unwrap_or_default();
    let (creator, post) = place.split_once('/').unwrap_or((&place, ""));
    (creator.to_owned(), post.to_owned())
}

//! Owns what the words of the wire about posts mean here and the other way round. Never I/O.

use creatorscope_domain::CreatorId;
use creatorscope_kit::token::Token;
use creatorscope_proto::{
    discovery::v1 as pb,
    metrics::v1::{PostState, WatchPostsResponse, watch_posts_response::Event as Wire},
};
use prost::Message;

use crate::{progress::METRICS, service::PostsAnswer};

/// What one message of the metrics service tells about posts.
#[derive(Debug)]
pub(crate) struct PostsTold {
    pub(crate) event: PostEvent,
    /// Where to go on behind it; none inside a snapshot.
    pub(crate) position: Option<i64>,
}

/// What happened to posts.
#[derive(Debug)]
pub(crate) enum PostEvent {
    /// Posts as they are now, and names of those that are gone.
    Posts { creator: CreatorId, posts: Vec<PostState>, removed: Vec<String> },
    /// All posts of a creator are gone.
    Removed(CreatorId),
    /// Nothing that changes posts.
    Nothing,
}

/// Reads a message of the metrics service.
pub(crate) fn told(message: WatchPostsResponse) -> PostsTold {
    let event = match message.event {
        Some(Wire::Posts(told)) => CreatorId::parse_name(&told.creator).map(|creator| PostEvent::Posts {
            creator,
            posts: told.posts,
            removed: told.removed_posts,
        }),
        Some(Wire::Removed(name)) => CreatorId::parse_name(&name).map(PostEvent::Removed),
        Some(Wire::SnapshotEnd(_) | Wire::Heartbeat(_)) | None => Ok(PostEvent::Nothing),
    };
    let event = event.unwrap_or_else(|error| {
        tracing::warn!(%error, "news of posts of something that is no creator are left out");
        PostEvent::Nothing
    });
    let token = Token::parse(&message.resume_token, "resume_token").ok().filter(|token| token.service == METRICS);
    PostsTold { event, position: token.map(|token| token.position) }
}

/// Posts that were found, for the wire.
pub(crate) fn found(answer: PostsAnswer) -> pb::SearchPostsResponse {
    // What was stored came as such a message; were it not readable, the post would be empty.
    let post = |encoded: Vec<u8>| PostState::decode(encoded.as_slice()).unwrap_or_default();
    pb::SearchPostsResponse {
        posts: answer.posts.into_iter().map(post).collect(),
        next_page_token: answer.next_page_token,
        total_size: answer.total as i64,
        facets: answer.facets.into_iter().map(super::facet).collect(),
    }
}

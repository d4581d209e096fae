//! Owns the use cases about posts: one, and a page of a creator's. Never the transport.

use creatorscope_domain::{CreatorId, PostName};
use creatorscope_kit::fault::Violation;

use super::Service;
use crate::{
    error::MetricsError,
    model::{Description, PostState},
    query::PostsQuery,
    store::{ListPlace, PostKey},
};

/// Posts that are read at once.
const LOAD: usize = 200;
/// Bytes of text of one page or message; clients take 4 MiB unless they say otherwise.
pub const MAX_TEXT: usize = 2 << 20;

impl Service {
    /// A post as it is known now. Errors: nothing known of it, the database's.
    pub async fn post(&self, name: PostName) -> Result<PostState, MetricsError> {
        let key = (name.creator.as_str().to_owned(), name.post.as_str().to_owned());
        let found = self.store.posts(&[key]).await?.into_iter().flatten().next();
        found.ok_or(MetricsError::PostNotKnown(name))
    }

    /// A page of a creator's posts, newest first, and the token of the next page. A page of long texts ends early. Errors:
    /// nothing observed of the creator, a token of another query, the database's.
    pub async fn posts(&self, query: PostsQuery) -> Result<(Vec<PostState>, String), MetricsError> {
        let context = query.context();
        let mut place = match query.page_token.as_str() {
            "" => ListPlace::first(),
            token => read_place(&self.sealer.unseal(token, &context)?)?,
        };
        // One more than the page tells whether there is a next one.
        let places = self.store.list_posts(&query.creator, &place, query.page_size + 1).await?;
        if places.is_empty() && query.page_token.is_empty() {
            self.must_be_observed(&query.creator).await?;
        }
        let mut more = places.len() > query.page_size;
        let mut posts = Vec::new();
        let mut bytes = 0;
        'page: for part in places[..places.len().min(query.page_size)].chunks(LOAD) {
            let keys: Vec<PostKey> =
                part.iter().map(|place| (query.creator.as_str().to_owned(), place.post.clone())).collect();
            for (next, state) in part.iter().zip(self.store.posts(&keys).await?) {
                let weight = state.as_ref().map_or(0, weight);
                if bytes + weight > MAX_TEXT && bytes > 0 {
                    more = true;
                    break 'page;
                }
                bytes += weight;
                place = next.clone();
                posts.extend(state);
            }
        }
        let token = if more { self.sealer.seal(&write_place(&place), &context) } else { String::new() };
        Ok((posts, token))
    }

    async fn must_be_observed(&self, creator: &CreatorId) -> Result<(), MetricsError> {
        let known = self.store.creator_states(std::slice::from_ref(creator)).await?;
        if known.is_empty() { Err(MetricsError::NotObserved(creator.clone())) } else { Ok(()) }
    }
}

/// What a post weighs on the wire, in bytes, about.
pub fn weight(state: &PostState) -> usize {
    let texts = |Description { title, caption, hashtags, .. }: &Description| {
        title.len() + caption.len() + hashtags.iter().map(|hashtag| hashtag.len() + 3).sum::<usize>()
    };
    state.described.as_ref().map_or(0, |described| texts(&described.description)) + 300
}

fn write_place(place: &ListPlace) -> Vec<u8> {
    [&place.published.to_le_bytes()[..], place.post.as_bytes()].concat()
}

fn read_place(content: &[u8]) -> Result<ListPlace, Violation> {
    let refuse = || Violation::new("page_token", "INVALID_PAGE_TOKEN", "not a token of a page of this query");
    let (published, post) = content.split_first_chunk().ok_or_else(refuse)?;
    let post = String::from_utf8(post.to_vec()).map_err(|_| refuse())?;
    Ok(ListPlace { published: i64::from_le_bytes(*published), post })
}

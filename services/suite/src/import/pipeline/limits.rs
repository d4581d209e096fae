//! Owns what fits into a message: how large a row may be and how profiles are parted. Never sends anything.

use creatorscope_domain::CreatorId;
use creatorscope_proto::discovery::v1::Creator;
use prost::Message as _;

use crate::import::items::{Items, PostItem};
use crate::import::problem::Problem;

/// Largest post or profile, in bytes.
const LARGEST: usize = 1 << 20;
/// Most profiles of a message.
const CREATORS: usize = 500;

/// A post or profile that no message could carry.
pub(super) fn refuse_too_large(items: Items) -> Result<Items, Vec<Problem>> {
    let post = match &items.post {
        Some(PostItem::Record(record)) => record.encoded_len(),
        Some(PostItem::Counts(observation)) => observation.encoded_len(),
        None => 0,
    };
    let profile = items.profile.as_ref().map_or(0, |profile| {
        let lists = [&profile.languages, &profile.niches, &profile.topics, &profile.links];
        let words: usize = lists.into_iter().flatten().map(String::len).sum();
        profile.display_name.len() + profile.handle.len() + profile.bio.len() + words
    });
    let comment = items.comments.iter().map(|comment| comment.text.len()).max().unwrap_or_default();
    let size = post.max(profile).max(comment);
    if size > LARGEST {
        let accepted = format!("texts of together up to {LARGEST} bytes; these have {size}");
        return Err(vec![Problem::of_row("TEXT_TOO_LONG", items.creator.as_str(), accepted)]);
    }
    Ok(items)
}

/// Parts a list of profiles so that each part fits a message.
pub(super) fn chunks(creators: Vec<(CreatorId, Creator)>) -> Vec<Vec<(CreatorId, Creator)>> {
    let mut chunks: Vec<Vec<(CreatorId, Creator)>> = Vec::new();
    let mut bytes = 0;
    for creator in creators {
        let size = creator.1.encoded_len();
        match chunks.last_mut().filter(|chunk| chunk.len() < CREATORS && bytes + size < LARGEST) {
            Some(chunk) => {
                bytes += size;
                chunk.push(creator);
            }
            None => {
                bytes = size;
                chunks.push(vec![creator]);
            }
        }
    }
    chunks
}

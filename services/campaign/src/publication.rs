//! Owns what becomes of a deliverable when its post is reported or seen. Never where the report comes from.

use creatorscope_proto::{
    campaign::v1 as pb,
    common::v1::PostFormat,
    metrics::v1::{Post, PostState},
};

use crate::{compare, machine};

/// What metrics tells of a post, as the content that rules are held against. Texts that the source did not give stay unknown.
pub fn content_of(state: &PostState, platform: i32) -> pb::DisclosureContent {
    let post = state.post.clone().unwrap_or_default();
    pb::DisclosureContent {
        caption: post.caption.clone(),
        hashtags: post.hashtags.clone(),
        title: post.title.clone(),
        medium: medium_of(&post).into(),
        platform,
        language: post.language.clone(),
        platform_flag: post.sponsored,
        live: post.format() == PostFormat::Live,
        ..Default::default()
    }
}

fn medium_of(post: &Post) -> pb::DisclosureMedium {
    match post.format() {
        PostFormat::Short | PostFormat::Reel => pb::DisclosureMedium::Short,
        PostFormat::Long => pb::DisclosureMedium::Video,
        PostFormat::Live => pb::DisclosureMedium::Live,
        PostFormat::Image => pb::DisclosureMedium::Image,
        PostFormat::Carousel => pb::DisclosureMedium::Carousel,
        PostFormat::Story => pb::DisclosureMedium::Story,
        PostFormat::Unspecified => pb::DisclosureMedium::Unspecified,
    }
}

/// Whether a source gave the text of a post: hashtags alone are no text, since many sources leave captions out.
pub fn has_text(content: &pb::DisclosureContent) -> bool {
    !content.caption.trim().is_empty() || !content.title.trim().is_empty()
}

/// How a published text compares with what was approved; none when there is nothing to compare and nothing was to be approved.
pub fn comparison(
    campaign: &pb::Campaign,
    deliverable: &pb::Deliverable,
    published: Option<&pb::DisclosureContent>,
) -> Option<pb::TextComparison> {
    let mode = campaign.approval.as_ref().map_or(pb::ApprovalMode::Optional, pb::ApprovalPolicy::mode);
    let approved = deliverable.approved.as_ref().and_then(|_| deliverable.draft.as_ref()?.content.as_ref());
    match (approved, published) {
        // An approved text can only be held against one that is known.
        (Some(_), None) => None,
        (approved, published) => {
            let nothing = pb::DisclosureContent::default();
            compare::compare(approved, published.unwrap_or(&nothing), campaign.tolerance.as_ref(), mode)
        }
    }
}

/// Where a published deliverable goes from `state` by what is known of its post. An approved text that could not be compared yet is neither
/// verified nor drifted; a state that the post cannot change any more stays.
pub fn state_after(
    deliverable: &pb::Deliverable,
    state: pb::DeliverableState,
    publication: &pb::Publication,
) -> pb::DeliverableState {
    if deliverable.approved.is_some() && publication.comparison.is_none() {
        return state;
    }
    machine::publication::settled(state, publication).unwrap_or(state)
}

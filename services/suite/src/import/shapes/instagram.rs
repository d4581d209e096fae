//! Owns the shapes of Instagram's documents: its Graph API, what its site and app are answered, and exports. Never how a value is
//! read.

use creatorscope_domain::{Platform, Source};

use super::{Child, Mark, Paths, Shape, Yields};

const PLATFORM: Platform = Platform::Instagram;
/// A post is known by its short code where there is one, so that all shapes speak of the same post.
const CODE: &[&str] =
    &["shortCode", "shortcode", "code", "permalink|/p/|/reel/|/tv/", "url|/p/|/reel/|/tv/", "id", "pk"];

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        name: "a comment of Instagram",
        platform: PLATFORM,
        source: Source::InstagramGraphApi,
        marks: &[Mark::Has("text"), Mark::Has("timestamp"), Mark::Has("media"), Mark::Lacks("media_type")],
        yields: Yields::Fields(&[
            ("post.id", &["media.shortcode", "media.permalink|/p/|/reel/|/tv/", "media.id"]),
            ("creator.id", &["media.username"]),
            ("comment.id", &["id"]),
            ("comment.text", &["text"]),
            ("comment.publish_time", &["timestamp"]),
            ("comment.likes", &["like_count"]),
            ("comment.author", &["username", "from.username", "from.id"]),
        ]),
        children: &[Child { path: "replies.data", given: &[("media", "media")] }],
    },
    Shape {
        name: "a comment of an export of Instagram",
        platform: PLATFORM,
        source: Source::File,
        marks: &[Mark::Has("text"), Mark::Has("ownerUsername"), Mark::Any(&["postUrl", "postId", "post"])],
        yields: Yields::Fields(&[
            ("post.id", &["post.shortCode", "postUrl|/p/|/reel/|/tv/", "postId"]),
            ("creator.id", &["post.ownerUsername"]),
            ("comment.id", &["id"]),
            ("comment.text", &["text"]),
            ("comment.publish_time", &["timestamp"]),
            ("comment.likes", &["likesCount"]),
            ("comment.author", &["ownerUsername"]),
        ]),
        children: &[Child { path: "replies", given: &[("postUrl", "postUrl"), ("post", "post")] }],
    },
    Shape {
        name: "media of Instagram's Graph API",
        platform: PLATFORM,
        source: Source::InstagramGraphApi,
        marks: &[Mark::Has("id"), Mark::Has("media_type"), Mark::Lacks("taken_at"), Mark::Lacks("pk")],
        yields: Yields::Fields(&[
            ("creator.id", &["username", "owner.username"]),
            ("post.id", CODE),
            ("post.publish_time", &["timestamp"]),
            ("post.caption", &["caption"]),
            ("post.format", &["media_product_type", "media_type"]),
            (
                "counts.views",
                &["view_count", "views", "insights.data.views.values.0.value", "insights.data.plays.values.0.value"],
            ),
            ("counts.likes", &["like_count", "insights.data.likes.values.0.value"]),
            ("counts.comments", &["comments_count", "insights.data.comments.values.0.value"]),
            ("counts.shares", &["insights.data.shares.values.0.value"]),
            ("counts.saves", &["insights.data.saved.values.0.value"]),
        ]),
        children: &[Child {
            path: "comments.data",
            given: &[("media.id", "id"), ("media.permalink", "permalink"), ("media.username", "username")],
        }],
    },
    Shape {
        name: "an account of Instagram's Graph API",
        platform: PLATFORM,
        source: Source::InstagramGraphApi,
        marks: &[Mark::Has("username"), Mark::Any(&["followers_count", "media_count"])],
        yields: Yields::Fields(&[
            ("creator.id", &["username"]),
            ("creator.handle", &["username"]),
            ("creator.display_name", &["name"]),
            ("creator.bio", &["biography"]),
            ("creator.links", &["website"]),
            ("account.followers", &["followers_count"]),
            ("account.following", &["follows_count"]),
            ("account.total_posts", &["media_count"]),
        ]),
        children: &[Child { path: "media.data", given: &[("username", "username")] }],
    },
    Shape {
        name: "a post of an export of Instagram",
        platform: PLATFORM,
        source: Source::File,
        marks: &[
            Mark::Any(&["shortCode", "ownerUsername"]),
            Mark::Any(&["likesCount", "commentsCount", "videoViewCount", "videoPlayCount"]),
        ],
        yields: Yields::Fields(&[
            ("creator.id", &["ownerUsername", "authorUsername"]),
            ("post.id", CODE),
            ("post.publish_time", &["timestamp", "taken_at"]),
            ("post.caption", &["caption"]),
            ("post.hashtags", &["hashtags"]),
            ("post.format", &["productType", "type"]),
            ("post.duration", &["videoDuration"]),
            ("post.sponsored", &["isSponsored", "isPaidPartnership"]),
            ("counts.views", &["videoPlayCount", "videoViewCount"]),
            ("counts.likes", &["likesCount"]),
            ("counts.comments", &["commentsCount"]),
            ("counts.shares", &["sharesCount", "reshareCount"]),
        ]),
        children: &[Child {
            path: "latestComments",
            given: &[("post.shortCode", "shortCode"), ("post.ownerUsername", "ownerUsername")],
        }],
    },
    Shape {
        name: "an account of an export of Instagram",
        platform: PLATFORM,
        source: Source::File,
        marks: &[Mark::Has("username"), Mark::Any(&["followersCount", "postsCount"])],
        yields: Yields::Fields(&[
            ("creator.id", &["username"]),
            ("creator.handle", &["username"]),
            ("creator.display_name", &["fullName"]),
            ("creator.bio", &["biography"]),
            ("creator.links", &["externalUrl"]),
            ("creator.verified", &["verified"]),
            ("account.followers", &["followersCount"]),
            ("account.following", &["followsCount"]),
            ("account.total_posts", &["postsCount"]),
        ]),
        children: &[
            Child { path: "latestPosts", given: &[("ownerUsername", "username")] },
            Child { path: "latestIgtvVideos", given: &[("ownerUsername", "username")] },
        ],
    },
    Shape {
        name: "a post of Instagram's site",
        platform: PLATFORM,
        source: Source::File,
        marks: &[
            Mark::Has("shortcode"),
            Mark::Any(&["edge_media_to_comment", "edge_liked_by", "edge_media_preview_like", "taken_at_timestamp"]),
        ],
        yields: Yields::Fields(&[
            ("creator.id", &["owner.username"]),
            ("post.id", CODE),
            ("post.publish_time", &["taken_at_timestamp"]),
            ("post.caption", &["edge_media_to_caption.edges.0.node.text"]),
            ("post.format", &["product_type", "__typename"]),
            ("post.duration", &["video_duration"]),
            ("post.sponsored", &["is_paid_partnership"]),
            ("counts.views", &["video_play_count", "video_view_count"]),
            ("counts.likes", &["edge_liked_by.count", "edge_media_preview_like.count"]),
            ("counts.comments", &["edge_media_to_comment.count", "edge_media_to_parent_comment.count"]),
        ]),
        children: &[],
    },
    Shape {
        name: "an account of Instagram's site",
        platform: PLATFORM,
        source: Source::File,
        marks: &[Mark::Any(&["edge_followed_by", "edge_owner_to_timeline_media"])],
        yields: Yields::Fields(ACCOUNT),
        children: &[
            Child { path: "edge_owner_to_timeline_media.edges", given: &[("node.owner.username", "username")] },
            Child { path: "edge_felix_video_timeline.edges", given: &[("node.owner.username", "username")] },
        ],
    },
    Shape {
        name: "a post of Instagram's app",
        platform: PLATFORM,
        source: Source::File,
        marks: &[
            Mark::Any(&["code", "pk"]),
            Mark::Has("taken_at"),
            Mark::Any(&["like_count", "comment_count", "user"]),
        ],
        yields: Yields::Fields(&[
            ("creator.id", &["user.username", "owner.username"]),
            ("post.id", CODE),
            ("post.publish_time", &["taken_at"]),
            ("post.caption", &["caption.text", "caption_text"]),
            ("post.format", &["product_type", "media_type"]),
            ("post.duration", &["video_duration"]),
            ("post.sponsored", &["is_paid_partnership"]),
            ("counts.views", &["play_count", "ig_play_count", "view_count"]),
            ("counts.likes", &["like_count"]),
            ("counts.comments", &["comment_count"]),
            ("counts.shares", &["reshare_count"]),
        ]),
        children: &[],
    },
    Shape {
        name: "an account of Instagram's app",
        platform: PLATFORM,
        source: Source::File,
        marks: &[Mark::Has("username"), Mark::Any(&["follower_count"])],
        yields: Yields::Fields(&[
            ("creator.id", &["username"]),
            ("creator.handle", &["username"]),
            ("creator.display_name", &["full_name"]),
            ("creator.bio", &["biography"]),
            ("creator.links", &["external_url"]),
            ("creator.verified", &["is_verified"]),
            ("account.followers", &["follower_count"]),
            ("account.following", &["following_count"]),
            ("account.total_posts", &["media_count"]),
        ]),
        children: &[],
    },
];

const ACCOUNT: &[Paths] = &[
    ("creator.id", &["username"]),
    ("creator.handle", &["username"]),
    ("creator.display_name", &["full_name"]),
    ("creator.bio", &["biography"]),
    ("creator.links", &["external_url"]),
    ("creator.verified", &["is_verified"]),
    ("account.followers", &["edge_followed_by.count"]),
    ("account.following", &["edge_follow.count"]),
    ("account.total_posts", &["edge_owner_to_timeline_media.count"]),
];

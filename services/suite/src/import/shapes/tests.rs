//! Owns the tests of the shapes, each with a document as its source writes it. Never files.

use creatorscope_domain::PostFormat;
use creatorscope_proto::metrics::v1::{PostCounts, PostRecord};

use super::*;
use crate::import::documents;
use crate::import::items::{Comment, PostItem};

fn native(platform: Option<Platform>) -> Native {
    let now: Timestamp = "2026-10-01T00:00:00Z".parse().expect("valid");
    Native { platform, creator: Some("told".to_owned()), observed_at: now, now }
}

fn items(text: &str) -> Vec<Items> {
    let rows = documents::read(text.as_bytes(), 1, &native(None));
    rows.into_iter().map(|row| row.content.unwrap_or_else(|problems| panic!("{problems:#?}"))).collect()
}

fn record(items: &Items) -> PostRecord {
    match &items.post {
        Some(PostItem::Record(record)) => (**record).clone(),
        other => panic!("{other:?}"),
    }
}

/// What a document with one post yields: creator, post, form, source and counts.
fn post(text: &str) -> (String, PostFormat, Source, PostCounts) {
    let items = items(text).into_iter().find(|items| items.post.is_some()).expect("a post");
    let record = record(&items);
    let post = record.post.expect("a post");
    let format = PostFormat::from_number(post.format).unwrap_or(PostFormat::Long);
    (post.name, format, items.source, record.counts.unwrap_or_default())
}

fn counts(views: i64, likes: i64, comments: i64, shares: Option<i64>, saves: Option<i64>) -> PostCounts {
    let (views, likes, comments) = (Some(views), Some(likes), Some(comments));
    PostCounts { views, likes, comments, shares, saves, ..PostCounts::default() }
}

#[test]
fn a_post_is_read_in_every_shape_that_its_platform_has() {
    let tiktok = "creators/tiktok:ada/posts/7524124293039426871";
    let instagram = "creators/instagram:ada/posts/DVEWskvj24R";
    let table = [
        (
            r#"{"data":{"videos":[{"id":7524124293039426871,"create_time":1750000000,"username":"ada","region_code":"US","video_description":"x #y","like_count":6,"comment_count":5,"share_count":4,"view_count":7,"favorites_count":3,"hashtag_names":["y"],"video_duration":9}],"cursor":1,"has_more":false,"search_id":"1"},"error":{"code":"ok","message":"","log_id":"2"}}"#,
            tiktok,
            PostFormat::Short,
            Source::TiktokResearchApi,
            counts(7, 6, 5, Some(4), Some(3)),
        ),
        (
            r#"{"data":{"videos":[{"id":"7524124293039426871","create_time":1750000000,"title":"x","share_url":"https://www.tiktok.com/@ada/video/7524124293039426871?utm=1","duration":9,"like_count":6,"comment_count":5,"share_count":4,"view_count":7}],"cursor":1,"has_more":true},"error":{"code":"ok"}}"#,
            tiktok,
            PostFormat::Short,
            Source::TiktokDisplayApi,
            counts(7, 6, 5, Some(4), None),
        ),
        (
            r#"[{"id":"7524124293039426871","text":"x","createTimeISO":"2026-03-01T12:00:00.000Z","isAd":false,"authorMeta":{"id":"1","name":"ada","nickName":"Ada","fans":10,"verified":false},"webVideoUrl":"https://www.tiktok.com/@ada/video/7524124293039426871","videoMeta":{"duration":26.981},"diggCount":6,"shareCount":4,"playCount":7,"collectCount":3,"commentCount":5,"hashtags":[{"id":"1","name":"y"}]}]"#,
            tiktok,
            PostFormat::Short,
            Source::File,
            counts(7, 6, 5, Some(4), Some(3)),
        ),
        (
            r#"{"itemInfo":{"itemStruct":{"id":"7524124293039426871","desc":"x","createTime":"1750000000","author":{"uniqueId":"ada","nickname":"Ada"},"imagePost":{"images":[]},"statsV2":{"playCount":"7","diggCount":"6","commentCount":"5","shareCount":"4","collectCount":"3"}}},"statusCode":0}"#,
            tiktok,
            PostFormat::Carousel,
            Source::File,
            counts(7, 6, 5, Some(4), Some(3)),
        ),
        (
            r#"{"aweme_list":[{"aweme_id":"7524124293039426871","desc":"x","create_time":1750000000,"author":{"unique_id":"ada"},"video":{"duration":15000},"statistics":{"play_count":7,"digg_count":6,"comment_count":5,"share_count":4,"collect_count":3}}],"has_more":0}"#,
            tiktok,
            PostFormat::Short,
            Source::File,
            counts(7, 6, 5, Some(4), Some(3)),
        ),
        (
            r#"{"business_discovery":{"username":"ada","name":"Ada","followers_count":9,"media_count":1,"media":{"data":[{"id":"17895","caption":"x","media_type":"VIDEO","media_product_type":"REELS","timestamp":"2024-05-01T12:00:00+0000","permalink":"https://www.instagram.com/reel/DVEWskvj24R/","view_count":7,"like_count":6,"comments_count":5}],"paging":{"cursors":{"after":"x"}}},"id":"1"},"id":"2"}"#,
            instagram,
            PostFormat::Reel,
            Source::InstagramGraphApi,
            counts(7, 6, 5, None, None),
        ),
        (
            r#"{"data":[{"id":"17895","username":"ada","media_type":"CAROUSEL_ALBUM","media_product_type":"FEED","timestamp":"2024-05-01T12:00:00+0000","permalink":"https://www.instagram.com/p/DVEWskvj24R/","like_count":6,"comments_count":5,"insights":{"data":[{"name":"views","period":"lifetime","values":[{"value":7}]},{"name":"saved","values":[{"value":3}]}]}}],"paging":{}}"#,
            instagram,
            PostFormat::Carousel,
            Source::InstagramGraphApi,
            counts(7, 6, 5, None, Some(3)),
        ),
        (
            r#"{"id":"3","type":"Video","productType":"clips","shortCode":"DVEWskvj24R","ownerUsername":"ada","caption":"x","hashtags":["y"],"timestamp":"2026-05-01T00:00:00.000Z","likesCount":6,"commentsCount":5,"videoViewCount":1,"videoPlayCount":7,"isSponsored":false}"#,
            instagram,
            PostFormat::Reel,
            Source::File,
            counts(7, 6, 5, None, None),
        ),
        (
            r#"{"data":{"user":{"username":"ada","edge_followed_by":{"count":9},"edge_owner_to_timeline_media":{"count":1,"edges":[{"node":{"__typename":"GraphSidecar","shortcode":"DVEWskvj24R","taken_at_timestamp":1759276800,"edge_media_preview_like":{"count":6},"edge_media_to_comment":{"count":5},"video_view_count":7,"edge_media_to_caption":{"edges":[{"node":{"text":"x"}}]},"owner":{"id":"1"}}}]}}}}"#,
            instagram,
            PostFormat::Carousel,
            Source::File,
            counts(7, 6, 5, None, None),
        ),
        (
            r#"{"data":{"xdt_api__v1__feed__user_timeline_graphql_connection":{"edges":[{"node":{"code":"DVEWskvj24R","pk":"3","taken_at":1771718400,"media_type":1,"product_type":"feed","like_count":6,"comment_count":5,"play_count":7,"caption":{"text":"x"},"user":{"username":"ada"}}}]}}}"#,
            instagram,
            PostFormat::Image,
            Source::File,
            counts(7, 6, 5, None, None),
        ),
    ];
    for (text, name, format, source, counts) in table {
        assert_eq!(post(text), (name.to_owned(), format, source, counts), "{text}");
    }
}

#[test]
fn an_account_is_read_in_every_shape_and_posts_in_it_have_rows_of_their_own() {
    let table = [
        (
            r#"{"data":{"display_name":"Ada","bio_description":"b","follower_count":9,"following_count":1,"likes_count":2,"video_count":3,"is_verified":true},"error":{"code":"ok"}}"#,
            "tiktok:told",
            1,
        ),
        (
            r#"{"data":{"user":{"open_id":"o","username":"ada","display_name":"Ada","follower_count":9,"likes_count":2,"video_count":3}},"error":{"code":"ok"}}"#,
            "tiktok:ada",
            1,
        ),
        (
            r#"{"userInfo":{"user":{"uniqueId":"ada","nickname":"Ada","signature":"b","verified":false},"stats":{"followerCount":9,"heartCount":2,"videoCount":3}}}"#,
            "tiktok:ada",
            1,
        ),
        (
            r#"{"username":"ada","name":"Ada","biography":"b","followers_count":9,"follows_count":1,"media_count":3,"id":"1"}"#,
            "instagram:ada",
            1,
        ),
        (
            r#"{"username":"ada","fullName":"Ada","followersCount":9,"postsCount":3,"latestPosts":[{"shortCode":"DVEWskvj24R","likesCount":1,"commentsCount":0}]}"#,
            "instagram:ada",
            2,
        ),
        (
            r#"{"graphql":{"user":{"username":"ada","full_name":"Ada","edge_followed_by":{"count":9},"edge_follow":{"count":1}}}}"#,
            "instagram:ada",
            1,
        ),
    ];
    for (text, creator, rows) in table {
        let items = items(text);
        assert_eq!((items.len(), items[0].creator.as_str()), (rows, creator), "{text}");
        let (profile, account) =
            (items[0].profile.as_ref().expect("a profile"), items[0].account.as_ref().expect("counts"));
        assert_eq!((profile.display_name.as_str(), account.followers), ("Ada", Some(9)), "{text}");
        assert!(items.iter().all(|items| items.creator.as_str() == creator), "{text}");
    }
}

#[test]
fn likes_that_are_absent_stay_absent_and_those_that_are_hidden_are_named() {
    let absent = post(r#"{"id":"17895","username":"ada","media_type":"IMAGE","timestamp":"2024-05-01T12:00:00+0000","comments_count":5}"#).3;
    assert_eq!((absent.likes, absent.hidden.len()), (None, 0));
    let hidden = post(r#"{"shortCode":"DVEWskvj24R","ownerUsername":"ada","likesCount":-1,"commentsCount":5}"#).3;
    assert_eq!((hidden.likes, hidden.hidden.as_slice(), hidden.comments), (None, &["likes".to_owned()][..], Some(5)));
}

#[test]
fn comments_and_their_replies_know_their_post_and_are_plain_text() {
    let thread = r#"{"kind":"youtube#commentThreadListResponse","items":[{"kind":"youtube#commentThread","id":"U","snippet":{"channelId":"UCsBjURrPoezykLs9EqgamOA","videoId":"8PhdfcX9tG0","topLevelComment":{"kind":"youtube#comment","id":"U","snippet":{"authorDisplayName":"Bob","authorChannelId":{"value":"UCb"},"textDisplay":"so <b>good</b><br />it&#39;s","likeCount":2,"publishedAt":"2024-05-01T12:00:00Z"}},"totalReplyCount":1},"replies":{"comments":[{"kind":"youtube#comment","id":"U.r","snippet":{"parentId":"U","textOriginal":"yes","likeCount":0,"publishedAt":"2024-05-02T12:00:00Z"}}]}}]}"#;
    let post = "creators/youtube:UCsBjURrPoezykLs9EqgamOA/posts/8PhdfcX9tG0";
    let mut found: Vec<Comment> = items(thread).into_iter().flat_map(|items| items.comments).collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].text.as_str(), found[0].author.as_str(), found[0].likes), ("so good\nit's", "UCb", Some(2)));
    assert!(found.iter().all(|comment| comment.post == post), "{found:?}");
    assert_eq!((found[0].reply_to.as_str(), found[1].reply_to.as_str()), ("", "U"));
    for (text, post) in [
        (
            r#"{"data":{"comments":[{"id":1,"video_id":7524124293039426871,"text":"t","like_count":1,"create_time":1750000000}]},"error":{"code":"ok"}}"#,
            "creators/tiktok:told/posts/7524124293039426871",
        ),
        (
            r#"{"cid":"1","text":"t","createTimeISO":"2026-03-01T12:00:00.000Z","diggCount":1,"videoWebUrl":"https://www.tiktok.com/@ada/video/7524124293039426871","uniqueId":"bob"}"#,
            "creators/tiktok:ada/posts/7524124293039426871",
        ),
        (
            r#"{"id":"17895","username":"ada","media_type":"IMAGE","permalink":"https://www.instagram.com/p/DVEWskvj24R/","comments":{"data":[{"id":"1","text":"t","username":"bob","timestamp":"2024-05-01T12:00:00+0000"}]}}"#,
            "creators/instagram:ada/posts/DVEWskvj24R",
        ),
        (
            r#"{"id":"1","postUrl":"https://www.instagram.com/p/DVEWskvj24R/","text":"t","ownerUsername":"bob","timestamp":"2026-03-01T12:00:00.000Z","likesCount":1}"#,
            "creators/instagram:told/posts/DVEWskvj24R",
        ),
    ] {
        let found: Vec<Comment> = items(text).into_iter().flat_map(|items| items.comments).collect();
        assert_eq!((found.len(), found[0].post.as_str(), found[0].text.as_str()), (1, post, "t"), "{text}");
    }
}

#[test]
fn replies_know_what_they_answer_and_comments_on_a_post_answer_nothing() {
    for (text, expected) in [
        (
            r#"{"data":{"comments":[{"id":1,"video_id":7524124293039426871,"parent_comment_id":7524124293039426871,"text":"t","create_time":1750000000},{"id":2,"video_id":7524124293039426871,"parent_comment_id":1,"text":"u","create_time":1750000000}]}}"#,
            [("1", "", ""), ("2", "1", "")],
        ),
        (
            r#"{"cid":"1","text":"t","aweme_id":"7524124293039426871","reply_id":"0","user":{"unique_id":"bob","region":"BR"},"reply_comment":[{"cid":"2","text":"u","aweme_id":"7524124293039426871","user":{"unique_id":"eve","region":"??"}}]}"#,
            [("1", "", "BR"), ("2", "1", "")],
        ),
        (
            r#"{"id":"1","text":"t","timestamp":"2024-05-01T12:00:00+0000","media":{"id":"17895","shortcode":"DVEWskvj24R"},"replies":{"data":[{"id":"2","text":"u","timestamp":"2024-05-01T12:00:00+0000"}]}}"#,
            [("1", "", ""), ("2", "1", "")],
        ),
        (
            r#"{"id":"1","postUrl":"https://www.instagram.com/p/DVEWskvj24R/","text":"t","ownerUsername":"bob","replies":[{"id":"2","text":"u","ownerUsername":"eve"}]}"#,
            [("1", "", ""), ("2", "1", "")],
        ),
    ] {
        let mut found: Vec<Comment> = items(text).into_iter().flat_map(|items| items.comments).collect();
        found.sort_by(|one, other| one.id.cmp(&other.id));
        let told: Vec<(&str, &str, &str)> = found
            .iter()
            .map(|comment| (comment.id.as_str(), comment.reply_to.as_str(), comment.author_country.as_str()))
            .collect();
        assert_eq!(told, expected, "{text}");
    }
}

#[test]
fn of_a_copy_of_ones_data_only_the_own_videos_are_read() {
    let text = r#"{"Activity":{"Video Browsing History":{"VideoList":[{"Date":"2024-05-01 12:00:00","Link":"https://www.tiktokv.com/share/video/7524124293039426872/"}]}},"Profile":{"Profile Information":{"ProfileMap":{"userName":"ada"}}},"Video":{"Videos":{"VideoList":[{"Date":"2024-05-01 12:00:00","Link":"https://www.tiktokv.com/share/video/7524124293039426871/","Likes":"12"}]}}}"#;
    let items = items(text);
    assert_eq!(items.len(), 1);
    let record = record(&items[0]);
    assert_eq!(record.post.expect("a post").name, "creators/tiktok:ada/posts/7524124293039426871");
    assert_eq!(record.counts.expect("counts").likes, Some(12));
}

#[test]
fn what_has_no_shape_is_told_with_the_shapes_that_are_read() {
    let rows = documents::read(br#"{"hello":1}"#, 1, &native(Some(Platform::Tiktok)));
    let problems = rows[0].content.as_ref().expect_err("rejected");
    assert_eq!(problems[0].reason, "NOT_IMPORTABLE");
    assert!(problems[0].accepted.contains("a video of TikTok's Research API"), "{problems:?}");
    assert!(!problems[0].accepted.contains("YouTube"), "{problems:?}");
}

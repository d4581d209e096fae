//! Owns the tests of YouTube's JSON. Never the services.

use creatorscope_domain::PostFormat;
use creatorscope_proto::metrics::v1::PostRecord;

use super::*;
use crate::import::items::{Items, PostItem};

fn rows(text: &str) -> Vec<Row> {
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("valid");
    read(text.as_bytes(), now, now)
}

fn outline(text: &str) -> Vec<(u64, String)> {
    rows(text)
        .into_iter()
        .map(|row| {
            (
                row.line,
                row.content
                    .map_or_else(|problems| problems[0].reason.to_string(), |items| items.creator.as_str().to_owned()),
            )
        })
        .collect()
}

fn record(text: &str) -> PostRecord {
    match rows(text).remove(0).content {
        Ok(Items { post: Some(PostItem::Record(record)), .. }) => *record,
        other => panic!("{other:?}"),
    }
}

const VIDEO: &str = r#"{"kind":"youtube#video","id":"8PhdfcX9tG0","snippet":{"publishedAt":"2022-07-21T16:27:36Z","channelId":"UCsBjURrPoezykLs9EqgamOA",
"title":"10 editors","description":"x","tags":["webdev","app"],"categoryId":"28","liveBroadcastContent":"none","defaultAudioLanguage":"en"},
"contentDetails":{"duration":"PT10M28S"},"statistics":{"viewCount":"1376083","likeCount":55834,"favoriteCount":"0","commentCount":"3313"}}"#;

#[test]
fn a_video_becomes_a_post_with_its_counts_and_absent_keys_stay_absent() {
    let whole = record(VIDEO);
    let (post, counts) = (whole.post.expect("a post"), whole.counts.expect("counts"));
    assert_eq!(post.name, "creators/youtube:UCsBjURrPoezykLs9EqgamOA/posts/8PhdfcX9tG0");
    assert_eq!((post.title.as_str(), post.category.as_str(), post.language.as_str()), ("10 editors", "28", "en"));
    assert_eq!((post.hashtags.len(), post.duration.map(|length| length.seconds)), (2, Some(628)));
    assert_eq!(post.format, PostFormat::Long.number());
    assert_eq!(
        (counts.views, counts.likes, counts.comments, counts.shares, counts.saves),
        (Some(1_376_083), Some(55_834), Some(3_313), None, None)
    );
    let bare = record(&VIDEO.replace("\"likeCount\":55834,", ""));
    assert_eq!(bare.counts.expect("counts").likes, None);
    let without = record(&VIDEO.replace("statistics", "other"));
    assert_eq!(without.counts, None);
}

#[test]
fn the_form_of_a_post_is_only_told_when_it_is_known() {
    let format = |from: &str, to: &str| record(&VIDEO.replace(from, to)).post.expect("a post").format;
    assert_eq!(format("PT10M28S", "PT59S"), 0);
    assert_eq!(format("PT10M28S", "P0D"), 0);
    assert_eq!(format("\"none\"", "\"live\""), PostFormat::Live.number());
    assert_eq!(
        format("\"contentDetails\"", "\"liveStreamingDetails\":{},\"contentDetails\""),
        PostFormat::Live.number()
    );
    assert_eq!(record(&VIDEO.replace("PT10M28S", "P0D")).post.expect("a post").duration, None);
}

#[test]
fn a_channel_becomes_a_profile_and_counts_and_hidden_subscribers_are_hidden() {
    let channel = r#"{"kind":"youtube#channel","id":"UC_x5XG1OV2P6uZZ5FSM9Ttw","snippet":{"title":"G","description":"d","customUrl":"@g","publishedAt":"2007-08-23T00:34:43Z","country":"US"},
        "statistics":{"viewCount":"160361638","subscriberCount":"0","hiddenSubscriberCount":true,"videoCount":"5026"}}"#;
    let items = rows(channel).remove(0).content.expect("a channel");
    let (profile, account) = (items.profile.expect("a profile"), items.account.expect("counts"));
    assert_eq!((profile.display_name.as_str(), profile.handle.as_str(), profile.country.as_str()), ("G", "g", "US"));
    assert_eq!((account.followers, account.total_views, account.total_posts), (None, Some(160_361_638), Some(5_026)));
    assert_eq!(account.hidden, ["followers"]);
}

#[test]
fn what_cannot_be_imported_is_told_item_by_item_with_its_line() {
    let text = format!(
        "{{\"kind\":\"youtube#videoListResponse\",\"items\":[\n{},\n{{\"kind\":\"youtube#video\",\"id\":\"short\",\"snippet\":{{\"channelId\":\"c\"}}}},\n{{\"kind\":\"youtube#searchResult\"}}]}}\n{{\"kind\":\"youtube#commentListResponse\",\"items\":[{{\"kind\":\"youtube#comment\"}}]}}\n{{\"error\":{{\"code\":403}}}}\n{{\"kind\":\"youtube#videoGetRatingResponse\",\"items\":[{{\"rating\":\"like\"}}]}}\n{{\"kind\":\"youtube#videoListResponse\"}}\n{{broken\nrest\n{}",
        VIDEO.replace('\n', ""),
        VIDEO.replace('\n', ""),
    );
    let expected = [
        (2, "youtube:UCsBjURrPoezykLs9EqgamOA"),
        (3, "INVALID_ID"),
        (4, "NOT_IMPORTABLE"),
        (5, "NOT_IMPORTABLE"),
        (6, "NOT_IMPORTABLE"),
        (7, "NOT_IMPORTABLE"),
        (9, "MALFORMED_JSON"),
        (11, "youtube:UCsBjURrPoezykLs9EqgamOA"),
    ];
    let problems = rows(&text).remove(1).content.expect_err("rejected");
    assert_eq!(problems[0].field, "items[1].id");
    assert_eq!(outline(&text), expected.map(|(line, what)| (line, what.to_owned())));
}

#[test]
fn bad_values_are_told_by_their_path_and_never_become_zero() {
    for (from, to, reason, field) in [
        ("\"1376083\"", "\"-1\"", "NEGATIVE_COUNT", "statistics.viewCount"),
        ("\"1376083\"", "1.5", "FRACTIONAL_COUNT", "statistics.viewCount"),
        ("\"1376083\"", "\"1.3E+06\"", "MANGLED_NUMBER", "statistics.viewCount"),
        ("\"1376083\"", "[]", "WRONG_TYPE", "statistics.viewCount"),
        ("2022-07-21T16:27:36Z", "2032-07-21T16:27:36Z", "FUTURE_DATE", "snippet.publishedAt"),
        ("2022-07-21T16:27:36Z", "July", "BAD_DATE", "snippet.publishedAt"),
        ("PT10M28S", "10:28", "BAD_DURATION", "contentDetails.duration"),
        ("\"channelId\":", "\"channel\":", "MISSING_ID", "snippet.channelId"),
    ] {
        let problems = rows(&VIDEO.replace(from, to)).remove(0).content.expect_err("rejected");
        assert_eq!((problems[0].reason.as_ref(), problems[0].field.as_str()), (reason, field));
    }
}

#[test]
fn text_that_is_no_json_at_any_depth_is_refused_and_never_panics() {
    assert_eq!(outline("\u{feff}"), []);
    assert_eq!(outline(&"[".repeat(100_000))[0].1, "MALFORMED_JSON");
    assert_eq!(outline("{\"items\":5}")[0].1, "NOT_IMPORTABLE");
    assert_eq!(outline("[1,2]").len(), 2);
    assert_eq!(rows("\u{feff}{\"kind\":\"youtube#videoListResponse\",\"items\":[]}").len(), 0);
}

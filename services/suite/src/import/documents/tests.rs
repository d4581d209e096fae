//! Owns the tests of files of JSON, with YouTube's as the example. Never the services.

use creatorscope_domain::{Platform, PostFormat};
use creatorscope_proto::metrics::v1::PostRecord;
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::import::items::{Items, PostItem};
use crate::import::shapes::Native;

fn rows(text: impl AsRef<[u8]>) -> Vec<Row> {
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("valid");
    read(text.as_ref(), 1, &Native { platform: Some(Platform::Youtube), creator: None, observed_at: now, now })
}

fn outline(text: impl AsRef<[u8]>) -> Vec<(u64, String)> {
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
        let problems = rows(VIDEO.replace(from, to)).remove(0).content.expect_err("rejected");
        assert_eq!((problems[0].reason.as_ref(), problems[0].field.as_str()), (reason, field));
    }
}

#[test]
fn text_that_is_no_json_at_any_depth_is_refused_and_never_panics() {
    assert_eq!(outline("\u{feff}"), []);
    for deep in ["[", "{\"a\":", "{\"items\":["] {
        assert_eq!(outline(deep.repeat(100_000))[0].1, "TRUNCATED_JSON");
    }
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(1_000), "]".repeat(1_000));
    assert_eq!(outline(format!("{deep}\n{VIDEO}")), outcomes(&[(1, "MALFORMED_JSON"), (2, ADA)]));
    assert_eq!(outline("{\"items\":5}")[0].1, "NOT_IMPORTABLE");
    assert_eq!(outline("[1,2]").len(), 2);
    assert_eq!(rows("\u{feff}{\"kind\":\"youtube#videoListResponse\",\"items\":[]}").len(), 0);
}

const ADA: &str = "youtube:UCsBjURrPoezykLs9EqgamOA";

/// What stands in a page after its items.
const REST: &[u8] = b"\n],\"pageInfo\":{\"totalResults\":3}}";

fn outcomes(expected: &[(u64, &str)]) -> Vec<(u64, String)> {
    expected.iter().map(|(line, what)| (*line, (*what).to_owned())).collect()
}

/// A page with a line for each of these items.
fn page(items: &[&[u8]]) -> Vec<u8> {
    let mut text = b"{\"kind\":\"youtube#videoListResponse\",\"items\":[\n".to_vec();
    text.extend_from_slice(&items.join(&b",\n"[..]));
    text.extend_from_slice(REST);
    text
}

fn video() -> String {
    VIDEO.replace('\n', "")
}

fn with_title(title: &[u8]) -> Vec<u8> {
    let video = video();
    let (before, after) = video.split_once("10 editors").expect("a title");
    [before.as_bytes(), title, after.as_bytes()].concat()
}

#[test]
fn dirt_in_an_item_costs_this_item_and_no_other() {
    let good = video();
    let cases: [(&str, Vec<u8>, &str, &str); 13] = [
        ("invalid UTF-8", with_title(b"a\xFFb"), "INVALID_UTF8", "line 3, column 141 is the byte FF"),
        ("half a character", with_title(b"\xC3"), "INVALID_UTF8", "C3"),
        ("a control character", with_title(b"\x01"), "MALFORMED_JSON", "line 3, column 140: control character"),
        ("a NUL", with_title(b"\0"), "MALFORMED_JSON", "control character"),
        ("an unknown escape", with_title(b"\\x"), "MALFORMED_JSON", "invalid escape"),
        ("half a surrogate pair", with_title(b"\\ud83d"), "MALFORMED_JSON", "hex escape"),
        ("a quote", with_title(b"10\" inch"), "MALFORMED_JSON", "expected `,` or `}`"),
        ("two quotes", with_title(b"the \"best\" one"), "MALFORMED_JSON", "expected `,` or `}`"),
        ("a missing brace", good[..good.len() - 1].into(), "MALFORMED_JSON", "it is not closed"),
        ("a cut item", good[..200].into(), "MALFORMED_JSON", ""),
        ("a missing value", good.replace("55834", "").into(), "MALFORMED_JSON", "expected value"),
        ("a comma too many", good.replace("\"3313\"", "\"3313\",").into(), "MALFORMED_JSON", "trailing comma"),
        ("no quotes", good.replace("\"id\"", "id").into(), "MALFORMED_JSON", "key must be a string"),
    ];
    for (name, dirty, reason, because) in cases {
        let text = page(&[good.as_bytes(), &dirty, good.as_bytes()]);
        let read = rows(&text);
        assert_eq!(outline(&text), outcomes(&[(2, ADA), (3, reason), (4, ADA)]), "{name}");
        assert_eq!(read[1].raw, dirty, "{name}");
        let problems = read[1].content.as_ref().expect_err("rejected");
        assert!(problems[0].accepted.contains(because), "{name}: {}", problems[0].accepted);
        let lines = [good.as_bytes(), &dirty, good.as_bytes()].join(&b'\n');
        assert_eq!(outline(&lines), outcomes(&[(1, ADA), (2, reason), (3, ADA)]), "{name}, an object a line");
    }
}

#[test]
fn stray_quotes_and_brackets_cost_no_other_item() {
    let good = video();
    for title in ["\"}]}],[{", "[[{\"", "]\"", "}}\"}}", "{\"a\":[", "\\\""] {
        let text = page(&[good.as_bytes(), &with_title(title.as_bytes()), good.as_bytes()]);
        let imported = outline(&text).into_iter().filter(|(line, what)| what == ADA && *line != 3).count();
        assert_eq!(imported, 2, "{title}: {:?}", outline(&text));
    }
}

#[test]
fn dirt_around_items_is_told_once_and_costs_no_item() {
    let item = video();
    type Rows<'a> = &'a [(u64, &'a str)];
    let cases: [(&str, String, Rows<'_>); 11] = [
        ("a missing comma", format!("{{\"items\":[{item}\n{item}]}}"), &[(1, ADA), (2, ADA)]),
        ("a comma too many", format!("[{item},\n,{item},]"), &[(1, ADA), (2, ADA)]),
        ("no JSON between items", format!("[{item},\nnope,\n{item}]"), &[(1, ADA), (2, "MALFORMED_JSON"), (3, ADA)]),
        ("a brace too many", format!("[{item}}},\n{item}]"), &[(1, ADA), (1, "MALFORMED_JSON"), (2, ADA)]),
        (
            "no JSON between documents",
            format!("{item}\nhello \"you\", [x]\n{item}"),
            &[(1, ADA), (2, "MALFORMED_JSON"), (3, ADA)],
        ),
        ("a mark between documents", format!("{item}\n\u{feff}{item}"), &[(1, ADA), (2, ADA)]),
        ("no line break between documents", format!("{item}{item}"), &[(1, ADA), (1, ADA)]),
        ("dirt before the list", format!("{{\"etag\":x,\"items\":[\n{item}]}}"), &[(2, ADA), (1, "MALFORMED_JSON")]),
        (
            "dirt behind the list",
            format!("{{\"items\":[\n{item}],\"etag\":}}\n{item}"),
            &[(2, ADA), (1, "MALFORMED_JSON"), (3, ADA)],
        ),
        ("an error with items", format!("{{\"items\":[\n{item}],\"error\":{{}}}}"), &[(1, "NOT_IMPORTABLE")]),
        ("a kind that is none", format!("{{\"items\":[\n{item}],\"kind\":5}}"), &[(1, "NOT_IMPORTABLE")]),
    ];
    for (name, text, expected) in cases {
        assert_eq!(outline(&text), outcomes(expected), "{name}");
    }
}

#[test]
fn a_page_that_breaks_off_does_not_take_the_next_one_with_it() {
    let item = video();
    let text = String::from_utf8(page(&[item.as_bytes(), item.as_bytes(), item.as_bytes()])).expect("text");
    let second = text.find('\n').expect("a line") + item.len() + 3;
    for cut in second + 30..second + item.len() {
        // The next page could still be a value of this item.
        if [":", "[", "\"webdev\","].iter().any(|end| text[..cut].ends_with(end)) {
            continue;
        }
        let both = format!("{}\n{text}", &text[..cut]);
        let read = outline(&both);
        let expected = [(2, ADA), (3, "MALFORMED_JSON"), (5, ADA), (6, ADA), (7, ADA)];
        assert_eq!(read, outcomes(&expected), "{}", &text[second..cut]);
    }
}

#[test]
fn an_item_without_a_kind_has_that_of_its_page_wherever_it_stands() {
    let item = video().replace("\"kind\":\"youtube#video\",", "");
    let kind = "\"kind\":\"youtube#videoListResponse\"";
    assert_eq!(outline(format!("{{\"items\":[{item}],{kind}}}")), outcomes(&[(1, ADA)]));
    assert_eq!(outline(format!("{{{kind},\"items\":[{item},\n{{\"id")), outcomes(&[(1, ADA), (2, "TRUNCATED_JSON")]));
    assert_eq!(outline(format!("{{\"items\":[{item}]}}")), outcomes(&[(1, "NOT_IMPORTABLE")]));
}

#[test]
fn an_item_that_is_too_long_is_rejected_and_only_its_beginning_is_kept() {
    let long = with_title(&vec![b'x'; RECORD_LIMIT]);
    let good = video();
    let text = page(&[&long, good.as_bytes()]);
    assert_eq!(outline(&text), outcomes(&[(2, "RECORD_TOO_LONG"), (3, ADA)]));
    assert_eq!(rows(&text)[0].raw.len(), KEPT);
}

#[test]
fn a_cut_says_where_the_file_breaks_off() {
    let text = page(&[video().as_bytes(), b"{\"id\":\"a"]);
    let cut = &text[..text.len() - REST.len()];
    let row = rows(cut).pop().expect("a row");
    let problems = row.content.expect_err("rejected");
    assert_eq!((row.line, row.raw.as_slice(), problems[0].reason.as_ref()), (3, &b"{\"id\":\"a"[..], "TRUNCATED_JSON"));
    assert_eq!(problems[0].accepted, "a whole file; it breaks off at line 3, column 9: EOF while parsing a string");
}

#[test]
fn what_is_broken_before_the_file_breaks_off_is_told_first() {
    for (text, reason) in [
        ("{\"a\":1.", "TRUNCATED_JSON"),
        ("[{\"a\":-", "TRUNCATED_JSON"),
        ("[2e", "TRUNCATED_JSON"),
        ("[12", "TRUNCATED_JSON"),
        ("[{\"a\":tr", "TRUNCATED_JSON"),
        ("[{\"a\":1.x", "MALFORMED_JSON"),
        ("[{\"a\" 1,\"b\":[", "MALFORMED_JSON"),
    ] {
        assert_eq!(outline(text), outcomes(&[(1, reason)]), "{text}");
    }
}

proptest! {
    #[test]
    fn a_page_that_is_cut_anywhere_keeps_every_item_before_the_cut(cut in 0_usize..2_000) {
        let item = video();
        let text = page(&[item.as_bytes(), item.as_bytes(), item.as_bytes()]);
        let cut = cut.min(text.len());
        let first = text.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
        let whole = (0..3).filter(|place| first + place * (item.len() + 2) + item.len() <= cut).count();
        let mut expected: Vec<(u64, &str)> = (0..whole).map(|place| (place as u64 + 2, ADA)).collect();
        let read = outline(&text[..cut]);
        if 0 < cut && cut < text.len() {
            let line = read.last().map_or(0, |row| row.0);
            expected.push((line, "TRUNCATED_JSON"));
        }
        prop_assert_eq!(read, outcomes(&expected));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(text in split::tests::dirty_text()) {
        let read = rows(&text);
        for (place, row) in read.iter().enumerate() {
            prop_assert_eq!(row.ordinal, place as u64 + 1);
        }
    }
}

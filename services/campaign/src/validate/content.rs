//! Owns what is wrong with the content of a draft or a post. Never whether it is lawful.

use creatorscope_kit::fault::Violations;
use creatorscope_proto::{
    campaign::v1::{DisclosureContent, DisclosureMedium},
    common::v1::Platform,
};

use super::parts::{cut, entry, length, most};

/// The most characters of all texts of a content together.
pub const MOST_CHARACTERS: usize = 100_000;
/// The most hashtags of a content.
pub const MOST_HASHTAGS: usize = 200;
/// The longest hashtag, in characters.
const LONGEST_HASHTAG: usize = 200;

/// Notes what is wrong with a content; `field` is its path, e.g. `content`. An empty caption is accepted.
pub fn check(problems: &mut Violations, field: &str, content: &DisclosureContent) {
    let at = |name: &str| format!("{field}.{name}");
    let together = characters(content);
    if together > MOST_CHARACTERS {
        let description =
            format!("{together} characters in all texts together; at most {MOST_CHARACTERS} are accepted");
        problems.add(field, "TOO_LONG", description);
    }
    most(problems, &at("hashtags"), content.hashtags.len(), MOST_HASHTAGS);
    for (place, hashtag) in content.hashtags.iter().enumerate().take(MOST_HASHTAGS) {
        let at = entry(&at("hashtags"), place);
        let body = hashtag.trim_start_matches(['#', '＃']);
        length(problems, &at, body, 1, LONGEST_HASHTAG);
        if body.chars().any(char::is_whitespace) {
            let description =
                format!("`{}` has a space; accepted is one hashtag an entry, with or without #", cut(hashtag));
            problems.add(at, "INVALID_VALUE", description);
        }
    }
    if DisclosureMedium::try_from(content.medium).is_err() {
        let description = format!("{} is not a medium; accepted are those of `DisclosureMedium`", content.medium);
        problems.add(at("medium"), "UNKNOWN_VALUE", description);
    }
    if Platform::try_from(content.platform).is_err() {
        let description = format!("{} is not a platform; accepted are those of `Platform`", content.platform);
        problems.add(at("platform"), "UNKNOWN_VALUE", description);
    }
    if !content.language.is_empty() && !is_language(&content.language) {
        let description = format!(
            "`{}` is not a language; accepted are tags of BCP 47 such as pt or zh-Hans",
            cut(&content.language)
        );
        problems.add(at("language"), "INVALID_LANGUAGE", description);
    }
}

/// How many characters all texts of a content have together.
pub fn characters(content: &DisclosureContent) -> usize {
    let optional = [&content.transcript, &content.on_screen_text].into_iter().flatten();
    let plain =
        [&content.caption, &content.first_comment, &content.title, &content.platform_flag_text, &content.profile_text];
    plain.into_iter().chain(optional).chain(&content.hashtags).map(|text| text.chars().count()).sum()
}

/// Whether a text has the shape of BCP 47: a language of 2 to 8 letters and parts of 1 to 8 letters or digits; up to 35 in all.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    tag.len() <= 35
        && (2..=8).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

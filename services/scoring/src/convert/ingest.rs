//! Owns reading comments from the wire, one by one with everything that is wrong with each. Never storage.

use std::borrow::Cow;

use creatorscope_domain::{PostName, Retention, Source};
use creatorscope_kit::fault::{Violation, Violations};
use creatorscope_proto::{common::v1 as common, scoring::v1 as pb};
use creatorscope_text::{
    sentiment::{Scratch, Unknown},
    target::Place,
};
use jiff::{SignedDuration, Timestamp};

use super::{from_wire_time, reading::violation};
use crate::{
    model::Comment,
    reading::{MAX_TEXT, is_empty, read, readable},
    second::Candidates,
    store::HashKeys,
};

/// The most comments of one message.
const MAX_ITEMS: usize = 5_000;
const MAX_AUTHOR: usize = 300;
const MAX_COMMENT_ID: usize = 200;
/// Characters of an excerpt.
const EXCERPT: usize = 200;
/// How far a reading may lie in the future, because clocks differ.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// What comments are read with.
#[derive(Debug)]
pub struct Desk {
    /// Keys of the hashes.
    pub keys: HashKeys,
    /// How long sources may be kept.
    pub retention: Retention,
    /// The time.
    pub now: Timestamp,
    /// Whether the beginnings of texts are kept.
    pub keeps_excerpts: bool,
    /// How many comments of each creator encoders read too; 0 without encoders.
    pub sample_size: usize,
}

/// One message, its comments checked and read.
#[derive(Debug, Default)]
pub struct Batch {
    /// What can be stored.
    pub comments: Vec<Comment>,
    /// What cannot, in order.
    pub rejections: Vec<common::ItemRejection>,
    /// Those that may come into the sample that encoders read.
    pub candidates: Candidates,
}

/// Reads a message. Errors: too few or too many comments.
pub fn batch(wire: Vec<pb::Comment>, desk: &Desk, scratch: &mut Scratch) -> Result<Batch, Violations> {
    if wire.is_empty() || wire.len() > MAX_ITEMS {
        let problem = format!("{} comments; 1 to {MAX_ITEMS} are accepted", wire.len());
        return Err(Violation::new("comments", "OUT_OF_RANGE", problem).into());
    }
    let mut batch = Batch {
        comments: Vec::with_capacity(wire.len()),
        rejections: Vec::new(),
        candidates: Candidates::new(desk.sample_size),
    };
    for (place, wire) in wire.into_iter().enumerate() {
        match comment(&wire, desk, scratch) {
            Ok((comment, text)) => {
                if comment.score.sentiment.is_ok() {
                    batch.candidates.offer(&comment, batch.comments.len(), &text);
                }
                batch.comments.push(comment);
            }
            Err(problems) => batch.rejections.push(common::ItemRejection {
                index: i32::try_from(place).unwrap_or(i32::MAX),
                name: wire.name,
                violations: problems.into_vec().into_iter().map(violation).collect(),
            }),
        }
    }
    Ok(batch)
}

/// A comment as it is kept, and its text made readable.
fn comment<'a>(
    wire: &'a pb::Comment,
    desk: &Desk,
    scratch: &mut Scratch,
) -> Result<(Comment, Cow<'a, str>), Violations> {
    let mut problems = Violations::default();
    let name = name(&wire.name, "name", &mut problems);
    length(&wire.text, MAX_TEXT, "text", &mut problems);
    length(&wire.author, MAX_AUTHOR, "author", &mut problems);
    if let Some(likes) = wire.likes.filter(|likes| *likes < 0) {
        problems.add("likes", "NEGATIVE_COUNT", format!("{likes} likes; 0 and more are accepted"));
    }
    if !wire.reply_to.is_empty() && !is_comment_id(&wire.reply_to) {
        problems.add("reply_to", "INVALID_ID", format!("accepted are 1 to {MAX_COMMENT_ID} of A-Z a-z 0-9 . _ - ~"));
    }
    let country = &wire.author_country;
    let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if !country.is_empty() && !is_code {
        let found: String = country.chars().take(20).collect();
        problems.add("author_country", "INVALID_COUNTRY", format!("`{found}`; accepted are two letters A to Z"));
    }
    length(&wire.language, 35, "language", &mut problems);
    let source = Source::from_number(wire.source);
    match (wire.source, source) {
        (0, _) => problems.add("source", "REQUIRED", "where the comment was read is needed"),
        (number, None) => problems.add("source", "UNKNOWN_VALUE", format!("{number} is not a value of this list")),
        (_, Some(_)) => {}
    }
    let publish_time = time(wire.publish_time.as_ref(), "publish_time", &mut problems);
    let observe_time = time(wire.observe_time.as_ref(), "observe_time", &mut problems);
    if wire.observe_time.is_none() {
        problems.add("observe_time", "REQUIRED", "when the comment was read is needed");
    }
    if let Some(read) = observe_time {
        times(read, publish_time, source, desk, &mut problems);
    }
    let (Some((post, comment_id)), Some(source), Some(observe_time), true) =
        (name, source, observe_time, problems.is_empty())
    else {
        return Err(problems);
    };
    let text = readable(&wire.text);
    let Some(hashes) = desk.keys.hash(&post, &comment_id, &wire.author, &text) else {
        return Err(
            Violation::new("author", "NO_KEY", "there is no key to hash it with; send the comment again").into()
        );
    };
    let is_reply = !wire.reply_to.is_empty();
    let mut score = read(&text, Place { is_reply, ..Place::default() }, scratch);
    if score.language.is_empty() && score.sentiment == Err(Unknown::LanguageUnknown) {
        score.language = primary(&wire.language);
    }
    let comment = Comment {
        post,
        comment_id,
        publish_time,
        observe_time,
        source,
        score,
        second: None,
        likes: wire.likes,
        hashes,
        is_empty: is_empty(&text),
        is_reply,
        author_country: country.clone(),
        excerpt: desk.keeps_excerpts.then(|| text.chars().filter(|letter| *letter != '\0').take(EXCERPT).collect()),
    };
    Ok((comment, text))
}

fn times(read: Timestamp, written: Option<Timestamp>, source: Option<Source>, desk: &Desk, problems: &mut Violations) {
    let now = desk.now;
    if read > now.checked_add(AHEAD).unwrap_or(Timestamp::MAX) {
        let found = format!("{read} is in the future (now {now}); at most 5 minutes ahead are accepted");
        problems.add("observe_time", "FUTURE_TIME", found);
    }
    if let Some(written) = written.filter(|written| *written > read) {
        let found = format!("{written} is after the reading {read}; a comment is written before it is read");
        problems.add("publish_time", "AFTER_OBSERVATION", found);
    }
    if let Some(source) = source.filter(|source| desk.retention.is_expired(*source, read, now)) {
        let (setting, days) = (Retention::setting(source), desk.retention.days(source).unwrap_or_default());
        problems.add("observe_time", "EXPIRED", format!("read {read} and may no longer be kept: {setting} is {days}"));
    }
}

/// Reads `creators/{creator}/posts/{post}/comments/{comment}`.
fn name(name: &str, field: &str, problems: &mut Violations) -> Option<(PostName, String)> {
    let Some((post, comment)) = name.split_once("/comments/") else {
        let found: String = name.chars().take(80).collect();
        let form = "creators/{creator}/posts/{post}/comments/{comment}";
        problems.add(field, "INVALID_NAME", format!("`{found}` is not a name of the form `{form}`"));
        return None;
    };
    if !is_comment_id(comment) {
        problems.add(
            field,
            "INVALID_ID",
            format!("the id of the comment is not 1 to {MAX_COMMENT_ID} of A-Z a-z 0-9 . _ - ~"),
        );
    }
    match PostName::parse(post) {
        Ok(post) => Some((post, comment.to_owned())),
        Err(problem) => {
            problems.add(field, problem.reason(), problem.to_string());
            None
        }
    }
}

fn is_comment_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'~');
    !id.is_empty() && id.len() <= MAX_COMMENT_ID && id.bytes().all(plain)
}

fn length(text: &str, limit: usize, field: &str, problems: &mut Violations) {
    if text.len() > limit {
        let found = text.chars().count();
        if found > limit {
            problems.add(field, "TOO_LONG", format!("{found} characters; up to {limit} are accepted"));
        }
    }
}

fn time(wire: Option<&prost_types::Timestamp>, field: &str, problems: &mut Violations) -> Option<Timestamp> {
    from_wire_time(wire?).map_err(|problem| problems.add(field, "INVALID_TIME", problem)).ok()
}

/// The language of a BCP 47 tag, ISO 639-1; empty when it is none.
fn primary(tag: &str) -> String {
    let language = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if language.len() == 2 && language.bytes().all(|byte| byte.is_ascii_lowercase()) { language } else { String::new() }
}

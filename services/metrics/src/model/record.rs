//! Owns what clients may pour in: posts and observations, and the rules that refuse them. Never how they are stored.

use creatorscope_domain::{CreatorId, PostFormat, PostName, Source};
use creatorscope_kit::fault::Violation;
use jiff::{SignedDuration, Timestamp};

use super::{AccountCounts, Checks, PostCounts};
use crate::sponsorship::{self, Sponsorship, Texts, Verdict};

/// How far an observation may lie in the future, because clocks differ.
pub const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// Longest post, in seconds: 7 days.
pub const MAX_POST_SECONDS: i64 = 7 * 86_400;

const MAX_TITLE: usize = 1_000;
const MAX_CAPTION: usize = 20_000;
const MAX_HASHTAGS: usize = 200;
const MAX_HASHTAG: usize = 200;
const MAX_LANGUAGE: usize = 35;
const MAX_CATEGORY: usize = 100;

/// What its creator published, without counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// When it was published; none when the source does not say.
    pub publish_time: Option<Timestamp>,
    /// Title, up to 1 000 characters; may be empty.
    pub title: String,
    /// Caption, up to 20 000 characters; may be empty.
    pub caption: String,
    /// Hashtags without `#`, up to 200 of up to 200 characters.
    pub hashtags: Vec<String>,
    /// Its form; none when not known.
    pub format: Option<PostFormat>,
    /// Its length, 0 s to 7 days.
    pub duration: Option<SignedDuration>,
    /// BCP 47, up to 35 characters; empty when not known.
    pub language: String,
    /// Whether the platform marks it as sponsored; none when the platform does not say.
    pub sponsored: Option<bool>,
    /// The platform's category, up to 100 characters; empty when not known.
    pub category: String,
    /// Whether it is sponsored, as found in flag and texts by [`Description::detect`].
    pub verdict: Verdict,
}

impl Description {
    /// Whether it is sponsored and what shows it.
    pub fn detect(&self) -> Sponsorship {
        sponsorship::detect(&Texts {
            title: &self.title,
            caption: &self.caption,
            hashtags: &self.hashtags,
            language: &self.language,
            flag: self.sponsored,
        })
    }
}

/// A post as a client gave it, not yet checked.
#[derive(Debug, Default)]
pub struct PostDraft {
    /// `creators/{creator}/posts/{post}`.
    pub name: String,
    /// What was published.
    pub description: Description,
    /// When it was read.
    pub observe_time: Option<Timestamp>,
    /// What was counted.
    pub counts: Option<PostCounts>,
    /// Where it was read.
    pub source: Option<Source>,
}

/// A post with what was counted when it was read. Times are whole microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostRecord {
    /// Which post.
    pub name: PostName,
    /// What was published.
    pub description: Description,
    /// When it was read.
    pub observe_time: Timestamp,
    /// What was counted; none when the source gave no counts. Never empty counts.
    pub counts: Option<PostCounts>,
    /// Where it was read.
    pub source: Source,
}

impl PostRecord {
    /// Checks a draft. `checks` holds what was already found wrong while reading the draft; `now` is the server's time.
    /// Errors: everything that is wrong, with paths inside the item.
    pub fn new(draft: PostDraft, now: Timestamp, mut checks: Checks) -> Result<Self, Vec<Violation>> {
        let name = read_name(&draft.name, "post.name", PostName::parse, &mut checks);
        let observe_time = check_observe_time(draft.observe_time, now, &mut checks);
        let source = check_source(draft.source, &mut checks);
        let mut description = draft.description;
        description.publish_time = description.publish_time.map(whole_micros);
        if let (Some(published), Some(observed)) = (description.publish_time, observe_time)
            && published > observed
        {
            checks.add(
                "post.publish_time",
                "AFTER_OBSERVATION",
                format!("published {published}, read {observed}; a post is not read before it is published"),
            );
        }
        check_description(&description, &mut checks);
        match (name, observe_time, source) {
            (Some(name), Some(observe_time), Some(source)) if checks.is_empty() => {
                description.verdict = description.detect().verdict;
                let counts = draft.counts.filter(|counts| !counts.is_empty());
                Ok(Self { name, description, observe_time, counts, source })
            }
            _ => Err(checks.into_vec()),
        }
    }
}

/// What was observed, with counts that fit it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// An account and its counts.
    Account(CreatorId, AccountCounts),
    /// A post and its counts.
    Post(PostName, PostCounts),
}

impl Reading {
    /// Whose counts they are.
    pub fn creator(&self) -> &CreatorId {
        match self {
            Self::Account(creator, _) => creator,
            Self::Post(post, _) => &post.creator,
        }
    }
}

/// What an observation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An account.
    Account(CreatorId),
    /// A post.
    Post(PostName),
}

/// The counts that came with an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectCounts {
    /// Of an account.
    Account(AccountCounts),
    /// Of a post.
    Post(PostCounts),
}

/// An observation as a client gave it, not yet checked.
#[derive(Debug, Default)]
pub struct ObservationDraft {
    /// `creators/{creator}` or `creators/{creator}/posts/{post}`.
    pub subject: String,
    /// When it was read.
    pub observe_time: Option<Timestamp>,
    /// What was counted.
    pub counts: Option<SubjectCounts>,
    /// Where it was read.
    pub source: Option<Source>,
}

/// Counts read at one time. Times are whole microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// What was counted. Never empty counts.
    pub reading: Reading,
    /// When it was read.
    pub observe_time: Timestamp,
    /// Where it was read.
    pub source: Source,
}

impl Observation {
    /// Checks a draft. `checks` holds what was already found wrong while reading the draft; `now` is the server's time.
    /// Errors: everything that is wrong, with paths inside the item.
    pub fn new(draft: ObservationDraft, now: Timestamp, mut checks: Checks) -> Result<Self, Vec<Violation>> {
        let subject = if draft.subject.contains("/posts/") {
            read_name(&draft.subject, "subject", PostName::parse, &mut checks).map(Subject::Post)
        } else {
            read_name(&draft.subject, "subject", CreatorId::parse_name, &mut checks).map(Subject::Account)
        };
        let observe_time = check_observe_time(draft.observe_time, now, &mut checks);
        let source = check_source(draft.source, &mut checks);
        let empty = match &draft.counts {
            Some(SubjectCounts::Account(counts)) => counts.is_empty(),
            Some(SubjectCounts::Post(counts)) => counts.is_empty(),
            None => true,
        };
        if empty && checks.is_empty() {
            checks.add("counts", "NO_COUNTS", "nothing is counted and nothing hidden; at least one count is needed");
        }
        let reading = match (subject, draft.counts) {
            (Some(Subject::Account(creator)), Some(SubjectCounts::Account(counts))) => {
                Some(Reading::Account(creator, counts))
            }
            (Some(Subject::Post(post)), Some(SubjectCounts::Post(counts))) => Some(Reading::Post(post, counts)),
            (Some(_), Some(_)) => {
                checks.add(
                    "subject",
                    "SUBJECT_MISMATCH",
                    "the counts are of another kind; `account` counts go with `creators/…`, `post` counts with `creators/…/posts/…`",
                );
                None
            }
            _ => None,
        };
        match (reading, observe_time, source) {
            (Some(reading), Some(observe_time), Some(source)) if checks.is_empty() => {
                Ok(Self { reading, observe_time, source })
            }
            _ => Err(checks.into_vec()),
        }
    }
}

fn read_name<N>(
    text: &str,
    field: &str,
    parse: impl Fn(&str) -> Result<N, creatorscope_domain::NameError>,
    checks: &mut Checks,
) -> Option<N> {
    if text.is_empty() {
        checks.required(field, "a name such as `creators/{platform}:{platform_id}` is needed");
        return None;
    }
    parse(text).map_err(|error| checks.add(field, error.reason(), error.to_string())).ok()
}

fn check_observe_time(given: Option<Timestamp>, now: Timestamp, checks: &mut Checks) -> Option<Timestamp> {
    let Some(time) = given.map(whole_micros) else {
        checks.required("observe_time", "the time at which it was read is needed");
        return None;
    };
    if time.duration_since(now) > MAX_AHEAD {
        checks.add(
            "observe_time",
            "FUTURE_TIME",
            format!("{time} is in the future (now {now}); at most 5 minutes ahead are accepted"),
        );
    }
    Some(time)
}

fn check_source(given: Option<Source>, checks: &mut Checks) -> Option<Source> {
    if given.is_none() {
        checks.required("source", "where it was read decides how long it may be kept");
    }
    given
}

fn check_description(description: &Description, checks: &mut Checks) {
    check_text(&description.title, MAX_TITLE, "post.title", checks);
    check_text(&description.caption, MAX_CAPTION, "post.caption", checks);
    check_text(&description.language, MAX_LANGUAGE, "post.language", checks);
    check_text(&description.category, MAX_CATEGORY, "post.category", checks);
    if description.hashtags.len() > MAX_HASHTAGS {
        checks.add(
            "post.hashtags",
            "TOO_MANY",
            format!("{} hashtags; up to {MAX_HASHTAGS} are accepted", description.hashtags.len()),
        );
    }
    for (place, hashtag) in description.hashtags.iter().take(MAX_HASHTAGS).enumerate() {
        if too_long(hashtag, MAX_HASHTAG) || hashtag.contains('\0') {
            check_text(hashtag, MAX_HASHTAG, &format!("post.hashtags[{place}]"), checks);
        }
    }
    let range = SignedDuration::ZERO..=SignedDuration::from_secs(MAX_POST_SECONDS);
    if let Some(duration) = description.duration.filter(|duration| !range.contains(duration)) {
        checks.add("post.duration", "OUT_OF_RANGE", format!("{} s; 0 s to 7 days are accepted", duration.as_secs()));
    }
}

fn check_text(text: &str, limit: usize, field: &str, checks: &mut Checks) {
    if too_long(text, limit) {
        let found = text.chars().count();
        checks.add(field, "TOO_LONG", format!("{found} characters; up to {limit} are accepted"));
    }
    if text.contains('\0') {
        checks.add(field, "INVALID_TEXT", "has a NUL character, which no database keeps; any other text is accepted");
    }
}

/// Whether a text has more characters than the limit; most texts are settled by their bytes alone.
fn too_long(text: &str, limit: usize) -> bool {
    text.len() > limit && text.chars().count() > limit
}

/// Cuts what databases do not keep, so that the same time is the same key.
fn whole_micros(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn draft() -> PostDraft {
        PostDraft {
            name: "creators/youtube:UC_1/posts/XpVt6Z1Gjjo".into(),
            description: Description { publish_time: Some(at("2026-01-01T00:00:00Z")), ..Description::default() },
            observe_time: Some(at("2026-02-01T00:00:00.0000009Z")),
            counts: Some(PostCounts::stored([None; 6], 0)),
            source: Some(Source::File),
        }
    }

    fn refused(draft: PostDraft) -> Vec<(String, &'static str)> {
        let found = PostRecord::new(draft, at("2026-02-01T00:00:00Z"), Checks::default()).expect_err("refused");
        found.into_iter().map(|violation| (violation.field, violation.reason)).collect()
    }

    #[test]
    fn a_record_keeps_whole_microseconds_and_no_empty_counts() {
        let record = PostRecord::new(draft(), at("2026-02-01T00:00:00Z"), Checks::default()).expect("valid");
        assert_eq!(record.observe_time, at("2026-02-01T00:00:00Z"));
        assert_eq!(record.counts, None);
    }

    #[test]
    fn five_minutes_ahead_are_accepted_and_more_refused() {
        let ahead = |text| PostDraft { observe_time: Some(at(text)), ..draft() };
        assert!(PostRecord::new(ahead("2026-02-01T00:05:00Z"), at("2026-02-01T00:00:00Z"), Checks::default()).is_ok());
        assert_eq!(refused(ahead("2026-02-01T00:05:01Z")), [("observe_time".to_owned(), "FUTURE_TIME")]);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let description = Description {
            publish_time: Some(at("2026-03-01T00:00:00Z")),
            title: "x".repeat(1_001),
            duration: Some(SignedDuration::from_secs(-1)),
            ..Description::default()
        };
        let found = refused(PostDraft {
            name: "creators/tiktok:a/posts/7.52E+18".into(),
            description,
            source: None,
            ..draft()
        });
        let expected = [
            ("post.name".to_owned(), "MANGLED_ID"),
            ("source".to_owned(), "REQUIRED"),
            ("post.publish_time".to_owned(), "AFTER_OBSERVATION"),
            ("post.title".to_owned(), "TOO_LONG"),
            ("post.duration".to_owned(), "OUT_OF_RANGE"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn counts_must_fit_their_subject_and_say_something() {
        let observation = |subject: &str, counts| {
            let draft = ObservationDraft {
                subject: subject.into(),
                observe_time: Some(at("2026-01-01T00:00:00Z")),
                counts,
                source: Some(Source::File),
            };
            Observation::new(draft, at("2026-02-01T00:00:00Z"), Checks::default()).map_err(|found| found[0].reason)
        };
        let followers = SubjectCounts::Account(AccountCounts::stored([Some(5), None, None, None, None, None], 0));
        assert!(observation("creators/tiktok:a", Some(followers.clone())).is_ok());
        assert_eq!(observation("creators/tiktok:a/posts/123456789012345", Some(followers)), Err("SUBJECT_MISMATCH"));
        assert_eq!(observation("creators/tiktok:a", None), Err("NO_COUNTS"));
    }
}

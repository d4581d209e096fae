//! Owns which fields a filter may name, of which kind they are, and the nearest name to a wrong one. Never their values.

use crate::{facts::normal_term, model::AudiencePart};

/// Longest key of a part of the audience, in characters.
const LONGEST_KEY: usize = 60;

/// Something that is known about a creator.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    /// The platform.
    Platform,
    /// `creators/{platform}:{platform_id}`.
    Name,
    /// The handle without `@`.
    Handle,
    /// The name that people see.
    DisplayName,
    /// What the account says of itself.
    Bio,
    /// ISO 3166-1 alpha-2.
    Country,
    /// BCP 47; a language includes its regional forms.
    Language,
    /// A niche.
    Niche,
    /// A topic as the platform names it.
    Topic,
    /// A hashtag without `#`.
    Hashtag,
    /// The title of a recent post.
    RecentTitle,
    /// Verified by the platform.
    Verified,
    /// Generated, not real.
    Synthetic,
    /// The person behind it.
    Person,
    /// Size class.
    Tier,
    /// When the account was made.
    AccountCreateTime,
    /// When the profile was read.
    ObserveTime,
    /// When the profile was first taken.
    CreateTime,
    /// When the profile or its metrics last changed.
    UpdateTime,
    /// Region or state of the account as given.
    Region,
    /// City of the account as given.
    City,
    /// What kind of account it is.
    AccountType,
    /// An account that its posts mention.
    Mention,
    /// A link that the profile shows.
    Link,
    /// Whether there are ways to reach it.
    HasContact,
    /// When it last published.
    LastPostTime,
    /// The keys of one part of its audience: a part has a key when a share of it is known.
    Audience(AudiencePart),
    /// The share of its audience that a key of a part has, 0 to 1, by its whole name, e.g. `audience.country.FR`.
    AudienceShare(String),
    /// How the audience receives it.
    Reception,
    /// A sign that speaks against its numbers.
    ScoreFlag,
    /// A language of the comments under its posts.
    CommentLanguage,
    /// The share of its comments that a language has, 0 to 1, by its whole name, e.g. `comment_language.pt`.
    CommentShare(String),
    /// What its texts are about; it is compared and not filtered by.
    Meaning,
    /// Whose post it is.
    Creator,
    /// The title of a post.
    Title,
    /// The caption of a post.
    Caption,
    /// The form of a post.
    Format,
    /// The platform's category of a post.
    Category,
    /// Whether a post is sponsored.
    Sponsored,
    /// When a post was published.
    PublishTime,
    /// A metric, by the id of its definition in its default window, or by `{id}.{window}`; `followers` is one.
    Metric(String),
}

/// What can be compared with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of a closed list of words.
    Choice(&'static [&'static str]),
    /// Exact terms without regard to case.
    Term,
    /// Words of a text; `whole`: the whole text can be compared too.
    Text {
        /// Whether `=` and `!=` compare the whole text.
        whole: bool,
    },
    /// A number.
    Number,
    /// A time.
    Time,
}

const PLATFORMS: &[&str] = &["YOUTUBE", "TIKTOK", "INSTAGRAM"];
const TIERS: &[&str] = &["NONE", "NANO", "MICRO", "MACRO", "MEGA"];
const ACCOUNT_TYPES: &[&str] = &["PERSONAL", "CREATOR", "BUSINESS"];
const RECEPTIONS: &[&str] = &["LOVED", "MIXED", "CONTESTED_TOPIC", "HATE_WATCHED", "INSUFFICIENT_DATA", "BACKLASH"];
const TRUTH: &[&str] = &["true", "false"];

/// Every field of the profile. Metrics come beside them.
const PROFILE: &[(&str, Field, Kind)] = &[
    ("account_create_time", Field::AccountCreateTime, Kind::Time),
    ("account_type", Field::AccountType, Kind::Choice(ACCOUNT_TYPES)),
    ("audience.age", Field::Audience(AudiencePart::Age), Kind::Term),
    ("audience.country", Field::Audience(AudiencePart::Country), Kind::Term),
    ("audience.gender", Field::Audience(AudiencePart::Gender), Kind::Term),
    ("audience.interest", Field::Audience(AudiencePart::Interest), Kind::Term),
    ("audience.language", Field::Audience(AudiencePart::Language), Kind::Term),
    ("bio", Field::Bio, Kind::Text { whole: false }),
    ("city", Field::City, Kind::Term),
    ("comment_language", Field::CommentLanguage, Kind::Term),
    ("country", Field::Country, Kind::Term),
    ("create_time", Field::CreateTime, Kind::Time),
    ("display_name", Field::DisplayName, Kind::Text { whole: true }),
    ("handle", Field::Handle, Kind::Term),
    ("has_contact", Field::HasContact, Kind::Choice(TRUTH)),
    ("hashtag", Field::Hashtag, Kind::Term),
    ("language", Field::Language, Kind::Term),
    ("last_post_time", Field::LastPostTime, Kind::Time),
    ("link", Field::Link, Kind::Text { whole: false }),
    ("mention", Field::Mention, Kind::Term),
    ("name", Field::Name, Kind::Term),
    ("niche", Field::Niche, Kind::Term),
    ("observe_time", Field::ObserveTime, Kind::Time),
    ("person", Field::Person, Kind::Term),
    ("platform", Field::Platform, Kind::Choice(PLATFORMS)),
    ("reception", Field::Reception, Kind::Choice(RECEPTIONS)),
    ("recent_title", Field::RecentTitle, Kind::Text { whole: false }),
    ("region", Field::Region, Kind::Term),
    ("score_flag", Field::ScoreFlag, Kind::Term),
    ("synthetic", Field::Synthetic, Kind::Choice(TRUTH)),
    ("tier", Field::Tier, Kind::Choice(TIERS)),
    ("topic", Field::Topic, Kind::Term),
    ("update_time", Field::UpdateTime, Kind::Time),
    ("verified", Field::Verified, Kind::Choice(TRUTH)),
];

const FORMATS: &[&str] = &["SHORT", "LONG", "LIVE", "REEL", "IMAGE", "CAROUSEL", "STORY"];

/// Every field of a post that is no number.
const POST: &[(&str, Field, Kind)] = &[
    ("caption", Field::Caption, Kind::Text { whole: false }),
    ("category", Field::Category, Kind::Term),
    ("creator", Field::Creator, Kind::Term),
    ("format", Field::Format, Kind::Choice(FORMATS)),
    ("hashtag", Field::Hashtag, Kind::Term),
    ("language", Field::Language, Kind::Term),
    ("name", Field::Name, Kind::Term),
    ("platform", Field::Platform, Kind::Choice(PLATFORMS)),
    ("publish_time", Field::PublishTime, Kind::Time),
    ("sponsored", Field::Sponsored, Kind::Choice(TRUTH)),
    ("title", Field::Title, Kind::Text { whole: false }),
];
/// The numbers of a post, sorted.
pub const POST_NUMBERS: [&str; 9] =
    ["comments", "dislikes", "duration", "er.views", "likes", "saves", "shares", "sponsored.confidence", "views"];

/// The metric that is always there.
pub const FOLLOWERS: &str = "followers";
/// What the scoring service tells of a creator in numbers; always there, as metrics are.
pub const SCORES: [&str; 11] = [
    "authenticity.score",
    "sentiment.coverage",
    "sentiment.negative",
    "sentiment.negative.creator",
    "sentiment.negative.weighted",
    "sentiment.net",
    "sentiment.net.weighted",
    "sentiment.neutral",
    "sentiment.neutral.weighted",
    "sentiment.positive",
    "sentiment.positive.weighted",
];
/// The languages of comments, whose keys are shares too.
pub const COMMENT_LANGUAGE: &str = "comment_language";

impl Field {
    /// The name in filters and orders.
    pub fn name(&self) -> &str {
        match self {
            Self::Meaning => "meaning",
            Self::Metric(name) | Self::AudienceShare(name) | Self::CommentShare(name) => name,
            other => PROFILE.iter().chain(POST).find(|(_, field, _)| field == other).map_or("", |(name, ..)| name),
        }
    }

    /// A share of an audience: the part and the key, in normal form; none of another field.
    pub fn share(&self) -> Option<(AudiencePart, &str)> {
        let Self::AudienceShare(name) = self else { return None };
        AudiencePart::ALL.into_iter().find_map(|part| Some((part, name.strip_prefix(part.field())?.strip_prefix('.')?)))
    }

    /// A share of comments: the language, in normal form; none of another field.
    pub fn comment_share(&self) -> Option<&str> {
        let Self::CommentShare(name) = self else { return None };
        name.strip_prefix(COMMENT_LANGUAGE)?.strip_prefix('.')
    }

    /// The share that a key of a part of the audience or of the comments has; none when the field is no such part.
    pub(super) fn of_key(&self, key: &str) -> Option<Self> {
        let key = normal_term(self, key);
        // Dots and backslashes separate and escape in the names of columns.
        let is_key = (1..=LONGEST_KEY).contains(&key.chars().count()) && !key.contains(['.', '\\']);
        match self {
            Self::Audience(part) if is_key => Some(Self::AudienceShare(format!("{}.{key}", part.field()))),
            Self::CommentLanguage if is_key => Some(Self::CommentShare(format!("{COMMENT_LANGUAGE}.{key}"))),
            _ => None,
        }
    }

    /// What can be compared with it.
    pub fn kind(&self) -> Kind {
        PROFILE.iter().chain(POST).find(|(_, field, _)| field == self).map_or(Kind::Number, |(.., kind)| *kind)
    }
}

/// The fields that exist: those of the profile and a list of metrics, or those of posts and their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    of_posts: bool,
    metrics: Vec<String>,
}

impl Fields {
    /// The fields of the profile, `followers`, scores, and these metrics, by the ids of their definitions.
    pub fn new(metrics: impl IntoIterator<Item = String>) -> Self {
        let profile = |id: &String| PROFILE.iter().any(|(name, ..)| name == id);
        let mut metrics: Vec<String> = metrics.into_iter().filter(|id| !profile(id)).collect();
        metrics.push(FOLLOWERS.to_owned());
        metrics.extend(SCORES.map(str::to_owned));
        metrics.sort();
        metrics.dedup();
        Self { of_posts: false, metrics }
    }

    /// The fields of posts.
    pub fn of_posts() -> Self {
        Self { of_posts: true, metrics: POST_NUMBERS.iter().map(|name| (*name).to_owned()).collect() }
    }

    fn table(&self) -> &'static [(&'static str, Field, Kind)] {
        if self.of_posts { POST } else { PROFILE }
    }

    /// The metrics, sorted; `followers` and the scores are among them.
    pub fn metrics(&self) -> &[String] {
        &self.metrics
    }

    /// Tells lists of metrics apart.
    pub fn fingerprint(&self) -> u64 {
        let hash = blake3::hash(self.metrics.join("\n").as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_be_bytes(first)
    }

    /// Finds a field by its name.
    pub fn find(&self, name: &str) -> Option<Field> {
        if let Some((_, field, _)) = self.table().iter().find(|(known, ..)| *known == name) {
            return Some(field.clone());
        }
        for part in AudiencePart::ALL {
            if let Some(key) = name.strip_prefix(part.field()).and_then(|rest| rest.strip_prefix('.')) {
                return Field::Audience(part).of_key(key);
            }
        }
        if let Some(key) = name.strip_prefix(COMMENT_LANGUAGE).and_then(|rest| rest.strip_prefix('.')) {
            return Some(Field::CommentLanguage).filter(|_| !self.of_posts)?.of_key(key);
        }
        self.metrics.iter().find(|id| *id == name).map(|id| Field::Metric(id.clone()))
    }

    /// Every name, those of the profile first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.table().iter().map(|(name, ..)| *name).chain(self.metrics.iter().map(String::as_str))
    }

    /// Says that there is no such field, which is nearest, and which there are.
    pub fn unknown(&self, name: &str) -> String {
        let shown: String = name.chars().take(80).collect();
        let accepted: Vec<&str> = self.names().chain(["audience.country.{key}", "comment_language.{key}"]).collect();
        match nearest(&shown, &accepted) {
            Some(near) => {
                format!("there is no field `{shown}`; did you mean `{near}`? Accepted are {}", accepted.join(", "))
            }
            None => format!("there is no field `{shown}`; accepted are {}", accepted.join(", ")),
        }
    }
}

/// The name with the fewest edits, if these are at most a third of its letters (and one at least).
pub(crate) fn nearest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let (edits, near) = names.iter().map(|name| (distance(&wanted, &name.to_lowercase()), *name)).min()?;
    (edits <= (near.chars().count() / 3).max(1)).then_some(near)
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use creatorscope_domain::{Platform, Tier};

    use super::*;

    #[test]
    fn the_words_of_choices_are_those_of_the_domain() {
        assert_eq!(PLATFORMS, Platform::ALL.iter().map(|platform| platform.word()).collect::<Vec<_>>());
        assert_eq!(TIERS, Tier::ALL.iter().map(|tier| tier.word()).collect::<Vec<_>>());
    }

    #[test]
    fn a_misspelt_field_is_told_its_nearest_name() {
        let fields = Fields::new(["er.views".to_owned()]);
        assert!(fields.unknown("er.viws").contains("did you mean `er.views`?"));
        assert!(!fields.unknown("completely_else").contains("did you mean"));
    }
}

//! Owns the columns of the tables, and rows to and from the model. Never a statement's purpose.

use creatorscope_domain::{PostFormat, Source};
use creatorscope_kit::db::{Arg, Column, column, timestamp};
use jiff::SignedDuration;

use crate::{
    model::{Counts, Described, Description, Observed, PostRecord, Term},
    sponsorship::Verdict,
};

pub(super) const CREATOR_COLUMNS: [Column; 8] = [
    column::text("creator_id"),
    column::int("platform"),
    column::int("version"),
    column::int("as_of"),
    column::int("followers"),
    column::int("followers_at"),
    column::int("posts_purged_to"),
    column::int("account_purged_to"),
];

pub(super) const POST_COLUMNS: [Column; 17] = [
    column::text("creator_id"),
    column::text("post_id"),
    column::int("describe_time"),
    column::int("publish_time"),
    column::int("format"),
    column::int("sponsored"),
    column::int("source"),
    column::int("duration"),
    column::text("language"),
    column::text("category"),
    column::text("title"),
    column::text("hashtags"),
    column::text("caption"),
    column::int("version"),
    column::int("verdict"),
    column::real("verdict_confidence"),
    column::int("cleared"),
];

pub(super) const POST_COUNT_COLUMNS: [Column; 12] = [
    column::text("creator_id"),
    column::text("post_id"),
    column::int("observed_at"),
    column::int("source"),
    column::int("hidden"),
    column::int("views"),
    column::int("likes"),
    column::int("dislikes"),
    column::int("comments"),
    column::int("shares"),
    column::int("saves"),
    column::int("version"),
];

pub(super) const ACCOUNT_COUNT_COLUMNS: [Column; 9] = [
    column::text("creator_id"),
    column::int("observed_at"),
    column::int("source"),
    column::int("hidden"),
    column::int("followers"),
    column::int("following"),
    column::int("total_views"),
    column::int("total_likes"),
    column::int("total_posts"),
];

/// A row of `creators`.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct CreatorRow {
    pub(super) creator_id: String,
    pub(super) platform: i64,
    pub(super) version: i64,
    pub(super) as_of: i64,
    pub(super) followers: Option<i64>,
    pub(super) followers_at: Option<i64>,
    /// The last reading of posts and of the account that was purged.
    pub(super) posts_purged_to: Option<i64>,
    pub(super) account_purged_to: Option<i64>,
}

impl CreatorRow {
    pub(super) fn into_args(self) -> Vec<Arg> {
        vec![
            Arg::from(self.creator_id),
            Arg::from(self.platform),
            Arg::from(self.version),
            Arg::from(self.as_of),
            Arg::from(self.followers),
            Arg::from(self.followers_at),
            Arg::from(self.posts_purged_to),
            Arg::from(self.account_purged_to),
        ]
    }
}

/// The row of a described post; takes the texts out of the record.
pub(super) fn post_args(record: &mut PostRecord, version: i64) -> Vec<Arg> {
    let Description {
        publish_time,
        title,
        caption,
        hashtags,
        format,
        duration,
        language,
        sponsored,
        category,
        verdict,
    } = std::mem::take(&mut record.description);
    let hashtags = if hashtags.is_empty() { "[]".to_owned() } else { serde_json::Value::from(hashtags).to_string() };
    vec![
        Arg::from(record.name.creator.as_str()),
        Arg::from(record.name.post.as_str()),
        Arg::from(record.observe_time),
        Arg::from(publish_time),
        Arg::Int(format.map(|format| format.number().into())),
        Arg::Int(sponsored.map(i64::from)),
        Arg::from(record.source.number()),
        Arg::Int(duration.map(|duration| duration.as_micros() as i64)),
        Arg::from(language),
        Arg::from(category),
        Arg::from(title),
        Arg::from(hashtags),
        Arg::from(caption),
        Arg::from(version),
        Arg::Int(verdict.sponsored.map(i64::from)),
        Arg::Real(verdict.sponsored.map(|_| verdict.confidence)),
        Arg::from(0_i64),
    ]
}

/// Adds the columns of counts behind those of the key.
pub(super) fn push_counts<T: Term>(row: &mut Vec<Arg>, counts: &Counts<T>, source: Source) {
    row.push(Arg::from(source.number()));
    row.push(Arg::from(counts.hidden_bits()));
    row.extend(T::ALL.iter().map(|term| Arg::from(counts.get(*term))));
}

/// A row of `post_counts`.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct PostCountRow {
    pub(super) creator_id: String,
    pub(super) post_id: String,
    pub(super) observed_at: i64,
    source: i64,
    hidden: i64,
    views: Option<i64>,
    likes: Option<i64>,
    dislikes: Option<i64>,
    comments: Option<i64>,
    shares: Option<i64>,
    saves: Option<i64>,
}

impl PostCountRow {
    pub(super) fn counts(&self) -> crate::model::PostCounts {
        let values = [self.views, self.likes, self.dislikes, self.comments, self.shares, self.saves];
        Counts::stored(values, self.hidden)
    }

    pub(super) fn observed(&self) -> Observed<crate::model::PostTerm> {
        Observed { time: timestamp(self.observed_at), counts: self.counts(), source: source(self.source) }
    }
}

/// A row of `account_counts`.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct AccountCountRow {
    pub(super) creator_id: String,
    pub(super) observed_at: i64,
    source: i64,
    hidden: i64,
    followers: Option<i64>,
    following: Option<i64>,
    total_views: Option<i64>,
    total_likes: Option<i64>,
    total_posts: Option<i64>,
}

impl AccountCountRow {
    pub(super) fn counts(&self) -> crate::model::AccountCounts {
        let values = [self.followers, self.following, self.total_views, self.total_likes, self.total_posts, None];
        Counts::stored(values, self.hidden)
    }

    pub(super) fn observed(&self) -> Observed<crate::model::AccountTerm> {
        Observed { time: timestamp(self.observed_at), counts: self.counts(), source: source(self.source) }
    }
}

/// A row of `posts` with all its texts.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct DescriptionRow {
    pub(super) creator_id: String,
    pub(super) post_id: String,
    describe_time: i64,
    publish_time: Option<i64>,
    format: Option<i64>,
    sponsored: Option<i64>,
    source: i64,
    duration: Option<i64>,
    language: String,
    category: String,
    title: String,
    hashtags: String,
    caption: String,
    verdict: Option<i64>,
    verdict_confidence: Option<f64>,
    /// Whether a purge emptied it.
    pub(super) cleared: i64,
}

impl DescriptionRow {
    pub(super) fn described(self) -> Described {
        let format = self.format.and_then(|number| i32::try_from(number).ok());
        Described {
            time: timestamp(self.describe_time),
            source: source(self.source),
            description: Description {
                publish_time: self.publish_time.map(timestamp),
                title: self.title,
                caption: self.caption,
                // Only what `post_args` wrote is read here.
                hashtags: serde_json::from_str(&self.hashtags).unwrap_or_default(),
                format: format.and_then(PostFormat::from_number),
                duration: self.duration.map(SignedDuration::from_micros),
                language: self.language,
                sponsored: self.sponsored.map(|mark| mark != 0),
                category: self.category,
                verdict: verdict(self.verdict, self.verdict_confidence),
            },
        }
    }
}

/// When a post of a batch was last described.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct DescribedRow {
    pub(super) creator_id: String,
    pub(super) post_id: String,
    pub(super) describe_time: i64,
}

/// What was found when a description was taken; none for rows that were written before it was looked for.
pub(super) fn verdict(sponsored: Option<i64>, confidence: Option<f64>) -> Verdict {
    Verdict { sponsored: sponsored.map(|mark| mark != 0), confidence: confidence.unwrap_or_default() }
}

/// The source of a stored number. Only known sources are stored; a file stands for one that a newer program stored.
pub(super) fn source(number: i64) -> Source {
    i32::try_from(number).ok().and_then(Source::from_number).unwrap_or(Source::File)
}

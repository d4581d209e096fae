//! Owns the columns of the tables, and rows to and from the model. Never a statement's purpose.

use creatorscope_kit::db::{Arg, Column, column, timestamp};
use creatorscope_text::{sentiment::Probabilities, target::Aim};

use crate::model::{Comment, CommentRow, Score, target_number, target_of, unknown_number, unknown_of};

pub(super) const CREATOR_COLUMNS: [Column; 4] =
    [column::text("creator_id"), column::int("platform"), column::int("version"), column::int("as_of")];

pub(super) const COMMENT_COLUMNS: [Column; 30] = [
    column::text("creator_id"),
    column::text("post_id"),
    column::text("comment_id"),
    column::int("at"),
    column::int("publish_time"),
    column::int("observe_time"),
    column::int("source"),
    column::text("language"),
    column::real("language_confidence"),
    column::text("model"),
    column::real("negative"),
    column::real("neutral"),
    column::real("positive"),
    column::int("unknown"),
    column::int("target"),
    column::real("target_confidence"),
    column::int("likes"),
    column::real("weight"),
    column::int("key_id"),
    column::int("author"),
    column::int("fingerprint"),
    column::int("empty"),
    column::int("is_reply"),
    column::text("author_country"),
    column::text("excerpt"),
    column::int("sample_rank"),
    column::text("second_model"),
    column::real("second_negative"),
    column::real("second_neutral"),
    column::real("second_positive"),
];

/// A row of `creators`.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct CreatorRow {
    pub(super) creator_id: String,
    pub(super) platform: i64,
    pub(super) version: i64,
    pub(super) as_of: i64,
}

impl CreatorRow {
    pub(super) fn into_args(self) -> Vec<Arg> {
        vec![self.creator_id.into(), self.platform.into(), self.version.into(), self.as_of.into()]
    }
}

/// The row of a comment.
pub(super) fn comment_args(comment: Comment) -> Vec<Arg> {
    let (at, weight) = (comment.at(), comment.weight());
    let score = comment.score;
    let probabilities = score.sentiment.ok();
    let part = |take: fn(Probabilities) -> f32| probabilities.map(|found| f64::from(take(found)));
    let read = comment.second.as_ref().and_then(|second| second.read);
    let second = |take: fn(Probabilities) -> f32| read.map(|found| f64::from(take(found)));
    vec![
        comment.post.creator.as_str().into(),
        comment.post.post.as_str().into(),
        comment.comment_id.into(),
        at.into(),
        comment.publish_time.into(),
        comment.observe_time.into(),
        comment.source.number().into(),
        score.language.into(),
        score.language_confidence.into(),
        score.model.into(),
        part(|found| found.negative).into(),
        part(|found| found.neutral).into(),
        part(|found| found.positive).into(),
        score.sentiment.err().map(unknown_number).into(),
        score.aim.map(|aim| target_number(aim.target)).into(),
        score.aim.map_or(0.0, |aim| f64::from(aim.confidence)).into(),
        comment.likes.into(),
        weight.into(),
        comment.hashes.key_id.into(),
        comment.hashes.author.into(),
        comment.hashes.fingerprint.into(),
        comment.is_empty.into(),
        comment.is_reply.into(),
        comment.author_country.into(),
        comment.excerpt.into(),
        comment.hashes.rank.into(),
        comment.second.map(|second| second.model).unwrap_or_default().into(),
        second(|found| found.negative).into(),
        second(|found| found.neutral).into(),
        second(|found| found.positive).into(),
    ]
}

/// What [`ShownRow`] is selected by.
pub(super) const SHOWN: &str = "creator_id, post_id, comment_id, publish_time, language, language_confidence, model, negative, neutral, \
     positive, unknown, target, target_confidence, likes, excerpt";

/// A comment as it is shown.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct ShownRow {
    creator_id: String,
    post_id: String,
    comment_id: String,
    publish_time: Option<i64>,
    language: String,
    language_confidence: f64,
    model: String,
    negative: Option<f64>,
    neutral: Option<f64>,
    positive: Option<f64>,
    unknown: Option<i64>,
    target: Option<i64>,
    target_confidence: f64,
    likes: Option<i64>,
    excerpt: Option<String>,
}

impl From<ShownRow> for CommentRow {
    fn from(row: ShownRow) -> Self {
        let sentiment = match (row.negative, row.neutral, row.positive) {
            (Some(negative), Some(neutral), Some(positive)) => {
                Ok(Probabilities { negative: negative as f32, neutral: neutral as f32, positive: positive as f32 })
            }
            _ => Err(unknown_of(row.unknown.unwrap_or_default())),
        };
        let aim = row.target.and_then(target_of);
        let aim = aim.map(|target| Aim { target, confidence: row.target_confidence as f32 });
        Self {
            name: format!("creators/{}/posts/{}/comments/{}", row.creator_id, row.post_id, row.comment_id),
            post_id: row.post_id,
            publish_time: row.publish_time.map(timestamp),
            score: Score {
                language: row.language,
                language_confidence: row.language_confidence,
                sentiment,
                model: row.model,
                aim,
            },
            likes: row.likes,
            excerpt: row.excerpt,
        }
    }
}

//! Owns what was read from texts on the wire. Never the reading.

use creatorscope_kit::fault::Violation;
use creatorscope_proto::{common::v1 as common, scoring::v1 as pb};
use creatorscope_text::sentiment::Probabilities;

use super::to_wire_time;
use crate::model::{CommentRow, Score, target_number, unknown_number};

/// What was read from a text, as it is sent.
pub fn reading(score: Score) -> pb::TextReading {
    let reason = score.sentiment.err().map_or(0, unknown_number);
    pb::TextReading {
        label: score.sentiment.ok().map_or(pb::SentimentLabel::Unknown, label) as i32,
        probabilities: score.sentiment.ok().map(|found| pb::SentimentProbabilities {
            negative: found.negative.into(),
            neutral: found.neutral.into(),
            positive: found.positive.into(),
        }),
        unknown_reason: reason as i32,
        language: score.language,
        language_confidence: score.language_confidence,
        target: score.aim.map_or(0, |aim| target_number(aim.target)) as i32,
        target_confidence: score.aim.map_or(0.0, |aim| aim.confidence.into()),
        model: score.model,
    }
}

fn label(found: Probabilities) -> pb::SentimentLabel {
    if found.neutral >= found.negative && found.neutral >= found.positive {
        pb::SentimentLabel::Neutral
    } else if found.negative > found.positive {
        pb::SentimentLabel::Negative
    } else {
        pb::SentimentLabel::Positive
    }
}

/// A comment that shows something, as it is sent.
pub fn evidence(row: CommentRow) -> pb::CommentEvidence {
    pb::CommentEvidence {
        comment: row.name,
        reading: Some(reading(row.score)),
        likes: row.likes,
        publish_time: row.publish_time.map(to_wire_time),
        excerpt: row.excerpt.unwrap_or_default(),
    }
}

/// What is wrong with a field, as it is sent.
pub fn violation(found: Violation) -> common::FieldViolation {
    common::FieldViolation { field: found.field, reason: found.reason.to_owned(), description: found.description }
}

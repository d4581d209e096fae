//! Owns comments that show something as they are sent. Never which ones.

use creatorscope_proto::scoring::v1 as pb;

use super::judged::sent;
use crate::model::{CommentRow, Score, target_number, unknown_number};

/// A comment that shows something.
pub(super) fn evidence(row: CommentRow) -> pb::CommentEvidence {
    pb::CommentEvidence {
        comment: row.name,
        reading: Some(reading(row.score)),
        likes: row.likes,
        publish_time: row.publish_time.map(sent),
        excerpt: row.excerpt.unwrap_or_default(),
    }
}

fn reading(score: Score) -> pb::TextReading {
    let label = match score.sentiment {
        Err(_) => pb::SentimentLabel::Unknown,
        Ok(found) if found.neutral >= found.negative && found.neutral >= found.positive => pb::SentimentLabel::Neutral,
        Ok(found) if found.negative > found.positive => pb::SentimentLabel::Negative,
        Ok(_) => pb::SentimentLabel::Positive,
    };
    pb::TextReading {
        label: label as i32,
        probabilities: score.sentiment.ok().map(|found| pb::SentimentProbabilities {
            negative: found.negative.into(),
            neutral: found.neutral.into(),
            positive: found.positive.into(),
        }),
        unknown_reason: score.sentiment.err().map_or(0, unknown_number) as i32,
        language: score.language,
        language_confidence: score.language_confidence,
        target: score.aim.map_or(0, |aim| target_number(aim.target)) as i32,
        target_confidence: score.aim.map_or(0.0, |aim| aim.confidence.into()),
        model: score.model,
    }
}

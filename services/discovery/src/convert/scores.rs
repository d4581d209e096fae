//! Owns what the messages of the scoring service mean here. Never I/O.

use creatorscope_domain::{CreatorId, NameError};
use creatorscope_kit::token::Token;
use creatorscope_proto::{
    common::v1::metric_value,
    scoring::v1::{self as scoring, CreatorScores, ReceptionVerdict},
};
use prost::Message;

use crate::{filter::SCORES, model::ScoreSnapshot, progress::SCORING, store::Followed};

/// What one message of the scoring service tells.
#[derive(Debug)]
pub(crate) struct ScoresTold {
    /// What happened.
    pub(crate) event: ScoresEvent,
    /// Where to go on behind it; none inside a snapshot.
    pub(crate) followed: Option<Followed>,
}

/// What happened in the scoring service.
#[derive(Debug)]
pub(crate) enum ScoresEvent {
    /// The scores of a creator; none when they were erased.
    State(CreatorId, Option<ScoreSnapshot>),
    /// The snapshot is complete.
    SnapshotEnd,
    /// Nothing.
    Heartbeat,
    /// Something about what is no creator.
    Strange(NameError),
}

/// Reads a message of the scoring service.
pub(crate) fn told(message: scoring::WatchSentimentResponse) -> ScoresTold {
    use scoring::watch_sentiment_response::Event as Wire;
    let state = |name: &str, state| {
        CreatorId::parse_name(name).map_or_else(ScoresEvent::Strange, |id| ScoresEvent::State(id, state))
    };
    let event = match message.event {
        Some(Wire::Scores(scores)) => state(&scores.creator.clone(), Some(snapshot(scores))),
        Some(Wire::Removed(name)) => state(&name, None),
        Some(Wire::SnapshotEnd(_)) => ScoresEvent::SnapshotEnd,
        Some(Wire::Heartbeat(_)) | None => ScoresEvent::Heartbeat,
    };
    let token = Token::parse(&message.resume_token, "resume_token").ok().filter(|token| token.service == SCORING);
    let followed = token.map(|token| Followed { resume_token: message.resume_token, position: token.position });
    ScoresTold { event, followed }
}

fn snapshot(mut scores: CreatorScores) -> ScoreSnapshot {
    let mut snapshot = ScoreSnapshot::default();
    for value in &scores.values {
        let id = value.definition.split_once('@').map_or(value.definition.as_str(), |(id, _)| id);
        let Some(metric_value::Result::Value(number)) = value.result else { continue };
        // Of several windows of one definition the default one comes first.
        if number.is_finite() && SCORES.contains(&id) {
            // -0 and 0 are one number, and the index tells them apart.
            snapshot.measures.entry(id.to_owned()).or_insert(number + 0.0);
        }
    }
    snapshot.reception = word(scores.reception());
    snapshot.flags.clone_from(&scores.flags);
    let known = scores.comment_languages.iter().filter(|entry| !entry.language.is_empty() && entry.share.is_finite());
    snapshot.languages = known.map(|entry| (entry.language.clone(), entry.share + 0.0)).collect();
    // These may change where nothing else does.
    scores.etag.clear();
    scores.update_time = None;
    snapshot.encoded = scores.encode_to_vec();
    snapshot
}

/// The word for a verdict; empty for none.
fn word(verdict: ReceptionVerdict) -> String {
    match verdict {
        ReceptionVerdict::Unspecified => String::new(),
        other => other.as_str_name().trim_start_matches("RECEPTION_VERDICT_").to_owned(),
    }
}

/// What was stored was made by [`told`]; were it not readable, the creator would have no scores.
pub(crate) fn stored(scores: &ScoreSnapshot) -> CreatorScores {
    CreatorScores::decode(scores.encoded.as_slice()).unwrap_or_default()
}

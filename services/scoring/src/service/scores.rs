//! Owns everything that watchers of scores are told of a creator; the one place where verdicts of other files are added. Never a verdict.

use creatorscope_domain::CreatorId;
use creatorscope_proto::scoring::v1 as pb;

use super::{Service, sentiment::DEFAULT_WINDOW};
use crate::{convert::to_wire_time, error::ScoringError};

/// Languages that are told.
const MAX_LANGUAGES: usize = 50;

/// The suspicion from which a sign is a flag.
const FLAGGED: f64 = 0.5;

/// A verdict; none while a service that it needs does not answer, so that watchers get the rest. Errors: those of our own tables.
fn told<T>(verdict: Result<Option<T>, ScoringError>) -> Result<Option<T>, ScoringError> {
    match verdict {
        Err(ScoringError::Peer(error)) if error.is_away() => {
            tracing::debug!(%error, "scores are told without a verdict");
            Ok(None)
        }
        // A watcher is not to lose its stream by a fault between two services; somebody must look at it.
        Err(ScoringError::Peer(error)) => {
            tracing::error!(%error, "scores are told without a verdict");
            Ok(None)
        }
        other => other,
    }
}

/// The name of a sign that speaks against a creator.
fn flag(signal: &pb::AuthenticitySignal) -> Option<String> {
    let name = signal.kind().as_str_name();
    signal.suspicion.filter(|suspicion| *suspicion >= FLAGGED)?;
    Some(name.strip_prefix("KIND_").unwrap_or(name).to_owned())
}

impl Service {
    /// A creator's scores as they are now; none when no comment is known. Errors: the database's.
    pub async fn scores(&self, creator: &CreatorId) -> Result<Option<pb::CreatorScores>, ScoringError> {
        let Some(sentiment) = self.sentiment(creator, &[DEFAULT_WINDOW], false, false).await? else { return Ok(None) };
        let values = sentiment.windows.into_iter().filter_map(|window| window.aggregate).flat_map(|all| all.values);
        let reception = told(self.reception(creator, DEFAULT_WINDOW).await)?;
        let authenticity = told(self.authenticity(creator).await)?;
        let languages = self.store.comment_languages(creator).await?;
        let all: i64 = languages.iter().map(|(_, count)| count).sum();
        let language =
            |(language, count): (String, i64)| pb::LanguageShare { language, share: count as f64 / all.max(1) as f64 };
        Ok(Some(pb::CreatorScores {
            creator: creator.name(),
            flags: authenticity.iter().flat_map(|judged| &judged.signals).filter_map(flag).collect(),
            reception: reception.as_ref().map_or(0, |judged| judged.verdict),
            values: values
                .chain(reception.and_then(|it| it.score))
                .chain(authenticity.and_then(|it| it.score))
                .collect(),
            comment_languages: languages.into_iter().take(MAX_LANGUAGES).map(language).collect(),
            update_time: Some(to_wire_time(self.clock.now())),
            etag: sentiment.etag,
        }))
    }
}

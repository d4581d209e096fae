//! Owns everything that watchers of scores are told of a creator; the one place where verdicts of other files are added. Never a verdict.

use creatorscope_domain::CreatorId;
use creatorscope_proto::scoring::v1 as pb;

use super::{Service, sentiment::DEFAULT_WINDOW};
use crate::{convert::to_wire_time, error::ScoringError};

/// Languages that are told.
const MAX_LANGUAGES: usize = 50;

impl Service {
    /// A creator's scores as they are now; none when no comment is known. Errors: the database's.
    pub async fn scores(&self, creator: &CreatorId) -> Result<Option<pb::CreatorScores>, ScoringError> {
        let Some(sentiment) = self.sentiment(creator, &[DEFAULT_WINDOW], false, false).await? else { return Ok(None) };
        let values = sentiment.windows.into_iter().filter_map(|window| window.aggregate).flat_map(|all| all.values);
        let languages = self.store.comment_languages(creator).await?;
        let all: i64 = languages.iter().map(|(_, count)| count).sum();
        let language =
            |(language, count): (String, i64)| pb::LanguageShare { language, share: count as f64 / all.max(1) as f64 };
        Ok(Some(pb::CreatorScores {
            creator: creator.name(),
            values: values.collect(),
            // Verdicts need other services: they are told by their own calls until they are kept here.
            reception: pb::ReceptionVerdict::Unspecified as i32,
            flags: Vec::new(),
            comment_languages: languages.into_iter().take(MAX_LANGUAGES).map(language).collect(),
            update_time: Some(to_wire_time(self.clock.now())),
            etag: sentiment.etag,
        }))
    }
}

//! Owns calls to the scoring service. Never what becomes of the answers.

use async_trait::async_trait;
use creatorscope_kit::{token::Token, transport::Transport};
use creatorscope_proto::scoring::v1::{
    self as pb, Embedding, EraseScoresResponse, erase_scores_request::Subject,
    scoring_service_client::ScoringServiceClient,
};
use futures::{StreamExt, stream::BoxStream};

use super::peer::PeerError;
use crate::{
    convert::scores::{ScoresTold, told},
    service::Meanings,
};

/// The most texts of one call.
pub(crate) const MAX_TEXTS: usize = 100;
/// Longest message that is taken, in bytes: the scores of a creator, or a hundred vectors.
const MAX_MESSAGE: usize = 16 << 20;

#[async_trait]
impl Meanings for Scoring {
    async fn of(&self, text: &str) -> Result<(String, Vec<f32>), String> {
        let answers = self.embed(vec![text.to_owned()]).await.map_err(|error| error.to_string())?;
        let answer = answers.into_iter().next().ok_or_else(|| "the other service answered with nothing".to_owned())?;
        Ok((answer.model, answer.components))
    }
}

/// The scoring service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Scoring(ScoringServiceClient<Transport>);

impl Scoring {
    pub(crate) fn new(transport: Transport) -> Self {
        Self(ScoringServiceClient::new(transport).max_decoding_message_size(MAX_MESSAGE))
    }

    /// Where the scoring service's log is now; none when it does not answer.
    pub(crate) async fn head(mut self) -> Option<i64> {
        let request = pb::WatchSentimentRequest { skip_snapshot: true, ..Default::default() };
        let message = self.0.watch_sentiment(request).await.ok()?.into_inner().message().await.ok()??;
        Token::parse(&message.resume_token, "resume_token").ok().map(|token| token.position)
    }

    /// The scores of all creators: from the token on, or from a snapshot on when it is empty.
    pub(crate) async fn watch(
        &self,
        resume_token: &str,
    ) -> Result<BoxStream<'static, Result<ScoresTold, PeerError>>, PeerError> {
        let request = pb::WatchSentimentRequest {
            resume_token: resume_token.to_owned(),
            tell_progress: true,
            ..Default::default()
        };
        let messages = self.0.clone().watch_sentiment(request).await?.into_inner();
        Ok(messages.map(|message| Ok(told(message?))).boxed())
    }

    /// The vectors of texts, in their order; at most [`MAX_TEXTS`].
    pub(crate) async fn embed(&self, texts: Vec<String>) -> Result<Vec<Embedding>, PeerError> {
        Ok(self.0.clone().embed_text(pb::EmbedTextRequest { texts }).await?.into_inner().embeddings)
    }

    /// Removes everything about a creator's comments; `name` is `creators/{creator}`.
    pub(crate) async fn erase(&self, name: String) -> Result<EraseScoresResponse, PeerError> {
        let request = pb::EraseScoresRequest { subject: Some(Subject::Creator(name)) };
        Ok(self.0.clone().erase_scores(request).await?.into_inner())
    }
}

//! Owns calls to the scoring service. Never what becomes of the answers.

use creatorscope_kit::{token::Token, transport::Transport};
use creatorscope_proto::scoring::v1::{
    self as pb, PostSentiment, WatchSentimentResponse, scoring_service_client::ScoringServiceClient,
};
use futures::{Stream, StreamExt};
use tonic::Status;

use super::PeerError;

/// The scoring service. Cheap to clone.
#[derive(Clone)]
pub struct Scoring(ScoringServiceClient<Transport>);

fn failed(status: Status) -> PeerError {
    PeerError::new("scoring", status)
}

impl Scoring {
    /// A client over a transport.
    pub fn new(transport: Transport) -> Self {
        Self(ScoringServiceClient::new(transport).max_decoding_message_size(64 << 20))
    }

    /// Where the scoring service's log is now; none when it does not answer.
    pub async fn head(mut self) -> Option<i64> {
        let request = pb::WatchSentimentRequest { skip_snapshot: true, ..Default::default() };
        let message = self.0.watch_sentiment(request).await.ok()?.into_inner().message().await.ok()??;
        Token::parse(&message.resume_token, "resume_token").ok().map(|token| token.position)
    }

    /// How the comments of a post feel; none when no comment of it is known.
    pub async fn post_sentiment(&self, name: &str) -> Result<Option<PostSentiment>, PeerError> {
        let request = pb::GetPostSentimentRequest { name: name.to_owned() };
        match self.0.clone().get_post_sentiment(request).await.map_err(failed) {
            Ok(answer) => Ok(answer.into_inner().sentiment),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All scores as they change, from behind a resume token on; from the next change on when that is empty.
    pub async fn watch(
        &self,
        resume_token: &str,
    ) -> Result<impl Stream<Item = Result<WatchSentimentResponse, PeerError>> + Send + use<>, PeerError> {
        let request = pb::WatchSentimentRequest {
            resume_token: resume_token.to_owned(),
            skip_snapshot: resume_token.is_empty(),
            tell_progress: true,
            ..Default::default()
        };
        let stream = self.0.clone().watch_sentiment(request).await.map_err(failed)?.into_inner();
        Ok(stream.map(|message| message.map_err(failed)))
    }
}

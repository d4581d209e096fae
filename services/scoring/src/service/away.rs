//! Owns which peers did not answer while a question was worked on. Never what is asked of them.

use crate::{error::ScoringError, grpc::peer::PeerError};

/// The peers that could not be reached, each with its first answer. What they hold is not known now; that is not the same as nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Away(Vec<PeerError>);

impl Away {
    /// The peer's answer; nothing when it knows nothing of what was asked, or is away. A peer that is away is not asked again. Errors:
    /// every other answer.
    pub(super) async fn ask<T: Default>(
        &mut self,
        service: &'static str,
        call: impl Future<Output = Result<T, PeerError>>,
    ) -> Result<T, PeerError> {
        if self.lacks(service) {
            return Ok(T::default());
        }
        match call.await {
            Err(error) if error.is_away() => {
                self.0.push(error);
                Ok(T::default())
            }
            Err(error) if error.is_not_found() => Ok(T::default()),
            answer => answer,
        }
    }

    /// Whether this peer did not answer.
    pub(super) fn lacks(&self, service: &str) -> bool {
        self.0.iter().any(|error| error.service() == service)
    }

    /// The peers that did not answer.
    pub(super) fn services(&self) -> Vec<&'static str> {
        self.0.iter().map(PeerError::service).collect()
    }

    /// What to tell people of each peer that did not answer.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|error| format!("{error}; what it holds is missing here"))
    }

    /// Adds what others found.
    pub(super) fn add(&mut self, others: Self) {
        for error in others.0 {
            if !self.lacks(error.service()) {
                self.0.push(error);
            }
        }
    }

    /// Nothing is known: because nothing is there, or because a peer did not answer.
    pub(super) fn nothing<T>(self) -> Result<Option<T>, ScoringError> {
        self.0.into_iter().next().map_or(Ok(None), |error| Err(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use tonic::Status;

    use super::*;

    async fn asked(away: &mut Away, answer: Status) -> Result<Vec<u8>, PeerError> {
        away.ask("metrics", async { Err(PeerError::new("metrics", answer)) }).await
    }

    #[tokio::test]
    async fn only_not_found_is_nothing_and_only_absence_is_missing() {
        let mut away = Away::default();
        assert!(asked(&mut away, Status::not_found("no")).await.is_ok_and(|found| found.is_empty()));
        assert!(away.services().is_empty());
        for wrong in [Status::invalid_argument("no"), Status::permission_denied("no"), Status::internal("no")] {
            assert!(asked(&mut away, wrong).await.is_err());
        }
        assert!(asked(&mut away, Status::deadline_exceeded("late")).await.is_ok());
        assert_eq!(away.services(), ["metrics"]);
    }

    #[tokio::test]
    async fn a_peer_that_is_away_is_not_asked_again() {
        let mut away = Away::default();
        assert!(asked(&mut away, Status::unavailable("no")).await.is_ok());
        let found: Vec<u8> = away.ask("metrics", async { panic!("asked again") }).await.expect("nothing");
        assert!(found.is_empty());
        let other: Vec<u8> = away.ask("discovery", async { Ok(vec![1]) }).await.expect("answers");
        assert_eq!(other, [1]);
    }

    #[tokio::test]
    async fn an_absent_peer_is_an_error_only_when_nothing_is_known() {
        let mut away = Away::default();
        assert!(matches!(Away::default().nothing::<u8>(), Ok(None)));
        assert!(asked(&mut away, Status::unavailable("no")).await.is_ok());
        assert!(matches!(away.nothing::<u8>(), Err(ScoringError::Peer(error)) if error.is_away()));
    }
}

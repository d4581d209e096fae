//! Owns what can go wrong in this room and how it is answered. Never a wire type.

use std::{sync::Arc, time::Duration};

use creatorscope_domain::CreatorId;
use creatorscope_kit::{
    db::DbError,
    fault::{Code, Fault, Violation, Violations},
    task::BlockingError,
};
use thiserror::Error;

use crate::grpc::peer::PeerError;

/// Why a request was not answered.
#[derive(Debug, Error)]
pub enum ScoringError {
    /// The request breaks its contract.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// No comment of the creator is known.
    #[error("no comment of {} is known", .0.name())]
    NoComments(CreatorId),
    /// No comment of the post is known.
    #[error("no comment of {0} is known")]
    NoPostComments(String),
    /// Nothing at all is known of the creator.
    #[error("nothing is known of {}", .0.name())]
    NotKnown(CreatorId),
    /// The encoders are not loaded.
    #[error("no encoder is loaded; get the wheels and run `creatorscope models import`, or ask for the fast tier")]
    NoEncoder,
    /// A service that the answer needs did not answer.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// Creators are looked for in discovery, which is away.
    #[error("{0}; candidates cannot be looked for without it, creators that are named can be scored")]
    NoCandidates(#[source] PeerError),
    /// The changes that the answer must show are not here in time.
    #[error("the changes of `read_after` are not here after {} s", .0.as_secs())]
    NotReached(Duration),
    /// The database.
    #[error("the scoring tables did not answer")]
    Store(#[source] Arc<DbError>),
    /// A computation did not end.
    #[error(transparent)]
    Computation(#[from] BlockingError),
    /// The node went down meanwhile.
    #[error("the node stopped before the work was done")]
    Stopped,
}

impl From<DbError> for ScoringError {
    fn from(error: DbError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<Violation> for ScoringError {
    fn from(violation: Violation) -> Self {
        Self::Invalid(violation.into())
    }
}

impl Fault for ScoringError {
    fn code(&self) -> Code {
        match self {
            Self::Invalid(violations) => violations.code(),
            Self::NoComments(_) | Self::NoPostComments(_) | Self::NotKnown(_) => Code::NotFound,
            Self::NoEncoder => Code::FailedPrecondition,
            Self::Peer(error) | Self::NoCandidates(error) => error.code(),
            Self::NotReached(_) => Code::DeadlineExceeded,
            Self::Store(error) => error.code(),
            Self::Stopped => Code::Unavailable,
            Self::Computation(_) => Code::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(violations) => violations.reason(),
            Self::NoComments(_) => "NO_COMMENTS_OF_CREATOR",
            Self::NoPostComments(_) => "NO_COMMENTS_OF_POST",
            Self::NotKnown(_) => "CREATOR_NOT_KNOWN",
            Self::NoEncoder => "ENCODER_NOT_LOADED",
            Self::Peer(_) => "PEER_FAILED",
            Self::NoCandidates(_) => "CANDIDATES_NOT_REACHED",
            Self::NotReached(_) => "READ_AFTER_NOT_REACHED",
            Self::Store(_) => "STORE_FAILED",
            Self::Computation(_) => "WORK_FAILED",
            Self::Stopped => "NODE_STOPPING",
        }
    }

    fn violations(&self) -> &[Violation] {
        match self {
            Self::Invalid(violations) => violations.violations(),
            _ => &[],
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Store(error) if error.is_transient() => Some(Duration::from_secs(1)),
            Self::NotReached(_) => Some(Duration::from_secs(1)),
            Self::Peer(error) | Self::NoCandidates(error) if error.is_away() => Some(Duration::from_secs(1)),
            _ => None,
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NoComments(creator) | Self::NotKnown(creator) => Some(("creatorscope.dev/Creator", creator.name())),
            Self::NoPostComments(post) => Some(("creatorscope.dev/Post", post.clone())),
            _ => None,
        }
    }
}

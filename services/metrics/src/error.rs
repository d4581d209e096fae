//! Owns what can go wrong in this room and how it is answered. Never a wire type.

use std::{sync::Arc, time::Duration};

use creatorscope_domain::{CreatorId, PostName};
use creatorscope_kit::{
    db::DbError,
    fault::{Code, Fault, Violation, Violations},
    task::BlockingError,
};
use thiserror::Error;

/// Why a request was not answered.
#[derive(Debug, Error)]
pub enum MetricsError {
    /// The request breaks its contract.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// Nothing was observed of the creator, at or before the time asked for.
    #[error("nothing was observed of {} until the time asked for", .0.name())]
    NotObserved(CreatorId),
    /// Nothing is known of the post.
    #[error("{0} is not known; posts are known once they or their counts were ingested")]
    PostNotKnown(PostName),
    /// No such operation.
    #[error("{0} is not a recomputation that is known")]
    NoOperation(String),
    /// The changes that the answer must show are not here in time.
    #[error("the changes of `read_after` are not here after {} s", .0.as_secs())]
    NotReached(Duration),
    /// A computation was given up because the role stops.
    #[error("a computation was given up")]
    Aborted,
    /// The database.
    #[error("the metrics tables did not answer")]
    Store(#[source] Arc<DbError>),
    /// A computation did not end.
    #[error(transparent)]
    Computation(#[from] BlockingError),
    /// A transaction did not end.
    #[error("storing ended without a result")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl From<DbError> for MetricsError {
    fn from(error: DbError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl MetricsError {
    /// Whether the same work may succeed when it is tried again.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}

impl From<Violation> for MetricsError {
    fn from(violation: Violation) -> Self {
        Self::Invalid(violation.into())
    }
}

impl Fault for MetricsError {
    fn code(&self) -> Code {
        match self {
            Self::Invalid(violations) => violations.code(),
            Self::NotObserved(_) | Self::PostNotKnown(_) | Self::NoOperation(_) => Code::NotFound,
            Self::NotReached(_) => Code::DeadlineExceeded,
            Self::Store(error) => error.code(),
            Self::Computation(_) | Self::Interrupted(_) | Self::Aborted => Code::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(violations) => violations.reason(),
            Self::NotObserved(_) => "CREATOR_NOT_OBSERVED",
            Self::NoOperation(_) => "OPERATION_NOT_FOUND",
            Self::NotReached(_) => "READ_AFTER_NOT_REACHED",
            Self::PostNotKnown(_) => "POST_NOT_KNOWN",
            Self::Store(_) => "STORE_FAILED",
            Self::Computation(_) | Self::Interrupted(_) | Self::Aborted => "WORK_FAILED",
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
            _ => None,
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NotObserved(creator) => Some(("creatorscope.dev/Creator", creator.name())),
            Self::NoOperation(name) => Some(("creatorscope.dev/RecomputeOperation", name.clone())),
            Self::PostNotKnown(post) => Some(("creatorscope.dev/Post", post.to_string())),
            _ => None,
        }
    }
}

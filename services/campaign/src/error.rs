//! Owns what can go wrong in this room and how it is answered. Never a wire type.

use std::{sync::Arc, time::Duration};

use creatorscope_kit::{
    db::DbError,
    fault::{Code, Fault, Violation, Violations},
    task::BlockingError,
};
use thiserror::Error;

use crate::{
    grpc::peer::PeerError,
    machine::{Illegal, context::Closed},
    model::{Kind, Resource},
    report::WriteError,
};

/// Why a request was not answered.
#[derive(Debug, Error)]
pub enum CampaignError {
    /// The request breaks its contract.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// The resource is not known.
    #[error("{name} is not known")]
    NotKnown {
        /// What kind.
        kind: Kind,
        /// Its name.
        name: String,
    },
    /// Something of this name or with this key is there already.
    #[error("{message}")]
    Exists {
        /// What kind.
        kind: Kind,
        /// What is there already.
        name: String,
        /// What collides, for people.
        message: String,
    },
    /// Somebody else changed the resource since it was read.
    #[error("{name} was changed since it was read; read it again and decide anew")]
    Changed {
        /// What kind.
        kind: Kind,
        /// Its name.
        name: String,
    },
    /// The resource's state does not allow it.
    #[error("{name}: {illegal}")]
    Illegal {
        /// What kind.
        kind: Kind,
        /// Its name.
        name: String,
        /// Where it is, what was asked, what it allows.
        illegal: Illegal,
    },
    /// The state of the campaign or participant above it does not allow it.
    #[error("{name}: {closed}")]
    Closed {
        /// The campaign or participant.
        name: String,
        /// Where it is, what was asked, where it would have to be.
        closed: Closed,
    },
    /// Something else has to be done first.
    #[error("{message}")]
    Precondition {
        /// UPPER_SNAKE, append-only.
        reason: &'static str,
        /// What, for people.
        message: String,
    },
    /// The reviewer may not decide about this campaign's drafts.
    #[error("{reviewer} is no approver of {campaign}")]
    NotApprover {
        /// Who.
        reviewer: String,
        /// Of what.
        campaign: String,
    },
    /// A service that the answer needs did not answer.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The changes that the answer must show are not here in time.
    #[error("the changes of `read_after` are not here after {} s", .0.as_secs())]
    NotReached(Duration),
    /// The database.
    #[error("the campaign tables did not answer")]
    Store(#[source] Arc<DbError>),
    /// The report cannot be written as a file.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A computation did not end.
    #[error(transparent)]
    Computation(#[from] BlockingError),
}

impl CampaignError {
    /// What the state of a resource does not allow.
    pub fn illegal<M: Resource>(resource: &M, illegal: Illegal) -> Self {
        Self::Illegal { kind: M::KIND, name: resource.name().to_owned(), illegal }
    }
}

impl From<DbError> for CampaignError {
    fn from(error: DbError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<Violation> for CampaignError {
    fn from(violation: Violation) -> Self {
        Self::Invalid(violation.into())
    }
}

impl Fault for CampaignError {
    fn code(&self) -> Code {
        match self {
            Self::Invalid(violations) => violations.code(),
            Self::NotKnown { .. } => Code::NotFound,
            Self::Exists { .. } => Code::AlreadyExists,
            Self::Changed { .. } => Code::Aborted,
            Self::Illegal { .. } | Self::Closed { .. } | Self::Precondition { .. } => Code::FailedPrecondition,
            Self::NotApprover { .. } => Code::PermissionDenied,
            Self::Peer(error) => error.code(),
            Self::NotReached(_) => Code::DeadlineExceeded,
            Self::Store(error) => error.code(),
            Self::Computation(_) | Self::Write(_) => Code::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(violations) => violations.reason(),
            Self::NotKnown { .. } => "RESOURCE_NOT_KNOWN",
            Self::Exists { .. } => "RESOURCE_EXISTS",
            Self::Changed { .. } => "ETAG_MISMATCH",
            Self::Illegal { .. } => "ILLEGAL_TRANSITION",
            Self::Closed { .. } => "NOT_OPEN",
            Self::Precondition { reason, .. } => reason,
            Self::NotApprover { .. } => "NOT_AN_APPROVER",
            Self::Peer(_) => "PEER_FAILED",
            Self::NotReached(_) => "READ_AFTER_NOT_REACHED",
            Self::Store(_) => "STORE_FAILED",
            Self::Computation(_) | Self::Write(_) => "WORK_FAILED",
        }
    }

    fn violations(&self) -> &[Violation] {
        match self {
            Self::Invalid(violations) => violations.violations(),
            _ => &[],
        }
    }

    fn metadata(&self) -> Vec<(String, String)> {
        match self {
            Self::Illegal { illegal, .. } => {
                let allowed: Vec<&str> = illegal.allowed.iter().map(|one| one.action).collect();
                vec![
                    ("state".to_owned(), illegal.state.to_owned()),
                    ("action".to_owned(), illegal.action.to_owned()),
                    ("allowed".to_owned(), allowed.join(",")),
                ]
            }
            Self::Closed { closed, .. } => {
                vec![("state".to_owned(), closed.state.to_owned()), ("accepted".to_owned(), closed.accepted.join(","))]
            }
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Store(error) if error.is_transient() => Some(Duration::from_secs(1)),
            Self::NotReached(_) => Some(Duration::from_secs(1)),
            Self::Peer(error) if error.is_away() => Some(Duration::from_secs(1)),
            _ => None,
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NotKnown { kind, name }
            | Self::Exists { kind, name, .. }
            | Self::Changed { kind, name }
            | Self::Illegal { kind, name, .. } => Some((kind.resource_type(), name.clone())),
            _ => None,
        }
    }
}

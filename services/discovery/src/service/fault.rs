//! Owns what goes wrong in this service, and as what a caller learns of it. Never a message of the wire.

use std::time::Duration;

use creatorscope_kit::{
    db::DbError,
    fault::{Code, Fault, Violation, Violations},
    seal::SealError,
    task::BlockingError,
};
use thiserror::Error;

use crate::{index::IndexError, progress::WaitError, store::StoreError};

/// What goes wrong in this service.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// The request.
    #[error("{0}")]
    Invalid(#[from] Violations),
    /// No such creator.
    #[error("{0} is not known")]
    NotFound(String),
    /// No such contact.
    #[error("{0} is not known")]
    ContactNotFound(String),
    /// No account is linked to the person.
    #[error("{0} is not known: no account is linked to it")]
    PersonNotFound(String),
    /// An account is not linked to the person by a call.
    #[error("{creator} is not linked to {person} by LinkPerson")]
    NotLinked {
        /// The account.
        creator: String,
        /// The person.
        person: String,
    },
    /// The creator has changed.
    #[error("{0} has changed since it had this etag; read it again")]
    Etag(String),
    /// Posts are not indexed.
    #[error("posts are not searched here: the setting discovery.posts_index is off")]
    PostsOff,
    /// The changes that the answer must show are not here in time.
    #[error("the changes of `read_after` are not here after {} s", .0.as_secs())]
    NotReached(Duration),
    /// Contacts cannot be kept or read without a key.
    #[error("there are no keys for contacts here: set discovery.contact_keys_file or discovery.contact_keys_secret")]
    NoContactKeys,
    /// The tables.
    #[error("the tables of creators cannot be used")]
    Store(#[source] StoreError),
    /// The index.
    #[error("the index of creators cannot be used")]
    Index(#[from] IndexError),
    /// Work beside the runtime.
    #[error(transparent)]
    Work(#[from] BlockingError),
}

impl From<WaitError> for ServiceError {
    fn from(error: WaitError) -> Self {
        match error {
            WaitError::NotReached(patience) => Self::NotReached(patience),
            WaitError::Db(error) => Self::Store(error.into()),
        }
    }
}

impl ServiceError {
    /// Whether the same work may succeed when it is tried again.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Store(StoreError::Db(error)) if DbError::is_transient(error))
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoKeys => Self::NoContactKeys,
            other => Self::Store(other),
        }
    }
}

impl Fault for ServiceError {
    fn code(&self) -> Code {
        match self {
            Self::Invalid(_) => Code::InvalidArgument,
            Self::NotFound(_) | Self::ContactNotFound(_) | Self::PersonNotFound(_) | Self::NotLinked { .. } => {
                Code::NotFound
            }
            Self::NoContactKeys | Self::Store(StoreError::Seal { cause: SealError::UnknownKey(_), .. }) => {
                Code::FailedPrecondition
            }
            Self::Etag(_) => Code::Aborted,
            Self::PostsOff => Code::FailedPrecondition,
            Self::NotReached(_) => Code::DeadlineExceeded,
            Self::Store(StoreError::Db(error)) => error.code(),
            Self::Store(_) | Self::Index(_) | Self::Work(_) => Code::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(problems) => problems.reason(),
            Self::NotFound(_) => "CREATOR_NOT_FOUND",
            Self::ContactNotFound(_) => "CONTACT_NOT_FOUND",
            Self::PersonNotFound(_) => "PERSON_NOT_FOUND",
            Self::NotLinked { .. } => "PERSON_LINK_NOT_FOUND",
            Self::NoContactKeys => "CONTACT_KEYS_MISSING",
            Self::Store(StoreError::Seal { cause: SealError::UnknownKey(_), .. }) => "CONTACT_KEY_UNKNOWN",
            Self::Store(StoreError::Seal { .. }) => "CONTACT_UNREADABLE",
            Self::Etag(_) => "ETAG_MISMATCH",
            Self::PostsOff => "POSTS_NOT_INDEXED",
            Self::NotReached(_) => "READ_AFTER_NOT_REACHED",
            Self::Store(_) => "STORE_FAILED",
            Self::Index(_) => "INDEX_FAILED",
            Self::Work(_) => "WORK_FAILED",
        }
    }

    fn violations(&self) -> &[Violation] {
        match self {
            Self::Invalid(problems) => problems.violations(),
            _ => &[],
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        (self.is_transient() || matches!(self, Self::NotReached(_))).then_some(Duration::from_secs(1))
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NotFound(name) | Self::Etag(name) => Some(("creatorscope.dev/Creator", name.clone())),
            Self::NotLinked { creator, .. } => Some(("creatorscope.dev/Creator", creator.clone())),
            Self::ContactNotFound(name) => Some(("creatorscope.dev/Contact", name.clone())),
            Self::PersonNotFound(name) => Some(("creatorscope.dev/Person", name.clone())),
            _ => None,
        }
    }
}

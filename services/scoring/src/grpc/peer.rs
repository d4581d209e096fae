//! Owns calls to other services. Never what becomes of the answers.

pub mod discovery;
pub mod metrics;

use creatorscope_kit::fault::Code;
use thiserror::Error;
use tonic::Status;

/// What a service answered in place of what it was asked for.
#[derive(Debug, Clone, Error)]
#[error("the {service} service answered {}: {}", .status.code(), .status.message())]
pub struct PeerError {
    service: &'static str,
    status: Box<Status>,
}

impl PeerError {
    /// What `service` answered.
    pub fn new(service: &'static str, status: Status) -> Self {
        Self { service, status: Box::new(status) }
    }

    /// How it is passed on: what was wrong with the question stays so, everything else is the peer's absence.
    pub fn code(&self) -> Code {
        match self.status.code() {
            Code::InvalidArgument => Code::InvalidArgument,
            Code::DeadlineExceeded => Code::DeadlineExceeded,
            _ => Code::Unavailable,
        }
    }

    /// Whether it knows nothing of what was asked for.
    pub fn is_not_found(&self) -> bool {
        self.status.code() == Code::NotFound
    }

    /// Whether it cannot be reached now.
    pub fn is_away(&self) -> bool {
        self.code() == Code::Unavailable
    }
}

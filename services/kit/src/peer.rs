//! Owns what a service answered in place of what it was asked for. Never a particular service.

use thiserror::Error;
use tonic::{Code, Status};

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

    /// Which service.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// How it is passed on: what was wrong with the question and the peer's absence stay so, everything else is a fault here.
    pub fn code(&self) -> Code {
        match self.status.code() {
            code @ (Code::InvalidArgument | Code::DeadlineExceeded | Code::Unavailable | Code::ResourceExhausted) => {
                code
            }
            _ => Code::Internal,
        }
    }

    /// Whether it knows nothing of what was asked for.
    pub fn is_not_found(&self) -> bool {
        self.status.code() == Code::NotFound
    }

    /// Whether it cannot be reached now, or not in time; the same question may be answered later.
    pub fn is_away(&self) -> bool {
        matches!(self.status.code(), Code::Unavailable | Code::DeadlineExceeded)
    }

    /// Whether its log no longer reaches back to the place to go on from.
    pub fn is_expired(&self) -> bool {
        self.status.code() == Code::OutOfRange
    }
}

//! Owns the answer to requests that cannot be read. tonic answers `INTERNAL` to bytes that are no message and `OUT_OF_RANGE`
//! to a message that is too large; the fault is the caller's, so both become `INVALID_ARGUMENT` with a reason.

use tonic::{Code, Status, body::Body};
use tower::ServiceExt;

use crate::{
    fault::{Violation, Violations, status},
    transport::Transport,
};

pub(super) async fn call(inner: Transport, request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
    let response = match inner.oneshot(request).await {
        Ok(response) => response,
        Err(error) => return Err(unreadable(&error).unwrap_or(error)),
    };
    // Only an answer without messages has its status in the headers.
    match Status::from_header_map(response.headers()).as_ref().and_then(unreadable) {
        Some(refusal) => Ok(refusal.into_http()),
        None => Ok(response),
    }
}

/// The refusal for a status that tonic makes when it cannot read a request; none for any other status.
pub fn unreadable(found: &Status) -> Option<Status> {
    let message = found.message();
    let violation = match found.code() {
        Code::OutOfRange | Code::ResourceExhausted if message.contains("message length too large") => {
            Violation::new("", "REQUEST_TOO_LARGE", format!("{message}; send less in one message"))
        }
        Code::Internal
            if message.contains("Unexpected EOF decoding stream")
                || message.contains("invalid compression flag")
                || message.contains("failed to decode")
                || message.contains("invalid wire type")
                || message.contains("Protobuf") =>
        {
            Violation::new("", "MALFORMED_REQUEST", message.to_owned())
        }
        _ => return None,
    };
    Some(status(&Violations::from(violation)))
}

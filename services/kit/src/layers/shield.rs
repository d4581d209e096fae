//! Owns what happens when a handler panics: the caller reads `INTERNAL`, the log has the message, the process lives.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use tonic::{Status, body::Body};
use tower::ServiceExt;
use tracing::error;

use crate::transport::Transport;

pub(super) async fn call(inner: Transport, request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
    AssertUnwindSafe(inner.oneshot(request)).catch_unwind().await.unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = message.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        error!(message, "a handler panicked");
        Err(Status::internal("internal error; the log has the cause under the request id"))
    })
}

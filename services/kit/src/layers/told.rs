//! Owns what a peer is told of the call for which it is called: the request, the trace. Never who calls.

use tonic::{Status, body::Body};
use tower::ServiceExt;
use tracing::Instrument;

use super::observe;
use crate::{onward::Onward, telemetry, transport::Transport};

pub(super) async fn call(inner: Transport, mut request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
    if let Some(onward) = Onward::current() {
        onward.tell(request.headers_mut());
    }
    let path = request.uri().path().to_owned();
    let span = telemetry::calling(&path, request.headers_mut());
    if span.is_none() {
        return inner.oneshot(request).await;
    }
    let outcome = inner.oneshot(request).instrument(span.clone()).await;
    telemetry::ended(&span, observe::code(&outcome));
    outcome
}

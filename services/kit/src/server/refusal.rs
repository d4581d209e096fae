//! Owns answers that no service gives: a listener's own, in the form of AIP-193. Never gRPC's.

use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use http_body_util::Full;
use serde_json::json;
use tonic::{Code, body::Body};
use tower::ServiceExt;

use crate::{
    fault::DOMAIN,
    layers::Answered,
    transport::{Transport, service},
};

/// An error as JSON, for who does not speak gRPC.
pub(super) fn refusal(status: StatusCode, code: Code, reason: &str, message: &str) -> Response<Body> {
    let body = json!({ "error": {
        "code": status.as_u16(),
        "message": message,
        "status": name(code),
        "details": [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": DOMAIN }],
    }});
    let mut response = Response::new(Body::new(Full::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.extensions_mut().insert(Answered { method: "refused".to_owned(), code });
    response
}

/// Around what answers: a request whose body is encoded is refused, unless it is gRPC's own, whose messages say themselves
/// whether they are. Nothing here is decompressed, so that a small request stays small.
pub fn unencoded(inner: Transport) -> Transport {
    service(move |request: Request<Body>| {
        let found = encoding(&request);
        let inner = inner.clone();
        async move {
            let Some(found) = found else { return inner.oneshot(request).await };
            let message = format!("the body has content-encoding `{found}`; send it as it is");
            let unsupported = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            let mut response = refusal(unsupported, Code::InvalidArgument, "WRONG_CONTENT_ENCODING", &message);
            response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            Ok(response)
        }
    })
}

fn encoding(request: &Request<Body>) -> Option<String> {
    if is_native_grpc(request) {
        return None;
    }
    let found = request.headers().get(header::CONTENT_ENCODING)?;
    let found: String = String::from_utf8_lossy(found.as_bytes()).chars().take(50).collect();
    (!found.eq_ignore_ascii_case("identity")).then_some(found)
}

/// Whether it is gRPC as no browser speaks it: over HTTP/2, and not gRPC-Web.
pub(super) fn is_native_grpc(request: &Request<Body>) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let native = kind.strip_prefix("application/grpc").is_some_and(|rest| !rest.starts_with("-web"));
    native && request.version() == Version::HTTP_2
}

/// gRPC's name of a code: `DeadlineExceeded` becomes words in upper case.
fn name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_names_that_clients_know() {
        assert_eq!(name(Code::DeadlineExceeded), "DEADLINE_EXCEEDED");
        assert_eq!(name(Code::Unavailable), "UNAVAILABLE");
    }
}

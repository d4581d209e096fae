//! Owns which pages of other origins may call from a browser. Never who the caller is.

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use tonic::{Status, body::Body};

use crate::json::{Refusal, refused, request_id};

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, cache-control, content-type, grpc-timeout, last-event-id, traceparent, tracestate, x-api-key, x-dry-run, x-grpc-web, \
     x-request-id, x-request-timeout, x-user-agent",
);
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "age, grpc-message, grpc-status, grpc-status-details-bin, retry-after, x-cache, x-dry-run, x-matches, x-quota-cost, \
      x-quota-limit, x-quota-remaining, x-quota-reset, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-request-id",
);
/// How long a browser keeps the answer to its question, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The origins that are allowed; none by default.
#[derive(Debug, Clone)]
pub(crate) struct Cors {
    origins: Vec<HeaderValue>,
}

impl Cors {
    pub(crate) fn new(origins: Vec<HeaderValue>) -> Self {
        Self { origins }
    }

    /// What `Access-Control-Allow-Origin` says to this caller; none when its page may not read the answer.
    pub(crate) fn allows(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        if self.origins.iter().any(|allowed| allowed == "*") {
            return Some(HeaderValue::from_static("*"));
        }
        self.origins.iter().find(|allowed| *allowed == origin).cloned()
    }

    /// The answer to a browser that asks before it calls; none for other requests.
    pub(crate) fn preflight(&self, request: &Request<Body>) -> Option<Response<Body>> {
        let asks = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if request.method() != Method::OPTIONS || !asks || !request.headers().contains_key(header::ORIGIN) {
            return None;
        }
        let Some(origin) = self.allows(request.headers()) else {
            let refusal: Refusal =
                Status::permission_denied("pages of this origin may not call; see gateway.cors_origins").into();
            return Some(refused(refusal, &request_id(request.headers())));
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        self.mark(&mut response, Some(origin));
        Some(response)
    }

    /// Says on an answer whose pages may read it.
    pub(crate) fn mark(&self, response: &mut Response<Body>, allowed: Option<HeaderValue>) {
        if self.origins.is_empty() {
            return;
        }
        response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = allowed {
            response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preflight(origins: &[&'static str], origin: &str) -> (u16, Option<String>) {
        let cors = Cors::new(origins.iter().map(|origin| HeaderValue::from_static(origin)).collect());
        let request = Request::options("/v1/creators:search")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .body(Body::empty())
            .expect("a request");
        let response = cors.preflight(&request).expect("it asks");
        let allowed = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        (response.status().as_u16(), allowed.map(|origin| origin.to_str().expect("text").to_owned()))
    }

    #[test]
    fn only_the_listed_origins_may_call() {
        assert_eq!(preflight(&[], "https://a.example"), (403, None));
        assert_eq!(preflight(&["https://a.example"], "https://b.example"), (403, None));
        assert_eq!(preflight(&["https://a.example"], "https://a.example"), (204, Some("https://a.example".into())));
        assert_eq!(preflight(&["*"], "https://b.example"), (204, Some("*".into())));
    }
}

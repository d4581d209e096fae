//! Owns the pages for people and the document for programs, all of them compiled in. Never a resource from elsewhere.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;
use tonic::body::Body;

const HTML: &str = include_str!("docs/page.html");
const STYLE: &str = include_str!("docs/page.css");
const SCRIPT: &str = include_str!("docs/page.js");
/// The page shows what comes from this address and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);

/// The documentation of the JSON side.
pub(crate) struct Docs {
    document: Bytes,
}

impl Docs {
    pub(crate) fn new(document: &Value) -> Self {
        Self { document: document.to_string().into() }
    }

    /// The page that a request asks for; none when it asks for none of ours.
    pub(crate) fn answer(&self, request: &Request<Body>) -> Option<Response<Body>> {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return None;
        }
        let (kind, text) = match request.uri().path() {
            "/" => return Some(to_docs()),
            "/docs" | "/docs/" => ("text/html; charset=utf-8", Bytes::from_static(HTML.as_bytes())),
            "/docs/page.css" => ("text/css; charset=utf-8", Bytes::from_static(STYLE.as_bytes())),
            "/docs/page.js" => ("text/javascript; charset=utf-8", Bytes::from_static(SCRIPT.as_bytes())),
            "/openapi.json" => ("application/json", self.document.clone()),
            _ => return None,
        };
        let mut response = Response::new(Body::new(Full::from(text)));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Some(response)
    }
}

fn to_docs() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/docs"));
    response
}

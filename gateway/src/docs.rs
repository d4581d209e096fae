//! Owns the pages.
use http::{Request, Response};
use tonic::body::Body;
pub(crate) struct Docs;
impl Docs {
    pub(crate) fn new(_document: &serde_json::Value) -> Self {
        Self
    }
    pub(crate) fn answer(&self, _request: &Request<Body>) -> Option<Response<Body>> {
        None
    }
}

//! Owns which of its languages a request speaks: gRPC, gRPC-Web, JSON, or a page of documentation. Never an answer of its own.

use std::sync::Arc;

use creatorscope_kit::{
    layers::Answered,
    transport::{Transport, service},
};
use http::{Request, Response, header};
use tonic::{Code, Status, body::Body};
use tower::ServiceExt;

use crate::{
    cors::Cors,
    desk::Asked,
    docs::Docs,
    door::Door,
    json::{self, Refusal, refused, request_id},
    pass::Pass,
};

/// Everything that a request can meet.
pub(crate) struct Front {
    pub(crate) pass: Pass,
    pub(crate) web: Transport,
    pub(crate) json: json::Front,
    pub(crate) docs: Docs,
    pub(crate) cors: Cors,
    pub(crate) door: Arc<Door>,
}

impl Front {
    pub(crate) fn into_transport(self) -> Transport {
        let front = Arc::new(self);
        service(move |request| {
            let front = Arc::clone(&front);
            async move { front.answer(request).await }
        })
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let language = Language::of(&request);
        if language == Language::Grpc {
            return self.pass.answer(request).await;
        }
        if let Some(response) = self.cors.preflight(&request) {
            return Ok(named(response, "preflight"));
        }
        let allowed = self.cors.allows(request.headers());
        let mut response = match (language, self.docs.answer(&request)) {
            (Language::Web, _) => self.web.clone().oneshot(request).await?,
            (_, Some(page)) => self.page(page, Asked::of(&request, None)).await,
            (_, None) => Box::pin(self.json.answer(request)).await,
        };
        self.cors.mark(&mut response, allowed);
        Ok(response)
    }
}

impl Front {
    /// A page of documentation, for who may read the contract.
    async fn page(&self, page: Response<Body>, asked: Asked<'_>) -> Response<Body> {
        if self.door.open_contract {
            return named(page, "docs");
        }
        match self.door.admit(&asked).await {
            Ok(mut ticket) => {
                ticket.end(Code::Ok);
                named(page, "docs")
            }
            Err(status) => {
                let code = status.code();
                let mut response = refused(Refusal::from(status), &request_id(asked.headers));
                response.extensions_mut().insert(Answered { method: "docs".to_owned(), code });
                response
            }
        }
    }
}

/// Names an answer that belongs to no method.
fn named(mut response: Response<Body>, method: &str) -> Response<Body> {
    response.extensions_mut().insert(Answered { method: method.to_owned(), code: Code::Ok });
    response
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Grpc,
    Web,
    Other,
}

impl Language {
    fn of(request: &Request<Body>) -> Self {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        match kind.strip_prefix("application/grpc") {
            Some(rest) if rest.starts_with("-web") => Self::Web,
            Some(_) => Self::Grpc,
            None => Self::Other,
        }
    }
}

//! Owns which peer a call goes to. Never a look into its messages: bodies, metadata and trailers pass as they are, in both
//! directions, and a caller that goes away is gone for the peer too.

use std::{collections::HashMap, sync::Arc};

use creatorscope_kit::transport::{Transport, service};
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use tonic::{Status, body::Body};
use tower::ServiceExt;

use crate::Peer;

/// What who comes without gRPC reads.
const NOT_GRPC: &str = "This address speaks gRPC. Try: grpcurl -plaintext ADDRESS list\n";

/// The gateway's own services, and behind them the peers.
pub(crate) fn front(own: Transport, peers: &[Peer]) -> Transport {
    let mut routes: HashMap<&'static str, Transport> = HashMap::new();
    for peer in peers {
        for name in &peer.services {
            routes.insert(name, peer.transport.clone());
        }
    }
    let routes = Arc::new(routes);
    service(move |request| answer(own.clone(), Arc::clone(&routes), request))
}

async fn answer(
    own: Transport,
    routes: Arc<HashMap<&'static str, Transport>>,
    request: Request<Body>,
) -> Result<Response<Body>, Status> {
    if !is_grpc(&request) {
        return Ok(plain());
    }
    let name = request.uri().path().trim_start_matches('/').split('/').next().unwrap_or_default();
    if let Some(peer) = routes.get(name) {
        return peer.clone().oneshot(request).await;
    }
    if name.starts_with("grpc.") {
        return own.oneshot(request).await;
    }
    let mut known: Vec<&str> = routes.keys().copied().collect();
    known.sort_unstable();
    let name: String = name.chars().take(200).collect();
    Err(Status::unimplemented(format!("no service `{name}` here; there are {}", known.join(", "))))
}

fn is_grpc(request: &Request<Body>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/grpc"))
}

fn plain() -> Response<Body> {
    let mut response = Response::new(Body::new(http_body_util::Full::from(NOT_GRPC)));
    *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

//! Owns which peer a call goes to. Never a look into its messages: bodies, metadata and trailers pass as they are, in both
//! directions, but for the key; and a caller that goes away is gone for the peer too.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use creatorscope_kit::transport::{Transport, service};
use http::{Request, Response};
use tonic::{Status, body::Body};
use tower::{Layer, ServiceExt};

use crate::{
    Peer,
    door::{Door, strip},
    policy::Method,
};

/// The ways of gRPC: the gateway's own services, and behind them the exposed methods of the peers.
#[derive(Clone)]
pub(crate) struct Pass {
    own: Transport,
    door: Arc<Door>,
    /// Each method and where it is, by its path.
    methods: Arc<HashMap<String, (Method, Transport)>>,
    /// Full names of the services.
    services: BTreeSet<&'static str>,
}

impl Pass {
    pub(crate) fn new(own: Transport, methods: Vec<Method>, peers: &[Peer], door: Arc<Door>) -> Self {
        let mut found = HashMap::new();
        for method in methods {
            let of_method = |peer: &&Peer| peer.services.contains(&method.descriptor.parent_service().full_name());
            let Some(peer) = peers.iter().find(of_method) else { continue };
            found.insert(method.path.clone(), (method, peer.transport.clone()));
        }
        let services = peers.iter().flat_map(|peer| peer.services.clone()).collect();
        Self { own, door, methods: Arc::new(found), services }
    }

    /// The answer to a gRPC request. Errors: `UNAUTHENTICATED` and `PERMISSION_DENIED` before anything else,
    /// `UNIMPLEMENTED` for what is not exposed, and what the transport says.
    pub(crate) async fn answer(&self, mut request: Request<Body>) -> Result<Response<Body>, Status> {
        let path = request.uri().path();
        let (name, method) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
        if name.starts_with("grpc.") {
            self.door.own(name, request.headers()).await?;
            strip(request.headers_mut());
            return self.own.clone().oneshot(request).await;
        }
        let caller = self.door.who(request.headers()).await?;
        if let Some((method, peer)) = self.methods.get(path) {
            self.door.permit(&caller, method)?;
            let peer = peer.clone();
            self.door.introduce(&caller, request.headers_mut());
            return peer.oneshot(request).await;
        }
        let shown = |text: &str| text.chars().take(200).collect::<String>();
        Err(Status::unimplemented(match self.services.get(name) {
            Some(service) => format!("{service} has no method `{}` here", shown(method)),
            None => {
                let known: Vec<&str> = self.services.iter().copied().collect();
                format!("no service `{}` here; there are {}", shown(name), known.join(", "))
            }
        }))
    }

    /// Takes gRPC-Web, binary and as text: trailers become the last part of the body.
    pub(crate) fn for_web(self) -> Transport {
        let grpc = service(move |request| {
            let pass = self.clone();
            // A status must be an answer here, so that it gets the form of gRPC-Web.
            async move { Ok(pass.answer(request).await.unwrap_or_else(|status| status.into_http())) }
        });
        let web = tonic_web::GrpcWebLayer::new().layer(grpc);
        service(move |request| web.clone().oneshot(request))
    }
}

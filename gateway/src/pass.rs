//! Owns which peer a call goes to. Never a look into its messages: bodies, metadata and trailers pass as they are, in both
//! directions, and a caller that goes away is gone for the peer too.

use std::collections::{BTreeSet, HashMap};

use creatorscope_kit::transport::{Transport, service};
use http::{Request, Response};
use tonic::{Status, body::Body};
use tower::{Layer, ServiceExt};

use crate::{Peer, policy::Method};

/// The ways of gRPC: the gateway's own services, and behind them the exposed methods of the peers.
#[derive(Clone)]
pub(crate) struct Pass {
    own: Transport,
    /// Where each method is, by its path.
    methods: HashMap<String, Transport>,
    /// Full names of the services.
    services: BTreeSet<&'static str>,
}

impl Pass {
    pub(crate) fn new(own: Transport, methods: &[Method], peers: &[Peer]) -> Self {
        let mut found = HashMap::new();
        for peer in peers {
            let of_peer = |method: &&Method| peer.services.contains(&method.descriptor.parent_service().full_name());
            found.extend(methods.iter().filter(of_peer).map(|method| (method.path.clone(), peer.transport.clone())));
        }
        Self { own, methods: found, services: peers.iter().flat_map(|peer| peer.services.clone()).collect() }
    }

    /// The answer to a gRPC request. Errors: `UNIMPLEMENTED` for what is not exposed, and what the transport says.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let path = request.uri().path();
        if let Some(peer) = self.methods.get(path) {
            return peer.clone().oneshot(request).await;
        }
        let (name, method) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
        if name.starts_with("grpc.") {
            return self.own.clone().oneshot(request).await;
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

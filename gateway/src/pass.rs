//! Owns which peer a call goes to. Never a look into its messages: bodies, metadata and trailers pass as they are, in both
//! directions, but for the key; and a caller that goes away is gone for the peer too.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use creatorscope_kit::transport::{Transport, service};
use http::{Request, Response};
use tonic::{Code, Status, body::Body};
use tower::{Layer, ServiceExt};

use crate::{
    Peer,
    desk::Asked,
    door::{Door, strip},
    dry,
    policy::Method,
};

/// The ways of gRPC: the gateway's own services, and behind them the exposed methods of the peers.
#[derive(Clone)]
pub(crate) struct Pass {
    own: Transport,
    door: Arc<Door>,
    /// Each method and where it is, by its path.
    methods: Arc<HashMap<String, (Arc<Method>, Transport)>>,
    /// Full names of the services.
    services: BTreeSet<&'static str>,
}

impl Pass {
    pub(crate) fn new(own: Transport, methods: &[Arc<Method>], peers: &[Peer], door: Arc<Door>) -> Self {
        let mut found = HashMap::new();
        for method in methods {
            let of_method = |peer: &&Peer| peer.services.contains(&method.descriptor.parent_service().full_name());
            let Some(peer) = peers.iter().find(of_method) else { continue };
            found.insert(method.path.clone(), (Arc::clone(method), peer.transport.clone()));
        }
        let services = peers.iter().flat_map(|peer| peer.services.clone()).collect();
        Self { own, door, methods: Arc::new(found), services }
    }

    /// The answer to a gRPC request. Errors: those of [`Door::admit`] before anything else,
    /// `UNIMPLEMENTED` for what is not exposed, and what the transport says.
    pub(crate) async fn answer(&self, mut request: Request<Body>) -> Result<Response<Body>, Status> {
        let path = request.uri().path();
        let (name, method) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
        if name.starts_with("grpc.") {
            self.door.own(name, &Asked::of(&request, None)).await?;
            strip(request.headers_mut());
            return self.own.clone().oneshot(request).await;
        }
        let found = self.methods.get(path);
        let mut ticket = self.door.admit(&Asked::of(&request, found.map(|(method, _)| method))).await?;
        if let Some((method, peer)) = found {
            return match ticket.is_dry() {
                true => dry::answer(ticket, peer.clone(), method, request).await,
                false => ticket.carry(peer.clone(), request).await,
            };
        }
        ticket.end(Code::Unimplemented);
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

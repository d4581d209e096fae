//! Owns a bare tonic server that answers `GetCreator` from memory: the yardstick of `tests/load/run`. Never anything of the suite but
//! its messages.
//!
//! `echo [ADDRESS]` takes a free port when none is given, and prints it.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a yardstick prints its address, and stops at what is wrong"
)]

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use creatorscope_proto::{
    common::v1::{Platform, Source},
    discovery::v1::{Creator, GetCreatorRequest, GetCreatorResponse},
};
use prost_types::Timestamp;
use tonic::{
    Request, Response, Status,
    body::Body,
    server::{Grpc, NamedService},
    transport::{Server, server::TcpIncoming},
};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

/// As the program has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let incoming =
        TcpIncoming::bind(address.parse().expect("an address")).expect("a free port").with_nodelay(Some(true));
    println!("echo is listening on {}", incoming.local_addr().expect("a bound port"));
    Server::builder().add_service(Echo).serve_with_incoming(incoming).await.expect("connections come in");
}

/// One method of the service, whatever the path says.
#[derive(Debug, Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "creatorscope.discovery.v1.DiscoveryService";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let codec = ProstCodec::<GetCreatorResponse, GetCreatorRequest>::default();
            let answered = service_fn(|request: Request<GetCreatorRequest>| async move {
                Ok::<_, Status>(Response::new(answer(request.into_inner().name)))
            });
            Ok(Grpc::new(codec).unary(answered, request).await)
        })
    }
}

/// About as long as the answer of the role.
fn answer(name: String) -> GetCreatorResponse {
    let then = Timestamp { seconds: 1_772_323_200, nanos: 379_103_000 };
    let creator = Creator {
        name,
        platform: Platform::Tiktok.into(),
        display_name: "Mara Bakes".to_owned(),
        handle: "mara.bakes".to_owned(),
        bio: "Bread, cakes and calm".to_owned(),
        country: "DE".to_owned(),
        languages: vec!["de".to_owned()],
        niches: vec!["baking".to_owned()],
        hashtags: vec!["sourdough".to_owned(), "cake".to_owned()],
        source: Source::Given.into(),
        observe_time: Some(then),
        create_time: Some(then),
        update_time: Some(then),
        etag: "660f3f2b2ac1f-1".to_owned(),
        ..Creator::default()
    };
    GetCreatorResponse { creator: Some(creator) }
}

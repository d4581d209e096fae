//! Calls to peers in this process, over real connections, at addresses that come and go.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::AtomicUsize},
    time::Duration,
};

use creatorscope_proto::metrics::v1::{
    GetCreatorMetricsRequest, IngestPostsRequest, WatchMetricsRequest, metrics_service_client::MetricsServiceClient,
};
use http_body_util::{BodyExt, StreamBody};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic_health::{ServingStatus, pb::health_server::HealthServer, server::HealthReporter, server::HealthService};
use tower::ServiceExt;

use super::*;
use crate::{
    layers,
    server::{Limits, Listening, serve},
    task::spawn,
    transport::{CallTls, bare, connect},
};

/// Nothing here takes as long; a test that hangs fails.
const LONGEST: Duration = Duration::from_secs(30);

/// A server that answers every call with an empty message and says so in its health.
struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    /// How the calls are answered.
    calls: Arc<AtomicUsize>,
    health: Option<HealthReporter>,
    ended: tokio::task::JoinHandle<()>,
    /// Its own, so that it can be killed with its connections.
    runtime: Option<Runtime>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Server {
    fn start() -> Self {
        Self::at("127.0.0.1:0".parse().expect("an address"), true)
    }

    fn at(address: SocketAddr, healthy: bool) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let _inside = runtime.enter();
        // The one that was killed may not be gone yet.
        let listener = loop {
            match std::net::TcpListener::bind(address) {
                Ok(listener) => break listener,
                Err(_) => std::thread::yield_now(),
            }
        };
        listener.set_nonblocking(true).expect("a socket");
        let listener = TcpListener::from_std(listener).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let (stop, calls) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
        // It says of itself that it serves until it is told otherwise.
        let reporter = healthy.then(HealthReporter::new);
        let health = reporter.clone().map(|reporter| {
            bare(tonic::service::Routes::new(HealthServer::new(HealthService::from_health_reporter(reporter))))
        });
        let counter = Arc::clone(&calls);
        let answer = service(move |request: Request<Body>| {
            let (counter, health) = (Arc::clone(&counter), health.clone());
            async move {
                match health {
                    Some(health) if request.uri().path().starts_with("/grpc.health.") => health.oneshot(request).await,
                    _ => answer(request, &counter).await,
                }
            }
        });
        let listening = Listening { name: "test", service: answer, limits: Limits::default(), tls: None };
        let ended = spawn("server", serve(listener, listening, stop.clone(), LONGEST));
        Self { address, stop, calls, health: reporter, ended, runtime: Some(runtime) }
    }

    /// As a node ends: it says so, takes no more calls and lets open ones end.
    async fn stop(mut self) -> SocketAddr {
        self.serves(false).await;
        self.stop.cancel();
        timeout(LONGEST, &mut self.ended).await.expect("nobody keeps it").expect("no panic");
        self.address
    }

    /// As a process that is killed: at once, without a word.
    fn kill(self) -> SocketAddr {
        self.address
    }

    async fn serves(&self, serves: bool) {
        let status = if serves { ServingStatus::Serving } else { ServingStatus::NotServing };
        if let Some(health) = &self.health {
            health.set_service_status("", status).await;
        }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// An empty message and `OK`; watchers get a first message and no end.
async fn answer(request: Request<Body>, calls: &AtomicUsize) -> Result<Response<Body>, Status> {
    let path = request.uri().path().to_owned();
    if path.starts_with("/grpc.health.") {
        return Err(Status::unimplemented("no health here"));
    }
    let read = request.into_body().collect().await?.to_bytes();
    assert!(read.len() >= 5, "a whole message comes");
    calls.fetch_add(1, Ordering::SeqCst);
    let message = http_body::Frame::data(bytes::Bytes::from_static(&[0; 5]));
    let mut trailers = http::HeaderMap::new();
    trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
    let first = futures::stream::iter([Ok::<_, Status>(message)]);
    let body = if path.ends_with("/WatchMetrics") {
        Body::new(StreamBody::new(futures::StreamExt::chain(first, futures::stream::pending())))
    } else {
        let end = futures::stream::iter([Ok(http_body::Frame::trailers(trailers))]);
        Body::new(StreamBody::new(futures::StreamExt::chain(first, end)))
    };
    let mut response = Response::new(body);
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/grpc"));
    Ok(response)
}

fn address(socket: SocketAddr) -> Address {
    Address { origin: format!("http://{socket}").parse().expect("an origin"), socket }
}

/// A peer at addresses that the test may change.
fn peer(addresses: &[SocketAddr]) -> (Transport, Arc<Mutex<Vec<Address>>>) {
    let set = Arc::new(Mutex::new(addresses.iter().copied().map(address).collect::<Vec<_>>()));
    let asked = Arc::clone(&set);
    let resolver = Resolver::new(Some(Duration::from_millis(1)), move || {
        let addresses = asked.lock().expect("no panic").clone();
        Box::pin(async move { Found { addresses, problem: None } })
    });
    (balanced("test", resolver, 1, Arc::new(|address: &Address| connect(address, &CallTls::default()))), set)
}

/// A call that may be repeated.
async fn read(peer: &Transport) -> Result<(), Status> {
    let mut client = MetricsServiceClient::new(peer.clone());
    let call = client.get_creator_metrics(GetCreatorMetricsRequest::default());
    timeout(LONGEST, call).await.expect("an answer").map(|_| ())
}

/// Calls until the condition holds, which every call must bring nearer.
async fn read_until(peer: &Transport, holds: impl Fn() -> bool) {
    let calls = async {
        while !holds() {
            read(peer).await.expect("an answer");
        }
    };
    timeout(LONGEST, calls).await.expect("the condition holds in the end");
}

#[tokio::test]
async fn calls_go_to_all_addresses() {
    let (one, other) = (Server::start(), Server::start());
    let (peer, _) = peer(&[one.address, other.address]);
    read_until(&peer, || one.calls() > 10 && other.calls() > 10).await;
}

#[tokio::test]
async fn a_call_that_lasts_makes_its_address_the_busier_one() {
    let (one, other) = (Server::start(), Server::start());
    let (peer, _) = peer(&[one.address, other.address]);
    read_until(&peer, || one.calls() > 0 && other.calls() > 0).await;
    let mut client = MetricsServiceClient::new(peer.clone());
    let before = (one.calls(), other.calls());
    let mut watches = Vec::new();
    for _ in 0..40 {
        watches.push(client.watch_metrics(WatchMetricsRequest::default()).await.expect("a watch"));
    }
    assert_eq!((one.calls() - before.0, other.calls() - before.1), (20, 20));
}

#[tokio::test]
async fn watches_beyond_the_streams_of_a_connection_keep_no_call_waiting() {
    let server = Server::start();
    let (peer, _) = peer(&[server.address]);
    let mut client = MetricsServiceClient::new(peer.clone());
    let mut watches = Vec::new();
    for _ in 0..1_500 {
        let watch = timeout(LONGEST, client.watch_metrics(WatchMetricsRequest::default())).await;
        watches.push(watch.expect("it does not wait").expect("a watch"));
    }
    read(&peer).await.expect("an answer");
}

#[tokio::test]
async fn a_killed_server_fails_no_call_that_may_be_repeated_and_takes_calls_again_when_it_is_back() {
    let (one, other) = (Server::start(), Server::start());
    let (peer, _) = peer(&[one.address, other.address]);
    let peer = layers::client(peer);
    read_until(&peer, || one.calls() > 0 && other.calls() > 0).await;
    let address = one.kill();
    let before = other.calls();
    for _ in 0..50 {
        read(&peer).await.expect("the other one answers");
    }
    assert!(other.calls() >= before + 50);
    let back = Server::at(address, true);
    read_until(&peer, || back.calls() > 0).await;
}

#[tokio::test]
async fn a_server_that_stops_in_order_fails_no_call_at_all() {
    let (one, other) = (Server::start(), Server::start());
    let (peer, _) = peer(&[one.address, other.address]);
    read_until(&peer, || one.calls() > 0 && other.calls() > 0).await;
    // Not idempotent, so nothing repeats it.
    let calling = spawn("calls", async move {
        let mut client = MetricsServiceClient::new(peer);
        for _ in 0..300 {
            let stream = futures::stream::iter([IngestPostsRequest::default()]);
            client.ingest_posts(stream).await.expect("an answer");
        }
    });
    let mut address = one.stop().await;
    for _ in 0..5 {
        address = Server::at(address, true).stop().await;
    }
    timeout(LONGEST, calling).await.expect("they end").expect("none failed");
    assert!(other.calls() > 0);
}

#[tokio::test]
async fn a_watch_goes_on_while_its_address_takes_no_new_calls() {
    let (one, other) = (Server::start(), Server::start());
    let (peer, set) = peer(&[one.address]);
    let mut client = MetricsServiceClient::new(peer.clone());
    let request = WatchMetricsRequest::default();
    let mut watch = client.watch_metrics(request).await.expect("a watch").into_inner();
    assert!(watch.message().await.expect("a message").is_some());
    *set.lock().expect("no panic") = vec![address(other.address)];
    read_until(&peer, || other.calls() > 0).await;
    let before = one.calls();
    read_until(&peer, || other.calls() > 20).await;
    assert_eq!(one.calls(), before);
    assert!(futures::FutureExt::now_or_never(watch.message()).is_none(), "it neither ended nor broke");
}

#[tokio::test]
async fn clients_that_end_their_streams_with_empty_frames_do_not_end_the_connection() {
    let server = Server::start();
    let (peer, _) = peer(&[server.address]);
    for _ in 0..300 {
        let frames = [&[0; 5][..], &[]].map(|bytes| Ok::<_, Status>(http_body::Frame::data(bytes.into())));
        let request = Request::post("/creatorscope.metrics.v1.MetricsService/IngestPosts");
        let request = request.body(Body::new(StreamBody::new(futures::stream::iter(frames)))).expect("a request");
        let answer = peer.clone().oneshot(request).await.expect("an answer").into_body().collect().await;
        let end = answer.expect("it does not break").trailers().cloned().expect("the end");
        assert_eq!(Status::from_header_map(&end).map_or(Code::Unknown, |status| status.code()), Code::Ok);
    }
}

#[tokio::test]
async fn an_answer_that_breaks_ends_as_that_of_a_peer_that_is_away() {
    let server = Server::start();
    let (peer, _) = peer(&[server.address]);
    let request = Request::post("/creatorscope.metrics.v1.MetricsService/WatchMetrics");
    let request = request.body(Body::new(http_body_util::Full::new(bytes::Bytes::from_static(&[0; 5]))));
    let mut body = peer.clone().oneshot(request.expect("a request")).await.expect("an answer").into_body();
    assert!(body.frame().await.expect("a frame").expect("whole").is_data());
    server.kill();
    let end = timeout(LONGEST, body.frame()).await.expect("it ends").expect("a frame").expect("it does not break");
    let end = Status::from_header_map(end.trailers_ref().expect("the end")).expect("a status");
    assert_eq!(end.code(), Code::Unavailable);
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn a_server_that_says_that_it_does_not_serve_gets_no_calls_until_it_does() {
    let (one, other) = (Server::start(), Server::start());
    let (peer, _) = peer(&[one.address, other.address]);
    read_until(&peer, || one.calls() > 0 && other.calls() > 0).await;
    one.serves(false).await;
    // What it said comes to the client after calls that were sent before.
    let quiet = async {
        loop {
            let before = one.calls();
            for _ in 0..40 {
                read(&peer).await.expect("the other one answers");
            }
            if one.calls() == before {
                return;
            }
        }
    };
    timeout(LONGEST, quiet).await.expect("it gets no more calls");
    let before = one.calls();
    one.serves(true).await;
    read_until(&peer, || one.calls() > before).await;
}

#[tokio::test]
async fn a_server_without_health_takes_calls() {
    let server = Server::at("127.0.0.1:0".parse().expect("an address"), false);
    let (peer, _) = peer(&[server.address]);
    read(&peer).await.expect("an answer");
    let address = server.kill();
    let refused = read(&peer).await.expect_err("nobody is there");
    assert_eq!(refused.code(), Code::Unavailable);
    let back = Server::at(address, false);
    let calls = async {
        while back.calls() == 0 {
            _ = read(&peer).await;
        }
    };
    timeout(LONGEST, calls).await.expect("it is found again");
}

#[tokio::test]
async fn nobody_anywhere_is_unavailable_at_once() {
    let gone = Server::start().kill();
    let (peer, set) = peer(&[gone]);
    let calls = async {
        for _ in 0..20 {
            let refused = read(&peer).await.expect_err("nobody is there");
            assert_eq!(refused.code(), Code::Unavailable, "{refused}");
        }
    };
    timeout(5 * FIRST, calls).await.expect("none waits for as long as the first news of an address may take");
    let found = Server::start();
    *set.lock().expect("no panic") = vec![address(found.address)];
    let calls = async { while read(&peer).await.is_err() {} };
    timeout(LONGEST, calls).await.expect("the new address is found");
}

#[tokio::test]
async fn addresses_come_and_go_with_the_name() {
    let servers = [Server::start(), Server::start(), Server::start()];
    let (peer, set) = peer(&[servers[0].address]);
    read_until(&peer, || servers[0].calls() > 0).await;
    *set.lock().expect("no panic") = servers.iter().map(|one| address(one.address)).collect();
    read_until(&peer, || servers.iter().all(|one| one.calls() > 0)).await;
    *set.lock().expect("no panic") = vec![address(servers[2].address)];
    let alone = async {
        loop {
            let before: BTreeMap<usize, usize> = (0..3).map(|place| (place, servers[place].calls())).collect();
            for _ in 0..40 {
                read(&peer).await.expect("an answer");
            }
            if servers[2].calls() == before[&2] + 40 {
                return;
            }
        }
    };
    timeout(LONGEST, alone).await.expect("only the last one is called");
}

#[tokio::test]
async fn a_name_that_is_not_found_any_more_keeps_its_addresses() {
    let server = Server::start();
    let known = address(server.address);
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let resolver = Resolver::new(Some(Duration::from_millis(1)), move || {
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        let addresses = if first { vec![known.clone()] } else { Vec::new() };
        let problem = (!first).then(|| "no such name".to_owned());
        Box::pin(async move { Found { addresses, problem } })
    });
    let peer = balanced("test", resolver, 1, Arc::new(|address: &Address| connect(address, &CallTls::default())));
    read_until(&peer, || asked.load(Ordering::SeqCst) > 3).await;
    read(&peer).await.expect("an answer");
}

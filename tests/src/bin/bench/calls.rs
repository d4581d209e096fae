//! Owns what a call costs in process and over loopback TCP. Never what is called.

use std::time::{Duration, Instant};

use creatorscope_kit::{
    cache::Cache,
    caller::Identity,
    changes::Bell,
    clock::Clock,
    db::Db,
    layers,
    server::{self, Limits, Listening},
    transport::{Transport, later, local, remote},
};
use creatorscope_proto::metrics::v1::{ListMetricDefinitionsRequest, metrics_service_client::MetricsServiceClient};
use tokio_util::sync::CancellationToken;

use crate::ROUNDS;

const CALLS: u32 = 20_000;

pub(crate) async fn run() {
    let identity = Identity::generated(Clock::system()).expect("randomness");
    let db = Db::temporary(&creatorscope_metrics::MIGRATIONS).await.expect("a database");
    let deps = creatorscope_metrics::Deps {
        db,
        clock: Clock::system(),
        cache: Cache::off(),
        bell: Bell::none(),
        config: creatorscope_metrics::Config::default(),
        discovery: later().0,
        retention: creatorscope_metrics::Retention::default(),
    };
    let role = creatorscope_metrics::role(deps).await.expect("a role").build(&identity).await.expect("built");
    let listener = server::bind("metrics", "127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    let listening = Listening {
        name: "metrics",
        service: layers::server(role.name, role.service.clone()),
        limits: Limits::default(),
        tls: None,
    };
    let serving =
        creatorscope_kit::task::spawn("server", server::serve(listener, listening, stop.clone(), Duration::ZERO));
    let inside = identity.speak_as("bench", local(role.name, role.service.clone()));
    let outside = identity.speak_as("bench", remote(&format!("http://{address}")).expect("an address"));
    let (mut within, mut over) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        within.push(time(&inside).await);
        over.push(time(&outside).await);
    }
    stop.cancel();
    _ = serving.await;
    let micros = |times| crate::median(times).as_secs_f64() * 1e6 / f64::from(CALLS);
    let (within, over) = (micros(within), micros(over));
    println!(
        "unary call, one at a time: in process {within:.1} us, loopback TCP {over:.1} us, ratio {:.1}",
        over / within
    );
}

async fn time(transport: &Transport) -> Duration {
    let mut client = MetricsServiceClient::new(transport.clone());
    let request = ListMetricDefinitionsRequest { page_size: 1, ..Default::default() };
    let begun = Instant::now();
    for _ in 0..CALLS {
        client.list_metric_definitions(request.clone()).await.expect("answered");
    }
    begun.elapsed()
}

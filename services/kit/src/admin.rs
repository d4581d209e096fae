//! Owns the pages for who runs a node: whether it lives, whether it serves, its metrics, its settings. Never a page for callers:
//! it is served on a listener of its own.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use crate::transport::{Transport, service};

const TEXT: &str = "text/plain; charset=utf-8";
/// What Prometheus asks for.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Upper ends of the buckets of times, in seconds: from calls in process to those that wait for data.
const SECONDS: [f64; 16] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// How often samples are put into their buckets when nobody asks for them.
const UPKEEP: Duration = Duration::from_secs(5);

/// Whether a node takes calls. Cheap to clone; says no until it is set.
#[derive(Debug, Clone, Default)]
pub struct Ready(Arc<AtomicBool>);

impl Ready {
    /// Says that all roles of the node serve, or that they do not.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the process counts and measures, for Prometheus.
#[derive(Clone)]
pub struct Recorder(PrometheusHandle);

impl Recorder {
    /// Records from now on; the same recorder for all nodes of a process. Errors: the process has a recorder of another kind.
    pub fn install() -> Result<Self, RecorderError> {
        static INSTALLED: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
        let handle = INSTALLED.get_or_init(|| {
            let recorder = recorder().ok()?;
            let handle = recorder.handle();
            metrics::set_global_recorder(recorder).ok()?;
            describe();
            Some(handle)
        });
        handle.clone().map(Self).ok_or(RecorderError)
    }

    /// Keeps what is measured small until `stop`.
    pub async fn upkeep(self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
            metrics::gauge!("tokio_tasks_alive").set(Handle::current().metrics().num_alive_tasks() as f64);
            self.0.run_upkeep();
        }
    }
}

/// The process records its metrics elsewhere already.
#[derive(Debug, thiserror::Error)]
#[error("the metrics of this process are recorded elsewhere already")]
pub struct RecorderError;

fn recorder() -> Result<metrics_exporter_prometheus::PrometheusRecorder, BuildError> {
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?;
    Ok(builder.build_recorder())
}

fn describe() {
    describe_counter!("grpc_server_calls_total", "Calls that were answered, by method and code.");
    describe_histogram!("grpc_server_call_seconds", Unit::Seconds, "Time until an answer began, by method and code.");
    describe_gauge!("tokio_tasks_alive", "Tasks of the process that have not ended.");
    describe_counter!("server_connections_total", "Connections that were taken, by listener.");
    describe_gauge!("server_connections_open", "Connections that are open, by listener.");
    describe_counter!("server_connections_refused_total", "Connections over limits.connections, by listener.");
    describe_counter!("server_connections_closed_total", "Connections that ended, by listener and reason.");
    describe_counter!("server_streams_cut_total", "Answers that were given up, by listener and reason.");
    describe_counter!("server_requests_stalled_total", "Requests that came too slowly or stopped in their middle.");
}

/// The pages: `/livez`, `/readyz`, `/metrics` and `/config`, which shows `settings`.
pub fn pages(ready: Ready, recorder: Recorder, settings: String) -> Transport {
    let settings = Arc::new(settings);
    service(move |request: Request<Body>| {
        let (ready, recorder, settings) = (ready.clone(), recorder.clone(), Arc::clone(&settings));
        async move {
            if request.method() != Method::GET && request.method() != Method::HEAD {
                return Ok(page(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n".to_owned()));
            }
            Ok(match request.uri().path() {
                "/livez" => page(StatusCode::OK, TEXT, "alive\n".to_owned()),
                "/readyz" if ready.is_set() => page(StatusCode::OK, TEXT, "ready\n".to_owned()),
                "/readyz" => page(StatusCode::SERVICE_UNAVAILABLE, TEXT, "starting or stopping\n".to_owned()),
                "/metrics" => page(StatusCode::OK, METRICS, recorder.0.render()),
                "/config" => page(StatusCode::OK, TEXT, settings.as_ref().clone()),
                _ => page(StatusCode::NOT_FOUND, TEXT, "there are /livez, /readyz, /metrics and /config\n".to_owned()),
            })
        }
    })
}

fn page(status: StatusCode, kind: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

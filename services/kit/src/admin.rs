//! Owns the pages for who runs a node: whether it lives, whether it serves, its metrics, its settings. Never a page for callers:
//! it is served on a listener of its own.

use std::{
    collections::HashSet,
    fs,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use crate::{
    clock::Clock,
    figures::{FIGURES, Kind},
    transport::{Transport, service},
};

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
    /// Records from now on, for a program of this version; the same recorder for all nodes of a process. Errors: the process has a recorder
    /// of another kind.
    pub fn install(version: &'static str) -> Result<Self, RecorderError> {
        static INSTALLED: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
        let handle = INSTALLED.get_or_init(|| {
            let recorder = recorder().ok()?;
            let handle = recorder.handle();
            metrics::set_global_recorder(recorder).ok()?;
            begin(version);
            Some(handle)
        });
        handle.clone().map(Self).ok_or(RecorderError)
    }

    /// Keeps what is measured small until `stop`.
    pub async fn upkeep(self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
            metrics::gauge!("tokio_tasks_alive").set(Handle::current().metrics().num_alive_tasks() as f64);
            self.0.run_upkeep();
            process();
        }
    }

    /// The page. Figures without a value yet are named on it too, so that it tells all that there are.
    fn render(&self) -> String {
        let mut page = self.0.render();
        let valued: HashSet<String> = page
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "))
            .filter_map(|line| line.split(' ').next())
            .map(str::to_owned)
            .collect();
        for figure in FIGURES.iter().filter(|figure| !valued.contains(figure.name)) {
            let (name, kind, meaning) = (figure.name, figure.kind.word(), figure.meaning);
            page.push_str(&format!("# HELP {name} {meaning}\n# TYPE {name} {kind}\n\n"));
        }
        page
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

fn begin(version: &'static str) {
    for figure in FIGURES {
        match figure.kind {
            Kind::Counter => describe_counter!(figure.name, figure.meaning),
            Kind::Gauge => describe_gauge!(figure.name, figure.meaning),
            Kind::Histogram => describe_histogram!(figure.name, figure.meaning),
        }
        // A counter that begins with its first event would not be seen to rise.
        if figure.kind == Kind::Counter && figure.labels.is_empty() {
            counter!(figure.name).increment(0);
        }
    }
    gauge!("build_info", "version" => version).set(1.0);
    gauge!("process_start_time_seconds").set(Clock::system().now().as_microsecond() as f64 / 1e6);
    process();
}

/// What the system knows of this process, where it has a /proc.
fn process() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<u32>().ok());
    if let Some(kibibytes) = resident {
        gauge!("process_resident_memory_bytes").set(f64::from(kibibytes) * 1024.0);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        gauge!("process_open_fds").set(open.count() as f64);
    }
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
                "/metrics" => page(StatusCode::OK, METRICS, recorder.render()),
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

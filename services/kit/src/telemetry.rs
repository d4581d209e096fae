//! Owns what a process tells of itself: the log, to standard error as text for people or JSON for programs, and spans for a
//! collector. Never what is logged.

mod spans;

use std::{io::IsTerminal, time::Duration};

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use tracing::{Subscriber, warn};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt, filter_fn},
    fmt,
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

pub(crate) use self::spans::{answering, asking, calling, ended, failed, ran, running, statement, trace_id};
use crate::config::Problems;

/// How long a collector may take to accept spans.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line of text an event.
    Text,
    /// A JSON object an event.
    Json,
}

/// `[telemetry]`
#[derive(Debug, Clone, serde::Deserialize)]
pub struct TelemetryConfig {
    otlp_endpoint: String,
    service_name: String,
    sample_ratio: f64,
}

impl TelemetryConfig {
    /// Tells what does not hold.
    pub fn check(&self, problems: &mut Problems) {
        let address = &self.otlp_endpoint;
        let is_address = || address.starts_with("http://") && address.parse::<http::Uri>().is_ok();
        if !address.is_empty() && !is_address() {
            problems.add(format!("telemetry.otlp_endpoint: `{address}`; accepted is http://HOST:PORT of a collector"));
        }
        if self.service_name.trim().is_empty() {
            problems.add("telemetry.service_name: is empty");
        }
        if !(0.0..=1.0).contains(&self.sample_ratio) {
            problems.add(format!("telemetry.sample_ratio: {}; accepted are 0 to 1", self.sample_ratio));
        }
    }

    /// What collects spans and sends them, in a thread of its own. Errors: the address is none.
    fn provider(&self) -> Result<SdkTracerProvider, LogError> {
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(&self.otlp_endpoint)
            .with_timeout(EXPORT_TIMEOUT)
            .build()
            .map_err(|error| LogError(format!("telemetry.otlp_endpoint: {error}")))?;
        // A call that comes with a trace has its part in it, whatever the share of others.
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(self.sample_ratio)));
        let resource = Resource::builder().with_service_name(self.service_name.clone()).build();
        Ok(SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler)
            .with_resource(resource)
            .build())
    }
}

/// What was started and must be stopped, so that the last spans are sent.
#[derive(Debug, Default)]
#[must_use = "the last spans are sent by `stop`"]
pub struct Telemetry(Option<SdkTracerProvider>);

impl Telemetry {
    /// Sends what was not sent yet.
    pub async fn stop(self) {
        let Some(provider) = self.0 else { return };
        let stopped = crate::task::blocking(move || provider.shutdown_with_timeout(EXPORT_TIMEOUT)).await;
        if let Ok(Err(error)) = stopped {
            warn!(%error, "not all spans reached the collector");
        }
    }
}

/// Starts the log of this process, and the sending of spans when there is a collector. `filter` is a level or a list such as
/// `info,sqlx=warn`. Errors: the filter is not one, the collector's address is none, or the log was started before.
pub fn start(format: LogFormat, filter: &str, telemetry: &TelemetryConfig) -> Result<Telemetry, LogError> {
    let filter =
        EnvFilter::try_new(filter).map_err(|error| LogError(format!("`{filter}` is not a log filter: {error}")))?;
    if telemetry.otlp_endpoint.is_empty() {
        let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
        let started = match format {
            LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
            LogFormat::Json => log.json().flatten_event(true).try_init(),
        };
        return started.map(|()| Telemetry::default()).map_err(|error| LogError(error.to_string()));
    }
    let provider = telemetry.provider()?;
    // Spans for the collector are nothing for the log, and the other way round.
    let logged = filter.and(filter_fn(|metadata| metadata.target() != spans::TARGET));
    let log = fmt::layer().with_writer(std::io::stderr);
    let log = match format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).with_target(false).boxed(),
        LogFormat::Json => log.json().flatten_event(true).boxed(),
    };
    let both = Registry::default().with(log.with_filter(logged)).with(sending(&provider));
    both.try_init().map_err(|error| LogError(error.to_string()))?;
    spans::begin();
    Ok(Telemetry(Some(provider)))
}

/// The layer that hands spans to the collector's side.
fn sending<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("creatorscope"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(|metadata| metadata.target() == spans::TARGET))
}

/// The log could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the log cannot be started: {0}")]
pub struct LogError(String);

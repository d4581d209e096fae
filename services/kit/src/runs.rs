//! Owns the runs of jobs: each is counted, timed, and the root of a trace with everything that is done in it. Never what a job does.

use std::{future::Future, pin::Pin, time::Instant};

use http::{HeaderMap, HeaderValue};
use metrics::Gauge;
use tracing::{Instrument, field, info_span};

use crate::{
    clock::Clock,
    onward::{Onward, TRACE},
    telemetry,
};

/// Which job this is.
#[derive(Debug, Clone, Copy)]
struct Name {
    role: &'static str,
    job: &'static str,
}

tokio::task_local! {
    static NAME: Name;
}

/// Lets runs know of which job they are.
pub(crate) fn of<F: Future>(role: &'static str, job: &'static str, work: F) -> impl Future<Output = F::Output> {
    NAME.scope(Name { role, job }, work)
}

/// One run of the job in which this is called: something was to be done, not waited for. Errors: the work's.
pub fn run<T, E>(work: impl Future<Output = Result<T, E>>) -> impl Future<Output = Result<T, E>> {
    // The layers around it would each make a large future larger.
    counted(Box::pin(work))
}

async fn counted<T, E>(work: Pin<Box<impl Future<Output = Result<T, E>>>>) -> Result<T, E> {
    // Outside of jobs, as in tests, nothing is counted.
    let Ok(Name { role, job }) = NAME.try_with(|name| *name) else { return work.await };
    // Not `job`, which is a word of Prometheus for what it asks.
    let labels = [("role", role), ("task", job)];
    let outcome =
        |word: &'static str| metrics::counter!("job_runs_total", "role" => role, "task" => job, "outcome" => word);
    let (done, failed) = (outcome("done"), outcome("failed"));
    // A counter that begins with its first failure would not be seen to rise.
    failed.increment(0);
    let running = Running::begin(metrics::gauge!("job_running_since_timestamp_seconds", &labels));
    let id = uuid::Uuid::now_v7().to_string();
    let mut headers = HeaderMap::new();
    let trace = telemetry::running(role, job, &mut headers);
    let log = info_span!("job", role, job, request_id = id, trace_id = field::Empty);
    if let Some(trace_id) = telemetry::trace_id(&headers) {
        log.record("trace_id", trace_id);
    }
    let told = TRACE.map(|name| headers.get(name).cloned());
    let onward = Onward { request_id: HeaderValue::from_str(&id).ok(), trace: told, end: None };
    let begun = Instant::now();
    let outcome = onward.scope(work.instrument(trace.clone()).instrument(log)).await;
    metrics::histogram!("job_run_seconds", &labels).record(begun.elapsed().as_secs_f64());
    drop(running);
    telemetry::ran(&trace, outcome.is_ok());
    if outcome.is_ok() {
        done.increment(1);
        metrics::gauge!("job_last_success_timestamp_seconds", &labels).set(now());
    } else {
        failed.increment(1);
    }
    outcome
}

/// Says that a run goes on, until it is dropped: a run may be given up in its middle.
struct Running(Gauge);

impl Running {
    fn begin(gauge: Gauge) -> Self {
        gauge.set(now());
        Self(gauge)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.set(0.0);
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    Clock::system().now().as_microsecond() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_within_a_run_knows_its_request_and_has_no_deadline() {
        let work = run(async { Ok::<_, ()>(Onward::current()) });
        let onward = of("metrics", "trim", work).await.ok().flatten().expect("a run goes on to what it calls");
        assert!(onward.request_id.is_some());
        assert_eq!(onward.end, None);
    }

    #[tokio::test]
    async fn a_failure_is_passed_on() {
        assert_eq!(of("metrics", "trim", run(async { Err::<(), _>("away") })).await, Err("away"));
    }
}

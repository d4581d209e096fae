//! Owns trying again: only `UNAVAILABLE`, only methods that the contract calls idempotent, only with one request message,
//! with full jitter and a budget. Never a decision about what a failure means.

use std::{
    collections::HashSet,
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use prost_reflect::{DescriptorPool, prost_types::method_options::IdempotencyLevel};
use tonic::{Code, Status, body::Body};
use tower::ServiceExt;

use crate::{task, transport::Transport};

/// Tries in all.
const TRIES: u32 = 3;
const LEAST: Duration = Duration::from_millis(50);
const MOST: Duration = Duration::from_secs(1);
/// Requests above this are not kept for a second try.
const KEPT_BYTES: usize = 1 << 20;
/// Ten calls pay for one retry, so that retries add at most a tenth to the load of a peer in trouble.
const PRICE: i64 = 10;
const SAVINGS: i64 = 100 * PRICE;

static BUDGET: AtomicI64 = AtomicI64::new(SAVINGS);

pub(super) async fn call(inner: Transport, request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
    if !repeatable().contains(request.uri().path()) {
        return inner.oneshot(request).await;
    }
    let (head, body) = request.into_parts();
    let bytes = body.collect().await?.to_bytes();
    if bytes.len() > KEPT_BYTES {
        return inner.oneshot(http::Request::from_parts(head, full(bytes))).await;
    }
    BUDGET.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| Some((saved + 1).min(SAVINGS))).ok();
    let mut attempt = 0;
    loop {
        let request = http::Request::from_parts(head.clone(), full(bytes.clone()));
        let outcome = inner.clone().oneshot(request).await;
        attempt += 1;
        if !unavailable(&outcome) || attempt == TRIES || !pay() {
            return outcome;
        }
        tokio::time::sleep(task::backoff(attempt, LEAST, MOST)).await;
    }
}

fn full(bytes: Bytes) -> Body {
    Body::new(Full::new(bytes))
}

fn pay() -> bool {
    BUDGET.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| (saved >= PRICE).then_some(saved - PRICE)).is_ok()
}

fn unavailable(outcome: &Result<http::Response<Body>, Status>) -> bool {
    match outcome {
        Ok(response) => {
            Status::from_header_map(response.headers()).is_some_and(|status| status.code() == Code::Unavailable)
        }
        Err(status) => status.code() == Code::Unavailable,
    }
}

/// The paths of all methods that may be called twice and take one message.
fn repeatable() -> &'static HashSet<String> {
    static PATHS: OnceLock<HashSet<String>> = OnceLock::new();
    PATHS.get_or_init(|| idempotent_paths(creatorscope_proto::pool()))
}

fn idempotent_paths(pool: &DescriptorPool) -> HashSet<String> {
    let methods = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    methods
        .filter(|method| {
            let level = method.method_descriptor_proto().options.as_ref().map(|options| options.idempotency_level());
            !method.is_client_streaming() && level.is_some_and(|level| level != IdempotencyLevel::IdempotencyUnknown)
        })
        .map(|method| format!("/{}/{}", method.parent_service().full_name(), method.name()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_idempotent_methods_with_one_message_are_repeated() {
        let paths = repeatable();
        assert!(paths.contains("/creatorscope.metrics.v1.MetricsService/GetCreatorMetrics"));
        assert!(paths.contains("/creatorscope.metrics.v1.MetricsService/WatchMetrics"));
        assert!(!paths.contains("/creatorscope.metrics.v1.MetricsService/IngestPosts"));
    }
}

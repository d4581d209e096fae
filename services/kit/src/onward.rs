//! Owns what goes on from a call that is answered to the calls that it makes: its request id, its trace and its deadline. Never who
//! calls: a role signs as itself.

use std::{future::Future, task::Poll};

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use crate::layers::REQUEST_ID;

/// The trace that a call belongs to, in the form of W3C Trace Context (<https://www.w3.org/TR/trace-context/>).
pub const TRACE: [HeaderName; 2] = [HeaderName::from_static("traceparent"), HeaderName::from_static("tracestate")];

/// What goes on from a call.
#[derive(Debug, Clone, Default)]
pub struct Onward {
    /// The id of the request at the front door.
    pub request_id: Option<HeaderValue>,
    /// The headers of the trace, in the order of [`TRACE`].
    pub trace: [Option<HeaderValue>; 2],
    /// Until when the call must be answered.
    pub end: Option<Instant>,
}

tokio::task_local! {
    static ONWARD: Onward;
}

impl Onward {
    /// What goes on from the call in which this is asked; none outside of calls.
    pub fn current() -> Option<Self> {
        ONWARD.try_with(Clone::clone).ok()
    }

    /// Runs a part of the call.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        ONWARD.scope(self, work)
    }

    /// Polls a part of the call.
    pub fn poll<T>(&self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        ONWARD.sync_scope(self.clone(), poll)
    }

    /// What goes on from work that no collector is to hear of, and nothing that it calls.
    pub fn untraced() -> Self {
        let id = uuid::Uuid::new_v4().simple().to_string();
        // Its last digits say that it is not sampled.
        let parent = HeaderValue::try_from(format!("00-{id}-{}-00", &id[..16])).ok();
        Self { trace: [parent, None], ..Self::default() }
    }

    /// The same without the deadline.
    #[must_use]
    pub fn without_end(self) -> Self {
        Self { end: None, ..self }
    }

    /// Puts the id and the trace among the headers of a call, where it has none of its own.
    pub fn tell(self, headers: &mut HeaderMap) {
        let ([parent, state], [of_parent, of_state]) = (TRACE, self.trace);
        let names = [(HeaderName::from_static(REQUEST_ID), self.request_id), (parent, of_parent), (state, of_state)];
        for (name, value) in names {
            if let Some(value) = value {
                headers.entry(name).or_insert(value);
            }
        }
    }
}

/// Runs work that may outlast the call, or whose outcome others wait for too: the deadline is not its own.
pub async fn without_end<F: Future>(work: F) -> F::Output {
    match Onward::current() {
        Some(onward) if onward.end.is_some() => onward.without_end().scope(work).await,
        _ => work.await,
    }
}

#[cfg(test)]
mod tests;

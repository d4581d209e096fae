//! Owns how much goes to a role at once: what is above it waits for a moment in a short queue, and is refused then. Never who calls.
//!
//! A refusal is `UNAVAILABLE`: nothing was done and the same call may be made again, which is what our own clients' retries and
//! those of others go by. What is refused here never reaches the role, so trying again does not add to its load.

use std::{collections::HashSet, sync::Arc, time::Duration};

use creatorscope_kit::{
    fault::{Fault, status},
    transport::{Transport, service},
};
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Code, Status};
use tower::ServiceExt;

use crate::{held::hold, policy::Method};

/// How much a role takes at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Calls with one answer.
    pub(crate) calls: usize,
    /// Streams.
    pub(crate) streams: usize,
    /// Calls that wait.
    pub(crate) queue: usize,
    /// How long they wait.
    pub(crate) patience: Duration,
}

/// A role has as much to do as it may have.
#[derive(Debug, Error)]
#[error("the service has as many {0} as it can take at once; try again")]
struct Overloaded(&'static str);

impl Fault for Overloaded {
    fn code(&self) -> Code {
        Code::Unavailable
    }
    fn reason(&self) -> &'static str {
        "OVERLOADED"
    }
    /// Somewhere within half a second to one and a half, so that those who are refused together do not come back together.
    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_millis(fastrand::u64(500..1_500)))
    }
}

struct Gate {
    room: Room,
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    queue: Semaphore,
    stream_paths: HashSet<String>,
}

impl Gate {
    async fn enter(&self, path: &str) -> Result<OwnedSemaphorePermit, Overloaded> {
        if self.stream_paths.contains(path) {
            return Arc::clone(&self.streams).try_acquire_owned().map_err(|_| Overloaded("streams"));
        }
        if let Ok(place) = Arc::clone(&self.calls).try_acquire_owned() {
            return Ok(place);
        }
        let full = || Overloaded("calls");
        let _waits = self.queue.try_acquire().map_err(|_| full())?;
        let place = tokio::time::timeout(self.room.patience, Arc::clone(&self.calls).acquire_owned());
        place.await.map_err(|_| full())?.map_err(|_| full())
    }
}

/// The way to a role, for no more than there is room. Health and reflection always pass.
pub(crate) fn around(role: Transport, methods: &[Arc<Method>], room: Room) -> Transport {
    let streams = methods.iter().filter(|method| method.is_stream()).map(|method| method.path.clone());
    let gate = Arc::new(Gate {
        room,
        calls: Arc::new(Semaphore::new(room.calls)),
        streams: Arc::new(Semaphore::new(room.streams)),
        queue: Semaphore::new(room.queue),
        stream_paths: streams.collect(),
    });
    service(move |request| {
        let (gate, role) = (Arc::clone(&gate), role.clone());
        async move {
            if request.uri().path().starts_with("/grpc.") {
                return role.oneshot(request).await;
            }
            let place = gate.enter(request.uri().path()).await.map_err(|refusal| refused(&refusal))?;
            Ok(hold(role.oneshot(request).await?, place))
        }
    })
}

fn refused(refusal: &Overloaded) -> Status {
    metrics::counter!("shed_calls_total", "kind" => refusal.0).increment(1);
    status(refusal)
}

#[cfg(test)]
mod tests {
    use http::{Request, Response};
    use http_body_util::BodyExt;
    use tokio::sync::Notify;
    use tonic::body::Body;
    use tonic_types::StatusExt;

    use super::*;
    use crate::{policy, testing};

    const CALL: &str = "/creatorscope.metrics.v1.MetricsService/GetPost";
    const STREAM: &str = "/creatorscope.metrics.v1.MetricsService/WatchMetrics";

    /// A role that answers calls when it is told to, and streams at once with an answer that has not ended.
    fn role(room: Room) -> (Transport, Arc<Notify>) {
        let go = Arc::new(Notify::new());
        let told = Arc::clone(&go);
        let role = service(move |request: Request<Body>| {
            let told = Arc::clone(&told);
            async move {
                if request.uri().path() == CALL {
                    told.notified().await;
                }
                Ok(Response::new(testing::body(vec![testing::end("0")])))
            }
        });
        let methods = policy::read(creatorscope_proto::pool(), &["creatorscope.metrics.v1.MetricsService"]);
        (around(role, &methods.expect("all can be exposed"), room), go)
    }

    fn asked(path: &str) -> Request<Body> {
        Request::post(path).body(Body::empty()).expect("a request")
    }

    #[tokio::test]
    async fn what_is_above_the_room_waits_in_a_short_queue_and_is_refused_above_it() {
        let room = Room { calls: 1, streams: 1, queue: 1, patience: Duration::from_secs(60) };
        let (role, go) = role(room);
        let mut first = Box::pin(role.clone().oneshot(asked(CALL)));
        let mut second = Box::pin(role.clone().oneshot(asked(CALL)));
        assert!(futures::poll!(&mut first).is_pending() && futures::poll!(&mut second).is_pending());
        let refused = role.clone().oneshot(asked(CALL)).await.expect_err("no room and no place in the queue");
        let details = refused.get_error_details();
        assert_eq!(refused.code(), Code::Unavailable);
        assert_eq!(details.error_info().expect("a reason").reason, "OVERLOADED");
        assert!(details.retry_info().expect("a delay").retry_delay.is_some());
        // Health is asked for although there is no room.
        role.clone().oneshot(asked("/grpc.health.v1.Health/Check")).await.expect("answered");
        go.notify_one();
        let answer = first.await.expect("answered");
        assert!(futures::poll!(&mut second).is_pending(), "an answer that has not ended has its place");
        answer.into_body().collect().await.expect("it ends");
        go.notify_one();
        second.await.expect("it had waited");
        go.notify_one();
        role.oneshot(asked(CALL)).await.expect("there is room again");
    }

    #[tokio::test]
    async fn streams_have_a_room_of_their_own_until_the_caller_leaves() {
        let room = Room { calls: 1, streams: 1, queue: 0, patience: Duration::from_secs(60) };
        let (role, _go) = role(room);
        let answer = role.clone().oneshot(asked(STREAM)).await.expect("answered");
        role.clone().oneshot(asked(STREAM)).await.expect_err("the stream is open");
        drop(answer);
        role.oneshot(asked(STREAM)).await.expect("the caller has left");
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_the_patience() {
        let room = Room { calls: 1, streams: 1, queue: 5, patience: Duration::ZERO };
        let (role, _go) = role(room);
        let mut first = Box::pin(role.clone().oneshot(asked(CALL)));
        assert!(futures::poll!(&mut first).is_pending());
        let refused = role.oneshot(asked(CALL)).await.expect_err("it waited in vain");
        assert_eq!(refused.code(), Code::Unavailable);
    }
}

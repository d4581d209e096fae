//! Owns one address of a peer: its connection, whether it takes calls, and when it is asked again. Never which address a call
//! goes to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout},
};
use tonic::{Code, Status, Streaming};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus, health_client::HealthClient,
};
use tracing::info;

use super::resolve::Address;
use crate::{
    task::{Owned, backoff},
    transport::{Channel, connected},
};

/// How long an address may take to say whether it serves, the making of the connection included.
const ASKED_TIMEOUT: Duration = Duration::from_secs(3);
/// Least and most between two questions to an address that is out.
const LEAST: Duration = Duration::from_millis(50);
const MOST: Duration = Duration::from_secs(3);

/// Whether an address takes calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    /// Not known yet: it is asked for the first time.
    New,
    /// It does.
    Ready,
    /// It does not.
    Out,
    /// It did not, and is asked again.
    Trying,
}

impl State {
    const ALL: [Self; 4] = [Self::New, Self::Ready, Self::Out, Self::Trying];
}

/// An address of a peer. Dropping the last clone ends its questions, not its calls.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) link: Arc<Link>,
    _questions: Arc<Owned<()>>,
}

/// What calls and questions share.
pub(super) struct Link {
    peer: Arc<str>,
    pub(super) address: Address,
    pub(super) channel: Channel,
    state: AtomicU8,
    pub(super) in_flight: AtomicUsize,
    /// Asks again now.
    wake: Notify,
    /// Told at every change of the state.
    changed: watch::Sender<()>,
}

impl Member {
    /// Begins to ask the address whether it serves. `changed` is told whatever comes of it.
    pub(super) fn new(peer: &Arc<str>, address: Address, channel: Channel, changed: watch::Sender<()>) -> Self {
        let link = Arc::new(Link {
            peer: Arc::clone(peer),
            address,
            channel,
            state: AtomicU8::new(State::New as u8),
            in_flight: AtomicUsize::new(0),
            wake: Notify::new(),
            changed,
        });
        Self { _questions: Arc::new(Owned::spawn("peer", Arc::clone(&link).look_after())), link }
    }
}

/// What an address said of itself.
enum Told {
    /// That it serves, and it will say when it does not any more.
    Serves(Box<Streaming<HealthCheckResponse>>),
    /// Something, but nothing of its health.
    Answers,
    /// That it does not serve.
    Refuses,
    /// Nothing.
    Away(String),
}

impl Link {
    pub(super) fn state(&self) -> State {
        State::ALL[usize::from(self.state.load(Ordering::Acquire))]
    }

    fn set(&self, state: State) {
        self.state.store(state as u8, Ordering::Release);
        self.changed.send_replace(());
    }

    /// Asks an address that is out again, as soon as it may be asked: a call waits for the answer.
    pub(super) fn wake(&self) {
        let (out, trying) = (State::Out as u8, State::Trying as u8);
        if self.state.compare_exchange(out, trying, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            self.wake.notify_one();
        }
    }

    /// A call found no connection: no more calls until the address was asked again, which is done now.
    pub(super) fn eject(&self, cause: &str) {
        self.out(cause);
        self.wake();
    }

    /// A call broke. When the connection is gone too, the address will not answer.
    pub(super) fn doubt(&self) {
        self.wake.notify_one();
    }

    fn out(&self, cause: &str) {
        if self.state() == State::Ready {
            metrics::counter!("peer_ejections_total", "peer" => self.peer.to_string()).increment(1);
        }
        if self.state() != State::Out {
            info!(peer = &*self.peer, address = %self.address.socket, cause, "an address takes no calls now");
        }
        self.set(State::Out);
    }

    async fn look_after(self: Arc<Self>) {
        let mut failures = 0;
        loop {
            let told = self.ask().await;
            let rested = Instant::now() + LEAST;
            let cause = match told {
                Told::Serves(news) => {
                    failures = 0;
                    self.ready();
                    let Some(cause) = self.until_it_changes(*news).await else { continue };
                    cause
                }
                Told::Answers => {
                    failures = 0;
                    self.ready();
                    self.wake.notified().await;
                    continue;
                }
                Told::Refuses => "it says that it does not serve".to_owned(),
                Told::Away(cause) => cause,
            };
            self.out(&cause);
            _ = timeout(LEAST + backoff(failures, LEAST, MOST), self.wake.notified()).await;
            tokio::time::sleep_until(rested).await;
            failures += 1;
            self.set(State::Trying);
        }
    }

    fn ready(&self) {
        if self.state() != State::Ready {
            info!(peer = &*self.peer, address = %self.address.socket, "an address takes calls");
        }
        self.set(State::Ready);
    }

    async fn ask(&self) -> Told {
        let mut health = HealthClient::new(connected(self.channel.clone()));
        let asked = async {
            let mut news = health.watch(HealthCheckRequest { service: String::new() }).await?.into_inner();
            let first = news.message().await?;
            first
                .map(|first| (first.status(), news))
                .ok_or_else(|| Status::unavailable("it tells nothing of its health"))
        };
        match timeout(ASKED_TIMEOUT, asked).await {
            Ok(Ok((ServingStatus::Serving, news))) => Told::Serves(Box::new(news)),
            Ok(Ok(_)) => Told::Refuses,
            Ok(Err(status)) if is_lost(&status) => Told::Away(status.message().to_owned()),
            Ok(Err(_)) => Told::Answers,
            Err(_) => Told::Away(format!("it does not answer within {} s", ASKED_TIMEOUT.as_secs())),
        }
    }

    /// Waits until the address says that it does not serve, or is lost: that is the answer. None when it is to be asked again.
    /// The question ends with it: an open one would keep a server that drains waiting.
    async fn until_it_changes(&self, mut news: Streaming<HealthCheckResponse>) -> Option<String> {
        loop {
            let told = tokio::select! {
                told = news.message() => told,
                () = self.wake.notified() => return None,
            };
            match told {
                Ok(Some(told)) if told.status() == ServingStatus::Serving => {}
                Ok(Some(_)) => return Some("it says that it does not serve any more".to_owned()),
                Ok(None) => return Some("it tells nothing of its health any more".to_owned()),
                Err(status) => return Some(status.message().to_owned()),
            }
        }
    }
}

/// Whether a status is that of a connection; every other was said by the peer.
fn is_lost(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::DeadlineExceeded)
}

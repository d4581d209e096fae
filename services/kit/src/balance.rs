//! Owns how calls are spread over the addresses of a peer: to the less busy of two that serve, chosen at random. Never how a
//! connection is made, and never what a call means.
//!
//! Every address is asked for its health and says when that changes. One that does not serve or has no connection takes no calls
//! and is asked again with growing pauses. A call that found no connection goes to another address, whatever it asks, because
//! nothing of it was sent; a call that broke later is repeated by the layers, if it may be.

mod body;
mod member;
mod resolve;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, PoisonError, RwLock, atomic::Ordering},
    time::Duration,
};

use http::{Request, Response};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout},
};
use tonic::{Status, body::Body};
use tracing::warn;

pub(crate) use self::resolve::Name;
pub use self::resolve::{Address, Found, InvalidAddress, Resolver};
use self::{
    body::{Counted, InFlight, Kept},
    member::{Link, Member, State},
};
use crate::{
    fault::causes,
    task::Owned,
    transport::{Channel, Transport, service},
};

/// How long a call waits for the first news of an address.
const FIRST: Duration = Duration::from_secs(3);
/// How long a call waits when every address is out: each is asked again and says no at once, unless nobody answers at all.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many addresses a call that found no connection goes to.
const TRIES: u32 = 4;
/// Least between two looks for addresses.
const PAUSE: Duration = Duration::from_secs(1);

/// Calls in flight on a connection beyond which its address gets one more: servers let a connection have so many streams (ours
/// 1000) and keep further calls waiting, which behind long streams is for ever.
const BUSY: usize = 500;
/// Connections to an address that are made for that reason.
const MOST_CONNECTIONS: usize = 16;

/// Makes the connection to an address. It connects when it is first used.
pub(crate) type Connect = Arc<dyn Fn(&Address) -> Channel + Send + Sync>;

/// A peer at all the addresses that the resolver finds, with so many connections to each. `name` is its name in the log.
pub(crate) fn balanced(name: &str, resolver: Resolver, connections: usize, connect: Connect) -> Transport {
    let shared = Arc::new(Shared {
        peer: name.into(),
        members: RwLock::default(),
        changed: watch::Sender::new(()),
        lost: Notify::new(),
        connections: connections.max(1),
        connect,
    });
    let following = Owned::spawn("addresses", Arc::clone(&shared).follow(resolver));
    // The task lives as long as the transport.
    let peer = Arc::new((shared, following));
    service(move |request| {
        let shared = Arc::clone(&peer.0);
        async move { shared.call(request).await }
    })
}

struct Shared {
    peer: Arc<str>,
    /// None until the addresses were looked for.
    members: RwLock<Option<Arc<[Member]>>>,
    changed: watch::Sender<()>,
    /// An address had no connection: they may have changed.
    lost: Notify,
    connections: usize,
    connect: Connect,
}

impl Shared {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let (head, body) = request.into_parts();
        let kept = Kept::new(body);
        let mut tries = 1;
        loop {
            let link = self.pick().await?;
            let call = InFlight::new(Arc::clone(&link));
            let request = Request::from_parts(head.clone(), kept.lend());
            let error = match link.channel.send(request).await {
                Ok(response) => {
                    let counted = |body| Counted { body: Body::new(body), call, broken: false };
                    return Ok(response.map(|body| Body::new(counted(body))));
                }
                Err(error) => causes(&error),
            };
            // Whatever happens to a connection means that the peer is not there now: a killed peer would show as UNKNOWN otherwise.
            let status = || Err(Status::unavailable(format!("the peer cannot be reached: {error}")));
            if !kept.is_untouched() {
                link.doubt();
                return status();
            }
            link.eject(&error);
            self.lost.notify_one();
            if tries == TRIES {
                return status();
            }
            tries += 1;
        }
    }

    /// An address that serves. Errors: there is none, `UNAVAILABLE`.
    async fn pick(&self) -> Result<Arc<Link>, Status> {
        if let Some(link) = self.ready() {
            if link.in_flight.load(Ordering::Relaxed) >= BUSY {
                self.widen(&link.address);
            }
            return Ok(link);
        }
        let mut changes = self.changed.subscribe();
        let patience = if self.is_any(State::New) { FIRST } else { PATIENCE };
        self.wake();
        let found = timeout(patience, async {
            let mut is_last = false;
            loop {
                changes.mark_unchanged();
                if let Some(link) = self.ready() {
                    return Some(link);
                }
                if !self.is_any(State::New) && !self.is_any(State::Trying) {
                    // What was asked before this call may be answered with what is no longer so.
                    if is_last {
                        return None;
                    }
                    is_last = true;
                    self.wake();
                    continue;
                }
                if changes.changed().await.is_err() {
                    return None;
                }
            }
        });
        let found = found.await.ok().flatten();
        found.ok_or_else(|| Status::unavailable(format!("no address of the peer {} takes calls now", self.peer)))
    }

    /// Asks every address again that is out.
    fn wake(&self) {
        for member in self.members().iter().flat_map(|members| members.iter()) {
            member.link.wake();
        }
    }

    fn members(&self) -> Option<Arc<[Member]>> {
        self.members.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Of two addresses that serve, the one with fewer calls.
    fn ready(&self) -> Option<Arc<Link>> {
        let members = self.members()?;
        let count = members.len();
        if count == 0 {
            return None;
        }
        let from = |start: usize| {
            let mut places = (0..count).map(|step| (start + step) % count);
            places.find(|place| members[*place].link.state() == State::Ready)
        };
        let one = from(fastrand::usize(..count))?;
        // Any of the others; the same again when it is the only one that serves.
        let other = if count == 1 { one } else { from(one + fastrand::usize(1..count))? };
        let busy = |place: usize| members[place].link.in_flight.load(Ordering::Relaxed);
        Some(Arc::clone(&members[if busy(other) < busy(one) { other } else { one }].link))
    }

    /// One more connection to an address, which takes calls as soon as it is there.
    fn widen(&self, address: &Address) {
        let mut current = self.members.write().unwrap_or_else(PoisonError::into_inner);
        let Some(members) = current.as_deref() else { return };
        let same = || members.iter().filter(|member| member.link.address == *address);
        if same().count() >= MOST_CONNECTIONS || same().any(|member| member.link.state() != State::Ready) {
            return;
        }
        // Several calls may have come here at once.
        if same().any(|member| member.link.in_flight.load(Ordering::Relaxed) < BUSY) {
            return;
        }
        let channel = (self.connect)(address);
        let member = Member::new(&self.peer, address.clone(), channel, self.changed.clone());
        *current = Some(members.iter().cloned().chain([member]).collect());
    }

    /// Whether an address is in this state; before any is known, all of them are new.
    fn is_any(&self, state: State) -> bool {
        match self.members() {
            None => state == State::New,
            Some(members) => members.iter().any(|member| member.link.state() == state),
        }
    }

    async fn follow(self: Arc<Self>, resolver: Resolver) {
        loop {
            let found = resolver.find().await;
            if let Some(problem) = &found.problem {
                warn!(peer = &*self.peer, problem, "not all addresses are found; those that are known stay");
            }
            self.take(&found);
            let Some(every) = resolver.every() else { return };
            let next = Instant::now() + every;
            tokio::time::sleep(PAUSE.min(every)).await;
            _ = tokio::time::timeout_at(next, self.lost.notified()).await;
        }
    }

    /// Takes addresses over: those that are known keep their connections, those that are gone get no new calls.
    fn take(&self, found: &Found) {
        let mut current = self.members.write().unwrap_or_else(PoisonError::into_inner);
        let known: &[Member] = current.as_deref().unwrap_or_default();
        let stays = |member: &Member| found.problem.is_some() || found.addresses.contains(&member.link.address);
        let is_new = |address: &&Address| !known.iter().any(|member| member.link.address == **address);
        let fresh: Vec<&Address> = found.addresses.iter().filter(is_new).collect();
        if !known.is_empty() && fresh.is_empty() && known.iter().all(stays) {
            return;
        }
        let mut members: Vec<Member> = known.iter().filter(|member| stays(member)).cloned().collect();
        for address in fresh {
            for _ in 0..self.connections {
                let channel = (self.connect)(address);
                members.push(Member::new(&self.peer, address.clone(), channel, self.changed.clone()));
            }
        }
        metrics::gauge!("peer_addresses", "peer" => self.peer.to_string()).set(members.len() as f64);
        *current = Some(members.into());
        drop(current);
        self.changed.send_replace(());
    }
}

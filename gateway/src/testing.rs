//! Owns what tests of the gateway share: a door over tables of its own, peers that answer as they are told, and what was noted of
//! calls. Never an expectation.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use creatorscope_kit::{
    caller::Identity,
    clock::Clock,
    db::Db,
    transport::{Transport, service},
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use jiff::Timestamp;
use tonic::{Status, body::Body};

use crate::{
    MIGRATIONS, Peer,
    audit::{self, AuditConfig, Event, Store, Writer},
    books::Open,
    door::{Callers, Door},
    fair::{Fair, FairUse},
    pass::Pass,
    policy,
};

pub(crate) const SERVICES: [&str; 2] =
    ["creatorscope.discovery.v1.DiscoveryService", "creatorscope.metrics.v1.MetricsService"];

/// A door and what is noted behind it.
pub(crate) struct Desk {
    pub(crate) door: Arc<Door>,
    pub(crate) clock: Clock,
    db: Db,
    writer: Writer,
}

impl Desk {
    /// A door that is open to everybody, with these settings of `[fair_use]` as JSON.
    pub(crate) async fn new(fair_use: &str) -> Self {
        let clock = Clock::fixed(Timestamp::from_second(1_800_000_000).expect("a time"));
        let identity = Identity::generated(clock.clone()).expect("randomness");
        let db = Db::temporary(&MIGRATIONS).await.expect("a database");
        let config: FairUse = serde_json::from_str(fair_use).expect("settings");
        let methods = policy::read(creatorscope_proto::pool(), &SERVICES).expect("all can be exposed");
        let fair = Fair::new(config, &methods, None, db.clone(), clock.clone()).expect("large enough");
        let (audit, writer) = audit::open(&AuditConfig::default(), &db);
        let door = Door {
            callers: Callers::Anyone,
            identity,
            fair: Arc::new(fair),
            audit,
            open: Open::new(),
            clock: clock.clone(),
            open_health: true,
            open_contract: true,
        };
        Self { door: Arc::new(door), clock, db, writer }
    }

    /// The ways of gRPC to this peer.
    pub(crate) fn pass(&self, peer: Transport) -> Pass {
        let methods = policy::read(creatorscope_proto::pool(), &SERVICES).expect("all can be exposed");
        let peers = [Peer { services: SERVICES.to_vec(), transport: peer.clone() }];
        Pass::new(peer, &methods, &peers, Arc::clone(&self.door))
    }

    /// The lines of the audit log, the oldest first.
    pub(crate) async fn lines(&mut self) -> Vec<Event> {
        self.writer.write().await;
        let asked = audit::Asked { count: 1_000, ..audit::Asked::default() };
        let mut lines = Store::new(self.db.clone()).list(&asked).await.expect("read");
        lines.reverse();
        lines
    }
}

/// A door that is open to everybody.
pub(crate) async fn open_door() -> Arc<Door> {
    Desk::new("{}").await.door
}

/// What a peer was sent: the messages' bytes, each with its prefix.
pub(crate) type Got = Arc<Mutex<Vec<Bytes>>>;

/// A peer that reads each request to its end and answers with these frames.
pub(crate) fn peer(frames: Vec<Frame<Bytes>>) -> (Transport, Got) {
    let got = Got::default();
    let noted = Arc::clone(&got);
    let frames = Arc::new(Mutex::new(Some(frames)));
    let peer = service(move |request: Request<Body>| {
        let (noted, frames) = (Arc::clone(&noted), Arc::clone(&frames));
        async move {
            let sent = request.into_body().collect().await?.to_bytes();
            noted.lock().expect("whole").push(sent);
            let frames = frames.lock().expect("whole").take().unwrap_or_default();
            Ok(Response::new(body(frames)))
        }
    });
    (peer, got)
}

/// An answer of these frames.
pub(crate) fn body(frames: Vec<Frame<Bytes>>) -> Body {
    Body::new(StreamBody::new(futures::stream::iter(frames.into_iter().map(Ok::<_, Status>))))
}

/// A message of a stream with its prefix.
pub(crate) fn message(content: &[u8]) -> Bytes {
    let length = u32::try_from(content.len()).expect("small").to_be_bytes();
    [&[0], length.as_slice(), content].concat().into()
}

/// The end of an answer with this code.
pub(crate) fn end(code: &'static str) -> Frame<Bytes> {
    let pair = (HeaderName::from_static("grpc-status"), HeaderValue::from_static(code));
    Frame::trailers(HeaderMap::from_iter([pair]))
}

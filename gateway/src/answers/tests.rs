//! Owns the tests of kept answers before a peer that counts. Never a contract.

use creatorscope_kit::caller::Caller;
use futures::{StreamExt, future::join_all};
use http_body_util::StreamBody;

use super::*;
use crate::policy;

const READ: &str = "/creatorscope.discovery.v1.DiscoveryService/GetCreator";
const WRITE: &str = "/creatorscope.discovery.v1.DiscoveryService/IngestCreators";
const ERASE: &str = "/creatorscope.discovery.v1.DiscoveryService/DeleteCreator";
/// What the contract says of [`READ`], in seconds.
const LIFETIME: i64 = 60;

/// What the peer answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Good,
    /// A status without a message.
    Refused,
    /// A message, and then a status that it is worth nothing.
    Broken,
    /// More than is kept.
    Long,
    /// It never ends.
    Stuck,
}

struct Desk {
    clock: Clock,
    identity: Identity,
    calls: Arc<Mutex<Vec<HeaderMap>>>,
    kind: Arc<Mutex<Kind>>,
    answers: Answers,
    peer: Transport,
}

fn frame(content: &[u8]) -> Bytes {
    let length = u32::try_from(content.len()).expect("short").to_be_bytes();
    [&[0][..], &length, content].concat().into()
}

fn trailers(code: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), HeaderValue::from_static(code))])
}

/// A peer that answers with the number of the call.
fn desk() -> Desk {
    let clock = Clock::fixed(Timestamp::from_second(1_800_000_000).expect("a time"));
    let identity = Identity::generated(clock.clone()).expect("randomness");
    let (calls, kind) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Kind::Good)));
    let (noted, asked) = (Arc::clone(&calls), Arc::clone(&kind));
    let peer = service(move |request: Request<Body>| {
        let (noted, asked) = (Arc::clone(&noted), Arc::clone(&asked));
        async move {
            let (head, body) = request.into_parts();
            body.collect().await?;
            let number = {
                let mut calls = noted.lock().expect("not poisoned");
                calls.push(head.headers);
                u8::try_from(calls.len()).expect("few calls")
            };
            tokio::task::yield_now().await;
            let kind = *asked.lock().expect("not poisoned");
            let size = if kind == Kind::Long { LONGEST_ANSWER + 1 } else { 1 };
            let end = if kind == Kind::Broken { "13" } else { "0" };
            let frames = match kind {
                Kind::Refused => return Err(Status::not_found("nobody")),
                Kind::Stuck => return std::future::pending().await,
                _ => [Frame::data(frame(&vec![number; size])), Frame::trailers(trailers(end))],
            };
            let mut response =
                Response::new(Body::new(StreamBody::new(futures::stream::iter(frames.map(Ok::<_, Status>)))));
            response.headers_mut().insert("x-request-id", HeaderValue::from_static("of the first"));
            response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
            Ok(response)
        }
    });
    let services = ["creatorscope.discovery.v1.DiscoveryService", "creatorscope.campaign.v1.CampaignService"];
    let mut methods = policy::read(creatorscope_proto::pool(), &services).expect("all can be exposed");
    // No method of what belongs to tenants is kept today; one that is tomorrow must not mix them.
    let own = methods.iter_mut().find(|method| method.path == OWN_BRAND).expect("it is there");
    Arc::make_mut(own).cache_lifetime = Duration::from_secs(60);
    let answers = Answers::new(1 << 24, &methods, identity.clone(), clock.clone());
    let peer = answers.before(peer);
    Desk { clock, identity, calls, kind, answers, peer }
}

const OWN_BRAND: &str = "/creatorscope.campaign.v1.CampaignService/GetBrand";

/// How a call was answered: its first byte, `x-cache` and `age`; or its code.
type Seen = Result<(u8, String, String), Code>;

impl Desk {
    async fn ask(&self, path: &str, headers: &[(&'static str, &'static str)], content: &[u8]) -> Seen {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(whole(frame(content))).expect("a request")).await
    }

    async fn send(&self, request: Request<Body>) -> Seen {
        let response = self.peer.clone().oneshot(request).await.map_err(|status| status.code())?;
        let (head, body) = response.into_parts();
        assert!(!head.headers.contains_key("x-request-id") || !head.headers.contains_key(KEPT));
        let text = |name: &str| {
            head.headers.get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
        };
        let body = body.collect().await.map_err(|status| status.code())?;
        let status = Status::from_header_map(body.trailers().expect("a status")).expect("a status");
        if status.code() != Code::Ok {
            return Err(status.code());
        }
        Ok((body.to_bytes()[5], text(KEPT), text(AGE)))
    }

    async fn read(&self, headers: &[(&'static str, &'static str)]) -> Seen {
        self.ask(READ, headers, b"a").await
    }

    fn wait(&self, seconds: i64) {
        self.clock.set(self.clock.now() + jiff::SignedDuration::from_secs(seconds));
    }

    fn count(&self) -> usize {
        self.calls.lock().expect("not poisoned").len()
    }

    fn answer(&self, kind: Kind) {
        *self.kind.lock().expect("not poisoned") = kind;
    }
}

fn seen(number: u8, kept: &str, age: &str) -> Seen {
    Ok((number, kept.to_owned(), age.to_owned()))
}

#[tokio::test]
async fn an_answer_is_used_again_for_as_long_as_the_contract_says_and_tells_its_age() {
    let desk = desk();
    assert_eq!(desk.read(&[]).await, seen(1, "miss", "0"));
    desk.wait(LIFETIME - 1);
    assert_eq!(desk.read(&[]).await, seen(1, "hit", "59"));
    assert_eq!(desk.ask(READ, &[], b"b").await, seen(2, "miss", "0"), "another request");
    desk.wait(1);
    assert_eq!(desk.read(&[]).await, seen(3, "miss", "0"));
    assert_eq!(desk.read(&[]).await, seen(3, "hit", "0"));
}

#[tokio::test]
async fn who_wants_no_kept_answer_gets_a_new_one_that_others_get_too() {
    let desk = desk();
    assert_eq!(desk.read(&[]).await, seen(1, "miss", "0"));
    desk.wait(7);
    assert_eq!(desk.read(&[("cache-control", "Max-Stale, No-Cache")]).await, seen(2, "miss", "0"));
    desk.wait(7);
    assert_eq!(desk.read(&[]).await, seen(2, "hit", "7"));
    assert_eq!(desk.read(&[("cache-control", "max-age=100")]).await, seen(2, "hit", "7"));
}

#[tokio::test]
async fn a_request_that_names_a_write_is_another_request() {
    let desk = desk();
    desk.read(&[]).await.expect("answered");
    let number = desk.ask(READ, &[], b"a with read_after").await.expect("answered").0;
    assert_eq!(number, 2);
}

#[tokio::test]
async fn many_who_ask_at_once_share_one_call() {
    let desk = desk();
    let answers = join_all((0..100).map(|_| desk.read(&[("grpc-timeout", "1S")]))).await;
    assert_eq!(
        answers
            .iter()
            .filter(|seen| seen.as_ref().is_ok_and(|(number, kept, _)| *number == 1 && kept == "hit"))
            .count(),
        99
    );
    assert_eq!(desk.count(), 1);
    let calls = desk.calls.lock().expect("not poisoned");
    assert_eq!(calls[0]["grpc-timeout"], LOAD, "the deadline of one does not end the call of all");
}

#[tokio::test]
async fn who_waits_goes_on_when_the_one_who_called_goes_away() {
    let desk = desk();
    desk.answer(Kind::Stuck);
    let mut first = Box::pin(desk.read(&[]));
    assert!(futures::poll!(&mut first).is_pending());
    let mut second = Box::pin(desk.read(&[]));
    assert!(futures::poll!(&mut second).is_pending());
    desk.answer(Kind::Good);
    drop(first);
    assert_eq!(second.await, seen(2, "miss", "0"));
}

#[tokio::test]
async fn nothing_is_kept_but_good_answers_of_bounded_length() {
    let desk = desk();
    for (kind, expected) in
        [(Kind::Refused, Err(Code::NotFound)), (Kind::Broken, Err(Code::Internal)), (Kind::Long, Ok(String::new()))]
    {
        desk.answer(kind);
        let before = desk.count();
        for _ in 0..2 {
            assert_eq!(desk.read(&[]).await.map(|(_, kept, _)| kept), expected);
        }
        assert_eq!(desk.count() - before, 2);
    }
    // Of many who ask at once each gets an answer of its own.
    desk.answer(Kind::Refused);
    let answers = join_all((0..10).map(|_| desk.read(&[]))).await;
    assert!(answers.iter().all(|seen| *seen == Err(Code::NotFound)));
    desk.answer(Kind::Good);
    assert_eq!(desk.read(&[]).await.map(|(_, kept, _)| kept), Ok("miss".to_owned()));
}

#[tokio::test]
async fn what_is_not_one_whole_plain_message_goes_through_as_it_is() {
    let desk = desk();
    let bodies = [
        Vec::new(),
        vec![0, 0, 0],
        [1, 0, 0, 0, 1, b'a'].to_vec(),
        [0, 0, 0, 0, 9, b'a'].to_vec(),
        [frame(b"a"), frame(b"b")].concat(),
        frame(&vec![b'a'; LONGEST_REQUEST + 1]).to_vec(),
    ];
    for body in bodies {
        for _ in 0..2 {
            // In pieces, as a network brings it.
            let pieces: Vec<_> =
                body.chunks(1_000).map(|piece| Ok::<_, Status>(Frame::data(Bytes::copy_from_slice(piece)))).collect();
            let request = Request::post(READ).body(Body::new(StreamBody::new(futures::stream::iter(pieces).boxed())));
            assert_eq!(desk.send(request.expect("a request")).await.map(|(_, kept, _)| kept), Ok(String::new()));
        }
    }
    assert_eq!(desk.count(), 12);
    for headers in [&[("x-dry-run", "true")][..], &[]] {
        desk.ask(WRITE, headers, b"a").await.expect("answered");
        desk.read(&[("x-dry-run", "true")]).await.expect("answered");
    }
    assert_eq!(desk.count(), 16);
}

#[tokio::test]
async fn nothing_is_shown_on_that_was_erased() {
    let desk = desk();
    desk.read(&[]).await.expect("answered");
    desk.ask(WRITE, &[], b"a").await.expect("answered");
    assert_eq!(desk.read(&[]).await, seen(1, "hit", "0"), "a write says by read_after what must be read");
    desk.answer(Kind::Stuck);
    let mut before = Box::pin(desk.ask(READ, &[], b"b"));
    assert!(futures::poll!(&mut before).is_pending());
    desk.answer(Kind::Good);
    desk.ask(ERASE, &[], b"a").await.expect("answered");
    assert_eq!(desk.read(&[]).await.map(|(_, kept, _)| kept), Ok("miss".to_owned()));
    assert_eq!(
        desk.ask(READ, &[], b"b").await.map(|(_, kept, _)| kept),
        Ok("miss".to_owned()),
        "nor by a call of before"
    );
}

#[tokio::test]
async fn tenants_share_what_is_nobodys_and_nothing_else() {
    let desk = desk();
    let ask = async |path: &str, tenant: &str| {
        let mut request = Request::post(path).body(whole(frame(b"a"))).expect("a request");
        desk.identity.sign(&Caller { tenant: tenant.to_owned(), ..Caller::role("x") }, request.headers_mut());
        desk.send(request).await.map(|(number, kept, _)| (number, kept))
    };
    assert_eq!(ask(READ, "lumo").await, Ok((1, "miss".to_owned())));
    assert_eq!(ask(READ, "nova").await, Ok((1, "hit".to_owned())));
    assert_eq!(ask(OWN_BRAND, "lumo").await, Ok((2, "miss".to_owned())));
    assert_eq!(ask(OWN_BRAND, "nova").await, Ok((3, "miss".to_owned())));
    assert_eq!(ask(OWN_BRAND, "lumo").await, Ok((2, "hit".to_owned())));
    desk.answers.kept.clear();
}

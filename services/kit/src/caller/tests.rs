//! Owns the tests of signed identities. Never another part of the kit.

use jiff::{SignedDuration, Timestamp};

use super::*;

const SECRET: &str = "a secret of at least 32 characters";
const OTHER: &str = "another one of at least 32 characters";

fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a time")
}

fn identity(secret: &str, clock: &Clock) -> Identity {
    Identity::new(&Secret::new(secret), clock.clone())
}

fn caller() -> Caller {
    Caller {
        tenant: "lumo".to_owned(),
        key: "k1".to_owned(),
        scopes: vec!["metrics.*".to_owned()],
        request_id: "id-1".to_owned(),
    }
}

fn signed(secret: &str, clock: &Clock) -> HeaderMap {
    let mut headers = HeaderMap::new();
    identity(secret, clock).sign(&caller(), &mut headers);
    headers
}

#[test]
fn an_identity_holds_for_its_time_and_the_difference_of_clocks() {
    let clock = Clock::fixed(start());
    let headers = signed(SECRET, &clock);
    for (seconds, accepted) in [(-61, false), (-60, true), (0, true), (120, true), (121, false)] {
        clock.set(start() + SignedDuration::from_secs(seconds));
        let read = identity(SECRET, &clock).read(&headers);
        assert_eq!(read, if accepted { Ok(caller()) } else { Err(Unidentified::OutOfTime) }, "{seconds}");
    }
}

#[test]
fn only_the_same_secret_is_accepted_and_two_while_it_is_changed() {
    let clock = Clock::fixed(start());
    let headers = signed(SECRET, &clock);
    assert_eq!(identity(OTHER, &clock).read(&headers), Err(Unidentified::Wrong));
    assert_eq!(identity(&format!("{OTHER},{SECRET}"), &clock).read(&headers), Ok(caller()));
    let newer = signed(&format!("{OTHER},{SECRET}"), &clock);
    assert_eq!(identity(OTHER, &clock).read(&newer), Ok(caller()));
}

#[test]
fn what_was_changed_cut_or_doubled_is_refused() {
    let clock = Clock::fixed(start());
    let whole = signed(SECRET, &clock)[IDENTITY].to_str().expect("text").to_owned();
    let identity = identity(SECRET, &clock);
    let read = |text: &str| {
        identity.read(&HeaderMap::from_iter([(
            http::HeaderName::from_static(IDENTITY),
            HeaderValue::from_str(text).expect("a header"),
        )]))
    };
    assert_eq!(read(&whole), Ok(caller()));
    let (said, tag) = whole.split_once('.').expect("two parts");
    let forged = URL_SAFE_NO_PAD.encode(
        String::from_utf8(URL_SAFE_NO_PAD.decode(said).expect("base64")).expect("JSON").replace("lumo", "nova"),
    );
    for wrong in
        ["", ".", "x", said, &whole[1..], &whole[..whole.len() - 1], &format!("{forged}.{tag}"), &format!("{said}.")]
    {
        assert_eq!(read(wrong), Err(Unidentified::Wrong), "{wrong}");
    }
    let mut twice = signed(SECRET, &clock);
    twice.append(IDENTITY, HeaderValue::from_str(&whole).expect("a header"));
    assert_eq!(identity.read(&twice), Err(Unidentified::Wrong));
    assert_eq!(identity.read(&HeaderMap::new()), Err(Unidentified::Missing));
}

#[tokio::test]
async fn a_role_answers_who_is_known_and_everybody_about_its_health() {
    let identity = identity(SECRET, &Clock::fixed(start()));
    let role = identity.guard(service(|request: http::Request<Body>| async move {
        assert!(!request.headers().contains_key(IDENTITY), "a role needs no signature");
        let who = request.extensions().get::<Caller>().map(|caller| caller.key.clone());
        let mut response = http::Response::new(Body::empty());
        response.extensions_mut().insert(who);
        Ok(response)
    }));
    let ask = |transport: &Transport, path: &'static str| {
        let request = http::Request::post(path).body(Body::empty()).expect("a request");
        transport.clone().oneshot(request)
    };
    let refused = ask(&role, "/x.Y/Z").await.expect_err("nobody knows the caller");
    assert_eq!(refused.code(), Code::Unauthenticated);
    let known = ask(&identity.speak_as("metrics", role.clone()), "/x.Y/Z").await.expect("answered");
    assert_eq!(known.extensions().get::<Option<String>>(), Some(&Some("role:metrics".to_owned())));
    let open = ask(&role, "/grpc.health.v1.Health/Check").await.expect("answered");
    assert_eq!(open.extensions().get::<Option<String>>(), Some(&None));
}

//! Owns the tests of the gateway as a whole, before a peer that notes what reaches it. Never a part alone.

use std::sync::Mutex;

use creatorscope_kit::{caller::Caller, transport::service};
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tonic::{Code, Status, body::Body};
use tonic_types::StatusExt;
use tower::ServiceExt;

use super::*;
use crate::{
    jwt::tests::issuer::{self, Issuer, Signer},
    key::{ApiKey, Environment},
};

const SERVICE: &str = "creatorscope.discovery.v1.DiscoveryService";
const NOW: i64 = 1_800_000_000;

struct House {
    clock: Clock,
    identity: Identity,
    store: KeyStore,
    issuer: Issuer,
    signer: Signer,
    gateway: Transport,
    /// The headers of each call that reached the service.
    reached: Arc<Mutex<Vec<HeaderMap>>>,
}

/// A gateway with keys, tokens and kept answers before a service that answers with an empty message.
async fn house() -> House {
    let clock = Clock::fixed(Timestamp::from_second(NOW).expect("a time"));
    let identity = Identity::generated(clock.clone()).expect("randomness");
    let reached = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&reached);
    let transport = service(move |request: Request<Body>| {
        noted.lock().expect("not poisoned").push(request.headers().clone());
        async move {
            let good =
                HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), http::HeaderValue::from(0))]);
            let frames = [Frame::data(bytes::Bytes::from_static(&[0; 5])), Frame::trailers(good)].map(Ok::<_, Status>);
            Ok(Response::new(Body::new(StreamBody::new(futures::stream::iter(frames)))))
        }
    });
    let db = Db::temporary(&MIGRATIONS).await.expect("a database");
    let signer = Signer::ed25519("d");
    let issuer = Issuer::start(&[&signer]);
    let config = json!({"auth": "keys", "key_cache_seconds": 0, "answer_cache_megabytes": 1});
    let oidc = json!({"issuer": issuer.name(), "audience": "scope.example.com"});
    let deps = Deps {
        peers: vec![Peer { services: vec![SERVICE], transport }],
        db: db.clone(),
        redis: None,
        clock: clock.clone(),
        identity: identity.clone(),
        config: serde_json::from_value(config).expect("settings"),
        oidc: serde_json::from_value(oidc).expect("settings"),
        fair_use: FairUse::default(),
        audit: AuditConfig::default(),
        grace: Duration::from_secs(1),
    };
    let gateway = role(deps).expect("a role").build(&identity).await.expect("a gateway").service;
    House { store: KeyStore::new(db, clock.clone()), clock, identity, issuer, signer, gateway, reached }
}

impl House {
    async fn key(&self, environment: Environment, lifetime: Option<SignedDuration>) -> ApiKey {
        let key = ApiKey::generate(environment).expect("randomness");
        let (name, tenant, scopes) = ("x".to_owned(), "lumo".to_owned(), vec!["discovery.*".to_owned()]);
        let grant = Grant { name, tenant, scopes, lifetime, monthly_quota: None };
        self.store.add(&key, &grant).await.expect("kept");
        key
    }

    fn claims(&self) -> serde_json::Value {
        json!({"iss": self.issuer.name(), "aud": "scope.example.com", "sub": "ana", "exp": NOW + 3_600, "tenant": "nova", "scope": "discovery.read"})
    }

    /// The code and reason of a gRPC call with this `authorization`.
    async fn grpc(&self, shown: &str) -> (Code, String) {
        let request = Request::post(format!("/{SERVICE}/GetCreator")).header("content-type", "application/grpc");
        let request =
            request.header("authorization", shown).body(Body::new(Full::from(vec![0; 5]))).expect("a request");
        let status = match self.gateway.clone().oneshot(request).await {
            Err(status) => status,
            Ok(response) => {
                let body = response.into_body().collect().await.expect("a body");
                Status::from_header_map(body.trailers().expect("trailers")).expect("a status")
            }
        };
        let reason = status.get_error_details().error_info().map(|info| info.reason.clone());
        (status.code(), reason.unwrap_or_default())
    }

    /// The status, headers and body of a call over JSON.
    async fn json(&self, shown: &str, more: &[(&str, &str)]) -> (u16, HeaderMap, String) {
        let mut request = Request::get("/v1/creators/tiktok:a").header("authorization", shown);
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let response = self.gateway.clone().oneshot(request.body(Body::empty()).expect("a request")).await;
        let (head, body) = response.expect("answered").into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        (head.status.as_u16(), head.headers, String::from_utf8(bytes.to_vec()).expect("UTF-8"))
    }

    fn callers(&self) -> Vec<Caller> {
        let reached = self.reached.lock().expect("not poisoned");
        reached.iter().map(|headers| self.identity.read(headers).expect("an identity")).collect()
    }
}

#[tokio::test]
async fn nobody_who_is_not_known_reaches_a_service() {
    let house = house().await;
    let good = house.key(Environment::Live, None).await;
    let expired = house.key(Environment::Live, Some(SignedDuration::ZERO)).await;
    let revoked = house.key(Environment::Live, None).await;
    house.store.revoke(revoked.id()).await.expect("revoked");
    let trial = house.key(Environment::Test, None).await;
    let unknown = ApiKey::generate(Environment::Live).expect("randomness");
    let claims = house.claims();
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        house.signer.token(&claims)
    };
    let token = house.signer.token(&claims);
    let hs256 = json!({"alg": "HS256", "kid": "d"});
    let cases = [
        (expired.reveal().to_owned(), "KEY_NOT_ACCEPTED"),
        (revoked.reveal().to_owned(), "KEY_NOT_ACCEPTED"),
        (unknown.reveal().to_owned(), "KEY_NOT_ACCEPTED"),
        (trial.reveal().to_owned(), "KEY_OF_OTHER_ENVIRONMENT"),
        (good.reveal()[..60].to_owned(), "KEY_MALFORMED"),
        (format!("{}.a.b", good.reveal()), "KEY_MALFORMED"),
        ("cs_live_".to_owned(), "KEY_MALFORMED"),
        (String::new(), "KEY_MALFORMED"),
        (issuer::unsigned(&json!({"alg": "none", "kid": "d"}), &claims), "TOKEN_NOT_ACCEPTED"),
        (issuer::shared_secret(&hs256, &claims, &house.signer.public_bytes()), "TOKEN_NOT_ACCEPTED"),
        (Signer::p256("d").token(&claims), "TOKEN_NOT_ACCEPTED"),
        (with("aud", json!("elsewhere")), "TOKEN_NOT_ACCEPTED"),
        (with("iss", json!("elsewhere")), "TOKEN_NOT_ACCEPTED"),
        (with("exp", json!(NOW - 60)), "TOKEN_EXPIRED"),
        (with("nbf", json!(NOW + 61)), "TOKEN_NOT_YET_VALID"),
        (with("tenant", json!("No One")), "TOKEN_WITHOUT_TENANT"),
        (token[..token.len() - 2].to_owned(), "TOKEN_NOT_ACCEPTED"),
        (format!("{token}="), "TOKEN_MALFORMED"),
        (format!("a.{}.b", "c".repeat(20_000)), "TOKEN_MALFORMED"),
    ];
    for (shown, reason) in &cases {
        let shown = format!("Bearer {shown}");
        let name = &shown[..shown.len().min(60)];
        assert_eq!(house.grpc(&shown).await, (Code::Unauthenticated, (*reason).to_owned()), "{name}");
        let (status, _, text) = house.json(&shown, &[]).await;
        assert!(status == 401 && text.contains(reason), "{name}: {text}");
    }
    assert!(house.callers().is_empty());
    let told = house.json("Bearer a.b.c", &[]).await.2;
    assert!(!told.contains("a.b.c"), "what was shown is not repeated");
}

#[tokio::test]
async fn keys_and_tokens_come_in_side_by_side_and_keys_also_while_the_issuer_is_away() {
    let house = house().await;
    let key = format!("Bearer {}", house.key(Environment::Live, None).await.reveal());
    let token = format!("Bearer {}", house.signer.token(&house.claims()));
    house.issuer.away(true);
    assert_eq!(house.grpc(&token).await, (Code::Unavailable, "TOKENS_UNAVAILABLE".to_owned()));
    assert_eq!(house.json(&token, &[]).await.0, 503);
    assert_eq!(house.grpc(&key).await.0, Code::Ok);
    house.issuer.away(false);
    house.clock.set(Timestamp::from_second(NOW + 5).expect("a time"));
    assert_eq!(house.grpc(&token).await.0, Code::Ok);
    // Allowed is what the token says and no more.
    let mut claims = house.claims();
    claims["scope"] = json!("discovery.write");
    let narrow = format!("Bearer {}", house.signer.token(&claims));
    assert_eq!(house.grpc(&narrow).await, (Code::PermissionDenied, "SCOPE_MISSING".to_owned()));
    let tenants: Vec<(String, bool)> =
        house.callers().into_iter().map(|caller| (caller.tenant, caller.key == "oidc:ana")).collect();
    // The answer to the key was kept, so that the token's call did not reach the service; it did when nobody had asked before.
    assert_eq!(tenants, [("lumo".to_owned(), false)]);
    let anew = [("cache-control", "no-cache")];
    assert_eq!(house.json(&token, &anew).await.0, 200);
    let last = house.callers().pop().expect("a call");
    assert_eq!(
        (last.tenant.as_str(), last.key.as_str(), &last.scopes[..]),
        ("nova", "oidc:ana", &["discovery.read".to_owned()][..])
    );
}

#[tokio::test]
async fn a_kept_answer_tells_its_age_over_json_too() {
    let house = house().await;
    let key = format!("Bearer {}", house.key(Environment::Live, None).await.reveal());
    let seen = |headers: &HeaderMap| ["x-cache", "age"].map(|name| headers[name].to_str().expect("text").to_owned());
    assert_eq!(seen(&house.json(&key, &[]).await.1), ["miss", "0"]);
    house.clock.set(Timestamp::from_second(NOW + 9).expect("a time"));
    assert_eq!(seen(&house.json(&key, &[]).await.1), ["hit", "9"]);
    assert_eq!(seen(&house.json(&key, &[("cache-control", "no-cache")]).await.1), ["miss", "0"]);
    assert_eq!(house.json("Bearer nobody", &[]).await.0, 401, "a kept answer is for who may ask");
    assert_eq!(house.callers().len(), 2);
}

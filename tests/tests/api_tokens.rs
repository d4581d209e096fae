//! Tokens of an issuer beside keys, and answers that are kept, against whole suites in both modes.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use creatorscope_kit::{clock::Clock, fault::Code};
use creatorscope_proto::{
    campaign::v1::{Brand, CreateBrandRequest, ListBrandsRequest},
    discovery::v1::GetCreatorRequest,
    metrics::v1::ListMetricDefinitionsRequest,
};
use creatorscope_tests::{
    Mode, Suite, each_mode,
    make::{creator, creator_name},
};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde_json::json;
use tonic::{Request, Status};
use tonic_types::StatusExt;

/// An issuer of tokens with one key, on a free port.
struct Issuer {
    address: SocketAddr,
    pair: Ed25519KeyPair,
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Issuer {
    fn start() -> Self {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("randomness");
        let pair = Ed25519KeyPair::from_pkcs8(der.as_ref()).expect("a key");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let keys = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": encoded(pair.public_key())}]})
            .to_string();
        let told =
            json!({"issuer": format!("http://{address}"), "jwks_uri": format!("http://{address}/keys")}).to_string();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut part = [0; 4_096];
                let count = stream.read(&mut part).unwrap_or_default();
                let body = if part[..count].starts_with(b"GET /keys ") { &keys } else { &told };
                let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                _ = stream.write_all((head + body).as_bytes());
            }
        });
        Self { address, pair }
    }

    fn token(&self, tenant: &str, scope: &str, expires_in: i64) -> String {
        let expires = Clock::system().now().as_second() + expires_in;
        let claims = json!({"iss": format!("http://{}", self.address), "aud": "scope.example.com", "sub": "ana", "exp": expires, "tenant": tenant, "scope": scope});
        let header = json!({"alg": "EdDSA", "kid": "1", "typ": "at+jwt"});
        let signed = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        format!("{signed}.{}", encoded(self.pair.sign(signed.as_bytes())))
    }
}

fn with<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().expect("ascii"));
    request
}

fn reason(status: &Status) -> (Code, String) {
    (status.code(), status.get_error_details().error_info().expect("a reason").reason.clone())
}

async fn a_token_opens_what_its_scopes_say_for_its_tenant(mode: Mode) {
    let issuer = Issuer::start();
    let name = format!("oidc.issuer=http://{}", issuer.address);
    let suite = Suite::start_with(mode, &["gateway.auth=keys", &name, "oidc.audience=scope.example.com"]).await;
    let (lumo, nova) = (issuer.token("lumo", "campaign.*", 600), issuer.token("nova", "openid campaign.read", 600));
    let make = CreateBrandRequest {
        brand_id: "lamps".to_owned(),
        brand: Some(Brand { display_name: "Lamps".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    suite.campaign().create_brand(with(make.clone(), &lumo)).await.expect("made");
    let refused = suite.campaign().create_brand(with(make, &nova)).await.expect_err("reads only");
    assert_eq!(reason(&refused), (Code::PermissionDenied, "SCOPE_MISSING".to_owned()));
    for (token, count) in [(&lumo, 1), (&nova, 0)] {
        let listed = suite.campaign().list_brands(with(ListBrandsRequest::default(), token)).await.expect("listed");
        assert_eq!(listed.into_inner().brands.len(), count);
    }
    let ask = async |token: &str| {
        let asked = with(ListMetricDefinitionsRequest::default(), token);
        suite.metrics().list_metric_definitions(asked).await.map(|_| ()).map_err(|status| reason(&status))
    };
    let key = suite.make_key(&["--scopes", "metrics.read"]).await;
    assert_eq!(ask(&key).await, Ok(()), "keys go on beside tokens");
    assert_eq!(ask(&issuer.token("lumo", "metrics.read", 600)).await, Ok(()));
    let refused = |reason: &str| Err((Code::Unauthenticated, reason.to_owned()));
    assert_eq!(ask(&issuer.token("lumo", "metrics.read", -600)).await, refused("TOKEN_EXPIRED"));
    assert_eq!(ask(&Issuer::start().token("lumo", "metrics.read", 600)).await, refused("TOKEN_NOT_ACCEPTED"));
    suite.stop().await;
}

async fn kept_answers_are_told_and_a_write_that_is_named_is_read(mode: Mode) {
    let suite = Suite::start_with(mode, &["gateway.answer_cache_megabytes=8"]).await;
    suite.ingest_creators(vec![creator("ann")]).await.expect("good");
    let get = async |metadata: &[(&'static str, &'static str)]| {
        let mut request = Request::new(GetCreatorRequest { name: creator_name("ann"), ..Default::default() });
        for (name, value) in metadata {
            request.metadata_mut().insert(*name, value.parse().expect("ascii"));
        }
        let response = suite.discovery().get_creator(request).await.expect("found");
        let kept = response.metadata().get("x-cache").map(|kept| kept.to_str().expect("text").to_owned());
        assert!(response.metadata().contains_key("age"));
        (response.into_inner().creator.expect("a creator").etag, kept.unwrap_or_default())
    };
    let (first, kept) = get(&[]).await;
    assert_eq!(kept, "miss");
    assert_eq!(get(&[]).await, (first.clone(), "hit".to_owned()));
    let mut other = creator("ann");
    other.display_name = "Another name".to_owned();
    suite.ingest_creators(vec![other]).await.expect("good");
    let (second, kept) = get(&[("cache-control", "no-cache")]).await;
    assert_eq!((second == first, kept.as_str()), (false, "miss"));
    assert_eq!(get(&[]).await, (second, "hit".to_owned()), "the new answer is kept in place of the old");
    suite.stop().await;
}

each_mode! {
    a_token_opens_what_its_scopes_say_for_its_tenant
    kept_answers_are_told_and_a_write_that_is_named_is_read
}

//! Owns the tests of tokens over an issuer on a port of this machine. Never a call.

pub(crate) mod issuer;

use jiff::SignedDuration;
use serde_json::{Value, json};

use self::issuer::{Issuer, Signer};
use super::*;

const NOW: i64 = 1_800_000_000;
const LEEWAY: i64 = 60;
const HOUR: i64 = 3_600;

/// Tokens as the gateway takes them, and who makes them.
struct Desk {
    issuer: Issuer,
    clock: Clock,
    tokens: Tokens,
}

fn desk_with(signers: &[&Signer], change: impl FnOnce(&mut Oidc)) -> Desk {
    let issuer = Issuer::start(signers);
    let mut settings =
        Oidc { issuer: issuer.name(), audience: "scope.example.com, other.example.com".to_owned(), ..Oidc::default() };
    change(&mut settings);
    let clock = Clock::fixed(Timestamp::from_second(NOW).expect("a time"));
    let known = ["campaign.read", "metrics.read", "metrics.write"].map(str::to_owned).to_vec();
    let tokens = Tokens::new(settings, known, clock.clone()).expect("good settings");
    Desk { issuer, clock, tokens }
}

fn desk(signers: &[&Signer]) -> Desk {
    desk_with(signers, |_| {})
}

impl Desk {
    /// Claims that are accepted.
    fn claims(&self) -> Value {
        json!({
            "iss": self.issuer.name(), "aud": "scope.example.com", "sub": "ana", "exp": NOW + HOUR, "iat": NOW,
            "tenant": "lumo", "scope": "openid metrics.read campaign.* drop.tables",
        })
    }

    /// The good claims with others in their place; null takes one away.
    fn with(&self, changes: &Value) -> Value {
        let mut claims = self.claims();
        for (name, value) in changes.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        claims
    }

    async fn refusal(&self, token: &str) -> &'static str {
        self.tokens.accept(token).await.expect_err("refused").reason()
    }

    fn at(&self, seconds: i64) {
        self.clock.set(Timestamp::from_second(seconds).expect("a time"));
    }
}

#[tokio::test]
async fn a_token_is_accepted_with_its_tenant_subject_and_the_scopes_that_open_something() {
    let signers = [Signer::rsa("r", "RS256"), Signer::rsa("p", "PS256"), Signer::p256("e"), Signer::ed25519("d")];
    let desk = desk(&signers.each_ref());
    for signer in &signers {
        let bearer = desk.tokens.accept(&signer.token(&desk.claims())).await.expect("accepted");
        let expected = Bearer {
            tenant: "lumo".to_owned(),
            key: "oidc:ana".to_owned(),
            scopes: vec!["metrics.read".to_owned(), "campaign.*".to_owned()],
        };
        assert_eq!(*bearer, expected, "{}", signer.kid());
    }
    assert_eq!(desk.issuer.fetches(), 1, "one look at the keys is enough for all");
}

#[tokio::test]
async fn claims_are_read_in_their_other_forms() {
    let signer = Signer::ed25519("d");
    let desk = desk_with(&[&signer], |oidc| {
        oidc.tenant_claim = "https://example.com/tenant".to_owned();
        oidc.default_tenant = "house".to_owned();
        oidc.scope_claim = "permissions".to_owned();
        oidc.scope_prefix = "cs:".to_owned();
    });
    let subject = "a b".repeat(100);
    let changes = json!({
        "aud": ["elsewhere", "other.example.com"], "permissions": ["cs:metrics.*", "metrics.write", "cs:*", "cs:x"], "sub": subject,
        "exp": NOW as f64 + 0.5,
    });
    let bearer = desk.tokens.accept(&signer.token(&desk.with(&changes))).await.expect("accepted");
    assert_eq!((bearer.tenant.as_str(), &bearer.scopes[..]), ("house", &["metrics.*".to_owned(), "*".to_owned()][..]));
    assert!(bearer.key.starts_with("oidc:sha256:") && bearer.key.len() < 60, "{}", bearer.key);
    let named = desk.with(&json!({"https://example.com/tenant": "lumo", "permissions": null}));
    let bearer = desk.tokens.accept(&signer.token(&named)).await.expect("accepted");
    assert_eq!((bearer.tenant.as_str(), bearer.scopes.len()), ("lumo", 0));
}

#[tokio::test]
async fn what_is_not_signed_by_a_key_pair_is_refused_whatever_it_says() {
    let (rsa, edwards) = (Signer::rsa("r", "RS256"), Signer::ed25519("d"));
    let desk = desk(&[&rsa, &edwards]);
    for alg in ["none", "None", "NONE", "", "RS1", "HS512"] {
        let header = json!({"alg": alg, "kid": "r"});
        assert_eq!(desk.refusal(&issuer::unsigned(&header, &desk.claims())).await, "TOKEN_NOT_ACCEPTED", "{alg}");
    }
    // The public key as the secret of a shared one, in the forms that libraries have fallen for.
    for (signer, secret) in
        [(&rsa, rsa.public_bytes()), (&edwards, edwards.public_bytes()), (&rsa, rsa.jwk().to_string().into_bytes())]
    {
        let header = json!({"alg": "HS256", "kid": signer.kid(), "typ": "JWT"});
        let token = issuer::shared_secret(&header, &desk.claims(), &secret);
        assert_eq!(desk.refusal(&token).await, "TOKEN_NOT_ACCEPTED");
    }
    assert_eq!(desk.issuer.fetches(), 0, "nobody looks for keys that cannot be");
}

#[tokio::test]
async fn a_key_checks_only_signatures_of_its_own_kind() {
    let (rsa, other, curve) = (Signer::rsa("r", "RS256"), Signer::rsa("r", "PS256"), Signer::p256("e"));
    let desk = desk(&[&rsa, &curve]);
    let claims = desk.claims();
    assert_eq!(
        desk.refusal(&other.token(&claims)).await,
        "TOKEN_NOT_ACCEPTED",
        "the key says that it is for RS256 alone"
    );
    assert_eq!(desk.refusal(&curve.named("r").token(&claims)).await, "TOKEN_NOT_ACCEPTED");
    assert_eq!(desk.refusal(&rsa.named("e").token(&claims)).await, "TOKEN_NOT_ACCEPTED");
    assert_eq!(
        desk.refusal(&Signer::p256("e").token(&claims)).await,
        "TOKEN_NOT_ACCEPTED",
        "another key of the same name"
    );
    // A key that the token brings itself.
    let stranger = Signer::ed25519("d");
    let header = json!({"alg": "EdDSA", "jwk": stranger.jwk(), "jku": "http://127.0.0.1:1/", "kid": "d"});
    assert_eq!(desk.refusal(&stranger.signed(&header, &claims.to_string())).await, "TOKEN_NOT_ACCEPTED");
    desk.tokens.accept(&rsa.token(&claims)).await.expect("the right one is accepted");
}

#[tokio::test]
async fn each_claim_that_is_wrong_has_its_reason() {
    let signer = Signer::ed25519("d");
    let desk = desk(&[&signer]);
    let cases = [
        (json!({"iss": "https://evil.example.com"}), "TOKEN_NOT_ACCEPTED", "another issuer"),
        (json!({"iss": null}), "TOKEN_NOT_ACCEPTED", "`iss`"),
        (json!({"aud": "elsewhere"}), "TOKEN_NOT_ACCEPTED", "another audience"),
        (json!({"aud": ["elsewhere"]}), "TOKEN_NOT_ACCEPTED", "another audience"),
        (json!({"aud": []}), "TOKEN_NOT_ACCEPTED", "another audience"),
        (json!({"aud": null}), "TOKEN_NOT_ACCEPTED", "`aud`"),
        (json!({"aud": {"a": 1}}), "TOKEN_NOT_ACCEPTED", "`aud`"),
        (json!({"aud": ["scope.example.com", 1]}), "TOKEN_NOT_ACCEPTED", "`aud`"),
        (json!({"exp": null}), "TOKEN_NOT_ACCEPTED", "`exp`"),
        (json!({"exp": (NOW + HOUR).to_string()}), "TOKEN_NOT_ACCEPTED", "`exp`"),
        (json!({"nbf": "soon"}), "TOKEN_NOT_ACCEPTED", "`nbf`"),
        (json!({"iat": true}), "TOKEN_NOT_ACCEPTED", "`iat`"),
        (json!({"sub": null}), "TOKEN_NOT_ACCEPTED", "`sub`"),
        (json!({"sub": ""}), "TOKEN_NOT_ACCEPTED", "`sub`"),
        (json!({"sub": 7}), "TOKEN_NOT_ACCEPTED", "`sub`"),
        (json!({"scope": 7}), "TOKEN_NOT_ACCEPTED", "`scope`"),
        (json!({"scope": ["metrics.read", 7]}), "TOKEN_NOT_ACCEPTED", "`scope`"),
        (json!({"tenant": null}), "TOKEN_WITHOUT_TENANT", "`tenant`"),
        (json!({"tenant": "../lumo"}), "TOKEN_WITHOUT_TENANT", "`tenant`"),
        (json!({"tenant": ["lumo"]}), "TOKEN_WITHOUT_TENANT", "`tenant`"),
        (json!({"exp": NOW - HOUR}), "TOKEN_EXPIRED", "expired"),
        (json!({"exp": -1}), "TOKEN_EXPIRED", "expired"),
        (json!({"nbf": NOW + HOUR}), "TOKEN_NOT_YET_VALID", "not hold yet"),
        (json!({"iat": NOW + HOUR}), "TOKEN_NOT_YET_VALID", "not hold yet"),
    ];
    for (changes, reason, part) in cases {
        let refused = desk.tokens.accept(&signer.token(&desk.with(&changes))).await.expect_err("refused");
        assert_eq!((refused.reason(), refused.code()), (reason, Code::Unauthenticated), "{changes}");
        assert!(refused.to_string().contains(part), "{changes}: {refused}");
    }
}

#[tokio::test]
async fn clocks_may_differ_by_the_leeway_and_no_more() {
    let signer = Signer::ed25519("d");
    let desk = desk(&[&signer]);
    let token = signer.token(&desk.with(&json!({"nbf": NOW, "exp": NOW + HOUR})));
    let cases = [
        (NOW - LEEWAY - 1, Some("TOKEN_NOT_YET_VALID")),
        (NOW - LEEWAY, None),
        (NOW + HOUR + LEEWAY - 1, None),
        (NOW + HOUR + LEEWAY, Some("TOKEN_EXPIRED")),
        (NOW, None),
    ];
    for (time, expected) in cases {
        desk.at(time);
        assert_eq!(desk.tokens.accept(&token).await.err().map(|refused| refused.reason()), expected, "{time}");
    }
}

#[tokio::test]
async fn what_cannot_be_taken_apart_is_malformed() {
    let signer = Signer::ed25519("d");
    let desk = desk(&[&signer]);
    let claims = desk.claims().to_string();
    let good = json!({"alg": "EdDSA", "kid": "d"});
    let headers = [
        json!({"alg": "EdDSA", "kid": "d", "crit": ["b64"], "b64": false}),
        json!({"alg": "EdDSA", "kid": "d", "typ": "logout+jwt"}),
        json!({"alg": "EdDSA", "kid": "d", "typ": 1}),
        json!({"alg": "EdDSA", "kid": ["d"]}),
        json!({"alg": "EdDSA", "kid": "d".repeat(513)}),
        json!({"alg": ["EdDSA"], "kid": "d"}),
        json!({"kid": "d"}),
        json!("EdDSA"),
    ];
    for header in headers {
        assert_eq!(desk.refusal(&signer.signed(&header, &claims)).await, "TOKEN_MALFORMED", "{header}");
    }
    let twice = claims.replacen("{", r#"{"tenant": "nova", "#, 1);
    let texts = [twice, "[]".to_owned(), "{".to_owned(), String::new(), format!("{claims}{claims}")];
    for text in texts {
        assert_eq!(desk.refusal(&signer.signed(&good, &text)).await, "TOKEN_MALFORMED", "{text}");
    }
    let long = signer.signed(&good, &json!({"sub": "a".repeat(20_000)}).to_string());
    for text in [long.as_str(), "..", "a.b.c", "e30.e30.", "é.é.é", "e30=.e30=.e30="] {
        assert_eq!(desk.refusal(text).await, "TOKEN_MALFORMED", "{}", &text[..text.len().min(40)]);
    }
}

#[tokio::test]
async fn a_token_that_was_cut_or_changed_anywhere_is_refused() {
    let signer = Signer::ed25519("d");
    let desk = desk(&[&signer]);
    let token = signer.token(&desk.claims());
    for place in 0..token.len() {
        desk.tokens.accept(&token[..place]).await.expect_err("cut");
        let mut changed = token.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        desk.tokens.accept(&String::from_utf8(changed).expect("ASCII")).await.expect_err("changed");
    }
    desk.tokens.accept(&token).await.expect("whole");
}

#[tokio::test]
async fn a_new_key_is_found_when_a_token_names_it_and_a_withdrawn_one_is_not_used_again() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let desk = desk(&[&old]);
    desk.tokens.accept(&old.token(&desk.claims())).await.expect("accepted");
    desk.issuer.publish(&[&new]);
    // Made-up names of keys do not make the issuer be asked again and again.
    for made_up in 0..50 {
        desk.refusal(&Signer::ed25519(&made_up.to_string()).token(&desk.claims())).await;
    }
    assert_eq!(desk.issuer.fetches(), 1);
    assert_eq!(desk.refusal(&new.token(&desk.claims())).await, "TOKEN_NOT_ACCEPTED", "it was asked just now");
    desk.at(NOW + 30);
    desk.tokens.accept(&new.token(&desk.claims())).await.expect("the new key is found");
    assert_eq!(desk.refusal(&old.token(&desk.claims())).await, "TOKEN_NOT_ACCEPTED", "although it was accepted before");
    assert_eq!(desk.issuer.fetches(), 2);
}

#[tokio::test]
async fn a_token_without_the_name_of_its_key_is_taken_when_one_key_alone_fits() {
    let (one, two, rsa) = (Signer::ed25519("1"), Signer::ed25519("2"), Signer::rsa("r", "RS256"));
    let alone = desk(&[&one, &rsa]);
    let unnamed = |desk: &Desk| one.signed(&json!({"alg": "EdDSA"}), &desk.claims().to_string());
    alone.tokens.accept(&unnamed(&alone)).await.expect("accepted");
    let crowded = desk(&[&one, &two]);
    assert_eq!(crowded.refusal(&unnamed(&crowded)).await, "TOKEN_NOT_ACCEPTED");
}

#[tokio::test]
async fn while_the_issuer_is_away_its_last_keys_hold_and_then_nothing_is_known() {
    let signer = Signer::ed25519("d");
    let desk = desk(&[&signer]);
    let token = |desk: &Desk| signer.token(&desk.with(&json!({"exp": NOW + 100 * HOUR})));
    desk.issuer.away(true);
    let refused = desk.tokens.accept(&token(&desk)).await.expect_err("no keys");
    assert_eq!((refused.reason(), refused.code()), ("TOKENS_UNAVAILABLE", Code::Unavailable));
    desk.issuer.away(false);
    assert_eq!(desk.refusal(&token(&desk)).await, "TOKENS_UNAVAILABLE", "it was asked just now");
    desk.at(NOW + 5);
    desk.tokens.accept(&token(&desk)).await.expect("the issuer is back");
    desk.issuer.away(true);
    desk.at(NOW + 5 + 25 * HOUR - 1);
    desk.tokens.keys.fetch(SignedDuration::ZERO).await;
    desk.tokens.accept(&token(&desk)).await.expect("the last keys hold");
    desk.at(NOW + 5 + 25 * HOUR);
    assert_eq!(desk.refusal(&token(&desk)).await, "TOKENS_UNAVAILABLE");
}

#[tokio::test]
async fn answers_that_are_no_keys_of_the_issuer_leave_what_was_known() {
    let signer = Signer::ed25519("d");
    let desk = desk(&[&signer]);
    let token = signer.token(&desk.claims());
    desk.tokens.accept(&token).await.expect("accepted");
    let good = json!({"keys": [signer.jwk()]}).to_string();
    let wrong = [
        (200, "{}".to_owned()),
        (200, "<html>".to_owned()),
        (200, json!({"keys": []}).to_string()),
        (200, json!({"keys": [{"kty": "oct", "k": "AAAA", "kid": "d"}, {"kty": "RSA"}, 7]}).to_string()),
        (200, format!("{good}{}", " ".repeat(300 << 10))),
        (500, good.clone()),
        (302, good.clone()),
    ];
    for (status, body) in wrong {
        desk.issuer.answer(status, &body);
        desk.tokens.keys.fetch(SignedDuration::ZERO).await;
        assert_eq!(desk.tokens.keys.generation(), Some(1), "{status} {}", &body[..body.len().min(40)]);
        desk.tokens.accept(&token).await.expect("still accepted");
    }
    desk.issuer.answer(200, &good);
    let other = desk_with(&[&signer], |oidc| oidc.issuer = desk.issuer.name() + "/");
    assert_eq!(other.refusal(&token).await, "TOKENS_UNAVAILABLE", "the description is of another issuer");
}

#[tokio::test]
async fn keys_are_fetched_ahead_and_the_job_ends_when_it_is_told_to() {
    let signer = Signer::ed25519("d");
    let desk = desk(&[&signer]);
    let stop = CancellationToken::new();
    let keep = desk.tokens.keep()(stop.clone());
    let keys = Arc::clone(&desk.tokens.keys);
    let watch = async {
        while keys.generation().is_none() {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let (ended, ()) = futures::join!(keep, watch);
    ended.expect("a good end");
    assert_eq!(desk.issuer.fetches(), 1);
    desk.tokens.accept(&signer.token(&desk.claims())).await.expect("accepted");
    assert_eq!(desk.issuer.fetches(), 1, "the keys were there before the token");
}

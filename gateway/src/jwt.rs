//! Owns tokens that an issuer of OpenID Connect made (JWT, RFC 7519 and 8725): whether one is accepted now, and whom it speaks of. Never
//! what that caller may do beyond the scopes that are written there.
//!
//! | file | owns |
//! |---|---|
//! | `config.rs` | the settings |
//! | `signature.rs` | public keys and their signatures |
//! | `keyset.rs`, `fetch.rs` | which keys the issuer has now |
//!
//! Nothing of a token is believed before its signature holds, but which key to check it with. Addresses and keys inside a token
//! (`jku`, `jwk`, `x5u`) are never looked at.

mod config;
mod fetch;
mod keyset;
mod signature;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use creatorscope_kit::{clock::Clock, fault::Fault, role::BoxError};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tonic::Code;

pub use self::config::Oidc;
use self::{
    keyset::{KeySet, NoKey},
    signature::Algorithm,
};
use crate::{json::strict::Json, scope, store::is_tenant};

/// Longest token, in characters.
const LONGEST: usize = 16_384;
/// Longest name of a key, in characters.
const LONGEST_KID: usize = 512;
/// A subject up to this length names its caller as it is.
const LONGEST_SUBJECT: usize = 100;
/// Most tokens whose signatures are remembered.
const MAX_REMEMBERED: usize = 10_000;
/// What `typ` may be, in lower case: a token that is for something else (a logout, a proof) is none for this.
const TYPES: [&str; 4] = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"];

/// Why a token is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum BadToken {
    #[error("this gateway takes no tokens, it takes keys; `creatorscope key create` on its machine makes one")]
    NotTaken,
    #[error("the token cannot be read: {0}")]
    Malformed(&'static str),
    #[error("the token is signed in another way than is accepted here: {0}")]
    Algorithm(String),
    #[error("the token is not accepted: its signature does not hold")]
    Signature,
    #[error("the token is of another issuer; accepted is {0}")]
    Issuer(String),
    #[error("the token is for another audience; accepted is {0}")]
    Audience(String),
    #[error("the token is not accepted: its claim `{0}` is missing or not of its type")]
    Claim(String),
    #[error("the token has expired")]
    Expired,
    #[error("the token does not hold yet")]
    NotYet,
    #[error("the token names no tenant: its claim `{0}` must be 1 to 40 of a-z, 0-9 and -")]
    Tenant(String),
    #[error(
        "tokens cannot be checked now, because the keys of their issuer cannot be fetched; the log tells why, and keys are taken as ever"
    )]
    Unavailable,
}

impl Fault for BadToken {
    fn code(&self) -> Code {
        match self {
            Self::Unavailable => Code::Unavailable,
            _ => Code::Unauthenticated,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotTaken => "TOKENS_NOT_TAKEN",
            Self::Malformed(_) => "TOKEN_MALFORMED",
            Self::Expired => "TOKEN_EXPIRED",
            Self::NotYet => "TOKEN_NOT_YET_VALID",
            Self::Tenant(_) => "TOKEN_WITHOUT_TENANT",
            Self::Unavailable => "TOKENS_UNAVAILABLE",
            _ => "TOKEN_NOT_ACCEPTED",
        }
    }
}

/// Whom a token speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bearer {
    pub(crate) tenant: String,
    /// `oidc:` and the subject, or a hash of one that is long or has more than visible ASCII.
    pub(crate) key: String,
    /// Those of the token that open something.
    pub(crate) scopes: Vec<String>,
}

/// A token whose signature holds.
#[derive(Debug, Clone)]
struct Verified {
    bearer: Arc<Bearer>,
    /// Seconds since the epoch.
    expires: f64,
    /// Seconds since the epoch; the latest of what the token says.
    begins: f64,
    /// The generation of the keys that it was checked with.
    generation: u64,
}

/// The tokens of one issuer.
pub(crate) struct Tokens {
    settings: Oidc,
    algorithms: Vec<Algorithm>,
    keys: Arc<KeySet>,
    /// Every scope that a method asks for.
    known: Vec<String>,
    clock: Clock,
    /// By the hashes of tokens.
    remembered: Mutex<HashMap<[u8; 32], Verified>>,
}

impl Tokens {
    /// Takes tokens as the settings say. Errors: algorithms that are none.
    pub(crate) fn new(settings: Oidc, known: Vec<String>, clock: Clock) -> Result<Self, String> {
        let algorithms = settings.algorithms()?;
        let keys = Arc::new(KeySet::new(&settings, clock.clone()));
        Ok(Self { settings, algorithms, keys, known, clock, remembered: Mutex::default() })
    }

    /// The job that keeps the issuer's keys.
    pub(crate) fn keep(
        &self,
    ) -> impl FnOnce(CancellationToken) -> futures::future::BoxFuture<'static, Result<(), BoxError>> + Send + use<>
    {
        let keys = Arc::clone(&self.keys);
        move |stop| Box::pin(keys.keep(stop))
    }

    /// Whom the token speaks of, when it is accepted now. Errors: why it is not.
    pub(crate) async fn accept(&self, text: &str) -> Result<Arc<Bearer>, BadToken> {
        let token = Token::parse(text)?;
        let hash = hash(text);
        let verified = match self.recall(&hash) {
            Some(verified) => verified,
            None => {
                let verified = self.verify(&token).await?;
                self.remember(hash, verified.clone());
                verified
            }
        };
        let (now, leeway) = (seconds(self.clock.now()), self.settings.leeway().as_secs_f64());
        if now >= verified.expires + leeway {
            return Err(BadToken::Expired);
        }
        if now < verified.begins - leeway {
            return Err(BadToken::NotYet);
        }
        Ok(verified.bearer)
    }

    /// Checks the signature, and then what is signed, but for the time.
    async fn verify(&self, token: &Token<'_>) -> Result<Verified, BadToken> {
        let algorithm = Algorithm::of(&token.algorithm).filter(|algorithm| self.algorithms.contains(algorithm));
        let algorithm = algorithm
            .ok_or_else(|| BadToken::Algorithm(format!("accepted are {}", Algorithm::names(&self.algorithms))))?;
        let (keys, generation) = self.keys.find(token.kid.as_deref(), algorithm).await.map_err(|none| match none {
            // Which keys the issuer has is public, but nothing is gained by telling.
            NoKey::Unknown => BadToken::Signature,
            NoKey::Unavailable => BadToken::Unavailable,
        })?;
        if !keys.iter().any(|key| key.verifies(algorithm, token.signed.as_bytes(), &token.signature)) {
            return Err(BadToken::Signature);
        }
        let claims = Claims::read(token.claims)?;
        if claims.text("iss")? != self.settings.issuer {
            return Err(BadToken::Issuer(self.settings.issuer.clone()));
        }
        let audience = claims.texts("aud")?.ok_or_else(|| BadToken::Claim("aud".to_owned()))?;
        if !self.settings.audiences().any(|ours| audience.contains(&ours)) {
            return Err(BadToken::Audience(self.settings.audience.clone()));
        }
        let expires = claims.time("exp")?.ok_or_else(|| BadToken::Claim("exp".to_owned()))?;
        let begins = claims.time("nbf")?.unwrap_or(f64::MIN).max(claims.time("iat")?.unwrap_or(f64::MIN));
        let bearer =
            Bearer { tenant: self.tenant(&claims)?, key: key_id(claims.text("sub")?), scopes: self.scopes(&claims)? };
        Ok(Verified { bearer: Arc::new(bearer), expires, begins, generation })
    }

    fn tenant(&self, claims: &Claims) -> Result<String, BadToken> {
        let (name, default) = (&self.settings.tenant_claim, &self.settings.default_tenant);
        match claims.get(name) {
            None if !default.is_empty() => Ok(default.clone()),
            Some(Json::Text(tenant)) if is_tenant(tenant) => Ok(tenant.clone()),
            _ => Err(BadToken::Tenant(name.clone())),
        }
    }

    /// The scopes that open something, without the prefix that the issuer gives them.
    fn scopes(&self, claims: &Claims) -> Result<Vec<String>, BadToken> {
        let found = match claims.get(&self.settings.scope_claim) {
            Some(Json::Text(list)) => list.split_whitespace().collect(),
            _ => claims.texts(&self.settings.scope_claim)?.unwrap_or_default(),
        };
        let ours = found.into_iter().filter_map(|scope| scope.strip_prefix(&self.settings.scope_prefix));
        Ok(scope::known_among(ours, &self.known))
    }

    fn recall(&self, hash: &[u8; 32]) -> Option<Verified> {
        let generation = self.keys.generation()?;
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.get(hash).filter(|verified| verified.generation == generation).cloned()
    }

    /// Only tokens that were signed come here, so nobody can push others out with made-up ones.
    fn remember(&self, hash: [u8; 32], verified: Verified) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MAX_REMEMBERED {
            let now = seconds(self.clock.now());
            remembered.retain(|_, held| held.generation == verified.generation && held.expires > now);
        }
        if remembered.len() < MAX_REMEMBERED {
            remembered.insert(hash, verified);
        }
    }
}

/// A token that was taken apart, of which nothing is believed yet.
#[derive(Debug)]
struct Token<'a> {
    algorithm: String,
    kid: Option<String>,
    /// What the signature is over.
    signed: &'a str,
    /// The claims, as they stand there.
    claims: &'a str,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    fn parse(text: &'a str) -> Result<Self, BadToken> {
        if text.len() > LONGEST {
            return Err(BadToken::Malformed("it is longer than 16384 characters"));
        }
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            return Err(BadToken::Malformed("it does not have three parts"));
        };
        let signed = &text[..header.len() + 1 + claims.len()];
        let header = Claims::read(header)?;
        if header.get("crit").is_some() {
            return Err(BadToken::Malformed("it has extensions that are not known here"));
        }
        let is_type = |kind: &str| TYPES.contains(&kind.to_ascii_lowercase().as_str());
        match header.get("typ") {
            None => {}
            Some(Json::Text(kind)) if is_type(kind) => {}
            Some(_) => return Err(BadToken::Malformed("its type is neither JWT nor at+jwt")),
        }
        let kid = match header.get("kid") {
            None => None,
            Some(Json::Text(kid)) if kid.len() <= LONGEST_KID => Some(kid.clone()),
            Some(_) => return Err(BadToken::Malformed("its `kid` is not a text of up to 512 characters")),
        };
        let Some(Json::Text(algorithm)) = header.get("alg") else {
            return Err(BadToken::Malformed("it has no `alg`"));
        };
        let signature =
            URL_SAFE_NO_PAD.decode(signature).map_err(|_| BadToken::Malformed("its signature is not base64url"))?;
        Ok(Self { algorithm: algorithm.clone(), kid, signed, claims, signature })
    }
}

/// A part of a token: an object without a key twice.
struct Claims(Vec<(String, Json)>);

impl Claims {
    fn read(text: &str) -> Result<Self, BadToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadToken::Malformed("a part of it is not base64url"))?;
        match Json::parse(&bytes) {
            Ok(Json::Object(pairs)) => Ok(Self(pairs)),
            _ => Err(BadToken::Malformed("a part of it is not a JSON object, or has a name twice")),
        }
    }

    fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A text that is there and not empty.
    fn text(&self, name: &str) -> Result<&str, BadToken> {
        match self.get(name) {
            Some(Json::Text(text)) if !text.is_empty() => Ok(text),
            _ => Err(BadToken::Claim(name.to_owned())),
        }
    }

    /// A text or a list of texts.
    fn texts(&self, name: &str) -> Result<Option<Vec<&str>>, BadToken> {
        let wrong = || BadToken::Claim(name.to_owned());
        match self.get(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(vec![text])),
            Some(Json::List(items)) => {
                let texts = items.iter().map(|item| match item {
                    Json::Text(text) => Ok(text.as_str()),
                    _ => Err(wrong()),
                });
                texts.collect::<Result<_, _>>().map(Some)
            }
            Some(_) => Err(wrong()),
        }
    }

    /// Seconds since the epoch (`NumericDate`), with a fraction or without.
    fn time(&self, name: &str) -> Result<Option<f64>, BadToken> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Number(number)) => {
                let seconds = number.as_f64().filter(|seconds| seconds.is_finite());
                seconds.map(Some).ok_or_else(|| BadToken::Claim(name.to_owned()))
            }
            Some(_) => Err(BadToken::Claim(name.to_owned())),
        }
    }
}

fn seconds(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

fn hash(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

/// What names the caller in counts and logs: bounded, and no two subjects alike.
fn key_id(subject: &str) -> String {
    let plain = subject.len() <= LONGEST_SUBJECT && subject.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { format!("oidc:{subject}") } else { format!("oidc:sha256:{}", URL_SAFE_NO_PAD.encode(hash(subject))) }
}

/// Whether any text can be taken apart as a token, for fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn can_be_read(text: &str) -> bool {
    Token::parse(text).is_ok_and(|token| Claims::read(token.claims).is_ok())
}

/// Whether bytes are a JWK set; no key of it takes a signature that is none. For fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn are_keys(bytes: &[u8]) -> bool {
    let Ok(keys) = signature::read(bytes) else { return false };
    for key in &keys {
        for algorithm in Algorithm::ALL {
            assert!(!key.verifies(algorithm, b"signed", &[1; 64]), "nobody signed this");
        }
    }
    true
}

#[cfg(test)]
pub(crate) mod tests;

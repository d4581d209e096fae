//! Owns who calls, as roles see it: an identity that the front door signs and that is checked before every role. Never who may
//! do what.
//!
//! The identity travels in one header: what is said, and an HMAC-SHA256 of it under a secret that all roles share. It is valid
//! for [`LIFETIME`] from when a call begins; a stream that began in time goes on. Roles that call one another sign as themselves,
//! with the id of the request for which they call.
//!
//! ```
//! use creatorscope_kit::{caller::{Caller, Identity}, clock::Clock};
//! let identity = Identity::generated(Clock::system()).unwrap();
//! let caller = Caller::role("metrics");
//! let mut headers = http::HeaderMap::new();
//! identity.sign(&caller, &mut headers);
//! assert_eq!(identity.read(&headers).unwrap(), caller);
//! assert!(Identity::generated(Clock::system()).unwrap().read(&headers).is_err());
//! ```

#[cfg(test)]
mod tests;

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tonic::{Code, Request, Status, body::Body};
use tower::ServiceExt;
use tracing::info;

use crate::{
    clock::Clock,
    config::Problems,
    db::Secret,
    fault::{Fault, status},
    onward::Onward,
    transport::{Transport, service},
};

/// The header of a signed identity. The front door drops what comes from outside under this name.
pub const IDENTITY: &str = "x-creatorscope-identity";
/// How long a call may begin after it was signed, in seconds.
pub const LIFETIME: i64 = 60;
/// How much the clocks of two machines may differ, in seconds.
pub const SKEW: i64 = 60;
/// Fewest characters of a secret: as many as 32 random bytes have in hexadecimal digits is better.
const SHORTEST: usize = 32;
/// What is signed begins with this, so that the secret's signatures mean nothing elsewhere.
const PURPOSE: &str = "creatorscope identity 1:";
/// What everybody may ask of a role: tools that look after it have no identity.
const OPEN: [&str; 2] = ["/grpc.health.", "/grpc.reflection."];

/// Who calls. Roles find it in the extensions of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Whose data the caller sees, where data belongs to somebody; empty for a role.
    pub tenant: String,
    /// The id of the key, `anonymous` where no keys are asked for, or `role:` and the name of a role.
    pub key: String,
    /// What the caller may do, e.g. `metrics.read`, `metrics.*` or `*`.
    pub scopes: Vec<String>,
    /// The id of the request at the front door; empty when a role calls of its own accord.
    pub request_id: String,
}

impl Caller {
    /// A role that calls another one.
    pub fn role(name: &str) -> Self {
        Self {
            tenant: String::new(),
            key: format!("role:{name}"),
            scopes: vec!["*".to_owned()],
            request_id: String::new(),
        }
    }

    /// Who sent a request that passed [`Identity::guard`]. Errors: it did not pass.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Status> {
        request.extensions().get::<Self>().cloned().ok_or_else(|| status(&Unidentified::Missing))
    }
}

/// Why a role answers nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unidentified {
    /// The call came past the front door.
    #[error("roles answer calls that the gateway or another role has signed; call the gateway")]
    Missing,
    /// Made with another secret, or changed.
    #[error("the identity of the caller does not hold; all roles need the same identity.secret")]
    Wrong,
    /// Out of its time.
    #[error("the identity of the caller is out of its time; the clocks of the roles must agree within {SKEW} s")]
    OutOfTime,
}

impl Fault for Unidentified {
    fn code(&self) -> Code {
        Code::Unauthenticated
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "IDENTITY_MISSING",
            Self::Wrong => "IDENTITY_NOT_ACCEPTED",
            Self::OutOfTime => "IDENTITY_OUT_OF_TIME",
        }
    }
}

/// The machine gives no randomness.
#[derive(Debug, Error)]
#[error("no secret can be made: the machine gives no randomness")]
pub struct NoRandomness;

/// What is signed.
#[derive(Serialize, Deserialize)]
struct Said {
    #[serde(flatten)]
    caller: Caller,
    /// Until when a call may begin, in seconds since the epoch.
    expires: i64,
}

/// Signs identities and checks them. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    /// The first signs, all are accepted.
    keys: Arc<[hmac::Key]>,
    clock: Clock,
}

impl Identity {
    /// With a shared secret: one, or several with commas between them while it is changed; the first signs, all are accepted.
    pub fn new(secret: &Secret, clock: Clock) -> Self {
        let keys = parts(secret).map(|part| hmac::Key::new(hmac::HMAC_SHA256, part.as_bytes())).collect();
        Self { keys, clock }
    }

    /// With a secret that nobody else knows, for roles of one process. Errors: the machine gives no randomness.
    pub fn generated(clock: Clock) -> Result<Self, NoRandomness> {
        let mut secret = [0; 32];
        SystemRandom::new().fill(&mut secret).map_err(|_| NoRandomness)?;
        Ok(Self { keys: Arc::new([hmac::Key::new(hmac::HMAC_SHA256, &secret)]), clock })
    }

    /// Tells what is wrong with a secret that is not empty.
    pub fn check(secret: &Secret, problems: &mut Problems) {
        if parts(secret).any(|part| part.chars().count() < SHORTEST) {
            problems.add(format!(
                "identity.secret: is shorter than {SHORTEST} characters; make one with `openssl rand -hex 32`"
            ));
        }
    }

    /// Puts the caller's identity among the headers, in the place of one that is there.
    pub fn sign(&self, caller: &Caller, headers: &mut HeaderMap) {
        headers.remove(IDENTITY);
        let expires = self.clock.now().as_second() + LIFETIME;
        let said = serde_json::to_vec(&Said { caller: caller.clone(), expires }).unwrap_or_default();
        let Some(key) = self.keys.first() else { return };
        let said = URL_SAFE_NO_PAD.encode(said);
        let tag = hmac::sign(key, format!("{PURPOSE}{said}").as_bytes());
        if let Ok(value) = HeaderValue::from_str(&format!("{said}.{}", URL_SAFE_NO_PAD.encode(tag))) {
            headers.insert(IDENTITY, value);
        }
    }

    /// Reads the identity among the headers. Errors: none is there, it does not hold, or not any more.
    pub fn read(&self, headers: &HeaderMap) -> Result<Caller, Unidentified> {
        let mut values = headers.get_all(IDENTITY).iter();
        let value = values.next().ok_or(Unidentified::Missing)?;
        let text = value.to_str().ok().filter(|_| values.next().is_none()).ok_or(Unidentified::Wrong)?;
        let (said, tag) = text.split_once('.').ok_or(Unidentified::Wrong)?;
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| Unidentified::Wrong)?;
        let signed = format!("{PURPOSE}{said}");
        // `hmac::verify` takes the same time wherever the tags differ.
        if !self.keys.iter().any(|key| hmac::verify(key, signed.as_bytes(), &tag).is_ok()) {
            return Err(Unidentified::Wrong);
        }
        let said = URL_SAFE_NO_PAD.decode(said).map_err(|_| Unidentified::Wrong)?;
        let Said { caller, expires } = serde_json::from_slice(&said).map_err(|_| Unidentified::Wrong)?;
        let left = expires - self.clock.now().as_second();
        if (-SKEW..=LIFETIME + SKEW).contains(&left) { Ok(caller) } else { Err(Unidentified::OutOfTime) }
    }

    /// A role behind this answers only calls with an identity, and health and reflection.
    pub fn guard(&self, inner: Transport) -> Transport {
        let identity = self.clone();
        service(move |mut request: http::Request<Body>| {
            let (identity, inner) = (identity.clone(), inner.clone());
            async move {
                if !OPEN.iter().any(|start| request.uri().path().starts_with(start)) {
                    let caller = identity.read(request.headers()).map_err(|refusal| {
                        info!(reason = refusal.reason(), "a call without the identity of a caller is refused");
                        status(&refusal)
                    })?;
                    request.extensions_mut().insert(caller);
                }
                request.headers_mut().remove(IDENTITY);
                inner.oneshot(request).await
            }
        })
    }

    /// Calls to this peer are signed as the role of this name, with the id of the request for which they are made.
    pub fn speak_as(&self, name: &str, peer: Transport) -> Transport {
        let (identity, role) = (self.clone(), Arc::new(Caller::role(name)));
        service(move |mut request: http::Request<Body>| {
            match Onward::current().and_then(|onward| onward.request_id?.to_str().ok().map(str::to_owned)) {
                Some(request_id) => {
                    identity.sign(&Caller { request_id, ..Caller::clone(&role) }, request.headers_mut());
                }
                None => identity.sign(&role, request.headers_mut()),
            }
            peer.clone().oneshot(request)
        })
    }
}

fn parts(secret: &Secret) -> impl Iterator<Item = &str> {
    secret.reveal().split(',').map(str::trim).filter(|part| !part.is_empty())
}

//! Owns who comes in: keys, scopes, and the identity that services are shown. Never what a call means, and never whether what
//! it asks for exists: who may not ask is refused before anything is looked up.

use std::sync::Arc;

use creatorscope_kit::{
    caller::{Caller, IDENTITY, Identity},
    clock::Clock,
    fault::Fault,
    layers::REQUEST_ID,
};
use http::{HeaderMap, header};
use thiserror::Error;
use tonic::{Code, Status};

use crate::{
    audit::Audit,
    books::Open,
    desk::Asked,
    fair::Fair,
    jwt::{BadToken, Tokens},
    key::{ApiKey, BadKey, Environment},
    keys::{Keys, Refused},
    policy::Method,
    scope::covers,
};

/// Where a key may stand besides `authorization: Bearer KEY`.
const API_KEY: &str = "x-api-key";
/// Who calls where no keys are asked for.
const ANONYMOUS: &str = "anonymous";
/// Whose data they see.
const DEFAULT_TENANT: &str = "default";

/// Why somebody does not come in.
#[derive(Debug, Error)]
pub(crate) enum DoorError {
    #[error(
        "a key is needed: send `authorization: Bearer KEY` or `x-api-key: KEY`; `creatorscope key create` on the machine of the \
         gateway makes one, and commands of creatorscope read it from CREATORSCOPE_KEY"
    )]
    Missing,
    #[error("{0}")]
    Malformed(BadKey),
    #[error("the authorization is not of the form `Bearer KEY`")]
    Scheme,
    #[error("there is more than one key; send one")]
    Several,
    #[error("the key is of another environment; here are keys that begin with cs_{0}_")]
    OtherEnvironment(Environment),
    #[error("the key is not accepted: it is unknown, expired or revoked")]
    NotAccepted,
    #[error("keys cannot be looked up now")]
    Unavailable(#[source] creatorscope_kit::db::DbError),
    #[error(transparent)]
    Token(#[from] BadToken),
    #[error("the key has no scope for this; {method} needs `{scope}`")]
    Scope { method: String, scope: String },
}

impl Fault for DoorError {
    fn code(&self) -> Code {
        match self {
            Self::Scope { .. } => Code::PermissionDenied,
            Self::Unavailable(_) => Code::Unavailable,
            Self::Token(token) => token.code(),
            _ => Code::Unauthenticated,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "KEY_MISSING",
            Self::Malformed(_) | Self::Scheme | Self::Several => "KEY_MALFORMED",
            Self::OtherEnvironment(_) => "KEY_OF_OTHER_ENVIRONMENT",
            Self::NotAccepted => "KEY_NOT_ACCEPTED",
            Self::Unavailable(_) => "KEYS_UNAVAILABLE",
            Self::Token(token) => token.reason(),
            Self::Scope { .. } => "SCOPE_MISSING",
        }
    }

    fn metadata(&self) -> Vec<(String, String)> {
        match self {
            Self::Scope { scope, .. } => vec![("scope".to_owned(), scope.clone())],
            _ => Vec::new(),
        }
    }
}

/// How callers are told apart.
pub(crate) enum Callers {
    /// Not at all: everybody on this machine may do everything.
    Anyone,
    /// By their keys, and by tokens where an issuer of them is set.
    Known { keys: Keys, tokens: Option<Box<Tokens>> },
}

/// Who calls, and what a key has beside that.
pub(crate) struct Known {
    pub(crate) caller: Caller,
    /// What the key may cost a month, in units; 0 for no limit, none for what the settings say.
    pub(crate) monthly_quota: Option<i64>,
}

impl From<Caller> for Known {
    fn from(caller: Caller) -> Self {
        Self { caller, monthly_quota: None }
    }
}

/// The way in.
pub(crate) struct Door {
    pub(crate) callers: Callers,
    pub(crate) identity: Identity,
    pub(crate) fair: Arc<Fair>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) open: Open,
    pub(crate) clock: Clock,
    /// Whether health is told without a key.
    pub(crate) open_health: bool,
    /// Whether the contract is told without a key: reflection, `/docs`, `/openapi.json`.
    pub(crate) open_contract: bool,
}

impl Door {
    /// Who sends these headers. Errors: nobody that is known, all with `UNAUTHENTICATED`; keys cannot be looked up.
    pub(crate) async fn known(&self, headers: &HeaderMap) -> Result<Known, DoorError> {
        let request_id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        let Callers::Known { keys, tokens } = &self.callers else {
            let (tenant, key) = (DEFAULT_TENANT.to_owned(), ANONYMOUS.to_owned());
            return Ok(Caller { tenant, key, scopes: vec!["*".to_owned()], request_id }.into());
        };
        let text = match credential(headers)? {
            Credential::Key(text) => text,
            Credential::Token(text) => {
                let tokens = tokens.as_ref().ok_or(BadToken::NotTaken)?;
                let bearer = tokens.accept(text).await?;
                let (tenant, key, scopes) = (bearer.tenant.clone(), bearer.key.clone(), bearer.scopes.clone());
                return Ok(Caller { tenant, key, scopes, request_id }.into());
            }
        };
        let key = ApiKey::parse(text).map_err(DoorError::Malformed)?;
        let stored = keys.accept(&key).await.map_err(|refused| match refused {
            Refused::OtherEnvironment(here) => DoorError::OtherEnvironment(here),
            Refused::NotAccepted => DoorError::NotAccepted,
            Refused::Unavailable(cause) => {
                tracing::error!(cause = creatorscope_kit::fault::causes(&cause), "keys cannot be looked up");
                DoorError::Unavailable(cause)
            }
        })?;
        let (tenant, key, scopes) = (stored.tenant.clone(), stored.id.clone(), stored.scopes.clone());
        Ok(Known { caller: Caller { tenant, key, scopes, request_id }, monthly_quota: stored.monthly_quota })
    }

    /// Whether the caller may call the method. Errors: `PERMISSION_DENIED`.
    pub(crate) fn permit(&self, caller: &Caller, method: &Method) -> Result<(), DoorError> {
        if covers(&caller.scopes, &method.scope) {
            return Ok(());
        }
        let (method, scope) = (method.descriptor.name().to_owned(), method.scope.clone());
        Err(DoorError::Scope { method, scope })
    }

    /// Whether health and reflection answer this request. Errors: as [`Door::admit`].
    pub(crate) async fn own(self: &Arc<Self>, service: &str, asked: &Asked<'_>) -> Result<(), Status> {
        let is_health = service.starts_with("grpc.health.");
        if (is_health && self.open_health) || (!is_health && self.open_contract) {
            return Ok(());
        }
        self.admit(asked).await.map(|mut ticket| ticket.end(Code::Ok))
    }

    /// Shows services who calls, in the place of what the caller brought.
    pub(crate) fn introduce(&self, caller: &Caller, headers: &mut HeaderMap) {
        strip(headers);
        self.identity.sign(caller, headers);
    }
}

/// Takes keys away, and an identity that somebody made up.
pub(crate) fn strip(headers: &mut HeaderMap) {
    for name in [header::AUTHORIZATION.as_str(), API_KEY, IDENTITY] {
        headers.remove(name);
    }
}

/// What somebody shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    Key(&'a str),
    /// Something with two dots behind `Bearer`.
    Token(&'a str),
}

impl<'a> Credential<'a> {
    fn bearer(text: &'a str) -> Self {
        let is_token = !text.starts_with("cs_") && text.bytes().filter(|byte| *byte == b'.').count() == 2;
        if is_token { Self::Token(text) } else { Self::Key(text) }
    }
}

/// The one key or token among the headers.
pub(crate) fn credential(headers: &HeaderMap) -> Result<Credential<'_>, DoorError> {
    let bearers = headers.get_all(header::AUTHORIZATION).iter().map(|value| {
        let (scheme, key) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(DoorError::Scheme)?;
        if scheme.eq_ignore_ascii_case("bearer") { Ok(Credential::bearer(key.trim())) } else { Err(DoorError::Scheme) }
    });
    let plain = headers.get_all(API_KEY).iter().map(|value| {
        let text = value.to_str().map(str::trim).map_err(|_| DoorError::Malformed(BadKey::Beginning));
        text.map(Credential::Key)
    });
    let mut found = bearers.chain(plain);
    let key = found.next().ok_or(DoorError::Missing)??;
    if found.next().is_some() { Err(DoorError::Several) } else { Ok(key) }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_key_stands_in_one_of_two_places() {
        assert_eq!(credential(&headers(&[("authorization", "Bearer abc")])).expect("a key"), Credential::Key("abc"));
        assert_eq!(credential(&headers(&[("authorization", "bearer abc")])).expect("a key"), Credential::Key("abc"));
        assert_eq!(credential(&headers(&[("x-api-key", "abc")])).expect("a key"), Credential::Key("abc"));
        let token = [("authorization", "Bearer a.b.c")];
        assert_eq!(credential(&headers(&token)).expect("a token"), Credential::Token("a.b.c"));
        for key in ["cs_live_a.b.c", "a.b", "a.b.c.d"] {
            assert_eq!(Credential::bearer(key), Credential::Key(key));
        }
        assert!(matches!(credential(&headers(&[])), Err(DoorError::Missing)));
        assert!(matches!(credential(&headers(&[("authorization", "Basic abc")])), Err(DoorError::Scheme)));
        assert!(matches!(credential(&headers(&[("authorization", "abc")])), Err(DoorError::Scheme)));
        let both = headers(&[("authorization", "Bearer abc"), ("x-api-key", "abc")]);
        assert!(matches!(credential(&both), Err(DoorError::Several)));
    }
}

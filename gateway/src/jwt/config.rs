//! Owns the settings of tokens: who makes them, for whom, what their claims are called. Never a key.

use creatorscope_kit::config::Problems;
use http::Uri;
use jiff::SignedDuration;
use serde::Deserialize;

use super::signature::Algorithm;
use crate::{Auth, store::is_tenant};

/// `[oidc]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Oidc {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) jwks_url: String,
    pub(super) algorithms: String,
    pub(super) tenant_claim: String,
    pub(super) default_tenant: String,
    pub(super) scope_claim: String,
    pub(super) scope_prefix: String,
    pub(super) leeway_seconds: u32,
    pub(super) jwks_seconds: u32,
    pub(super) jwks_stale_seconds: u32,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            audience: String::new(),
            jwks_url: String::new(),
            algorithms: "RS256, PS256, ES256, EdDSA".to_owned(),
            tenant_claim: "tenant".to_owned(),
            default_tenant: String::new(),
            scope_claim: "scope".to_owned(),
            scope_prefix: String::new(),
            leeway_seconds: 60,
            jwks_seconds: 3_600,
            jwks_stale_seconds: 86_400,
        }
    }
}

impl Oidc {
    /// Whether tokens are taken.
    pub fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }

    /// Tells every setting that is out of its range.
    pub fn check(&self, auth: Auth, problems: &mut Problems) {
        if !self.is_on() {
            return;
        }
        if auth == Auth::Off {
            problems.add("oidc.issuer: is set, but with gateway.auth=off nobody is asked for a token; accepted is gateway.auth=keys");
        }
        let url = "accepted are https addresses, and http on loopback";
        if !is_safe(&self.issuer) {
            problems.add(format!("oidc.issuer: `{}`; {url}", self.issuer));
        }
        if !self.jwks_url.is_empty() && !is_safe(&self.jwks_url) {
            problems.add(format!("oidc.jwks_url: `{}`; {url}", self.jwks_url));
        }
        if self.audiences().next().is_none() {
            problems.add("oidc.audience: must be set with oidc.issuer, or tokens for others would be taken");
        }
        if let Err(unknown) = self.algorithms() {
            problems.add(format!("oidc.algorithms: `{unknown}`; accepted are {}", Algorithm::names(&Algorithm::ALL)));
        }
        if self.tenant_claim.is_empty() || self.scope_claim.is_empty() {
            problems.add("oidc.tenant_claim, oidc.scope_claim: must name claims");
        }
        if !self.default_tenant.is_empty() && !is_tenant(&self.default_tenant) {
            problems
                .add(format!("oidc.default_tenant: `{}`; accepted are 1 to 40 of a-z, 0-9 and -", self.default_tenant));
        }
        problems.range("oidc.leeway_seconds", self.leeway_seconds, 0..=600);
        problems.range("oidc.jwks_seconds", self.jwks_seconds, 60..=86_400);
        problems.range("oidc.jwks_stale_seconds", self.jwks_stale_seconds, 0..=2_592_000);
    }

    /// Whom tokens may be for; one of them is enough.
    pub(super) fn audiences(&self) -> impl Iterator<Item = &str> {
        self.audience.split(',').map(str::trim).filter(|audience| !audience.is_empty())
    }

    /// How tokens may be signed. Errors: what stands there and is none, or an empty list.
    pub(super) fn algorithms(&self) -> Result<Vec<Algorithm>, String> {
        let names = self.algorithms.split(',').map(str::trim).filter(|name| !name.is_empty());
        let found: Vec<Algorithm> =
            names.map(|name| Algorithm::of(name).ok_or_else(|| name.to_owned())).collect::<Result<_, _>>()?;
        if found.is_empty() { Err(String::new()) } else { Ok(found) }
    }

    /// How much the clock of the issuer may differ, up to 10 minutes.
    pub(super) fn leeway(&self) -> SignedDuration {
        SignedDuration::from_secs(self.leeway_seconds.into())
    }

    /// How long keys are used before they are fetched again, 1 minute to 1 day.
    pub(super) fn refresh(&self) -> SignedDuration {
        SignedDuration::from_secs(self.jwks_seconds.into())
    }

    /// How long keys are used beyond that while the issuer does not answer, up to 30 days.
    pub(super) fn stale(&self) -> SignedDuration {
        SignedDuration::from_secs(self.jwks_stale_seconds.into())
    }
}

/// Whether what is fetched from here is what the host sent: https, or a host that is this machine.
pub(super) fn is_safe(address: &str) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return false };
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    has_host && (uri.scheme_str() == Some("https") || (uri.scheme_str() == Some("http") && is_loopback(&uri)))
}

/// Whether the host is this machine.
pub(super) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(change: impl FnOnce(&mut Oidc)) -> String {
        let mut oidc = Oidc {
            issuer: "https://login.example.com/".to_owned(),
            audience: "https://scope.example.com".to_owned(),
            ..Oidc::default()
        };
        change(&mut oidc);
        let mut problems = Problems::default();
        oidc.check(Auth::Keys, &mut problems);
        problems.check().err().map(|problems| problems.to_string()).unwrap_or_default()
    }

    #[test]
    fn only_addresses_that_cannot_be_read_along_and_signatures_of_key_pairs_are_accepted() {
        assert_eq!(told(|_| {}), "");
        assert_eq!(told(|oidc| oidc.jwks_url = "http://127.0.0.1:9/jwks".to_owned()), "");
        assert_eq!(told(|oidc| oidc.jwks_url = "http://[::1]:9/jwks".to_owned()), "");
        for wrong in ["http://login.example.com/jwks", "file:///etc/passwd", "login.example.com", "https://"] {
            assert!(told(|oidc| oidc.jwks_url = wrong.to_owned()).contains("oidc.jwks_url"), "{wrong}");
            assert!(told(|oidc| oidc.issuer = wrong.to_owned()).contains("oidc.issuer"), "{wrong}");
        }
        for wrong in ["none", "HS256", "RS256, HS512", "", ","] {
            assert!(told(|oidc| oidc.algorithms = wrong.to_owned()).contains("oidc.algorithms"), "{wrong}");
        }
        assert!(told(|oidc| oidc.audience = " , ".to_owned()).contains("oidc.audience"));
        assert!(told(|oidc| oidc.default_tenant = "Lumo".to_owned()).contains("oidc.default_tenant"));
        assert!(told(|oidc| oidc.leeway_seconds = 601).contains("oidc.leeway_seconds"));
        let mut problems = Problems::default();
        Oidc::default().check(Auth::Off, &mut problems);
        assert!(problems.check().is_ok(), "without an issuer nothing is asked for");
    }
}

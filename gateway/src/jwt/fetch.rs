//! Owns the asking of an issuer for its keys over HTTP, bounded in time and size. Never what is kept of them.

use std::time::Duration;

use creatorscope_kit::task;
use http::{Uri, header};
use jiff::SignedDuration;
use serde::Deserialize;
use ureq::Agent;

use super::{
    config::{is_loopback, is_safe},
    signature::{PublicKey, read},
};

/// How long one answer may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// The longest answer, in bytes.
const LARGEST: u64 = 256 << 10;

/// Where the keys of an issuer are.
#[derive(Clone)]
pub(super) struct Source {
    issuer: String,
    /// Empty: the issuer's own description tells.
    jwks_url: String,
}

/// What an issuer says of itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Deserialize)]
struct Description {
    issuer: String,
    jwks_uri: String,
}

impl Source {
    pub(super) fn new(issuer: &str, jwks_url: &str) -> Self {
        Self { issuer: issuer.to_owned(), jwks_url: jwks_url.to_owned() }
    }

    /// The keys of now, and how long the issuer says that they may be used. Errors: what went wrong, for the log.
    pub(super) async fn fetch(&self) -> Result<(Vec<PublicKey>, Option<SignedDuration>), String> {
        let source = self.clone();
        task::blocking(move || source.ask()).await.map_err(|error| error.to_string())?
    }

    fn ask(&self) -> Result<(Vec<PublicKey>, Option<SignedDuration>), String> {
        let address = if self.jwks_url.is_empty() { self.discover()? } else { self.jwks_url.clone() };
        let (bytes, max_age) = get(&address)?;
        Ok((read(&bytes).map_err(|why| format!("{address} {why}"))?, max_age))
    }

    /// Where the issuer says that its keys are.
    fn discover(&self) -> Result<String, String> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let (bytes, _) = get(&address)?;
        let told: Description = serde_json::from_slice(&bytes)
            .map_err(|error| format!("{address} is no description of an issuer: {error}"))?;
        if told.issuer != self.issuer {
            return Err(format!("{address} speaks of the issuer `{}`, not of `{}`", told.issuer, self.issuer));
        }
        if !is_safe(&told.jwks_uri) {
            return Err(format!("{address} leads to `{}`, which is neither https nor on loopback", told.jwks_uri));
        }
        Ok(told.jwks_uri)
    }
}

/// The body of a 200, and for how long it may be used again.
fn get(address: &str) -> Result<(Vec<u8>, Option<SignedDuration>), String> {
    let uri: Uri = address.parse().map_err(|error| format!("{address}: {error}"))?;
    // A redirect could lead to where a setting would not; a proxy knows nothing of this machine's loopback.
    let config = Agent::config_builder()
        .timeout_global(Some(DEADLINE))
        .http_status_as_error(false)
        .max_redirects(0)
        .https_only(!is_loopback(&uri));
    let config = if is_loopback(&uri) { config.proxy(None) } else { config };
    let agent: Agent = config.build().into();
    let mut response = agent.get(address).call().map_err(|error| format!("{address}: {error}"))?;
    if response.status() != 200 {
        return Err(format!("{address} answered {}", response.status()));
    }
    let told = response.headers().get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok()).and_then(max_age);
    let bytes = response.body_mut().with_config().limit(LARGEST).read_to_vec();
    Ok((bytes.map_err(|error| format!("{address}: {error}"))?, told))
}

/// `max-age` of `Cache-Control`; none when it says nothing of the kind.
fn max_age(told: &str) -> Option<SignedDuration> {
    let mut parts = told.split(',').map(|part| part.trim().to_ascii_lowercase());
    parts.find_map(|part| match part.as_str() {
        "no-store" | "no-cache" => Some(SignedDuration::ZERO),
        other => {
            let seconds: u32 = other.strip_prefix("max-age=")?.trim_matches('"').parse().ok()?;
            Some(SignedDuration::from_secs(seconds.into()))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_says_how_long_its_keys_may_be_used() {
        let cases = [
            ("max-age=900", Some(900)),
            ("public, Max-Age=19800, must-revalidate", Some(19_800)),
            ("max-age=\"60\"", Some(60)),
            ("no-store", Some(0)),
            ("public", None),
            ("max-age=-1", None),
            ("max-age=soon", None),
        ];
        for (told, expected) in cases {
            assert_eq!(max_age(told), expected.map(SignedDuration::from_secs), "{told}");
        }
    }
}

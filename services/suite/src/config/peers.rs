//! Owns the settings of how roles reach one another: where, and with which certificates. Never a call.

use std::{path::PathBuf, time::Duration};

use creatorscope_kit::{
    config::Problems,
    tls::TlsFiles,
    transport::{CallTls, Calling},
};
use serde::Deserialize;

use crate::compose::RoleName;

/// `[peers]`
#[derive(Debug, Clone, Deserialize)]
pub struct Peers {
    discovery: String,
    metrics: String,
    scoring: String,
    campaign: String,
    pub(super) resolve_seconds: u32,
    pub(super) connections: u32,
}

impl Peers {
    /// How roles elsewhere are called.
    pub fn calling(&self, tls: &RoleTls) -> Calling {
        let shown = || (tls.certificate.clone(), tls.key.clone());
        Calling {
            tls: CallTls { ca: tls.is_on().then(|| tls.ca.clone()), shown: tls.is_on().then(shown) },
            resolve_every: Duration::from_secs(self.resolve_seconds.into()),
            connections: usize::try_from(self.connections).unwrap_or(1),
        }
    }

    fn named(&self) -> [(&'static str, &str); 4] {
        let Self { discovery, metrics, scoring, campaign, .. } = self;
        [("discovery", discovery), ("metrics", metrics), ("scoring", scoring), ("campaign", campaign)]
    }

    /// The addresses of a role elsewhere; the gateway is nobody's peer.
    pub fn of(&self, role: RoleName) -> &str {
        match role {
            RoleName::Gateway => "",
            RoleName::Discovery => &self.discovery,
            RoleName::Metrics => &self.metrics,
            RoleName::Scoring => &self.scoring,
            RoleName::Campaign => &self.campaign,
        }
    }
}

/// `[role_tls]`: mutual TLS between roles. All three are set, or none.
#[derive(Debug, Clone, Deserialize)]
pub struct RoleTls {
    /// The file of certificates (PEM) that sign the certificates of all roles.
    pub ca: PathBuf,
    /// The file of this process's certificate and those between it and the authority (PEM), for listeners and for calls.
    pub certificate: PathBuf,
    /// The file of its key (PEM).
    pub key: PathBuf,
}

impl RoleTls {
    /// What listeners of roles show and ask for.
    pub fn files(&self) -> Option<TlsFiles> {
        let Self { ca, certificate, key } = self.clone();
        self.is_on().then_some(TlsFiles { certificate, key, client_ca: Some(ca) })
    }

    /// Whether roles speak TLS to one another.
    pub fn is_on(&self) -> bool {
        !self.ca.as_os_str().is_empty()
    }

    pub(super) fn check(&self, peers: &Peers, problems: &mut Problems) {
        let set = [&self.ca, &self.certificate, &self.key].map(|file| !file.as_os_str().is_empty());
        if set.contains(&true) && set.contains(&false) {
            problems.add("role_tls: ca, certificate and key must be set together, or none of them");
        }
        for (role, urls) in peers.named() {
            let plain = urls.split(',').map(str::trim).find(|url| !url.is_empty() && !url.starts_with("https://"));
            if let Some(plain) = plain.filter(|_| self.is_on()) {
                problems.add(format!(
                    "peers.{role}: {plain} is called without TLS although role_tls is set; accepted is https://HOST:PORT"
                ));
            }
        }
    }
}

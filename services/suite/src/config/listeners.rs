//! Owns the settings of listeners: their TLS, their names, the address of the admin. Never what is served.

use std::{net::ToSocketAddrs, path::PathBuf};

use creatorscope_gateway::Auth;
use creatorscope_kit::{config::Problems, server::Hosts, tls::TlsFiles};
use serde::Deserialize;

/// `[admin]`
#[derive(Debug, Clone, Deserialize)]
pub struct AdminConfig {
    /// The address of the pages for who runs the node; empty for none.
    pub listen: String,
}

impl AdminConfig {
    /// The names that its listener answers to: on loopback those of this machine alone.
    pub fn hosts(&self) -> Hosts {
        if is_loopback(&self.listen) { Hosts::these(host_of(&self.listen)) } else { Hosts::any() }
    }
}

/// What of `[gateway]` is the listener's.
#[derive(Debug, Clone, Deserialize)]
pub struct DoorConfig {
    tls_certificate: PathBuf,
    tls_key: PathBuf,
    tls_by_proxy: bool,
    hosts: String,
}

impl DoorConfig {
    /// Whether a proxy in front speaks TLS, so that all clients have its address.
    pub fn is_behind_proxy(&self) -> bool {
        self.tls_by_proxy
    }

    /// The files of its TLS, if any.
    pub fn tls_files(&self) -> Option<TlsFiles> {
        let Self { tls_certificate: certificate, tls_key: key, .. } = self.clone();
        (!certificate.as_os_str().is_empty()).then_some(TlsFiles { certificate, key, client_ca: None })
    }

    /// The names that the listener at `address` answers to: those that are set; else, where no keys keep others out, those of
    /// this machine alone.
    pub fn hosts(&self, address: &str, auth: Auth) -> Hosts {
        let set: Vec<&str> = self.hosts.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        match auth {
            _ if !set.is_empty() => Hosts::these(set),
            Auth::Off => Hosts::these(host_of(address)),
            _ => Hosts::any(),
        }
    }

    pub(super) fn check(&self, address: &str, problems: &mut Problems) {
        if self.tls_certificate.as_os_str().is_empty() != self.tls_key.as_os_str().is_empty() {
            problems.add("gateway.tls_certificate, gateway.tls_key: must be set together, or neither");
        } else if self.tls_files().is_none() && !self.tls_by_proxy && !is_loopback(address) {
            problems.add(format!(
                "gateway.tls_certificate: is not set, and keys could be read on the way to gateway.listen `{address}`; accepted are \
                 a certificate and its key, loopback addresses, or gateway.tls_by_proxy=true when a proxy in front speaks TLS"
            ));
        }
    }
}

/// The name in an address of a listener.
fn host_of(address: &str) -> Option<&str> {
    address.rsplit_once(':').map(|(host, _)| host)
}

/// Whether every address of the name is of this machine. Binding says what is wrong with a name that is none.
pub(super) fn is_loopback(address: &str) -> bool {
    match address.to_socket_addrs() {
        Ok(mut found) => found.all(|address| address.ip().is_loopback()),
        Err(_) => true,
    }
}

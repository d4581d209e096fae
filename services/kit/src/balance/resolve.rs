//! Owns where the addresses of a peer come from: URLs, and names that stand for several addresses. Never what is done with them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use http::Uri;
use tokio::net::lookup_host;

/// One place where a peer may be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// Scheme, name and port as calls show them, e.g. `http://metrics.internal:7002`.
    pub origin: Uri,
    /// Where the connection goes.
    pub socket: SocketAddr,
}

/// What was found of a peer.
#[derive(Debug, Default)]
pub struct Found {
    /// Where it is.
    pub addresses: Vec<Address>,
    /// What went wrong. Then addresses may be missing, so none that is known is given up.
    pub problem: Option<String>,
}

type Find = dyn Fn() -> BoxFuture<'static, Found> + Send + Sync;

/// Finds the addresses of a peer, again and again where they may change. Cheap to clone.
#[derive(Clone)]
pub struct Resolver {
    find: Arc<Find>,
    every: Option<Duration>,
}

impl Resolver {
    /// With a function of one's own, which is asked again after `every` at the latest, and never again without.
    pub fn new(every: Option<Duration>, find: impl Fn() -> BoxFuture<'static, Found> + Send + Sync + 'static) -> Self {
        Self { find: Arc::new(find), every }
    }

    /// For one or several URLs separated by commas: `http://HOST:PORT`, `https://HOST:PORT`, or `dns:///NAME:PORT`, which means
    /// `http`. A name stands for all its addresses and is looked up again. Errors: one of them is no such URL.
    pub fn of_urls(urls: &str, every: Duration) -> Result<Self, InvalidAddress> {
        let parts = urls.split(',').map(str::trim).filter(|url| !url.is_empty());
        let names = parts.map(Name::parse).collect::<Result<Vec<_>, _>>()?;
        if names.is_empty() {
            return Err(InvalidAddress(urls.to_owned()));
        }
        let every = names.iter().any(|name| name.host.parse::<std::net::IpAddr>().is_err()).then_some(every);
        let names: Arc<[Name]> = names.into();
        Ok(Self::new(every, move || Box::pin(look_up(Arc::clone(&names)))))
    }

    pub(super) async fn find(&self) -> Found {
        (self.find)().await
    }

    pub(super) fn every(&self) -> Option<Duration> {
        self.every
    }
}

/// A URL that was read.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) origin: Uri,
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Name {
    pub(crate) fn parse(url: &str) -> Result<Self, InvalidAddress> {
        let invalid = || InvalidAddress(url.to_owned());
        let (scheme, rest) = match url.strip_prefix("dns:///") {
            Some(rest) => ("http", rest),
            None => url.split_once("://").ok_or_else(invalid)?,
        };
        let port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return Err(invalid()),
        };
        let origin: Uri = format!("{scheme}://{rest}").parse().map_err(|_| invalid())?;
        let plain = origin.path() == "/" && origin.query().is_none();
        let host = origin.host().filter(|host| plain && !host.is_empty()).ok_or_else(invalid)?;
        let port = match origin.authority().and_then(|authority| authority.as_str().strip_prefix(host)) {
            Some("") => port,
            // A name of a user before the host, or a number beyond the ports.
            _ => origin.port_u16().filter(|_| !rest.contains('@')).ok_or_else(invalid)?,
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { port, host, origin })
    }
}

async fn look_up(names: Arc<[Name]>) -> Found {
    let mut found = Found::default();
    for name in names.iter() {
        match lookup_host((name.host.as_str(), name.port)).await {
            Ok(sockets) => {
                for socket in sockets {
                    let address = Address { origin: name.origin.clone(), socket };
                    if !found.addresses.contains(&address) {
                        found.addresses.push(address);
                    }
                }
            }
            Err(error) => found.problem = Some(format!("`{}` has no address: {error}", name.host)),
        }
    }
    found
}

/// An address that is none.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an address of the form http://host:port, https://host:port or dns:///name:port")]
pub struct InvalidAddress(pub(crate) String);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn urls_are_read_in_all_their_forms() {
        let every = Duration::from_secs(30);
        let resolver = Resolver::of_urls("http://127.0.0.1:7001, https://[::1]:7002,dns:///127.0.0.3:7003", every);
        let resolver = resolver.expect("three addresses");
        assert_eq!(resolver.every(), None, "addresses that are no names do not change");
        let found = resolver.find().await;
        assert!(found.problem.is_none(), "{found:?}");
        let told: Vec<String> = found.addresses.iter().map(|one| format!("{} {}", one.origin, one.socket)).collect();
        let expected = [
            "http://127.0.0.1:7001/ 127.0.0.1:7001",
            "https://[::1]:7002/ [::1]:7002",
            "http://127.0.0.3:7003/ 127.0.0.3:7003",
        ];
        assert_eq!(told, expected);
    }

    #[tokio::test]
    async fn a_name_stands_for_its_addresses_and_is_looked_up_again() {
        let every = Duration::from_secs(30);
        let resolver = Resolver::of_urls("http://localhost:7001", every).expect("a name");
        assert_eq!(resolver.every(), Some(every));
        let found = resolver.find().await;
        assert!(!found.addresses.is_empty(), "{found:?}");
        assert!(found.addresses.iter().all(|one| one.socket.ip().is_loopback() && one.socket.port() == 7001));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in [
            "",
            ",",
            "127.0.0.1:7001",
            "ftp://a:1",
            "http://a:1/path",
            "http://:1",
            "http://a:99999",
            "http://a b:1",
            "http://me@a:1",
            "http://a:",
        ] {
            assert!(Resolver::of_urls(wrong, Duration::from_secs(1)).is_err(), "{wrong}");
        }
    }
}

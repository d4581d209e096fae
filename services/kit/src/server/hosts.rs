//! Owns which names a listener answers to. Never who calls.
//!
//! A page of the web can point a name of its own at an address of this machine (DNS rebinding); the browser then takes it for the
//! page's own server and sends what it likes, and shows the page what comes back. What gives it away is the name in `Host`.
//! Browsers do not speak native gRPC: it needs HTTP/2, and that they speak over TLS alone, where the certificate names the
//! host. So gRPC clients may call a listener what they like, through whatever proxy.

use std::{net::IpAddr, sync::Arc};

use http::{HeaderMap, Request, StatusCode, Uri, header, uri::Authority};
use tonic::{Code, body::Body};
use tower::ServiceExt;

use super::refusal::{is_native_grpc, refusal};
use crate::transport::{Transport, service};

/// The names that a listener answers to, besides those of this machine's loopback.
#[derive(Debug, Clone)]
pub struct Hosts(Option<Arc<[String]>>);

impl Hosts {
    /// Every name.
    pub fn any() -> Self {
        Self(None)
    }

    /// These names, without ports; `*` among them stands for every name.
    pub fn these<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<String> = names.into_iter().map(plain).collect();
        if names.iter().any(|name| name == "*") { Self::any() } else { Self(Some(names.into())) }
    }

    /// Around what answers: a request that names another host is refused, unless it is gRPC's own.
    pub fn guard(&self, inner: Transport) -> Transport {
        if self.0.is_none() {
            return inner;
        }
        let hosts = self.clone();
        service(move |request: Request<Body>| {
            let refused =
                if is_native_grpc(&request) { None } else { hosts.stranger(request.uri(), request.headers()) };
            let inner = inner.clone();
            async move {
                let Some(stranger) = refused else { return inner.oneshot(request).await };
                let shown: String = stranger.chars().take(100).collect();
                let message = format!(
                    "this listener is not `{shown}`; gateway.hosts names the hosts that it answers to besides localhost"
                );
                Ok(refusal(StatusCode::MISDIRECTED_REQUEST, Code::FailedPrecondition, "HOST_UNKNOWN", &message))
            }
        })
    }

    /// The host that a request names and that is not known. Who names none is no browser.
    fn stranger(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        let told =
            headers.get_all(header::HOST).iter().map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
        let mut named = uri.authority().map(ToString::to_string).into_iter().chain(told);
        named.find(|name| !self.knows(name))
    }

    fn knows(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        let name = plain(authority.host());
        is_loopback(&name) || self.0.as_ref().is_none_or(|names| names.contains(&name))
    }
}

fn is_loopback(name: &str) -> bool {
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost" || name.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn plain(name: &str) -> String {
    name.trim().trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use http::Version;

    use super::*;

    #[test]
    fn loopback_and_the_names_that_are_set_are_known() {
        let hosts = Hosts::these(["Creators.Example.com", "10.0.0.7"]);
        for known in [
            "localhost",
            "localhost:8642",
            "a.localhost",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:80",
            "creators.example.com:443",
            "creators.example.com.",
            "10.0.0.7:1",
        ] {
            assert!(hosts.knows(known), "{known}");
        }
        for strange in [
            "evil.example",
            "localhost.evil.example",
            "creators.example.com.evil.example",
            "",
            "127.0.0.1.evil.example",
            "10.0.0.8",
            "a b",
        ] {
            assert!(!hosts.knows(strange), "{strange}");
        }
        assert!(Hosts::these(["*"]).knows("evil.example"));
    }

    #[tokio::test]
    async fn only_native_grpc_may_name_a_stranger() {
        let inner = service(|_| async { Ok(http::Response::new(Body::empty())) });
        let guarded = Hosts::these([]).guard(inner);
        let ask = async |version, uri: &str, host: Option<&str>, kind: &str| {
            let mut request = Request::builder().version(version).uri(uri).header("content-type", kind);
            if let Some(host) = host {
                request = request.header("host", host);
            }
            let request = request.body(Body::empty()).expect("a request");
            guarded.clone().oneshot(request).await.expect("answered").status().as_u16()
        };
        let evil = Some("evil.example");
        assert_eq!(ask(Version::HTTP_11, "/v1/a", evil, "application/json").await, 421);
        assert_eq!(ask(Version::HTTP_11, "/a.B/C", evil, "application/grpc").await, 421);
        assert_eq!(ask(Version::HTTP_2, "http://evil.example/v1/a", None, "").await, 421);
        assert_eq!(ask(Version::HTTP_11, "http://evil.example/v1/a", Some("localhost"), "").await, 421);
        assert_eq!(ask(Version::HTTP_2, "http://evil.example/a.B/C", None, "application/grpc-web+proto").await, 421);
        assert_eq!(ask(Version::HTTP_2, "http://evil.example/a.B/C", None, "application/grpc+proto").await, 200);
        assert_eq!(ask(Version::HTTP_11, "/v1/a", Some("localhost:1"), "application/json").await, 200);
        assert_eq!(ask(Version::HTTP_10, "/healthz", None, "").await, 200);
    }
}

//! Calls over TLS in this process. Certificates are made in each test.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use tokio::net::TcpListener;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::*;
use crate::task::Owned;

/// An authority, and a certificate of it for `localhost`, in files.
struct Made {
    folder: tempfile::TempDir,
}

impl Made {
    fn new() -> Self {
        let made = Self { folder: tempfile::tempdir().expect("a folder") };
        made.write();
        made
    }

    /// Another authority and another certificate in the same files.
    fn write(&self) {
        let authority = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&authority).expect("signed");
        let key = KeyPair::generate().expect("a key");
        let role = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let role = role.signed_by(&key, &Issuer::new(params, authority)).expect("signed");
        for (name, text) in [("ca.pem", root.pem()), ("role.pem", role.pem()), ("role.key", key.serialize_pem())] {
            std::fs::write(self.path(name), text).expect("written");
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tls(&self) -> CallTls {
        CallTls { ca: Some(self.path("ca.pem")), shown: Some((self.path("role.pem"), self.path("role.key"))) }
    }

    /// The health service behind TLS that wants a certificate of this authority.
    async fn serve(&self) -> (SocketAddr, Owned<()>) {
        self.serve_at("127.0.0.1:0".parse().expect("an address")).await
    }

    async fn serve_at(&self, address: SocketAddr) -> (SocketAddr, Owned<()>) {
        let read = |name: &str| std::fs::read(self.path(name)).expect("a file");
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&read("ca.pem")).expect("a certificate")).expect("a root");
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let chain = vec![CertificateDer::from_pem_slice(&read("role.pem")).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_slice(&read("role.key")).expect("a key");
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("versions").with_client_cert_verifier(verifier.build().expect("a verifier"));
        let mut config = config.with_single_cert(chain, key).expect("a pair");
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        // The one before may not be gone yet.
        let listener = loop {
            match TcpListener::bind(address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let address = listener.local_addr().expect("an address");
        let (_, health) = tonic_health::server::health_reporter();
        let health = bare(Routes::new(health));
        let serving = Owned::spawn("server", async move {
            // They end with the server.
            let mut connections = Vec::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let Ok(stream) = acceptor.accept(stream).await else { continue };
                let health = health.clone();
                let calls =
                    TowerToHyperService::new(service_fn(move |request: http::Request<hyper::body::Incoming>| {
                        health.clone().oneshot(request.map(Body::new))
                    }));
                let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                connections.push(Owned::spawn("connection", connection.serve_connection(TokioIo::new(stream), calls)));
            }
        });
        (address, serving)
    }
}

fn way(address: SocketAddr, tls: CallTls) -> Transport {
    let calling = Calling { resolve_every: Duration::from_secs(60), connections: 1, tls };
    peer("test", &format!("https://localhost:{}", address.port()), &calling).expect("an address")
}

async fn ask(way: &Transport) -> Result<(), Status> {
    let mut client = HealthClient::new(way.clone());
    let answer = tokio::time::timeout(Duration::from_secs(30), client.check(HealthCheckRequest::default()));
    answer.await.expect("an answer").map(|_| ())
}

#[tokio::test]
async fn peers_that_show_each_other_certificates_of_one_authority_understand_each_other() {
    let made = Made::new();
    let (address, _serving) = made.serve().await;
    ask(&way(address, made.tls())).await.expect("an answer");
}

#[tokio::test]
async fn who_shows_none_and_who_trusts_another_authority_gets_no_connection() {
    let (made, other) = (Made::new(), Made::new());
    let (address, _serving) = made.serve().await;
    let nothing = CallTls { shown: None, ..made.tls() };
    let mistrust = CallTls { ca: other.tls().ca, ..made.tls() };
    let stranger = CallTls { shown: other.tls().shown, ..made.tls() };
    for tls in [nothing, mistrust, stranger] {
        let refused = ask(&way(address, tls.clone())).await.expect_err("no trust");
        assert_eq!(refused.code(), Code::Unavailable, "{tls:?}: {refused}");
    }
}

#[tokio::test]
async fn changed_files_are_taken_by_the_next_connection() {
    let made = Made::new();
    let (address, serving) = made.serve().await;
    let origin = format!("https://localhost:{}", address.port()).parse().expect("an origin");
    let way = layers::client(connected(connect(&Address { origin, socket: address }, &made.tls())));
    ask(&way).await.expect("an answer");
    drop(serving);
    made.write();
    let (_, _serving) = made.serve_at(address).await;
    let asking = async { while ask(&way).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(30), asking).await.expect("an answer over a new connection");
}

#[tokio::test]
async fn a_command_reaches_a_suite_with_a_file_of_authorities_and_says_why_not() {
    let (made, other) = (Made::new(), Made::new());
    let (address, _serving) = made.serve().await;
    let url = format!("https://localhost:{}", address.port());
    let suite = reach(&url, &made.tls()).await.expect("it is there");
    ask(&suite).await.expect("an answer");
    let error = reach(&url, &CallTls { ca: other.tls().ca, shown: None }).await.expect_err("no trust");
    assert!(error.to_string().contains("certificate"), "{error}");
    assert!(matches!(reach("localhost", &made.tls()).await, Err(ReachError::Address(_))));
}

#[test]
fn files_that_cannot_be_used_are_named_and_not_shown() {
    let (made, other) = (Made::new(), Made::new());
    let absent = CallTls { ca: Some(made.path("nothing.pem")), shown: None };
    assert!(absent.check().expect_err("no file").to_string().contains("nothing.pem"));
    let swapped = CallTls { shown: Some((made.path("role.pem"), other.path("role.key"))), ..made.tls() };
    assert!(swapped.check().expect_err("another key").to_string().contains("role.pem"));
    std::fs::write(made.path("role.key"), "-----BEGIN PRIVATE KEY-----\nrubbish\n").expect("written");
    let told = made.tls().check().expect_err("no key").to_string();
    assert!(told.contains("role.key") && !told.contains("rubbish"), "{told}");
    let calling = Calling { resolve_every: Duration::from_secs(60), connections: 1, tls: made.tls() };
    assert!(matches!(peer("test", "https://localhost:1", &calling), Err(ReachError::Tls(_))));
}

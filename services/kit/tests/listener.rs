//! A listener as its clients see it: TLS, limits, and its end.
#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at the first thing that is wrong")]

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use creatorscope_kit::{
    server::{Limits, Listening, serve},
    task::Owned,
    tls::{Tls, TlsFiles},
    transport::{Transport, service},
};
use http_body_util::Full;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

const GRACE: Duration = Duration::from_secs(60);
const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    task: Owned<()>,
}

async fn serving(service: Transport, limits: &str, tls: Option<Arc<Tls>>, grace: Duration) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let limits: Limits = toml::from_str(limits).expect("limits");
    let stop = CancellationToken::new();
    let listening = Listening { name: "test", service, limits, tls };
    let task = Owned::spawn("server", serve(listener, listening, stop.clone(), grace));
    Served { address, stop, task }
}

fn answering(body: Bytes) -> Transport {
    service(move |_| {
        let body = body.clone();
        async move { Ok(http::Response::new(Body::new(Full::from(body)))) }
    })
}

fn hello() -> Transport {
    answering(Bytes::from_static(b"hello"))
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    async fn http2(&self) -> h2::client::SendRequest<Bytes> {
        let (client, connection) = h2::client::handshake(self.connect().await).await.expect("HTTP/2");
        drop(creatorscope_kit::task::spawn("client", connection));
        client
    }
}

/// Reads until `end` has come; fails when the other side closes before.
async fn read_until(stream: &mut (impl AsyncReadExt + Unpin), end: &[u8]) -> Vec<u8> {
    let mut read = Vec::new();
    while !read.ends_with(end) {
        assert!(stream.read_buf(&mut read).await.expect("readable") > 0, "closed after {read:?}");
    }
    read
}

/// Whether the other side has closed, or closes, without a word more.
async fn is_closed(mut stream: impl AsyncReadExt + Unpin) -> bool {
    let mut read = Vec::new();
    _ = stream.read_to_end(&mut read).await;
    read.is_empty()
}

fn request() -> http::Request<()> {
    http::Request::get("http://localhost/").body(()).expect("a request")
}

struct Authority {
    folder: tempfile::TempDir,
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("signed");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).expect("written");
        Self { folder, root: certificate.der().clone(), issuer: Issuer::new(params, key) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn sign(&self) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        (params.signed_by(&key, &self.issuer).expect("signed"), key)
    }

    /// A server's TLS; with `mutual` it asks for certificates of this authority.
    async fn tls(&self, mutual: bool) -> Arc<Tls> {
        let (certificate, key) = self.sign();
        std::fs::write(self.path("a.pem"), certificate.pem()).expect("written");
        std::fs::write(self.path("a.key"), key.serialize_pem()).expect("written");
        let client_ca = mutual.then(|| self.path("ca.pem"));
        let files = TlsFiles { certificate: self.path("a.pem"), key: self.path("a.key"), client_ca };
        Tls::open(files).await.expect("good files")
    }

    /// A client that trusts this authority and shows a certificate of `own`.
    fn client(&self, protocol: &str, own: Option<&Self>) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.expect("versions").with_root_certificates(roots);
        let mut config = match own {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let (certificate, key) = authority.sign();
                let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
                builder.with_client_auth_cert(vec![certificate.der().clone()], key).expect("a certificate")
            }
        };
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        TlsConnector::from(Arc::new(config))
    }
}

async fn shake(client: &TlsConnector, served: &Served) -> std::io::Result<TlsStream<TcpStream>> {
    client.connect(ServerName::try_from("localhost").expect("a name"), served.connect().await).await
}

#[tokio::test]
async fn without_tls_both_versions_of_http_are_spoken() {
    let served = serving(hello(), "", None, GRACE).await;
    let mut plain = served.connect().await;
    plain.write_all(ASK).await.expect("sent");
    assert!(read_until(&mut plain, b"hello").await.starts_with(b"HTTP/1.1 200"));
    let (response, _) = served.http2().await.send_request(request(), true).expect("sent");
    let mut body = response.await.expect("answered").into_body();
    assert_eq!(body.data().await.expect("data").expect("good"), "hello");
}

#[tokio::test]
async fn over_tls_the_client_chooses_the_version() {
    let authority = Authority::new();
    let served = serving(hello(), "", Some(authority.tls(false).await), GRACE).await;
    let mut stream = shake(&authority.client("http/1.1", None), &served).await.expect("TLS");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
    stream.write_all(ASK).await.expect("sent");
    assert!(read_until(&mut stream, b"hello").await.starts_with(b"HTTP/1.1 200"));

    let stream = shake(&authority.client("h2", None), &served).await.expect("TLS");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let (mut client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    drop(creatorscope_kit::task::spawn("client", connection));
    let (response, _) = client.send_request(request(), true).expect("sent");
    assert_eq!(response.await.expect("answered").status(), 200);

    // Who speaks no TLS gets no answer of HTTP.
    let mut plain = served.connect().await;
    plain.write_all(ASK).await.expect("sent");
    let mut answer = Vec::new();
    _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_the_next_connection() {
    let authority = Authority::new();
    let tls = authority.tls(false).await;
    let served = serving(hello(), "", Some(Arc::clone(&tls)), GRACE).await;
    let shown = async || {
        let stream = shake(&authority.client("h2", None), &served).await.expect("TLS");
        stream.get_ref().1.peer_certificates().expect("shown")[0].clone().into_owned()
    };
    let first = shown().await;
    assert_eq!(shown().await, first);
    drop(authority.tls(false).await);
    assert!(tls.refresh().await.expect("good files"));
    assert_ne!(shown().await, first);
}

#[tokio::test]
async fn a_role_answers_only_clients_of_its_authority() {
    let (authority, other) = (Authority::new(), Authority::new());
    let served = serving(hello(), "", Some(authority.tls(true).await), GRACE).await;
    let answered = async |own: Option<&Authority>| {
        // With TLS 1.3 a client learns only when it reads that it is refused.
        let mut stream = shake(&authority.client("http/1.1", own), &served).await?;
        stream.write_all(ASK).await?;
        stream.read_u8().await
    };
    assert_eq!(answered(Some(&authority)).await.expect("answered"), b'H');
    assert!(answered(None).await.is_err());
    assert!(answered(Some(&other)).await.is_err());
}

#[tokio::test]
async fn a_handshake_that_is_not_made_ends_the_connection() {
    let authority = Authority::new();
    let served = serving(hello(), "handshake_seconds = 0", Some(authority.tls(false).await), GRACE).await;
    assert!(is_closed(served.connect().await).await);
}

#[tokio::test]
async fn a_connection_too_many_is_closed_and_those_before_it_live() {
    let served = serving(hello(), "connections = 1", None, GRACE).await;
    let mut first = served.connect().await;
    first.write_all(ASK).await.expect("sent");
    read_until(&mut first, b"hello").await;
    assert!(is_closed(served.connect().await).await);
    first.write_all(ASK).await.expect("sent");
    read_until(&mut first, b"hello").await;
}

#[tokio::test]
async fn silent_connections_and_slow_heads_are_closed() {
    let served = serving(hello(), "idle_seconds = 0", None, GRACE).await;
    assert!(is_closed(served.connect().await).await);
    let served = serving(hello(), "header_seconds = 0", None, GRACE).await;
    let mut slow = served.connect().await;
    slow.write_all(b"GET / HT").await.expect("sent");
    assert!(is_closed(slow).await);
    let mut slow = served.connect().await;
    slow.write_all(b"PRI * HTTP/2.0\r\n\r\nSM").await.expect("sent");
    assert!(is_closed(slow).await);
}

#[tokio::test]
async fn headers_that_are_too_large_are_refused_and_the_connection_may_go_on() {
    let served = serving(hello(), "header_kilobytes = 8", None, GRACE).await;
    let mut plain = served.connect().await;
    plain.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-large: ").await.expect("sent");
    plain.write_all(&[b'a'; 10_000]).await.expect("sent");
    let mut told = vec![0; 12];
    plain.read_exact(&mut told).await.expect("answered");
    assert_eq!(told, b"HTTP/1.1 431");

    let mut client = served.http2().await;
    let mut large = request();
    large.headers_mut().insert("x-large", "a".repeat(10_000).parse().expect("a value"));
    let (response, _) = client.send_request(large, true).expect("sent");
    assert!(response.await.is_ok_and(|response| response.status() == 431));
    let (response, _) = client.send_request(request(), true).expect("sent");
    assert_eq!(response.await.expect("answered").status(), 200);
}

#[tokio::test]
async fn a_client_that_gives_up_call_after_call_is_cut_off() {
    let never = service(|_| std::future::pending());
    let served = serving(never, "client_resets = 10\nunaccepted_resets = 1000", None, GRACE).await;
    let mut client = served.http2().await;
    let mut sent = 0;
    while let Ok(ready) = client.clone().ready().await {
        client = ready;
        let Ok((response, mut stream)) = client.send_request(request(), false) else { break };
        stream.send_reset(h2::Reason::CANCEL);
        drop(response);
        sent += 1;
        assert!(sent < 1_000_000, "it may go on for ever");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_was_cut_off_for_resets_is_shunned_and_other_addresses_are_not() {
    let sometimes = service(|request: http::Request<Body>| async move {
        if request.uri().path() != "/hello" {
            std::future::pending::<()>().await;
        }
        Ok(http::Response::new(Body::empty()))
    });
    let served =
        serving(sometimes, "client_resets = 1000000\nunaccepted_resets = 1\nshun_seconds = 3600", None, GRACE).await;
    let mut client = served.http2().await;
    let mut sent = 0;
    while let Ok(ready) = client.clone().ready().await {
        client = ready;
        let Ok((_, mut stream)) = client.send_request(request(), false) else { break };
        stream.send_reset(h2::Reason::CANCEL);
        sent += 1;
        assert!(sent < 1_000_000, "it may go on for ever");
        // Many at once, which the server gets before it has accepted the first.
        if sent % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    // The server shuns it a moment after the connection has ended.
    let answers = async || {
        let mut client = served.connect().await;
        _ = client.write_all(b"GET /hello HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
        !is_closed(client).await
    };
    while answers().await {}
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.2:0".parse().expect("an address")).expect("bound");
    let other = socket.connect(served.address).await.expect("connected");
    h2::client::handshake(other).await.expect("HTTP/2").0.ready().await.expect("it is served");
}

#[tokio::test]
async fn an_answer_that_is_not_read_is_given_up_and_others_go_on() {
    let large = answering(Bytes::from(vec![b'x'; 8 << 20]));
    let served = serving(large, "stall_seconds = 0", None, GRACE).await;
    let mut client = served.http2().await;
    let (response, _) = client.send_request(request(), true).expect("sent");
    let mut body = response.await.expect("answered").into_body();
    // The window is not given back, so the answer stands still until it is reset.
    let end = loop {
        match body.data().await {
            Some(Ok(_)) => {}
            Some(Err(error)) => break error,
            None => panic!("it came although it was not read"),
        }
    };
    assert_eq!(end.reason(), Some(h2::Reason::CANCEL));
    let (response, _) = client.ready().await.expect("open").send_request(request(), true).expect("sent");
    assert_eq!(response.await.expect("answered").status(), 200);
}

#[tokio::test]
async fn a_large_answer_comes_whole_and_says_its_length() {
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let served = serving(answering(Bytes::from(large.clone())), "", None, GRACE).await;
    let (response, _) = served.http2().await.send_request(request(), true).expect("sent");
    let response = response.await.expect("answered");
    assert_eq!(response.headers()["content-length"], "3000000");
    let (mut body, mut read) = (response.into_body(), Vec::new());
    while let Some(data) = body.data().await {
        let data = data.expect("good");
        body.flow_control().release_capacity(data.len()).expect("released");
        read.extend_from_slice(&data);
    }
    assert_eq!(read, large);
}

#[tokio::test]
async fn a_call_that_begins_no_answer_in_its_time_is_answered_for() {
    let served = serving(service(|_| std::future::pending()), "request_seconds = 0", None, GRACE).await;
    let mut plain = served.connect().await;
    plain.write_all(ASK).await.expect("sent");
    let told = String::from_utf8(read_until(&mut plain, b"}}").await).expect("UTF-8");
    assert!(told.starts_with("HTTP/1.1 504") && told.contains("\"REQUEST_TIME\""), "{told}");
}

#[tokio::test]
async fn a_stop_lets_open_calls_end_and_takes_no_new_connections() {
    let (go, gone) = (CancellationToken::new(), CancellationToken::new());
    let waiting = {
        let (go, gone) = (go.clone(), gone.clone());
        service(move |_| {
            let (go, gone) = (go.clone(), gone.clone());
            async move {
                gone.cancel();
                go.cancelled().await;
                Ok(http::Response::new(Body::new(Full::from("hello"))))
            }
        })
    };
    let served = serving(waiting, "", None, GRACE).await;
    let mut plain = served.connect().await;
    plain.write_all(ASK).await.expect("sent");
    gone.cancelled().await;
    served.stop.cancel();
    go.cancel();
    read_until(&mut plain, b"hello").await;
    assert!(is_closed(plain).await);
    assert_eq!(served.task.await, Some(()));
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test]
async fn a_call_that_does_not_end_is_cut_off_after_the_grace_time() {
    let served = serving(service(|_| std::future::pending()), "", None, Duration::ZERO).await;
    let mut plain = served.connect().await;
    plain.write_all(ASK).await.expect("sent");
    served.stop.cancel();
    assert_eq!(served.task.await, Some(()));
    assert!(is_closed(plain).await);
}

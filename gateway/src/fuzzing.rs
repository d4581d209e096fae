//! Owns what fuzz targets see of the modules that read foreign input. Never anything that the gateway itself uses.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::{Buf, Bytes};
use creatorscope_kit::transport::{Transport, service};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tonic::{Status, body::Body};

use crate::{
    Config, Peer, door,
    json::{self, template},
    jwt,
    policy::{self, Method},
    testing::Desk,
};

const LINES: HeaderValue = HeaderValue::from_static("application/x-ndjson");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// What a client is answered.
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
}

/// The JSON side of the gateway before services that answer every call with an empty message.
pub struct Transcoder {
    front: json::Front,
    /// Verb, template of the path, and whether the body is lines.
    ways: Vec<(http::Method, String, bool)>,
}

impl Transcoder {
    /// All methods of all contracts.
    pub async fn new() -> Self {
        let names: Vec<&'static str> =
            creatorscope_proto::pool().services().map(|service| &*service.full_name().to_owned().leak()).collect();
        let methods = policy::read(creatorscope_proto::pool(), &names).expect("all methods can be exposed");
        // Nothing is refused because much was asked: that would hide what lies behind.
        let desk = Desk::new(r#"{"key_rate": 0, "tenant_rate": 0, "key_streams": 0}"#).await;
        let peers = [Peer { services: names, transport: double(&methods) }];
        let front = json::Front::new(&methods, &peers, &Config::default(), desk.door).expect("the rules are good");
        let ways = methods.iter().flat_map(|method| {
            let lines = method.descriptor.is_client_streaming();
            method.bindings.iter().map(move |binding| (binding.verb.clone(), binding.path.clone(), lines))
        });
        Self { front, ways: ways.collect() }
    }

    /// The answer to a request: `way` says which method, `flags` which headers it has, `line` the values of the path with `|`
    /// between them and the parameters behind `?`. None when no client could send it.
    pub async fn answer(&self, way: u8, flags: u8, line: &str, body: &[u8]) -> Option<Answer> {
        let (verb, template, lines) = &self.ways[usize::from(way) % self.ways.len()];
        let flag = |place: u8| flags & (1 << place) != 0;
        let (values, query) = line.split_once('?').unwrap_or((line, ""));
        let path = filled(template, values);
        let uri = if query.is_empty() { path } else { format!("{path}?{query}") };
        let mut request = Request::builder().method(verb).uri(uri);
        if !flag(0) {
            request = request.header(header::CONTENT_TYPE, if *lines == flag(1) { JSON } else { LINES });
        }
        if flag(2) {
            request = request.header(header::ACCEPT, "text/event-stream");
        }
        if flag(3) {
            request = request.header("last-event-id", line.chars().filter(char::is_ascii_graphic).collect::<String>());
        }
        if flag(4) {
            request = request.header(json::TIMEOUT, query.chars().filter(char::is_ascii_graphic).collect::<String>());
        }
        let (first, second) = body.split_at(if flag(5) { body.len() / 2 } else { body.len() });
        let frames = [first, second].map(|part| Ok::<_, Status>(Frame::data(Bytes::copy_from_slice(part))));
        let body = Body::new(StreamBody::new(futures::stream::iter(frames)));
        let response = self.front.answer(request.body(body).ok()?).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
        Some(Answer { status, body })
    }
}

/// The template with values in the place of its variables and stars.
fn filled(template: &str, values: &str) -> String {
    let mut values = values.split('|');
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, inside)) = rest.split_once('{') {
        let (variable, after) = inside.split_once('}').unwrap_or((inside, ""));
        path.push_str(before);
        for piece in variable.split_once('=').map_or("*", |(_, pattern)| pattern).split_inclusive('*') {
            path.push_str(piece.trim_end_matches('*'));
            if piece.ends_with('*') {
                path.push_str(values.next().unwrap_or("tiktok:a"));
            }
        }
        rest = after;
    }
    path + rest
}

/// A service that takes only what is of its contract.
fn double(methods: &[Arc<Method>]) -> Transport {
    let methods: Arc<Vec<(String, MethodDescriptor)>> =
        Arc::new(methods.iter().map(|method| (method.path.clone(), method.descriptor.clone())).collect());
    service(move |request: Request<Body>| {
        let methods = Arc::clone(&methods);
        async move {
            let (head, body) = request.into_parts();
            let (_, method) = methods.iter().find(|(path, _)| path == head.uri.path()).expect("a known method");
            let mut bytes = body.collect().await?.to_bytes();
            let mut count = 0;
            while bytes.has_remaining() {
                assert_eq!(bytes.get_u8(), 0, "no compression");
                let length = bytes.get_u32() as usize;
                DynamicMessage::decode(method.input(), bytes.split_to(length)).expect("a message of the method");
                count += 1;
            }
            assert!(count == 1 || method.is_client_streaming(), "{count} messages");
            let ended = HeaderMap::from_iter([(HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"))]);
            let frames = [Frame::data(Bytes::from_static(&[0; 5])), Frame::trailers(ended)].map(Ok::<_, Status>);
            Ok(Response::new(Body::new(StreamBody::new(futures::stream::iter(frames)))))
        }
    })
}

/// The values that a path binds to the variables of a template; none when one of them cannot be read or they do not fit.
pub fn bind(template: &str, path: &str) -> Option<Vec<String>> {
    let template = template::Template::parse(template).ok()?;
    let path = template::Path::read(path).ok()?;
    Some(template.bind(&path)?.into_iter().map(|(_, value)| value).collect())
}

/// The credential among headers: each line is one, its first byte says which.
pub fn credential(lines: &[&[u8]]) -> Option<String> {
    let mut headers = HeaderMap::new();
    for (which, value) in lines.iter().filter_map(|line| line.split_first()) {
        let name = if which % 2 == 0 { "authorization" } else { "x-api-key" };
        headers.append(name, HeaderValue::from_bytes(value).ok()?);
    }
    door::credential(&headers).ok().map(|found| format!("{found:?}"))
}

/// A token of these parts.
pub fn token(header: &str, claims: &str, signature: &str) -> String {
    [header, claims, signature].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

/// Whether a text can be taken apart as a token. Nothing says that it is accepted.
pub fn token_can_be_read(text: &str) -> bool {
    jwt::can_be_read(text)
}

/// Whether bytes are keys of an issuer, each of which is then asked whether a signature is its own.
pub fn jwks_can_be_read(bytes: &[u8]) -> bool {
    jwt::are_keys(bytes)
}

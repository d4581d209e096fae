//! Owns JSON over HTTP: a request becomes a message, a call and an answer, by the contract's descriptors. Never a method.
//!
//! | file | owns |
//! |---|---|
//! | `template.rs`, `routes.rs` | which method a verb and a path stand for |
//! | `query.rs`, `strict.rs`, `read.rs` | parameters and body as fields of the request |
//! | `call.rs` | the call, as gRPC's bytes |
//! | `write.rs`, `lines.rs`, `refusal.rs`, `code.rs` | the answer, streams of them, errors |

pub(crate) mod call;
mod code;
mod lines;
mod query;
mod read;
mod refusal;
mod routes;
pub(crate) mod strict;
pub(crate) mod template;
mod write;

use std::{collections::HashMap, sync::Arc};

use bytes::{Bytes, BytesMut};
use creatorscope_kit::{
    layers::{self, Answered},
    role::BoxError,
    transport::Transport,
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use prost_reflect::{DynamicMessage, ReflectMessage};
use tonic::{Code, Status, body::Body};

pub(crate) use self::{
    code::name as code_name,
    refusal::{Refusal, request_id},
};
use self::{
    lines::{Fault, Form, Lines, Told, resume_field},
    read::{At, Problems},
    routes::{Found, Holds, Route, Routes},
    strict::Json,
    write::Writer,
};
use crate::{
    Peer,
    config::Config,
    desk::{Asked, Ticket},
    door::Door,
    dry,
    policy::Method,
};

/// Headers that go on to services. What is not here stays at the door.
const PASSED: [&str; 6] =
    ["x-request-id", "traceparent", "tracestate", "accept-language", "user-agent", "cache-control"];
/// How long the client waits: `2s`, `1.5s` or `300ms`.
pub(crate) const TIMEOUT: &str = "x-request-timeout";
const LINE_TYPES: [&str; 3] = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

/// The JSON side of the gateway.
pub(crate) struct Front {
    routes: Routes,
    peers: HashMap<&'static str, Transport>,
    body_limit: usize,
    line_limit: usize,
    door: Arc<Door>,
}

impl Front {
    /// The JSON side of these methods. Errors: HTTP rules that cannot be read or mean the same paths.
    pub(crate) fn new(
        methods: &[Arc<Method>],
        peers: &[Peer],
        config: &Config,
        door: Arc<Door>,
    ) -> Result<Self, BoxError> {
        let pairs = peers.iter().flat_map(|peer| {
            // As a client of its own the gateway repeats what may be repeated and keeps the deadline.
            let transport = layers::repeating(peer.transport.clone());
            peer.services.iter().map(move |name| (*name, transport.clone()))
        });
        Ok(Self {
            routes: Routes::new(methods)?,
            peers: pairs.collect(),
            body_limit: config.body_limit(),
            line_limit: config.line_limit(),
            door,
        })
    }

    /// The answer to a request, whatever it is.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let id = request_id(request.headers());
        let found = self.routes.find(request.method(), request.uri().path());
        let asked = Asked::of(&request, found.as_ref().ok().map(|found| &found.route.method));
        let (method, outcome) = match (found, self.door.admit(&asked).await) {
            (Ok(found), Ok(ticket)) => {
                (Some(found.route.method.path.clone()), self.call(&found, ticket, request, &id).await)
            }
            // Who may not come in does not learn what is there.
            (found, Err(status)) => (found.ok().map(|found| found.route.method.path.clone()), Err(status.into())),
            (Err(refusal), Ok(mut ticket)) => {
                ticket.end(refusal.code());
                (None, Err(refusal))
            }
        };
        let code = outcome.as_ref().map_or_else(Refusal::code, |_| Code::Ok);
        let mut response = outcome.unwrap_or_else(|refusal| refused(refusal, &id));
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let method = method.unwrap_or_else(|| "unknown".to_owned());
        response.extensions_mut().insert(Answered { method, code });
        response
    }

    async fn call(
        &self,
        found: &Found<'_>,
        mut ticket: Ticket,
        request: Request<Body>,
        id: &str,
    ) -> Result<Response<Body>, Refusal> {
        let told = ticket.told();
        let fault = Fault::default();
        let form = form(request.headers());
        let prepared = self.prepare(found, request, &fault, ticket.is_dry()).await;
        let prepared = prepared.inspect_err(|refusal| ticket.end(refusal.code()));
        let Call { method, peer, headers, messages } = prepared?;
        let mut response = match messages {
            Messages::One(message, _) if ticket.is_dry() => {
                let matches = dry::matches(ticket, peer, method, headers, message).await?;
                let mut response = answered("application/json", Body::new(Full::from(dry::to_json(method, matches))));
                dry::mark(response.headers_mut(), method, matches);
                response
            }
            messages => {
                let (body, writer) = match messages {
                    Messages::One(message, writer) => (call::single(&message), writer),
                    Messages::Many(body, writer) => (body, writer),
                };
                let answers = call::open(ticket, peer, &method.path, headers, body).await;
                let answers = answers.map_err(|status| self::told(&fault, status))?;
                if method.descriptor.is_server_streaming() {
                    let told = Told { answers, writer, form, fault, request_id: id.to_owned() };
                    answered(form.content_type(), told.into_body())
                } else {
                    let marks = answers.marks.clone();
                    let bytes = answers.only().await.map_err(|status| self::told(&fault, status))?;
                    let mut json = Vec::with_capacity(bytes.len() * 3);
                    writer.write(&writer.read(&bytes)?, &mut json)?;
                    let mut response = answered("application/json", Body::new(Full::from(json)));
                    response.headers_mut().extend(marks);
                    response
                }
            }
        };
        told.mark(response.headers_mut());
        Ok(response)
    }

    /// What is sent for a request. Of a stream that is only asked for its price nothing is read.
    async fn prepare<'a>(
        &self,
        found: &Found<'a>,
        request: Request<Body>,
        fault: &Fault,
        is_dry: bool,
    ) -> Result<Call<'a>, Refusal> {
        let method = &found.route.method;
        let peer = self.peers.get(method.descriptor.parent_service().full_name()).cloned();
        let peer = peer.ok_or_else(|| Status::unavailable("no peer answers for this service"))?;
        let headers = passed(request.headers())?;
        let (output, answer) = (method.descriptor.output(), found.route.answer.clone());
        let messages = if method.descriptor.is_client_streaming() && is_dry {
            let none = DynamicMessage::new(method.descriptor.input());
            Messages::One(none, Writer::new(output, answer, None))
        } else if method.descriptor.is_client_streaming() {
            let (body, writer) = self.frames(found.route, request, Arc::clone(fault)).await?;
            Messages::Many(body, writer)
        } else {
            let message = self.message(found, request).await?;
            let writer = Writer::new(output, answer, Some(&message));
            Messages::One(message, writer)
        };
        Ok(Call { method, peer, headers, messages })
    }

    /// The body of a call whose messages come as lines.
    async fn frames(&self, route: &Route, request: Request<Body>, fault: Fault) -> Result<(Body, Writer), Refusal> {
        let kind = content_type(request.headers());
        if !LINE_TYPES.contains(&kind.as_str()) {
            return Err(Refusal::wrong_type(&kind, "application/x-ndjson: a JSON object a line"));
        }
        refuse_query(request.uri().query())?;
        let method = &route.method.descriptor;
        let mut lines = Lines::new(request.into_body(), self.line_limit);
        // A first line that is wrong can still be answered with a status of HTTP.
        let first = lines.message(&method.input()).await?.ok_or_else(|| empty("send a JSON object a line"))?;
        let frames = lines.into_frames(method.input(), &first, method.is_server_streaming(), fault);
        Ok((call::stream(frames), Writer::new(method.output(), route.answer.clone(), None)))
    }

    /// The one message of a call, from body, path and parameters.
    async fn message(&self, found: &Found<'_>, request: Request<Body>) -> Result<DynamicMessage, Refusal> {
        let (head, body) = request.into_parts();
        let route = found.route;
        let mut problems = Problems::default();
        let mut message = DynamicMessage::new(route.method.descriptor.input());
        let mut closed: Vec<&str> = found.values.iter().map(|(field, _)| *field).collect();
        match &route.body {
            Holds::Nothing => self.refuse_body(body).await?,
            Holds::Request => {
                closed.push("*");
                message = read::message(
                    &message.descriptor(),
                    self.json(&head.headers, body).await?,
                    At::ROOT,
                    &mut problems,
                );
            }
            Holds::Field(field) => {
                closed.push(field.name());
                let json = self.json(&head.headers, body).await?;
                if let Some(value) = read::value(field, json, At::ROOT.field(field.name()), &mut problems) {
                    message.set_field(field, value);
                }
            }
        }
        for (field, value) in &found.values {
            query::set_from_path(&mut message, field, value, &mut problems);
        }
        query::apply(&mut message, head.uri.query().unwrap_or_default(), &closed, &mut problems);
        problems.check().map_err(|violations| Refusal::invalid(&violations))?;
        go_on(&mut message, &head.headers);
        Ok(message)
    }

    async fn json(&self, headers: &HeaderMap, body: Body) -> Result<Json, Refusal> {
        let kind = content_type(headers);
        let bytes = self.read(headers, body).await?;
        if bytes.trim_ascii().is_empty() {
            return Err(empty("send at least {}"));
        }
        if kind != "application/json" {
            return Err(Refusal::wrong_type(&kind, "application/json"));
        }
        Json::parse(&bytes)
            .map_err(|problem| Refusal::bad("MALFORMED_JSON", format!("the body is not JSON: {problem}")))
    }

    async fn read(&self, headers: &HeaderMap, mut body: Body) -> Result<Bytes, Refusal> {
        let too_large = || Refusal::too_large("the body", self.body_limit);
        let told = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if told.is_some_and(|length| length > self.body_limit) {
            return Err(too_large());
        }
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Status::cancelled("the client went away in the middle of its request"))?;
            if let Ok(more) = frame.into_data() {
                if bytes.len() + more.len() > self.body_limit {
                    return Err(too_large());
                }
                bytes.extend_from_slice(&more);
            }
        }
        Ok(bytes.freeze())
    }

    async fn refuse_body(&self, body: Body) -> Result<(), Refusal> {
        if body.is_end_stream() || self.read(&HeaderMap::new(), body).await?.is_empty() {
            return Ok(());
        }
        Err(Refusal::bad("UNEXPECTED_BODY", "this method takes parameters and no body"))
    }
}

/// What is sent, and where.
struct Call<'a> {
    method: &'a Method,
    peer: Transport,
    headers: HeaderMap,
    messages: Messages,
}

/// The messages of a call, with what writes its answers.
enum Messages {
    One(DynamicMessage, Writer),
    Many(Body, Writer),
}

/// What was wrong with a line tells more than how the call ended because of it.
fn told(fault: &Fault, status: Status) -> Refusal {
    let kept = fault.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    kept.unwrap_or_else(|| status.into())
}

fn empty(hint: &str) -> Refusal {
    Refusal::bad("EMPTY_BODY", format!("the body is empty; {hint}"))
}

fn refuse_query(query: Option<&str>) -> Result<(), Refusal> {
    match query.filter(|query| !query.is_empty()) {
        None => Ok(()),
        Some(_) => Err(Refusal::bad("UNKNOWN_PARAMETER", "this method takes lines and no parameters")),
    }
}

/// Where a browser that connects again wants to go on, when the request does not say another place.
fn go_on(message: &mut DynamicMessage, headers: &HeaderMap) {
    let Some(id) = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty()) else {
        return;
    };
    if let Some(field) = resume_field(&message.descriptor()).filter(|field| !message.has_field(field)) {
        message.set_field(&field, prost_reflect::Value::String(id.to_owned()));
    }
}

/// The type of a body without its parameters, in lower case.
fn content_type(headers: &HeaderMap) -> String {
    let text = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn form(headers: &HeaderMap) -> Form {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let events = accept.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/event-stream"));
    if events { Form::Events } else { Form::Lines }
}

/// The headers that go on to the service. Errors: a timeout that is none.
fn passed(headers: &HeaderMap) -> Result<HeaderMap, Refusal> {
    let mut kept = HeaderMap::new();
    for name in PASSED {
        if let Some(value) = headers.get(name) {
            kept.insert(name, value.clone());
        }
    }
    if let Some(value) = headers.get(TIMEOUT) {
        let wrong =
            || Refusal::one(TIMEOUT, "BAD_TIMEOUT", "is not a time such as 2s, 1.5s or 300ms, above 0 and up to 24 h");
        let millis = value.to_str().ok().and_then(millis).ok_or_else(wrong)?;
        let value = HeaderValue::from_str(&format!("{millis}m")).map_err(|_| wrong())?;
        kept.insert("grpc-timeout", value);
    }
    Ok(kept)
}

/// Milliseconds of `2s`, `1.5s`, `300ms`; at least 1, at most a day, which fits into the 8 digits of `grpc-timeout`.
fn millis(text: &str) -> Option<u64> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => (text.strip_suffix('s')?, 1_000.0),
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let millis = (number.parse::<f64>().ok()? * unit).ceil();
    (1.0..=86_400_000.0).contains(&millis).then_some(millis as u64)
}

fn answered(content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if content_type != "application/json" {
        // Proxies that collect answers would hold a stream back.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    }
    response
}

pub(crate) fn refused(refusal: Refusal, id: &str) -> Response<Body> {
    let (status, headers, json): (StatusCode, _, _) = refusal.into_answer(id);
    let mut response = Response::new(Body::new(Full::from(json)));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

#[cfg(test)]
mod tests;

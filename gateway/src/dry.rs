//! Owns calls that are not made: with `x-dry-run: true` the answer tells what the call would cost, what is left, and for searches how
//! much matches. Never a message of the service's answer.
//!
//! A method that pages and tells a `total_size` is a search: it is asked for one match, and the total is told. That is work for the
//! service, so a dry run of a search costs what the search costs; any other costs nothing.

use creatorscope_kit::{fault::Fault, transport::Transport};
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body::Frame;
use http_body_util::{BodyExt, Limited, StreamBody};
use prost::bytes::{Buf, Bytes};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};
use serde_json::json;
use thiserror::Error;
use tonic::{Code, Status, body::Body};

use crate::{
    desk::Ticket,
    json::call::{open, single},
    policy::Method,
};

/// What asks for it.
pub(crate) const DRY_RUN: &str = "x-dry-run";
/// The longest request that is read for the number of its matches, in bytes.
const LONGEST: usize = 4 << 20;
/// What an answer is called when it says nothing of a call.
const MATCHES: &str = "x-matches";
const COST: &str = "x-quota-cost";

/// Nobody can tell whether the call is to be made. Making it would be wrong.
#[derive(Debug, Error)]
#[error("x-dry-run is `{0}`; accepted are true and false")]
pub(crate) struct Unclear(String);

impl Fault for Unclear {
    fn code(&self) -> Code {
        Code::InvalidArgument
    }
    fn reason(&self) -> &'static str {
        "BAD_DRY_RUN"
    }
}

/// Whether the headers ask what the call would cost. Errors: they say neither yes nor no.
pub(crate) fn asked(headers: &HeaderMap) -> Result<bool, Unclear> {
    let mut is_dry = false;
    for value in headers.get_all(DRY_RUN) {
        match value.as_bytes().trim_ascii() {
            b"true" | b"1" => is_dry = true,
            b"false" | b"0" => {}
            other => return Err(Unclear(String::from_utf8_lossy(other).chars().take(50).collect())),
        }
    }
    Ok(is_dry)
}

/// What a dry run costs, in units.
pub(crate) fn price(method: &Method) -> u32 {
    if total_field(method).is_some() { method.quota_cost } else { 0 }
}

/// The field of the answer that tells how much matches.
fn total_field(method: &Method) -> Option<FieldDescriptor> {
    if method.is_stream() || field(&method.descriptor.input(), "page_size", &[Kind::Int32]).is_none() {
        return None;
    }
    field(&method.descriptor.output(), "total_size", &[Kind::Int64, Kind::Int32])
}

fn field(message: &MessageDescriptor, name: &str, kinds: &[Kind]) -> Option<FieldDescriptor> {
    message.get_field_by_name(name).filter(|field| kinds.contains(&field.kind()) && !field.is_list())
}

/// How much matches; none for a method that is no search. The ticket ends with it. Errors: what the service answers, e.g. that the
/// filter is wrong.
pub(crate) async fn matches(
    mut ticket: Ticket,
    peer: Transport,
    method: &Method,
    headers: HeaderMap,
    mut message: DynamicMessage,
) -> Result<Option<i64>, Status> {
    let Some(total) = total_field(method) else {
        ticket.end(Code::Ok);
        return Ok(None);
    };
    for (name, value) in [("page_size", Value::I32(1)), ("skip_total", Value::Bool(false))] {
        if let Some(field) = message.descriptor().get_field_by_name(name) {
            message.set_field(&field, value);
        }
    }
    for name in ["page_token", "facets"] {
        message.clear_field_by_name(name);
    }
    let answers = open(ticket, peer, &method.path, headers, single(&message)).await?;
    let bytes = answers.only().await?;
    let answer = DynamicMessage::decode(method.descriptor.output(), bytes)
        .map_err(|_| Status::internal("the answer of the service cannot be read"))?;
    let count = match answer.get_field(&total).into_owned() {
        Value::I64(count) => count,
        Value::I32(count) => count.into(),
        _ => 0,
    };
    Ok(Some(count))
}

/// The headers that tell what was found.
pub(crate) fn mark(headers: &mut HeaderMap, method: &Method, matches: Option<i64>) {
    headers.insert(DRY_RUN, HeaderValue::from_static("true"));
    headers.insert(COST, method.quota_cost.into());
    if let Some(matches) = matches {
        headers.insert(MATCHES, matches.into());
    }
}

/// The same as a JSON object; numbers of 64 bits are texts, as everywhere.
pub(crate) fn to_json(method: &Method, matches: Option<i64>) -> Vec<u8> {
    let mut told = json!({ "dryRun": true, "method": method.shown(), "quotaCost": method.quota_cost });
    if let Some(matches) = matches {
        told["matches"] = matches.to_string().into();
    }
    told.to_string().into_bytes()
}

/// The answer of gRPC: the headers, an empty message where there must be one, and no error. Errors: as [`matches`]; a request that
/// is no message.
pub(crate) async fn answer(
    ticket: Ticket,
    peer: Transport,
    method: &Method,
    request: Request<Body>,
) -> Result<Response<Body>, Status> {
    let told = ticket.told();
    let mut ticket = ticket;
    let counted = if total_field(method).is_some() {
        let (head, body) = request.into_parts();
        let message = read(method, body).await.inspect_err(|status| ticket.end(status.code()))?;
        matches(ticket, peer, method, head.headers, message).await?
    } else {
        ticket.end(Code::Ok);
        None
    };
    let one = (!method.descriptor.is_server_streaming()).then(|| Frame::data(Bytes::from_static(&[0; 5])));
    let end = Frame::trailers(HeaderMap::from_iter([(
        http::HeaderName::from_static("grpc-status"),
        HeaderValue::from_static("0"),
    )]));
    let frames = one.into_iter().chain([end]).map(Ok::<_, Status>);
    let mut response = Response::new(Body::new(StreamBody::new(futures::stream::iter(frames))));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    told.mark(response.headers_mut());
    mark(response.headers_mut(), method, counted);
    Ok(response)
}

/// The one message of a request.
async fn read(method: &Method, body: Body) -> Result<DynamicMessage, Status> {
    let unreadable = |why: &str| Status::invalid_argument(format!("a dry run reads the request, and {why}"));
    let bytes = Limited::new(body, LONGEST).collect().await.map_err(|_| unreadable("it is too long, or broke off"))?;
    let mut bytes = bytes.to_bytes();
    if bytes.len() < 5 {
        return Err(unreadable("there is none"));
    }
    if bytes.get_u8() != 0 {
        return Err(unreadable("it is compressed"));
    }
    let length = bytes.get_u32() as usize;
    if bytes.len() != length {
        return Err(unreadable("it is not one message"));
    }
    DynamicMessage::decode(method.descriptor.input(), bytes).map_err(|_| unreadable("it is no message of the method"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    #[test]
    fn methods_that_page_and_tell_a_total_are_searches() {
        let services = ["creatorscope.discovery.v1.DiscoveryService", "creatorscope.metrics.v1.MetricsService"];
        let methods = policy::read(creatorscope_proto::pool(), &services).expect("all can be exposed");
        let searches: Vec<&str> =
            methods.iter().filter(|method| price(method) > 0).map(|method| method.descriptor.name()).collect();
        assert_eq!(searches, ["SearchCreators", "SearchPosts"]);
    }

    #[test]
    fn only_a_clear_word_decides_whether_a_call_is_made() {
        let of = |values: &[&'static str]| {
            let pairs =
                values.iter().map(|value| (http::HeaderName::from_static(DRY_RUN), HeaderValue::from_static(value)));
            let mut headers = HeaderMap::new();
            pairs.for_each(|(name, value)| {
                headers.append(name, value);
            });
            asked(&headers)
        };
        assert!(matches!(of(&[]), Ok(false)));
        assert!(matches!(of(&["false"]), Ok(false)));
        assert!(matches!(of(&["true"]), Ok(true)));
        assert!(matches!(of(&["false", "1"]), Ok(true)), "in doubt it is not made");
        for wrong in ["yes", "TRUE", ""] {
            assert!(of(&[wrong]).is_err(), "{wrong}");
        }
    }
}

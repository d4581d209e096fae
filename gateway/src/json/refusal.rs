//! Owns errors as HTTP tells them (AIP-193): refusals of our own and what services answer. Never the reasons of a service.

use std::sync::OnceLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use creatorscope_kit::{
    fault::{self, Fault, Violation, Violations},
    layers::REQUEST_ID,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::code::{http_status, name};

/// Why a request goes to no service, or what a service answered in place of a message.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: Box<Status>,
    /// When HTTP has a better word than the code.
    http: Option<StatusCode>,
    /// The `Allow` header.
    allow: Option<String>,
}

impl Refusal {
    /// A request that is wrong. All problems are told together.
    pub(crate) fn invalid(violations: &Violations) -> Self {
        fault::status(violations).into()
    }

    /// A request that is wrong as a whole.
    pub(crate) fn bad(reason: &'static str, message: impl Into<String>) -> Self {
        fault::status(&Plain { code: Code::InvalidArgument, reason, message: message.into() }).into()
    }

    /// A request of which one field is wrong.
    pub(crate) fn one(field: &str, reason: &'static str, description: impl Into<String>) -> Self {
        Self::invalid(&Violation::new(field, reason, description).into())
    }

    /// No method is reached by this path.
    pub(crate) fn no_path(path: &str) -> Self {
        let path: String = path.chars().take(200).collect();
        let message = format!("nothing is reached by {path}; /docs and /openapi.json list what is");
        Self::plain(Code::NotFound, "UNKNOWN_PATH", message, StatusCode::NOT_FOUND)
    }

    /// The path is known, the verb is not its.
    pub(crate) fn wrong_verb(verb: &http::Method, allowed: &[&str]) -> Self {
        let allowed = allowed.join(", ");
        let message = format!("{verb} is not answered here; accepted is {allowed}");
        let refusal = Self::plain(Code::Unimplemented, "WRONG_VERB", message, StatusCode::METHOD_NOT_ALLOWED);
        Self { allow: Some(allowed), ..refusal }
    }

    /// The body is of a type that is not read here.
    pub(crate) fn wrong_type(found: &str, expected: &str) -> Self {
        let found: String = found.chars().take(100).collect();
        let message = format!("the body has content-type `{found}`; accepted is {expected}");
        Self::plain(Code::InvalidArgument, "WRONG_CONTENT_TYPE", message, StatusCode::UNSUPPORTED_MEDIA_TYPE)
    }

    /// The body, or a line of it, is above the limit, in bytes.
    pub(crate) fn too_large(what: &str, limit: usize) -> Self {
        let message = format!("{what} is longer than {limit} bytes; send less at once");
        Self::plain(Code::ResourceExhausted, "REQUEST_TOO_LARGE", message, StatusCode::PAYLOAD_TOO_LARGE)
    }

    fn plain(code: Code, reason: &'static str, message: String, http: StatusCode) -> Self {
        let status = Box::new(fault::status(&Plain { code, reason, message }));
        Self { status, http: Some(http), allow: None }
    }

    pub(crate) fn code(&self) -> Code {
        self.status.code()
    }

    /// The answer to a request that carries this id.
    pub(crate) fn into_answer(self, request_id: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(allow) = self.allow.as_ref().and_then(|allow| HeaderValue::from_str(allow).ok()) {
            headers.insert(header::ALLOW, allow);
        }
        if self.http() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let details = self.status.get_error_details();
        if let Some(delay) = details.retry_info().and_then(|info| info.retry_delay) {
            let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        // What is left of rates and quotas.
        let told = self.status.metadata().clone().into_headers();
        headers.extend(told.into_iter().filter_map(|(name, value)| {
            let name = name.filter(|name| name.as_str().starts_with("x-"))?;
            Some((name, value))
        }));
        (self.http(), headers, self.to_json(request_id))
    }

    fn http(&self) -> StatusCode {
        self.http.unwrap_or_else(|| http_status(self.status.code()))
    }

    /// `{"error": …}` in one line.
    pub(crate) fn to_json(&self, request_id: &str) -> Vec<u8> {
        let code = self.status.code();
        let mut details = details(self.status.details());
        let told = details.iter().any(|detail| detail["@type"] == json!(REQUEST_INFO));
        if !told && !request_id.is_empty() {
            details.push(json!({"@type": REQUEST_INFO, "requestId": request_id}));
        }
        let error = json!({
            "code": self.http().as_u16(),
            "message": self.status.message(),
            "status": name(code),
            "details": details,
        });
        json!({ "error": error }).to_string().into_bytes()
    }
}

const REQUEST_INFO: &str = "type.googleapis.com/google.rpc.RequestInfo";

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self { status: Box::new(status), http: None, allow: None }
    }
}

/// The id of a request, as the layers around the gateway gave it.
pub(crate) fn request_id(headers: &HeaderMap) -> String {
    headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned()
}

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Plain {
    code: Code,
    reason: &'static str,
    message: String,
}

impl Fault for Plain {
    fn code(&self) -> Code {
        self.code
    }
    fn reason(&self) -> &'static str {
        self.reason
    }
}

/// The details of a status in JSON; one whose type is not known is told as bytes.
fn details(encoded: &[u8]) -> Vec<Value> {
    let Ok(status) = tonic_types::Status::decode(encoded) else { return Vec::new() };
    status.details.iter().map(|any| detail(&any.type_url, &any.value)).collect()
}

fn detail(type_url: &str, value: &[u8]) -> Value {
    let name = type_url.rsplit('/').next().unwrap_or_default();
    let message = details_pool()
        .get_message_by_name(name)
        .or_else(|| creatorscope_proto::pool().get_message_by_name(name))
        .and_then(|descriptor| DynamicMessage::decode(descriptor, value).ok());
    match message.and_then(|message| serde_json::to_value(message).ok()) {
        Some(Value::Object(mut fields)) => {
            fields.insert("@type".to_owned(), json!(type_url));
            Value::Object(fields)
        }
        _ => json!({"@type": type_url, "value": BASE64_STANDARD.encode(value)}),
    }
}

/// The descriptors of `google.rpc`.
fn details_pool() -> &'static DescriptorPool {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    POOL.get_or_init(|| {
        DescriptorPool::decode(tonic_types::pb::FILE_DESCRIPTOR_SET).expect("tonic-types holds readable descriptors")
    })
}

/// The names of those that resemble what was written, best first, at most three; all of a few when none does.
pub(crate) fn near<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<(f64, &str)> = known.map(|name| (strsim::jaro_winkler(written, name), name)).collect();
    if known.is_empty() {
        return "there is none".to_owned();
    }
    known.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let close: Vec<&str> =
        known.iter().take(3).filter(|(nearness, _)| *nearness > 0.75).map(|(_, name)| *name).collect();
    if !close.is_empty() {
        return format!("near are {}", close.join(", "));
    }
    let all = known.len() <= 8;
    let first: Vec<&str> = known.iter().take(8).map(|(_, name)| *name).collect();
    format!("there are {}{}", first.join(", "), if all { "" } else { " and others" })
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    #[test]
    fn an_error_is_told_with_its_details_in_json() {
        let mut details =
            ErrorDetails::with_error_info("GONE", "creatorscope.dev", [("id".to_owned(), "7".to_owned())]);
        details.set_retry_info(Some(std::time::Duration::from_millis(1_500)));
        let refusal: Refusal = Status::with_error_details(Code::Unavailable, "away", details).into();
        let told: Value = serde_json::from_slice(&refusal.to_json("id-1")).expect("JSON");
        let error = &told["error"];
        assert_eq!(
            (&error["code"], &error["status"], &error["message"]),
            (&json!(503), &json!("UNAVAILABLE"), &json!("away"))
        );
        let list = error["details"].as_array().expect("details");
        assert!(list.contains(&json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "GONE", "domain": "creatorscope.dev", "metadata": {"id": "7"}
        })));
        assert!(list.contains(&json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.500s"})));
        assert!(list.contains(&json!({"@type": REQUEST_INFO, "requestId": "id-1"})));
        let (status, headers, _) = refusal.into_answer("");
        assert_eq!((status.as_u16(), headers[header::RETRY_AFTER].to_str().ok()), (503, Some("2")));
    }

    #[test]
    fn a_detail_of_an_unknown_type_is_told_as_bytes() {
        let told = detail("type.example.com/nobody.Knows", &[1, 2]);
        assert_eq!(told, json!({"@type": "type.example.com/nobody.Knows", "value": "AQI="}));
    }

    #[test]
    fn near_names_are_told_or_all_of_a_few() {
        assert_eq!(near("pageSise", ["pageSize", "filter"].into_iter()), "near are pageSize");
        assert_eq!(near("zzz", ["pageSize", "filter"].into_iter()), "there are filter, pageSize");
    }
}

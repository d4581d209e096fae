//! Who comes in, in both modes: keys, scopes, tenants, and that no role answers past the gateway.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use creatorscope_kit::{fault::Code, transport::remote};
use creatorscope_proto::{
    campaign::v1 as campaign,
    common::v1::{MethodPolicy, method_policy::Visibility},
    metrics::v1::ListMetricDefinitionsRequest,
};
use creatorscope_tests::{Mode, Suite, each_mode, postgres_is_there};
use http_body_util::{BodyExt, Full};
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use tonic::{Request, Status, body::Body};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt;
use tower::ServiceExt;

/// Nothing that is asked here takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a test needs to know of a method.
struct Method {
    path: String,
    scope: String,
    /// Verb and path of the main way over HTTP.
    verb: String,
    url: String,
    has_body: bool,
    takes_lines: bool,
}

fn option(method: &MethodDescriptor, name: &str) -> DynamicMessage {
    let pool = creatorscope_proto::pool();
    let extension = pool.get_extension_by_name(name).expect("it is in the contract");
    match method.options().get_extension(&extension).into_owned() {
        Value::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

/// Every method of the contract that is not for roles alone. A method without a policy would fail here.
fn public_methods() -> Vec<Method> {
    let mut methods = Vec::new();
    for service in creatorscope_proto::pool().services() {
        for method in service.methods() {
            let policy: MethodPolicy =
                option(&method, "creatorscope.common.v1.policy").transcode_to().expect("a policy");
            if policy.visibility() == Visibility::Internal {
                continue;
            }
            let rule = option(&method, "google.api.http");
            let text = |field: &str| {
                rule.get_field_by_name(field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
            };
            let verb = ["get", "put", "post", "delete", "patch"].into_iter().find(|verb| !text(verb).is_empty());
            let verb = verb.expect("every method has a way over HTTP");
            methods.push(Method {
                path: format!("/{}/{}", service.full_name(), method.name()),
                scope: policy.scope,
                verb: verb.to_uppercase(),
                url: filled(&text(verb)),
                has_body: !text("body").is_empty(),
                takes_lines: method.is_client_streaming(),
            });
        }
    }
    assert!(methods.len() > 90, "{} methods", methods.len());
    methods
}

/// A path of this template: `/v1/{name=creators/*}` becomes `/v1/creators/x`.
fn filled(template: &str) -> String {
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, inside)) = rest.split_once('{') {
        let (variable, after) = inside.split_once('}').expect("a closed variable");
        path.push_str(before);
        path.push_str(
            &variable.split_once('=').map_or("x", |(_, pattern)| pattern).replace("**", "x").replace('*', "x"),
        );
        rest = after;
    }
    path + rest
}

/// A suite that asks for keys.
async fn closed(mode: Mode) -> Suite {
    Suite::start_with(mode, &["gateway.auth=keys", "gateway.key_cache_seconds=0"]).await
}

/// A request with one empty message, or none at all as JSON.
fn asked(method: &Method, address: &str, language: &str, key: Option<&str>) -> http::Request<Body> {
    let request = match language {
        "json" => http::Request::builder().method(method.verb.as_str()).uri(format!("http://{address}{}", method.url)),
        _ => http::Request::post(format!("http://{address}{}", method.path)),
    };
    let kind = match (language, method.takes_lines) {
        ("json", true) => "application/x-ndjson",
        ("json", false) => "application/json",
        ("web", _) => "application/grpc-web+proto",
        _ => "application/grpc",
    };
    let body = match language {
        "json" if method.has_body => b"{}".to_vec(),
        "json" => Vec::new(),
        _ => vec![0; 5],
    };
    let mut request = request.header("content-type", kind).header("te", "trailers");
    if let Some(key) = key {
        // Both places are tried over all methods.
        request = match method.path.len() % 2 {
            0 => request.header("authorization", format!("Bearer {key}")),
            _ => request.header("x-api-key", key),
        };
    }
    request.body(Body::new(Full::from(body))).expect("a request")
}

/// What the door says: refused as unknown, as not permitted, or let in, whatever comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Unknown,
    Forbidden,
    In,
}

async fn door(suite: &Suite, method: &Method, language: &str, key: Option<&str>) -> Door {
    let request = asked(method, &suite.address(), language, key);
    let response = tokio::time::timeout(PATIENCE, suite.transport().oneshot(request)).await;
    let response = response.unwrap_or_else(|_| panic!("{} does not answer", method.path)).expect("answered");
    if language == "json" {
        return match response.status().as_u16() {
            401 => Door::Unknown,
            403 => Door::Forbidden,
            _ => Door::In,
        };
    }
    // A refusal has its status among the headers: nothing else was sent before.
    let told = Status::from_header_map(response.headers());
    match told.map(|status| status.code()) {
        Some(Code::Unauthenticated) => Door::Unknown,
        Some(Code::PermissionDenied) => Door::Forbidden,
        _ => Door::In,
    }
}

async fn every_method_is_refused_refused_and_allowed(mode: Mode) {
    let suite = closed(mode).await;
    let methods = public_methods();
    let scopes: BTreeSet<&str> = methods.iter().map(|method| method.scope.as_str()).collect();
    let mut keys = BTreeMap::new();
    for scope in &scopes {
        let others: Vec<&str> = scopes.iter().copied().filter(|other| other != scope).collect();
        let with = suite.make_key(&["--scopes", scope]).await;
        keys.insert(*scope, (with, suite.make_key(&["--scopes", &others.join(",")]).await));
    }
    let mut wrong = Vec::new();
    for method in &methods {
        let (with, without) = &keys[method.scope.as_str()];
        for language in ["grpc", "web", "json"] {
            let cases = [(None, Door::Unknown), (Some(without), Door::Forbidden), (Some(with), Door::In)];
            for (key, expected) in cases {
                let found = door(&suite, method, language, key.map(String::as_str)).await;
                if found != expected {
                    wrong.push(format!("{} over {language}: {found:?} in place of {expected:?}", method.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} methods:\n{}", wrong.len(), methods.len(), wrong.join("\n"));
    suite.stop().await;
}

fn with_key<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("x-api-key", key.parse().expect("ascii"));
    request
}

async fn asks(suite: &Suite, key: &str) -> Result<(), Status> {
    let request = with_key(ListMetricDefinitionsRequest::default(), key);
    suite.metrics().list_metric_definitions(request).await.map(|_| ())
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().expect("a reason").reason.clone()
}

async fn keys_that_do_not_hold_are_refused_without_saying_whether_they_exist(mode: Mode) {
    let suite = closed(mode).await;
    let good = suite.make_key(&["--scopes", "metrics.*"]).await;
    asks(&suite, &good).await.expect("it holds");
    let expired = suite.make_key(&["--scopes", "*", "--expires", "0m"]).await;
    let revoked = suite.make_key(&["--scopes", "*"]).await;
    asks(&suite, &revoked).await.expect("it holds until it is revoked");
    suite.run_key(&["revoke", &revoked]).await;
    let trial = suite.make_key(&["--scopes", "*", "--set", "gateway.environment=test"]).await;
    let unknown = creatorscope_gateway::key::ApiKey::generate(creatorscope_gateway::key::Environment::Live);
    let unknown = unknown.expect("randomness").reveal().to_owned();
    let cases = [
        (expired.as_str(), "KEY_NOT_ACCEPTED"),
        (&revoked, "KEY_NOT_ACCEPTED"),
        (&unknown, "KEY_NOT_ACCEPTED"),
        (&trial, "KEY_OF_OTHER_ENVIRONMENT"),
        (&good[..40], "KEY_MALFORMED"),
        ("eyJhbGciOiJub25lIn0.e30.", "KEY_MALFORMED"),
        ("", "KEY_MALFORMED"),
    ];
    let mut messages = BTreeSet::new();
    for (key, expected) in cases {
        let refused = asks(&suite, key).await.expect_err("refused");
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unauthenticated, expected), "{key}");
        if expected == "KEY_NOT_ACCEPTED" {
            messages.insert(refused.message().to_owned());
        }
    }
    assert_eq!(messages.len(), 1, "one message for all: {messages:?}");

    // A new key in the place of an old one that ends at once.
    let rotated = suite.run_key(&["rotate", &good, "--overlap", "0m"]).await;
    let rotated = rotated.lines().next().expect("a key").to_owned();
    asks(&suite, &rotated).await.expect("the new one holds");
    asks(&suite, &good).await.expect_err("the old one has ended");
    let listed = suite.run_key(&["list"]).await;
    for secret in [&good, &rotated, &revoked, &trial] {
        assert!(!listed.contains(&secret[21..]), "a list shows no secret");
    }
    suite.stop().await;
}

async fn what_is_not_allowed_learns_nothing(mode: Mode) {
    let suite = closed(mode).await;
    let key = suite.make_key(&["--scopes", "metrics.read"]).await;
    let of = |path: &str| Method {
        path: path.to_owned(),
        scope: String::new(),
        verb: "GET".to_owned(),
        url: path.to_owned(),
        has_body: false,
        takes_lines: false,
    };
    for path in [
        "/nobody.v1.NoService/Do",
        "/creatorscope.metrics.v1.MetricsService/Do",
        "/v1/nothing",
        "/docs",
        "/openapi.json",
    ] {
        for language in ["grpc", "json"] {
            assert_eq!(door(&suite, &of(path), language, None).await, Door::Unknown, "{path} {language}");
            assert_eq!(door(&suite, &of(path), language, Some(&key)).await, Door::In, "{path} {language}");
        }
    }
    // Health is open for load balancers, reflection is not.
    HealthClient::new(suite.transport()).check(HealthCheckRequest::default()).await.expect("open");
    let reflection = of("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
    assert_eq!(door(&suite, &reflection, "grpc", None).await, Door::Unknown);
    assert_eq!(door(&suite, &reflection, "grpc", Some(&key)).await, Door::In);
    // An identity that somebody made up opens nothing.
    let mut request = Request::new(ListMetricDefinitionsRequest::default());
    request.metadata_mut().insert("x-creatorscope-identity", "e30.e30".parse().expect("ascii"));
    let refused = suite.metrics().list_metric_definitions(request).await.expect_err("refused");
    assert_eq!(reason(&refused), "KEY_MISSING");
    let mut request = with_key(ListMetricDefinitionsRequest::default(), &key);
    request.metadata_mut().insert("x-creatorscope-identity", "e30.e30".parse().expect("ascii"));
    suite.metrics().list_metric_definitions(request).await.expect("the gateway's own takes its place");

    let refused =
        suite.transport().oneshot(asked(&of("/v1/nothing"), &suite.address(), "json", None)).await.expect("answered");
    assert_eq!(refused.headers()["www-authenticate"], "Bearer");
    let body = refused.into_body().collect().await.expect("a body").to_bytes();
    let told: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert!(told["error"]["message"].as_str().is_some_and(|text| text.contains("creatorscope key create")), "{told}");
    suite.stop().await;
}

async fn two_tenants_see_nothing_of_one_another(mode: Mode) {
    let suite = closed(mode).await;
    let lumo = suite.make_key(&["--scopes", "campaign.*", "--tenant", "lumo"]).await;
    let nova = suite.make_key(&["--scopes", "campaign.*", "--tenant", "nova"]).await;
    let make = campaign::CreateBrandRequest {
        brand_id: "lamps".to_owned(),
        brand: Some(campaign::Brand { display_name: "Lamps".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    let made = suite.campaign().create_brand(with_key(make.clone(), &lumo)).await.expect("made").into_inner();
    let campaign::Brand { name, etag, .. } = made.brand.expect("a brand");
    let get = |key: &str| with_key(campaign::GetBrandRequest { name: name.clone() }, key);
    let list = |key: &str| with_key(campaign::ListBrandsRequest::default(), key);
    assert_eq!(suite.campaign().list_brands(list(&lumo)).await.expect("listed").into_inner().brands.len(), 1);
    assert_eq!(suite.campaign().list_brands(list(&nova)).await.expect("listed").into_inner().brands.len(), 0);
    let hidden = suite.campaign().get_brand(get(&nova)).await.expect_err("another's");
    assert_eq!(hidden.code(), Code::NotFound);
    let delete = campaign::DeleteBrandRequest { name: name.clone(), etag, ..Default::default() };
    let hidden = suite.campaign().delete_brand(with_key(delete, &nova)).await.expect_err("another's");
    assert_eq!(hidden.code(), Code::NotFound);
    // The name is free for the other one, and stays the first one's own.
    suite.campaign().create_brand(with_key(make, &nova)).await.expect("made");
    suite.campaign().get_brand(get(&lumo)).await.expect("there");
    suite.stop().await;
}

each_mode! {
    every_method_is_refused_refused_and_allowed
    keys_that_do_not_hold_are_refused_without_saying_whether_they_exist
    what_is_not_allowed_learns_nothing
    two_tenants_see_nothing_of_one_another
}

/// A role with an address of its own, in the process of all others and alone.
async fn a_role_refuses_calls_past_the_gateway(mode: Mode) {
    let suite = Suite::start_metrics_alone(mode).await;
    let past = remote(&format!("http://{}", suite.address())).expect("an address");
    let mut client = creatorscope_proto::metrics::v1::metrics_service_client::MetricsServiceClient::new(past.clone());
    let refused = client.list_metric_definitions(ListMetricDefinitionsRequest::default()).await.expect_err("unsigned");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unauthenticated, "IDENTITY_MISSING"));
    HealthClient::new(past).check(HealthCheckRequest::default()).await.expect("health is open");
    suite.metrics().list_metric_definitions(ListMetricDefinitionsRequest::default()).await.expect("signed");
    suite.stop().await;
}

#[tokio::test]
async fn a_role_on_sqlite_refuses_calls_past_the_gateway() {
    a_role_refuses_calls_past_the_gateway(Mode::Embedded).await;
}

#[tokio::test]
async fn a_role_on_postgres_refuses_calls_past_the_gateway() {
    if postgres_is_there() {
        a_role_refuses_calls_past_the_gateway(Mode::Distributed).await;
    }
}

#[tokio::test]
async fn a_gateway_without_keys_says_so_and_one_with_keys_does_not() {
    for (settings, said) in [(vec![], true), (vec!["gateway.auth=keys"], false)] {
        let suite = Suite::start_with(Mode::Embedded, &settings).await;
        let log = std::fs::read_to_string(suite.folder().join("gateway.log")).expect("a log");
        assert_eq!(log.contains("no keys are asked for"), said, "{settings:?}");
        suite.stop().await;
    }
}

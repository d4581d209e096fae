//! Owns what the contract says about each exposed method: who may call it, what it costs, how long its answer keeps, how it is
//! reached over HTTP. Never a decision about a call.

use std::{fmt, sync::Arc, time::Duration};

use creatorscope_kit::role::BoxError;
use creatorscope_proto::common::v1::{
    MethodPolicy,
    method_policy::{Audit, Visibility},
};
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, Value};

const POLICY: &str = "creatorscope.common.v1.policy";
const HTTP: &str = "google.api.http";
const VERBS: [(&str, http::Method); 5] = [
    ("get", http::Method::GET),
    ("put", http::Method::PUT),
    ("post", http::Method::POST),
    ("delete", http::Method::DELETE),
    ("patch", http::Method::PATCH),
];

/// A method that can be called through the gateway.
#[derive(Debug, Clone)]
pub(crate) struct Method {
    /// Its descriptor, with comments.
    pub(crate) descriptor: MethodDescriptor,
    /// Where gRPC finds it, e.g. `/creatorscope.metrics.v1.MetricsService/GetPost`.
    pub(crate) path: String,
    /// The permission that a caller needs, e.g. `metrics.read`.
    pub(crate) scope: String,
    /// Quota units of one call, or of one message of the client's stream; 0 to 1 000.
    pub(crate) quota_cost: u32,
    /// How long an answer may be used again; zero for not at all, up to 24 h.
    pub(crate) cache_lifetime: Duration,
    /// Whether every call is written to the audit log.
    pub(crate) audited: bool,
    /// How it is reached over HTTP, the main way first.
    pub(crate) bindings: Vec<Binding>,
}

impl Method {
    /// Whether messages come one after the other, from either side.
    pub(crate) fn is_stream(&self) -> bool {
        self.descriptor.is_client_streaming() || self.descriptor.is_server_streaming()
    }

    /// Service and name, as audit log and usage tell it: the path without its first slash.
    pub(crate) fn shown(&self) -> &str {
        self.path.trim_start_matches('/')
    }
}

/// One way to reach a method over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    /// The verb.
    pub(crate) verb: http::Method,
    /// The path template, e.g. `/v1/{name=creators/*}`.
    pub(crate) path: String,
    /// The request field that the body holds; `*` for the whole request, empty for none.
    pub(crate) body: String,
    /// The response field that the answer holds; empty for the whole response.
    pub(crate) response_body: String,
}

/// Reads the policies of all methods of these services. Those that are for the roles among themselves are left out.
/// Errors: every service that no contract has and every method without policy or HTTP rule, at once.
pub(crate) fn read(pool: &DescriptorPool, services: &[&str]) -> Result<Vec<Arc<Method>>, BoxError> {
    let (mut methods, mut missing) = (Vec::new(), Vec::new());
    for name in services {
        let Some(service) = pool.get_service_by_name(name) else {
            missing.push(format!("{name} is in no contract"));
            continue;
        };
        for descriptor in service.methods() {
            match method(pool, descriptor) {
                Ok(Some(method)) => methods.push(Arc::new(method)),
                Ok(None) => {}
                Err(lacking) => missing.push(lacking),
            }
        }
    }
    if missing.is_empty() { Ok(methods) } else { Err(Box::new(Missing(missing))) }
}

/// Methods that must not be exposed as they are.
#[derive(Debug)]
pub(crate) struct Missing(Vec<String>);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the gateway does not know how to expose {} of its methods: {}", self.0.len(), self.0.join("; "))
    }
}

impl std::error::Error for Missing {}

fn method(pool: &DescriptorPool, descriptor: MethodDescriptor) -> Result<Option<Method>, String> {
    let options = descriptor.options();
    let name = descriptor.full_name().to_owned();
    let policy = option(pool, &options, POLICY).and_then(|policy| policy.transcode_to::<MethodPolicy>().ok());
    let Some(policy) = policy else { return Err(format!("{name} has no {POLICY}")) };
    if policy.visibility() == Visibility::Internal {
        return Ok(None);
    }
    let Some(lifetime) = policy.cache_lifetime else { return Err(format!("{name} says no cache_lifetime")) };
    let cache_lifetime = Duration::try_from(lifetime).map_err(|_| format!("{name} has a negative cache_lifetime"))?;
    let quota_cost = u32::try_from(policy.quota_cost).map_err(|_| format!("{name} has a negative quota_cost"))?;
    if policy.scope.is_empty() {
        return Err(format!("{name} says no scope"));
    }
    let Some(rule) = option(pool, &options, HTTP) else { return Err(format!("{name} has no {HTTP}")) };
    let mut bindings = vec![binding(&rule).ok_or_else(|| format!("{name} has no path in {HTTP}"))?];
    for further in messages(&rule, "additional_bindings") {
        bindings.push(binding(&further).ok_or_else(|| format!("{name} has an additional binding without a path"))?);
    }
    let path = format!("/{}/{}", descriptor.parent_service().full_name(), descriptor.name());
    let audited = policy.audit() == Audit::Always;
    Ok(Some(Method { path, scope: policy.scope, quota_cost, cache_lifetime, audited, bindings, descriptor }))
}

fn option(pool: &DescriptorPool, options: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    let extension = pool.get_extension_by_name(name)?;
    if !options.has_extension(&extension) {
        return None;
    }
    match options.get_extension(&extension).into_owned() {
        Value::Message(value) => Some(value),
        _ => None,
    }
}

fn binding(rule: &DynamicMessage) -> Option<Binding> {
    let (verb, path) = VERBS.iter().find_map(|(field, verb)| {
        let path = text(rule, field);
        (!path.is_empty()).then(|| (verb.clone(), path))
    })?;
    Some(Binding { verb, path, body: text(rule, "body"), response_body: text(rule, "response_body") })
}

fn text(message: &DynamicMessage, field: &str) -> String {
    message.get_field_by_name(field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn messages(message: &DynamicMessage, field: &str) -> Vec<DynamicMessage> {
    let list = message.get_field_by_name(field);
    let items = list.as_ref().and_then(|list| list.as_list()).unwrap_or_default();
    items.iter().filter_map(|item| item.as_message().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_services() -> Vec<String> {
        let services = creatorscope_proto::pool().services();
        services.map(|service| service.full_name().to_owned()).collect()
    }

    #[test]
    fn every_method_of_every_contract_has_policy_and_http_rule() {
        let services = all_services();
        let names: Vec<&str> = services.iter().map(String::as_str).collect();
        let methods = read(creatorscope_proto::pool(), &names).expect("all methods can be exposed");
        let count: usize = creatorscope_proto::pool().services().map(|service| service.methods().count()).sum();
        assert!(count > 50 && methods.len() == count, "{} of {count}", methods.len());
        let post = methods.iter().find(|method| method.path.ends_with("/GetPost")).expect("it is there");
        assert_eq!((post.scope.as_str(), post.quota_cost), ("metrics.read", 1));
        assert_eq!(post.cache_lifetime, Duration::from_secs(60));
    }

    #[test]
    fn all_services_and_methods_that_cannot_be_exposed_are_named_at_once() {
        // Health and reflection have neither a policy nor a rule.
        let mut pool = creatorscope_proto::pool().clone();
        pool.decode_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET).expect("a second contract");
        let told =
            read(&pool, &["grpc.health.v1.Health", "nobody.v1.Nothing"]).expect_err("nothing is known").to_string();
        for named in ["Health.Check has no creatorscope", "Health.Watch has no", "nobody.v1.Nothing is in no contract"]
        {
            assert!(told.contains(named), "{told}");
        }
    }
}

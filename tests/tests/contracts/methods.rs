//! Owns the rules about methods: paging, batches, idempotency and policy (AIP-158, 231). Never judges HTTP paths.

use creatorscope_proto::common::v1::{MethodPolicy, method_policy::Audit};
use prost_reflect::{Kind, MessageDescriptor, MethodDescriptor, Value};
use prost_types::method_options::IdempotencyLevel;

use super::{Contracts, case::is_lower_snake, fields::behaviour, holds};

const MOST_QUOTA: i32 = 1000;
const LONGEST_CACHE_SECONDS: i64 = 24 * 60 * 60;
/// `REQUIRED` of `google.api.FieldBehavior`.
const REQUIRED: i32 = 2;

fn has(message: &MessageDescriptor, name: &str, kind: &Kind) -> bool {
    message.get_field_by_name(name).is_some_and(|field| !field.is_list() && field.kind() == *kind)
}

#[test]
fn lists_and_searches_are_paged() {
    holds(paging);
}

pub(crate) fn paging(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for method in contracts.methods() {
        let (request, response) = (method.input(), method.output());
        let lists = method.name().starts_with("List") || method.name().starts_with("Search");
        let has_token = request.get_field_by_name("page_token").is_some();
        if !lists && !has_token {
            continue;
        }
        let paged = has(&request, "page_size", &Kind::Int32)
            && has(&request, "page_token", &Kind::String)
            && has(&response, "next_page_token", &Kind::String);
        if !paged {
            found.push(format!("{}: lacks page_size, page_token or next_page_token", method.full_name()));
        }
        // AIP-158: the first field of the response holds the page.
        if !response.get_field(1).is_some_and(|field| field.is_list()) {
            found.push(format!("{}: the first field of its response is not repeated", method.full_name()));
        }
    }
    found
}

#[test]
fn batch_methods_take_names() {
    holds(batches);
}

pub(crate) fn batches(contracts: &Contracts) -> Vec<String> {
    let mut methods = contracts.methods();
    methods.retain(|method| {
        let names = method.input().get_field_by_name("names");
        let taken = names.is_some_and(|names| {
            names.is_list() && names.kind() == Kind::String && behaviour(contracts, &names).contains(&REQUIRED)
        });
        method.name().starts_with("BatchGet") && !taken
    });
    methods.iter().map(|method| format!("{}: has no required `repeated string names`", method.full_name())).collect()
}

fn idempotency(method: &MethodDescriptor) -> IdempotencyLevel {
    method
        .method_descriptor_proto()
        .options
        .as_ref()
        .map_or(IdempotencyLevel::IdempotencyUnknown, |options| options.idempotency_level())
}

#[test]
fn every_method_says_whether_it_may_be_repeated() {
    holds(idempotency_levels);
}

pub(crate) fn idempotency_levels(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for method in contracts.methods() {
        let level = idempotency(&method);
        if level == IdempotencyLevel::IdempotencyUnknown {
            found.push(format!("{}: has no idempotency_level", method.full_name()));
        }
        let reads = ["Get", "List", "BatchGet", "Search", "Watch"].iter().any(|verb| method.name().starts_with(verb));
        if reads && level != IdempotencyLevel::NoSideEffects {
            found.push(format!("{}: reads and is not NO_SIDE_EFFECTS", method.full_name()));
        }
    }
    found
}

#[test]
fn every_method_has_a_policy_within_bounds() {
    holds(policies);
}

pub(crate) fn policies(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for method in contracts.methods() {
        let Some(policy) = policy(contracts, &method) else {
            found.push(format!("{}: has no creatorscope.common.v1.policy", method.full_name()));
            continue;
        };
        let area = method.parent_file().package_name().split('.').nth(1).unwrap_or_default().to_owned();
        let streams = method.is_client_streaming() || method.is_server_streaming();
        let once = !streams && idempotency(&method) == IdempotencyLevel::NoSideEffects;
        for fault in faults(&policy, &area, once) {
            found.push(format!("{}: {fault}", method.full_name()));
        }
        let name = method.name();
        let asked_for = name.ends_with("Contact") || name.starts_with("Export") || name.starts_with("Erase");
        if asked_for && policy.audit() != Audit::Always {
            found.push(format!("{}: is not AUDIT_ALWAYS", method.full_name()));
        }
    }
    found
}

/// The value of `creatorscope.common.v1.policy`.
fn policy(contracts: &Contracts, method: &MethodDescriptor) -> Option<MethodPolicy> {
    let Value::Message(policy) = contracts.option(&method.options(), "creatorscope.common.v1.policy")? else {
        return None;
    };
    Some(policy.transcode_to().expect("the option is a MethodPolicy"))
}

/// What is wrong with the policy of a method of `area`; `cacheable` is whether its answer may be kept at all.
fn faults(policy: &MethodPolicy, area: &str, cacheable: bool) -> Vec<String> {
    let mut found = Vec::new();
    match policy.scope.split_once('.') {
        Some((scope, verb)) if scope == area && is_lower_snake(verb) => {}
        _ => found.push(format!("scope {:?} is not {area}.verb", policy.scope)),
    }
    if !(0..=MOST_QUOTA).contains(&policy.quota_cost) {
        found.push(format!("quota_cost {} is not 0 to {MOST_QUOTA}", policy.quota_cost));
    }
    let Some(lifetime) = policy.cache_lifetime else {
        found.push("cache_lifetime is not set".to_owned());
        return found;
    };
    let within = (0..LONGEST_CACHE_SECONDS).contains(&lifetime.seconds) && (0..1_000_000_000).contains(&lifetime.nanos);
    if !within && (lifetime.seconds, lifetime.nanos) != (LONGEST_CACHE_SECONDS, 0) {
        found.push(format!("cache_lifetime of {} s is not 0 to 24 h", lifetime.seconds));
    }
    if !cacheable && (lifetime.seconds, lifetime.nanos) != (0, 0) {
        found.push("cache_lifetime is more than 0 for a method that streams or has side effects".to_owned());
    }
    found
}

#[test]
fn policies_out_of_bounds_are_recognised() {
    let lifetime = |seconds, nanos| Some(prost_types::Duration { seconds, nanos });
    let good = MethodPolicy {
        scope: "metrics.read".into(),
        quota_cost: 1000,
        cache_lifetime: lifetime(86_400, 0),
        visibility: 0,
        audit: 0,
    };
    assert_eq!(faults(&good, "metrics", true), Vec::<String>::new());
    assert_eq!(faults(&good, "metrics", false).len(), 1, "an answer of a method with side effects is kept");
    assert_eq!(faults(&good, "discovery", true).len(), 1, "the scope of another area");
    for wrong in [
        MethodPolicy { scope: "read".into(), ..good.clone() },
        MethodPolicy { scope: "metrics.Read".into(), ..good.clone() },
        MethodPolicy { quota_cost: 1001, ..good.clone() },
        MethodPolicy { quota_cost: -1, ..good.clone() },
        MethodPolicy { cache_lifetime: None, ..good.clone() },
        MethodPolicy { cache_lifetime: lifetime(86_400, 1), ..good.clone() },
        MethodPolicy { cache_lifetime: lifetime(-1, 0), ..good },
    ] {
        assert_eq!(faults(&wrong, "metrics", true).len(), 1, "{wrong:?}");
    }
}

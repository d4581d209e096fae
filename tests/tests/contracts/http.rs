//! Owns the rules about `google.api.http`: verbs, paths, bodies (AIP-127, 131, 132, 135, 136). Never judges messages.

use std::collections::BTreeMap;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::{
    Contracts, holds,
    read::texts,
    resources::{patterns, reference},
};

const VERBS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// The HTTP rule of a method; `None` when it has none.
fn rule(contracts: &Contracts, options: &DynamicMessage) -> Option<DynamicMessage> {
    match contracts.option(options, "google.api.http")? {
        Value::Message(rule) => Some(rule),
        _ => None,
    }
}

/// Verb and path of a rule, e.g. `get` and `/v1/{name=creators/*}`.
fn binding(rule: &DynamicMessage) -> Option<(&'static str, String)> {
    VERBS.into_iter().find_map(|verb| Some((verb, texts(rule, verb).pop()?)))
}

#[test]
fn every_method_can_be_called_over_http() {
    holds(bindings);
}

pub(crate) fn bindings(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    let mut users: BTreeMap<(&str, String), String> = BTreeMap::new();
    for method in contracts.methods() {
        let name = method.full_name();
        let bound = rule(contracts, &method.options());
        let Some((rule, (verb, path))) = bound.and_then(|rule| binding(&rule).map(|binding| (rule, binding))) else {
            found.push(format!("{name}: has no google.api.http"));
            continue;
        };
        let body = texts(&rule, "body").concat();
        // The body is the stream, a message a line: nothing of it can stand in the path.
        if method.is_client_streaming() && (verb != "post" || body != "*" || path.contains('{')) {
            found.push(format!("{name}: takes a stream and is not reached by post with body \"*\" and a plain path"));
        }
        if let Some(expected) = expected_verb(method.name(), &body)
            && verb != expected
        {
            found.push(format!("{name}: is reached by {verb}, not by {expected}"));
        }
        let body_known = body.is_empty() || body == "*" || method.input().get_field_by_name(&body).is_some();
        if !body_known || (["get", "delete"].contains(&verb) && !body.is_empty()) {
            found.push(format!("{name}: body {body:?} is not a field of the request or does not go with {verb}"));
        }
        if let Some(other) = users.insert((verb, path.clone()), name.to_owned()) {
            found.push(format!("{name}: shares {verb} {path} with {other}"));
        }
    }
    found
}

/// The verb that a method's name asks for: reading gets, deleting deletes, a whole request in the body is posted.
fn expected_verb(method: &str, body: &str) -> Option<&'static str> {
    if ["Get", "List", "BatchGet", "Watch"].iter().any(|prefix| method.starts_with(prefix)) {
        return Some("get");
    }
    if method.starts_with("Delete") {
        return Some("delete");
    }
    (body == "*").then_some("post")
}

#[test]
fn variables_of_http_paths_are_fields_of_the_request() {
    holds(variables);
}

pub(crate) fn variables(contracts: &Contracts) -> Vec<String> {
    let known = patterns(contracts);
    let mut found = Vec::new();
    for method in contracts.methods() {
        let Some((_, path)) = rule(contracts, &method.options()).and_then(|rule| binding(&rule)) else { continue };
        let name = method.full_name();
        let version = method.parent_file().package_name().rsplit('.').next().unwrap_or_default().to_owned();
        if !path.starts_with(&format!("/{version}/")) {
            found.push(format!("{name}: {path} does not begin with the version of its package"));
        }
        let Some(variables) = split_variables(&path) else {
            found.push(format!("{name}: the braces of {path} do not match"));
            continue;
        };
        for (variable, template) in variables {
            let Some(field) = field_at(&method.input(), variable) else {
                found.push(format!("{name}: {path} names `{variable}`, which is no string of the request"));
                continue;
            };
            // The path must let exactly the resource's names through.
            let forms = reference(contracts, &field).and_then(|named| known.get(&named)).into_iter().flatten();
            let mut forms = forms.map(|form| with_stars(form)).peekable();
            if forms.peek().is_some() && !forms.any(|form| form == template) {
                found.push(format!(
                    "{name}: {template} in {path} is no form of the resource that `{variable}` refers to"
                ));
            }
        }
    }
    found
}

/// The variables of a path with their templates (`*` when none is given); `None` when braces do not match.
fn split_variables(path: &str) -> Option<Vec<(&str, &str)>> {
    let mut found = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, behind) = after.split_once('}')?;
        if before.contains('}') || inside.contains('{') {
            return None;
        }
        found.push(inside.split_once('=').unwrap_or((inside, "*")));
        rest = behind;
    }
    (!rest.contains('}')).then_some(found)
}

/// The string field at a dotted path inside a request.
fn field_at(request: &MessageDescriptor, path: &str) -> Option<FieldDescriptor> {
    let Some((first, rest)) = path.split_once('.') else {
        return request.get_field_by_name(path).filter(|field| !field.is_list() && field.kind() == Kind::String);
    };
    match request.get_field_by_name(first)?.kind() {
        Kind::Message(inner) => field_at(&inner, rest),
        _ => None,
    }
}

/// A resource's pattern with `*` for each id: `creators/{creator}` is `creators/*`.
fn with_stars(form: &str) -> String {
    let segments: Vec<_> =
        form.split('/').map(|segment| if segment.starts_with('{') { "*" } else { segment }).collect();
    segments.join("/")
}

#[test]
fn path_templates_are_taken_apart() {
    assert_eq!(split_variables("/v1/{name=creators/*}:watch"), Some(vec![("name", "creators/*")]));
    assert_eq!(split_variables("/v1/{a}/{b.c=x/*}"), Some(vec![("a", "*"), ("b.c", "x/*")]));
    assert_eq!(split_variables("/v1/{name"), None);
    assert_eq!(split_variables("/v1/name}"), None);
    assert_eq!(with_stars("creators/{creator}/contact"), "creators/*/contact");
}

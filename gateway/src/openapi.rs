//! Owns the OpenAPI 3.1 document of the JSON side, made of the same descriptors that answer. Never a call.

mod comments;
mod path;
mod schema;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use self::{
    comments::Comments,
    path::OpenPath,
    schema::{Schemas, parameters},
};
use crate::policy::{Binding, Method};

const ABOUT: &str = "Every method of the contracts as JSON over HTTP. Field names are lowerCamelCase; 64-bit integers are texts; a field that \
    can be missing is absent when it is missing and there when it is 0; the others are always there, unless a mask was given. A field \
    that is not known, given twice or of the wrong type is refused. Errors have the form {\"error\": {code, message, status, details}}. \
    Streams are answered a JSON object a line, or as server-sent events when `accept: text/event-stream` asks for it. The header \
    x-request-timeout (2s, 300ms) bounds a call; x-dry-run: true tells its cost and, of a search, how much matches, in place of making it. \
    Answers tell what is left in x-ratelimit-limit, -remaining and -reset and, with a monthly quota, in x-quota-limit, -remaining and -reset.";

/// The document.
pub(crate) fn document(methods: &[Arc<Method>]) -> Value {
    let comments = Comments::default();
    let mut schemas = Schemas::new(&comments, methods);
    let mut paths: Map<String, Value> = Map::new();
    let mut tags: Vec<Value> = Vec::new();
    for method in methods {
        let service = method.descriptor.parent_service();
        let tag = json!({"name": service.name(), "description": comments.of_service(service)});
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        for (place, binding) in method.bindings.iter().enumerate() {
            let path = OpenPath::new(&binding.path);
            let operation = operation(method, binding, place, &path, &comments, &mut schemas);
            let entry = paths.entry(path.text).or_insert_with(|| json!({}));
            entry[binding.verb.as_str().to_ascii_lowercase()] = operation;
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "creatorscope", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        // Where the suite asks for no keys, none is needed.
        "security": [{"bearer": []}, {"key": []}, {}],
        "components": {
            "schemas": schemas.into_map(),
            "responses": {"Error": error_response()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A key of `creatorscope key create`."},
                "key": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "The same key."},
            },
        },
    })
}

fn operation(
    method: &Method,
    binding: &Binding,
    place: usize,
    path: &OpenPath,
    comments: &Comments,
    schemas: &mut Schemas<'_>,
) -> Value {
    let descriptor = &method.descriptor;
    let description = comments.of_method(descriptor);
    let summary = description.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned();
    let suffix = if place == 0 { String::new() } else { format!("_{}", place + 1) };
    let mut asked: Vec<Value> = path.parameters(&descriptor.input(), comments);
    let bound: Vec<&str> = path.fields.iter().map(|(field, _)| field.as_str()).collect();
    let mut operation = json!({
        "operationId": format!("{}_{}{suffix}", descriptor.parent_service().name(), descriptor.name()),
        "tags": [descriptor.parent_service().name()],
        "summary": summary,
        "description": description,
        "x-creatorscope": {
            "grpc": method.path.trim_start_matches('/'), "scope": method.scope, "quotaCost": method.quota_cost,
            "cacheSeconds": method.cache_lifetime.as_secs(),
        },
    });
    match binding.body.as_str() {
        _ if descriptor.is_client_streaming() => {
            let content = stream("A JSON object a line.", &schemas.of_message(&descriptor.input()));
            operation["requestBody"] = json!({"required": true, "content": {"application/x-ndjson": content}});
        }
        "" => asked.extend(parameters(&descriptor.input(), &bound, schemas)),
        "*" => {
            let schema = schemas.of_body(&descriptor.input(), &bound);
            operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
        }
        name => {
            let mut closed = bound.clone();
            closed.push(name);
            asked.extend(parameters(&descriptor.input(), &closed, schemas));
            if let Some(field) = descriptor.input().get_field_by_name(name) {
                let schema = schemas.of_field(&field);
                operation["requestBody"] =
                    json!({"required": true, "content": {"application/json": {"schema": schema}}});
            }
        }
    }
    operation["parameters"] = Value::Array(asked);
    let output = descriptor.output();
    let schema = match output.get_field_by_name(&binding.response_body) {
        Some(field) => schemas.of_field(&field),
        None => schemas.of_message(&output),
    };
    let content = if descriptor.is_server_streaming() {
        json!({
            "application/x-ndjson": stream("A JSON object a line; an error is the last line.", &schema),
            "text/event-stream": stream("An event a message, with the resume token as its id; an error is an event `error`.", &schema),
        })
    } else {
        json!({"application/json": {"schema": schema}})
    };
    operation["responses"] = json!({
        "200": {"description": comments.of_message(&output), "content": content},
        "default": {"$ref": "#/components/responses/Error"},
    });
    operation
}

/// A media type whose text holds one value after the other. OpenAPI 3.1 has no word for what each is.
fn stream(description: &str, item: &Value) -> Value {
    json!({"schema": {"type": "string", "description": description, "x-creatorscope-item": item}})
}

fn error_response() -> Value {
    let detail = json!({
        "type": "object", "required": ["@type"], "additionalProperties": true,
        "properties": {"@type": {"type": "string", "description": "Which kind of google.rpc detail it is."}},
    });
    let error = json!({
        "type": "object", "required": ["code", "message", "status", "details"],
        "properties": {
            "code": {"type": "integer", "description": "The status of HTTP."},
            "message": {"type": "string", "description": "What was wrong, for people."},
            "status": {"type": "string", "description": "The code, e.g. INVALID_ARGUMENT."},
            "details": {"type": "array", "items": detail, "description": "google.rpc details: ErrorInfo with the reason, BadRequest with each field."},
        },
    });
    let schema = json!({"type": "object", "required": ["error"], "properties": {"error": error}});
    json!({"description": "What went wrong.", "content": {"application/json": {"schema": schema}}})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy;

    fn ours() -> (Vec<Arc<Method>>, Value) {
        let pool = creatorscope_proto::pool();
        let services: Vec<String> = pool.services().map(|service| service.full_name().to_owned()).collect();
        let services: Vec<&str> = services.iter().map(String::as_str).collect();
        let methods = policy::read(pool, &services).expect("all can be exposed");
        let document = document(&methods);
        (methods, document)
    }

    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_method_is_described_with_its_parameters() {
        let (methods, document) = ours();
        let operations: Vec<&Value> = document["paths"]
            .as_object()
            .expect("paths")
            .values()
            .flat_map(|path| path.as_object().expect("verbs").values())
            .collect();
        let bindings: usize = methods.iter().map(|method| method.bindings.len()).sum();
        assert_eq!(operations.len(), bindings);
        let ids: BTreeSet<&str> = operations.iter().filter_map(|operation| operation["operationId"].as_str()).collect();
        assert_eq!(ids.len(), bindings);
        assert!(
            operations.iter().all(|operation| operation["description"].as_str().is_some_and(|text| text.len() > 10))
        );
        let similar = &document["paths"]["/v1/creators/{creator}:findSimilar"]["get"];
        let names: Vec<&str> =
            similar["parameters"].as_array().expect("some").iter().filter_map(|one| one["name"].as_str()).collect();
        assert!(names.contains(&"creator") && !names.contains(&"name"), "{names:?}");
    }

    #[test]
    fn every_reference_leads_somewhere_and_nothing_is_unused() {
        let (_, document) = ours();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for reference in &found {
            let pointer = reference.strip_prefix('#').expect("inside");
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        for name in document["components"]["schemas"].as_object().expect("schemas").keys() {
            assert!(found.contains(format!("#/components/schemas/{name}").as_str()), "{name}");
        }
    }

    #[test]
    fn fields_carry_type_comment_and_whether_they_are_required() {
        let (_, document) = ours();
        let schemas = &document["components"]["schemas"];
        let plan = &schemas["scoring.v1.PlanPortfolioRequest"];
        assert_eq!(plan["required"], json!(["budgetMinor"]));
        assert_eq!(plan["properties"]["budgetMinor"]["format"], "int64");
        assert!(
            plan["properties"]["budgetMinor"]["description"].as_str().is_some_and(|text| text.contains("minor units"))
        );
        let format = &schemas["scoring.v1.DossierFormat"];
        assert!(format["enum"].as_array().is_some_and(|names| names.contains(&json!("DOSSIER_FORMAT_HTML"))));
    }
}

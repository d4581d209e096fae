//! Owns the rules about resources, their names and the references to them (AIP-122, 123, 124). Never judges methods.

use std::collections::BTreeMap;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::{
    Contracts,
    case::{is_lower_camel, is_lower_snake},
    fields::behaviour,
    holds,
    read::texts,
};

/// `IDENTIFIER` of `google.api.FieldBehavior`.
const IDENTIFIER: i32 = 8;

/// The value of `google.api.resource`.
fn resource(contracts: &Contracts, message: &MessageDescriptor) -> Option<DynamicMessage> {
    contracts.option(&message.options(), "google.api.resource")?.as_message().cloned()
}

/// The type that `google.api.resource_reference` of a field names.
pub(crate) fn reference(contracts: &Contracts, field: &FieldDescriptor) -> Option<String> {
    let Value::Message(reference) = contracts.option(&field.options(), "google.api.resource_reference")? else {
        return None;
    };
    texts(&reference, "type").into_iter().chain(texts(&reference, "child_type")).next()
}

/// The forms of name of every resource type, by type.
pub(crate) fn patterns(contracts: &Contracts) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for message in contracts.messages() {
        if let Some(resource) = resource(contracts, &message) {
            found.insert(texts(&resource, "type").concat(), texts(&resource, "pattern"));
        }
    }
    found
}

#[test]
fn a_resource_says_its_type_and_the_form_of_its_names() {
    holds(resources);
}

pub(crate) fn resources(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for message in contracts.messages() {
        let identifier = message.fields().find(|field| behaviour(contracts, field).contains(&IDENTIFIER));
        let Some(resource) = resource(contracts, &message) else {
            if let Some(field) = identifier {
                found.push(format!("{}: is an IDENTIFIER and its message no google.api.resource", field.full_name()));
            }
            continue;
        };
        let name = message.full_name();
        let named = identifier.is_some_and(|field| field.name() == "name" && field.kind() == Kind::String);
        if !named {
            found.push(format!("{name}: has no string `name` that is its IDENTIFIER"));
        }
        if texts(&resource, "type") != [format!("creatorscope.dev/{}", message.name())] {
            found.push(format!("{name}: its resource type is not creatorscope.dev/{}", message.name()));
        }
        let forms = texts(&resource, "pattern");
        if forms.is_empty() || !forms.iter().all(|form| is_pattern(form)) {
            found.push(format!("{name}: patterns {forms:?} are not of the form collections/{{resource}}"));
        }
        for number in ["singular", "plural"] {
            if !texts(&resource, number).first().is_some_and(|word| is_lower_camel(word)) {
                found.push(format!("{name}: its {number} is missing or not lowerCamelCase"));
            }
        }
    }
    found
}

/// Collections in lowerCamelCase and ids in braces by turns, a collection first; a last word alone names a singleton.
fn is_pattern(form: &str) -> bool {
    form.split('/').enumerate().all(|(place, segment)| {
        let variable = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        if place % 2 == 0 { is_lower_camel(segment) } else { variable.is_some_and(is_lower_snake) }
    })
}

#[test]
fn references_name_resources_that_exist() {
    holds(references);
}

pub(crate) fn references(contracts: &Contracts) -> Vec<String> {
    let known = patterns(contracts);
    let mut found = Vec::new();
    for field in contracts.fields() {
        if let Some(named) = reference(contracts, &field)
            && !known.contains_key(&named)
        {
            found.push(format!("{}: refers to {named}, which no message is", field.full_name()));
        }
    }
    found
}

#[test]
fn name_names_and_parent_of_a_request_refer_to_a_resource() {
    holds(request_references);
}

pub(crate) fn request_references(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for method in contracts.methods() {
        for field in method.input().fields() {
            if ["name", "names", "parent"].contains(&field.name()) && reference(contracts, &field).is_none() {
                found.push(format!("{}: has no google.api.resource_reference", field.full_name()));
            }
        }
    }
    found
}

#[test]
fn patterns_of_resource_names_are_recognised() {
    assert!(is_pattern("creators/{creator}/posts/{post}") && is_pattern("creators/{creator}/contact"));
    assert!(!is_pattern("{creator}") && !is_pattern("creators/creator") && !is_pattern("Creators/{creator}"));
}

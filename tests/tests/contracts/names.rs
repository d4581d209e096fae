//! Owns the rules about names (AIP-122, 126, 140, 190, 191, 215; buf STANDARD). Never looks at comments or options.

use std::collections::BTreeMap;

use super::{
    Contracts,
    case::{is_lower_snake, is_pascal, is_upper_snake, upper_snake},
    holds,
};

#[test]
fn a_package_is_its_directory_and_ends_in_a_version() {
    holds(packages);
}

pub(crate) fn packages(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for file in contracts.files() {
        let (path, package) = (file.name(), file.package_name());
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        if package.replace('.', "/") != directory {
            found.push(format!("{path}: package {package} does not lie in its own directory"));
        }
        let version = package.rsplit('.').next().and_then(|last| last.strip_prefix('v'));
        if !version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit())) {
            found.push(format!("{path}: package {package} does not end in a version such as v1"));
        }
    }
    found
}

#[test]
fn file_names_are_lower_snake_case() {
    holds(file_names);
}

pub(crate) fn file_names(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for file in contracts.files() {
        let name = file.name().rsplit('/').next().unwrap_or_default();
        if !name.strip_suffix(".proto").is_some_and(is_lower_snake) {
            found.push(format!("{}: is not lower_snake_case", file.name()));
        }
    }
    found
}

#[test]
fn messages_enums_services_and_methods_are_pascal_case() {
    holds(type_names);
}

pub(crate) fn type_names(contracts: &Contracts) -> Vec<String> {
    let mut names = Vec::new();
    names.extend(contracts.messages().iter().map(|message| message.full_name().to_owned()));
    names.extend(contracts.enums().iter().map(|listed| listed.full_name().to_owned()));
    names.extend(contracts.services().iter().map(|service| service.full_name().to_owned()));
    names.extend(contracts.methods().iter().map(|method| method.full_name().to_owned()));
    names.retain(|name| !name.rsplit('.').next().is_some_and(is_pascal));
    names.iter().map(|name| format!("{name}: is not PascalCase")).collect()
}

#[test]
fn fields_and_oneofs_are_lower_snake_case() {
    holds(field_names);
}

pub(crate) fn field_names(contracts: &Contracts) -> Vec<String> {
    let mut names = Vec::new();
    names.extend(contracts.fields().iter().map(|field| field.full_name().to_owned()));
    for message in contracts.messages() {
        let written = message.oneofs().filter(|oneof| !oneof.is_synthetic());
        names.extend(written.map(|oneof| oneof.full_name().to_owned()));
    }
    names.retain(|name| !name.rsplit('.').next().is_some_and(is_lower_snake));
    names.iter().map(|name| format!("{name}: is not lower_snake_case")).collect()
}

#[test]
fn service_names_end_in_service() {
    holds(service_names);
}

pub(crate) fn service_names(contracts: &Contracts) -> Vec<String> {
    let mut services = contracts.services();
    services.retain(|service| !service.name().ends_with("Service"));
    services.iter().map(|service| format!("{}: does not end in Service", service.full_name())).collect()
}

#[test]
fn the_zero_value_of_an_enum_says_unspecified() {
    holds(zero_values);
}

pub(crate) fn zero_values(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for listed in contracts.enums() {
        let expected = format!("{}_UNSPECIFIED", upper_snake(listed.name()));
        let zero = listed.default_value();
        if zero.number() != 0 || zero.name() != expected {
            found.push(format!("{}: the first value is {}, not {expected} = 0", listed.full_name(), zero.name()));
        }
    }
    found
}

#[test]
fn enum_values_are_upper_snake_case_behind_the_name_of_their_enum() {
    holds(value_names);
}

pub(crate) fn value_names(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for listed in contracts.enums() {
        let prefix = format!("{}_", upper_snake(listed.name()));
        for value in listed.values() {
            if !is_upper_snake(value.name()) || !value.name().starts_with(&prefix) {
                found.push(format!("{}.{}: is not {prefix}…", listed.full_name(), value.name()));
            }
        }
    }
    found
}

#[test]
fn a_number_of_an_enum_has_one_name() {
    holds(aliases);
}

pub(crate) fn aliases(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for listed in contracts.enums() {
        let mut names = BTreeMap::new();
        for value in listed.values() {
            if let Some(first) = names.insert(value.number(), value.name().to_owned()) {
                found.push(format!("{}.{}: has the number of {first}", listed.full_name(), value.name()));
            }
        }
    }
    found
}

#[test]
fn every_method_has_a_request_and_a_response_of_its_own_name() {
    holds(request_names);
}

pub(crate) fn request_names(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    let mut users: BTreeMap<String, String> = BTreeMap::new();
    for method in contracts.methods() {
        for (message, ending) in [(method.input(), "Request"), (method.output(), "Response")] {
            let expected = format!("{}.{}{ending}", method.parent_file().package_name(), method.name());
            if message.full_name() != expected {
                found.push(format!("{}: takes or gives {}, not {expected}", method.full_name(), message.full_name()));
            }
            if let Some(other) = users.insert(message.full_name().to_owned(), method.full_name().to_owned()) {
                found.push(format!("{}: shares {} with {other}", method.full_name(), message.full_name()));
            }
        }
    }
    found
}

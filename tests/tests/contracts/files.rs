//! Owns the rules about what a file may use of the language (buf STANDARD). Never looks at names or comments.

use std::collections::BTreeSet;

use prost_reflect::{Cardinality, DynamicMessage, FileDescriptor, Kind, MessageDescriptor, Syntax};

use super::{Contracts, holds};

#[test]
fn files_are_proto3_without_required_fields_groups_or_maps_of_enums() {
    holds(language);
}

pub(crate) fn language(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for file in contracts.files() {
        if file.syntax() != Syntax::Proto3 {
            found.push(format!("{}: is not proto3", file.name()));
        }
    }
    for field in contracts.fields() {
        if field.cardinality() == Cardinality::Required {
            found.push(format!("{}: is a required field", field.full_name()));
        }
        if field.is_group() {
            found.push(format!("{}: is a group", field.full_name()));
        }
        if let Kind::Message(entry) = field.kind()
            && field.is_map()
            && matches!(entry.map_entry_value_field().kind(), Kind::Enum(_))
        {
            found.push(format!("{}: is a map of enums", field.full_name()));
        }
    }
    found
}

#[test]
fn reserved_numbers_and_names_are_not_used() {
    holds(reservations);
}

pub(crate) fn reservations(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for message in contracts.messages() {
        for field in message.fields() {
            let taken = message.reserved_ranges().any(|range| range.contains(&field.number()))
                || message.reserved_names().any(|name| name == field.name());
            if taken {
                found.push(format!("{}: its number or name is reserved", field.full_name()));
            }
        }
    }
    for listed in contracts.enums() {
        for value in listed.values() {
            let taken = listed.reserved_ranges().any(|range| range.contains(&value.number()))
                || listed.reserved_names().any(|name| name == value.name());
            if taken {
                found.push(format!("{}.{}: its number or name is reserved", listed.full_name(), value.name()));
            }
        }
    }
    found
}

#[test]
fn every_import_is_used_and_none_is_public() {
    holds(imports);
}

pub(crate) fn imports(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for file in contracts.files() {
        let used = used_files(&file);
        for import in file.dependencies() {
            if !used.contains(import.name()) {
                found.push(format!("{}: does not use its import {}", file.name(), import.name()));
            }
        }
        for import in file.public_dependencies() {
            found.push(format!("{}: hands on its import {}", file.name(), import.name()));
        }
    }
    found
}

/// The files that hold the types and options which a file names.
fn used_files(file: &FileDescriptor) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    note_options(&mut used, &file.options());
    for option in file.extensions() {
        used.insert(option.containing_message().parent_file().name().to_owned());
        note_kind(&mut used, &option.kind());
    }
    let mut waiting: Vec<MessageDescriptor> = file.messages().collect();
    while let Some(message) = waiting.pop() {
        waiting.extend(message.child_messages());
        note_options(&mut used, &message.options());
        for field in message.fields() {
            note_options(&mut used, &field.options());
            note_kind(&mut used, &field.kind());
        }
    }
    for service in file.services() {
        note_options(&mut used, &service.options());
        for method in service.methods() {
            note_options(&mut used, &method.options());
            used.insert(method.input().parent_file().name().to_owned());
            used.insert(method.output().parent_file().name().to_owned());
        }
    }
    used
}

fn note_options(used: &mut BTreeSet<String>, options: &DynamicMessage) {
    used.extend(options.extensions().map(|(option, _)| option.parent_file().name().to_owned()));
}

fn note_kind(used: &mut BTreeSet<String>, kind: &Kind) {
    match kind {
        Kind::Message(message) => used.insert(message.parent_file().name().to_owned()),
        Kind::Enum(listed) => used.insert(listed.parent_file().name().to_owned()),
        _ => false,
    };
}

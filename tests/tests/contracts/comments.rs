//! Owns the rules about comments (AIP-192): that they are there and that numbers say what they count. Never reads options.

use prost_reflect::{FileDescriptor, Kind};

use super::{
    Contracts, holds,
    read::{comment, file_comment},
};

/// Words that name a unit; a digit in the comment gives a range and does as well.
const UNIT_WORDS: [&str; 9] =
    ["unit", "units", "bytes", "characters", "microseconds", "seconds", "days", "percent", "fraction"];

/// Numbers whose comment needs neither unit nor range, with the reason.
const WITHOUT_UNIT: [(&str, &str); 0] = [];

#[test]
fn every_element_has_a_comment_that_ends_in_a_full_stop() {
    holds(comments);
}

pub(crate) fn comments(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for file in contracts.files() {
        judge(&mut found, file.name(), &file_comment(&file));
        for option in file.extensions() {
            judge_at(&mut found, option.full_name(), &file, option.path());
        }
    }
    for message in contracts.messages() {
        let file = message.parent_file();
        judge_at(&mut found, message.full_name(), &file, message.path());
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            judge_at(&mut found, oneof.full_name(), &file, oneof.path());
        }
    }
    for field in contracts.fields() {
        judge_at(&mut found, field.full_name(), &field.parent_file(), field.path());
    }
    for listed in contracts.enums() {
        let file = listed.parent_file();
        judge_at(&mut found, listed.full_name(), &file, listed.path());
        for value in listed.values() {
            judge_at(&mut found, &format!("{}.{}", listed.full_name(), value.name()), &file, value.path());
        }
    }
    for service in contracts.services() {
        judge_at(&mut found, service.full_name(), &service.parent_file(), service.path());
    }
    for method in contracts.methods() {
        judge_at(&mut found, method.full_name(), &method.parent_file(), method.path());
    }
    found
}

fn judge_at(found: &mut Vec<String>, name: &str, file: &FileDescriptor, path: &[i32]) {
    judge(found, name, &comment(file, path));
}

fn judge(found: &mut Vec<String>, name: &str, text: &str) {
    if text.is_empty() {
        found.push(format!("{name}: has no comment before it"));
    } else if !text.ends_with('.') {
        found.push(format!("{name}: its comment does not end in a full stop"));
    }
}

#[test]
fn the_comment_of_a_number_gives_its_unit_or_range() {
    holds(units);
}

pub(crate) fn units(contracts: &Contracts) -> Vec<String> {
    let mut found = Vec::new();
    for field in contracts.fields() {
        let counted = matches!(
            field.kind(),
            Kind::Int32
                | Kind::Int64
                | Kind::Uint32
                | Kind::Uint64
                | Kind::Sint32
                | Kind::Sint64
                | Kind::Double
                | Kind::Float
        );
        if !counted || WITHOUT_UNIT.iter().any(|(name, _)| *name == field.full_name()) {
            continue;
        }
        let text = comment(&field.parent_file(), field.path());
        if !gives_unit_or_range(&text) {
            found.push(format!("{}: neither unit nor range in {text:?}", field.full_name()));
        }
    }
    found
}

fn gives_unit_or_range(text: &str) -> bool {
    text.contains(|letter: char| letter.is_ascii_digit())
        || text.split(|letter: char| !letter.is_ascii_alphabetic()).any(|word| UNIT_WORDS.contains(&word))
}

#[test]
fn the_numbers_without_a_unit_are_fields_that_exist() {
    let contracts = Contracts::ours();
    let fields: Vec<_> = contracts.fields().iter().map(|field| field.full_name().to_owned()).collect();
    let gone: Vec<_> = WITHOUT_UNIT.iter().filter(|(name, _)| !fields.iter().any(|field| field == name)).collect();
    assert!(gone.is_empty(), "these exceptions are for no field: {gone:?}");
}

//! Owns the promise to clients built earlier: what `proto/released.txt` lists stays as it is. Never judges style.

use std::{collections::BTreeMap, fs};

use prost_reflect::{FieldDescriptor, Kind, MethodDescriptor};

use super::{Contracts, report};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/released.txt");
const RENEW: &str = "cargo test --workspace --test contracts -- --ignored renew";
const HEADER: &str = "# What clients may rely on: every method, field, enum value and option of the released contracts.
# Compared with the contracts by the tests, which also write it:
#   cargo test --workspace --test contracts -- --ignored renew
";

#[test]
fn nothing_that_was_released_is_removed_renumbered_or_retyped() {
    let mut found = broken(&released(), &listing(&Contracts::ours()));
    if !found.is_empty() {
        found.push(
            "to change an element, add another with a new name and number; removing needs a new package version"
                .to_owned(),
        );
        found.push(format!("new elements are listed at a release by `{RENEW}`"));
    }
    report(&found);
}

#[test]
fn new_contract_elements_are_listed() {
    let released = released();
    let known: Vec<_> = lines(&released).collect();
    let new: Vec<_> = listing(&Contracts::ours()).into_iter().filter(|line| !known.contains(&line.as_str())).collect();
    if !new.is_empty() {
        eprintln!(
            "{} elements are not in proto/released.txt; renew it at a release: {RENEW}\n  {}",
            new.len(),
            new.join("\n  ")
        );
    }
}

#[test]
#[ignore = "writes proto/released.txt; run it at a release"]
fn renew_the_released_listing() {
    let text = format!("{HEADER}{}\n", listing(&Contracts::ours()).join("\n"));
    fs::write(PATH, text).expect("the listing can be written");
}

fn released() -> String {
    fs::read_to_string(PATH).expect("proto/released.txt is part of the repository")
}

fn lines(listing: &str) -> impl Iterator<Item = &str> {
    listing.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// One line for each method, field, enum value and option, sorted: `method NAME REQUEST RESPONSE STREAMING`,
/// `field NAME NUMBER TYPE LABEL JSON_NAME`, `value NAME NUMBER`, `option NAME NUMBER EXTENDED`.
pub(crate) fn listing(contracts: &Contracts) -> Vec<String> {
    let mut lines = Vec::new();
    for method in contracts.methods() {
        let (request, response) = (method.input(), method.output());
        lines.push(format!(
            "method {} {} {} {}",
            method.full_name(),
            request.full_name(),
            response.full_name(),
            streaming(&method)
        ));
    }
    for field in contracts.fields() {
        lines.push(format!(
            "field {} {} {} {} {}",
            field.full_name(),
            field.number(),
            type_name(&field),
            label(&field),
            field.json_name()
        ));
    }
    for listed in contracts.enums() {
        for value in listed.values() {
            lines.push(format!("value {}.{} {}", listed.full_name(), value.name(), value.number()));
        }
    }
    for option in contracts.files().iter().flat_map(|file| file.extensions().collect::<Vec<_>>()) {
        lines.push(format!(
            "option {} {} {}",
            option.full_name(),
            option.number(),
            option.containing_message().full_name()
        ));
    }
    lines.sort();
    lines
}

fn streaming(method: &MethodDescriptor) -> &'static str {
    match (method.is_client_streaming(), method.is_server_streaming()) {
        (false, false) => "unary",
        (true, false) => "client-stream",
        (false, true) => "server-stream",
        (true, true) => "two-streams",
    }
}

/// The type as a `.proto` file writes it, without spaces.
fn type_name(field: &FieldDescriptor) -> String {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => {
            format!("map<{},{}>", type_name(&entry.map_entry_key_field()), type_name(&entry.map_entry_value_field()))
        }
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(listed) => listed.full_name().to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    }
}

fn label(field: &FieldDescriptor) -> String {
    match field.containing_oneof() {
        _ if field.is_map() => "map".to_owned(),
        _ if field.is_list() => "repeated".to_owned(),
        Some(oneof) if oneof.is_synthetic() => "optional".to_owned(),
        Some(oneof) => format!("oneof:{}", oneof.name()),
        None => "singular".to_owned(),
    }
}

/// The kind and full name at the beginning of a line, which say what the line is about.
fn element(line: &str) -> &str {
    line.match_indices(' ').nth(1).map_or(line, |(end, _)| &line[..end])
}

/// What the contracts no longer keep of a released listing, an entry each.
fn broken(released: &str, current: &[String]) -> Vec<String> {
    let current: BTreeMap<&str, &str> = current.iter().map(|line| (element(line), line.as_str())).collect();
    let mut found = Vec::new();
    for line in lines(released) {
        match current.get(element(line)) {
            None => found.push(format!("gone: {line}")),
            Some(now) if *now != line => found.push(format!("changed: {line}\n       now: {now}")),
            Some(_) => {}
        }
    }
    found
}

#[test]
fn removing_renumbering_retyping_and_streaming_break_what_was_released_and_adding_does_not() {
    let released = "# heading
field a.v1.M.f 1 string singular f
method a.v1.S.Do a.v1.DoRequest a.v1.DoResponse unary
value a.v1.E.E_X 1
";
    let current = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let same = current(released);
    assert_eq!(broken(released, &same), Vec::<String>::new());
    assert_eq!(broken(released, &current(&format!("{released}value a.v1.E.E_Y 2"))), Vec::<String>::new());
    for (from, to) in [
        ("field a.v1.M.f 1 string singular f\n", ""),
        ("M.f 1", "M.f 2"),
        ("M.f 1", "M.g 1"),
        ("1 string", "1 bytes"),
        ("singular", "repeated"),
        ("unary", "server-stream"),
        ("E_X 1", "E_X 3"),
    ] {
        assert_eq!(broken(released, &current(&released.replace(from, to))).len(), 1, "{from} -> {to}");
    }
}

//! The reasons that errors and rejected items carry are listed in `proto/reasons.md`, which is made from the sources; a reason
//! that was listed once stays.
#![allow(clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const HEAD: &str = "# Reasons

What errors (`ErrorInfo.reason`), violations of requests (at the beginning of `BadRequest` descriptions) and rejected items
(`FieldViolation.reason`) carry for programs. Reasons are only ever added. Made from the sources by
`cargo test --workspace --test reasons -- --ignored renew`.

| reason | told by |
|---|---|
";
/// The rooms whose reasons reach clients.
const ROOMS: [&str; 6] = ["kit", "domain", "metrics", "discovery", "scoring", "gateway"];
/// Files whose upper-case words are the contract's, and files of tests.
const LEFT_OUT: [&str; 9] = [
    "code.rs",
    "platform.rs",
    "window.rs",
    "tests.rs",
    "contract.rs",
    "laws.rs",
    "testing.rs",
    "api_tests.rs",
    "real.rs",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> PathBuf {
    root().join("proto/reasons.md")
}

/// Every reason in the sources with the rooms that tell it.
fn in_sources() -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut found: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for room in ROOMS {
        let home = if room == "gateway" { root() } else { root().join("services") };
        let mut folders = vec![home.join(room).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if name.ends_with(".rs") && !LEFT_OUT.contains(&name.as_str()) {
                    let text = fs::read_to_string(path).expect("a source");
                    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                    for reason in code.split('"').filter(|word| is_reason(word)) {
                        found.entry(reason.to_owned()).or_default().insert(room);
                    }
                }
            }
        }
    }
    found
}

/// Whether the contract has an enum value of this name, with its prefix or without: such words are no reasons.
fn is_value_of_the_contract(word: &str) -> bool {
    let enums = creatorscope_proto::pool().all_enums();
    let named = |name: &str| name == word || name.strip_suffix(word).is_some_and(|prefix| prefix.ends_with('_'));
    enums
        .flat_map(|kind| kind.values().map(|value| value.name().to_owned()).collect::<Vec<_>>())
        .any(|name| named(&name))
}

/// Words in upper case that are joined by `_`.
fn is_reason(word: &str) -> bool {
    let plain =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    // Names of variables are no reasons.
    word.contains('_')
        && !word.starts_with("CARGO_")
        && !word.starts_with("CREATORSCOPE_")
        && word.split('_').all(plain)
}

fn listed() -> BTreeSet<String> {
    let text = fs::read_to_string(page()).expect("proto/reasons.md");
    text.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned())).collect()
}

#[test]
fn a_reason_that_was_listed_stays() {
    let sources = in_sources();
    let gone: Vec<String> = listed().into_iter().filter(|reason| !sources.contains_key(reason)).collect();
    assert!(gone.is_empty(), "clients may rely on these: {gone:?}");
}

#[test]
fn every_reason_is_listed() {
    let listed = listed();
    assert!(listed.len() > 30, "{} reasons", listed.len());
    let new = in_sources().into_keys().filter(|reason| !listed.contains(reason) && !is_value_of_the_contract(reason));
    let new: Vec<String> = new.collect();
    assert!(
        new.is_empty(),
        "not in proto/reasons.md: {new:?}; cargo test --workspace --test reasons -- --ignored renew"
    );
}

#[test]
#[ignore = "writes proto/reasons.md"]
fn renew() {
    let listed = listed();
    let rows = in_sources()
        .into_iter()
        .filter(|(reason, _)| listed.contains(reason) || !is_value_of_the_contract(reason))
        .map(|(reason, rooms)| format!("| `{reason}` | {} |\n", rooms.into_iter().collect::<Vec<_>>().join(", ")));
    fs::write(page(), format!("{HEAD}{}", rows.collect::<String>())).expect("written");
}

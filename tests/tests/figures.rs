//! The figures of the admin port are listed in `deploy/metrics.md`, which is made from the list in the code; the list has what the sources
//! count and nothing else.
#![allow(clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use creatorscope_kit::figures::FIGURES;

const HEAD: &str = "# Figures

What every process tells at `/metrics` of its admin port, in the form of Prometheus. A figure that has no value yet stands there by its name and type
alone. No label has a value that a caller chooses: no tenant, no id, no address. Made from the list in the code by
`cargo test --workspace --test figures -- --ignored renew`; `deploy/check --only figures` holds the rules and the dashboard against a running suite.

| figure | type | one is | labels | meaning |
|---|---|---|---|---|
";
/// Labels that would have as many values as there are callers or creators.
const UNBOUNDED: [&str; 8] = ["tenant", "key", "creator", "campaign", "id", "address", "caller", "request"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> PathBuf {
    root().join("deploy/metrics.md")
}

fn told() -> String {
    let line = |figure: &creatorscope_kit::figures::Figure| {
        let labels: Vec<String> = figure.labels.iter().map(|label| format!("`{label}`")).collect();
        format!(
            "| `{}` | {} | {} | {} | {} |\n",
            figure.name,
            figure.kind.word(),
            figure.unit,
            labels.join(", "),
            figure.meaning
        )
    };
    HEAD.to_owned() + &FIGURES.iter().map(line).collect::<String>()
}

/// The sources but for the list itself.
fn sources() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("services"), root().join("gateway/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("figures/list.rs") {
                found.push(fs::read_to_string(&path).expect("a source"));
            }
        }
    }
    found
}

/// Names that follow the macros that count.
fn counted(source: &str) -> impl Iterator<Item = &str> {
    let macros = ["counter!(", "gauge!(", "histogram!("];
    let calls = macros.into_iter().flat_map(|word| source.split(word).skip(1));
    calls.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
}

#[test]
fn the_list_has_what_the_sources_count_and_nothing_else() {
    let sources = sources();
    let listed: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.name).collect();
    let counted: BTreeSet<&str> = sources.iter().flat_map(|source| counted(source)).collect();
    assert!(counted.len() > 10 && counted.is_subset(&listed), "not listed: {:?}", counted.difference(&listed));
    // A name may also be chosen before it is counted.
    let is_named = |name: &str| sources.iter().any(|source| source.contains(&format!("\"{name}\"")));
    let gone: Vec<_> = listed.iter().filter(|name| !is_named(name)).collect();
    assert!(gone.is_empty(), "listed, and counted nowhere: {gone:?}");
    assert!(FIGURES.is_sorted_by_key(|figure| figure.name), "the list is in the order of names");
}

#[test]
fn no_label_has_values_without_bound() {
    for figure in FIGURES {
        let wrong: Vec<_> = figure.labels.iter().filter(|label| UNBOUNDED.contains(label)).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", figure.name);
    }
}

#[test]
fn the_page_shows_the_list() {
    let shown = fs::read_to_string(page()).unwrap_or_default();
    assert_eq!(shown, told(), "deploy/metrics.md: cargo test --workspace --test figures -- --ignored renew");
}

#[test]
#[ignore = "writes the page"]
fn renew() {
    fs::write(page(), told()).expect("written");
}

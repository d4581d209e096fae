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

/// Names that follow the macros that count.
fn in_sources() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root().join("services"), root().join("gateway/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source");
                for word in ["counter!(", "gauge!(", "histogram!("] {
                    let calls = text.split(word).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
                    found.extend(calls.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
                }
            }
        }
    }
    found
}

#[test]
fn the_list_has_what_the_sources_count_and_nothing_else() {
    let listed: BTreeSet<String> = FIGURES.iter().map(|figure| figure.name.to_owned()).collect();
    assert_eq!(in_sources(), listed);
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

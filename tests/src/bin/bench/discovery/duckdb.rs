//! Owns DuckDB, which a Python process runs: the rows, the questions and the updates go as files, the figures come back as
//! one. Never a figure of its own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use super::{
    engine::WHILE_UPDATING,
    options::Options,
    questions::{Kind, question},
    report::Report,
    rows,
    sql::{self, Dialect},
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/discovery_duckdb.py");

/// Runs the whole comparison in DuckDB.
pub(crate) fn run(options: &Options, folder: &Path, creators: &Path, updates: &Path) -> Report {
    let plan: PathBuf = folder.join("plan.json");
    let out: PathBuf = folder.join("duckdb.json");
    let mut kinds = serde_json::Map::new();
    for kind in Kind::ALL {
        let numbers = 0..options.runs;
        let asked = numbers.filter_map(|number| statements(kind, number, options)).collect::<Vec<_>>();
        if !asked.is_empty() {
            kinds.insert(kind.word().to_owned(), asked.into());
        }
    }
    let columns: Vec<(String, String)> =
        rows::COLUMNS.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned())).collect();
    let changing: Vec<(String, String)> =
        rows::changing().into_iter().map(|(name, kind)| (name, kind.to_owned())).collect();
    let plan_text = json!({
        "creators": creators,
        "updates": updates,
        "columns": columns,
        "changing": changing,
        "updates_table": sql::updates_table(),
        "update": sql::update("?"),
        "kinds": kinds,
        "while_updating": WHILE_UPDATING.map(|(kind, name)| (kind.word(), name)),
        "fewest": Kind::ALL.map(|kind| (kind.word(), options.fewest(kind))).into_iter().collect::<BTreeMap<_, _>>(),
        "patience": options.patience.as_secs(),
        "updating": options.updating.as_secs(),
        "database": folder.join("creators.duckdb"),
    });
    fs::write(&plan, plan_text.to_string()).expect("written");
    let status = Command::new(&options.python).arg(SCRIPT).arg(&plan).arg(&out).status().expect("Python runs");
    assert!(status.success(), "DuckDB's side failed");
    serde_json::from_slice(&fs::read(&out).expect("a report")).expect("a report")
}

fn statements(kind: Kind, number: u64, options: &Options) -> Option<Value> {
    let asked = question(kind, number, options.creators);
    let statements = sql::statements(&asked, Dialect::DuckDb)?;
    Some(json!({"first": statements.first, "total": statements.total, "facets": statements.facets}))
}

//! Owns the comparison of discovery's index with the engines that a team would otherwise use: the same rows, the same questions,
//! one process per engine, one run. Never an engine.
//!
//! Totals, facets and the followers of the creators on each page must be the same in all engines; otherwise the run fails.

mod agreement;
mod duckdb;
mod engine;
mod options;
mod ours;
mod plain_tantivy;
mod population;
mod postgres;
mod questions;
mod report;
mod rows;
mod scan;
mod sql;
mod table;
#[cfg(test)]
mod tests;
mod vocabulary;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use options::Options;
use report::{Report, Resident};

/// Compares the engines and prints the table.
pub(crate) fn run(arguments: &[String]) {
    let options = Options::read(arguments);
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = options.folder.clone().unwrap_or_else(|| temporary.path().to_owned());
    fs::create_dir_all(&folder).expect("a folder");
    let (creators, updates) = (creators_file(&folder), updates_file(&folder));
    if options.engines.iter().any(|engine| engine == "postgres" || engine == "duckdb") {
        rows::write_creators(&creators, options.creators);
        rows::write_updates(&updates, options.updating.as_secs() + 10, options.creators);
    }
    let mut reports = Vec::new();
    for engine in &options.engines {
        let place = folder.join(engine);
        fs::create_dir_all(&place).expect("a folder");
        let report = one(engine, &options, &place);
        fs::remove_dir_all(&place).expect("removed");
        eprintln!("{engine}: loaded in {:.1} s, asked {} kinds", report.load_seconds, report.kinds.len());
        reports.push(report);
    }
    for file in [creators, updates] {
        let _ = fs::remove_file(file);
    }
    let problems = agreement::problems(&reports);
    println!("{}", table::markdown(&reports, &options, &problems));
    if let Some(out) = &options.out {
        fs::write(out, table::json(&reports, &options, &problems)).expect("written");
    }
    assert!(problems.is_empty(), "the engines disagree:\n{}", problems.join("\n"));
}

/// Runs one engine in a process of its own, so that its memory can be told.
fn one(engine: &str, options: &Options, place: &Path) -> Report {
    if engine == "duckdb" {
        let parent = place.parent().expect("a folder above");
        return duckdb::run(options, place, &creators_file(parent), &updates_file(parent));
    }
    let out = place.join("report.json");
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.arg("discovery-engine").arg(engine).args(options.of_engine(place));
    assert!(command.status().expect("starts").success(), "{engine} failed");
    serde_json::from_slice(&fs::read(out).expect("a report")).expect("a report")
}

/// The process of one engine: loads, is asked, writes its report.
pub(crate) fn run_engine(arguments: &[String]) {
    let (name, rest) = arguments.split_first().expect("the name of an engine");
    let options = Options::read(rest);
    let place = options.folder.clone().expect("a folder");
    let mut report = Report { engine: name.clone(), ..Report::default() };
    let before = engine::resident();
    match name.as_str() {
        "creatorscope" => {
            report.how = "the index of discovery, called in the process, filters read from text".into();
            let (ours, spent) = ours::Ours::load(options.creators, &folder_of_index(&place));
            finish(&ours, &options, before, spent, &mut report);
        }
        "tantivy" => {
            report.how = "0.27, plain schema, one writer thread, default merges".into();
            let (tantivy, spent) = plain_tantivy::PlainTantivy::load(options.creators, &folder_of_index(&place));
            finish(&tantivy, &options, before, spent, &mut report);
        }
        "scan" => {
            report.how =
                "a hand-written loop over vectors in the order of followers; no updates, nothing durable".into();
            let (scan, spent) = scan::Scan::load(options.creators);
            finish(&scan, &options, before, spent, &mut report);
        }
        "postgres" => {
            report.how =
                "GIN on words, names, tags; covering btree on followers; 1 process a query; raw protocol on loopback"
                    .into();
            let parent = place.parent().expect("a folder above");
            let (postgres, seconds) = postgres::Postgres::load(&options, &creators_file(parent), &updates_file(parent));
            finish(&postgres, &options, before, Duration::from_secs_f64(seconds), &mut report);
            postgres.remove();
        }
        other => panic!("`{other}` has no process here"),
    }
    fs::write(place.join("report.json"), serde_json::to_vec(&report).expect("JSON")).expect("written");
}

fn finish(engine: &impl engine::Engine, options: &Options, before: Resident, spent: Duration, report: &mut Report) {
    report.load_seconds = spent.as_secs_f64();
    engine::measure(engine, options, before, report);
}

fn folder_of_index(place: &Path) -> PathBuf {
    let folder = place.join("index");
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn creators_file(folder: &Path) -> PathBuf {
    folder.join("creators.tsv")
}

fn updates_file(folder: &Path) -> PathBuf {
    folder.join("updates.tsv")
}

//! Owns what roles count about their own work, and the list of all figures that anything here counts. Never how they are shown.

mod list;

pub use self::list::{FIGURES, Figure, Kind};

/// Counts items that were taken. `kind` and `outcome` are words of the code, never of a caller.
pub fn taken(kind: &'static str, outcome: &'static str, count: usize) {
    if count > 0 {
        metrics::counter!("ingest_items_total", "kind" => kind, "outcome" => outcome).increment(count as u64);
    }
}

/// Counts an item that was refused, under the first reason for it: one of `proto/reasons.md`.
pub fn refused(kind: &'static str, reason: Option<&str>) {
    let reason = reason.unwrap_or("UNKNOWN").to_owned();
    metrics::counter!("ingest_items_total", "kind" => kind, "outcome" => "rejected", "reason" => reason).increment(1);
}

/// Tells which version of a model or of rules answers in this process. `named` is of the form `name@version`.
pub fn model(named: &str) {
    let (model, version) = named.split_once('@').unwrap_or((named, ""));
    metrics::gauge!("model_info", "model" => model.to_owned(), "version" => version.to_owned()).set(1.0);
}

//! The contracts as tests: how they are written (the API improvement proposals and buf's STANDARD rules, as far as they
//! apply) and what they promise to clients that were built earlier.
//!
//! A rule is a function that lists what breaks it; its test shows the whole list at once.

#[path = "contracts/case.rs"]
mod case;
#[path = "contracts/comments.rs"]
mod comments;
#[path = "contracts/faulty.rs"]
mod faulty;
#[path = "contracts/fields.rs"]
mod fields;
#[path = "contracts/files.rs"]
mod files;
#[path = "contracts/http.rs"]
mod http;
#[path = "contracts/methods.rs"]
mod methods;
#[path = "contracts/names.rs"]
mod names;
#[path = "contracts/read.rs"]
mod read;
#[path = "contracts/released.rs"]
mod released;
#[path = "contracts/resources.rs"]
mod resources;

use read::Contracts;

/// Lists what breaks one rule, an entry each, beginning with the full name of what is wrong.
type Rule = fn(&Contracts) -> Vec<String>;

/// Fails with everything that breaks the rule in our contracts.
#[track_caller]
fn holds(rule: Rule) {
    report(&rule(&Contracts::ours()));
}

/// Fails with all findings, one a line.
#[track_caller]
fn report(findings: &[String]) {
    assert!(findings.is_empty(), "{} found:\n  {}", findings.len(), findings.join("\n  "));
}

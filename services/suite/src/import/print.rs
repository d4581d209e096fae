//! Owns what the import writes to the terminal: the progress bar, the report as a table or as JSON. Never what it says.
#![allow(clippy::print_stdout, reason = "the report is the command's output")]

use std::cell::OnceCell;
use std::io::IsTerminal;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use creatorscope_domain::CreatorId;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::fetch::Fetched;

use super::pipeline::Progress;
use super::report::{FileReport, KeptTally, Report, Tally};

/// A progress bar over the bytes of all files.
pub(super) struct Bar {
    bar: ProgressBar,
    /// The bytes before each file, and in the end all of them.
    before: OnceCell<Vec<u64>>,
}

impl Bar {
    /// A bar on standard error; hidden when that is no terminal or `quiet`.
    pub(super) fn new(quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let template = "{bar:30} {bytes}/{total_bytes}  {msg}  ETA {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, before: OnceCell::new() }
    }

    /// Since the bar was made.
    pub(super) fn elapsed(&self) -> Duration {
        self.bar.elapsed()
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn begin(&self, sizes: &[u64]) {
        let mut before = vec![0];
        for size in sizes {
            before.push(before.last().copied().unwrap_or_default() + size);
        }
        self.bar.set_length(before.last().copied().unwrap_or_default());
        self.before.get_or_init(|| before);
    }

    fn reached(&self, file: usize, offset: u64, rows: u64) {
        if !rows.is_multiple_of(256) {
            return;
        }
        let bound = |place: usize| self.before.get().and_then(|before| before.get(place)).copied().unwrap_or_default();
        self.bar.set_position((bound(file) + offset).min(bound(file + 1)));
        let rate = rows as f64 / self.bar.elapsed().as_secs_f64().max(0.001);
        self.bar.set_message(format!("{rows} rows, {rate:.0}/s"));
    }
}

/// Tells what could not be read of the live API; on standard error, beside the report.
#[allow(clippy::print_stderr, reason = "notes must not mix with the report")]
pub(super) fn live(fetched: &Fetched) {
    for note in fetched.notes.iter().chain(&fetched.stopped) {
        eprintln!("{note}");
    }
}

/// Prints the report as JSON.
pub(super) fn json(report: &Report) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(report)?);
    Ok(())
}

/// Prints how many comments were removed.
pub(super) fn forgotten(creator: &CreatorId, comments: u64) {
    println!("{comments} kept comments on posts of {creator} or by it were removed");
}

/// Prints the report for people.
pub(super) fn table(report: &Report) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["file", "rows", "imported", "kept", "duplicate", "(conflicting)", "rejected", "unsent"]);
    for file in report.files.iter().filter(|file| file.skipped.is_none()) {
        table.add_row(cells(&file.file, &file.tally));
    }
    if report.files.len() > 1 {
        table.add_row(cells("total", &report.total));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    for file in &report.files {
        details(file);
    }
    let total = &report.total;
    let sum = format!(
        "{} rows = {} imported + {} kept + {} duplicate + {} rejected{}",
        total.rows,
        total.imported,
        total.kept,
        total.duplicate,
        total.rejected,
        if total.unsent > 0 { format!(" + {} unsent", total.unsent) } else { String::new() }
    );
    println!("{sum}{}", if total.adds_up() { "" } else { "  (THIS DOES NOT ADD UP)" });
    let accounts = &total.accounts;
    if accounts.imported + accounts.duplicate + accounts.rejected > 0 {
        println!(
            "account counts beside posts: {} new, {} known ({} conflicting), {} rejected",
            accounts.imported, accounts.duplicate, accounts.conflicting, accounts.rejected
        );
    }
    comments(report);
    if report.expired > 0 {
        println!("{} files of kept comments were removed, their time was over", report.expired);
    }
    let skipped: Vec<&FileReport> = report.files.iter().filter(|file| file.skipped.is_some()).collect();
    if !skipped.is_empty() {
        println!("{} files do not fit and were skipped:", skipped.len());
    }
    for (file, why) in skipped.iter().filter_map(|file| file.skipped.as_ref().map(|why| (file, why))) {
        println!("  {}: {}, {}", file.file, why.reason, why.problems.join("; "));
    }
    let creators = &report.creators;
    println!(
        "creators: {} created, {} updated, {} unchanged, {} known as of later, {} rejected",
        creators.created, creators.updated, creators.unchanged, creators.stale, creators.rejected
    );
    if creators.without_profile > 0 {
        println!("  {} creators have posts and no profile; import their channels, too", creators.without_profile);
    }
    for problem in &creators.problems {
        println!("  {problem}");
    }
    println!("{:.2} s, {:.0} rows/s", report.seconds, report.rows_per_second);
}

fn comments(report: &Report) {
    let told = &report.total.comments;
    if told.imported + told.duplicate + told.rejected > 0 {
        println!("comments: {} new, {} known, {} rejected", told.imported, told.duplicate, told.rejected);
    }
    if told.kept > 0 {
        println!("{} comments were kept", told.kept);
    }
    if report.scoring_away {
        println!(
            "  the scoring service is away: kept comments are sent at the next import or by `creatorscope import kept`"
        );
    }
    kept(&report.kept_before);
}

/// Prints what became of the kept comments, and how many files of them were removed because their time was over.
pub(super) fn kept_alone(told: &KeptTally, expired: u64) {
    if expired > 0 {
        println!("{expired} files of kept comments were removed, their time was over");
    }
    if *told == KeptTally::default() {
        println!("no comments are kept");
    }
    kept(told);
}

/// Prints what became of comments that were kept before.
fn kept(told: &KeptTally) {
    if told.imported + told.duplicate + told.rejected > 0 {
        let KeptTally { imported, duplicate, rejected, .. } = told;
        println!("comments kept before: {imported} new, {duplicate} known, {rejected} rejected");
    }
    if told.without_creator > 0 {
        println!("  {} kept comments do not say whose post they are on and stay", told.without_creator);
    }
    for problem in &told.problems {
        println!("  {problem}");
    }
}

fn cells(name: &str, tally: &Tally) -> Vec<String> {
    let numbers =
        [tally.rows, tally.imported, tally.kept, tally.duplicate, tally.conflicting, tally.rejected, tally.unsent];
    [name.to_owned()].into_iter().chain(numbers.map(|number| number.to_string())).collect()
}

fn details(file: &FileReport) {
    let told = file.refused.is_some() || !file.notes.is_empty() || !file.examples.is_empty();
    if !told {
        return;
    }
    println!("{}", file.file);
    if let Some(refusal) = &file.refused {
        println!("  not imported, {}:", refusal.reason);
        for problem in &refusal.problems {
            println!("    {problem}");
        }
    }
    for note in &file.notes {
        println!("  {note}");
    }
    for (reason, examples) in &file.examples {
        let count = file.tally.reasons.get(reason).copied();
        match count {
            Some(count) => println!("  {reason}: {count} rows, e.g."),
            None => println!("  {reason}: counts of accounts, e.g."),
        }
        for example in examples {
            println!("    line {}: {}", example.line, example.problem.sentence());
        }
    }
    if let Some(rejects) = &file.rejects {
        println!("  rejected rows: {rejects} (mend them there and import that file)");
    }
}

//! Owns the accounting of an import: what became of every row. Never prints it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::problem::{Problem, Refusal};

/// Most example lines of one reason.
const EXAMPLES: usize = 3;

/// What became of all files.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// One entry per file, in the order given.
    pub files: Vec<FileReport>,
    /// All files together.
    pub total: Tally,
    /// Profiles that were sent.
    pub creators: CreatorTally,
    /// Files of kept comments that were removed because their sources let them be kept no longer.
    pub expired: u64,
    /// Comments that an earlier import had kept and that were sent now.
    pub kept_before: KeptTally,
    /// Whether nobody was there who takes comments: those that were read are kept for the next import.
    pub scoring_away: bool,
    /// Why the import broke off; none when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<String>,
    /// How long it took.
    pub seconds: f64,
    /// Rows per second, over everything.
    pub rows_per_second: f64,
}

/// What became of one file.
#[derive(Debug, Default, Serialize)]
pub struct FileReport {
    /// Its path, as given.
    pub file: String,
    /// The first 16 digits of the BLAKE3 hash of its content.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// When its numbers were read; empty when its rows say so themselves.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub observed_at: String,
    /// What the reader should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why it was not read, or not to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// Why it was left out, of what was found in a folder or an archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Refusal>,
    /// Its rows.
    #[serde(flatten)]
    pub tally: Tally,
    /// Where the rejected rows are; none when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejects: Option<String>,
    /// Example lines per reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub examples: BTreeMap<String, Vec<Example>>,
}

/// A row that was rejected.
#[derive(Debug, Clone, Serialize)]
pub struct Example {
    /// Its first line, from 1.
    pub line: u64,
    /// What is wrong.
    #[serde(flatten)]
    pub problem: Problem,
}

/// Numbers of rows. `rows = imported + kept + duplicate + rejected + unsent`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// All rows, header and empty lines apart.
    pub rows: u64,
    /// Rows that brought something new.
    pub imported: u64,
    /// Rows whose comments were kept because the scoring service is away; one of them at least was new.
    pub kept: u64,
    /// Rows that were known.
    pub duplicate: u64,
    /// Of the duplicates, those that were known with other counts for the same time; the first were kept.
    pub conflicting: u64,
    /// Rows that were not taken.
    pub rejected: u64,
    /// Rows that were read and not acknowledged, because the import broke off.
    pub unsent: u64,
    /// Of all rows, those that an earlier, interrupted import had settled.
    pub from_journal: u64,
    /// Comments. A row has one or a list of them.
    pub comments: CommentTally,
    /// Rejected rows by reason.
    pub reasons: BTreeMap<String, u64>,
    /// Counts of accounts that came along with posts. They have no rows of their own.
    pub accounts: AccountTally,
}

/// Numbers of counts of accounts that came along with posts.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTally {
    /// New ones.
    pub imported: u64,
    /// Known ones.
    pub duplicate: u64,
    /// Of the duplicates, those that were known with other counts for the same time.
    pub conflicting: u64,
    /// Refused by the service.
    pub rejected: u64,
}

/// Numbers of comments.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommentTally {
    /// New ones, and known ones whose text or likes were read later.
    pub imported: u64,
    /// Known ones.
    pub duplicate: u64,
    /// Refused by the service.
    pub rejected: u64,
    /// New ones that were kept because the scoring service is away.
    pub kept: u64,
}

/// Numbers of comments that an earlier import had kept.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct KeptTally {
    /// Sent and new.
    pub imported: u64,
    /// Sent and known.
    pub duplicate: u64,
    /// Refused by the service; they stay until their time is over.
    pub rejected: u64,
    /// Those whose source does not say whose post they are on; they stay until their time is over.
    pub without_creator: u64,
    /// What was wrong with refused ones; the first few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// Numbers of profiles.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct CreatorTally {
    /// New ones.
    pub created: u64,
    /// Changed ones.
    pub updated: u64,
    /// Known as they are.
    pub unchanged: u64,
    /// Known as read later.
    pub stale: u64,
    /// Refused by the service.
    pub rejected: u64,
    /// Creators of whom only posts were told: search finds them once a profile is imported.
    pub without_profile: u64,
    /// What was wrong with refused ones; the first few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

impl Tally {
    /// Whether every row ended in exactly one place.
    pub fn adds_up(&self) -> bool {
        let reasons: u64 = self.reasons.values().sum();
        self.rows == self.imported + self.kept + self.duplicate + self.rejected + self.unsent
            && reasons == self.rejected
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.imported += other.imported;
        self.kept += other.kept;
        self.comments.imported += other.comments.imported;
        self.comments.duplicate += other.comments.duplicate;
        self.comments.rejected += other.comments.rejected;
        self.comments.kept += other.comments.kept;
        self.duplicate += other.duplicate;
        self.conflicting += other.conflicting;
        self.rejected += other.rejected;
        self.unsent += other.unsent;
        self.from_journal += other.from_journal;
        for (reason, count) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
        self.accounts.imported += other.accounts.imported;
        self.accounts.duplicate += other.accounts.duplicate;
        self.accounts.conflicting += other.accounts.conflicting;
        self.accounts.rejected += other.accounts.rejected;
    }
}

impl FileReport {
    /// Counts a rejected row by its first problem and keeps the first few as examples.
    pub(super) fn reject(&mut self, line: u64, problems: &[Problem]) {
        self.tally.rejected += 1;
        let reason = self.show(line, problems);
        *self.tally.reasons.entry(reason).or_default() += 1;
    }

    /// Keeps an example; answers with its reason.
    pub(super) fn show(&mut self, line: u64, problems: &[Problem]) -> String {
        let reason = problems.first().map_or("UNKNOWN", |problem| problem.reason.as_ref()).to_owned();
        let examples = self.examples.entry(reason.clone()).or_default();
        if let Some(problem) = problems.first().filter(|_| examples.len() < EXAMPLES) {
            examples.push(Example { line, problem: problem.clone() });
        }
        reason
    }
}

impl Report {
    /// Whether everything was taken or known.
    pub(super) fn is_complete(&self) -> bool {
        let refused = self.files.iter().any(|file| file.refused.is_some());
        !refused
            && self.kept_before.rejected == 0
            && self.total.rejected == 0
            && self.total.accounts.rejected == 0
            && self.creators.rejected == 0
    }
}

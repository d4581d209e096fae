//! Owns what is remembered of an import: when a file was first read and how far it was acknowledged. Never a row.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::report::{AccountTally, CommentTally};

/// What is remembered of one content under one mapping.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The file's path when it was last imported; for people.
    pub(super) file: String,
    /// The service that it went to.
    pub(super) endpoint: String,
    /// When its numbers were read, RFC 3339.
    pub(super) observed_at: String,
    /// Rows up to this one are settled: acknowledged or rejected.
    pub(super) rows: u64,
    /// The byte of the decoded text up to which rows are settled.
    pub(super) offset: u64,
    /// What the service said about the settled rows.
    pub(super) imported: u64,
    /// Rows whose comments were kept.
    #[serde(default)]
    pub(super) kept: u64,
    #[serde(default, rename = "comment_counts")]
    pub(super) comments: CommentTally,
    pub(super) duplicate: u64,
    pub(super) conflicting: u64,
    pub(super) accounts: AccountTally,
    /// Rows that the service rejected, by their number in the file.
    pub(super) rejected: BTreeMap<u64, Vec<Problem>>,
    /// Rows whose account's counts the service rejected, while the row itself was taken.
    pub(super) accounts_rejected: BTreeMap<u64, Vec<Problem>>,
    /// Whether everything was settled, profiles included.
    pub(super) finished: bool,
}

/// The journal's entry of one file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    /// What is remembered.
    pub(super) entry: Entry,
}

impl Journal {
    /// Opens the entry of a content and a mapping; a new one when there is none. An entry that cannot be read is an error, since
    /// taking it for none would read the file at another time.
    pub(super) fn open(folder: &Path, content: &str, mapping: &str) -> io::Result<Self> {
        let path = folder.join(format!("{}-{}.json", short(content), short(mapping)));
        let entry = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                let hint = format!("the journal {} cannot be read: {error}; remove it to start over", path.display());
                io::Error::new(io::ErrorKind::InvalidData, hint)
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Entry::default(),
            Err(error) => return Err(error),
        };
        Ok(Self { path, entry })
    }

    /// Forgets how far the file was settled, not when it was read.
    pub(super) fn start_over(&mut self) {
        self.entry = Entry { observed_at: std::mem::take(&mut self.entry.observed_at), ..Entry::default() };
    }

    /// Writes the entry so that a crash leaves the old one or the new one.
    pub(super) fn save(&self) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let next = self.path.with_extension(format!("{}.next", std::process::id()));
        fs::write(&next, serde_json::to_vec(&self.entry)?)?;
        fs::rename(&next, &self.path)
    }
}

fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_back_and_starting_over_keeps_the_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut journal = Journal::open(folder.path(), "c0ffee", "youtube").expect("new");
        journal.entry.observed_at = "2024-05-01T00:00:00Z".into();
        journal.entry.rows = 7;
        journal.save().expect("written");
        let mut again = Journal::open(folder.path(), "c0ffee", "youtube").expect("old");
        assert_eq!(again.entry, journal.entry);
        again.start_over();
        assert_eq!((again.entry.rows, again.entry.observed_at.as_str()), (0, "2024-05-01T00:00:00Z"));
        assert_eq!(Journal::open(folder.path(), "c0ffee", "other").expect("new").entry, Entry::default());
    }
}

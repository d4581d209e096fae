//! Owns opening a file for import: what it is, which content it has, what the journal knows of it. Never sends anything.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::vec;

use jiff::Timestamp;

use super::encoding::refuse_what_is_no_text;
use super::items::Row;
use super::journal::Journal;
use super::mapping::Mapping;
use super::problem::{Problem, Refusal};
use super::rejects::{Form, Rejects};
use super::table::Table;
use super::youtube;

/// Largest JSON file, in bytes: it is read as a whole.
const JSON_LIMIT: u64 = 512 << 20;
/// Stands for a mapping's hash where there is no mapping.
const NATIVE: &str = "youtube-data-api-v3";

/// What all files of an import have in common.
#[derive(Debug)]
pub(super) struct Plan {
    /// The mapping and the hash of its text; none for YouTube's JSON.
    pub(super) mapping: Option<(Mapping, String)>,
    /// When the files were read, where the user says so.
    pub(super) observed_at: Option<Timestamp>,
    /// The folder of the journal.
    pub(super) journal: PathBuf,
    /// Where rejected rows go, where the user says so.
    pub(super) rejects: Option<PathBuf>,
    /// Whether to send everything again.
    pub(super) restart: bool,
    /// The service, as the user names it.
    pub(super) endpoint: String,
    /// The current time.
    pub(super) now: Timestamp,
}

/// A file that is ready to be imported.
pub(super) struct Opened<'a> {
    /// Its rows.
    pub(super) rows: Rows<'a>,
    /// What is remembered of it.
    pub(super) journal: Journal,
    /// Where its rejected rows go.
    pub(super) rejects: Rejects,
    /// The BLAKE3 hash of its content.
    pub(super) content: String,
    /// When its numbers were read; none when its rows say so themselves.
    pub(super) observed_at: Option<Timestamp>,
    /// What the reader should know.
    pub(super) notes: Vec<String>,
}

/// The rows of a file.
pub(super) enum Rows<'a> {
    /// Of a table.
    Table(Box<Table<'a>>),
    /// Of JSON.
    Items(vec::IntoIter<Row>),
}

impl Rows<'_> {
    /// The next row; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Row>> {
        match self {
            Self::Table(table) => table.next(),
            Self::Items(items) => Ok(items.next()),
        }
    }

    /// Adds the column to a problem that the service found.
    pub(super) fn locate(&self, problem: &mut Problem) {
        if let Self::Table(table) = self {
            table.locate(problem);
        }
    }
}

impl Plan {
    /// Opens one file. `taken` has the paths of reject files that other files of this import use. Errors: everything that keeps
    /// the file from being read.
    pub(super) fn open(&self, path: &Path, taken: &mut Vec<PathBuf>) -> Result<Opened<'_>, Refusal> {
        let unreadable = |error: io::Error| Refusal::new("UNREADABLE", error.to_string());
        let mut notes = Vec::new();
        let modified = check_kind(path)?;
        let content = hash_of(path).map_err(unreadable)?;
        let mut journal = Journal::open(&self.journal, &content, &self.mapping_hash(path)).map_err(unreadable)?;
        let known = journal.entry.observed_at.parse::<Timestamp>().ok();
        let observed_at = self.observed_at.or(known).unwrap_or(modified.min(self.now));
        let moved = known.is_some_and(|known| known != observed_at) || journal.entry.endpoint != self.endpoint;
        if self.restart || moved || journal.entry.finished {
            journal.start_over();
        }
        if journal.entry.rows > 0 {
            notes.push(format!(
                "goes on after row {}, where an earlier import broke off; --restart sends everything again",
                journal.entry.rows
            ));
        }
        journal.entry.file = path.display().to_string();
        journal.entry.endpoint.clone_from(&self.endpoint);
        journal.entry.observed_at = observed_at.to_string();
        let rejects = self.rejects_path(path, taken);
        if same_file(path, &rejects) {
            return Err(Refusal::new(
                "REJECTS_PATH",
                "the rejected rows would overwrite this file; say another --rejects",
            ));
        }
        taken.push(rejects.clone());
        let (rows, form) = match &self.mapping {
            Some((mapping, _)) => {
                let mut table = Table::open(path, mapping, observed_at, self.now)?;
                notes.append(&mut table.notes);
                let form = Form::Table {
                    header: table.header.clone(),
                    delimiter: table.delimiter,
                    encoding: mapping.encoding,
                };
                (Rows::Table(Box::new(table)), form)
            }
            None => (Rows::Items(read_json(path, observed_at, self.now)?.into_iter()), Form::Json),
        };
        let dated = self.mapping.as_ref().is_some_and(|(mapping, _)| mapping.has("observed_at"));
        let observed_at = (!dated).then_some(observed_at);
        Ok(Opened { rows, journal, rejects: Rejects::new(rejects, form), content, observed_at, notes })
    }

    /// What the reading depends on besides the file: the mapping and the files that it looks things up in.
    fn mapping_hash(&self, path: &Path) -> String {
        let Some((mapping, hash)) = &self.mapping else { return blake3::hash(NATIVE.as_bytes()).to_hex().to_string() };
        let mut hasher = blake3::Hasher::new();
        hasher.update(hash.as_bytes());
        for lookup in mapping.fields.iter().filter_map(|field| field.lookup.as_ref()) {
            let beside = path.parent().unwrap_or(Path::new("")).join(&lookup.file);
            // A file that cannot be read is reported when it is opened.
            hasher.update(&fs::read(beside).unwrap_or_default());
        }
        hasher.finalize().to_hex().to_string()
    }

    fn rejects_path(&self, path: &Path, taken: &[PathBuf]) -> PathBuf {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let extension = if self.mapping.is_some() { "csv" } else { "json" };
        let (folder, name) = match &self.rejects {
            Some(file) if !file.is_dir() && file.extension().is_some() => {
                let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let wanted = file.clone();
                if !taken.contains(&wanted) {
                    return wanted;
                }
                (file.parent().unwrap_or(Path::new("")).to_owned(), name)
            }
            Some(folder) => (folder.clone(), format!("{name}.rejects")),
            None => (self.journal.clone(), format!("{name}.rejects")),
        };
        let numbered = |number: usize| match number {
            1 => folder.join(format!("{name}.{extension}")),
            _ => folder.join(format!("{name}.{number}.{extension}")),
        };
        (1..).map(numbered).find(|path| !taken.contains(path)).unwrap_or_default()
    }
}

/// Answers with the time of the last change.
fn check_kind(path: &Path) -> Result<Timestamp, Refusal> {
    let known = match fs::metadata(path) {
        Ok(known) => known,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Refusal::new("NOT_FOUND", "there is no such file"));
        }
        Err(error) => return Err(Refusal::new("UNREADABLE", error.to_string())),
    };
    if known.is_dir() {
        return Err(Refusal::new("NOT_A_FILE", "it is a directory; name the files in it"));
    }
    if !known.is_file() {
        return Err(Refusal::new("NOT_A_FILE", "it is no regular file; an import may have to read it twice"));
    }
    let modified = known.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    modified.ok_or_else(|| Refusal::new("UNREADABLE", "it has no time of modification; say --observed-at"))
}

fn hash_of(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

fn read_json(path: &Path, observed_at: Timestamp, now: Timestamp) -> Result<Vec<Row>, Refusal> {
    let unreadable = |error: io::Error| Refusal::new("UNREADABLE", error.to_string());
    let mut text = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(JSON_LIMIT + 1).read_to_end(&mut text).map_err(unreadable)?;
    refuse_what_is_no_text(&text[..text.len().min(4096)], "JSON")?;
    if text.len() as u64 > JSON_LIMIT {
        return Err(Refusal::new(
            "TOO_LARGE",
            format!("JSON of up to {JSON_LIMIT} bytes is read; split it into several files"),
        ));
    }
    Ok(youtube::read(&text, observed_at, now))
}

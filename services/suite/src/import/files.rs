//! Owns opening an input for import: what it is, which content it has, what the journal knows of it. Never sends anything.

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use creatorscope_domain::Platform;
use jiff::Timestamp;

use super::documents::{self, Meaning};
use super::encoding::{Encoding, decoded, refuse_what_is_no_text};
use super::items::Row;
use super::journal::Journal;
use super::mapping::Mapping;
use super::parquet::{self, ParquetRows};
use super::problem::Refusal;
use super::reading::{Lines, Mapped, Rows, check_columns, is_by_lines};
use super::rejects::{Form, Rejects};
use super::shapes::Native;
use super::source::{Damage, Input, Source, unreadable};
use super::table::{self, Table};

/// Largest JSON file that is not by lines, in bytes: it is read as a whole.
const JSON_LIMIT: u64 = 512 << 20;
/// How much of an input is looked at to find out what it is, in bytes.
const HEAD: u64 = 64 << 10;

/// What all files of an import have in common.
#[derive(Debug)]
pub(super) struct Plan {
    /// The mapping and the hash of its text; none for the platforms' own JSON.
    pub(super) mapping: Option<(Mapping, String)>,
    /// The platform of the JSON; none for any.
    pub(super) platform: Option<Platform>,
    /// Whose documents are that do not say it.
    pub(super) creator: Option<String>,
    /// When the files were read, where the user says so.
    pub(super) observed_at: Option<Timestamp>,
    /// The folder of the journal.
    pub(super) journal: PathBuf,
    /// The folder of what is kept.
    pub(super) kept: PathBuf,
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
    /// What kept it from being read to its end.
    pub(super) damage: Damage,
}

impl Plan {
    /// Opens one input. `taken` has the paths of reject files that other inputs of this import use. Errors: everything that keeps
    /// the input from being read.
    pub(super) fn open(&self, source: &Source, taken: &mut Vec<PathBuf>) -> Result<Opened<'_>, Refusal> {
        let mut notes = Vec::new();
        let modified = source.modified;
        let (content, damaged) = source.hash()?;
        let mut journal = Journal::open(&self.journal, &content, &self.reading_hash(source)).map_err(unreadable)?;
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
        journal.entry.file.clone_from(&source.name);
        journal.entry.endpoint.clone_from(&self.endpoint);
        journal.entry.observed_at = observed_at.to_string();
        let rejects = self.rejects_path(&source.name, taken);
        if same_file(&source.path, &rejects) {
            return Err(Refusal::new(
                "REJECTS_PATH",
                "the rejected rows would overwrite this file; say another --rejects",
            ));
        }
        // What is damaged may look like something else.
        let begun = self.rows(source, observed_at, &mut notes);
        let (rows, form, damage) = begun.map_err(|refusal| damaged.unwrap_or(refusal))?;
        taken.push(rejects.clone());
        let dated = self.mapping.as_ref().is_some_and(|(mapping, _)| mapping.has("observed_at"));
        let observed_at = (!dated).then_some(observed_at);
        Ok(Opened { rows, journal, rejects: Rejects::new(rejects, form), content, observed_at, notes, damage })
    }

    /// Finds out by its first bytes what an input is, and begins to read it.
    fn rows(
        &self,
        source: &Source,
        observed_at: Timestamp,
        notes: &mut Vec<String>,
    ) -> Result<(Rows<'_>, Form, Damage), Refusal> {
        let Input { bytes, damage } = source.open().map_err(unreadable)?;
        let (head, bytes) = with_head(bytes)?;
        let Some((mapping, _)) = &self.mapping else {
            refuse_what_is_no_text(&head, "JSON")?;
            let (head, bytes) = with_head(decoded(bytes, Encoding::Utf8).map_err(unreadable)?)?;
            let (platform, creator) = (self.platform, self.creator.clone());
            let native = Box::new(Native { platform, creator, observed_at, now: self.now });
            let mut rows = json(&head, bytes, native)?;
            if let Some(problem) = rows.nothing_fits().map_err(unreadable)?.filter(|_| source.found) {
                return Err(Refusal::new("NOTHING_FITS", problem.sentence()));
            }
            return Ok((rows, Form::Json, damage));
        };
        if head.starts_with(parquet::MAGIC) {
            let rows = table::reader_of_values(mapping, source, observed_at, self.now)?;
            let mapped = Mapped { rows, columns: mapping.columns() };
            let file = source.as_file(&self.journal)?;
            return Ok((Rows::Parquet(Box::new(ParquetRows::open(file, mapping, mapped)?)), Form::Lines, damage));
        }
        refuse_what_is_no_text(&head, "CSV")?;
        let (head, bytes) = with_head(decoded(bytes, mapping.encoding).map_err(unreadable)?)?;
        let text = head.trim_ascii_start();
        if matches!(text, [b'{', ..])
            || text.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"))
        {
            notes.append(&mut check_columns(&head, mapping)?);
            let rows = table::reader_of_values(mapping, source, observed_at, self.now)?;
            let mapped = Box::new(Mapped { rows, columns: mapping.columns() });
            return Ok((json(&head, bytes, mapped)?, Form::Lines, damage));
        }
        let mut table = Table::open(bytes, source, mapping, observed_at, self.now, damage.clone())?;
        notes.append(&mut table.notes);
        let form = Form::Table { header: table.header.clone(), delimiter: table.delimiter, encoding: mapping.encoding };
        Ok((Rows::Table(Box::new(table)), form, damage))
    }

    /// What the reading depends on besides the content: the mapping and the files that it looks things up in, or what is said of
    /// the JSON.
    fn reading_hash(&self, source: &Source) -> String {
        let mut hasher = blake3::Hasher::new();
        match &self.mapping {
            None => {
                let platform = self.platform.map_or("any", Platform::slug);
                hasher.update(format!("native {platform} {}", self.creator.as_deref().unwrap_or_default()).as_bytes());
            }
            Some((mapping, hash)) => {
                hasher.update(hash.as_bytes());
                for lookup in mapping.fields.iter().flat_map(|field| &field.lookups) {
                    // A file that cannot be read is reported when it is opened.
                    hasher.update(&fs::read(source.beside.join(&lookup.file)).unwrap_or_default());
                }
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    fn rejects_path(&self, name: &str, taken: &[PathBuf]) -> PathBuf {
        let name = name.rsplit(['/', '\\']).next().filter(|name| *name != "-").unwrap_or("standard-input").to_owned();
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

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// The first bytes, and all of them again.
fn with_head(mut bytes: Box<dyn Read>) -> Result<(Vec<u8>, Box<dyn Read>), Refusal> {
    let mut head = Vec::new();
    bytes.by_ref().take(HEAD).read_to_end(&mut head).map_err(unreadable)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(bytes))))
}

fn json<'a>(head: &[u8], bytes: Box<dyn Read>, meaning: Box<dyn Meaning + 'a>) -> Result<Rows<'a>, Refusal> {
    if is_by_lines(head) {
        return Ok(Rows::Lines(Box::new(Lines::new(bytes, meaning))));
    }
    let mut text = Vec::new();
    bytes.take(JSON_LIMIT + 1).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > JSON_LIMIT {
        let problem = format!("JSON of up to {JSON_LIMIT} bytes is read, unless it has a document a line; split it");
        return Err(Refusal::new("TOO_LARGE", problem));
    }
    let rows: Vec<Row> = documents::read(&text, 1, meaning.as_ref());
    Ok(Rows::Items(rows.into()))
}

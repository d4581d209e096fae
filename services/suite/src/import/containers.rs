//! Owns finding the inputs in what the user names: files, folders, zip archives, standard input. Never reads what they say.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jiff::Timestamp;
use zip::{CompressionMethod, ZipArchive};

use super::problem::Refusal;
use super::source::{Entry, LARGEST, Source, UNPACKED_FLOOR, UNPACKED_RATIO, unreadable};

/// Most entries of an archive.
const ENTRIES: usize = 10_000;
/// Most files in a folder and its folders.
const FILES: usize = 100_000;
/// Deepest folder in a folder.
const DEEPEST: usize = 32;
const ZIP: &[u8] = b"PK\x03\x04";
const EMPTY_ZIP: &[u8] = b"PK\x05\x06";
const GZIP: &[u8] = b"\x1F\x8B";
/// Stands for standard input.
const STANDARD_INPUT: &str = "-";

/// An input, or what was found instead: its name and why it is none.
pub(super) enum Found {
    Input(Source),
    Refused(String, Refusal),
    /// In a folder or an archive; the others are imported.
    Skipped(String, Refusal),
}

impl Found {
    /// About how many bytes it has, unpacked.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Input(Source { entry: Some(entry), .. }) => entry.size,
            Self::Input(source) => fs::metadata(&source.path).map(|known| known.len()).unwrap_or_default(),
            Self::Refused(..) | Self::Skipped(..) => 0,
        }
    }
}

/// Finds the inputs of what the user names, in its order; in folders and archives by name.
pub(super) fn find(named: &[PathBuf], spool: &Path, now: Timestamp) -> Vec<Found> {
    let mut found = Vec::new();
    for path in named {
        let name = path.display().to_string();
        let done = if name == STANDARD_INPUT {
            spooled(&mut io::stdin().lock(), spool, now).and_then(|source| unpack(source, &mut found))
        } else {
            named_path(path, &mut found)
        };
        if let Err(refusal) = done {
            found.push(Found::Refused(name, refusal));
        }
    }
    found
}

/// Writes a stream to a file that lasts as long as its source.
pub(super) fn spooled(input: &mut dyn Read, folder: &Path, now: Timestamp) -> Result<Source, Refusal> {
    fs::create_dir_all(folder).map_err(unreadable)?;
    let mut file = tempfile::Builder::new().prefix("input-").tempfile_in(folder).map_err(unreadable)?;
    let copied = io::copy(&mut input.take(LARGEST + 1), file.as_file_mut()).map_err(unreadable)?;
    if copied > LARGEST {
        return Err(Refusal::new("TOO_LARGE", format!("it has more than {LARGEST} bytes")));
    }
    let path = file.into_temp_path();
    Ok(Source {
        name: STANDARD_INPUT.to_owned(),
        path: path.to_path_buf(),
        beside: PathBuf::new(),
        modified: now,
        found: false,
        entry: None,
        gzip: false,
        _spool: Some(Rc::new(path)),
    })
}

fn named_path(path: &Path, found: &mut Vec<Found>) -> Result<(), Refusal> {
    let known = match fs::metadata(path) {
        Ok(known) => known,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Refusal::new("NOT_FOUND", "there is no such file"));
        }
        Err(error) => return Err(unreadable(error)),
    };
    if !known.is_dir() {
        return unpack(file_at(path, false)?, found);
    }
    let mut files = Vec::new();
    list(path, 0, &mut files)?;
    if files.is_empty() {
        return Err(Refusal::new("EMPTY_FOLDER", "there is no file in this folder"));
    }
    for file in files {
        let done = file_at(&file, true).and_then(|source| unpack(source, found));
        if let Err(refusal) = done {
            found.push(Found::Skipped(file.display().to_string(), refusal));
        }
    }
    Ok(())
}

/// The files of a folder and of its folders, by name; hidden ones and links to folders are left out.
fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Refusal> {
    if depth > DEEPEST {
        return Err(Refusal::new("TOO_MANY_FILES", format!("folders in it lie deeper than {DEEPEST}")));
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
    let mut entries: Vec<_> = entries.into_iter().map(|entry| (entry.path(), entry.file_type())).collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (path, kind) in entries {
        let kind = kind.map_err(unreadable)?;
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        if kind.is_dir() {
            list(&path, depth + 1, files)?;
        } else if path.is_file() {
            files.push(path);
        }
        if files.len() > FILES {
            return Err(Refusal::new("TOO_MANY_FILES", format!("there are more than {FILES} files in it")));
        }
    }
    Ok(())
}

fn file_at(path: &Path, found: bool) -> Result<Source, Refusal> {
    let known = fs::metadata(path).map_err(unreadable)?;
    if !known.is_file() {
        let problem = "it is no regular file; an import may have to read it twice; say `-` for standard input";
        return Err(Refusal::new("NOT_A_FILE", problem));
    }
    let modified = known.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    let modified =
        modified.ok_or_else(|| Refusal::new("UNREADABLE", "it has no time of modification; say --observed-at"))?;
    let beside = path.parent().unwrap_or(Path::new("")).to_owned();
    let (name, path) = (path.display().to_string(), path.to_owned());
    Ok(Source { name, path, beside, modified, found, entry: None, gzip: false, _spool: None })
}

/// Looks into what is packed.
fn unpack(mut source: Source, found: &mut Vec<Found>) -> Result<(), Refusal> {
    let head = source.head(4).map_err(unreadable)?;
    if head.starts_with(ZIP) || head.starts_with(EMPTY_ZIP) {
        return entries(&source, found);
    }
    source.gzip = head.starts_with(GZIP);
    found.push(Found::Input(source));
    Ok(())
}

fn entries(archive: &Source, found: &mut Vec<Found>) -> Result<(), Refusal> {
    let damaged = |error: zip::result::ZipError| Refusal::new("DAMAGED_ARCHIVE", format!("as a zip archive: {error}"));
    let file = File::open(&archive.path).map_err(unreadable)?;
    let packed = file.metadata().map_err(unreadable)?.len();
    let mut zip = ZipArchive::new(io::BufReader::new(file)).map_err(damaged)?;
    if zip.len() > ENTRIES {
        let problem = format!("it has {} entries; up to {ENTRIES} are read", zip.len());
        return Err(Refusal::new("TOO_MANY_FILES", problem));
    }
    let names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    if names.iter().any(|name| name == "[Content_Types].xml" || name == "mimetype") {
        let problem = "it is a spreadsheet or document (xlsx, ods, docx); export the sheet as CSV UTF-8";
        return Err(Refusal::new("NOT_IMPORTABLE_FILE", problem));
    }
    let mut members = Vec::new();
    let mut total = 0_u64;
    for place in 0..zip.len() {
        let entry = zip.by_index_raw(place).map_err(damaged)?;
        let name = entry.name().to_owned();
        let hidden = name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
        if entry.is_dir() || hidden {
            continue;
        }
        total = total.saturating_add(entry.size());
        let Some(start) = entry.data_start() else {
            return Err(Refusal::new("DAMAGED_ARCHIVE", format!("entry `{name}` has no place in it")));
        };
        let method = entry.compression();
        let known = matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated);
        let unread = if entry.encrypted() {
            Some("it is encrypted; unpack it first".to_owned())
        } else {
            (!known).then(|| format!("it is packed by {method}; accepted: stored and deflate"))
        };
        let deflated = method == CompressionMethod::Deflated;
        let member = Entry { start, packed: entry.compressed_size(), size: entry.size(), crc: entry.crc32(), deflated };
        members.push((name, member, unread));
    }
    if total > UNPACKED_FLOOR.saturating_add(packed.saturating_mul(UNPACKED_RATIO)).min(LARGEST) {
        let problem = format!(
            "its {} entries unpack to {total} bytes; accepted: up to {UNPACKED_FLOOR} bytes, or {UNPACKED_RATIO} for each packed one",
            members.len()
        );
        return Err(Refusal::new("UNPACKS_TO_TOO_MUCH", problem));
    }
    if members.is_empty() {
        return Err(Refusal::new("EMPTY_FILE", "there is no file in this archive"));
    }
    members.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    for (name, member, unread) in members {
        let name = format!("{}/{name}", archive.name);
        let mut source = Source { name: name.clone(), found: true, entry: Some(member), ..archive.clone() };
        let head = match unread {
            Some(why) => Err(Refusal::new("UNREADABLE", why)),
            None => source.head(4).map_err(unreadable),
        };
        match head {
            Err(refusal) => found.push(Found::Skipped(name, refusal)),
            Ok(head) if head.starts_with(ZIP) => {
                let problem = "an archive in an archive; unpack the outer one first";
                found.push(Found::Skipped(name, Refusal::new("NOT_IMPORTABLE_FILE", problem)));
            }
            Ok(head) => {
                source.gzip = head.starts_with(GZIP);
                found.push(Found::Input(source));
            }
        }
    }
    Ok(())
}

//! Owns the comments that are kept while the scoring service is away: where they lie, for how long, and how those of a creator are
//! removed. Never sends them anywhere, and never keeps the name of an author.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use creatorscope_domain::{CreatorId, Source};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::items::Comment;
use super::profiles::short_hash;

/// How long comments are kept after they were read, in days. YouTube's terms name 30 for what is not asked for again; the others
/// are bounds of our own until their sources' classes say better.
const RETENTION: [(Source, i64); 5] = [
    (Source::YoutubeApi, 30),
    (Source::YoutubeApiAuthorized, 30),
    (Source::TiktokResearchApi, 30),
    (Source::TiktokDisplayApi, 30),
    (Source::InstagramGraphApi, 30),
];
/// The same for files of the operator's, in days.
const OF_FILES: i64 = 365;
const FOLDER: &str = "comments";
const KEY_FILE: &str = "author.key";
const ENDING: &str = ".jsonl.gz";

/// A comment as it is kept: one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// `creators/{creator}/posts/{post}`.
    pub(super) post: String,
    pub(super) id: String,
    /// When it was written, RFC 3339; empty when the source does not say.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub(super) time: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) likes: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub(super) language: String,
    pub(super) text: String,
    /// The id of the comment that it answers; empty for a comment on the post.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub(super) reply_to: String,
    /// ISO 3166-1 alpha-2; empty when the source does not say it.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub(super) author_country: String,
    /// A keyed hash, the same for the same author on the same platform; empty when the source does not say who wrote it.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub(super) author: String,
    pub(super) source: String,
    /// When it was read, RFC 3339.
    pub(super) observed: String,
}

/// What a comment turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    New,
    Known,
    /// Its source does not let it be kept any longer.
    Expired,
}

/// The kept comments.
pub(super) struct Kept {
    folder: PathBuf,
    now: Timestamp,
    /// Read with the first comment.
    opened: Option<Opened>,
    /// Files that were removed because their time had come.
    pub(super) removed: u64,
}

struct Opened {
    key: [u8; 32],
    known: HashSet<u64>,
    /// By source and day.
    pending: Vec<(Source, Date, Line)>,
}

impl Kept {
    /// The comments under a folder; removes those whose time has come.
    pub(super) fn new(folder: &Path, now: Timestamp) -> io::Result<Self> {
        let folder = folder.to_owned();
        let mut kept = Self { folder, now, opened: None, removed: 0 };
        for path in kept.files()? {
            if day_of(&path).is_some_and(|(source, day)| kept.is_over(source, day)) {
                fs::remove_file(&path)?;
                kept.removed += 1;
            }
        }
        Ok(kept)
    }

    /// Keeps a comment until it is written with [`Self::flush`].
    pub(super) fn keep(&mut self, comment: &Comment, source: Source, observed: Timestamp) -> io::Result<Keeping> {
        if self.is_over(source, day(observed)) {
            return Ok(Keeping::Expired);
        }
        if self.opened.is_none() {
            self.opened = Some(self.open()?);
        }
        let Some(opened) = &mut self.opened else { return Ok(Keeping::Known) };
        let platform = comment.post.trim_start_matches("creators/").split(':').next().unwrap_or_default();
        if !opened.known.insert(short_hash(&format!("{platform} {}", comment.id))) {
            return Ok(Keeping::Known);
        }
        let author =
            if comment.author.is_empty() { String::new() } else { hashed(&opened.key, platform, &comment.author) };
        let line = Line {
            post: comment.post.clone(),
            id: comment.id.clone(),
            time: comment.time.map(|time| time.to_string()).unwrap_or_default(),
            likes: comment.likes,
            language: comment.language.clone(),
            text: comment.text.clone(),
            reply_to: comment.reply_to.clone(),
            author_country: comment.author_country.clone(),
            author,
            source: source.word().to_owned(),
            observed: observed.to_string(),
        };
        opened.pending.push((source, day(observed), line));
        Ok(Keeping::New)
    }

    /// Writes what is pending, to the disk: only then a row may be called settled.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let Some(opened) = &mut self.opened else { return Ok(()) };
        let mut pending = std::mem::take(&mut opened.pending);
        pending.sort_by_key(|(source, day, _)| (source.word(), *day));
        for lines in pending.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let name = format!("{}.{}{ENDING}", lines[0].0.word(), lines[0].1);
            let path = self.folder.join(FOLDER).join(name);
            fs::create_dir_all(self.folder.join(FOLDER))?;
            let file = File::options().append(true).create(true).open(path)?;
            write(lines.iter().map(|(.., line)| line), file)?.sync_data()?;
        }
        Ok(())
    }

    /// Removes the comments on a creator's posts and those that the creator wrote under this id. Answers with how many.
    pub(super) fn forget(&mut self, creator: &CreatorId) -> io::Result<u64> {
        let posts = format!("{}/posts/", creator.name());
        let platform = creator.platform().slug();
        let key = read_key(&self.folder)?;
        let author = key.map(|key| hashed(&key, platform, creator.platform_id())).unwrap_or_default();
        let mut removed = 0;
        for path in self.files()? {
            let (lines, _) = read(&path)?;
            let before = lines.len();
            let keeps = |line: &Line| !line.post.starts_with(&posts) && (author.is_empty() || line.author != author);
            let lines: Vec<Line> = lines.into_iter().filter(keeps).collect();
            if lines.len() < before {
                replace(&path, &lines)?;
                removed += (before - lines.len()) as u64;
            }
        }
        Ok(removed)
    }

    fn is_over(&self, source: Source, day: Date) -> bool {
        let days = RETENTION.iter().find(|(known, _)| *known == source).map_or(OF_FILES, |(_, days)| *days);
        day.checked_add(days.days()).is_ok_and(|last| last < self::day(self.now))
    }

    /// The files of kept comments, in the order of their names.
    pub(super) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(self.folder.join(FOLDER)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
        let mut paths: Vec<PathBuf> =
            paths.into_iter().filter(|path| path.to_string_lossy().ends_with(ENDING)).collect();
        paths.sort();
        Ok(paths)
    }

    fn open(&self) -> io::Result<Opened> {
        let key = match read_key(&self.folder)? {
            Some(key) => key,
            None => make_key(&self.folder)?,
        };
        let mut known = HashSet::new();
        for path in self.files()? {
            let (lines, whole) = read(&path)?;
            for line in &lines {
                let platform = line.post.trim_start_matches("creators/").split(':').next().unwrap_or_default();
                known.insert(short_hash(&format!("{platform} {}", line.id)));
            }
            if !whole {
                replace(&path, &lines)?;
            }
        }
        Ok(Opened { key, known, pending: Vec::new() })
    }
}

fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// The source and the day that a file's name says.
fn day_of(path: &Path) -> Option<(Source, Date)> {
    let name = path.file_name()?.to_str()?.strip_suffix(ENDING)?;
    let (source, day) = name.split_once('.')?;
    Some((Source::from_word(source)?, day.parse().ok()?))
}

fn hashed(key: &[u8; 32], platform: &str, author: &str) -> String {
    let hash = blake3::keyed_hash(key, format!("{platform} {}", author.to_lowercase()).as_bytes());
    hash.to_hex()[..32].to_owned()
}

fn write<'a, W: Write>(lines: impl Iterator<Item = &'a Line>, target: W) -> io::Result<W> {
    let mut packed = GzEncoder::new(target, Compression::default());
    for line in lines {
        serde_json::to_writer(&mut packed, line)?;
        packed.write_all(b"\n")?;
    }
    packed.finish()
}

/// The lines of a file, and whether it could be read to its end: a crash may have cut its last part.
pub(super) fn read(path: &Path) -> io::Result<(Vec<Line>, bool)> {
    let mut lines = Vec::new();
    for line in BufReader::new(MultiGzDecoder::new(BufReader::new(File::open(path)?))).lines() {
        match line.ok().and_then(|line| serde_json::from_str(&line).ok()) {
            Some(line) => lines.push(line),
            None => return Ok((lines, false)),
        }
    }
    Ok((lines, true))
}

/// Writes a file so that a crash leaves the old one or the new one; removes it when no line is left.
pub(super) fn replace(path: &Path, lines: &[Line]) -> io::Result<()> {
    if lines.is_empty() {
        return fs::remove_file(path);
    }
    let next = path.with_extension("next");
    write(lines.iter(), File::create(&next)?)?.sync_all()?;
    fs::rename(next, path)
}

fn read_key(folder: &Path) -> io::Result<Option<[u8; 32]>> {
    match fs::read(folder.join(KEY_FILE)) {
        Ok(key) => key.try_into().map(Some).map_err(|_| {
            let hint = format!(
                "{} is not the key of 32 bytes that it was; without it authors become others",
                folder.join(KEY_FILE).display()
            );
            io::Error::new(io::ErrorKind::InvalidData, hint)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn make_key(folder: &Path) -> io::Result<[u8; 32]> {
    fs::create_dir_all(folder)?;
    let random = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()].map(Uuid::into_bytes).concat();
    let key = *blake3::hash(&random).as_bytes();
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(folder.join(KEY_FILE))?;
    file.write_all(&key)?;
    file.sync_all()?;
    Ok(key)
}

#[cfg(test)]
#[path = "kept/tests.rs"]
mod tests;

//! Owns where the bytes of one input lie and how they are read: a file, what gzip packed, an entry of a zip archive. Streams, and
//! stops what unpacks to more than it may. Never what the bytes say.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use flate2::Crc;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use jiff::Timestamp;
use tempfile::TempPath;

use super::problem::Refusal;

/// How many bytes may be unpacked whatever they were packed to.
pub(super) const UNPACKED_FLOOR: u64 = 16 << 20;
/// How many bytes one packed byte may become beyond that. Tables of real counts stay below 30.
pub(super) const UNPACKED_RATIO: u64 = 200;
/// Most bytes of one input, unpacked.
pub(super) const LARGEST: u64 = 64 << 30;

/// One input.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// As it is shown: the path as given, with the entry behind that of an archive.
    pub(super) name: String,
    /// The file on disk.
    pub(super) path: PathBuf,
    /// Where the mapping's lookup files are looked for.
    pub(super) beside: PathBuf,
    /// When it was last changed.
    pub(super) modified: Timestamp,
    /// Whether it was found in a folder or an archive: then it may turn out not to fit.
    pub(super) found: bool,
    pub(super) entry: Option<Entry>,
    pub(super) gzip: bool,
    /// Keeps what was read from standard input until the import is over.
    pub(super) _spool: Option<Rc<TempPath>>,
}

/// Where an entry of a zip archive lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) start: u64,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) crc: u32,
    pub(super) deflated: bool,
}

/// What kept an input from being unpacked to its end; none while nothing did.
pub(super) type Damage = Rc<RefCell<Option<Refusal>>>;

/// An input that is being read. What is damaged ends it, and says so in `damage`: what came before is good.
pub(super) struct Input {
    pub(super) bytes: Box<dyn Read>,
    pub(super) damage: Damage,
}

impl Source {
    /// Begins to read. Errors: what keeps the file from being opened.
    pub(super) fn open(&self) -> io::Result<Input> {
        let mut file = File::open(&self.path)?;
        let packed = file.metadata()?.len();
        let damage = Damage::default();
        let bytes: Box<dyn Read> = match self.entry {
            Some(entry) => {
                file.seek(SeekFrom::Start(entry.start))?;
                let raw = file.take(entry.packed);
                let inner: Box<dyn Read> =
                    if entry.deflated { Box::new(DeflateDecoder::new(raw)) } else { Box::new(raw) };
                Box::new(Checked { inner, crc: Crc::new(), read: 0, entry })
            }
            None => Box::new(file),
        };
        let packed = self.entry.map_or(packed, |entry| entry.packed);
        let packs = self.gzip || self.entry.is_some();
        let bytes: Box<dyn Read> = if self.gzip { Box::new(MultiGzDecoder::new(bytes)) } else { bytes };
        let limit = if packs { LARGEST.min(UNPACKED_FLOOR + packed.saturating_mul(UNPACKED_RATIO)) } else { LARGEST };
        let bytes = Box::new(Bounded { inner: bytes, packs, left: limit, limit, damage: damage.clone() });
        Ok(Input { bytes, damage })
    }

    /// The bytes as a file that can be read at any place: the file itself, or a copy without a name in `folder`.
    pub(super) fn as_file(&self, folder: &Path) -> Result<File, Refusal> {
        if self.entry.is_none() && !self.gzip {
            return File::open(&self.path).map_err(unreadable);
        }
        std::fs::create_dir_all(folder).map_err(unreadable)?;
        let mut copy = tempfile::tempfile_in(folder).map_err(unreadable)?;
        let mut input = self.open().map_err(unreadable)?;
        io::copy(&mut input.bytes, &mut copy).map_err(unreadable)?;
        if let Some(refusal) = input.damage.take() {
            return Err(refusal);
        }
        copy.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        Ok(copy)
    }

    /// The BLAKE3 hash of what can be read, and what is damaged. Errors: what unpacks to too much.
    pub(super) fn hash(&self) -> Result<(String, Option<Refusal>), Refusal> {
        let mut hasher = blake3::Hasher::new();
        let mut input = self.open().map_err(unreadable)?;
        hasher.update_reader(&mut input.bytes).map_err(unreadable)?;
        match input.damage.take() {
            Some(refusal) if refusal.reason == "UNPACKS_TO_TOO_MUCH" => Err(refusal),
            damage => Ok((hasher.finalize().to_hex().to_string(), damage)),
        }
    }

    /// The first bytes.
    pub(super) fn head(&self, length: u64) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.open()?.bytes.take(length).read_to_end(&mut head)?;
        Ok(head)
    }
}

/// What keeps a file from being opened, as a refusal.
#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
pub(super) fn unreadable(error: io::Error) -> Refusal {
    Refusal::new("UNREADABLE", error.to_string())
}

/// Stops at a limit and at damage.
struct Bounded {
    inner: Box<dyn Read>,
    packs: bool,
    left: u64,
    limit: u64,
    damage: Damage,
}

impl Read for Bounded {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.damage.borrow().is_some() {
            return Ok(0);
        }
        let count = match self.inner.read(out) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                let reason = if self.packs { "DAMAGED_ARCHIVE" } else { "READ_ERROR" };
                let problem = format!("it could not be read to its end: {error}; what came before was taken");
                self.damage.replace(Some(Refusal::new(reason, problem)));
                return Ok(0);
            }
        };
        if count as u64 > self.left {
            let problem = format!(
                "it unpacks to more than {} bytes; accepted: up to {UNPACKED_FLOOR} bytes, or {UNPACKED_RATIO} for each packed one; unpack it first if it is what it should be",
                self.limit
            );
            self.damage.replace(Some(Refusal::new("UNPACKS_TO_TOO_MUCH", problem)));
            return Ok(0);
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Holds an entry to the size and the checksum that its archive states.
struct Checked {
    inner: Box<dyn Read>,
    crc: Crc,
    read: u64,
    entry: Entry,
}

impl Read for Checked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.crc.update(&out[..count]);
        self.read += count as u64;
        let done = count == 0 && !out.is_empty();
        let complete = self.read == self.entry.size && self.crc.sum() == self.entry.crc;
        if self.read > self.entry.size || done && !complete {
            let message = "it is not what its archive states (size or checksum)";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(count)
    }
}

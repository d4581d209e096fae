//! Owns sealing bytes so that only who has the keys can read them: authenticated encryption under a ring of named keys. Never
//! what is sealed.
//!
//! A ring is a text of lines `id:base64`, each a key of 32 random bytes. The first key seals, all open. To change the key, a
//! new line is put first; an old line may go once nothing is sealed under it any more.
//!
//! ```
//! use creatorscope_kit::seal::{KeyRing, new_line};
//! let ring = KeyRing::parse(&new_line("k1").unwrap()).unwrap();
//! let sealed = ring.seal(b"content", b"whose").unwrap();
//! assert_eq!(ring.open(&sealed, b"whose").unwrap(), b"content");
//! assert!(ring.open(&sealed, b"another").is_err());
//! ```

#[cfg(test)]
mod tests;

use std::{
    fmt, fs,
    io::{self, Write},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};
use thiserror::Error;

/// Bytes of a key.
const KEY: usize = 32;
/// The most keys of a ring.
const MAX_KEYS: usize = 100;
/// Longest id of a key, in characters.
const MAX_ID: usize = 40;

/// Why something cannot be sealed or opened. No message has a key or content.
#[derive(Debug, Error)]
pub enum SealError {
    /// The text of a ring.
    #[error("line {line} of the keys: {problem}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong, and what would be accepted.
        problem: String,
    },
    /// There is no key at all.
    #[error("there is no key; accepted are lines `id:base64` of {KEY} random bytes")]
    NoKey,
    /// A file of keys.
    #[error("the file of keys {path} cannot be used")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// It was sealed under a key that the ring does not have.
    #[error("it was sealed under the key `{0}`, which is not among the keys")]
    UnknownKey(String),
    /// It was changed, or belongs to something else, or a key of the ring is another one under the same id.
    #[error("what was sealed under the key `{0}` does not open with it")]
    Broken(String),
    /// The machine gives no randomness, or the content is too long.
    #[error("it cannot be sealed on this machine")]
    Machine,
}

/// What was sealed, and under which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The id of the key.
    pub key_id: String,
    /// The nonce, the encrypted content, and its tag.
    pub bytes: Vec<u8>,
}

/// Keys by their ids; the first seals, all open. `Debug` shows the ids only.
pub struct KeyRing {
    keys: Vec<(String, LessSafeKey)>,
    random: SystemRandom,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(id, _)| id)).finish()
    }
}

impl KeyRing {
    /// Reads a ring: lines (or parts between commas) of the form `id:base64`; empty ones and those after `#` are left out.
    /// Errors: [`SealError::Line`], [`SealError::NoKey`].
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let mut keys: Vec<(String, LessSafeKey)> = Vec::new();
        for (place, line) in text.split(['\n', ',']).enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let problem = |problem: String| SealError::Line { line: place + 1, problem };
            let (id, encoded) = line.split_once(':').ok_or_else(|| problem("accepted is `id:base64`".to_owned()))?;
            let id = id.trim();
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
            if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(plain) {
                return Err(problem(format!("the id of a key is 1 to {MAX_ID} of A-Z a-z 0-9 . _ -")));
            }
            if keys.iter().any(|(known, _)| known == id) {
                return Err(problem(format!("the key `{id}` stands twice")));
            }
            let bytes = STANDARD.decode(encoded.trim()).ok().filter(|bytes| bytes.len() == KEY);
            let key = bytes.and_then(|bytes| UnboundKey::new(&AES_256_GCM, &bytes).ok());
            let key = key.ok_or_else(|| problem(format!("the key `{id}` is not base64 of {KEY} bytes")))?;
            keys.push((id.to_owned(), LessSafeKey::new(key)));
            if keys.len() > MAX_KEYS {
                return Err(problem(format!("more than {MAX_KEYS} keys")));
            }
        }
        if keys.is_empty() { Err(SealError::NoKey) } else { Ok(Self { keys, random: SystemRandom::new() }) }
    }

    /// Reads a ring from a file; none when there is no file. Errors: [`SealError`].
    pub fn read(path: &Path) -> Result<Option<Self>, SealError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(SealError::File { path: path.display().to_string(), cause }),
        }
    }

    /// Reads a ring from a file, or makes the file with one new key, to be read by its owner only. Errors: [`SealError`].
    pub fn read_or_make(path: &Path, id: &str) -> Result<Self, SealError> {
        if let Some(ring) = Self::read(path)? {
            return Ok(ring);
        }
        let line = new_line(id)?;
        let file = |cause| SealError::File { path: path.display().to_string(), cause };
        make_private(path, &line).map_err(file)?;
        Self::parse(&line)
    }

    /// The id of the key that seals.
    pub fn sealing_id(&self) -> &str {
        self.keys.first().map_or("", |(id, _)| id)
    }

    /// The ids of all keys.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(id, _)| id.as_str())
    }

    /// Seals `content` so that it opens only together with `owner`. Errors: [`SealError::Machine`].
    pub fn seal(&self, content: &[u8], owner: &[u8]) -> Result<Sealed, SealError> {
        let (id, key) = self.keys.first().ok_or(SealError::NoKey)?;
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| SealError::Machine)?;
        let mut sealed = content.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(owner), &mut sealed)
            .map_err(|_| SealError::Machine)?;
        let mut bytes = nonce.to_vec();
        bytes.append(&mut sealed);
        Ok(Sealed { key_id: id.clone(), bytes })
    }

    /// Opens what was sealed for `owner`. Errors: [`SealError::UnknownKey`], [`SealError::Broken`].
    pub fn open(&self, sealed: &Sealed, owner: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = self.keys.iter().find(|(id, _)| *id == sealed.key_id).map(|(_, key)| key);
        let key = key.ok_or_else(|| SealError::UnknownKey(sealed.key_id.clone()))?;
        let broken = || SealError::Broken(sealed.key_id.clone());
        let (nonce, content) = sealed.bytes.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut content = content.to_vec();
        let opened = key.open_in_place(nonce, Aad::from(owner), &mut content).map_err(|_| broken())?;
        Ok(opened.to_vec())
    }
}

/// A line for a ring: a new key under this id. Errors: [`SealError::Machine`].
pub fn new_line(id: &str) -> Result<String, SealError> {
    let mut key = [0; KEY];
    SystemRandom::new().fill(&mut key).map_err(|_| SealError::Machine)?;
    Ok(format!("{id}:{}\n", STANDARD.encode(key)))
}

/// Writes a new file that only its owner can read. It is whole or not there: a stop in between leaves no half a key.
fn make_private(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // A temporary file has mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

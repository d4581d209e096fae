//! Owns vectors of texts kept in files between trainings. Never how they are made.
//!
//! A file is rows of the little-endian hash of a text ([`hash`]) and its numbers as little-endian f32.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context, Result, ensure};

use crate::corpus::{Example, hash};

/// Vectors by the hash of their text.
#[derive(Debug)]
pub(crate) struct Vectors {
    /// Numbers of a vector.
    pub dimensions: usize,
    numbers: Vec<f32>,
    places: HashMap<u64, usize>,
}

impl Vectors {
    /// Reads a file; one that does not exist is empty. Errors: a file that is no whole number of rows.
    pub(crate) fn read(path: &Path, dimensions: usize) -> Result<Self> {
        let bytes = if path.exists() { fs::read(path)? } else { Vec::new() };
        let row = 8 + 4 * dimensions;
        ensure!(bytes.len().is_multiple_of(row), "{}: not rows of {dimensions} numbers", path.display());
        let mut vectors = Self { dimensions, numbers: Vec::with_capacity(bytes.len() / 4), places: HashMap::new() };
        for row in bytes.chunks_exact(row) {
            let (key, numbers) = row.split_first_chunk::<8>().context("a row is longer than its hash")?;
            vectors.places.insert(u64::from_le_bytes(*key), vectors.numbers.len());
            vectors.numbers.extend(numbers.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        }
        Ok(vectors)
    }

    /// The vector of a text.
    pub(crate) fn get(&self, text: &str) -> Option<&[f32]> {
        self.places.get(&hash(text)).map(|place| &self.numbers[*place..place + self.dimensions])
    }

    /// How many of the examples have a vector.
    pub(crate) fn known(&self, examples: &[Example]) -> usize {
        examples.iter().filter(|example| self.get(&example.text).is_some()).count()
    }
}

/// One row of a file.
pub(crate) fn row(text: &str, vector: &[f32]) -> Vec<u8> {
    let numbers = vector.iter().flat_map(|number| number.to_le_bytes());
    hash(text).to_le_bytes().into_iter().chain(numbers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_found_by_their_text() {
        let folder = tempfile::tempdir().expect("a folder is made");
        let path = folder.path().join("vectors.bin");
        assert_eq!(Vectors::read(&path, 2).expect("nothing is read").get("one"), None);
        fs::write(&path, [row("one", &[1.0, 2.0]), row("two", &[3.0, 4.0])].concat()).expect("a file is written");
        let vectors = Vectors::read(&path, 2).expect("the file is read");
        assert_eq!(vectors.get("two"), Some([3.0, 4.0].as_slice()));
        assert_eq!(vectors.get("three"), None);
        assert!(Vectors::read(&path, 3).is_err());
    }
}

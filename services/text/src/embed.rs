//! Owns texts as vectors. Never what is compared with them.

use std::{path::Path, sync::Arc};

use crate::encoder::{ModelError, Sentences};

pub mod make;
mod split;
mod words;

use words::Words;

/// Turns texts into vectors of length 1 whose dot product is the nearness of their meaning.
#[derive(Debug, Clone)]
pub struct Embedder {
    model: Arc<Model>,
}

#[derive(Debug)]
enum Model {
    Words(&'static Words),
    Sentences(String, Box<Sentences>),
}

impl Embedder {
    /// The built-in model: an average of words and parts of words, each with a vector of its own.
    ///
    /// It knows neither the order of words nor the sense of one among several, and of a word that is none of the 60 000 that it was
    /// made from only the parts. Its quality is in `weights/embed.md`; an imported USE model is better, above all across languages.
    pub fn embedded() -> Self {
        Self { model: Arc::new(Model::Words(Words::embedded())) }
    }

    /// The best model that `folder` holds, else the built-in one. Errors: a model that cannot be read.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        Ok(Sentences::open(folder)?.map_or_else(Self::embedded, |(name, sentences)| Self {
            model: Arc::new(Model::Sentences(name, Box::new(sentences))),
        }))
    }

    /// Name and version of the model, e.g. `use-multilingual@3`.
    pub fn model(&self) -> &str {
        match &*self.model {
            Model::Words(_) => words::MODEL,
            Model::Sentences(name, _) => name,
        }
    }

    /// The length of its vectors.
    pub fn dimensions(&self) -> usize {
        match &*self.model {
            Model::Words(_) => words::DIMENSIONS,
            Model::Sentences(..) => Sentences::DIMENSIONS,
        }
    }

    /// One vector a text, in their order; all zero for a text without a known word.
    pub fn embed(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        match &*self.model {
            Model::Words(words) => texts.iter().map(|text| words.embed(text)).collect(),
            Model::Sentences(_, sentences) => sentences.embed(texts),
        }
    }
}

#[cfg(test)]
mod tests;

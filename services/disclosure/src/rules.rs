//! Owns the rules: read once from a file, compiled into patterns, asked for each post. Never a post itself.

mod compile;
mod format;
mod read;
mod tree;
mod vocabulary;

use std::{fmt, path::Path};

pub(crate) use self::compile::{Patterns, Shape, What};
pub use self::{format::*, read::Mistake, vocabulary::*};

/// Why a rule file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The file cannot be read.
    #[error("{path}: {error}")]
    File {
        /// Its path.
        path: String,
        /// Why not.
        error: std::io::Error,
    },
    /// The file has mistakes; all of them are told.
    #[error("{} mistakes in the rules:{}", .0.len(), Listed(.0))]
    Mistakes(Vec<Mistake>),
}

struct Listed<'a>(&'a [Mistake]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mistake in self.0 {
            write!(formatter, "\n  {}: {}", mistake.place, mistake.what)?;
        }
        Ok(())
    }
}

/// The rules of all jurisdictions, ready to judge posts with [`Rules::check`].
#[derive(Debug)]
pub struct Rules {
    pub(crate) file: RuleFile,
    pub(crate) patterns: Patterns,
}

impl Rules {
    /// Gives the rules that are built in.
    pub fn builtin() -> Self {
        Self::parse(include_str!("../rules/disclosure.json")).expect("a test reads the built-in rules")
    }

    /// Reads rules from text.
    ///
    /// # Errors
    /// [`RulesError::Mistakes`] with every mistake and its place.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let file = read::read(text).map_err(RulesError::Mistakes)?;
        let patterns =
            Patterns::of(&file).map_err(|what| RulesError::Mistakes(vec![Mistake { place: "labels".into(), what }]))?;
        Ok(Self { file, patterns })
    }

    /// Reads rules from a file.
    ///
    /// # Errors
    /// [`RulesError::File`] when it cannot be read, otherwise as [`Rules::parse`].
    pub fn from_file(path: &Path) -> Result<Self, RulesError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| RulesError::File { path: path.display().to_string(), error })?;
        Self::parse(&text)
    }

    /// The version of the data.
    pub fn version(&self) -> &str {
        &self.file.version
    }

    /// Everything that is known, jurisdiction by jurisdiction.
    pub fn jurisdictions(&self) -> &[Jurisdiction] {
        &self.file.jurisdictions
    }

    /// The product categories that bans and duties know.
    pub fn categories(&self) -> &[String] {
        &self.file.categories
    }

    pub(crate) fn index_of(&self, code: &str) -> Option<usize> {
        self.file.jurisdictions.iter().position(|one| one.code == code)
    }
}

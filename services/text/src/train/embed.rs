//! Owns the writing of texts' vectors to files. Never what is learnt from them.

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::Path,
};

use anyhow::{Context, Result};
use creatorscope_text::encoder::Encoders;

use crate::{
    corpus::hash,
    train::{self, Options},
    vectors::{Vectors, row},
};

/// Texts that are embedded between two writes.
const TOGETHER: usize = 2048;

/// Writes the vectors of all texts to learn, their halves and the texts to measure on. Can be interrupted and goes on where it was.
pub(crate) fn run(data: &Path, models: &Path, out: &Path, options: &Options) -> Result<()> {
    let mut corpus = train::corpus(data, options)?;
    if options.vectors.is_none() {
        corpus.add_halves();
    }
    let encoders = Encoders::open(models)?.with_context(|| format!("{} holds no model", models.display()))?;
    fs::create_dir_all(out)?;
    let texts: Vec<&str> = corpus.validation.iter().chain(&corpus.train).map(|example| example.text.as_str()).collect();
    write(&out.join("use.bin"), 512, &texts, |texts| encoders.use_vectors(texts))?;
    write(&out.join("e5.bin"), 384, &texts, |texts| encoders.e5_vectors(texts))
}

fn write(
    path: &Path,
    dimensions: usize,
    texts: &[&str],
    embed: impl Fn(&[&str]) -> Option<Vec<Vec<f32>>>,
) -> Result<()> {
    let known = Vectors::read(path, dimensions)?;
    let mut seen = HashSet::new();
    let missing: Vec<&str> =
        texts.iter().copied().filter(|text| known.get(text).is_none() && seen.insert(hash(text))).collect();
    let mut file: File = OpenOptions::new().create(true).append(true).open(path)?;
    for (number, texts) in missing.chunks(TOGETHER).enumerate() {
        let vectors = embed(texts).with_context(|| format!("no model for {}", path.display()))?;
        let rows: Vec<u8> = texts.iter().zip(vectors).flat_map(|(text, vector)| row(text, &vector)).collect();
        file.write_all(&rows)?;
        eprintln!("{}: {} of {}", path.display(), number * TOGETHER + texts.len(), missing.len());
    }
    Ok(())
}

//! Owns the order of training: read, learn, calibrate, write. Never how one step works.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use creatorscope_text::{
    language::Language,
    sentiment::{
        FastModel, Probabilities,
        weights::{Found, Measured},
    },
};

use crate::{
    card,
    corpus::{Corpus, Example},
    evaluate, latin,
    measure::{Outcome, in_order},
    regression::Model,
    stack::{self, Encoded},
    student,
};

/// Settings of a training; the defaults made the committed weights.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// A folder with `xx.txt` files: texts in languages that are not supported, one a line.
    #[arg(long)]
    pub others: Option<PathBuf>,
    /// A folder with `xx.txt` files: texts without labels in supported languages, one a line.
    #[arg(long)]
    pub texts: Option<PathBuf>,
    /// A folder with `e5.bin` and `use.bin`, the vectors of texts as `embed` writes them: their heads are learnt and teach the table.
    #[arg(long)]
    pub vectors: Option<PathBuf>,
    /// Weight of the squares of the weights.
    #[arg(long, default_value_t = 1e-5)]
    pub l2: f32,
    /// Steps of the search.
    #[arg(long, default_value_t = 70)]
    pub iterations: usize,
    /// How much an English text counts, others counting 1.
    #[arg(long, default_value_t = 1.0)]
    pub english: f32,
    /// How much half a text, or another text without a label, counts.
    #[arg(long, default_value_t = 1.0)]
    pub unlabelled: f32,
    /// How much a row of the table of pictographs counts.
    #[arg(long, default_value_t = 3.0)]
    pub emoji: f32,
    /// How much the gold label counts where there is a teacher, the teacher counting the rest.
    #[arg(long, default_value_t = 0.3)]
    pub gold: f32,
}

/// Reads the texts that a training uses.
pub(crate) fn corpus(data: &Path, options: &Options) -> Result<Corpus> {
    let mut corpus = Corpus::read(data)?;
    if let Some(folder) = &options.texts {
        corpus.add_texts(&read_texts(folder)?);
    }
    if options.vectors.is_some() {
        corpus.add_halves();
    }
    Ok(corpus)
}

/// Learns, calibrates and writes.
pub(crate) fn run(data: &Path, out: &Path, options: &Options) -> Result<()> {
    let corpus = corpus(data, options)?;
    eprintln!("{} texts to learn, {} to measure on", corpus.train.len(), corpus.validation.len());
    let others = options.others.as_deref().map(read_texts).transpose()?.unwrap_or_default();
    let encoded = options.vectors.as_deref().map(Encoded::read).transpose()?;
    let mut heads = encoded.as_ref().map(|encoded| stack::learn(&corpus, encoded));
    let taught =
        encoded.as_ref().zip(heads.as_ref()).map(|(encoded, heads)| stack::teach(&corpus.train, encoded, heads));
    let weights = make(&corpus, &others, taught.as_deref(), options).to_bytes();
    fs::create_dir_all(out)?;
    fs::write(out.join("fast.bin"), &weights)?;
    let mut table = evaluate::measure_fast(&corpus, &weights)?;
    println!("{table}");
    if let (Some(encoded), Some(heads)) = (&encoded, &mut heads) {
        stack::mix(&corpus, encoded, heads, &model(&weights)?);
        fs::write(out.join("heads.bin"), heads.to_bytes())?;
        let stacked = evaluate::measure_stack(&corpus, encoded, heads, &weights)?;
        println!("{stacked}");
        table += &stacked;
    }
    fs::write(out.join("README.md"), card::text(&corpus, &weights, &table))?;
    Ok(())
}

/// Makes the weights of a corpus; `teacher` says of each text to learn how probable each class is, where it knows.
pub(crate) fn make(
    corpus: &Corpus,
    others: &[(Language, String)],
    teacher: Option<&[Option<[f32; 3]>]>,
    options: &Options,
) -> Found {
    let sentiment = student::learn(&corpus.train, teacher, options);
    let (lanes, languages) = latin::learn(corpus, others);
    let table = languages.weights.iter().flat_map(|row| row[..lanes.len()].iter().copied()).collect();
    let mut found = Found {
        bias: sentiment.bias,
        sentiment: sentiment.weights,
        latin: lanes.iter().copied().zip(languages.bias).collect(),
        languages: table,
        measured: Vec::new(),
    };
    calibrate(&mut found, &corpus.validation);
    found
}

/// Divides all weights by the temperature that makes the validation texts likeliest, each language counting the same, and writes
/// down each language's quality.
fn calibrate(found: &mut Found, validation: &[Example]) {
    let sentiment = Model { weights: found.sentiment.clone(), bias: found.bias };
    let reader = creatorscope_text::sentiment::features::Reader::default();
    let logits: Vec<_> =
        validation.iter().map(|example| sentiment.logits(&student::buckets(&reader, &example.text))).collect();
    let mut languages: Vec<Language> = Vec::new();
    for example in validation {
        if !languages.contains(&example.source.language) {
            languages.push(example.source.language);
        }
    }
    let of = |language: Language| {
        let pairs = validation.iter().zip(&logits);
        // Comments that are not labelled as tweets are would move the temperature of English.
        pairs.filter(move |(example, _)| {
            example.source.language == language && !example.source.name.contains("goemotions")
        })
    };
    let loss = |temperature: f32, language: Language| -> f64 {
        let (mut loss, mut count) = (0.0, 0);
        for (example, logits) in of(language) {
            let shares = in_order(Probabilities::from_logits(logits[0] / temperature, logits[1] / temperature));
            loss -= f64::from(shares[example.gold.unwrap_or(1)].max(1e-6).ln());
            count += 1;
        }
        loss / f64::from(count.max(1))
    };
    let shared = coolest(|temperature| languages.iter().map(|language| loss(temperature, *language)).sum());
    found.sentiment.iter_mut().flatten().chain(&mut found.bias).for_each(|weight| *weight /= shared);
    for language in languages {
        // Half way between the language's own and the shared one, for a few hundred texts say little.
        let own = coolest(|temperature| loss(temperature, language));
        let temperature = (own / shared).sqrt();
        let mut outcome = Outcome::default();
        for (example, logits) in of(language) {
            let shares = in_order(Probabilities::from_logits(logits[0], logits[1]));
            outcome.push(example.gold.unwrap_or(1), Some(shares));
        }
        found.measured.push(Measured { language, temperature, macro_f1: outcome.quality().macro_f1 });
    }
}

/// The temperature between 0.4 and 3 with the least loss, within 1 %.
pub(crate) fn coolest(loss: impl Fn(f32) -> f64) -> f32 {
    let mut best = (f64::INFINITY, 1.0);
    let mut temperature = 0.4_f32;
    while temperature < 3.0 {
        let loss = loss(temperature);
        if loss < best.0 {
            best = (loss, temperature);
        }
        temperature *= 1.01;
    }
    best.1
}

fn read_texts(folder: &Path) -> Result<Vec<(Language, String)>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    let mut texts = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "txt")) {
        let code = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let language =
            Language::from_code(code).with_context(|| format!("{}: not a known language", path.display()))?;
        let text = fs::read_to_string(path)?;
        texts.extend(text.lines().filter(|line| !line.is_empty()).map(|line| (language, line.to_owned())));
    }
    Ok(texts)
}

/// The model of weights. Errors: not weights.
pub(crate) fn model(weights: &[u8]) -> Result<FastModel> {
    FastModel::from_bytes(weights).context("not weights of this version")
}

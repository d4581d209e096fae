//! Owns the order of training: read, learn, calibrate, write. Never how one step works.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use creatorscope_text::{
    language::Language,
    sentiment::{FastModel, weights::Found},
};

use crate::{
    calibrate, card,
    corpus::Corpus,
    evaluate, latin,
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
    #[arg(long, default_value_t = 0.5)]
    pub unlabelled: f32,
    /// How much a row of the table of pictographs counts.
    #[arg(long, default_value_t = 3.0)]
    pub emoji: f32,
    /// How much the gold label counts where there is a teacher, the teacher counting the rest.
    #[arg(long, default_value_t = 0.3)]
    pub gold: f32,
    /// The same for the languages whose texts are reviews, which the teacher knows less of.
    #[arg(long, default_value_t = 0.9)]
    pub gold_reviews: f32,
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
    let mut table = format!("Fast tier:\n\n{}", evaluate::measure_fast(&corpus, &weights)?);
    println!("{table}");
    let mut head_bytes = None;
    if let (Some(encoded), Some(heads)) = (&encoded, &mut heads) {
        stack::mix(&corpus, encoded, heads, &model(&weights)?);
        fs::write(out.join("heads.bin"), head_bytes.insert(heads.to_bytes()))?;
        let stacked = evaluate::measure_stack(&corpus, encoded, heads, &weights)?;
        println!("{stacked}");
        table += &format!("\nEncoders, macro recall / macro F1:\n\n{stacked}");
    }
    fs::write(out.join("README.md"), card::text(&corpus, &weights, head_bytes.as_deref(), &table, options))?;
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
    calibrate::calibrate(&mut found, &corpus.validation);
    found
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

#[cfg(test)]
mod tests {
    use clap::Parser;
    use creatorscope_text::sentiment::Scratch;

    use super::*;
    use crate::measure::in_order;

    #[derive(Parser)]
    struct Defaults {
        #[command(flatten)]
        options: Options,
    }

    /// Invented texts of two languages: each has a word of its class and words of none.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder is made");
        let words =
            [("negative", "awful", "schrecklich"), ("neutral", "table", "tisch"), ("positive", "lovely", "schön")];
        let things =
            ["boat", "house", "song", "road", "lamp", "river", "clock", "stone", "field", "bread", "chair", "cloud"];
        let file = |name: &str, text: &dyn Fn(&str, &str, &str, &str) -> String, skip: usize| {
            let mut lines = String::from("label\ttext\n");
            for thing in things.iter().skip(skip).step_by(2) {
                for (label, english, german) in words {
                    lines += &format!("{label}\t{}\n", text(english, german, thing, label));
                }
            }
            fs::write(folder.path().join(name), lines).expect("a file is written");
        };
        file(
            "en_semeval_train.tsv",
            &|word, _, thing, _| format!("the {word} {thing} was here and that was what it was"),
            0,
        );
        file("en_tweeteval_val.tsv", &|word, _, thing, _| format!("what a {word} {thing}"), 1);
        file(
            "xlmt_german_train.tsv",
            &|_, word, thing, _| format!("das ist ein {word} {thing} und nichts anderes hier"),
            0,
        );
        file("xlmt_german_val.tsv", &|_, word, thing, _| format!("ein {word} {thing} ist das"), 1);
        folder
    }

    #[test]
    fn the_same_texts_give_the_same_bytes_and_a_model_that_reads_them() {
        let folder = folder();
        let options = Defaults::parse_from(["train", "--iterations", "30"]).options;
        let once = || {
            let corpus = corpus(folder.path(), &options).expect("the files are read");
            make(&corpus, &[], None, &options).to_bytes()
        };
        let weights = once();
        assert!(weights == once(), "two trainings differ");
        assert!(weights.len() < 1_000_000, "{}", weights.len());
        let model = model(&weights).expect("own weights are read");
        let mut scratch = Scratch::default();
        let mut read = |text: &str| {
            let reading = model.read(text, &mut scratch);
            let language = reading.language.expect("a language is found").language.0;
            (language, in_order(reading.sentiment.expect("the language is supported")))
        };
        let (language, [negative, _, positive]) = read("a lovely bridge was here");
        assert!(language == "en" && positive > negative, "{language} {negative} {positive}");
        let (language, [negative, _, positive]) = read("ein schrecklich gelber bus ist das");
        assert!(language == "de" && negative > positive, "{language} {negative} {positive}");
    }

    #[test]
    fn a_teacher_is_followed_where_there_is_no_label() {
        let folder = folder();
        let options = Defaults::parse_from(["train", "--iterations", "30"]).options;
        let mut corpus = corpus(folder.path(), &options).expect("the files are read");
        let texts: Vec<_> = ["zorbly", "grumph"]
            .iter()
            .flat_map(|word| {
                (0..6).map(move |number| (Language("en"), format!("this {word} thing number {}", "x".repeat(number))))
            })
            .collect();
        corpus.add_texts(&texts);
        let taught: Vec<_> = corpus
            .train
            .iter()
            .map(|example| match example {
                example if example.text.contains("zorbly") => Some([0.05, 0.05, 0.9]),
                example if example.text.contains("grumph") => Some([0.9, 0.05, 0.05]),
                _ => None,
            })
            .collect();
        let model = model(&make(&corpus, &[], Some(&taught), &options).to_bytes()).expect("own weights are read");
        let mut scratch = Scratch::default();
        let mut logits = |text: &str| model.evidence(text, &mut scratch).logits;
        let ([_, up], [down, _]) = (logits("this zorbly thing"), logits("this grumph thing"));
        assert!(up > logits("this grumph thing")[1] && down > logits("this zorbly thing")[0]);
    }
}

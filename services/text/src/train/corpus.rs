//! Owns the texts that are trained and measured on, and that the two never share one. Never a model.

use std::{collections::HashSet, fs, path::Path};

use anyhow::{Context, Result, ensure};
use creatorscope_text::{clean::clean, language::Language};

use crate::measure::CLASSES;

/// The longest text, in characters.
const LONGEST: usize = 5_000;

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Its label is learnt.
    Gold,
    /// Its label is not looked at.
    Text,
    /// It is never learnt.
    Validation,
    /// One in five is validation, chosen by the hash of the text; the others are learnt.
    Split,
}

/// A file of texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// Name without `.tsv`.
    pub name: &'static str,
    /// The language that its texts are in.
    pub language: Language,
    /// What they are for.
    pub role: Role,
}

const fn source(name: &'static str, language: &'static str, role: Role) -> Source {
    Source { name, language: Language(language), role }
}

/// All files that are read, in their order.
pub(crate) const SOURCES: [Source; 26] = [
    source("en_tweeteval_val", "en", Role::Validation),
    source("en_goemotions_dev", "en", Role::Validation),
    source("xlmt_arabic_val", "ar", Role::Validation),
    source("xlmt_english_val", "en", Role::Validation),
    source("xlmt_french_val", "fr", Role::Validation),
    source("xlmt_german_val", "de", Role::Validation),
    source("xlmt_hindi_val", "hi", Role::Validation),
    source("xlmt_italian_val", "it", Role::Validation),
    source("xlmt_portuguese_val", "pt", Role::Validation),
    source("xlmt_spanish_val", "es", Role::Validation),
    source("ml12_indonesian_valid", "id", Role::Validation),
    source("ml12_malay_valid", "ms", Role::Validation),
    source("ml12_japanese_valid", "ja", Role::Split),
    source("ml12_chinese_valid", "zh", Role::Split),
    source("en_semeval_train", "en", Role::Gold),
    source("en_goemotions_train", "en", Role::Text),
    source("xlmt_arabic_train", "ar", Role::Gold),
    source("xlmt_english_train", "en", Role::Gold),
    source("xlmt_french_train", "fr", Role::Gold),
    source("xlmt_german_train", "de", Role::Gold),
    source("xlmt_hindi_train", "hi", Role::Gold),
    source("xlmt_italian_train", "it", Role::Gold),
    source("xlmt_portuguese_train", "pt", Role::Gold),
    source("xlmt_spanish_train", "es", Role::Gold),
    source("ml12_indonesian_train", "id", Role::Gold),
    source("ml12_malay_train", "ms", Role::Gold),
];

/// A text.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    /// Cleaned as a service cleans it.
    pub text: String,
    /// The number of its class; none where it has no label or the label is not looked at.
    pub gold: Option<usize>,
    /// Where it comes from.
    pub source: Source,
}

/// Texts to learn, and texts to measure on.
#[derive(Debug, Default)]
pub(crate) struct Corpus {
    /// To learn.
    pub train: Vec<Example>,
    /// To measure on; all have a class.
    pub validation: Vec<Example>,
    /// Every text that was read, as it is compared with others.
    seen: HashSet<String>,
}

impl Corpus {
    /// Reads the files of [`SOURCES`] that `folder` has. Errors: none of them, a line that is not `label<TAB>text`.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut corpus = Self::default();
        for source in SOURCES {
            let path = folder.join(source.name).with_extension("tsv");
            let Ok(bytes) = fs::read(&path) else { continue };
            let lines = String::from_utf8_lossy(&bytes);
            corpus.take(source, &lines).with_context(|| path.display().to_string())?;
        }
        ensure!(
            !corpus.train.is_empty() && !corpus.validation.is_empty(),
            "{} has no labelled texts",
            folder.display()
        );
        Ok(corpus)
    }

    /// Adds texts without labels, except those that are known already.
    pub(crate) fn add_texts(&mut self, texts: &[(Language, String)]) {
        for (language, text) in texts {
            let core = core(text);
            if !core.is_empty() && self.seen.insert(core) {
                let source = Source { name: "more texts", language: *language, role: Role::Text };
                self.train.push(Example { text: clean(text, LONGEST).into_owned(), gold: None, source });
            }
        }
    }

    /// Adds both halves of each labelled text in another language than English, without its label: which half says what, a
    /// teacher may know.
    pub(crate) fn add_halves(&mut self) {
        let whole = self.train.iter().filter(|example| example.gold.is_some() && example.source.language.0 != "en");
        let halves: Vec<_> = whole
            .flat_map(|example| halves(&example.text).into_iter().map(|half| (example.source.language, half)))
            .collect();
        self.add_texts(&halves);
    }

    fn take(&mut self, source: Source, lines: &str) -> Result<()> {
        for (number, line) in lines.split('\n').map(|line| line.trim_end_matches('\r')).enumerate() {
            if line.is_empty() || number == 0 && line == "label\ttext" {
                continue;
            }
            let (label, text) =
                line.split_once('\t').with_context(|| format!("line {}: not label<TAB>text", number + 1))?;
            let class = CLASSES.iter().position(|class| *class == label);
            let class = class.with_context(|| format!("line {}: `{label}` is no class", number + 1))?;
            let core = core(text);
            let validates = match source.role {
                Role::Validation => true,
                Role::Split => hash(&core).is_multiple_of(5),
                Role::Gold | Role::Text => false,
            };
            // Measured texts come first in `SOURCES`, so that none is learnt from another file.
            if core.is_empty() || !self.seen.insert(core) {
                continue;
            }
            let gold = (source.role != Role::Text).then_some(class);
            let example = Example { text: clean(text, LONGEST).into_owned(), gold, source };
            if validates { self.validation.push(example) } else { self.train.push(example) }
        }
        Ok(())
    }
}

/// A text as it is compared with others: small letters and digits only, no links, no names.
fn core(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !word.starts_with('@') && !word.starts_with("http"));
    words.flat_map(str::chars).filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The two halves of a text of six words or more, or of sixteen characters without spaces; else nothing.
fn halves(text: &str) -> Vec<String> {
    let words: Vec<_> = text.split_whitespace().collect();
    if words.len() >= 6 {
        let (first, second) = words.split_at(words.len() / 2);
        return vec![first.join(" "), second.join(" ")];
    }
    let letters: Vec<_> = text.chars().collect();
    if letters.len() < 16 {
        return Vec::new();
    }
    let (first, second) = letters.split_at(letters.len() / 2);
    vec![first.iter().collect(), second.iter().collect()]
}

/// FNV-1a.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder is made");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file is written");
        }
        folder
    }

    #[test]
    fn a_text_that_is_measured_on_is_never_learnt() {
        let folder = folder(&[
            ("en_semeval_train.tsv", "label\ttext\npositive\tGreat, @user!\nneutral\tA table.\n"),
            ("xlmt_english_train.tsv", "positive\tgreat http\nneutral\ta table\nnegative\tBad.\n"),
            ("en_tweeteval_val.tsv", "label\ttext\npositive\tgreat!!\n"),
        ]);
        let corpus = Corpus::read(folder.path()).expect("the files are read");
        let texts: Vec<_> = corpus.train.iter().map(|example| example.text.as_str()).collect();
        assert_eq!(texts, ["A table.", "Bad."]);
        assert_eq!(corpus.validation.len(), 1);
    }

    #[test]
    fn a_bad_line_is_named_with_its_number() {
        let folder = folder(&[("en_tweeteval_val.tsv", "label\ttext\nhappy\tyes\n")]);
        let problem = format!("{:#}", Corpus::read(folder.path()).expect_err("the label is unknown"));
        assert!(problem.contains("line 2") && problem.contains("happy"), "{problem}");
    }

    #[test]
    fn labels_of_files_that_give_text_only_are_not_looked_at() {
        let folder = folder(&[
            ("en_goemotions_train.tsv", "positive\tfine words\n"),
            ("en_tweeteval_val.tsv", "positive\tother words\n"),
        ]);
        let corpus = Corpus::read(folder.path()).expect("the files are read");
        assert_eq!(corpus.train[0].gold, None);
    }
}

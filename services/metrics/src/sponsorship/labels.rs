//! Owns the signs that are looked for, as `labels.toml` has them, in the form in which they are found. Never a post.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use super::text::{compact, fold, is_unbroken, without_marks};

static SIGNS: LazyLock<Result<Signs, String>> = LazyLock::new(|| Signs::read(include_str!("labels.toml")));

/// Everything that is looked for; none when the file that is compiled in cannot be read, which [`check`] tells at the start.
pub(super) fn signs() -> Option<&'static Signs> {
    SIGNS.as_ref().ok()
}

/// Reads the signs. Errors: what is wrong with the file that is compiled in.
pub fn check() -> Result<(), String> {
    SIGNS.as_ref().map(|_| ()).map_err(Clone::clone)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    label: Vec<Label>,
    suffix: Vec<Suffix>,
    denial: Vec<Denials>,
    link: Vec<Link>,
    code: Vec<Code>,
    discount: Discount,
}

/// A label.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Label {
    pub(super) text: String,
    pub(super) languages: Vec<String>,
    strength: Strength,
    #[serde(default)]
    pub(super) running: bool,
    #[serde(default)]
    pub(super) ambiguous: bool,
    pub(super) reference: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Strength {
    Full,
    Weak,
}

impl Label {
    pub(super) fn is_full(&self) -> bool {
        self.strength == Strength::Full
    }
}

/// The end of a hashtag that begins with a brand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suffix {
    pub(super) text: String,
    pub(super) reference: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Denials {
    language: String,
    texts: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    name: String,
    confidence: f64,
    parts: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    alone: bool,
    words: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Discount {
    words: Vec<String>,
}

/// What a pattern stands for.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    /// The label at this place of [`Signs::labels`].
    Label(usize),
    /// Words that deny sponsorship, of a language.
    Denial(String),
    /// A part of an address: whose, and how strong it is.
    Link(String, f64),
    /// Words before a discount code; whether they need no word of discount near them.
    Code(bool),
    /// A word of discount.
    Discount,
}

/// Everything that is looked for.
#[derive(Debug)]
pub(super) struct Signs {
    pub(super) labels: Vec<Label>,
    pub(super) suffixes: Vec<Suffix>,
    /// For each pattern of `finder` what it stands for.
    pub(super) patterns: Vec<Pattern>,
    pub(super) finder: AhoCorasick,
    /// Whole hashtags, written together, with or without their marks.
    pub(super) hashtags: HashMap<String, Vec<Pattern>>,
    /// What counts inside a hashtag of a script without spaces, the longest first.
    pub(super) inside: Vec<(String, Pattern)>,
    /// The languages of which there are labels.
    pub(super) languages: HashSet<String>,
}

impl Signs {
    fn read(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| format!("labels.toml: {error}"))?;
        let mut found: Vec<(String, Pattern)> = Vec::new();
        for (place, label) in file.label.iter().enumerate() {
            found.push((fold(&label.text), Pattern::Label(place)));
        }
        for denials in &file.denial {
            let of = |text: &String| (fold(text), Pattern::Denial(denials.language.clone()));
            found.extend(denials.texts.iter().map(of));
        }
        let mut hashtags: HashMap<String, Vec<Pattern>> = HashMap::new();
        let mut inside = Vec::new();
        for (text, pattern) in &found {
            let whole = compact(text);
            let plain = without_marks(&whole);
            if plain != whole {
                hashtags.entry(plain).or_default().push(pattern.clone());
            }
            let counts = !matches!(pattern, Pattern::Label(place) if !file.label[*place].running);
            if counts && whole.chars().all(is_unbroken) {
                inside.push((whole.clone(), pattern.clone()));
            }
            hashtags.entry(whole).or_default().push(pattern.clone());
        }
        inside.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        for link in &file.link {
            found.extend(link.parts.iter().map(|part| (fold(part), Pattern::Link(link.name.clone(), link.confidence))));
        }
        for code in &file.code {
            found.extend(code.words.iter().map(|word| (fold(word), Pattern::Code(code.alone))));
        }
        found.extend(file.discount.words.iter().map(|word| (fold(word), Pattern::Discount)));

        let languages = file.label.iter().flat_map(|label| label.languages.iter().cloned()).collect();
        let (texts, patterns): (Vec<String>, Vec<Pattern>) = found.into_iter().unzip();
        let finder = AhoCorasick::new(&texts).map_err(|error| format!("labels.toml: {error}"))?;
        Ok(Self { labels: file.label, suffixes: file.suffix, patterns, finder, hashtags, inside, languages })
    }
}

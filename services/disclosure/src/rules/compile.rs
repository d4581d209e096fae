//! Owns the patterns that labels become: one automaton and two tables for all jurisdictions. Never the reading of files.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::AhoCorasick;

use super::{
    format::RuleFile,
    vocabulary::{Form, Why},
};
use crate::{
    model::Relation,
    normalise::{compact, comparable, is_unspaced, is_word},
};

/// What stands behind a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// An accepted label, by its index.
    Accepted(usize),
    /// A refused label, by its index.
    Refused(usize),
}

/// A pattern's meaning in one jurisdiction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub(crate) jurisdiction: usize,
    pub(crate) what: What,
    /// Whether the label is an unmistakable word for advertising.
    pub(crate) full: bool,
}

/// How a pattern is matched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// A whole hashtag, without its sign. `true` when the rule speaks of words only, so that a hashtag is not certain.
    Tag(String, bool),
    /// Words in the text.
    Words(String),
    /// Words before and behind the brand; one may be empty.
    AroundBrand(String, String),
    /// A hashtag or word that is the brand and this ending.
    BrandAnd(String, Ending),
    /// A hashtag and the brand's hashtag.
    TagAndBrandTag(String),
    /// A hashtag and the brand right behind it.
    TagThenBrand(String),
    /// The brand's hashtag.
    BrandTag,
    /// The brand's account.
    BrandHandle,
}

/// Whether an ending joined to a brand may also stand outside a hashtag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Ending {
    TagOnly,
    TagOrWord,
}

/// One pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) shape: Shape,
    /// The index of the negation it is.
    pub(crate) negation: Option<usize>,
    pub(crate) uses: Vec<Use>,
    /// Whether it is written in a script without blanks.
    pub(crate) unspaced: bool,
    /// Whether it is one word of at most five Latin letters, as `ad` or `publi`: too common to be a label in running text.
    pub(crate) short: bool,
    /// Whether it is one word.
    pub(crate) single: bool,
}

/// All patterns of a rule file.
#[derive(Debug)]
pub(crate) struct Patterns {
    pub(crate) all: Vec<Pattern>,
    pub(crate) tags: HashMap<String, Vec<usize>>,
    pub(crate) automaton: AhoCorasick,
    /// For each literal of the automaton the patterns that begin or end with it.
    pub(crate) anchored: Vec<Vec<usize>>,
    /// Patterns that need the brand and no literal of the automaton.
    pub(crate) by_brand: Vec<usize>,
}

impl Patterns {
    pub(crate) fn of(file: &RuleFile) -> Result<Self, String> {
        let mut made: BTreeMap<Shape, (Option<usize>, Vec<Use>)> = BTreeMap::new();
        for (n, negation) in file.negations.iter().enumerate() {
            for shape in shapes(&negation.text, Form::Either, false) {
                made.entry(shape).or_default().0 = Some(n);
            }
        }
        for (jurisdiction, one) in file.jurisdictions.iter().enumerate() {
            for (n, label) in one.labels.iter().enumerate() {
                let says = &label.says;
                let full =
                    [Relation::Paid, Relation::GiftAsked, Relation::Affiliate].iter().all(|r| says.scope.contains(r));
                for text in std::iter::once(&says.text).chain(&says.spellings) {
                    for shape in shapes(text, says.form, true) {
                        let entry = Use { jurisdiction, what: What::Accepted(n), full };
                        made.entry(shape).or_default().1.push(entry);
                    }
                }
            }
            for (n, label) in one.refused.iter().enumerate() {
                // The word is fine; the rules of place judge it.
                if label.says.why == Why::PositionOnly {
                    continue;
                }
                for text in std::iter::once(&label.says.text).chain(&label.says.spellings) {
                    for shape in shapes(text, Form::Either, false) {
                        let entry = Use { jurisdiction, what: What::Refused(n), full: false };
                        made.entry(shape).or_default().1.push(entry);
                    }
                }
            }
        }
        let mut patterns = Self {
            all: Vec::new(),
            tags: HashMap::new(),
            automaton: AhoCorasick::new::<_, &str>([]).map_err(|error| error.to_string())?,
            anchored: Vec::new(),
            by_brand: Vec::new(),
        };
        let mut literals: BTreeMap<String, usize> = BTreeMap::new();
        for (shape, (negation, uses)) in made {
            let n = patterns.all.len();
            let mut literal = None;
            match &shape {
                Shape::Tag(tag, _) | Shape::TagAndBrandTag(tag) | Shape::TagThenBrand(tag) => {
                    patterns.tags.entry(tag.clone()).or_default().push(n);
                }
                Shape::Words(words) => literal = Some(words),
                Shape::AroundBrand(before, after) => {
                    literal = Some(if before.len() >= after.len() { before } else { after });
                }
                Shape::BrandAnd(..) | Shape::BrandTag | Shape::BrandHandle => patterns.by_brand.push(n),
            }
            let text = literal.cloned().unwrap_or_default();
            if let Some(literal) = literal {
                let next = literals.len();
                let at = *literals.entry(literal.clone()).or_insert(next);
                patterns.anchored.resize_with(literals.len(), Vec::new);
                patterns.anchored[at].push(n);
            }
            let single = !text.is_empty() && text.chars().all(is_word);
            let unspaced =
                text.chars().any(is_unspaced) || matches!(&shape, Shape::Tag(tag, _) if tag.chars().any(is_unspaced));
            patterns.all.push(Pattern {
                short: single && !unspaced && text.chars().count() <= 5,
                single,
                unspaced,
                shape,
                negation,
                uses,
            });
        }
        let mut ordered = vec![String::new(); literals.len()];
        for (literal, n) in literals {
            ordered[n] = literal;
        }
        patterns.automaton = AhoCorasick::new(&ordered).map_err(|error| error.to_string())?;
        Ok(patterns)
    }
}

/// The ways in which a label may be written.
fn shapes(text: &str, form: Form, loose_tags: bool) -> Vec<Shape> {
    let text = comparable(text);
    let Some((before, after)) = text.split_once("{brand}") else {
        let words = text.trim_start_matches('#').to_owned();
        let tag = compact(&words);
        return match form {
            Form::Hashtag => vec![Shape::Tag(tag, false)],
            Form::Either => vec![Shape::Tag(tag, false), Shape::Words(words)],
            Form::Phrase if loose_tags => vec![Shape::Tag(tag, true), Shape::Words(words)],
            Form::Phrase => vec![Shape::Words(words)],
        };
    };
    let (sign, after) = (before.chars().next_back(), after.trim());
    match before.trim_end_matches(['#', '@']).trim() {
        "" if after.is_empty() && sign == Some('@') => vec![Shape::BrandHandle],
        "" if after.is_empty() => vec![Shape::BrandTag],
        "" if !text.ends_with(&format!(" {after}")) && after.chars().all(|c| is_word(c) && !is_unspaced(c)) => {
            let form = if form == Form::Hashtag { Ending::TagOnly } else { Ending::TagOrWord };
            vec![Shape::BrandAnd(after.to_owned(), form)]
        }
        "" => vec![Shape::AroundBrand(String::new(), after.to_owned())],
        tag if tag.starts_with('#') && sign == Some('#') => vec![Shape::TagAndBrandTag(compact(tag))],
        words => {
            let words = words.trim_start_matches('#');
            let mut shapes = vec![Shape::AroundBrand(words.to_owned(), after.to_owned())];
            if form != Form::Phrase && after.is_empty() {
                shapes.push(Shape::TagThenBrand(compact(words)));
            }
            shapes
        }
    }
}

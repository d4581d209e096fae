//! Owns finding signs in the texts of one post: whole words and hashtags, in the place of a label, in the right language.
//! Never what the signs come to together.

use super::{
    DENIED_FACTOR, Evidence, Field, Sign, UNSEEN,
    labels::{Label, Pattern, Signs, signs},
    text::{Folded, breaks, compact, fold, is_spaceless, is_unbroken, is_word},
};

/// A full label as a hashtag or in the place of a label, and inside a sentence.
const FULL: f64 = 0.95;
const FULL_RUNNING: f64 = 0.9;
/// A weak label in these places.
const WEAK: f64 = 0.4;
const WEAK_RUNNING: f64 = 0.3;
/// A label of another language, one of which the language cannot be told, and a keyword.
const FOREIGN: f64 = 0.3;
/// A hashtag of a brand's name and e.g. `partner`.
const SUFFIX: f64 = 0.25;
/// A discount code.
const CODE: f64 = 0.5;
/// The most matches and hashtags of one text that are looked at; a text with more is not meant to be read.
const MAX_SIGNS: usize = 100;
/// How far from a code a word of discount may stand, in bytes.
const NEAR: usize = 120;
/// The most of an address that is told, in characters.
const MAX_ADDRESS: usize = 200;

/// How a label stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A whole hashtag, or where labels stand.
    Label,
    /// Inside a sentence or a longer hashtag.
    Running,
}

/// The search through one post.
pub(super) struct Scan {
    signs: Option<&'static Signs>,
    /// ISO 639-1 or 639-2, lower case; empty when not known.
    language: String,
    evidence: Vec<Evidence>,
}

/// A match that may count.
struct Found<'s> {
    start: usize,
    end: usize,
    pattern: &'s Pattern,
}

impl Scan {
    pub(super) fn new(language: &str) -> Self {
        let primary = language.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        let language = match primary.as_str() {
            "nb" | "nn" => "no".to_owned(),
            "und" | "zxx" | "mul" => String::new(),
            _ => primary,
        };
        Self { signs: signs(), language, evidence: Vec::new() }
    }

    /// Whether the absence of labels says something: the language is not known or has labels.
    pub(super) fn covers_language(&self) -> bool {
        self.signs.is_some_and(|signs| self.language.is_empty() || signs.languages.contains(&self.language))
    }

    pub(super) fn into_evidence(self) -> Vec<Evidence> {
        self.evidence
    }

    /// Looks through a title or a caption.
    pub(super) fn text(&mut self, original: &str, field: Field) {
        let Some(signs) = self.signs.filter(|_| !original.is_empty()) else { return };
        let folded = Folded::new(original);
        let tags = hashtag_spans(&folded.text);
        // Hashtags are in order and apart: the first that ends behind the match is the only one that may hold it.
        let within_tag = |found: &Found<'_>| {
            let behind = tags.partition_point(|(_, end)| *end <= found.start);
            tags.get(behind).is_some_and(|(start, _)| *start < found.end)
        };
        let mut found: Vec<Found<'_>> = Vec::new();
        let mut discounts: Vec<Found<'_>> = Vec::new();
        for hit in signs.finder.find_overlapping_iter(&folded.text) {
            let Some(pattern) = signs.patterns.get(hit.pattern().as_usize()) else { continue };
            let hit = Found { start: hit.start(), end: hit.end(), pattern };
            if !is_whole(&folded.text, &hit) || within_tag(&hit) {
                continue;
            }
            let list = if matches!(pattern, Pattern::Discount) { &mut discounts } else { &mut found };
            if list.len() < MAX_SIGNS {
                list.push(hit);
            }
        }
        for hit in &found {
            let covered = found.iter().any(|other| covers(other, hit));
            match hit.pattern {
                Pattern::Label(place) if !covered => self.label(&signs.labels[*place], hit, &folded, original, field),
                Pattern::Denial(language) if !covered => {
                    let text = folded.original(original, hit.start, hit.end);
                    self.deny(text, language, field, folded.place(hit.start));
                }
                Pattern::Link(name, confidence) if is_in_address(&folded.text, hit) => {
                    let (start, end) = word_around(&folded.text, hit);
                    let text = folded.original(original, start, end);
                    self.link(
                        text.chars().take(MAX_ADDRESS).collect(),
                        *confidence,
                        field,
                        folded.place(start),
                        name.clone(),
                    );
                }
                Pattern::Code(alone) if *alone || near_discount(&discounts, hit) => {
                    if let Some(code) = code_behind(&folded, original, hit.end) {
                        let text = format!("{} {code}", folded.original(original, hit.start, hit.end));
                        self.link(text, CODE, field, folded.place(hit.start), "discount code".into());
                    }
                }
                _ => {}
            }
        }
        for (start, end) in tags.into_iter().take(MAX_SIGNS) {
            let text = folded.original(original, start, end);
            self.hashtag(signs, &compact(&folded.text[start..end]), &text, field, folded.place(start), 1.0);
        }
    }

    /// Looks through the hashtags that the source lists.
    pub(super) fn hashtags(&mut self, hashtags: &[String]) {
        let Some(signs) = self.signs else { return };
        for (place, hashtag) in hashtags.iter().enumerate() {
            let folded = fold(hashtag);
            let cap = if folded.trim().contains(' ') { FOREIGN } else { 1.0 };
            self.hashtag(signs, &compact(&folded), hashtag, Field::Hashtags, place, cap);
        }
    }

    fn label(&mut self, label: &Label, hit: &Found<'_>, folded: &Folded, original: &str, field: Field) {
        let form = if stands_as_label(&folded.text, hit) { Form::Label } else { Form::Running };
        if form == Form::Running && !label.running {
            return;
        }
        let text = folded.original(original, hit.start, hit.end);
        self.count(label, form, text, field, folded.place(hit.start), 1.0);
    }

    fn hashtag(&mut self, signs: &Signs, whole: &str, text: &str, field: Field, position: usize, cap: f64) {
        if let Some(patterns) = signs.hashtags.get(whole) {
            for pattern in patterns {
                match pattern {
                    Pattern::Label(place) => {
                        self.count(&signs.labels[*place], Form::Label, text.to_owned(), field, position, cap);
                    }
                    Pattern::Denial(language) => self.deny(text.to_owned(), language, field, position),
                    _ => {}
                }
            }
            return;
        }
        // The longest comes first: a denial goes before the label in it.
        if whole.chars().any(is_unbroken)
            && let Some((_, pattern)) = signs.inside.iter().find(|(inside, _)| whole.contains(inside.as_str()))
        {
            match pattern {
                Pattern::Label(place) => {
                    self.count(&signs.labels[*place], Form::Running, text.to_owned(), field, position, cap);
                }
                Pattern::Denial(language) => self.deny(text.to_owned(), language, field, position),
                _ => {}
            }
            return;
        }
        let ends = |suffix: &str| whole.len() > suffix.len() && whole.ends_with(suffix);
        if let Some(suffix) = signs.suffixes.iter().find(|suffix| ends(&suffix.text)) {
            let key = format!("suffix {}", suffix.text);
            self.add(Sign::WeakLabel, text.to_owned(), field, position, SUFFIX.min(cap), suffix.reference.clone(), key);
        }
    }

    /// Counts a label as far as the post's language allows.
    fn count(&mut self, label: &Label, form: Form, text: String, field: Field, position: usize, cap: f64) {
        let english = label.languages.iter().any(|language| language == "en");
        let own = if self.language.is_empty() {
            english || !label.ambiguous
        } else {
            english || label.languages.contains(&self.language)
        };
        let (sign, confidence) = match (own, label.is_full(), form) {
            (true, true, Form::Label) => (Sign::Label, FULL),
            (true, true, Form::Running) => (Sign::Label, FULL_RUNNING),
            (true, false, Form::Label) => (Sign::WeakLabel, WEAK),
            (true, false, Form::Running) => (Sign::WeakLabel, WEAK_RUNNING),
            (false, full, _) if full && (self.language.is_empty() || !label.ambiguous) => (Sign::WeakLabel, FOREIGN),
            (false, ..) => return,
        };
        let sign = if cap < confidence { Sign::WeakLabel } else { sign };
        let key = format!("label {}", compact(&label.text));
        self.add(sign, text, field, position, confidence.min(cap), label.reference.clone(), key);
    }

    fn deny(&mut self, text: String, language: &str, field: Field, position: usize) {
        let reference = format!("denial in use; language {language}");
        let key = format!("denial {}", compact(&fold(&text)));
        self.add(Sign::Denial, text, field, position, UNSEEN * DENIED_FACTOR, reference, key);
    }

    fn link(&mut self, text: String, confidence: f64, field: Field, position: usize, reference: String) {
        let key = format!("link {reference}");
        self.add(Sign::Link, text, field, position, confidence, reference, key);
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one piece of evidence")]
    fn add(
        &mut self,
        sign: Sign,
        text: String,
        field: Field,
        position: usize,
        confidence: f64,
        reference: String,
        key: String,
    ) {
        self.evidence.push(Evidence { sign, text, field, position, confidence, reference, key });
    }
}

/// The bytes of each hashtag with its `#`.
fn hashtag_spans(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    for (start, _) in text.match_indices('#') {
        let length = text[start + 1..].find(|character| !is_word(character)).unwrap_or(text.len() - start - 1);
        if length > 0 {
            spans.push((start, start + 1 + length));
        }
    }
    spans
}

/// Whether a match begins and ends where words do.
fn is_whole(text: &str, hit: &Found<'_>) -> bool {
    if matches!(hit.pattern, Pattern::Link(..) | Pattern::Discount) {
        return true;
    }
    let inner = &text[hit.start..hit.end];
    breaks(text[..hit.start].chars().next_back(), inner.chars().next())
        && breaks(inner.chars().next_back(), text[hit.end..].chars().next())
}

/// Whether a label or denial says more than another match that it holds; a denial goes before a label in any overlap.
fn covers(wider: &Found<'_>, narrower: &Found<'_>) -> bool {
    if !matches!(wider.pattern, Pattern::Label(_) | Pattern::Denial(_)) {
        return false;
    }
    let holds = wider.start <= narrower.start && narrower.end <= wider.end;
    let longer = wider.end - wider.start > narrower.end - narrower.start;
    let denies = matches!((wider.pattern, narrower.pattern), (Pattern::Denial(_), Pattern::Label(_)));
    (holds && longer) || (denies && wider.start < narrower.end && narrower.start < wider.end)
}

/// Whether a match stands where labels do: alone in brackets, at the beginning of a line and set off from what follows, or
/// set off at the end of one.
fn stands_as_label(text: &str, hit: &Found<'_>) -> bool {
    let (before, after) = (&text[..hit.start], &text[hit.end..]);
    let opened = before.trim_end_matches(' ').ends_with(['[', '(', '【', '〔', '「', '<', '*', '《']);
    let closed = after.trim_start_matches(' ').starts_with([']', ')', '】', '〕', '」', '>', '*', '》']);
    if opened && closed {
        return true;
    }
    let line = before.rsplit('\n').next().unwrap_or_default();
    let rest = after.split('\n').next().unwrap_or_default();
    let next = rest.trim_start_matches(' ').chars().next();
    let last = text[hit.start..hit.end].chars().next_back();
    let spaced = last.is_some_and(is_spaceless) && rest.starts_with(' ');
    let set_off = next.is_none_or(|next| !is_word(next) && next != '\'') || spaced;
    let begins = !line.contains(is_word);
    let ends = next.is_none() && line.trim_end_matches(' ').ends_with(['|', '/', '•', '·', '–', '—', '-', ':']);
    set_off && (begins || ends)
}

/// Whether a part of an address stands inside an address: something without a space before it, or a host at its beginning.
fn is_in_address(text: &str, hit: &Found<'_>) -> bool {
    let before = text[..hit.start].chars().next_back();
    let parameter = text[hit.start..hit.end].contains('=');
    let (start, end) = word_around(text, hit);
    if parameter { text[start..end].contains('.') } else { before.is_none_or(|before| !before.is_alphanumeric()) }
}

/// The bytes around a match up to the next spaces.
fn word_around(text: &str, hit: &Found<'_>) -> (usize, usize) {
    let start = text[..hit.start].rfind(char::is_whitespace).map_or(0, |space| space + 1);
    let end = text[hit.end..].find(char::is_whitespace).map_or(text.len(), |space| hit.end + space);
    (start, end)
}

fn near_discount(discounts: &[Found<'_>], hit: &Found<'_>) -> bool {
    discounts.iter().any(|word| word.start < hit.end + NEAR && hit.start < word.end + NEAR)
}

/// The discount code that stands behind a word: capitals and figures, 3 to 24, at least one of them a letter.
fn code_behind(folded: &Folded, original: &str, end: usize) -> Option<String> {
    let gap =
        |character: char| matches!(character, ' ' | ':' | '"' | '\'' | '“' | '«' | '-' | '>' | '→' | '=' | '「' | '*');
    let start = end + folded.text[end..].find(|character| !gap(character))?;
    let rest = original.chars().skip(folded.place(start));
    let code: String = rest.take_while(|character| character.is_alphanumeric()).take(25).collect();
    let capital = |character: char| character.is_uppercase() || character.is_ascii_digit();
    let fits = (3..=24).contains(&code.chars().count()) && code.chars().all(capital);
    (fits && code.chars().any(char::is_alphabetic)).then_some(code)
}

//! Owns whether a post is sponsored: the signs in it, how strong each is, and what they come to together. Never I/O.
//!
//! The rule, with p for the probability of sponsorship:
//! * A post that the platform marks as sponsored is sponsored (p = 0.99), whatever its text says.
//! * Otherwise p = (1 - (1 - r) (1 - c1) (1 - c2) ...) d. Each c is the confidence of one sign; a sign counts once, however often
//!   it stands there. r is the rest that nothing shows: 0.1, because not every sponsored post says so, and 0.02 where the
//!   platform marks the post as not sponsored; each c is then 0.7 of itself, because creators also label by hand. d is 0.3 when
//!   the text denies sponsorship, else 1. A label inside a denial (`unbezahlte Werbung`) is no label.
//! * The post is sponsored when p is 0.5 or more. The confidence is p, or 1 - p when it is not.
//! * Nothing is known without flag and text, and where the language is known, there is no label of that language and no sign.
//!
//! A label counts fully in posts of its languages; English ones in all. A label of another language counts weakly, and not at
//! all when it is an ordinary word elsewhere. The language of a post is what its source says.

mod labels;
mod scan;
mod text;

#[cfg(test)]
mod real;
#[cfg(test)]
mod tests;

pub use self::labels::check;
use self::scan::Scan;

const UNSEEN: f64 = 0.1;
const UNSEEN_UNMARKED: f64 = 0.02;
const MARKED: f64 = 0.99;
const UNMARKED_FACTOR: f64 = 0.7;
const DENIED_FACTOR: f64 = 0.3;
/// The most evidence that is told of a post.
const MAX_EVIDENCE: usize = 32;

/// What of a post is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its caption or description.
    pub caption: &'a str,
    /// Its hashtags, without `#`; an entry with spaces is a keyword and counts weakly.
    pub hashtags: &'a [String],
    /// BCP 47; empty when not known.
    pub language: &'a str,
    /// What the platform says.
    pub flag: Option<bool>,
}

/// Whether a post is sponsored.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Verdict {
    /// Whether it is; none when nothing is known.
    pub sponsored: Option<bool>,
    /// How certain that is, 0 to 1; 0 when nothing is known.
    pub confidence: f64,
}

/// The confidence is never NaN.
impl Eq for Verdict {}

/// A verdict with what speaks for and against it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sponsorship {
    /// What it comes to.
    pub verdict: Verdict,
    /// What was found, the strongest first.
    pub evidence: Vec<Evidence>,
}

/// What kind of sign it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// The platform's mark.
    PlatformFlag,
    /// A label that disclosure rules accept.
    Label,
    /// A label that is too weak alone.
    WeakLabel,
    /// An affiliate or tracking link, or a discount code.
    Link,
    /// Words that deny sponsorship.
    Denial,
}

/// The part of a post in which a sign stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The platform's flag.
    Sponsored,
    /// The title.
    Title,
    /// The caption.
    Caption,
    /// The hashtags.
    Hashtags,
}

impl Field {
    /// The field of `Post`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sponsored => "sponsored",
            Self::Title => "title",
            Self::Caption => "caption",
            Self::Hashtags => "hashtags",
        }
    }
}

/// Something that speaks for or against sponsorship.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// What kind it is.
    pub sign: Sign,
    /// As it stands in the post; empty for a flag.
    pub text: String,
    /// Where it stands.
    pub field: Field,
    /// Where it begins in the field, in characters from 0; in the hashtags which entry.
    pub position: usize,
    /// The probability of sponsorship by it alone, 0 to 1.
    pub confidence: f64,
    /// Where the sign is documented; empty for flags.
    pub reference: String,
    /// What makes two signs the same.
    key: String,
}

/// Says whether a post is sponsored and what shows it.
pub fn detect(texts: &Texts<'_>) -> Sponsorship {
    let mut evidence: Vec<Evidence> = flag_evidence(texts.flag).into_iter().collect();
    let mut scan = Scan::new(texts.language);
    scan.text(texts.title, Field::Title);
    scan.text(texts.caption, Field::Caption);
    scan.hashtags(texts.hashtags);
    let covered = scan.covers_language();
    evidence.extend(scan.into_evidence());
    evidence.sort_by(|left, right| {
        let order = right.confidence.total_cmp(&left.confidence);
        order.then_with(|| (left.field, left.position).cmp(&(right.field, right.position)))
    });
    let mut distinct: Vec<Evidence> = Vec::new();
    for found in evidence {
        if !distinct.iter().any(|known| known.key == found.key) {
            distinct.push(found);
        }
    }
    let has_text = [texts.title, texts.caption].into_iter().chain(texts.hashtags.iter().map(String::as_str));
    let known = has_text.into_iter().any(|text| !text.trim().is_empty()) && covered;
    let verdict = combine(&distinct, texts.flag, known);
    distinct.truncate(MAX_EVIDENCE);
    Sponsorship { verdict, evidence: distinct }
}

fn combine(evidence: &[Evidence], flag: Option<bool>, known: bool) -> Verdict {
    if flag.is_none() && evidence.is_empty() && !known {
        return Verdict { sponsored: None, confidence: 0.0 };
    }
    let (rest, factor) = if flag == Some(false) { (UNSEEN_UNMARKED, UNMARKED_FACTOR) } else { (UNSEEN, 1.0) };
    let mut unsponsored = 1.0 - rest;
    let mut denied = 1.0;
    for found in evidence {
        match found.sign {
            Sign::PlatformFlag => {}
            Sign::Denial => denied = DENIED_FACTOR,
            Sign::Label | Sign::WeakLabel | Sign::Link => unsponsored *= 1.0 - found.confidence * factor,
        }
    }
    let probability = if flag == Some(true) { MARKED } else { (1.0 - unsponsored) * denied };
    let sponsored = probability >= 0.5;
    Verdict { sponsored: Some(sponsored), confidence: if sponsored { probability } else { 1.0 - probability } }
}

fn flag_evidence(flag: Option<bool>) -> Option<Evidence> {
    let confidence = if flag? { MARKED } else { UNSEEN_UNMARKED };
    Some(Evidence {
        sign: Sign::PlatformFlag,
        text: String::new(),
        field: Field::Sponsored,
        position: 0,
        confidence,
        reference: String::new(),
        key: "flag".into(),
    })
}

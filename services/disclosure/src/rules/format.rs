//! Owns the words of a rule file: what each rule may say. Never how a file is read or a post is judged.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::vocabulary::{
    Applies, BrandRule, Counts, Evidence, FlagRule, Form, LanguageRule, MediumKind, Need, PlaceRule, Strength, Why,
};
use crate::{
    check::{Bearer, Confidence, DutyKind},
    model::Relation,
};

/// Where a fact is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its id in the rule file.
    pub id: String,
    /// Its address.
    pub uri: String,
    /// What kind of text it is.
    pub kind: String,
}

/// What every rule has.
#[derive(Clone, Debug)]
pub struct Basis {
    /// Its id, stable between versions and unique in the file.
    pub id: String,
    /// How well it is known.
    pub confidence: Confidence,
    /// Where it is from; empty when it was recalled.
    pub sources: Vec<Source>,
    /// What a lawyer noted.
    pub note: String,
    /// The first day on which it holds.
    pub from: Option<Date>,
    /// The first day on which it no longer holds.
    pub until: Option<Date>,
}

impl Basis {
    /// Tells whether the rule holds on a day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

/// A rule: what it rests on and what it says.
#[derive(Clone, Debug)]
pub struct Rule<T> {
    /// What it rests on.
    pub basis: Basis,
    /// What it says.
    pub says: T,
}

/// What a relation asks for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// The relation.
    pub relation: Relation,
    /// What it asks for.
    pub need: Need,
}

/// A label that is accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The label; `{brand}` stands for the brand.
    pub text: String,
    /// Its language, BCP 47.
    pub language: String,
    /// How it may be written.
    pub form: Form,
    /// The relations that it is for.
    pub scope: Vec<Relation>,
    /// Other ways to write it.
    #[serde(default)]
    pub spellings: Vec<String>,
}

/// A label that is refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The label; `{brand}` stands for the brand.
    pub text: String,
    /// Its language, BCP 47, or `any`.
    pub language: String,
    /// Why.
    pub why: Why,
    /// Other ways to write it.
    #[serde(default)]
    pub spellings: Vec<String>,
}

/// Whether labels that are not listed may do.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedList {
    /// Whether only listed labels do.
    pub closed: bool,
}

/// Which language a label must be in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// The rule.
    pub rule: LanguageRule,
    /// The languages listed, BCP 47.
    pub languages: Vec<String>,
}

/// Where in a caption a label must be.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaptionPlace {
    /// The rule.
    pub rule: PlaceRule,
    /// Whether it must stand apart from other hashtags.
    pub apart_from_hashtags: bool,
    /// Within how many lines.
    pub lines: Option<usize>,
    /// How well the number of lines is known, if worse than the rule.
    pub lines_confidence: Option<Confidence>,
    /// Within how many hashtags.
    pub hashtags: Option<usize>,
}

/// Where a label must be in a kind of post.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaPlace {
    /// The kind of post.
    pub medium: MediumKind,
    /// Where.
    pub evidence: Evidence,
    /// Whether it must come again and again.
    pub repeated: bool,
    /// In words.
    pub text: String,
}

/// Whether a label in a comment or profile counts.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// Whether it does.
    pub counts: Counts,
}

/// What the platform's own flag is worth.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// The rule.
    pub rule: FlagRule,
}

/// Whether the brand must be named.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrandName {
    /// The rule.
    pub rule: BrandRule,
}

/// Something that no caption can show.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyRule {
    /// What kind.
    pub kind: DutyKind,
    /// Who carries it.
    pub bearers: Vec<Bearer>,
    /// What must be done.
    pub text: String,
    /// To whom it applies.
    #[serde(default)]
    pub applies: Applies,
    /// From how many followers on; fewer are free of it.
    pub followers: Option<u64>,
    /// For which product categories it is checked.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Relations that are free of it.
    #[serde(default)]
    pub except: Vec<Relation>,
}

/// Product categories that may not be advertised, or only under conditions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ban {
    /// How strict.
    pub strength: Strength,
    /// Which.
    pub categories: Vec<String>,
    /// In words.
    pub text: String,
}

/// A law, code or guide.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Its name.
    pub name: String,
}

/// How much of a caption a platform shows before `more`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fold {
    /// Grapheme clusters that are shown for certain.
    pub sure_characters: usize,
    /// Lines that are shown for certain.
    pub sure_lines: Option<usize>,
    /// Grapheme clusters that are usually shown at most.
    pub usual_characters: Option<usize>,
    /// How well the usual number is known.
    pub usual_confidence: Confidence,
}

/// Words that deny advertising.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Negation {
    /// Its id.
    pub id: String,
    /// The words.
    pub text: String,
    /// Their language, BCP 47.
    pub language: String,
}

/// What is known of one jurisdiction.
#[derive(Clone, Debug)]
pub struct Jurisdiction {
    /// Its code.
    pub code: String,
    /// Its name in English.
    pub name: String,
    /// The code of the baseline under it.
    pub baseline: Option<String>,
    /// The first day that the facts are about.
    pub known_from: Option<Date>,
    /// Laws, codes, guides.
    pub instruments: Vec<Rule<Instrument>>,
    /// What relations ask for.
    pub triggers: Vec<Rule<Trigger>>,
    /// Accepted labels.
    pub labels: Vec<Rule<Label>>,
    /// Refused labels.
    pub refused: Vec<Rule<Refused>>,
    /// Whether the list of labels is closed.
    pub closed_list: Rule<ClosedList>,
    /// The language of labels.
    pub language: Rule<Language>,
    /// Their place in a caption; the first that holds on the day.
    pub caption: Vec<Rule<CaptionPlace>>,
    /// Their place in other media.
    pub media: Vec<Rule<MediaPlace>>,
    /// Comments and profiles.
    pub elsewhere: Rule<Elsewhere>,
    /// The platform's flag.
    pub flag: Rule<Flag>,
    /// The brand's name.
    pub brand_name: Rule<BrandName>,
    /// Duties.
    pub duties: Vec<Rule<DutyRule>>,
    /// Bans.
    pub bans: Vec<Rule<Ban>>,
}

/// A rule file.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// Its version.
    pub version: String,
    /// How many other hashtags may stand before a label in one run.
    pub hashtag_pile: usize,
    /// Known product categories.
    pub categories: Vec<String>,
    /// Baselines and their member states.
    pub baselines: BTreeMap<String, Vec<String>>,
    /// Platforms and what they show.
    pub platforms: BTreeMap<String, Rule<Fold>>,
    /// Words that deny advertising.
    pub negations: Vec<Negation>,
    /// Jurisdictions by code.
    pub jurisdictions: Vec<Jurisdiction>,
}

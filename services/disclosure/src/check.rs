//! Owns the words of an answer: verdicts, findings with their spans and sources, duties. Never how they are reached.

use jiff::civil::Date;
use serde::Deserialize;

use crate::rules::{Basis, Source};

/// What a post is worth in a jurisdiction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// No label is needed.
    NotApplicable,
    /// Labelled as the facts want it.
    Pass,
    /// The rules know nothing of this jurisdiction on that day.
    NoData,
    /// A person must look.
    Review,
    /// Not labelled as the facts want it; never on the word of a low-confidence fact.
    Fail,
}

impl Verdict {
    /// Names the verdict, e.g. `NOT_APPLICABLE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::Pass => "PASS",
            Self::NoData => "NO_DATA",
            Self::Review => "REVIEW",
            Self::Fail => "FAIL",
        }
    }
}

/// How well a fact is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Recalled or inferred.
    Low,
    /// From a secondary text.
    Medium,
    /// From the regulator, self-regulator, platform or a law firm.
    High,
}

impl Confidence {
    /// The verdict that a breach of a fact so well known leads to: a low one only asks for a person.
    pub fn breach(self) -> Verdict {
        if self == Self::Low { Verdict::Review } else { Verdict::Fail }
    }
}

/// A text of the post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The caption.
    Caption,
    /// One of the hashtags that came apart, by its place in the list.
    Hashtag(usize),
    /// The first comment.
    FirstComment,
    /// The title.
    Title,
    /// The words of the platform's flag.
    PlatformFlag,
    /// What is spoken.
    Transcript,
    /// What is written in the picture.
    OnScreenText,
    /// The creator's profile.
    Profile,
}

/// A piece of a text, in Unicode code points of the text as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which text.
    pub field: Field,
    /// The first code point, from 0.
    pub start: usize,
    /// One behind the last.
    pub end: usize,
    /// The piece as written.
    pub text: String,
}

/// The kind of reason of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is described by the finding that carries it; the names are the documentation")]
pub enum Reason {
    LabelPresent,
    LabelMissing,
    LabelLate,
    LabelNearStart,
    LabelBehindFold,
    LabelPerhapsBehindFold,
    LabelBuried,
    LabelInRunningText,
    LabelUncertain,
    LabelRefused,
    LabelNeedsPartner,
    LabelSecondary,
    LabelUnlisted,
    LabelOfOtherRelation,
    LabelElsewhere,
    WrongLanguage,
    BrandNotNamed,
    BrandNotGiven,
    PlaceUnknown,
    Negated,
    NegatedAndLabelled,
    NegationWithoutRelation,
    LabelWithoutRelation,
    FlagSuffices,
    FlagMayConform,
    FlagAlone,
    FlagAlsoNeeded,
    EvidenceMissing,
    NotInContent,
    NotRepeated,
    ContextObvious,
    NeedUncertain,
    Recommended,
    NoLabelNeeded,
    ImageNoticeMissing,
    RelationInferred,
    RelationUnknown,
    CategoryBanned,
    CategoryConditional,
    CategoryUnknown,
    DutyToCheck,
    NoJurisdiction,
    BeforeFacts,
    NoRelationGiven,
}

impl Reason {
    /// Names the reason in UPPER_SNAKE_CASE, e.g. `LABEL_BURIED`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        name
    }
}

/// One thing that a check found.
#[derive(Clone, Debug)]
pub struct Finding<'r> {
    /// The rule's own id.
    pub rule: &'r str,
    /// What it does to the verdict.
    pub effect: Verdict,
    /// The kind of reason.
    pub reason: Reason,
    /// In words.
    pub description: String,
    /// What was matched.
    pub span: Option<Span>,
    /// What to change; empty when nothing needs to be.
    pub fix: String,
    /// How well the fact is known.
    pub confidence: Confidence,
    /// Where the fact is from.
    pub sources: &'r [Source],
}

impl<'r> Finding<'r> {
    /// Says what a rule did, with the rule's own confidence and sources.
    pub(crate) fn of(basis: &'r Basis, effect: Verdict, reason: Reason, description: impl Into<String>) -> Self {
        Self {
            rule: &basis.id,
            effect,
            reason,
            description: description.into(),
            span: None,
            fix: String::new(),
            confidence: basis.confidence,
            sources: &basis.sources,
        }
    }

    /// Says what no rule covers.
    pub(crate) fn unruled(rule: &'r str, effect: Verdict, reason: Reason, description: impl Into<String>) -> Self {
        Self {
            rule,
            effect,
            reason,
            description: description.into(),
            span: None,
            fix: String::new(),
            confidence: Confidence::Low,
            sources: &[],
        }
    }

    /// Adds what was matched.
    pub(crate) fn at(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }

    /// Adds what to change.
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }
}

/// What kind of duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyKind {
    /// A permit or licence.
    Permit,
    /// An entry in a register.
    Registration,
    /// A contract in writing.
    Contract,
    /// Product categories that are banned or tied to conditions.
    BannedCategory,
    /// Business data on the profile.
    Identity,
    /// Watching over posts, or answering for them together.
    Oversight,
    /// Altered or machine-made pictures must be told.
    ImageNotice,
    /// Anything else.
    Other,
}

/// Who carries a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bearer {
    /// The creator.
    Creator,
    /// The brand.
    Brand,
    /// An agency between them.
    Agency,
    /// The platform.
    Platform,
}

/// Where a duty stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DutyState {
    /// Told for information.
    Information,
    /// It applies, and whether it is met is not known.
    ToCheck,
    /// It applies and what was given meets it.
    Met,
    /// It does not apply to what was given.
    NotDue,
}

/// Something that no caption can show.
#[derive(Clone, Debug)]
pub struct Duty<'r> {
    /// The rule's own id.
    pub rule: &'r str,
    /// What kind.
    pub kind: DutyKind,
    /// Who carries it.
    pub bearers: &'r [Bearer],
    /// What must be done.
    pub description: &'r str,
    /// Where it stands.
    pub state: DutyState,
    /// How well the fact is known.
    pub confidence: Confidence,
    /// Where the fact is from.
    pub sources: &'r [Source],
}

/// Why a jurisdiction applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nexus {
    /// The creator lives there.
    Creator,
    /// The brand is there.
    Brand,
    /// Enough of the audience is there.
    Audience,
    /// It was asked for.
    Requested,
    /// The baseline under a member state.
    Baseline,
}

/// What one jurisdiction says of the post.
#[derive(Clone, Debug)]
pub struct JurisdictionVerdict<'r> {
    /// ISO 3166-1 alpha-2, or the code of a baseline such as `EU`.
    pub jurisdiction: String,
    /// The name in English; the code when there is no data.
    pub name: String,
    /// The verdict: the worst effect of the findings.
    pub verdict: Verdict,
    /// Why, the weightiest first; never empty.
    pub findings: Vec<Finding<'r>>,
    /// What else must be seen to.
    pub duties: Vec<Duty<'r>>,
    /// Why it applies.
    pub nexus: Vec<Nexus>,
}

/// The answer for one post.
#[derive(Clone, Debug)]
pub struct Check<'r> {
    /// One a jurisdiction, the worst first.
    pub verdicts: Vec<JurisdictionVerdict<'r>>,
    /// The worst of them; `None` when no jurisdiction applies.
    pub verdict: Option<Verdict>,
    /// The version of the rules.
    pub rules_version: &'r str,
    /// The day whose rules were used.
    pub effective_date: Date,
    /// What was noticed whatever the jurisdiction.
    pub notes: Vec<String>,
}

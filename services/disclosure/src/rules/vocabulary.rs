//! Owns the closed lists of a rule file: needs, forms, reasons for refusal, kinds of place and evidence. Never what holds them.

use serde::Deserialize;

/// What a relation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// A full advertising label.
    Label,
    /// A label made for this relation.
    Special,
    /// A label unless the context shows it.
    UnlessObvious,
    /// The tie must be told, in any words.
    WordsFree,
    /// A label under conditions that a program cannot see, or disputed.
    Conditional,
    /// A label is advised.
    Recommended,
    /// Nothing certain is known.
    Unclear,
    /// No label.
    None,
    /// A mark in the picture itself.
    MarkInPicture,
}

/// How a label may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// As a hashtag only.
    Hashtag,
    /// As words only.
    Phrase,
    /// Either.
    Either,
}

/// Why a label is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Named as not enough.
    Explicit,
    /// Vague.
    Ambiguous,
    /// In the wrong language.
    Language,
    /// The word is fine, the place is not.
    PositionOnly,
    /// Allowed next to the main label only.
    SecondaryOnly,
    /// Needs a partner.
    CombinationNeeded,
    /// "May receive".
    Conditional,
    /// Not on a closed list.
    NotInClosedList,
    /// Older wording.
    Superseded,
    /// From a withdrawn text.
    ExplicitOld,
    /// Denies a relation.
    MisleadingNegation,
    /// Both.
    LanguageAndPosition,
}

/// Which language a label must be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LanguageRule {
    /// One of those listed.
    Listed,
    /// That of the content.
    SameAsContent,
    /// Either.
    ListedOrSameAsContent,
    /// Any that the audience understands.
    Understood,
}

/// Where in a caption a label must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceRule {
    /// The first token.
    FirstPosition,
    /// In the visible part.
    BeforeFold,
    /// First, or among the first hashtags.
    FirstHashtags,
    /// In the title or the first sentence.
    TitleOrFirst,
    /// In the visible part and not in a pile of hashtags.
    Visible,
}

/// A kind of post that a placement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediumKind {
    /// Pictures.
    Image,
    /// Stories.
    Story,
    /// Videos, short and long.
    Video,
    /// Live streams.
    Live,
    /// Sound.
    Audio,
}

/// Where a label must be besides the caption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The caption or title will do.
    Outside,
    /// In the picture or the sound.
    Content,
    /// In the sound.
    Spoken,
    /// In the picture and the sound.
    Both,
}

/// Whether a label in a comment or profile counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// It does not.
    No,
    /// Nobody said.
    Unknown,
}

/// What the platform's own flag is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagRule {
    /// Alone it passes.
    Sufficient,
    /// It passes when its words match an accepted label.
    SufficientIfConforming,
    /// It is the first choice.
    PreferredPrimary,
    /// Flag and text are both needed.
    RequiredPlusManualLabel,
    /// It helps; the text is needed.
    UseItInAddition,
    /// Never enough.
    NotSufficientAlone,
    /// Judged by how visible it is.
    Partial,
    /// Depends on wording or prominence.
    Conditional,
    /// Advised.
    Recommended,
    /// Nothing is known.
    Unknown,
}

/// Whether the brand must be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrandRule {
    /// It must.
    Required,
    /// Where the label itself holds it.
    InLabel,
    /// It need not.
    No,
}

/// To whom a duty applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Applies {
    /// Told for information.
    #[default]
    Told,
    /// Checked for creators inside the country, and for those whose country is not known.
    Inside,
}

/// How strict a ban is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// No advertising at all.
    Banned,
    /// Under conditions.
    Conditions,
}

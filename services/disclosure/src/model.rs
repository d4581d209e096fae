//! Owns the words of a check that come from the caller: a post and what ties its creator to a brand. Never a verdict.

use jiff::civil::Date;
use serde::Deserialize;

/// What ties a creator to a brand, or what else in a post needs a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Money for the post.
    Paid,
    /// A free product, a post agreed or asked for.
    GiftAsked,
    /// A free product, nothing asked.
    GiftUnasked,
    /// Invited to an event or a trip.
    EventInvite,
    /// A commission on sales.
    Affiliate,
    /// A lasting contract.
    Ambassador,
    /// The creator's own brand, employer or family.
    OwnBrand,
    /// A face or figure in the picture was altered.
    Retouched,
    /// A face, figure or voice was made by a machine.
    AiImage,
    /// None at all.
    NoRelationship,
    /// Bought with the creator's own money.
    OwnPurchase,
}

impl Relation {
    /// Tells whether somebody else has an interest in the post.
    pub fn is_commercial(self) -> bool {
        !matches!(self, Self::Retouched | Self::AiImage | Self::NoRelationship | Self::OwnPurchase)
    }

    /// Names the relation as rule files do, e.g. `gift_asked`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::GiftAsked => "gift_asked",
            Self::GiftUnasked => "gift_unasked",
            Self::EventInvite => "event_invite",
            Self::Affiliate => "affiliate",
            Self::Ambassador => "ambassador",
            Self::OwnBrand => "own_brand",
            Self::Retouched => "retouched",
            Self::AiImage => "ai_image",
            Self::NoRelationship => "no_relationship",
            Self::OwnPurchase => "own_purchase",
        }
    }
}

/// The kind of post, as far as rules differ by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// Not known; the caption alone is judged.
    #[default]
    Unknown,
    /// One picture.
    Image,
    /// Several pictures.
    Carousel,
    /// An ordinary video.
    Video,
    /// A short vertical video.
    Short,
    /// A post that disappears after 24 hours.
    Story,
    /// A live stream.
    Live,
    /// Sound only.
    Audio,
    /// Text only.
    Text,
}

/// A post, drafted or published, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The caption or description as written.
    pub caption: String,
    /// Hashtags that came apart from the caption, with or without `#`, in their order.
    pub hashtags: Vec<String>,
    /// The creator's first comment; empty when there is none.
    pub first_comment: String,
    /// The title; empty when there is none.
    pub title: String,
    /// The kind of post.
    pub medium: Medium,
    /// The platform as rule files name it, e.g. `instagram`; empty or unknown takes the shortest visible part.
    pub platform: String,
    /// The language of the content, BCP 47; empty when not known.
    pub language: String,
    /// The platform's paid-partnership flag; `None` when nobody knows.
    pub platform_flag: Option<bool>,
    /// The words that the platform shows for its flag; empty when not known.
    pub platform_flag_text: String,
    /// What is spoken; `None` when not known.
    pub transcript: Option<String>,
    /// What is written in picture or video; `None` when not known.
    pub on_screen_text: Option<String>,
    /// Whether it is or was streamed live.
    pub live: bool,
    /// The creator's profile text; empty when not known.
    pub profile_text: String,
}

impl Content {
    /// The kind of post that rules are looked up by.
    pub(crate) fn effective_medium(&self) -> Medium {
        if self.live { Medium::Live } else { self.medium }
    }
}

/// A permit, licence or registration that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The country that gave it, ISO 3166-1 alpha-2.
    pub country: String,
    /// Its number.
    pub number: String,
}

/// What ties creator and brand, and whom the post reaches.
#[derive(Clone, Debug)]
pub struct Context {
    /// The ties; several may hold at once.
    pub relations: Vec<Relation>,
    /// Names of the brand as people write them.
    pub brand_names: Vec<String>,
    /// Its accounts, with or without `@`.
    pub brand_handles: Vec<String>,
    /// Its hashtags, with or without `#`.
    pub brand_hashtags: Vec<String>,
    /// Where the creator lives, ISO 3166-1 alpha-2; empty when not known.
    pub creator_country: String,
    /// Where the brand is, ISO 3166-1 alpha-2; empty when not known.
    pub brand_country: String,
    /// Countries of the audience and their shares, 0 to 1.
    pub audience: Vec<(String, f64)>,
    /// Countries to judge whatever follows from the others.
    pub jurisdictions: Vec<String>,
    /// From which share of the audience on a country counts, above 0 to 1.
    pub audience_threshold: f64,
    /// What is advertised, a category of the rules; empty when not known.
    pub product_category: String,
    /// The day of publication, UTC; picks the rules in force.
    pub publish_date: Date,
    /// Permits that the creator has shown.
    pub permits: Vec<Permit>,
    /// The creator's followers on the platform; `None` when not known.
    pub followers: Option<u64>,
    /// Whether everyone sees from the context that it is advertising.
    pub obvious: bool,
}

impl Context {
    /// Makes a context of one day with the usual threshold of 0.1 for audiences and nothing else known.
    pub fn on(publish_date: Date) -> Self {
        Self {
            relations: Vec::new(),
            brand_names: Vec::new(),
            brand_handles: Vec::new(),
            brand_hashtags: Vec::new(),
            creator_country: String::new(),
            brand_country: String::new(),
            audience: Vec::new(),
            jurisdictions: Vec::new(),
            audience_threshold: 0.1,
            product_category: String::new(),
            publish_date,
            permits: Vec::new(),
            followers: None,
            obvious: false,
        }
    }
}

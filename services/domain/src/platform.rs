//! Owns platforms, tiers, post formats and sources, with their words and their numbers on the wire. Never a rule of one
//! service.

use creatorscope_proto::common::v1 as pb;
use serde::{Deserialize, Serialize};

/// Makes a closed list that is shared with the wire: variants, their words (upper case, as filters and files write them) and
/// the wire's enum of the same variants.
macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident = $wire:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every variant, in the order of the wire.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in filters, files and messages, upper case.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word in any case.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word().eq_ignore_ascii_case(word))
            }

            /// The number on the wire and in the database.
            pub fn number(self) -> i32 {
                match self { $(Self::$variant => pb::$wire::$variant as i32),+ }
            }

            /// Reads the number; none for "unspecified" and for unknown numbers.
            pub fn from_number(number: i32) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.number() == number)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use wire_enum;

wire_enum! {
    /// Where an account lives.
    Platform = Platform {
        /// youtube.com
        Youtube = "YOUTUBE",
        /// tiktok.com
        Tiktok = "TIKTOK",
        /// instagram.com
        Instagram = "INSTAGRAM",
    }
}

impl Platform {
    /// The platform's part of a creator's name, lower case.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Youtube => "youtube",
            Self::Tiktok => "tiktok",
            Self::Instagram => "instagram",
        }
    }

    /// Reads the slug; only in lower case, because names are compared byte by byte.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.slug() == slug)
    }
}

wire_enum! {
    /// Size class by followers; lower bounds are inclusive.
    Tier = Tier {
        /// Below 1 000.
        None = "NONE",
        /// From 1 000.
        Nano = "NANO",
        /// From 10 000.
        Micro = "MICRO",
        /// From 100 000.
        Macro = "MACRO",
        /// From 1 000 000.
        Mega = "MEGA",
    }
}

impl Tier {
    /// The tier of an account with so many followers.
    ///
    /// ```
    /// use creatorscope_domain::Tier;
    /// assert_eq!(Tier::of(9_999), Tier::Nano);
    /// assert_eq!(Tier::of(10_000), Tier::Micro);
    /// ```
    pub fn of(followers: i64) -> Self {
        match followers {
            ..1_000 => Self::None,
            1_000..10_000 => Self::Nano,
            10_000..100_000 => Self::Micro,
            100_000..1_000_000 => Self::Macro,
            1_000_000.. => Self::Mega,
        }
    }
}

wire_enum! {
    /// The form of a post.
    PostFormat = PostFormat {
        /// A vertical video.
        Short = "SHORT",
        /// An ordinary video.
        Long = "LONG",
        /// A live stream or its recording.
        Live = "LIVE",
        /// An Instagram reel.
        Reel = "REEL",
        /// One picture.
        Image = "IMAGE",
        /// Several pictures or videos.
        Carousel = "CAROUSEL",
        /// A post that disappears.
        Story = "STORY",
    }
}

wire_enum! {
    /// Where a fact came from.
    Source = Source {
        /// YouTube Data API v3, not authorised by the channel's owner.
        YoutubeApi = "YOUTUBE_API",
        /// YouTube Data or Analytics API, authorised by the channel's owner.
        YoutubeApiAuthorized = "YOUTUBE_API_AUTHORIZED",
        /// TikTok Research API.
        TiktokResearchApi = "TIKTOK_RESEARCH_API",
        /// TikTok Display API.
        TiktokDisplayApi = "TIKTOK_DISPLAY_API",
        /// Instagram Graph API.
        InstagramGraphApi = "INSTAGRAM_GRAPH_API",
        /// A file of the operator's.
        File = "FILE",
        /// Told by the creator or the operator.
        Given = "GIVEN",
        /// Generated.
        Synthetic = "SYNTHETIC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tier_edges_belong_to_the_upper_tier() {
        let edges = [
            (0, Tier::None),
            (999, Tier::None),
            (1_000, Tier::Nano),
            (9_999, Tier::Nano),
            (10_000, Tier::Micro),
            (99_999, Tier::Micro),
            (100_000, Tier::Macro),
            (999_999, Tier::Macro),
            (1_000_000, Tier::Mega),
        ];
        for (followers, tier) in edges {
            assert_eq!(Tier::of(followers), tier, "{followers}");
        }
    }

    #[test]
    fn words_and_numbers_read_back() {
        for platform in Platform::ALL {
            assert_eq!(Platform::from_word(platform.word()), Some(*platform));
            assert_eq!(Platform::from_number(platform.number()), Some(*platform));
            assert_eq!(Platform::from_slug(platform.slug()), Some(*platform));
        }
        assert!(Tier::from_number(0).is_none());
    }
}

//! Owns the names of creators and posts and the rules for platform ids. Never a look-up.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Platform;

/// Longest platform id of a creator, in bytes.
pub const MAX_PLATFORM_ID: usize = 200;
/// Longest post id, in bytes.
pub const MAX_POST_ID: usize = 128;

/// What an id made from a name leaves unescaped.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'_').remove(b'-');

/// Why a name or id is not accepted. The message says what would be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// The collection or the shape is another one.
    #[error("`{found}` is not a name of the form `{form}`")]
    Form {
        /// What was given, cut to 80 characters.
        found: String,
        /// What would be accepted.
        form: &'static str,
    },
    /// The platform is not known.
    #[error("`{0}` is not a platform; accepted are youtube, tiktok, instagram")]
    Platform(String),
    /// The id looks like a number that a spreadsheet has rounded.
    #[error("`{0}` was mangled by a spreadsheet (scientific notation); the digits are lost, export the ids as text")]
    Mangled(String),
    /// The id breaks the platform's rule.
    #[error("`{found}` is not an id of {platform}: {rule}")]
    Id {
        /// What was given, cut to 80 characters.
        found: String,
        /// The platform's slug.
        platform: &'static str,
        /// What would be accepted.
        rule: &'static str,
    },
}

impl NameError {
    /// The reason for machines, UPPER_SNAKE; append-only.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Form { .. } => "INVALID_NAME",
            Self::Platform(_) => "UNKNOWN_PLATFORM",
            Self::Mangled(_) => "MANGLED_ID",
            Self::Id { .. } => "INVALID_ID",
        }
    }
}

/// A creator: an account on a platform. Written `{platform}:{platform_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CreatorId {
    platform: Platform,
    text: Box<str>,
}

impl CreatorId {
    /// Makes an id from the platform's own id. Errors: mangled or malformed ids.
    pub fn new(platform: Platform, platform_id: &str) -> Result<Self, NameError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'~' | b'@' | b'%');
        refuse_mangled(platform_id)?;
        if platform_id.is_empty() || platform_id.len() > MAX_PLATFORM_ID || !platform_id.bytes().all(plain) {
            return Err(NameError::Id {
                found: cut(platform_id),
                platform: platform.slug(),
                rule: "1 to 200 of A-Z a-z 0-9 . _ - ~ @ %",
            });
        }
        Ok(Self { platform, text: format!("{}:{platform_id}", platform.slug()).into() })
    }

    /// Makes an id from a name, for sources that have no id: `~` and the percent-encoded name. Two accounts with one name
    /// become one, so a real id is always better.
    pub fn from_display_name(platform: Platform, name: &str) -> Result<Self, NameError> {
        let encoded = utf8_percent_encode(name.trim(), PLAIN).to_string();
        if encoded.is_empty() {
            return Err(NameError::Id {
                found: String::new(),
                platform: platform.slug(),
                rule: "a name that is not empty",
            });
        }
        Self::new(platform, &format!("~{encoded}"))
    }

    /// Reads `{platform}:{platform_id}`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let form = || NameError::Form { found: cut(text), form: "creators/{platform}:{platform_id}" };
        let (slug, platform_id) = text.split_once(':').ok_or_else(form)?;
        let platform = Platform::from_slug(slug).ok_or_else(|| NameError::Platform(cut(slug)))?;
        Self::new(platform, platform_id)
    }

    /// Reads `creators/{platform}:{platform_id}`.
    pub fn parse_name(name: &str) -> Result<Self, NameError> {
        let rest = name
            .strip_prefix("creators/")
            .ok_or_else(|| NameError::Form { found: cut(name), form: "creators/{platform}:{platform_id}" })?;
        Self::parse(rest)
    }

    /// The platform.
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// The platform's own id.
    pub fn platform_id(&self) -> &str {
        &self.text[self.platform.slug().len() + 1..]
    }

    /// `{platform}:{platform_id}`, the key in databases.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `creators/{platform}:{platform_id}`.
    pub fn name(&self) -> String {
        format!("creators/{}", self.text)
    }
}

impl fmt::Display for CreatorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for CreatorId {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<CreatorId> for String {
    fn from(id: CreatorId) -> Self {
        id.text.into()
    }
}

/// A post's id on its platform.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PostId(Box<str>);

impl PostId {
    /// Makes an id by the platform's rule. Errors: mangled or malformed ids.
    pub fn new(platform: Platform, id: &str) -> Result<Self, NameError> {
        refuse_mangled(id)?;
        let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let (holds, rule) = match platform {
            Platform::Youtube => (id.len() == 11 && id.bytes().all(word), "11 characters of A-Z a-z 0-9 _ -"),
            Platform::Tiktok => {
                ((15..=21).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit()), "15 to 21 digits")
            }
            Platform::Instagram => {
                (!id.is_empty() && id.len() <= MAX_POST_ID && id.bytes().all(word), "1 to 128 of A-Z a-z 0-9 _ -")
            }
        };
        if holds { Ok(Self(id.into())) } else { Err(NameError::Id { found: cut(id), platform: platform.slug(), rule }) }
    }

    /// The platform's own id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A post with its creator.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PostName {
    /// Whose post it is.
    pub creator: CreatorId,
    /// Its id on the platform.
    pub post: PostId,
}

impl PostName {
    /// Reads `creators/{platform}:{platform_id}/posts/{post_id}`.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        let form = || NameError::Form { found: cut(name), form: "creators/{platform}:{platform_id}/posts/{post_id}" };
        let rest = name.strip_prefix("creators/").ok_or_else(form)?;
        let (creator, post) = rest.split_once("/posts/").ok_or_else(form)?;
        let creator = CreatorId::parse(creator)?;
        let post = PostId::new(creator.platform(), post)?;
        Ok(Self { creator, post })
    }
}

impl fmt::Display for PostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "creators/{}/posts/{}", self.creator, self.post.as_str())
    }
}

/// `7.52E+18` is what a spreadsheet leaves of a 19-digit id.
fn refuse_mangled(id: &str) -> Result<(), NameError> {
    let upper = id.to_ascii_uppercase();
    let mangled = upper.split_once("E+").is_some_and(|(mantissa, exponent)| {
        !mantissa.is_empty()
            && mantissa.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',')
            && !exponent.is_empty()
            && exponent.bytes().all(|byte| byte.is_ascii_digit())
    });
    if mangled { Err(NameError::Mangled(cut(id))) } else { Ok(()) }
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_creator_name_reads_back() {
        let id = CreatorId::parse_name("creators/youtube:UC_x5XG1OV2P6uZZ5FSM9Ttw").expect("valid");
        assert_eq!(id.platform(), Platform::Youtube);
        assert_eq!(id.platform_id(), "UC_x5XG1OV2P6uZZ5FSM9Ttw");
        assert_eq!(id.name(), "creators/youtube:UC_x5XG1OV2P6uZZ5FSM9Ttw");
    }

    #[test]
    fn ids_mangled_by_a_spreadsheet_are_refused_and_not_guessed() {
        assert_eq!(PostId::new(Platform::Tiktok, "7.52E+18"), Err(NameError::Mangled("7.52E+18".into())));
        assert!(matches!(CreatorId::new(Platform::Tiktok, "6,89e+18"), Err(NameError::Mangled(_))));
    }

    #[test]
    fn a_youtube_video_id_has_eleven_characters() {
        assert!(PostId::new(Platform::Youtube, "XpVt6Z1Gjjo").is_ok());
        assert!(PostId::new(Platform::Youtube, "sxcaeyJTx4Co").is_err());
    }

    proptest! {
        #[test]
        fn an_id_made_from_any_name_is_a_valid_id(name in "\\PC{1,20}") {
            match CreatorId::from_display_name(Platform::Youtube, &name) {
                Ok(id) => prop_assert_eq!(CreatorId::parse_name(&id.name()), Ok(id)),
                Err(error) => prop_assert!(name.trim().is_empty() || name.len() > 60, "{}", error),
            }
        }
    }
}

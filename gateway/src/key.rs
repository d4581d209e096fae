//! Owns the text of a key: how it is made, what can be told of it without a look-up. Never whether it is accepted.
//!
//! `cs_live_` or `cs_test_`, 12 characters that name the key, `_`, 43 of its secret, 6 of a checksum over all before. The
//! prefix lets scanners find keys that leaked (`cs_(live|test)_[0-9a-z]{12}_[0-9A-Za-z]{49}`), the checksum tells a mistyped or
//! cut key from a wrong one. What is kept is the SHA-256 of the key: a secret of 256 random bits cannot be guessed, so a slow hash as
//! for passwords would cost time with every call and protect nothing.

use std::fmt;

use ring::{
    digest::{SHA256, digest},
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use serde::Deserialize;
use thiserror::Error;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const ID: usize = 12;
/// 43 letters of 62 hold 256 bits.
const SECRET: usize = 43;
/// 6 letters of 62 hold 32 bits.
const CHECKSUM: usize = 6;
/// Characters of a whole key.
const WHOLE: usize = 8 + ID + 1 + SECRET + CHECKSUM;

/// Which suite a key is for, so that a key of trials opens nothing real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Real work.
    Live,
    /// Trials.
    Test,
}

impl Environment {
    /// As it stands in keys, settings and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is wrong with a text that should be a key. No message repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadKey {
    /// Another beginning.
    #[error("keys begin with cs_live_ or cs_test_")]
    Beginning,
    /// Something is missing, or there is more.
    #[error("the key has {0} characters and a whole one {WHOLE}; it was cut, or there is more than the key")]
    Length(usize),
    /// A character that no key has, or a checksum that does not fit.
    #[error("the key is mistyped: its checksum does not fit")]
    Checksum,
}

/// The machine gives no randomness.
#[derive(Debug, Error)]
#[error("no key can be made: the machine gives no randomness")]
pub struct NoRandomness;

/// A key as its holder has it. `Debug` shows its id only.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    environment: Environment,
    /// The whole text.
    text: String,
}

impl ApiKey {
    /// A new key. Errors: [`NoRandomness`].
    pub fn generate(environment: Environment) -> Result<Self, NoRandomness> {
        let id = random(ID_LETTERS, ID)?;
        let mut text = format!("cs_{environment}_{id}_{}", random(LETTERS, SECRET)?);
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Ok(Self { environment, text })
    }

    /// Reads a key. Errors: what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let environment = [Environment::Live, Environment::Test]
            .into_iter()
            .find(|environment| {
                text.strip_prefix("cs_").is_some_and(|rest| rest.starts_with(&format!("{environment}_")))
            })
            .ok_or(BadKey::Beginning)?;
        let count = text.chars().count();
        if count != WHOLE {
            return Err(BadKey::Length(count));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !text.bytes().all(plain) || text.as_bytes()[8 + ID] != b'_' {
            return Err(BadKey::Checksum);
        }
        let (content, found) = text.split_at(WHOLE - CHECKSUM);
        if checksum(content) != found {
            return Err(BadKey::Checksum);
        }
        Ok(Self { environment, text: text.to_owned() })
    }

    /// Which suite it is for.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// What names it; no secret.
    pub fn id(&self) -> &str {
        &self.text[8..8 + ID]
    }

    /// The whole text, for its holder and nobody else.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The same secret under another id.
    #[cfg(test)]
    pub(crate) fn named(&self, id: &str) -> Self {
        let text = format!("{}{id}{}", &self.text[..8], &self.text[8 + ID..WHOLE - CHECKSUM]);
        let checksum = checksum(&text);
        Self { text: text + &checksum, ..self.clone() }
    }

    /// What is kept of it.
    pub fn hash(&self) -> Vec<u8> {
        digest(&SHA256, self.text.as_bytes()).as_ref().to_vec()
    }

    /// Whether this is what is kept of it, in the same time wherever they differ.
    pub fn is(&self, hash: &[u8]) -> bool {
        // ring compares tags only: two tags over the same text are equal when their keys, here the hashes, are.
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.hash()), b"");
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, hash), b"", tag.as_ref()).is_ok()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({})", self.id())
    }
}

/// `count` letters, each as likely as any other.
fn random(letters: &[u8], count: usize) -> Result<String, NoRandomness> {
    let random = SystemRandom::new();
    // Bytes above the last whole multiple would make the first letters likelier.
    let bound = 256 / letters.len() * letters.len();
    let mut text = String::with_capacity(count);
    while text.len() < count {
        let mut bytes = [0; 64];
        random.fill(&mut bytes).map_err(|_| NoRandomness)?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < bound);
        text.extend(fair.take(count - text.len()).map(|byte| char::from(letters[byte % letters.len()])));
    }
    Ok(text)
}

/// The first 32 bits of the SHA-256, in letters.
fn checksum(content: &str) -> String {
    let hash = digest(&SHA256, content.as_bytes());
    let mut rest = hash.as_ref().iter().take(4).fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
    let mut text = String::with_capacity(CHECKSUM);
    for _ in 0..CHECKSUM {
        text.push(char::from(LETTERS[rest % 62]));
        rest /= 62;
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_reads_back_and_is_its_hash() {
        for environment in [Environment::Live, Environment::Test] {
            let key = ApiKey::generate(environment).expect("randomness");
            let read = ApiKey::parse(key.reveal()).expect("a key");
            assert_eq!((read.environment(), read.id()), (environment, key.id()));
            assert!(read.is(&key.hash()));
            assert!(!ApiKey::generate(environment).expect("randomness").is(&key.hash()));
            assert!(!format!("{key:?}").contains(&key.reveal()[8 + ID..]), "Debug shows no secret");
        }
    }

    #[test]
    fn a_key_that_was_cut_or_mistyped_is_told_without_a_look_up() {
        let key = ApiKey::generate(Environment::Live).expect("randomness");
        let text = key.reveal();
        for length in 0..8 {
            assert_eq!(ApiKey::parse(&text[..length]), Err(BadKey::Beginning));
        }
        for length in 8..WHOLE {
            assert_eq!(ApiKey::parse(&text[..length]), Err(BadKey::Length(length)));
        }
        assert_eq!(ApiKey::parse(&format!("{text}x")), Err(BadKey::Length(WHOLE + 1)));
        let other = text.replacen("live", "test", 1);
        assert_eq!(ApiKey::parse(&other), Err(BadKey::Checksum), "the environment is part of the key");
        for place in 8..WHOLE {
            let mut typed: Vec<char> = text.chars().collect();
            typed[place] = if typed[place] == 'a' { 'b' } else { 'a' };
            let typed: String = typed.into_iter().collect();
            assert_eq!(ApiKey::parse(&typed), Err(BadKey::Checksum), "{place}");
        }
        let foreign = format!("{}é{}", &text[..30], &text[31..]);
        assert_eq!(ApiKey::parse(&foreign), Err(BadKey::Checksum));
    }

    proptest! {
        #[test]
        fn nothing_that_was_not_made_is_a_key(text in "(cs_(live|test)_)?.{0,80}") {
            prop_assert!(ApiKey::parse(&text).is_err());
        }
    }
}

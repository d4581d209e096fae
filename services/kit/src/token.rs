//! Owns places in a service's change log, as clients hold them. Never what a change is.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::fault::{Violation, Violations};

/// The most tokens that a call names in `read_after`.
pub const MAX_TOKENS: usize = 10;

/// A place in the change log of one service. Opaque to clients, who may hold it to resume a stream or to read after a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose log.
    pub service: String,
    /// The position of the last change that the holder has seen, 0 and more.
    pub position: i64,
}

impl Token {
    /// A place in a log.
    pub fn new(service: &str, position: i64) -> Self {
        Self { service: service.to_owned(), position }
    }

    /// Reads a token that stood in `field`. Errors: `INVALID_TOKEN`.
    pub fn parse(text: &str, field: &str) -> Result<Self, Violation> {
        Self::decode(text).ok_or_else(|| {
            let found: String = text.chars().take(80).collect();
            Violation::new(field, "INVALID_TOKEN", format!("`{found}` is not a token that this service has given out"))
        })
    }

    /// Reads the tokens of `read_after`, up to [`MAX_TOKENS`], each of one of the `accepted` services. What is wrong goes into
    /// `problems`: `OUT_OF_RANGE`, `INVALID_TOKEN`.
    pub fn parse_all(texts: &[String], accepted: &[&str], problems: &mut Violations) -> Vec<Self> {
        if texts.len() > MAX_TOKENS {
            let found = format!("{} tokens; at most {MAX_TOKENS} are accepted", texts.len());
            problems.add("read_after", "OUT_OF_RANGE", found);
        }
        let mut tokens = Vec::with_capacity(texts.len().min(MAX_TOKENS));
        for (place, text) in texts.iter().take(MAX_TOKENS).enumerate() {
            let field = format!("read_after[{place}]");
            let Some(token) = problems.take(Self::parse(text, &field)) else { continue };
            if accepted.contains(&token.service.as_str()) {
                tokens.push(token);
            } else {
                let found = format!("a token of {}; accepted are those of {}", token.service, accepted.join(" and "));
                problems.add(field, "INVALID_TOKEN", found);
            }
        }
        tokens
    }

    fn decode(text: &str) -> Option<Self> {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (service, position) = plain.split_once('@')?;
        let position = position.parse().ok().filter(|position| *position >= 0)?;
        Some(Self { service: service.to_owned(), position })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(format!("{}@{}", self.service, self.position)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_rubbish_is_refused() {
        let token = Token::new("metrics", 42);
        assert_eq!(Token::parse(&token.to_string(), "resume_token"), Ok(token));
        assert_eq!(Token::parse("rubbish", "resume_token").map_err(|problem| problem.reason), Err("INVALID_TOKEN"));
    }
}

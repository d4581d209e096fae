//! Owns the settings of this role. Never where they come from.

use creatorscope_kit::config::Problems;
use http::HeaderValue;
use jiff::SignedDuration;
use serde::Deserialize;

use crate::key::Environment;

/// How callers are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// Not at all; for one machine.
    Off,
    /// By keys.
    Keys,
}

/// `[gateway]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Config {
    json_body_kilobytes: u32,
    json_line_kilobytes: u32,
    cors_origins: String,
    auth: Auth,
    environment: Environment,
    key_cache_seconds: u32,
    answer_cache_megabytes: u32,
    open_health: bool,
    open_reflection: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            json_body_kilobytes: 4_096,
            json_line_kilobytes: 4_096,
            cors_origins: String::new(),
            auth: Auth::Off,
            environment: Environment::Live,
            key_cache_seconds: 10,
            answer_cache_megabytes: 0,
            open_health: true,
            open_reflection: false,
        }
    }
}

impl Config {
    /// Tells every setting that is out of its range.
    pub fn check(&self, problems: &mut Problems) {
        problems.range("gateway.json_body_kilobytes", self.json_body_kilobytes, 1..=65_536);
        problems.range("gateway.json_line_kilobytes", self.json_line_kilobytes, 1..=65_536);
        problems.range("gateway.key_cache_seconds", self.key_cache_seconds, 0..=300);
        problems.range("gateway.answer_cache_megabytes", self.answer_cache_megabytes, 0..=65_536);
        for origin in self.origin_texts().filter(|origin| !is_origin(origin)) {
            problems.add(format!(
                "gateway.cors_origins: `{origin}` is not an origin; accepted are * and forms such as https://app.example.com or \
                 http://localhost:3000"
            ));
        }
    }

    /// How callers are told apart.
    pub fn auth(&self) -> Auth {
        self.auth
    }

    /// Which keys are for this suite.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// How long what was found of a key is remembered, up to 5 minutes.
    pub fn key_cache(&self) -> SignedDuration {
        SignedDuration::from_secs(self.key_cache_seconds.into())
    }

    /// The most that kept answers may take, in bytes, up to 64 GiB; 0 when none are kept.
    pub fn answer_cache(&self) -> u64 {
        u64::from(self.answer_cache_megabytes) << 20
    }

    /// Whether health is told without a key.
    pub fn is_health_open(&self) -> bool {
        self.auth == Auth::Off || self.open_health
    }

    /// Whether reflection, `/docs` and `/openapi.json` are told without a key.
    pub fn is_contract_open(&self) -> bool {
        self.auth == Auth::Off || self.open_reflection
    }

    /// The longest JSON body of a call with one message, in bytes; 1 KiB to 64 MiB.
    pub fn body_limit(&self) -> usize {
        self.json_body_kilobytes as usize * 1_024
    }

    /// The longest line of a JSON stream, in bytes; 1 KiB to 64 MiB.
    pub fn line_limit(&self) -> usize {
        self.json_line_kilobytes as usize * 1_024
    }

    /// The origins whose pages may call from a browser; `*` for all.
    pub fn cors_origins(&self) -> Vec<HeaderValue> {
        self.origin_texts().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect()
    }

    fn origin_texts(&self) -> impl Iterator<Item = &str> {
        self.cors_origins.split(',').map(str::trim).filter(|origin| !origin.is_empty())
    }
}

/// Whether the text is `*` or what a browser sends as `Origin`: scheme and host, no path.
fn is_origin(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-:[]".contains(letter);
    host.is_some_and(|host| !host.is_empty() && host.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(config: &Config) -> Option<String> {
        let mut problems = Problems::default();
        config.check(&mut problems);
        problems.check().err().map(|problems| problems.to_string())
    }

    #[test]
    fn origins_are_those_of_browsers() {
        let with = |origins: &str| Config { cors_origins: origins.to_owned(), ..Config::default() };
        assert_eq!(problems(&Config::default()), None);
        assert_eq!(problems(&with("https://app.example.com, http://localhost:3000")), None);
        assert_eq!(with("https://a.example, https://b.example").cors_origins().len(), 2);
        for wrong in ["example.com", "https://", "https://a.example/", "https://A.example", "https://a.example/x"] {
            assert!(problems(&with(wrong)).is_some_and(|told| told.contains(wrong)), "{wrong}");
        }
    }
}

//! Owns settings: where each value came from and what is wrong with it. Never a setting of a role.
//!
//! Defaults < file < environment (`CREATORSCOPE__SECTION__KEY`) < `--set section.key=value`. The default file names every
//! key; a key that it does not have is an error, and so is a value of another type. All problems are told together.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;
use toml::Value;

use crate::db::Secret;

const PREFIX: &str = "CREATORSCOPE__";
/// The environment variable with the key that commands show a suite.
pub const KEY_VARIABLE: &str = "CREATORSCOPE_KEY";
/// The environment variable with the file of authorities (PEM) that commands trust in place of the system's.
pub const CA_VARIABLE: &str = "CREATORSCOPE_CA";
/// Keys whose values are never shown.
const SECRET: [&str; 3] = ["url", "secret", "key"];

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The default file.
    Default,
    /// A file.
    File(String),
    /// An environment variable.
    Environment(String),
    /// `--set`.
    Argument,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Argument => f.write_str("--set"),
        }
    }
}

/// Everything that is wrong with the settings.
#[derive(Debug, Default, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Problems(Vec<String>);

impl Problems {
    /// Adds a problem.
    pub fn add(&mut self, problem: impl Into<String>) {
        self.0.push(problem.into());
    }

    /// Adds a problem when a number is not in its range.
    pub fn range(&mut self, key: &str, value: u32, accepted: std::ops::RangeInclusive<u32>) {
        if !accepted.contains(&value) {
            self.add(format!("{key}: {value}; accepted are {} to {}", accepted.start(), accepted.end()));
        }
    }

    /// Errs when something is wrong.
    pub fn check(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// The key that commands show a suite, from the environment variable [`KEY_VARIABLE`]; none when it is not set or empty. It is
/// no argument, because others on the machine can read those.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn key_of_environment() -> Option<Secret> {
    std::env::var(KEY_VARIABLE).ok().filter(|key| !key.trim().is_empty()).map(|key| Secret::new(key.trim()))
}

/// The file of authorities that commands trust, from the environment variable [`CA_VARIABLE`]; none when it is not set or empty.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn ca_of_environment() -> Option<PathBuf> {
    std::env::var_os(CA_VARIABLE).filter(|file| !file.is_empty()).map(PathBuf::from)
}

type Values = BTreeMap<String, (Value, Origin)>;

/// All settings, by `section.key`, each with its origin.
#[derive(Debug, Clone)]
pub struct Settings(Values);

impl Settings {
    /// Reads all sources. Errors: every unknown key, wrong type and unreadable source.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn load(defaults: &str, file: Option<&Path>, arguments: &[String]) -> Result<Self, Problems> {
        let environment: Vec<_> = std::env::vars().filter(|(name, _)| name.starts_with(PREFIX)).collect();
        Self::merge(defaults, file, &environment, arguments)
    }

    fn merge(
        defaults: &str,
        file: Option<&Path>,
        environment: &[(String, String)],
        arguments: &[String],
    ) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut settings = Self(BTreeMap::new());
        match flatten(defaults) {
            Ok(values) => settings.0.extend(values.into_iter().map(|(key, value)| (key, (value, Origin::Default)))),
            Err(error) => problems.add(format!("the default settings cannot be read: {error}")),
        }
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
            match text.and_then(|text| flatten(&text)) {
                Ok(values) => {
                    for (key, value) in values {
                        settings.set(&key, value, Origin::File(path.display().to_string()), &mut problems);
                    }
                }
                Err(error) => problems.add(format!("file {}: {error}", path.display())),
            }
        }
        for (name, text) in environment {
            let key = name[PREFIX.len()..].to_lowercase().replace("__", ".");
            settings.set_text(&key, text, Origin::Environment(name.clone()), &mut problems);
        }
        for argument in arguments {
            match argument.split_once('=') {
                Some((key, text)) => settings.set_text(key.trim(), text, Origin::Argument, &mut problems),
                None => problems.add(format!("--set {argument}: not of the form section.key=value")),
            }
        }
        problems.check()?;
        Ok(settings)
    }

    /// Takes a value that a dedicated argument gave.
    pub fn overrule(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), (value.into(), Origin::Argument));
    }

    fn set_text(&mut self, key: &str, text: &str, origin: Origin, problems: &mut Problems) {
        let is_text = matches!(self.0.get(key), Some((Value::String(_), _)));
        let read = || format!("value = {text}").parse::<toml::Table>().ok()?.remove("value");
        let value = if is_text {
            Value::String(text.to_owned())
        } else {
            read().unwrap_or_else(|| Value::String(text.to_owned()))
        };
        self.set(key, value, origin, problems);
    }

    fn set(&mut self, key: &str, value: Value, origin: Origin, problems: &mut Problems) {
        let Some((known, _)) = self.0.get(key) else {
            let near = self.0.keys().max_by_key(|known| common_start(known, key)).cloned().unwrap_or_default();
            problems.add(format!("{key} ({origin}): not a setting; the nearest is {near}"));
            return;
        };
        let value = match (known, value) {
            (Value::Float(_), Value::Integer(whole)) => Value::Float(whole as f64),
            (_, value) => value,
        };
        if known.same_type(&value) {
            self.0.insert(key.to_owned(), (value, origin));
        } else {
            let (found, wanted) = (value.type_str(), known.type_str());
            problems.add(format!("{key} ({origin}): found {found}, accepted is {wanted}"));
        }
    }

    /// Reads a section. Errors: a value that the section's type does not take.
    pub fn section<T: DeserializeOwned>(&self, section: &str) -> Result<T, Problems> {
        let prefix = format!("{section}.");
        let entries = self.0.iter().filter_map(|(key, (value, _))| Some((key.strip_prefix(&prefix)?, value)));
        let table: toml::Table = entries.map(|(key, value)| (key.to_owned(), value.clone())).collect();
        Value::Table(table)
            .try_into()
            .map_err(|error: toml::de::Error| Problems(vec![format!("[{section}]: {}", error.message())]))
    }

    /// Where a value came from.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.0.get(key).map(|(_, origin)| origin)
    }
}

/// All settings as a TOML file with the origin of each value; secrets are hidden.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut section = "";
        for (key, (value, origin)) in &self.0 {
            let (here, name) = key.rsplit_once('.').unwrap_or(("", key));
            if here != section {
                let gap = if section.is_empty() { "" } else { "\n" };
                writeln!(f, "{gap}[{here}]")?;
                section = here;
            }
            let secret = SECRET.contains(&name) || name.ends_with("_secret");
            let hidden = secret && value.as_str() != Some("");
            let shown = if hidden { "\"***\"".to_owned() } else { value.to_string() };
            writeln!(f, "{name} = {shown} # {origin}")?;
        }
        Ok(())
    }
}

fn common_start(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
}

fn flatten(text: &str) -> Result<Vec<(String, Value)>, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let mut values = Vec::new();
    for (section, inner) in table {
        match inner {
            Value::Table(inner) => {
                values.extend(inner.into_iter().map(|(key, value)| (format!("{section}.{key}"), value)));
            }
            _ => return Err(format!("`{section}` stands outside a [section]")),
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: &str = "[gateway]\nlisten = \"a\"\n[cache]\nmegabytes = 64\n[database]\nurl = \"\"\n";

    fn environment(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn later_sources_win_and_are_named() {
        let given = environment("CREATORSCOPE__CACHE__MEGABYTES", "8");
        let settings = Settings::merge(DEFAULTS, None, &given, &["gateway.listen=b:0".into()]).expect("valid");
        let shown = settings.to_string();
        assert!(shown.contains("listen = \"b:0\" # --set"), "{shown}");
        assert!(shown.contains("megabytes = 8 # environment variable CREATORSCOPE__CACHE__MEGABYTES"), "{shown}");
    }

    #[test]
    fn all_problems_are_told_together() {
        let given = environment("CREATORSCOPE__CACHE__MEGABYTES", "many");
        let problems =
            Settings::merge(DEFAULTS, None, &given, &["gateway.lisen=b".into()]).expect_err("two").to_string();
        assert!(problems.contains("cache.megabytes") && problems.contains("found string"), "{problems}");
        assert!(problems.contains("gateway.lisen") && problems.contains("gateway.listen"), "{problems}");
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings =
            Settings::merge(DEFAULTS, None, &[], &["database.url=postgres://u:p@h/d".into()]).expect("valid");
        assert!(!settings.to_string().contains("u:p"));
    }
}

//! Owns the log: to standard error, as text for people or JSON for programs. Never what is logged.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt};

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line of text an event.
    Text,
    /// A JSON object an event.
    Json,
}

/// Starts the log of this process. `filter` is a level or a list such as `info,sqlx=warn`. Errors: the filter is not one, or
/// the log was started before.
pub fn start(format: LogFormat, filter: &str) -> Result<(), LogError> {
    let filter =
        EnvFilter::try_new(filter).map_err(|error| LogError(format!("`{filter}` is not a log filter: {error}")))?;
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| LogError(error.to_string()))
}

/// The log could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the log cannot be started: {0}")]
pub struct LogError(String);

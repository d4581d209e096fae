//! Owns where a service keeps its tables: a file, or Postgres with its bounds. Never what is read of settings files.

use std::{path::PathBuf, time::Duration};

/// Where a service keeps its tables.
#[derive(Debug, Clone)]
pub enum DbConfig {
    /// A SQLite file, made when missing.
    File(PathBuf),
    /// A Postgres database; each service has a schema of its name in it.
    Postgres(PostgresConfig),
}

impl DbConfig {
    /// A Postgres database with the bounds of [`PostgresConfig::new`].
    pub fn postgres(url: Secret, connections: u32) -> Self {
        Self::Postgres(PostgresConfig::new(url, connections))
    }
}

/// A Postgres database and how much is asked of it.
#[derive(Debug, Clone)]
pub struct PostgresConfig {
    /// `postgres://user:password@host/database`.
    pub url: Secret,
    /// The same of a replica, for reads that may be a little old.
    pub read_url: Option<Secret>,
    /// The most connections, 1 and more, to each.
    pub connections: u32,
    /// How long a call waits for a free connection at most. Work outside of calls waits [`PATIENCE`](Self::PATIENCE).
    pub acquire: Duration,
    /// How long a statement of a call may take at most, sooner when its deadline is; zero for no bound.
    pub statement: Duration,
    /// How long a statement of work outside of calls may take at most; zero for no bound.
    pub job_statement: Duration,
}

impl PostgresConfig {
    /// How long work outside of calls waits for a free connection.
    pub const PATIENCE: Duration = Duration::from_secs(30);

    /// With the bounds of the default settings.
    pub fn new(url: Secret, connections: u32) -> Self {
        Self {
            url,
            read_url: None,
            connections,
            acquire: Duration::from_secs(5),
            statement: Duration::from_secs(60),
            job_statement: Duration::from_secs(3_600),
        }
    }
}

/// A setting that must not be seen: `Debug` shows `***`.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

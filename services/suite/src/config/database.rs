//! Owns the settings of the database, and which of them hold for a role. Never a connection.

use std::time::Duration;

use creatorscope_kit::{
    config::Problems,
    db::{DbConfig, PostgresConfig, Secret},
};
use serde::Deserialize;

use super::Node;
use crate::compose::RoleName;

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
pub struct Database {
    url: Secret,
    read_url: Secret,
    connections: u32,
    discovery_connections: u32,
    metrics_connections: u32,
    scoring_connections: u32,
    campaign_connections: u32,
    gateway_connections: u32,
    acquire_millis: u32,
    statement_seconds: u32,
    job_statement_seconds: u32,
}

impl Database {
    /// The database of a role.
    pub fn of(&self, role: RoleName, node: &Node) -> DbConfig {
        if self.url.reveal().is_empty() {
            return DbConfig::File(node.data_dir.join(format!("{role}.db")));
        }
        DbConfig::Postgres(PostgresConfig {
            url: self.url.clone(),
            read_url: Some(self.read_url.clone()).filter(|url| !url.reveal().is_empty()),
            connections: self.connections(role),
            acquire: Duration::from_millis(self.acquire_millis.into()),
            statement: Duration::from_secs(self.statement_seconds.into()),
            job_statement: Duration::from_secs(self.job_statement_seconds.into()),
        })
    }

    /// The most connections of one process of a role.
    pub fn connections(&self, role: RoleName) -> u32 {
        match self.own(role) {
            0 => self.connections,
            own => own,
        }
    }

    fn own(&self, role: RoleName) -> u32 {
        match role {
            RoleName::Discovery => self.discovery_connections,
            RoleName::Metrics => self.metrics_connections,
            RoleName::Scoring => self.scoring_connections,
            RoleName::Campaign => self.campaign_connections,
            RoleName::Gateway => self.gateway_connections,
        }
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        problems.range("database.connections", self.connections, 1..=1_000);
        for role in RoleName::ALL {
            problems.range(&format!("database.{role}_connections"), self.own(*role), 0..=1_000);
        }
        problems.range("database.acquire_millis", self.acquire_millis, 10..=60_000);
        problems.range("database.statement_seconds", self.statement_seconds, 0..=86_400);
        problems.range("database.job_statement_seconds", self.job_statement_seconds, 0..=604_800);
    }
}

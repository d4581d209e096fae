//! Owns calls that named themselves: the same call twice does one thing. Never what a call does.

use creatorscope_kit::db::{DbError, micros};
use jiff::Timestamp;

use super::{Store, Work};

/// What is known of a `request_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing; it is noted now, when the work is committed.
    New,
    /// The same call made this resource.
    Same(String),
    /// Another call had it.
    Other,
}

impl Work {
    /// Looks whether a call was made before, and notes it with the name of what it makes. An empty id is never known. Errors: the
    /// database's.
    pub async fn repeat(&mut self, request_id: &str, hash: &[u8], name: &str) -> Result<Repeat, DbError> {
        const READ: &str = "SELECT hash, name FROM requests WHERE tenant = $1 AND request_id = $2";
        const NOTE: &str = "INSERT INTO requests (tenant, request_id, hash, name, at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (tenant, request_id) DO NOTHING";
        if request_id.is_empty() {
            return Ok(Repeat::New);
        }
        let tenant = self.tenant.clone();
        let row = vec![tenant.as_str().into(), request_id.into(), hash.to_vec().into(), name.into(), self.now.into()];
        if self.tx.execute(NOTE, row).await? == 1 {
            return Ok(Repeat::New);
        }
        let known: Option<(Vec<u8>, String)> =
            self.tx.fetch_optional(READ, vec![tenant.into(), request_id.into()]).await?;
        Ok(match known {
            Some((known, name)) if known == hash => Repeat::Same(name),
            _ => Repeat::Other,
        })
    }
}

impl Store {
    /// Forgets calls that were made before a time. Errors: the database's.
    pub async fn forget_requests(&self, before: Timestamp) -> Result<u64, DbError> {
        let mut tx = self.db.begin().await?;
        let removed = tx.execute("DELETE FROM requests WHERE at < $1", vec![micros(before).into()]).await?;
        tx.commit().await?;
        Ok(removed)
    }
}

//! Owns the log of a campaign: its rows and reading them. Never what an event means.

use creatorscope_kit::db::{DbError, timestamp};
use jiff::Timestamp;

use super::Store;
use crate::model::Kind;

/// One entry of a campaign's log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place in the campaign's log, from 1 without gaps.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done, as the RPC is named.
    pub action: String,
    /// What it was done to.
    pub resource: String,
    /// What kind of resource that is.
    pub kind: Option<Kind>,
    /// The state before, as the contract names it; empty without one.
    pub state_before: String,
    /// The state after.
    pub state_after: String,
    /// The encoded message before; none for what was made.
    pub before: Option<Vec<u8>>,
    /// The encoded message after; none for what was removed.
    pub after: Option<Vec<u8>>,
    /// The `request_id` of the call; empty without one.
    pub request_id: String,
    /// Why; empty without a reason.
    pub note: String,
}

/// An event as its row is.
#[derive(Debug, sqlx::FromRow)]
struct EventRow {
    number: i64,
    at: i64,
    actor: String,
    action: String,
    resource: String,
    kind: i64,
    state_before: String,
    state_after: String,
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
    request_id: String,
    note: String,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        Self {
            number: row.number,
            at: timestamp(row.at),
            actor: row.actor,
            action: row.action,
            resource: row.resource,
            kind: Kind::from_number(row.kind),
            state_before: row.state_before,
            state_after: row.state_after,
            before: row.before,
            after: row.after,
            request_id: row.request_id,
            note: row.note,
        }
    }
}

const COLUMNS: &str =
    "number, at, actor, action, resource, kind, state_before, state_after, before, after, request_id, note";

impl Store {
    /// Up to `limit` events behind a number, oldest first; only of `resource` unless that is empty. Errors: the database's.
    pub async fn events(
        &self,
        tenant: &str,
        campaign: &str,
        resource: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Event>, DbError> {
        let mut sql = format!("SELECT {COLUMNS} FROM events WHERE tenant = $1 AND campaign = $2 AND number > $3");
        let mut args = vec![tenant.into(), campaign.into(), after.into()];
        if !resource.is_empty() {
            sql += " AND resource = $4";
            args.push(resource.into());
        }
        sql += &format!(" ORDER BY number LIMIT {limit}");
        let rows: Vec<EventRow> = self.db.fetch(sql, args).await?;
        Ok(rows.into_iter().map(Event::from).collect())
    }

    /// The last event of a campaign; none when it has none. Errors: the database's.
    pub async fn last_event(&self, tenant: &str, campaign: &str) -> Result<Option<Event>, DbError> {
        let sql =
            format!("SELECT {COLUMNS} FROM events WHERE tenant = $1 AND campaign = $2 ORDER BY number DESC LIMIT 1");
        let row: Option<EventRow> = self.db.fetch_optional(sql, vec![tenant.into(), campaign.into()]).await?;
        Ok(row.map(Event::from))
    }
}

//! Owns the table of the audit log. Never what is written to it.

use creatorscope_kit::db::{Arg, Column, Conflict, Db, DbError, column, timestamp};
use jiff::Timestamp;

use super::Event;

const COLUMNS: [Column; 11] = [
    column::text("id"),
    column::int("ended_at"),
    column::int("duration"),
    column::text("tenant"),
    column::text("key"),
    column::text("method"),
    column::text("code"),
    column::text("reason"),
    column::int("units"),
    column::text("request_id"),
    column::text("peer_address"),
];
/// Lines that are removed in one step.
const STEP: i64 = 10_000;

type Row = (String, i64, i64, String, String, String, String, String, i64, String, String);

/// Which lines are asked for; an empty text for all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) tenant: String,
    pub(crate) key: String,
    pub(crate) method: String,
    pub(crate) begin: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    /// Only lines before the one of this id; empty for all.
    pub(crate) before: String,
    pub(crate) count: usize,
}

/// The table. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store(Db);

impl Store {
    pub(crate) fn new(db: Db) -> Self {
        Self(db)
    }

    /// Adds lines. One that is there stays.
    pub(crate) async fn add(&self, events: &[Event]) -> Result<(), DbError> {
        let rows = events.iter().map(row).collect();
        let mut tx = self.0.begin().await?;
        tx.insert("audit", &COLUMNS, rows, Conflict::Ignore).await?;
        tx.commit().await
    }

    /// The newest of the lines that are asked for.
    pub(crate) async fn list(&self, asked: &Asked) -> Result<Vec<Event>, DbError> {
        let names: Vec<&str> = COLUMNS.iter().map(|Column(name, _)| *name).collect();
        let sql = format!(
            "SELECT {} FROM audit WHERE ($1 = '' OR id < $1) AND ($2 = '' OR tenant = $2) AND ($3 = '' OR key = $3) \
             AND ($4 = '' OR method = $4) AND ended_at >= $5 AND ended_at < $6 ORDER BY id DESC LIMIT $7",
            names.join(", ")
        );
        let arguments: Vec<Arg> = vec![
            asked.before.as_str().into(),
            asked.tenant.as_str().into(),
            asked.key.as_str().into(),
            asked.method.as_str().into(),
            asked.begin.unwrap_or(Timestamp::MIN).into(),
            asked.end.unwrap_or(Timestamp::MAX).into(),
            i64::try_from(asked.count).unwrap_or(i64::MAX).into(),
        ];
        let rows: Vec<Row> = self.0.aside().fetch(sql, arguments).await?;
        Ok(rows.into_iter().map(event).collect())
    }

    /// Removes lines that ended before: parts of the table as a whole, the rest line by line; answers how many.
    pub(crate) async fn purge(&self, now: Timestamp, end: Timestamp) -> Result<u64, DbError> {
        const SQL: &str = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE ended_at < $1 LIMIT $2)";
        let mut removed = self.0.keep_months("audit", "ended_at", now, end).await?;
        loop {
            let mut tx = self.0.begin().await?;
            let step = tx.execute(SQL, vec![end.into(), STEP.into()]).await?;
            tx.commit().await?;
            removed += step;
            if step == 0 {
                return Ok(removed);
            }
        }
    }
}

fn row(event: &Event) -> Vec<Arg> {
    vec![
        event.id.as_str().into(),
        event.ended_at.into(),
        event.duration.into(),
        event.tenant.as_str().into(),
        event.key.as_str().into(),
        event.method.as_str().into(),
        event.code.as_str().into(),
        event.reason.as_str().into(),
        event.units.into(),
        event.request_id.as_str().into(),
        event.peer_address.as_str().into(),
    ]
}

fn event(row: Row) -> Event {
    let (id, ended_at, duration, tenant, key, method, code, reason, units, request_id, peer_address) = row;
    let ended_at = timestamp(ended_at);
    Event { id, ended_at, duration, tenant, key, method, code, reason, units, request_id, peer_address }
}

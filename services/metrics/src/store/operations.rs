//! Owns the table of recomputations. Never the computing.

use creatorscope_domain::{CreatorId, Platform, Tier};
use creatorscope_kit::db::{Arg, Column, Conflict, DbError, column, timestamp};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CreatorFilter, Store};

const COLUMNS: [Column; 11] = [
    column::text("operation_id"),
    column::text("request_key"),
    column::int("state"),
    column::text("scope"),
    column::text("after_creator"),
    column::int("total_count"),
    column::int("done_count"),
    column::int("changed_count"),
    column::int("create_time"),
    column::int("end_time"),
    column::text("error_message"),
];

const SELECT: &str = "SELECT operation_id, state, scope, after_creator, total_count, done_count, changed_count, \
     create_time, end_time, error_message FROM recompute_operations";

/// How a recomputation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationState {
    /// It waits or computes.
    Running,
    /// All is computed.
    Succeeded,
    /// It was stopped.
    Cancelled,
    /// It could not be done.
    Failed,
}

impl OperationState {
    const ALL: [Self; 4] = [Self::Running, Self::Succeeded, Self::Cancelled, Self::Failed];

    /// The number in the table and on the wire.
    pub fn number(self) -> i64 {
        self as i64 + 1
    }

    /// Only known states are stored.
    fn from_number(number: i64) -> Self {
        Self::ALL.into_iter().find(|state| state.number() == number).unwrap_or(Self::Failed)
    }
}

/// Of whom values are computed again. Empty lists restrict nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Ids of creators.
    pub creators: Vec<String>,
    /// Their platforms.
    pub platforms: Vec<Platform>,
    /// Their tiers by the last known followers.
    pub tiers: Vec<Tier>,
}

impl Scope {
    /// The scope as a filter of creators.
    pub fn filter(&self) -> CreatorFilter {
        let creators = self.creators.iter().filter_map(|id| CreatorId::parse(id).ok()).collect();
        CreatorFilter { creators, platforms: self.platforms.clone(), tiers: self.tiers.clone() }
    }
}

/// A recomputation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its id, which rises with time.
    pub id: String,
    /// How it stands.
    pub state: OperationState,
    /// Of whom values are computed.
    pub scope: Scope,
    /// Creators up to this id are computed.
    pub after_creator: String,
    /// Creators to compute.
    pub total: i64,
    /// Creators computed.
    pub done: i64,
    /// Creators of whom a value changed.
    pub changed: i64,
    /// When it began.
    pub create_time: Timestamp,
    /// When it ended.
    pub end_time: Option<Timestamp>,
    /// What kept it from being done; empty otherwise.
    pub error: String,
}

#[derive(sqlx::FromRow)]
struct OperationRow {
    operation_id: String,
    state: i64,
    scope: String,
    after_creator: String,
    total_count: i64,
    done_count: i64,
    changed_count: i64,
    create_time: i64,
    end_time: Option<i64>,
    error_message: String,
}

impl OperationRow {
    fn operation(self) -> Operation {
        Operation {
            id: self.operation_id,
            state: OperationState::from_number(self.state),
            // Only scopes that were written here are read.
            scope: serde_json::from_str(&self.scope).unwrap_or_default(),
            after_creator: self.after_creator,
            total: self.total_count,
            done: self.done_count,
            changed: self.changed_count,
            create_time: timestamp(self.create_time),
            end_time: self.end_time.map(timestamp),
            error: self.error_message,
        }
    }
}

impl Store {
    /// Begins a recomputation, or answers with the one that was begun under the same request id; an empty one is like no other.
    /// Errors: the database's.
    pub async fn begin_operation(
        &self,
        id: String,
        request_id: &str,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Operation, DbError> {
        let total = self.count_creators(&scope.filter()).await?;
        let key = if request_id.is_empty() { format!("own:{id}") } else { format!("client:{request_id}") };
        let row = vec![
            Arg::from(id),
            Arg::from(key.as_str()),
            Arg::from(OperationState::Running.number()),
            Arg::from(text(scope)),
            Arg::from(""),
            Arg::from(total),
            Arg::from(0_i64),
            Arg::from(0_i64),
            Arg::from(now),
            Arg::Int(None),
            Arg::from(""),
        ];
        let mut tx = self.db.begin().await?;
        tx.insert("recompute_operations", &COLUMNS, vec![row], Conflict::Ignore).await?;
        let sql = format!("{SELECT} WHERE request_key = $1");
        let found: Option<OperationRow> = tx.fetch_optional(sql, vec![key.into()]).await?;
        tx.commit().await?;
        let missing = || DbError::Setting("an operation vanished while it was begun".into());
        found.map(OperationRow::operation).ok_or_else(missing)
    }

    /// One recomputation. Errors: the database's.
    pub async fn operation(&self, id: &str) -> Result<Option<Operation>, DbError> {
        let sql = format!("{SELECT} WHERE operation_id = $1");
        let row: Option<OperationRow> = self.db.fetch_optional(sql, vec![id.into()]).await?;
        Ok(row.map(OperationRow::operation))
    }

    /// Recomputations before an id, newest first; of all when none is given. Errors: the database's.
    pub async fn operations_before(&self, before: Option<&str>, limit: usize) -> Result<Vec<Operation>, DbError> {
        let mut args = vec![(limit as i64).into()];
        let mut sql = SELECT.to_owned();
        if let Some(before) = before {
            args.push(before.into());
            sql += " WHERE operation_id < $2";
        }
        sql += " ORDER BY operation_id DESC LIMIT $1";
        let rows: Vec<OperationRow> = self.db.fetch(sql, args).await?;
        Ok(rows.into_iter().map(OperationRow::operation).collect())
    }

    /// The oldest recomputation that runs. Errors: the database's.
    pub async fn running_operation(&self) -> Result<Option<Operation>, DbError> {
        let sql = format!("{SELECT} WHERE state = $1 ORDER BY operation_id LIMIT 1");
        let row: Option<OperationRow> =
            self.db.fetch_optional(sql, vec![OperationState::Running.number().into()]).await?;
        Ok(row.map(OperationRow::operation))
    }

    /// Notes how far a recomputation that runs is, or that it ended; then whose it was is not kept, because creators may be
    /// erased. Answers whether it still ran. Errors: the database's.
    pub async fn note_operation(&self, operation: &Operation) -> Result<bool, DbError> {
        const NOTE: &str = "UPDATE recompute_operations SET state = $3, after_creator = $4, total_count = $5, \
             done_count = $6, changed_count = $7, end_time = $8, error_message = $9, scope = $10 \
             WHERE operation_id = $1 AND state = $2";
        let (scope, after) = match operation.state {
            OperationState::Running => (operation.scope.clone(), operation.after_creator.as_str()),
            _ => (Scope::default(), ""),
        };
        let args = vec![
            operation.id.as_str().into(),
            OperationState::Running.number().into(),
            operation.state.number().into(),
            after.into(),
            operation.total.into(),
            operation.done.into(),
            operation.changed.into(),
            operation.end_time.into(),
            operation.error.as_str().into(),
            text(&scope).into(),
        ];
        let mut tx = self.db.begin().await?;
        let noted = tx.execute(NOTE, args).await?;
        tx.commit().await?;
        Ok(noted > 0)
    }

    /// Stops a recomputation that runs. Errors: the database's.
    pub async fn cancel_operation(&self, id: &str, now: Timestamp) -> Result<(), DbError> {
        const CANCEL: &str = "UPDATE recompute_operations SET state = $3, end_time = $4, scope = $5, after_creator = '' \
             WHERE operation_id = $1 AND state = $2";
        let args = vec![
            id.into(),
            OperationState::Running.number().into(),
            OperationState::Cancelled.number().into(),
            now.into(),
            text(&Scope::default()).into(),
        ];
        let mut tx = self.db.begin().await?;
        tx.execute(CANCEL, args).await?;
        tx.commit().await
    }
}

/// Lists of names and words always become JSON.
fn text(scope: &Scope) -> String {
    serde_json::to_string(scope).unwrap_or_default()
}

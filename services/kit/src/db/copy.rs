//! Owns whole tables, as the database's catalogue describes them: reading every row as it is at one moment. Never what rows mean.

use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use sqlx::{AssertSqlSafe, Row, postgres::PgRow, sqlite::SqliteRow};

use super::{Arg, ColumnType, DbError, Work, migrate};

const SQLITE_TABLES: &str =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name";
// Parts of a table that is cut by time are read through the table.
const POSTGRES_TABLES: &str = "SELECT relname::text FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname";
const SQLITE_COLUMNS: &str = "SELECT name, type FROM pragma_table_info($1) ORDER BY cid";
const POSTGRES_COLUMNS: &str = "SELECT column_name::text, data_type::text FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";

/// A table by name, with its columns in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Names and types of its columns.
    pub columns: Vec<(String, ColumnType)>,
}

/// A transaction that reads everything as it is at one moment. Dropping it ends it, and on Postgres its connection, which may be
/// in the middle of a table.
#[derive(Debug)]
pub struct Snapshot(pub(super) Work);

impl Snapshot {
    /// All tables but those of the migrations and of the leases, which are of a database and its processes, by name. Errors: the database's, or a column whose type is not portable.
    pub async fn tables(&mut self) -> Result<Vec<Table>, DbError> {
        let names: Vec<(String,)> = match &mut self.0 {
            Work::Sqlite(tx) => sqlx::query_as(SQLITE_TABLES).fetch_all(&mut **tx).await?,
            Work::Postgres(session) => sqlx::query_as(POSTGRES_TABLES).fetch_all(session.busy()).await?,
        };
        let mut tables = Vec::new();
        for (name,) in names.into_iter().filter(|(name,)| !["migrations", "leases"].contains(&name.as_str())) {
            let columns: Vec<(String, String)> = match &mut self.0 {
                Work::Sqlite(tx) => sqlx::query_as(SQLITE_COLUMNS).bind(&name).fetch_all(&mut **tx).await?,
                Work::Postgres(session) => {
                    sqlx::query_as(POSTGRES_COLUMNS).bind(&name).fetch_all(session.busy()).await?
                }
            };
            let typed = columns.into_iter().map(|(column, kind)| match portable(&kind) {
                Some(kind) => Ok((column, kind)),
                None => Err(DbError::Setting(format!("column {column} of table {name} has the type {kind}"))),
            });
            tables.push(Table { columns: typed.collect::<Result<_, _>>()?, name: name.clone() });
        }
        Ok(tables)
    }

    /// The names of the migrations that were applied, in order, but for deferred ones, which change no rows. Errors: the database's.
    pub async fn migrations(&mut self) -> Result<Vec<String>, DbError> {
        let sql = "SELECT name FROM migrations ORDER BY name";
        let names: Vec<(String,)> = match &mut self.0 {
            Work::Sqlite(tx) => sqlx::query_as(sql).fetch_all(&mut **tx).await?,
            Work::Postgres(session) => sqlx::query_as(sql).fetch_all(session.busy()).await?,
        };
        Ok(names.into_iter().map(|(name,)| name).filter(|name| !migrate::is_kind(name, "deferred")).collect())
    }

    /// Every row of a table, one argument a column, in no order. Errors: the database's.
    pub fn rows<'a>(&'a mut self, table: &'a Table) -> BoxStream<'a, Result<Vec<Arg>, DbError>> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let sql = AssertSqlSafe(format!("SELECT {} FROM {}", names.join(", "), table.name));
        match &mut self.0 {
            Work::Sqlite(tx) => {
                let rows = sqlx::query(sql).fetch(&mut **tx).map_err(DbError::from);
                rows.map(|row| row.and_then(|row| from_sqlite(&row, table))).boxed()
            }
            Work::Postgres(session) => {
                let rows = sqlx::query(sql).fetch(session.busy()).map_err(DbError::from);
                rows.map(|row| row.and_then(|row| from_postgres(&row, table))).boxed()
            }
        }
    }
}

/// The portable type behind a type's name on either engine.
fn portable(kind: &str) -> Option<ColumnType> {
    Some(match kind.to_ascii_uppercase().as_str() {
        "BIGINT" | "INTEGER" => ColumnType::Int,
        "DOUBLE PRECISION" => ColumnType::Real,
        "TEXT" => ColumnType::Text,
        "BLOB" | "BYTEA" => ColumnType::Bytes,
        _ => return None,
    })
}

macro_rules! read_row {
    ($name:ident, $row:ty) => {
        fn $name(row: &$row, table: &Table) -> Result<Vec<Arg>, DbError> {
            let read = |(at, (_, kind)): (usize, &(String, ColumnType))| {
                Ok(match kind {
                    ColumnType::Int => Arg::Int(row.try_get(at)?),
                    ColumnType::Real => Arg::Real(row.try_get(at)?),
                    ColumnType::Text => Arg::Text(row.try_get(at)?),
                    ColumnType::Bytes => Arg::Bytes(row.try_get(at)?),
                })
            };
            table.columns.iter().enumerate().map(read).collect()
        }
    };
}

read_row!(from_sqlite, SqliteRow);
read_row!(from_postgres, PgRow);

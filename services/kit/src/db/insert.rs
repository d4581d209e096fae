//! Owns bulk inserts: many rows a statement with `?` on SQLite, COPY on Postgres. Never a table.

use std::fmt::Write;

use sqlx::{AssertSqlSafe, PgConnection, Sqlite, Transaction};

use super::arg::{Arg, bind_postgres, bind_sqlite};

/// Rows of one SQLite statement. With `$n` instead of `?` such statements are about 25 times slower.
const ROWS: usize = 500;
/// Parameters that SQLite takes in one statement.
const PARAMETERS: usize = 32_000;

/// Up to so many values go to Postgres in one statement instead of by COPY. The end of a COPY is a small packet behind
/// others, which waits for the receiver's delayed acknowledgement (40 ms) because sqlx does not set TCP_NODELAY.
const FEW: usize = 6_000;
/// Bytes that COPY sends at once.
const PART: usize = 128 << 10;

/// A column by name and type.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a>(pub &'a str, pub ColumnType);

/// The portable column types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// BIGINT.
    Int,
    /// DOUBLE PRECISION.
    Real,
    /// TEXT.
    Text,
    /// BLOB or BYTEA.
    Bytes,
}

/// Short ways to write columns.
pub mod column {
    use super::{Column, ColumnType};

    /// A BIGINT column.
    pub const fn int(name: &str) -> Column<'_> {
        Column(name, ColumnType::Int)
    }
    /// A DOUBLE PRECISION column.
    pub const fn real(name: &str) -> Column<'_> {
        Column(name, ColumnType::Real)
    }
    /// A TEXT column.
    pub const fn text(name: &str) -> Column<'_> {
        Column(name, ColumnType::Text)
    }
    /// A column of bytes.
    pub const fn bytes(name: &str) -> Column<'_> {
        Column(name, ColumnType::Bytes)
    }
}

/// What happens with a row whose key exists.
#[derive(Debug, Clone, Copy)]
pub enum Conflict {
    /// The whole insert fails.
    Fail,
    /// The row that exists stays.
    Ignore,
    /// All columns but the key are overwritten.
    Replace {
        /// The columns of the key.
        key: &'static [&'static str],
    },
}

impl Conflict {
    fn clause(&self, columns: &[Column<'_>]) -> String {
        match self {
            Self::Fail => String::new(),
            Self::Ignore => " ON CONFLICT DO NOTHING".to_owned(),
            Self::Replace { key } => {
                let others = columns.iter().filter(|column| !key.contains(&column.0));
                let sets: Vec<String> = others.map(|Column(name, _)| format!("{name} = excluded.{name}")).collect();
                format!(" ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), sets.join(", "))
            }
        }
    }
}

fn names(columns: &[Column<'_>]) -> String {
    columns.iter().map(|Column(name, _)| *name).collect::<Vec<_>>().join(", ")
}

pub(super) async fn sqlite(
    tx: &mut Transaction<'static, Sqlite>,
    table: &str,
    columns: &[Column<'_>],
    rows: Vec<Vec<Arg>>,
    conflict: &Conflict,
) -> Result<u64, sqlx::Error> {
    let step = ROWS.min(PARAMETERS / columns.len());
    let place = format!("({})", vec!["?"; columns.len()].join(","));
    let statement = |count: usize| {
        let places = vec![place.as_str(); count].join(",");
        format!("INSERT INTO {table} ({}) VALUES {places}{}", names(columns), conflict.clause(columns))
    };
    let full = statement(step);
    let mut written = 0;
    let mut left = rows.into_iter().peekable();
    while left.peek().is_some() {
        let mut count = 0;
        let mut args = Vec::with_capacity(step.min(left.len()) * columns.len());
        for row in left.by_ref().take(step) {
            args.extend(row);
            count += 1;
        }
        let whole = count == step;
        let sql = if whole { full.clone() } else { statement(count) };
        let query = sqlx::query_with(AssertSqlSafe(sql), bind_sqlite(args)).persistent(whole);
        written += query.execute(&mut **tx).await?.rows_affected();
    }
    Ok(written)
}

pub(super) async fn postgres(
    connection: &mut PgConnection,
    table: &str,
    columns: &[Column<'_>],
    rows: Vec<Vec<Arg>>,
    conflict: &Conflict,
) -> Result<u64, sqlx::Error> {
    let names = names(columns);
    if rows.len() * columns.len() <= FEW {
        let sql = format!(
            "INSERT INTO {table} ({names}) VALUES {}{}",
            places(rows.len(), columns.len()),
            conflict.clause(columns)
        );
        let query = sqlx::query_with(AssertSqlSafe(sql), bind_postgres(rows.into_iter().flatten().collect()));
        return Ok(query.persistent(false).execute(&mut *connection).await?.rows_affected());
    }
    if matches!(conflict, Conflict::Fail) {
        return copy(connection, table, &names, rows).await;
    }
    // COPY cannot say what happens on a conflict: the rows go through a table of this transaction.
    let incoming = format!("incoming_{table}");
    let prepare = format!(
        "CREATE TEMP TABLE IF NOT EXISTS {incoming} ON COMMIT DELETE ROWS AS SELECT {names} FROM {table} WITH NO DATA; \
         DELETE FROM {incoming}"
    );
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await?;
    copy(connection, &incoming, &names, rows).await?;
    let sql = format!("INSERT INTO {table} ({names}) SELECT {names} FROM {incoming}{}", conflict.clause(columns));
    Ok(sqlx::query(AssertSqlSafe(sql)).execute(&mut *connection).await?.rows_affected())
}

/// `($1,$2),($3,$4)` for 2 rows of 2 columns.
fn places(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 1..=columns {
            let separator = if column == 1 { "" } else { "," };
            // Writing to a String cannot fail.
            _ = write!(text, "{separator}${}", row * columns + column);
        }
        text.push(')');
    }
    text
}

/// Sends rows by COPY, a part at a time, so that Postgres stores one part while the next is written here.
async fn copy(
    connection: &mut PgConnection,
    table: &str,
    names: &str,
    rows: Vec<Vec<Arg>>,
) -> Result<u64, sqlx::Error> {
    let sql = format!("COPY {table} ({names}) FROM STDIN");
    let mut writer = connection.copy_in_raw(&sql).await?;
    let mut lines = String::with_capacity(PART + 4_096);
    for row in rows {
        write_line(row, &mut lines);
        if lines.len() >= PART {
            writer.send(lines.as_bytes()).await?;
            lines.clear();
        }
    }
    writer.send(lines.as_bytes()).await?;
    writer.finish().await
}

/// A row in COPY's text form.
fn write_line(row: Vec<Arg>, lines: &mut String) {
    for (place, arg) in row.into_iter().enumerate() {
        if place > 0 {
            lines.push('\t');
        }
        match arg {
            // Writing to a String cannot fail.
            Arg::Int(Some(value)) => _ = write!(lines, "{value}"),
            Arg::Real(Some(value)) => _ = write!(lines, "{value:?}"),
            Arg::Text(Some(value)) => escape(&value, lines),
            Arg::Bytes(Some(value)) => {
                lines.push_str("\\\\x");
                for byte in value {
                    _ = write!(lines, "{byte:02x}");
                }
            }
            Arg::Int(None) | Arg::Real(None) | Arg::Text(None) | Arg::Bytes(None) => lines.push_str("\\N"),
        }
    }
    lines.push('\n');
}

fn escape(text: &str, lines: &mut String) {
    for letter in text.chars() {
        match letter {
            '\\' => lines.push_str("\\\\"),
            '\t' => lines.push_str("\\t"),
            '\n' => lines.push_str("\\n"),
            '\r' => lines.push_str("\\r"),
            other => lines.push(other),
        }
    }
}
